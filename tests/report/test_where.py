"""From any words of the report to the code behind them."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from cityhall.report import index

# Nine phrases of section 1.2.7 and the function at which each of a stranger's four ways ends.
PHRASES = [
    ("105 年計辦理 10 萬 5,046 件", "petitions.received", "domains/petitions/figures.py"),
    ("平均每月 8,754 件", "petitions.received_monthly", "domains/petitions/figures.py"),
    ("擇定 15 項", "petitions.urgent_categories", "domains/petitions/figures.py"),
    ("已受理 8,306 件", "petitions.urgent_received", "domains/petitions/figures.py"),
    ("計有 630 件應予改善", "petitions.urgent_to_improve", "domains/petitions/figures.py"),
    ("1 日內初步回復", "stages_of", "domains/petitions/rules.py"),
    ("依指定期限回復", "stages_of", "domains/petitions/rules.py"),
    ("驗證程序完成始成案", "confirm", "domains/petitions/services/filing.py"),
    ("由系統自動初判並分派案件", "decide", "domains/petitions/rules.py"),
]


class TestWhere:
    @pytest.mark.parametrize(("words", "name", "file"), PHRASES)
    def test_ends_at_the_function(self, words, name, file, capsys):
        call_command("where", words)

        said = capsys.readouterr().out
        assert name in said
        assert f"src/cityhall/{file}:" in said
        assert "test   src/cityhall/domains/petitions/tests/" in said
        assert "page   /" in said

    @pytest.mark.parametrize(("words", "name", "file"), PHRASES)
    def test_so_does_a_search_through_the_sources(self, words, name, file):
        fragment = max((one for one in index.where(words) if one.name == name), key=lambda one: one.line).words
        longest = max(fragment.replace("{:man}", "|").replace("{:plain}", "|").split("|"), key=len).strip()

        text = (index.root() / "src" / "cityhall" / file).read_text(encoding="utf-8")

        assert longest in text
        assert f"def {name.rpartition('.')[2]}(" in text

    def test_names_a_figures_own_tests_first(self):
        found = next(one for one in index.where("petitions.received") if one.name == "petitions.received")

        assert found.tests[0].endswith(" TestReceived")

    def test_finds_what_is_not_built_in_the_specification(self):
        found = index.where("不予處理共 357 件")

        assert [one.name for one in found] == ["petitions.repeated_declined"]

    @pytest.mark.parametrize("words", ["１日內初步回復", "1日內初步回復", "  1 日內  初步回復 "])
    def test_does_not_mind_spaces_and_wide_digits(self, words):
        assert "stages_of" in {one.name for one in index.where(words)}

    def test_finds_terms(self):
        assert "dispatch" in {one.name for one in index.where("派案")}

    @pytest.mark.parametrize("words", ["", "龍貓公車"])
    def test_says_when_it_knows_nothing(self, words):
        with pytest.raises(CommandError, match="Nothing is known"):
            call_command("where", words)


class TestMap:
    def test_is_fresh(self):
        path = index.root() / "docs" / "map.md"

        with translation.override("zh-hant"):
            wanted = index.map_page()

        assert path.read_text(encoding="utf-8") == wanted, "run `cityhall where --map`"


@pytest.fixture(scope="module")
def report() -> str:
    text = index.report_text()
    if not text:
        pytest.skip("the old report's text is absent: set CITYHALL_SHARED")
    return text


class TestEverySentence:
    """Each sentence of a built section is made true by code, or spec/narrative.csv says why none is needed."""

    @pytest.mark.parametrize("number", ["1.2.7"])
    def test_is_covered(self, report, number):
        sentences = index.sentences_of(report, number)

        bare = [sentence for sentence in sentences if not index.covering(sentence, number)]

        assert len(sentences) > 3
        assert bare == []

    def test_is_found_by_its_own_words(self, report):
        assert [number for number, _sentence, _entries in index.in_report("流標 3 次")] == ["1.1.1"]

    def test_of_every_section_can_be_read(self, report):
        for section in index.sections.sections():
            assert index.sentences_of(report, section.number)

    def test_fragments_stand_in_the_report(self, report):
        text = index.folded(report)
        narrative = [one for one in index.entries() if one.kind == index.NARRATIVE]

        for words in [mark.words for mark in index.sentence_marks()] + [one.words for one in narrative]:
            assert index.folded(words) in text

    def test_phrases_stand_in_the_report(self, report):
        text = index.folded(report)

        for line in index.catalogue.built():
            assert index.folded(line.text) in text


class TestNarrative:
    def test_quotes_no_more_than_thirty_characters(self):
        rows = [one for one in index.entries() if one.kind == index.NARRATIVE]

        assert rows
        assert all(0 < len(one.words) <= index.LONGEST_FRAGMENT and one.name for one in rows)

    def test_every_mark_names_a_section_of_the_report(self):
        known = {section.number for section in index.sections.sections()}

        assert {mark.section for mark in index.sentence_marks()} <= known
        assert all(Path(index.root() / mark.file).exists() for mark in index.sentence_marks())
