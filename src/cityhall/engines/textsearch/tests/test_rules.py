"""Folding, tokens, words and spans: what a search means."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from cityhall.engines.textsearch import rules

# Few characters, so that texts and words meet: Chinese with variants, Latin in both widths and cases, digits, marks,
# spaces, a character beyond the first plane, combining and invisible ones.
LETTERS = st.text(alphabet="路燈臺台不亮aAＢb1２-'\"_*\\:/ \u3000\n𠮷\u0301e\u200b\ufe00", max_size=40)
ANYTHING = st.text(max_size=60)


def found_by_tokens(text: str, query: str) -> bool:
    """What both indexes do: each word's tokens stand in a row in some part, a single character stands in it."""
    pieces = [(list(rules.tokens(part)), rules.characters(part)) for part in rules.parts(rules.fold(text))]

    def holds(word: rules.Word) -> bool:
        wanted = word.tokens
        for tokens, characters in pieces:
            if len(wanted) == 1 and (wanted[0] in tokens or wanted[0] in characters):
                return True
            if any(tokens[at : at + len(wanted)] == wanted for at in range(len(tokens))):
                return True
        return False

    return all(holds(word) for word in rules.words(query))


class TestFold:
    def test_takes_width_case_and_variants_as_one(self):
        assert rules.fold("台北　ＬＥＤ路灯") == "臺北 led路灯"

    def test_drops_what_cannot_be_seen(self):
        assert rules.fold("路\u200b燈\ufe00") == "路燈"

    def test_parts_lines_and_broken_characters(self):
        assert rules.fold("路\n燈\x00亮\ud800") == "路 燈 亮 "

    @given(ANYTHING | LETTERS)
    def test_keeps_its_place_in_the_original(self, text):
        folded, places = rules.fold(text), rules.places_of(text)

        assert len(places) == len(folded)
        for character, (start, end) in zip(folded, places, strict=True):
            assert character in rules.fold(text[start:end])
        assert all(0 <= place.start < place.end <= len(text) for place in places)

    @given(ANYTHING | LETTERS)
    def test_leaves_nothing_that_a_database_would_read(self, text):
        for token in [*rules.tokens(rules.fold(text)), *rules.characters(rules.fold(text))]:
            assert all(c.isalnum() or not c.isascii() for c in token)
            assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in token)

    def test_every_variant_leads_to_one_that_stays(self):
        table = rules.variants()

        assert not set(table) & set(table.values())
        assert all(len(one) == len(other) == 1 for one, other in table.items())


class TestTokens:
    def test_are_pairs_and_the_last_character(self):
        assert list(rules.tokens(rules.fold("路燈不亮 3天"))) == ["路燈", "燈不", "不亮", "亮", "3天", "天"]

    def test_keep_digits_and_latin_in_pairs_too(self):
        assert rules.words("58車")[0].tokens == ["58", "8車"]

    @given(LETTERS, LETTERS)
    @example("12345", "1234")
    @example("第58車", "58車")
    @example("LED燈", "led")
    @example("路 燈", "路燈")
    @example("a_", "a")
    @example("a.b", "a_b")
    def test_find_a_word_exactly_where_a_substring_search_does(self, text, query):
        assert found_by_tokens(text, query) == rules.contains(text, query)

    @given(LETTERS, st.data())
    def test_find_every_stretch_of_a_text(self, text, data):
        start = data.draw(st.integers(0, len(text)))
        stretch = rules.fold(text)[start : start + data.draw(st.integers(1, 8))]

        assert found_by_tokens(text, stretch)


class TestParts:
    def test_a_usual_text_is_one_part(self):
        assert rules.parts("路燈不亮" * 50) == ["路燈不亮" * 50]

    @given(st.integers(1, 4), st.integers(1, 20_000))
    def test_stay_within_what_postgresql_counts(self, period, length):
        text = ("路燈不亮"[:period] * (length // period + 1))[:length]
        pieces = rules.parts(text)

        assert all(len(piece) <= rules.LONGEST_PART for piece in pieces)
        for piece in pieces:
            tokens = list(rules.tokens(piece))
            assert max(map(tokens.count, set(tokens))) <= rules.MOST_REPEATS + 1

    def test_hold_every_word_whole(self):
        text = "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(20_000))
        pieces = rules.parts(text)

        assert len(pieces) == 3
        for start in range(0, len(text) - rules.LONGEST_WORD, 37):
            word = text[start : start + rules.LONGEST_WORD]
            assert any(word in piece for piece in pieces)


class TestWords:
    def test_are_parted_by_any_space_and_counted_once(self):
        assert [word.text for word in rules.words(" 路燈　不亮\n路燈 ")] == ["路燈", "不亮"]

    def test_of_nothing_are_none(self):
        assert rules.words(" \u200b\n") == []

    def test_that_are_too_long_come_in_pieces(self):
        assert [len(word.text) for word in rules.words("".join(map(chr, range(0x4E00, 0x4EFA))))] == [100, 100, 50]


class TestSpans:
    def test_mark_the_original_writing(self):
        text = "台北的 ＬＥＤ 燈"

        assert [text[start:end] for start, end in rules.spans(text, "臺北 led")] == ["台北", "ＬＥＤ"]

    def test_join_where_words_overlap(self):
        assert rules.spans("路燈不亮", "路燈不 燈不亮") == [rules.Span(0, 4)]

    def test_count_every_time(self):
        assert len(rules.spans("燈，燈，燈", "燈")) == 3

    @given(ANYTHING | LETTERS, LETTERS)
    def test_are_in_order_and_apart(self, text, query):
        spans = rules.spans(text, query)

        assert all(a.end < b.start for a, b in zip(spans, spans[1:], strict=False))
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
