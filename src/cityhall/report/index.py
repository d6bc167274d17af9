"""From words to code: the index behind `make where` and docs/map.md.

It knows the report's figures (their phrases and keys), the fragments that `@sentence` ties to rules and acts, the
sentences that need no code (spec/narrative.csv), the lines that no system counts yet, and the glossary. Code is read,
not imported, so that nothing has to run for its words to be found.
"""

from __future__ import annotations

import ast
import csv
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from cityhall.engines.figures import catalogue
from cityhall.report import sections

FIGURE, SENTENCE, NARRATIVE, LATER, TERM = "figure", "sentence", "no code needed", "not built yet", "term"
LONGEST_FRAGMENT = 30
SHORTEST_PART = 4  # a fragment of this length is found inside longer words that somebody asks for
MOST_TESTS = 3


@dataclass(frozen=True)
class Entry:
    """One thing that words lead to."""

    section: str
    kind: str
    words: str
    name: str  # a figure's key, a function's name, a term's name in code, or why no code is needed
    file: str = ""
    line: int = 0
    tests: tuple[str, ...] = ()
    page: str = ""

    @property
    def place(self) -> str:
        """file:line."""
        return f"{self.file}:{self.line}" if self.line else self.file


def root() -> Path:
    """The top of the repository."""
    return Path(settings.BASE_DIR)


# --- what there is ----------------------------------------------------------------------------------------------------


def entries() -> list[Entry]:
    """Everything but its tests, by section in the report's order."""
    found = [*_figures(), *_sentences(), *_narrative(), *_later(), *_terms()]
    order = {section.number: number for number, section in enumerate(sections.sections())}
    kinds = (FIGURE, SENTENCE, NARRATIVE, LATER, TERM)
    return sorted(found, key=lambda one: (one.kind == TERM, order.get(one.section, 99), kinds.index(one.kind)))


def _figures() -> Iterator[Entry]:
    for line in catalogue.lines():
        if (found := line.declared) is None:
            continue
        page = _page("figures:detail", found.key)
        words = found.phrase_of(line.of, line.period)
        yield Entry(line.section, FIGURE, words, found.key, found.path, found.line, page=page)


def _sentences() -> Iterator[Entry]:
    for mark in sentence_marks():
        page = _page("report:section", mark.section) if _is_section(mark.section) else ""
        yield Entry(mark.section, SENTENCE, mark.words, mark.target, mark.file, mark.line, page=page)


def _narrative() -> Iterator[Entry]:
    for number, row in enumerate(_rows(root() / "spec" / "narrative.csv"), start=2):
        yield Entry(row["section"], NARRATIVE, row["words"], row["why"], "spec/narrative.csv", number)


def _later() -> Iterator[Entry]:
    for number, line in enumerate(catalogue.lines(), start=2):
        if line.declared is None:
            page = _page("figures:detail", line.figure)
            yield Entry(line.section, LATER, line.words, line.figure, "spec/figures.csv", number, page=page)


def _terms() -> Iterator[Entry]:
    for number, row in enumerate(_rows(root() / "docs" / "glossary.csv"), start=2):
        words = f"{row['zh_TW']} · {row['en']}"
        yield Entry(row.get("section", ""), TERM, words, row["code"], "docs/glossary.csv", number)


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _page(name: str, argument: str) -> str:
    try:
        return reverse(name, args=[argument])
    except NoReverseMatch:
        return ""


def _is_section(number: str) -> bool:
    return sections.section(number) is not None


# --- reading the code -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """An `@sentence` in the code."""

    section: str
    words: str
    target: str
    file: str
    line: int


def sentence_marks() -> list[Mark]:
    """Every `@sentence`, by file and line."""
    found = []
    for path in _sources(root() / "src" / "cityhall"):
        if "/tests/" in path.as_posix() or "@sentence(" not in _text(path):
            continue
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                for section, words in _marks_on(node):
                    found.append(Mark(section, words, node.name, str(path.relative_to(root())), node.lineno))
    return sorted(found, key=lambda mark: (mark.file, mark.line))


def _marks_on(node: ast.FunctionDef | ast.ClassDef) -> Iterator[tuple[str, str]]:
    for mark in node.decorator_list:
        if not (isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "sentence"):
            continue
        given = [argument.value for argument in mark.args if isinstance(argument, ast.Constant)]
        if len(given) == 2:
            yield str(given[0]), str(given[1])


def _tests_of(name: str, file: str) -> tuple[str, ...]:
    """Tests that name a function, of its own package where there are any; those called after it first."""
    package = "/".join(Path(file).parts[:4])
    called = f"test{name.replace('_', '')}".casefold()
    found: list[tuple[bool, bool, str, int, str]] = []
    for path in [*_sources(root() / "src" / "cityhall"), *_sources(root() / "tests")]:
        relative = str(path.relative_to(root()))
        if not path.name.startswith("test_") or not re.search(rf"\b{name}\b", _text(path)):
            continue
        far = not relative.startswith(f"{package}/")
        for line, test in _tests_that_name(name, _tree(path)):
            found.append((far, test.replace("_", "").casefold() != called, relative, line, test))
    at_home = [one for one in found if not one[0]]
    return tuple(f"{path}:{line} {test}" for _far, _other, path, line, test in sorted(at_home or found)[:MOST_TESTS])


