"""Markup that is written in Python: elements, whatever goes into them escaped. Nothing else in the program trusts text.

`tag("circle", r=4)` for charts and maps, `together(pieces)` for several side by side. What a template rendered, or what
came from here, stays as it is; any other text is escaped, wherever it came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

NOTHING = SafeString("")
WITHOUT_CONTENT = {"br", "hr", "img", "input", "wbr"}  # as HTML writes them: no end, no slash
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")


def tag(name: str, *inside: object, **attributes: object) -> SafeString:
    """An element. `class_` is class, `stroke_width` is stroke-width; an attribute that is None is left out.

    Raises ValueError for a name that is none, so that nobody's words become a name.
    """
    given = [(_named(key), value) for key, value in attributes.items() if value is not None]
    written = format_html_join("", ' {}="{}"', given)
    if inside:
        return format_html("<{0}{1}>{2}</{0}>", _named(name), written, together(inside))
    return format_html("<{}{}>" if name in WITHOUT_CONTENT else "<{}{}/>", _named(name), written)


def together(pieces: Iterable[object], between: str = "") -> SafeString:
    """Pieces side by side; those that are no markup are escaped, and so is what stands between them."""
    return format_html_join(between, "{}", ((piece,) for piece in pieces))


def at_level(html: SafeString, level: int) -> SafeString:
    """Rendered text, its headings of level 2 moved to another level."""
    moved = html.replace("<h2>", f"<h{int(level)}>").replace("</h2>", f"</h{int(level)}>")
    # A template has rendered it: escaped words hold no "<", so only headings can have changed.
    return SafeString(moved)  # nosec B703


def _named(name: str) -> str:
    written = name.rstrip("_").replace("_", "-")
    if not _NAME.fullmatch(written):
        raise ValueError(f"{name!r} is no name for an element or an attribute")
    return written
