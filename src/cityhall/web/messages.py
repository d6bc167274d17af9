"""Translations without gettext tools: find source strings, keep one .po a folder, check it, compile it.

The source language is zh-TW and needs no catalogue; English is its translation. Every app keeps its own
`locale/en/LC_MESSAGES/django.po`. Strings are found by Python's own parser and by Django's reading of templates.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parents[1]
LANGUAGE = "en"

# What each function takes: the places of context, message and plural among its arguments.
CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
_TEMPLATE_CALL = re.compile(r"(?<![\w.])(_|n?p?gettext)\(")
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sdif]|%%?\{(\w+)\}|(?<![%{])\{(\w*)(?:[:!][^}]*)?\}")


@dataclass(frozen=True)
class Message:
    """A source string: what a translator translates."""

    text: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What a catalogue tells messages apart by."""
        return (self.context, self.text)


@dataclass
class Found:
    """The messages of one folder, in order of appearance, each with the files that use it."""

    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    files: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, message: Message, file: str) -> None:
        """Note a use of a message; one that appears with and without plural keeps the plural."""
        known = self.messages.get(message.key)
        if known is None or (message.plural and not known.plural):
            self.messages[message.key] = message
        uses = self.files.setdefault(message.key, [])
        if file not in uses:
            uses.append(file)


