"""The chat page on other sites: only on those that the rulebook names, each page framed by that site alone."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cityhall.engines.rules.queries import parameter

ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?", re.ASCII)


def sites(on: date) -> list[str]:
    """The sites that may embed the chat on a day."""
    named = [one.rstrip("/").lower() for one in parameter("chat.sites", on=on).value]
    return [one for one in named if ORIGIN.fullmatch(one)]


def allowed(site: str, *, on: date) -> bool:
    """Whether a site may embed it; origins are compared whole, so that no longer name passes for a shorter one."""
    return site.lower() in sites(on)


def framed(response: HttpResponse, site: str, *, on: date) -> HttpResponse:
    """Let the site's pages, and nobody else's, hold this page in a frame; for a site that is named no more, nobody's."""
    if site and allowed(site, on=on):
        _let(response, [site.lower()])
    return response


def _let(response: Any, ancestors: list[str]) -> None:
    response._csp_replace = {"frame-ancestors": ancestors}
    response.xframe_options_exempt = True


def refused(request: HttpRequest, site: str) -> HttpResponse:
    """A clear page for a site that is not named. It may be framed by anybody: it holds a sentence and a link."""
    response = render(request, "chat/refused.html", {"site": site}, status=403)
    _let(response, ["*"])
    return response
