"""Noto Sans TC from one variable font: Regular and Bold for documents and charts, woff2 slices for pages.

A page loads only the slices whose characters it shows. Common characters are sliced by how often they are used
(`assets/common-characters.txt`), so that an ordinary page needs a few; the others by code point. Characters that
Noto Sans TC lacks but names may hold (𠮷) come from the Japanese font of the same hand.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

FAMILY = "Noto Sans TC"
WEIGHTS = {"Regular": 400, "Bold": 700}
COMMON_SLICE = 160
PLAIN_SLICE = 480
RARE_SLICE = 1200
RARE_FAMILY = "Noto Sans TC Rare"
QUOTES_FAMILY, QUOTES = "Noto Sans TC Quotes", [ord(sign) for sign in "‘’“”"]
"""For English pages: quotation marks as wide as they are drawn (`pwid`); in Chinese they fill a character's width."""
# Latin, punctuation of both scripts, full-width forms, and the few signs that our pages use.
WESTERN = (
    (0, 0x24F), (0x2000, 0x206F), (0x20AC, 0x20AC), (0x2190, 0x2193), (0x2212, 0x2212), (0x25A0, 0x25CF),
    (0x2713, 0x2713), (0x3000, 0x303F), (0xFF00, 0xFF65),
)  # fmt: skip
FEATURES = ["calt", "ccmp", "chws", "halt", "kern", "liga", "locl", "mark", "mkmk", "palt"]
LICENCE = "SIL Open Font License 1.1, https://openfontlicense.org"


def source(region: str) -> Path:
    """The variable font of a region (TC, JP) in the wheel justmytype-intl-cjk."""
    spec = importlib.util.find_spec("justmytype_intl_cjk")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the wheel justmytype-intl-cjk is absent: pip install -r requirements/run.lock")
    return next(Path(spec.submodule_search_locations[0]).rglob(f"NotoSans{region}[[]wght[]].ttf"))


def build(common: Path, documents: Path, static: Path, css: Path) -> int:
    """Write static fonts, slices and their style sheet; returns the number of slices."""
    documents.mkdir(parents=True, exist_ok=True)
    static.mkdir(parents=True, exist_ok=True)
    for old in static.glob("*.woff2"):
        old.unlink()
    frequent = [ord(char) for char in common.read_text(encoding="utf-8") if not char.isspace()]
    with ProcessPoolExecutor(max_workers=os.cpu_count() or 1) as workers:
        wholes = list(workers.map(_whole, [documents] * 3, ["Regular", "Bold", "Extra"]))
        slices = _slices(frequent, *wholes)
        rules = list(workers.map(_slice, slices, [static] * len(slices)))
    css.write_text(f"/* {FAMILY}: {LICENCE} */\n" + "\n".join(rules) + "\n", encoding="utf-8")
    return len(rules)


@dataclass(frozen=True)
class Slice:
    """Some characters of one font, as one file for the web."""

    name: str
    font: Path
    family: str
    weight: int
    codes: Sequence[int]
    gap: int = 1


def _whole(documents: Path, name: str) -> Path:
    """One static font for documents and charts."""
    path = documents / f"NotoSansTC-{name}.ttf"
    if name == "Extra":
        _instance(source("JP"), 400, "Regular", f"{FAMILY} Extra", only=_extra()).save(path)
    else:
        _instance(source("TC"), WEIGHTS[name], name, FAMILY).save(path)
    return path


def _slices(frequent: Sequence[int], regular: Path, bold: Path, extra: Path) -> list[Slice]:
    """How the fonts are cut, rarest first: of two rules whose ranges overlap the later is asked first.

    The rare ones exist in Regular only, as a family of their own at the end of the font stack.
    """
    known = set(_characters(regular))
    signs = {code for code in known if code < 0x3400 or 0xFE00 <= code <= 0xFFFF}
    western = {code for code in signs if any(first <= code <= last for first, last in WESTERN)}
    common = [code for code in frequent if code in known]
    plain = sorted(code for code in known - signs - set(common) if _is_plain(code))
    rare = sorted(known - signs - set(common) - set(plain))
    cut = [Slice(f"extra{n}", extra, RARE_FAMILY, 400, codes, 400) for n, codes in _chunks(_characters(extra), RARE_SLICE)]
    cut += [Slice(f"rare{n}", regular, RARE_FAMILY, 400, codes, 400) for n, codes in _chunks(rare, RARE_SLICE)]
    for font, weight in ((regular, 400), (bold, 700)):
        cut += [Slice(f"{weight}-plain{n}", font, FAMILY, weight, codes, 60) for n, codes in _chunks(plain, PLAIN_SLICE)]
        cut += [Slice(f"{weight}-common{n:02}", font, FAMILY, weight, codes) for n, codes in _chunks(common, COMMON_SLICE)]
        cut.append(Slice(f"{weight}-quotes", font, QUOTES_FAMILY, weight, QUOTES))
        cut.append(Slice(f"{weight}-signs", font, FAMILY, weight, sorted(signs - western)))
        cut.append(Slice(f"{weight}-latin", font, FAMILY, weight, sorted(western)))
    return cut


