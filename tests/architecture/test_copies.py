"""Types of project, meetings, visits and trainings are data: nothing of how they work is written twice, renamed or not.

Six lines of functions are a block. Names that a function gives itself are numbered in their order and texts are all alike, so
that a copy under other names is the same block; what is called, and the attributes and arguments of calls, stay.
"""

from __future__ import annotations

import ast
import io
import keyword
import tokenize
from collections.abc import Iterator
from pathlib import Path

import cityhall

DOMAINS = Path(cityhall.__file__).parent / "domains"
TYPES_OF_PROJECT = ("projects", "subsidies", "smart_city")
GATHERINGS = ("control_yuan", "council", "projects", "road_safety", "smart_city")
BLOCK = 6


def bodies(source: str) -> Iterator[tuple[int, str]]:
    """Each function's own lines, without its decorators and its docstring, and the line before them."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            described = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            begins = (first.end_lineno or first.lineno) if described else first.lineno - 1
            if begins < (node.end_lineno or 0):
                yield begins, "\n".join(lines[begins : node.end_lineno])


def named_here(source: str) -> set[str]:
    """The names that some lines give: what a copy can rename without further ado."""
    tree = ast.parse(source)
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return found | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def plain_lines(body: str, own: set[str]) -> list[tuple[int, list[tuple[str, str]]]]:
    """Line by line what stands there: own names and texts are marked, comments and lines without a word left out."""
    found: dict[int, list[tuple[str, str]]] = {}
    dedented = "if True:\n" + body
    before = ""
    for token in tokenize.generate_tokens(io.StringIO(dedented).readline):
        if token.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING):
            kind = "text" if token.type == tokenize.STRING else "word"
            if (
                token.type == tokenize.NAME
                and token.string in own
                and before != "."
                and not keyword.iskeyword(token.string)
            ):
                kind = "name"
            found.setdefault(token.start[0] - 1, []).append((kind, "" if kind == "text" else token.string))
            before = token.string
    return [(n, line) for n, line in sorted(found.items()) if n and any(word.isidentifier() for _kind, word in line)]


def blocks(source: str) -> Iterator[tuple[int, str]]:
    """Every six lines of a function that follow one another, with their names numbered."""
    own = named_here(source)
    for begins, body in bodies(source):
        lines = plain_lines(body, own)
        for n in range(len(lines) - BLOCK + 1):
            numbers: dict[str, int] = {}
            words = [
                f"#{numbers.setdefault(word, len(numbers))}" if kind == "name" else word or "…"
                for _n, line in lines[n : n + BLOCK]
                for kind, word in [*line, ("word", "\n")]
            ]
            yield begins + lines[n][0], " ".join(words)


def shared(folders: tuple[str, ...]) -> list[str]:
    """The blocks that stand in more than one of the folders."""
    where: dict[str, dict[str, str]] = {}
    for folder in folders:
        for path in sorted((DOMAINS / folder).rglob("*.py")):
            if not {"tests", "migrations"} & set(path.parts):
                for line, block in blocks(path.read_text(encoding="utf-8")):
                    where.setdefault(block, {}).setdefault(folder, f"{path.relative_to(DOMAINS)}:{line}")
    return sorted(" = ".join(sorted(places.values())) for places in where.values() if len(places) > 1)


class TestNothingIsWrittenTwice:
    def test_between_types_of_project(self):
        assert shared(TYPES_OF_PROJECT) == []

    def test_between_meetings_visits_and_trainings(self):
        assert shared(GATHERINGS) == []

    def test_the_reader_finds_a_copy_under_other_names(self):
        first = "def listed(rows, day):\n    '''Said.'''\n    found = []\n" + "".join(
            f"    for one in rows.filter({word}=day):\n        found.append((one.pk, {word!r}))\n" for word in "abc"
        )
        renamed = (
            first.replace("rows", "items").replace("found", "made").replace("one", "each").replace("listed", "open")
        )
        other = first.replace("filter", "exclude")

        assert {block for _n, block in blocks(first)} & {block for _n, block in blocks(renamed)}
        assert not {block for _n, block in blocks(first)} & {block for _n, block in blocks(other)}
