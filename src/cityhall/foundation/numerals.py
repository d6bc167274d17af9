"""Number styles of the report: 2,622 · 10 萬 5,046 · 1,917 億 · 95.99% · names in a row · and from one number to another.

A phrase holds one slot, `{:plain}`; `phrase("平均每月 {:plain} 件", 8754)` fills it. A change holds two:
`phrase("從 {:before}Mbps 升級至 {:after}Mbps", "1 -> 5")`. A slot `{:rows}` says how many rows stand behind the value:
`phrase("{:plain} 獎項 {:rows} 團隊獲獎", 3, rows=4)`.
"""

import re
from collections.abc import Callable
from decimal import Decimal

from cityhall.foundation.values import CHANGE_MARK, LIST_MARK, rounded

_SLOT = re.compile(r"\{:(?P<style>[a-z]+)(?P<digits>\d*)\}")
_ROWS = "{:rows}"
_TYPED_SPACE = re.compile(r"(?<=[\u3400-\u9fff]) (?=[0-9A-Za-z(])|(?<=[0-9A-Za-z)%,]) (?=[\u3400-\u9fff])")
_WAN, _YI = 10_000, 100_000_000


def plain(value: Decimal | int, digits: int = 0) -> str:
    """2,622, or 3.25 with digits."""
    return f"{rounded(value, digits):,}"


def man(value: Decimal | int, digits: int = 0) -> str:
    """10 萬 5,046; 25 萬; below ten thousand as plain."""
    whole = int(rounded(value))
    if abs(whole) < _WAN:
        return plain(whole)
    sign, (high, low) = ("-" if whole < 0 else ""), divmod(abs(whole), _WAN)
    return f"{sign}{high:,} 萬" + (f" {low:,}" if low else "")


def yi(value: Decimal | int, digits: int = 0) -> str:
    """1,917 億, or 11.07 億 with two digits."""
    return f"{rounded(Decimal(value) / _YI, digits):,} 億"


def wan(value: Decimal | int, digits: int = 0) -> str:
    """3,000 萬."""
    return f"{rounded(Decimal(value) / _WAN, digits):,} 萬"


def pct(value: Decimal | int, digits: int = 2) -> str:
    """95.99%; whole percents carry no digits."""
    shown = rounded(value, digits)
    return f"{shown.normalize():f}%" if shown == shown.to_integral() else f"{shown}%"


def names(value: str, digits: int = 0) -> str:
    """甲、乙及丙."""
    first, mark, last = value.rpartition(LIST_MARK)
    return f"{first}及{last}" if mark else last


def before(value: str, digits: int = 0) -> str:
    """What it was, of a change."""
    return value.partition(CHANGE_MARK)[0]


def after(value: str, digits: int = 0) -> str:
    """What it became."""
    return value.partition(CHANGE_MARK)[2]


def changed(value: str) -> str:
    """1 → 5."""
    return f"{before(value)} → {after(value)}"


def unsaid(value: Decimal | int, digits: int = 0) -> str:
    """Nothing: the report names what was counted, and prints no number."""
    return ""


def is_text(template: str) -> bool:
    """Whether the phrase's slot holds words instead of a number: names, or a change."""
    return (slot_of(template) or ("", None))[0] in ("names", "before")


STYLES: dict[str, Callable[..., str]] = {
    "plain": plain,
    "int": lambda value, digits=0: str(int(value)),
    "man": man,
    "wan": wan,
    "yi": yi,
    "pct": pct,
    "names": names,
    "before": before,
    "after": after,
    "unsaid": unsaid,
}


def in_style(style: str, value: Decimal | int | str, digits: int | None = None) -> str:
    """The value in one of STYLES; raises KeyError for an unknown style."""
    return STYLES[style](value) if digits is None else STYLES[style](value, digits)


def phrase(template: str, value: Decimal | int | str, *, rows: int | None = None) -> str:
    """Fill the phrase's slot with the value in the slot's own style, and with the number of its rows where it says so."""
    template = template.replace(_ROWS, "" if rows is None else plain(rows))

    def fill(match: re.Match[str]) -> str:
        return in_style(match["style"], value, int(match["digits"]) if match["digits"] else None)

    return _SLOT.sub(fill, template)


def unspaced(text: str) -> str:
    """The same without the half-width spaces that the report types between Chinese and digits; pages space by style."""
    return _TYPED_SPACE.sub("", text)


def slot_of(template: str) -> tuple[str, int | None] | None:
    """Style and digits of the phrase's slot; None where it has none."""
    match = _SLOT.search(template)
    return (match["style"], int(match["digits"]) if match["digits"] else None) if match else None
