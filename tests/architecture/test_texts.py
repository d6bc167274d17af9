"""What people read on a screen is written in zh-TW where it is used and marked for translation; English is complete."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import cityhall
from cityhall.web import messages

SOURCE = Path(cityhall.__file__).parent
CHINESE = re.compile("[\u3400-\u9fff]")
# `sentence` and `figure` take the report's own words, which are not for the screen.
MARKS = {*messages.CALLS, "sentence", "figure"}

# Chinese that is data or notation and is not translated: where, and what it is.
NOT_SCREEN_TEXT = {
    "domains/contacts/parameters.py": "sources of parameters, and what operators say in Chinese, as data",
    "domains/council/parameters.py": "sources of parameters",
    "domains/council/transcript.py": "how minutes name speakers and count questions",
    "domains/faq/parameters.py": "sources of parameters",
    "domains/faq/samples.py": "entries of the demo city",
    "domains/faq/sheets.py": "another heading in sheets",
    "domains/chat/guiding.py": "words by which somebody begins or leaves a guided service, as data",
    "domains/chat/parameters.py": "sources and words of danger, as data",
    "domains/chat/smalltalk.py": "small talk in simplified letters, as data",
    "domains/grants/parameters.py": "the first scheme, in both languages, as data",
    "domains/hotline/parameters.py": "sources of parameters",
    "domains/instructions/parameters.py": "sources of parameters",
    "domains/open_data/dcat.py": "the catalogue's own words, which are in Chinese beside English",
    "domains/open_data/listing.py": "headings and words of a portal's list",
    "domains/open_data/metadata.py": "words of the national exchange",
    "domains/open_data/parameters.py": "sources of parameters",
    "domains/open_data/rules.py": "separators of lists",
    "domains/open_data/views/ckan.py": "the site's name",
    "domains/petitions/bad_days.py": "petitions of the demo city",
    "domains/petitions/backlog.py": "petitions of the demo city",
    "domains/petitions/checks.py": "the monthly checks of the demo city",
    "domains/petitions/insistent.py": "petitions of the demo city",
    "domains/petitions/parameters.py": "sources and words of the rules, as data",
    "domains/petitions/privacy.py": "how letters greet somebody by name",
    "domains/petitions/rubrics.py": "the first rubric, in both languages, as data",
    "domains/petitions/rules.py": "one letter in two writings",
    "domains/petitions/samples.py": "petitions of the demo city",
    "domains/petitions/year.py": "petitions of the demo year",
    "domains/petitions/year_texts.py": "petitions of the demo year",
    "domains/phone_tests/templatetags/phone_tests.py": "how an extension is written behind a telephone number",
    "domains/phone_tests/parameters.py": "sources, words and the first scheme, in both languages, as data",
    "domains/projects/parameters.py": "sources of parameters",
    "domains/projects/sheets.py": "how people write months and shares",
    "domains/projects/templatetags/projects.py": "the word that ends a year's name",
    "domains/petitions/services/central_files.py": "headings in sheets of other authorities",
    "domains/petitions/services/old_system.py": "headings in sheets of other systems; what stands for a reply that is lost",
    "domains/petitions/services/upkeep.py": "what stands in a record whose data was removed",
    "domains/petitions/views/catalogue.py": "slots of reply templates, and an invented case that fills them",
    "domains/petitions/views/desk.py": "a slot of reply templates, which staff write",
    "domains/petitions/views/record.py": "names of the slots in reply templates, which staff write",
    "domains/road_safety/results.py": "the first scheme, in both languages, as data",
    "domains/smart_city/parameters.py": "sources of parameters",
    "domains/spatial/open_tables.py": "how columns of years and months are named in files",
    "domains/spatial/points.py": "how coordinates and addresses are named in lists",
    "domains/spatial/rules.py": "how people write years and months",
    "domains/spatial/statistics.py": "headings in sheets of other authorities",
    "domains/subsidies/parameters.py": "sources of parameters",
    "domains/wifi/parameters.py": "sources of parameters",
    "domains/wifi/listing.py": "headings in lists of the nation",
    "domains/wifi/controllers.py": "headings in files of the controllers",
    "domains/wifi/placement.py": "headings in tables of the household registers",
    "engines/classify": "what stands for numbers and addresses in texts that the model reads",
    "engines/deadlines/services.py": "names of days, as the library that they come from has them",
    "engines/directory/contacts.py": "endings of agencies' names; one letter in two writings",
    "engines/directory/parameters.py": "sources of parameters",
    "engines/figures/drawing.py": "dates in Chinese beside dates in English",
    "engines/files/sheets.py": "what sheets say for yes and no",
    "engines/gatherings/parameters.py": "sources of parameters",
    "engines/identity/forms.py": "the name of a language in itself",
    "engines/identity/parameters.py": "sources of parameters",
    "engines/letters/views.py": "the name of a language in itself",
    "engines/mailbox/forwards.py": "headings that mail programs write above what they forward",
    "engines/mailbox/parameters.py": "sources of parameters",
    "engines/mailbox/rules.py": "how mail programs mark automatic answers",
    "engines/milestones/parameters.py": "sources of parameters",
    "engines/places": "how addresses are written; names of layers in both languages; headings in sheets",
    "engines/surveys/parameters.py": "sources of parameters",
    "engines/tables/profiling.py": "how areas and coordinates are named in files",
    "engines/tables/rules.py": "how dates, codes and coordinates are written in files",
    "engines/tracking/parameters.py": "sources of parameters",
    "engines/usage/imports.py": "other headings in sheets",
    "engines/usage/parameters.py": "sources of parameters",
    "engines/worklist/parameters.py": "sources of parameters",
    "engines/worklist/rules.py": "how persons are named in texts",
    "foundation": "dates, periods and numbers in Chinese beside those in English",
    "project/api.py": "the program's name",
    "project/boundaries.py": "a source as its licence wants it",
    "project/demo": "the demo city",
    "project/management/commands/demo.py": "the terminal of the demo city, whose people have Chinese names",
    "project/settings.py": "the city's name and the languages, in their own words",
    "report/index.py": "how the old report numbers its headings",
    "web/build": "the program's name; a source as its licence wants it",
    "web/charts.py": "dates in Chinese beside dates in English",
    "web/context.py": "the name of a language in itself",
    "web/dates.py": "dates in Chinese beside dates in English",
    "web/errors.py": "the last page, for when nothing works, in both languages",
    "web/gallery.py": "samples of the widest contents",
    "web/messages.py": "the range of Chinese letters",
}


def docstrings(tree: ast.Module) -> set[int]:
    """Strings that stand alone: docstrings, and comments beside a name."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def unmarked(source: str) -> Iterator[tuple[int, str]]:
    """Chinese strings that nobody marked."""
    tree = ast.parse(source)
    fine = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in MARKS:
                words = [*node.args, *(one.value for one in node.keywords if one.arg in ("of", "later"))]
                fine |= {id(part) for argument in words for part in ast.walk(argument)}
    for node in ast.walk(tree):
        found = isinstance(node, ast.Constant) and isinstance(node.value, str) and CHINESE.search(node.value)
        if found and id(node) not in fine:
            yield node.lineno, node.value