def _is_plain(code: int) -> bool:
    """Whether a character is one of the 5,401 of Big5's first level (常用字)."""
    try:
        return 0xA440 <= int.from_bytes(chr(code).encode("big5"), "big") <= 0xC67E
    except UnicodeEncodeError:
        return False


def _characters(path: Path) -> list[int]:
    from fontTools.ttLib import TTFont

    return sorted(TTFont(path, lazy=True).getBestCmap())


def _extra() -> list[int]:
    """Ideographs that the Japanese font has and Noto Sans TC has not."""
    missing = set(_characters(source("JP"))) - set(_characters(source("TC")))
    return sorted(code for code in missing if 0x3400 <= code <= 0x9FFF or code >= 0x20000)


def _instance(path: Path, weight: int, style: str, family: str, only: Sequence[int] = ()) -> Any:
    """A static font of one weight, under a name of its own, so that no font of the machine is taken for it."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(path)
    if only:
        options = subset.Options()
        options.layout_features = ["locl", "kern"]
        options.notdef_outline = True
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=only)
        subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True)
    names = font["name"]
    for record in list(names.names):
        if record.nameID in (1, 2, 3, 4, 6, 16, 17, 21, 22, 25):
            names.removeNames(nameID=record.nameID)
    for number, text in {
        1: family, 2: style, 3: f"{family} {style}", 4: f"{family} {style}", 6: f"{family.replace(' ', '')}-{style}",
    }.items():  # fmt: skip
        names.setName(text, number, 3, 1, 0x409)
    bold = style == "Bold"
    font["OS/2"].usWeightClass = weight
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0b1100001) | (0b100000 if bold else 0b1000000)
    font["head"].macStyle = 1 if bold else 0
    return font


def _slice(cut: Slice, static: Path) -> str:
    """One woff2 of these characters, and the rule that loads it."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options()
    options.layout_features = [*FEATURES, "pwid"] if cut.family == QUOTES_FAMILY else FEATURES
    options.hinting = False
    options.notdef_outline = True
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "STAT", "DSIG"]
    _compress_quicker()
    font = TTFont(cut.font, lazy=True, recalcBBoxes=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=cut.codes)
    subsetter.subset(font)
    font.flavor = "woff2"
    out = static / f"tc-{cut.name}.woff2"
    font.save(out)
    ranges = ",".join(
        f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}" for first, last in _spans(cut.codes, cut.gap)
    )
    return (
        f'@font-face{{font-family:"{cut.family}";font-style:normal;font-weight:{cut.weight};font-display:swap;'
        f'src:url("fonts/{out.name}") format("woff2");unicode-range:{ranges}}}'
    )


def _compress_quicker() -> None:
    """Brotli at quality 10 instead of 11: half the time for 0.2 % more bytes (measured); fontTools has no option."""
    import brotli
    from fontTools.ttLib import woff2

    def compress(data: bytes, mode: int = brotli.MODE_FONT) -> bytes:
        return bytes(brotli.compress(data, mode=mode, quality=10))

    woff2.brotli = SimpleNamespace(
        compress=compress, decompress=brotli.decompress, MODE_FONT=brotli.MODE_FONT, MODE_TEXT=brotli.MODE_TEXT
    )


def _chunks(codes: Sequence[int], size: int) -> Iterable[tuple[int, Sequence[int]]]:
    return enumerate(codes[start : start + size] for start in range(0, len(codes), size))


def _spans(codes: Iterable[int], gap: int = 1) -> list[tuple[int, int]]:
    """Ranges that cover the codes; with a `gap` they are coarser.

    A coarse range may cover characters of another slice: of two faces the later rule is asked first, so slices of
    rare characters stand before those of common ones.
    """
    spans: list[tuple[int, int]] = []
    for code in sorted(codes):
        if spans and code - spans[-1][1] <= gap:
            spans[-1] = (spans[-1][0], code)
        else:
            spans.append((code, code))
    return spans
