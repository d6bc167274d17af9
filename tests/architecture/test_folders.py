"""A figure's key is a path: its first word is a folder of `domains`, and every such folder is the word of a key."""

from pathlib import Path

import pytest
from django.conf import settings

import cityhall
from cityhall.engines.figures import catalogue, registry

SOURCE = Path(cityhall.__file__).parent
# Subjects of the report's sections that print no figure; the FAQ base, the text service and contacts are counted in those
# of the hotline; instructions of the mayor are in no section.
WITHOUT_FIGURES = {"security", "grants", "budgeting", "international", "faq", "chat", "contacts", "instructions"}


def folders(name: str) -> set[str]:
    """The packages in one of our folders."""
    return {path.parent.name for path in (SOURCE / name).glob("*/__init__.py")}


class TestDomains:
    @pytest.mark.parametrize("key", sorted(registry.figures))
    def test_have_a_folder_for_every_key(self, key):
        assert key.partition(".")[0] in folders("domains")

    @pytest.mark.parametrize("name", sorted(folders("domains")))
    def test_have_a_key_for_every_folder(self, name):
        assert name in {line.figure.partition(".")[0] for line in catalogue.lines()} | WITHOUT_FIGURES

    def test_are_those_of_the_settings(self):
        assert folders("domains") == set(settings.DOMAINS)
        assert folders("engines") == set(settings.ENGINES)

    @pytest.mark.parametrize("name", sorted(folders("domains")))
    def test_count_in_figures_and_in_no_other_file(self, name):
        with_figures = {
            path.relative_to(SOURCE / "domains" / name).as_posix()
            for path in (SOURCE / "domains" / name).rglob("*.py")
            if "tests" not in path.parts and "@figure(" in path.read_text(encoding="utf-8")
        }

        assert with_figures <= {"figures.py"}


class TestFiles:
    @pytest.mark.parametrize("word", ["utils", "helpers", "common", "manager", "managers", "misc"])
    def test_say_what_is_inside(self, word):
        assert [
            str(path) for path in SOURCE.rglob(f"{word}*") if path.stem == word and path.suffix in {"", ".py"}
        ] == []
