"""A line of the conversation as LINE shows it: text, and buttons for what the page has as buttons."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from .models import Conversation, Message

LONGEST, LABEL, DATA, BUTTONS = 5000, 20, 300, 13
"""LINE's limits: a text, a button's label, what it sends back, and buttons of a message."""


def plain(text: str) -> dict[str, Any]:
    """A text without buttons."""
    return {"type": "text", "text": text[:LONGEST]}


def of(row: Message, one: Conversation) -> dict[str, Any]:
    """What is sent for one row; the same row gives the same message."""
    with translation.override(one.language):
        lines, buttons = [row.text] if row.text else [], []
        for entry in row.data.get("entries", []):
            lines.append(f"{entry['title']}\n{entry['text']}\n（{entry['agency']}）")
        for choice in [*row.data.get("choices", []), *row.data.get("others", [])]:
            lines.append(f"・{choice['title']}")
            data = urlencode({"do": "choice", "code": choice["code"], "title": choice["title"][:20]})
            buttons.append(_postback(choice["title"], data))
        presses = row.data.get("presses", [])
        if row.n == 1:  # the greeting: what the page has as buttons all the time
            presses = [_("我要反映一件事"), _("查詢案件進度")]
        buttons += [{"type": "message", "label": word[:LABEL], "text": word[:300]} for word in presses]
        if row.data.get("helped"):
            buttons.append(_postback(_("有幫到我"), f"do=helped&n={row.n}&yes=1"))
            buttons.append(_postback(_("沒有幫到我"), f"do=helped&n={row.n}&yes=0"))
        for door in row.data.get("doors", []):
            if door == "person":
                buttons.append(_postback(_("請客服人員接談"), "do=person"))
            else:
                buttons.append({"type": "uri", "label": _("留言"), "uri": _page("chat:message", one)})
        if "file" in row.data:
            lines.append(f"{row.data['name']}\n{_file(row, one)}")
        if row.data.get("ended"):
            lines.append(_("請為這次服務評分：") + _page("chat:talk", one))
        found = plain("\n\n".join(lines) or "…")
        if buttons:
            found["quickReply"] = {"items": [{"type": "action", "action": each} for each in buttons[:BUTTONS]]}
        return found


def _postback(label: str, data: str) -> dict[str, str]:
    short = label if len(label) <= LABEL else label[: LABEL - 1] + "…"
    return {"type": "postback", "label": short, "data": data[:DATA], "displayText": label[:300]}


def _page(name: str, one: Conversation) -> str:
    return settings.SITE_URL.rstrip("/") + reverse(name, args=[one.key])


def _file(row: Message, one: Conversation) -> str:
    return settings.SITE_URL.rstrip("/") + reverse("files:download", args=[row.data["file"]]) + f"?chat={one.key}"
