"""The home page, the pages about the site, and what machines ask."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cityhall.web import gallery, health
from cityhall.web.access import public
from cityhall.web.context import language
from cityhall.web.portal import portal


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The citizen's portal: search, three acts, danger, topics, notices, numbers."""
    code = language()
    return render(
        request,
        "web/home.html",
        {
            "acts": portal.acts[:3],
            "topics": portal.all_topics(code),
            "notices": portal.all_notices(code),
            "numbers": portal.all_numbers(code),
            "hints": portal.all_hints(code),
            "search_url": reverse(portal.search_url_name) if portal.search_url_name else "",
        },
    )


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What becomes of personal data (個人資料保護法 §8)."""
    return render(request, "web/privacy.html")


@public
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """How the site can be used by everybody, and whom to tell if it cannot."""
    return render(request, "web/accessibility.html")


@public
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this site is, on what it stands, and whose the data is."""
    return render(request, "web/about.html")


@public
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component on one page, for those who build pages; shown in development and in the demo only."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    return render(request, "web/styleguide.html", gallery.everything(request))


@public
@require_safe
def styleguide_desk(request: HttpRequest) -> HttpResponse:
    """The desk's layout with sample content, under the same condition."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    return render(request, "web/styleguide_desk.html", gallery.desk(request))


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while every check passes or warns, 503 when one fails; no detail beyond the names."""
    answers = health.ask_all()
    failed = any(status.level == "fail" for status in answers.values())
    body = {
        "status": "fail" if failed else "warn" if any(one.level == "warn" for one in answers.values()) else "ok",
        "time": timezone.now().isoformat(timespec="seconds"),
        "checks": {name: {"status": one.level, "note": one.note} for name, one in answers.items()},
    }
    return JsonResponse(body, status=503 if failed else 200, headers={"Cache-Control": "no-store"})


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format."""
    return HttpResponse(
        health.exposition(),
        content_type="text/plain; version=0.0.4; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
