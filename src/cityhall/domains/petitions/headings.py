"""A heading for what somebody wrote, and what it is compared with others by. Pure."""

from __future__ import annotations

import re
import unicodedata

TITLE = 40


def plain(text: str) -> str:
    """The text without marks that are not seen; its lines stay."""
    return "".join(char for char in text.strip() if unicodedata.category(char) not in ("Cf", "Cc") or char == "\n")


def title_of(text: str) -> str:
    """The first sentence of a text, cut to a heading.

    Marks that turn the writing direction stay in the text and not in the heading, which stands among other words.
    """
    shown = plain(text)
    first = re.split(r"[。！？!?\n]", shown, maxsplit=1)[0].strip() or shown.strip() or text.strip()
    return first if len(first) <= TITLE else first[: TITLE - 1] + "…"


def compared_by(title: str, text: str) -> str:
    """What a petition is compared with others by: its heading, which weighs twice, and its words."""
    return f"{title}\n{text}"
