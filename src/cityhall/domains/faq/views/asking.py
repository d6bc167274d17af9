"""常見問題 for everybody: one box to ask in, an entry with its answer, and whether it helped."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cityhall.engines.retrieval.ranking import Verdict
from cityhall.engines.retrieval.reading import shared
from cityhall.foundation.clock import day_of
from cityhall.web.access import public

from .. import queries, services
from ..models import Version
from ..states import Channel

LONGEST = 200
SHOWN = 10
A_PAGE = 20
NOISE = 0.3
"""What fits less than so much of what the best fits shares a letter or two with the question, no more."""
TOUCHES = 0.25
"""Where nothing is known, so much of the question has to stand in an entry for it to be worth a look."""
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@public
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Entries that answer what is asked, with the letters that fitted marked; without a question, all of them."""
    now = timezone.now()
    question = request.GET.get("q", "").strip()[:LONGEST]
    context: dict[str, Any] = {"question": question}
    if question:
        answer = queries.search(question, on=day_of(now), most=SHOWN)
        unknown = answer.verdict is Verdict.UNKNOWN
        if unknown:
            services.record_unanswered(question, channel=Channel.WEB, at=now)
        context |= {
            "unknown": unknown,
            "rows": [(one.version, shared(one.version.title, question)) for one in _worth_a_look(answer)],
        }
    else:
        everything = queries.published(day_of(now)).order_by("entry__code")
        context["page"] = page = Paginator(everything, A_PAGE).get_page(request.GET.get("page"))
        context["rows"] = [(one, ()) for one in page.object_list]
    return render(request, "faq/search.html", context)


def _worth_a_look(answer: queries.Answer) -> list[queries.Found]:
    least = max((one.hit.score for one in answer.found), default=0) * NOISE
    touches = TOUCHES if answer.verdict is Verdict.UNKNOWN else 0
    return [one for one in answer.found if one.hit.score >= least and one.hit.share >= touches]


def _shown(code: str) -> Version:
    return get_object_or_404(queries.published(day_of(timezone.now())), entry__code=code)


@public
@require_safe
def entry(request: HttpRequest, code: str) -> HttpResponse:
    """One question and its answer, also for search engines (schema.org)."""
    one, today = _shown(code), day_of(timezone.now())
    context = {"one": one, "related": queries.related(one, on=today), "for_machines": for_machines(one)}
    return render(request, "faq/entry.html", context)


def for_machines(one: Version) -> SafeString:
    """The entry as FAQPage in JSON-LD; no letter of it can end the element."""
    question = {
        "@type": "Question",
        "name": one.title,
        "acceptedAnswer": {"@type": "Answer", "text": one.text},
    }
    page = {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": [question]}
    text = json.dumps(page, ensure_ascii=False).translate(_ESCAPES)
    # What could end the element is written as \\u003c and the like.
    return format_html('<script type="application/ld+json">{}</script>', SafeString(text))  # nosec B703  # nosemgrep: markup


@public
@require_POST
def helped(request: HttpRequest, code: str) -> HttpResponse:
    """Yes or no, counted without a name."""
    one = _shown(code)
    services.record_use(one, channel=Channel.WEB, helped=request.POST.get("helped") == "yes", at=timezone.now())
    messages.success(request, _("謝謝，我們會用來把答案寫得更清楚。"))
    return redirect("faq:entry", code=code)
