"""Every command, path and address in the documentation exists; those that end by themselves are run."""

import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import CommandError
from django.urls import Resolver404, resolve

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs" / "adr").glob("*.md"),
        *(ROOT / "src").rglob("README.md"),
        *(ROOT / "benchmarks").rglob("README.md"),
    ]
)
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
ASSIGNMENT = re.compile(r"[A-Z_][A-Z0-9_]*=\S*")
# What stands for something of the reader's own.
PLACEHOLDER = re.compile(r"^[A-Z][A-Z_]*$|^…$|…")


def commands_of(page: Path) -> list[str]:
    """The command lines of a page, from its blocks and from the words set as code."""
    text = page.read_text(encoding="utf-8")
    found = []
    for _indent, language, body in BLOCK.findall(text):
        if language in ("", "sh", "console", "bash"):
            found += [
                line.strip().removeprefix("$ ") for line in body.splitlines() if language != "console" or "$ " in line
            ]
    found += INLINE.findall(BLOCK.sub("", text))
    known = []
    for line in found:
        line = re.sub(
            r"^(?:\S+ ){5}(?=cityhall )", "", re.sub(r"\s+", " ", line.split(" #")[0].strip())
        )  # of a crontab
        words = [word for word in line.split() if not ASSIGNMENT.fullmatch(word) or line.startswith("make")]
        if len(words) > 1 and words[0].removeprefix(".venv/bin/") in ("make", "cityhall", "python", "python3"):
            known.append(" ".join([words[0].removeprefix(".venv/bin/"), *words[1:]]))
    return known


def every(program: str) -> list[tuple[str, str]]:
    return sorted(
        {
            (page.relative_to(ROOT).as_posix(), line)
            for page in PAGES
            for line in commands_of(page)
            if line.split()[0] == program
        }
    )


class TestMake:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    @pytest.mark.parametrize(("page", "line"), every("make"))
    def test_target_exists(self, page, line):
        words = [word for word in shlex.split(line)[1:] if "=" not in word]

        assert set(words) <= self.targets

    def test_help_lists_every_target(self):
        if not shutil.which("make"):
            pytest.skip("no make on this machine")
        said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

        assert set(re.findall(r"^  make ([a-z-]+)", said, re.MULTILINE)) == self.targets

    def test_the_guide_for_contributors_names_the_everyday_targets(self):
        text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

        assert {target for target in self.targets if f"make {target}" not in text} <= {"help", "lint", "clean-demo"}


def arguments(words: list[str]) -> list[str]:
    """The words of a command line without what the reader puts in: optional parts in brackets are taken in."""
    return [word.strip("[]") for word in words if word.strip("[]")]


class TestCityhall:
    @pytest.mark.parametrize(("page", "line"), every("cityhall"))
    def test_command_and_options_exist(self, page, line):
        name, *rest = arguments(shlex.split(line.replace("|", " ").replace("…", "X"))[1:])
        assert name in get_commands()

        command = load_command_class(get_commands()[name], name)
        parser = command.create_parser("cityhall", name)
        options = {option for action in all_actions(parser) for option in action.option_strings}
        acts = [set(action.choices) for action in parser._actions if action.choices and not action.option_strings]

        assert {word.split("=")[0] for word in rest if word.startswith("--")} <= options
        if acts and rest and not PLACEHOLDER.search(rest[0]):
            assert rest[0] in acts[0]

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("page", "line"),
        [
            (page, line)
            for page, line in every("cityhall")
            if re.match(
                r"cityhall (audit verify|administrator list|places layers|messages check|figures list|where \S|petitions columns c)",
                line,
            )
            and "--map" not in line
            and "tutorial" not in page  # which has a test of its own
        ],
    )
    def test_that_ends_by_itself_runs(self, page, line):
        name, *rest = shlex.split(line)[1:]

        call_command(name, *rest)

    def test_the_commands_of_our_own_are_documented(self):
        ours = {name for name, app in get_commands().items() if str(app).startswith("cityhall.")}
        text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)

        assert sorted(name for name in ours if f"cityhall {name}" not in text) == []


def all_actions(parser):
    """The options of a command and of its acts."""
    for action in parser._actions:
        yield action
        if isinstance(action.choices, dict):
            for inner in action.choices.values():
                if hasattr(inner, "_actions"):
                    yield from all_actions(inner)