def in_python(source: str) -> Iterator[Message | str]:
    """The messages of a Python file; a string says what cannot be translated and why."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in CALLS or (isinstance(node.func, ast.Attribute) and name == "_"):
            continue
        arguments: list[str | None] = [
            one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else None for one in node.args
        ]
        message = _message(name, arguments)
        if isinstance(message, Message):
            yield message
        elif node.args and isinstance(node.args[0], ast.JoinedStr):
            yield f"line {node.lineno}: an f-string cannot be translated; use %(name)s and the % operator"


def in_template(source: str) -> Iterator[Message]:
    """The messages of a Django template: translate, blocktranslate and _() in any tag."""
    calls = templatize(source)
    for match in _TEMPLATE_CALL.finditer(calls):
        for end in _closings(calls, match.end()):
            try:
                call = ast.parse(calls[match.start() : end], mode="eval").body
            except (SyntaxError, ValueError):
                continue
            if isinstance(call, ast.Call):
                arguments = [
                    one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else None
                    for one in call.args
                ]
                message = _message(match[1], arguments)
                if isinstance(message, Message):
                    yield message
                break


def _closings(text: str, start: int) -> Iterator[int]:
    for place in range(start, min(len(text), start + 6000)):
        if text[place] == ")":
            yield place + 1


def _message(name: str, arguments: list[str | None]) -> Message | None:
    context_at, text_at, plural_at = CALLS[name]
    wanted = [place for place in (context_at, text_at, plural_at) if place is not None]
    if len(arguments) <= max(wanted) or any(not isinstance(arguments[place], str) for place in wanted):
        return None
    text = arguments[text_at] or ""
    if not text:
        return None
    return Message(
        text,
        plural=(arguments[plural_at] or "") if plural_at is not None else "",
        context=(arguments[context_at] or "") if context_at is not None else "",
    )


def folders(package: Path = PACKAGE) -> list[Path]:
    """The apps: folders with an `apps.py`."""
    return sorted(
        path.parent for path in package.rglob("apps.py") if "build" not in path.relative_to(package).parts[:1]
    )


def collect(app: Path, package: Path = PACKAGE) -> Found:
    """Every message of one app; folders of other apps inside it are theirs."""
    others = [one for one in folders(package) if one != app and one.is_relative_to(app)]
    found = Found()
    for path in sorted(app.rglob("*")):
        parts = path.relative_to(app).parts
        if "tests" in parts or "migrations" in parts or "node_modules" in parts or not path.is_file():
            continue
        if any(path.is_relative_to(other) for other in others):
            continue
        name = path.relative_to(app).as_posix()
        if path.suffix == ".py":
            entries: Iterable[Message | str] = in_python(path.read_text(encoding="utf-8"))
        elif path.suffix in {".html", ".txt"} and "templates" in parts:
            entries = in_template(path.read_text(encoding="utf-8"))
        else:
            continue
        for entry in entries:
            if isinstance(entry, Message):
                found.add(entry, name)
            else:
                found.problems.append(f"{name}: {entry}")
    return found


def catalogue_path(app: Path) -> Path:
    """Where the English of an app stands."""
    return app / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def _load(app: Path) -> polib.POFile:
    path = catalogue_path(app)
    if path.exists():
        return polib.pofile(str(path), encoding="utf-8", wrapwidth=110)
    return polib.POFile(encoding="utf-8", wrapwidth=110)


def _key(entry: polib.POEntry) -> tuple[str, str]:
    return (entry.msgctxt or "", entry.msgid)


def _translated(entry: polib.POEntry) -> bool:
    if "fuzzy" in entry.flags or entry.obsolete:
        return False
    if entry.msgid_plural:
        return bool(entry.msgstr_plural) and all(text.strip() for text in entry.msgstr_plural.values())
    return bool(entry.msgstr.strip())


def extract(package: Path = PACKAGE, only: Collection[str] = ()) -> dict[Path, int]:
    """Bring every .po, or those of some apps, up to date and count what still lacks a translation.

    A new message takes the translation that another app has for it.
    """
    catalogues = {app: _load(app) for app in folders(package)}
    memory = {
        (_key(entry), bool(entry.msgid_plural)): entry
        for catalogue in catalogues.values()
        for entry in catalogue
        if _translated(entry)
    }
    open_entries = {}
    for app, old in catalogues.items():
        if only and app.name not in only:
            continue
        found = collect(app, package)
        if not found.messages:
            catalogue_path(app).unlink(missing_ok=True)
            continue
        known = {_key(entry): entry for entry in old if not entry.obsolete}
        fresh = polib.POFile(encoding="utf-8", wrapwidth=110)
        fresh.metadata = {
            "Language": LANGUAGE,
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=UTF-8",
            "Content-Transfer-Encoding": "8bit",
            "Plural-Forms": "nplurals=2; plural=(n != 1);",
        }
        for key, message in found.messages.items():
            fresh.append(_entry(message, known.get(key) or memory.get((key, bool(message.plural))), found.files[key]))
        path = catalogue_path(app)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.save(str(path), newline="\n")
        open_entries[app] = sum(not _translated(entry) for entry in fresh)
    return open_entries


def _entry(message: Message, known: polib.POEntry | None, files: list[str]) -> polib.POEntry:
    entry = polib.POEntry(
        msgid=message.text,
        msgctxt=message.context or None,
        occurrences=[(file, "") for file in files],
        flags=["python-format"] if "%(" in message.text else [],
    )
    if message.plural:
        entry.msgid_plural = message.plural
        entry.msgstr_plural = {0: "", 1: ""}
        if known is not None:
            entry.msgstr_plural = dict(known.msgstr_plural) or {0: known.msgstr, 1: known.msgstr}
    elif known is not None:
        entry.msgstr = known.msgstr or (known.msgstr_plural or {}).get(0, "")
    return entry


def check(package: Path = PACKAGE, only: Collection[str] = ()) -> list[str]:
    """What is wrong with the translations, or with those of some apps: a sentence each; empty when all is well."""
    wrong: list[str] = []
    said: dict[tuple[str, str], tuple[str, str]] = {}
    for app in folders(package):
        if only and app.name not in only:
            continue
        where = app.relative_to(package).as_posix()
        found = collect(app, package)
        wrong += [f"{where}/{problem}" for problem in found.problems]
        catalogue = {_key(entry): entry for entry in _load(app) if not entry.obsolete}
        for key, message in found.messages.items():
            entry = catalogue.get(key)
            if entry is None:
                wrong.append(f"{where}: missing: {message.text!r} ({', '.join(found.files[key])})")
            elif not _translated(entry) or bool(entry.msgid_plural) != bool(message.plural):
                wrong.append(f"{where}: untranslated: {message.text!r}")
            else:
                wrong += [f"{where}: {sentence}" for sentence in _faults(entry)]
                text = entry.msgstr or "\x00".join(entry.msgstr_plural.values())
                first, other = said.setdefault(key, (where, text))
                if other != text:
                    wrong.append(f"{where}: {message.text!r} is {text!r} here and {other!r} in {first}; use one")
        wrong += [f"{where}: obsolete: {key[1]!r}" for key in catalogue if key not in found.messages]
    return wrong


def _faults(entry: polib.POEntry) -> Iterator[str]:
    """Placeholders that were lost or invented, copies of the Chinese, and what two joined copies say twice."""
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    wanted = _placeholders(entry.msgid)
    for number, text in enumerate(texts):
        got = _placeholders(text)
        if got - wanted or (wanted - got and not (entry.msgid_plural and number == 0)):
            yield f"placeholders differ: {entry.msgid!r} → {text!r}"
        if text == entry.msgid and any("\u4e00" <= char <= "\u9fff" for char in text):
            yield f"a copy of the Chinese: {text!r}"
        if _TWICE.fullmatch(text):
            yield f"says everything twice: {text!r}"


_TWICE = re.compile(r"(.{12,}) ?\1", re.DOTALL)


def _placeholders(text: str) -> set[str]:
    return {match[0] for match in _PLACEHOLDER.finditer(text)}


def compile_all(package: Path = PACKAGE) -> int:
    """Write every .mo that is missing or older than its .po; returns how many."""
    written = 0
    for app in folders(package):
        path = catalogue_path(app)
        target = path.with_suffix(".mo")
        if not path.exists():
            target.unlink(missing_ok=True)
        elif not target.exists() or target.stat().st_mtime <= path.stat().st_mtime:
            _load(app).save_as_mofile(str(target))
            written += 1
    return written