def _tests_that_name(name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name.lower().startswith("test"):
            used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            used |= {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
            if name in used:
                yield node.lineno, node.name


@cache
def _sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_text(path))


# --- asking -----------------------------------------------------------------------------------------------------------

_SLOT = re.compile(r"\{:\w+\}")


def folded(words: str) -> str:
    """Words as they are compared: no white space, no case; full-width digits and signs as half-width ones."""
    narrow = words.translate({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
    return "".join(narrow.casefold().split())


def where(query: str) -> list[Entry]:
    """What the words lead to, the code first.

    Words of any length: a part of a phrase, a whole sentence with its numbers, a key, a function, a term.
    """
    wanted = folded(query)
    if not wanted:
        return []
    printed: dict[str, set[str]] = {}
    for line in catalogue.lines():
        printed.setdefault(line.figure, set()).update(filter(None, (folded(line.text), folded(line.how))))
    found = [one for one in entries() if _speaks_of(one, wanted, printed)]
    functions = {
        line.declared.key: line.declared.function.__name__ for line in catalogue.lines() if line.declared is not None
    }
    unique = {
        (one.kind, one.words, one.name): replace(one, tests=_tests_of(functions.get(one.name, one.name), one.file))
        if one.kind in (FIGURE, SENTENCE)
        else one
        for one in found
    }
    return sorted(unique.values(), key=lambda one: (one.kind in (LATER, TERM), one.kind in (NARRATIVE,)))


def _speaks_of(one: Entry, wanted: str, printed: dict[str, set[str]]) -> bool:
    texts = {folded(one.words)}
    if one.kind in (FIGURE, LATER):
        texts |= printed.get(one.name, set())
        texts |= {folded(part) for part in _SLOT.split(one.words)} if one.kind == FIGURE else set()
    names = {folded(one.name)} if one.kind != NARRATIVE else set()
    if any(wanted in text for text in texts | names):
        return True
    return any(len(text) >= SHORTEST_PART and text in wanted for text in texts)


# --- every sentence of a section --------------------------------------------------------------------------------------


def sentences_of(report: str, number: str) -> list[str]:
    """The sentences of a section of the old report, whose text stays outside the project (spec/README.md)."""
    part, chapter, item = ([*number.split("."), "", ""])[:3]
    heads = {"1": "壹", "2": "貳", "3": "參"}
    digits = "零一二三四五六七八九十"
    lines = report.splitlines()
    start = _after(lines, lambda line: line.startswith(f"{heads[part]}、") and "\t" not in line, 0)
    if chapter:
        start = _after(lines, lambda line: line.startswith(f"{digits[int(chapter)]}、") and "\t" not in line, start)
    if item:
        start = _after(lines, lambda line: line.startswith(f"({digits[int(item)]})") and "\t" not in line, start)
    body = []
    for line in lines[start:]:
        if re.match(r"^(?:[壹貳參]、|[一二三四]、|\([一二三四五六七八九十]\)|【)", line):
            break
        body.append(line.strip())
    # A paragraph that was cut by a page is two lines with an empty one between; only 。 ends a sentence.
    return [found.strip() for found in "".join(body).split("。") if found.strip()]


def _after(lines: Sequence[str], fits: Callable[[str], bool], start: int) -> int:
    for number in range(start, len(lines)):
        if fits(lines[number]):
            return number + 1
    raise LookupError("the report has no such heading")


def covering(sentence: str, number: str) -> list[Entry]:
    """What makes a sentence of that section true: figures, rules and acts, or the line that says why none is needed."""
    text = folded(sentence)
    found = []
    for one in entries():
        if one.section != number or one.kind == TERM:
            continue
        if one.kind in (FIGURE, LATER):
            texts = [folded(line.text) for line in catalogue.lines_of(one.name) if line.section == number and line.text]
        else:
            texts = [folded(one.words)]
        if any(words in text for words in texts):
            found.append(one)
    return found


def in_report(query: str) -> list[tuple[str, str, list[Entry]]]:
    """Sentences of the old report that hold the words, with their section and what makes them true, if anything does.

    Empty where the report's text is not at hand: it lies beside the project, in the folder CITYHALL_SHARED.
    """
    report = report_text()
    wanted = folded(query)
    if not report or not wanted:
        return []
    return [
        (section.number, sentence, covering(sentence, section.number))
        for section in sections.sections()
        for sentence in sentences_of(report, section.number)
        if wanted in folded(sentence)
    ]


def report_text() -> str:
    """The old report's text; empty where it is not at hand."""
    shared = Path(os.environ.get("CITYHALL_SHARED", root().parent / "shared"))
    path = shared / "spec" / "work-report-106.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""


# --- the map ----------------------------------------------------------------------------------------------------------


def map_page() -> str:
    """docs/map.md: section by section, which words end at which function. No line numbers: they change every day."""
    out = [
        "# Map: from the report's words to the code",
        "",
        "Generated by `cityhall where --map`; a test keeps it fresh. `make where Q=…` asks the same index and adds line",
        "numbers, tests and pages.",
        "",
    ]
    known = entries()
    for section in sections.sections():
        mine = [one for one in known if one.section == section.number and one.kind != TERM]
        out += [f"## {section.number} {section.name}", ""]
        built = [one for one in mine if one.kind in (FIGURE, SENTENCE)]
        if built:
            out += ["| words | what | where |", "|---|---|---|"]
            out += [f"| {one.words} | `{one.name}` | `{one.file}` |" for one in built]
            out.append("")
        if narrative := [one for one in mine if one.kind == NARRATIVE]:
            out += [f"- 「{one.words}」: {one.name}" for one in narrative] + [""]
        if later := [one.name for one in mine if one.kind == LATER]:
            out += ["Not built yet: " + ", ".join(f"`{name}`" for name in dict.fromkeys(later)) + ".", ""]
        if not mine:
            out += ["No figure, and nothing built yet.", ""]
    return "\n".join(out).rstrip() + "\n"
