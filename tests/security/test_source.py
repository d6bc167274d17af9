"""Security gates that need no tool of their own; the others are parts of `make security`."""

import re
from pathlib import Path

import pytest

from tests.security import run, source

SWITCHED_OFF = re.compile(r"#\s*(nosec|nosemgrep)\b(?::?\s*([\w,\s-]+))?")


def rules() -> dict[str, Path]:
    """Each of our own rules by its id."""
    return {
        name: path
        for path in sorted(source.RULES.glob("*.yml"))
        for name in re.findall(r"^  - id: ([\w-]+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    }


def example(path: Path) -> str:
    """The file beside a rule that says what it finds and what it leaves alone."""
    return next(one for one in path.parent.glob(f"{path.stem}.*") if one.suffix != ".yml").read_text(encoding="utf-8")


class TestSources:
    def test_bandit_finds_nothing(self):
        assert source.bandit() == []

    def test_what_is_switched_off_is_named_and_explained_beside_it(self):
        found = []
        for path in sorted((source.ROOT / "src").rglob("*.py")):
            lines = path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines):
                marks = [mark for mark in SWITCHED_OFF.finditer(line) if not line.lstrip().startswith("#")]
                if not marks:
                    continue
                assert all(mark[2] for mark in marks), f"{path}:{number + 1}: name what is switched off"
                before = any("# " in near for near in lines[max(number - 3, 0) : number])
                assert before or line.endswith(")"), f"{path}:{number + 1}: say why"
                found.append(f"{path.name}:{number + 1}")

        assert len(found) <= 40, found

    def test_posts_without_a_token_are_taken_here_and_nowhere_else(self):
        found = {
            str(path.relative_to(source.ROOT / "src" / "cityhall"))
            for path in (source.ROOT / "src").rglob("*.py")
            if re.search(r"\b(public_to_programs|csrf_exempt)\b", path.read_text(encoding="utf-8"))
        }

        assert found == {
            "web/access.py", "engines/subscriptions/views.py", "domains/chat/views/citizen.py", "domains/chat/views/line.py",
            "domains/council/mobile.py", "domains/open_data/doors.py", "domains/petitions/open311.py",
            "domains/petitions/views/area_news.py", "domains/spatial/ogc.py",
        }  # fmt: skip


class TestSettings:
    def test_of_a_city_in_service_leave_nothing_to_warn_of(self, tmp_path):
        assert source.deployed(tmp_path) == []


class TestOwnRules:
    def test_there_are_some(self):
        assert len(rules()) >= 10

    @pytest.mark.parametrize("name", rules())
    def test_each_has_an_example_that_it_finds_and_one_that_it_leaves(self, name):
        words = example(rules()[name])

        assert re.search(rf"ruleid: (?:[\w-]+, )*{name}\b", words)
        assert re.search(rf"\bok: (?:[\w-]+, )*{name}\b", words)


class TestRunner:
    def test_a_part_that_cannot_be_fetched_fails(self, monkeypatch, capsys):
        def not_there() -> list[str]:
            raise run.CannotInstall("semgrep cannot be installed: no network")

        assert not run.carry_out(("semgrep", "our own rules", not_there))
        assert "✗ semgrep: was not run. semgrep cannot be installed: no network" in capsys.readouterr().out

    def test_a_finding_fails_and_is_shown(self, monkeypatch, capsys):
        parts = [("good", "nothing", list), ("bad", "something", lambda: ["views.py:7 markup"])]
        monkeypatch.setattr(run, "parts", lambda: parts)

        assert run.main([]) == 1
        said = capsys.readouterr().out
        assert "✓ good: nothing found" in said
        assert "views.py:7 markup" in said
        assert said.endswith("1 passed, 1 failed\n")
        assert run.main(["good"]) == 0
        assert run.main(["other"]) == 2
