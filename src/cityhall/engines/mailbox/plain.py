"""HTML to safe plain text: what a reader would see, line by line, with the addresses that links lead to."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

_UNSEEN = {"script", "style", "head", "title", "template", "noscript", "object", "iframe", "svg"}
_VOID = {"br", "hr", "img", "input", "meta", "link", "wbr", "area", "base", "col", "embed", "source", "track"}
_BLOCKS = {
    "p", "div", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "section",
    "article", "header", "footer", "address", "dd", "dt", "dl", "body", "form", "center",
}  # fmt: skip
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?![.\d])", re.I)
_SPACES = re.compile(r"[ \t\u00a0\u3000]{2,}|\u00a0|\t")
LONGEST = 200_000


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.hidden: list[str] = []  # the open elements from the first one that nobody sees
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            if not self.hidden and tag in ("br", "hr"):
                self.out.append("\n")
            return
        if self.hidden or tag in _UNSEEN or "hidden" in given or _HIDDEN.search(given.get("style", "")):
            self.hidden.append(tag)
            return
        if tag in _BLOCKS:
            self.out.append("\n")
        if tag == "li":
            self.out.append("- ")
        if tag in ("td", "th"):
            self.out.append(" ")
        if tag == "a":
            self.links.append(given.get("href", ""))

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            if tag in self.hidden:
                while self.hidden and self.hidden.pop() != tag:
                    pass
            return
        if tag == "a" and self.links:
            address = self.links.pop().strip()
            shown = "".join(self.out[-3:])
            if re.match(r"https?://", address, re.I) and address not in shown:
                self.out.append(f" <{address}>")
        if tag in _BLOCKS:
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.out.append(re.sub(r"\s+", " ", data))


def from_html(html: str) -> str:
    """The text of a page. Never raises; a page that is not well made gives what can be read of it."""
    reader = _Reader()
    try:
        reader.feed(html[: 4 * LONGEST])
        reader.close()
    except Exception:  # the parser of the standard library gives up on a few broken declarations
        return clean(re.sub(r"<[^>]*>", " ", html[:LONGEST]))
    return clean("".join(reader.out))


def clean(text: str) -> str:
    """Lines without control characters, marks that turn the writing direction, lone surrogates and empty runs."""
    text = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in _DROPPED)
    lines = [_SPACES.sub(" ", line).strip() for line in kept.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def one_line(text: str, most: int = 500) -> str:
    """The same on one line: a subject, a name."""
    return re.sub(r"\s+", " ", clean(text)).strip()[:most]


_DROPPED = {"Cc", "Cs", "Cf", "Cn", "Co"}