class TestPython:
    @pytest.mark.parametrize(("page", "line"), [*every("python"), *every("python3")])
    def test_module_or_file_exists(self, page, line):
        words = shlex.split(line)[1:]
        if words[0] == "-m":
            assert find_spec(words[1].replace("NAME", "search").split("=")[0]) is not None
        elif not words[0].startswith("-"):
            assert (ROOT / words[0]).exists()
        for word in words[2:]:
            if word.startswith(("src/", "tests/", "benchmarks/", "docs/", "spec/")):
                assert (ROOT / word).exists()


class TestPathsAndAddresses:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
    def test_links_lead_somewhere(self, page):
        inner = [link.split("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]

        assert [link for link in inner if link and not (page.parent / link).exists()] == []

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
    def test_paths_set_as_code_exist(self, page):
        text = BLOCK.sub("", page.read_text(encoding="utf-8"))
        paths = [
            word
            for word in INLINE.findall(text)
            if re.fullmatch(r"(?:src|docs|spec|tests|benchmarks|requirements|\.ci)/[\w./*-]+", word)
        ]

        assert [path for path in paths if not list(ROOT.glob(path.rstrip("/")))] == []

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
    def test_addresses_of_the_site_are_served(self, page):
        text = page.read_text(encoding="utf-8")
        words = [
            word for word in INLINE.findall(BLOCK.sub("", text)) if re.fullmatch(r"/[a-z0-9][\w./-]*(\?\S*)?", word)
        ]
        words += re.findall(r"http://localhost:8000(/[^\s>)`]*)", text)

        unserved = []
        for word in words:
            try:
                resolve(word.split("?")[0])
            except Resolver404:
                unserved.append(word)

        assert unserved == []


class TestSettings:
    def test_every_setting_is_documented_and_every_documented_one_is_read(self):
        code = "\n".join(
            path.read_text(encoding="utf-8")
            for folder in ("src", "tests")
            for path in (ROOT / folder).rglob("*.py")
            if "/tests/" not in path.as_posix() or folder == "tests"
        ) + (ROOT / "Makefile").read_text(encoding="utf-8")
        text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
        name = re.compile(r"CITYHALL_[A-Z0-9]+(?:_[A-Z0-9]+)*\b")
        for_the_build_and_tests = {
            "CITYHALL_BUILD_DIR", "CITYHALL_COLLECTING", "CITYHALL_DEBUG", "CITYHALL_SERVER_PID", "CITYHALL_TEST_DATABASE_URL",
        }  # fmt: skip

        read = set(name.findall(code))
        documented = set(name.findall(text))

        assert sorted(read - documented - for_the_build_and_tests) == []
        assert sorted(one for one in documented - read if not one.endswith(("_URL", "_KEY"))) == []


class TestRecords:
    def test_of_decisions_are_all_in_the_index(self):
        folder = ROOT / "docs" / "adr"
        index = (folder / "README.md").read_text(encoding="utf-8")
        listed = re.findall(r"^\| (\d+) \| \[([^\]]+)\]\(([^)]+)\) \|$", index, re.MULTILINE)
        files = sorted(path.name for path in folder.glob("0*.md"))

        assert [file for _number, _title, file in listed] == files
        for number, title, file in listed:
            assert int(number) == int(file[:4])
            assert (folder / file).read_text(encoding="utf-8").startswith(f"# {number}. {title}\n")

    def test_of_decisions_say_situation_choice_and_cost(self):
        for path in (ROOT / "docs" / "adr").glob("0*.md"):
            text = path.read_text(encoding="utf-8")
            assert all(f"**{part}.**" in text for part in ("Situation", "Choice", "Cost")), path.name

    def test_of_changes_begin_with_what_is_not_released(self):
        text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)

        assert headings[0] == "Unreleased"
        assert all(re.fullmatch(r"\d+\.\d+\.\d+ · \d{4}-\d{2}-\d{2}", heading) for heading in headings[1:])
        assert text.partition("## Unreleased")[2].strip().startswith("- ")

    def test_readme_fits_one_screen_with_a_picture(self):
        text = (ROOT / "README.md").read_text(encoding="utf-8")

        assert len(text.splitlines()) <= 45
        assert re.search(r"!\[[^\]]+\]\(docs/pictures/[\w.-]+\)", text)


class TestExamples:
    """Blocks of Python in the documentation are at least Python."""

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
    def test_parse(self, page):
        for _indent, language, body in BLOCK.findall(page.read_text(encoding="utf-8")):
            if language == "python":
                compile(body, str(page), "exec")


def test_the_readers_find_what_they_look_for():
    assert ("README.md", "make run") in every("make")
    assert any(line.startswith("cityhall audit verify") for _page, line in every("cityhall"))
    assert sys.version_info >= (3, 11)
    with pytest.raises(CommandError):
        call_command("where", "")
