"""A section's text as blocks, for documents that are not made of HTML.

Section texts use few elements on purpose: p, h2, h3, ul, li, a, strong, div, and a figure where a chart stands.
Anything else is an error of the text, found when it is first rendered.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

BLOCKS = {"p": "paragraph", "h2": "heading", "h3": "heading", "li": "item"}
AROUND = {"div", "ul"}
INLINE = {"a", "strong", "span"}

Run = dict[str, Any]  # text, url, strong
Block = dict[str, Any]  # kind, level, lead, runs, key


class NotAText(ValueError):
    """A section's text holds an element that documents do not know."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.open: Block | None = None
        self.url = ""
        self.strong = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in BLOCKS:
            self.open = {"kind": BLOCKS[tag], "level": int(tag[1]) if tag[0] == "h" else 0, "runs": []}
            self.open["lead"] = "lead" in (given.get("class") or "").split()
        elif tag == "figure":
            self.blocks.append({"kind": "chart", "key": given["data-chart"]})
        elif tag == "a":
            self.url = given.get("href") or ""
        elif tag == "strong":
            self.strong = True
        elif tag not in AROUND | INLINE:
            raise NotAText(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS and self.open:
            if self.open["runs"]:
                self.blocks.append(_trimmed(self.open))
            self.open = None
        elif tag == "a":
            self.url = ""
        elif tag == "strong":
            self.strong = False

    def handle_data(self, data: str) -> None:
        if self.open is None:
            if data.strip():
                raise NotAText(f"words outside a paragraph: {data.strip()[:40]}")
            return
        text = " ".join(part for part in data.replace("\n", " ").split(" ")) if data.strip() else " "
        self.open["runs"].append({"text": text, "url": self.url, "strong": self.strong})


def _trimmed(block: Block) -> Block:
    runs = block["runs"]
    runs[0]["text"] = runs[0]["text"].lstrip()
    runs[-1]["text"] = runs[-1]["text"].rstrip()
    return block | {"runs": [run for run in runs if run["text"]]}


def blocks_of(html: str) -> list[Block]:
    """The blocks of a section's text. Raises NotAText."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.blocks