def sources() -> list[Path]:
    return [
        path
        for path in sorted(SOURCE.rglob("*.py"))
        if not {"tests", "migrations"} & set(path.relative_to(SOURCE).parts)
    ]


def excused(path: Path) -> str:
    """The entry of the table that speaks of the file, if one does."""
    place = path.relative_to(SOURCE).as_posix()
    return next((entry for entry in NOT_SCREEN_TEXT if place == entry or place.startswith(f"{entry}/")), "")


class TestCode:
    def test_marks_every_chinese_text(self):
        bare = [
            f"{path.relative_to(SOURCE)}:{line} {text[:40]}"
            for path in sources()
            if not excused(path)
            for line, text in unmarked(path.read_text(encoding="utf-8"))
        ]

        assert bare == []

    def test_excuses_no_file_that_needs_it_no_longer(self):
        needed = {excused(path) for path in sources() if any(unmarked(path.read_text(encoding="utf-8")))}

        assert set(NOT_SCREEN_TEXT) - needed == set()

    def test_the_reader_finds_what_is_bare(self):
        source = '"""說明"""\nfrom x import gettext as _\n_("好")\nname = "壞"\nf"{name}號"\n_now("也壞")\n'

        assert [text for _line, text in unmarked(source)] == ["壞", "號", "也壞"]


TAGS = re.compile(
    r"{%\s*comment\s*%}.*?{%\s*endcomment\s*%}|{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}"
    r"|{%.*?%}|{{.*?}}|{#.*?#}",
    re.DOTALL,
)
CALLS_IN_TAGS = re.compile(r"""_\((?:"[^"]*"|'[^']*')\)""")
OF_ONE_LANGUAGE = re.compile(r"(^|\.)zh-hant\.(html|txt)$")


def bare_in_template(text: str) -> list[str]:
    """Chinese outside of translate, blocktranslate and _()."""
    found = [line.strip() for line in TAGS.sub("", text).splitlines() if CHINESE.search(line)]
    for tag in re.findall(r"{%(?!\s*(?:block)?trans|\s*endblock|\s*plural|\s*comment)[^%]*%}|{{[^}]*}}", text):
        if CHINESE.search(CALLS_IN_TAGS.sub("", tag)):
            found.append(tag)
    return found


class TestTemplates:
    def test_mark_every_chinese_text_unless_they_are_of_one_language(self):
        bare = [
            f"{path.relative_to(SOURCE)}: {line[:60]}"
            for path in sorted(SOURCE.rglob("templates/**/*"))
            if path.suffix in {".html", ".txt"} and not OF_ONE_LANGUAGE.search(path.name)
            for line in bare_in_template(path.read_text(encoding="utf-8"))
        ]

        assert bare == []

    def test_of_one_language_have_a_twin_in_the_other(self):
        alone = [
            str(path.relative_to(SOURCE))
            for path in sorted(SOURCE.rglob("templates/**/*"))
            if OF_ONE_LANGUAGE.search(path.name) and not path.with_name(path.name.replace("zh-hant", "en")).exists()
        ]

        assert alone == []

    @pytest.mark.parametrize("text", ["<p>壞</p>", '{% include "a" with b="壞" %}', "{{ x|default:'壞' }}"])
    def test_the_reader_finds_what_is_bare(self, text):
        assert bare_in_template(text)

    @pytest.mark.parametrize(
        "text", ['{% translate "好" %}', "{% blocktranslate %}好{% endblocktranslate %}", '{% a _("好") %}']
    )
    def test_the_reader_knows_the_marks(self, text):
        assert not bare_in_template(text)


class TestTranslations:
    def test_are_complete(self):
        assert messages.check() == []
