"""話務戰情板: one look for the supervisor, asked again every two seconds and answered in full only when it has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cityhall.domains.hotline import public as hotline
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires

from .. import faq_door
from ..queries import SUPERVISE
from ..storms import Storm
from ..wallboard import board, places


def _storms(found: Sequence[Storm], now: datetime) -> list[dict[str, Any]]:
    """Each storm with its question, its district, and the form of an announcement about both."""
    asked = faq_door.questions([one.about for one in found], on=day_of(now))
    where = places(found, at=now)
    shown = []
    for one in found:
        about, about_en = asked.get(one.about, ("", ""))
        shown.append({
            "storm": one, "place": where.get(one.about, ""), "public": bool(about),
            "title": (about_en if get_language() == "en" else "") or about or one.about,
            "announce": hotline.address_of_new(about or one.about, about_en=about_en, place=where.get(one.about, "")),
        })  # fmt: skip
    return shown


@requires(SUPERVISE)
@require_safe
def wallboard(request: HttpRequest) -> HttpResponse:
    """The page; `?part=1` is its changing part alone, with an ETag."""
    now = timezone.now()
    found = board(now)
    context = {"board": found, "storms": _storms(found.storms, now), "may_announce": allowed(request, hotline.ANNOUNCE)}
    if "part" not in request.GET:
        return render(request, "contacts/wallboard.html", context)
    words = render_to_string("contacts/_board.html", context, request)
    tag = f'"{hashlib.sha256(words.encode()).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(words, headers=headers)
