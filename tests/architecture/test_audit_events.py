"""Every event that the code records stands in the catalogue, with its sentence in both languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import cityhall
from cityhall.engines.audit.catalogue import sentences

SOURCE = Path(cityhall.__file__).parent
DOTTED = re.compile(r"[a-z_]+(\.[a-z_]+)+")


def program() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.parts):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def events_in(tree: ast.Module) -> Iterator[tuple[int, ast.expr]]:
    """The first argument of every call of the trail's `record`, whatever name it was imported by."""
    modules, functions = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "cityhall.engines.audit":
            modules |= {one.asname or one.name for one in node.names if one.name == "services"}
        if isinstance(node, ast.ImportFrom) and node.module == "cityhall.engines.audit.services":
            functions |= {one.asname or one.name for one in node.names if one.name == "record"}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="record"), args=[event, *_]):
                if name in modules:
                    yield node.lineno, event
            case ast.Call(func=ast.Name(id=name), args=[event, *_]) if name in functions:
                yield node.lineno, event


class TestEvents:
    def test_every_recorded_event_is_declared(self):
        recorded = {
            (event.value, f"{path.relative_to(SOURCE)}:{line}")
            for path, tree in program()
            for line, event in events_in(tree)
            if isinstance(event, ast.Constant)
        }

        assert len(recorded) > 20
        assert sorted(place for event, place in recorded if event not in sentences) == []

    def test_names_are_dotted(self):
        assert [event for event in sentences if not DOTTED.fullmatch(event)] == []

    def test_the_reader_finds_a_call_under_another_name(self):
        tree = ast.parse("from cityhall.engines.audit.services import record as note\nnote('x.y', None)\n")

        assert [(line, event.value) for line, event in events_in(tree)] == [(2, "x.y")]
