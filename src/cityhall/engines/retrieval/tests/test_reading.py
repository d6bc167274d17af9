"""Texts as runs of characters, and which of them a question shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.retrieval.reading import codes, folded, runs, shared, terms

TEXTS = st.text(alphabet="垃圾車車几幾點点來收aB１2，。 \n臺台é", max_size=40)


class TestFolded:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("垃圾車幾點來", "垃圾车几点来"),
            ("臺灣", "台湾"),
            ("ＡＢＣ１２３", "abc123"),
            ("證件遺失補發", "证件遗失补发"),
        ],
    )
    def test_is_the_same_for_both_writings(self, one, other):
        assert folded(one) == folded(other)

    @given(TEXTS)
    def test_changes_nothing_the_second_time(self, text):
        assert folded(folded(text)) == folded(text)


class TestRuns:
    def test_reach_across_no_mark(self):
        assert set(runs(codes("路燈，不亮")).tolist()) == set(runs(codes("路燈 不亮")).tolist())
        assert set(runs(codes("路燈不亮")).tolist()) > set(runs(codes("路燈，不亮")).tolist())

    def test_of_marks_alone_are_none(self):
        assert runs(codes("？！。，")).tolist() == []

    @pytest.mark.parametrize("text", ["", "\ud800", "\x00", "𠮷野家"])
    def test_of_anything_can_be_read(self, text):
        assert len(runs(codes(text))) == {"": 0, "\ud800": 0, "\x00": 0, "𠮷野家": 5}[text]


class TestShared:
    def test_marks_the_pairs_that_stand_in_the_question(self):
        text = "垃圾車什麼時候來收？"

        assert [text[a:b] for a, b in shared(text, "垃圾車幾點來")] == ["垃圾車"]

    def test_marks_traditional_letters_for_a_simplified_question(self):
        text = "證件遺失怎麼補發"

        assert [text[a:b] for a, b in shared(text, "证件遗失")] == ["證件遺失"]

    def test_marks_single_letters_only_for_want_of_pairs(self):
        assert [tuple(span) for span in shared("水費太高", "漏水")] == [(0, 1)]

    @given(TEXTS, TEXTS)
    def test_is_in_order_and_inside_the_text(self, text, query):
        found = shared(text, query)

        assert all(0 <= a < b <= len(text) for a, b in found)
        assert all(one.end < other.start for one, other in zip(found, found[1:], strict=False))

    @given(TEXTS)
    def test_of_a_text_with_itself_is_every_letter_that_has_a_neighbour(self, text):
        marked = {at for a, b in shared(text, text) for at in range(a, b)}

        assert all(text[at].isalnum() for at in marked)
        assert bool(marked) == any(one.isalnum() for one in text)


class TestTerms:
    def test_latin_words_are_whole_and_chinese_is_runs(self):
        same = terms(codes("library cards")).tolist()
        assert sorted(same) == sorted(terms(codes("Library, card?")).tolist())
        assert not set(same) & set(terms(codes("literary yard")).tolist())
        assert terms(codes("路燈")).tolist() == runs(codes("路燈")).tolist()

    def test_words_that_ask_nothing_are_left_out(self):
        assert terms(codes("What is it?")).tolist() == []
        assert set(terms(codes("What is 路燈")).tolist()) == set(runs(codes("路燈")).tolist())
