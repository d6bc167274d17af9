"""Markup written in Python stays markup, and what people wrote stays text, whatever they wrote."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from cityhall.web import charts, maps
from cityhall.web.markup import NOTHING, at_level, tag, together

HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onload='alert(1)",
    "</title><script>alert(1)</script>",
    "&lt;script&gt;",
    "{% load x %}{{ settings.SECRET_KEY }} {0} {}",
    "<![CDATA[<script>]]>",
]  # fmt: skip


class Reader(HTMLParser):
    """What a browser makes of it: elements with their attributes, and the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


class TestTag:
    def test_writes_an_element_with_its_attributes_in_their_order(self) -> None:
        assert tag("line", class_="avg", x1=0, stroke_width=1.5) == '<line class="avg" x1="0" stroke-width="1.5"/>'
        assert tag("p", "甲", tag("br"), "乙", id=None) == "<p>甲<br>乙</p>"
        assert tag("p", "") == "<p></p>"
        assert isinstance(tag("p"), SafeString)

    @pytest.mark.parametrize("words", HOSTILE)
    def test_what_people_wrote_is_text_inside_and_in_attributes(self, words: str) -> None:
        read_back = read(tag("text", words, aria_label=words))

        assert read_back.elements == [("text", {"aria-label": words})]
        assert read_back.text == words

    @given(st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=40))
    def test_no_text_becomes_an_element(self, words: str) -> None:
        assert [name for name, _given in read(tag("p", words, title=words)).elements] == ["p"]

    @pytest.mark.parametrize("name", ["p onclick", "a>b", "", "1", "p/", "甲", "x\n"])
    def test_words_are_no_name(self, name: str) -> None:
        with pytest.raises(ValueError, match="no name"):
            tag(name)
        with pytest.raises(ValueError, match="no name"):
            tag("p", **{name: 1})  # type: ignore[arg-type]


class TestTogether:
    @pytest.mark.parametrize("words", HOSTILE)
    def test_escapes_what_is_no_markup_and_what_stands_between(self, words: str) -> None:
        read_back = read(together([tag("b", "甲"), words], between=words))

        assert [name for name, _given in read_back.elements] == ["b"]
        assert read_back.text == "甲" + words + words

    def test_of_nothing_is_nothing(self) -> None:
        assert together([]) == NOTHING == ""


class TestAtLevel:
    def test_moves_headings_and_nothing_else(self) -> None:
        html = together([tag("h2", "甲 <h2>"), tag("h3", "乙")])

        assert at_level(html, 3) == "<h3>甲 &lt;h2&gt;</h3><h3>乙</h3>"
        assert at_level(html, 2) == html


def drawn(words: str) -> dict[str, Any]:
    """Every drawing that carries words, with these."""
    points = [(words, 3), ("乙", 1)]
    spot = maps.Spot(121.3, 24.99, words)
    return {
        "bars": charts.bars(words, points, unit=words, source=words),
        "horizontal": charts.horizontal_bars(words, points, unit=words, source=words, first_column=words),
        "figure": charts.bars(words, points, unit=words, source=words).figure(subtitle=words, links=[(words, "/x/")]),
        "ranges": charts.ranges(
            words, [charts.Range(words, 96, 80, 99)], unit="%", source=words, bound=90, bound_label=words
        ),
        "place": maps.locator(spot, about=words, roads=[maps.Road(words, [(121.3, 24.99), (121.31, 24.99)])]),
        "choices": maps.choices([spot], about=words),
        "scene": maps.scene(spot, [spot], metres=100, about=words),
        "shaded": maps.shaded({}, about=words, shown={words: words}),
    }


class TestDrawings:
    @pytest.mark.parametrize("words", HOSTILE)
    def test_take_hostile_words_as_words(self, words: str) -> None:
        for name, html in drawn(words).items():
            found = read(str(html)).elements
            assert not {"script", "img"} & {element for element, _given in found}, name
            assert not [key for _element, given in found for key in given if key.startswith("on")], name
