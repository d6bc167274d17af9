"""自動回答的品質: a week's numbers, the answers behind each, one answer with what it was made from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from cityhall.engines.audit import services as audit
from cityhall.engines.classify.reading import mask
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.views import form_once
from cityhall.web import charts
from cityhall.web.access import allowed, requires
from cityhall.web.dates import as_date

from .. import forms, knowledge, reviewing
from ..models import BotAnswer
from ..queries import QUALITY, READ
from ..refusals import CannotTalk


@requires(QUALITY)
@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """Twelve weeks in a table and a chart; each number opens its answers."""
    rows = reviewing.weeks(timezone.now())
    points = [
        charts.Point(as_date(one.first, year=False), round(one.share, 1))
        for one in reversed(rows)
        if one.share is not None
    ]
    drawn = []
    if len(points) > 1:
        source = _("文字客服，依訊息的日期計")
        drawn.append(charts.bars(_("各週直接回答的比率"), points, unit="%", source=source, first_column=_("週")))
    total = [sum(getattr(one, name) for one in rows) for name in ("asked", "answered", "offered", "refused")]
    return render(request, "chat/quality.html", {"rows": rows, "charts": drawn, "total": total})


def _asked(request: HttpRequest) -> tuple[forms.AnswerFilter, QuerySet[BotAnswer]]:
    form = forms.AnswerFilter(request.GET or None)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    first: date | None = given.get("week")
    last = first + timedelta(days=6) if first else None
    return form, reviewing.listed(given.get("kind", ""), first, last, given.get("source", ""))


@requires(QUALITY)
@require_safe
def answers(request: HttpRequest) -> HttpResponse:
    """The answers behind a number, without numbers and addresses of anybody."""
    form, rows = _asked(request)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    first = knowledge.titled([one.entries[0] for one in page.object_list if one.entries], at=timezone.now())
    titles = {one["code"]: one["title"] for one in first}
    for one in page.object_list:
        one.words = mask(one.asked.text)[:120]
        one.entry = titles[one.entries[0]["code"]] if one.entries else ""
    context = {"form": form, "page": page, "filtered": bool(request.GET)}
    return render(request, "chat/answers.html", context, status=422 if form.is_bound and form.errors else 200)


@requires(QUALITY)
@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same as CSV, ODS or XLSX; written down."""
    now = timezone.now()
    _form, rows = _asked(request)
    audit.record("chat.exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    headings = [
        _("時間"),
        _("對談"),
        _("來源"),
        _("問了什麼"),
        _("結果"),
        _("常見問題"),
        _("民眾說有幫到"),
        pgettext("chat", "抽查"),
    ]
    return downloads.sheet(kind, f"chat-answers.{kind}", headings, _cells(rows))


def _cells(rows: QuerySet[BotAnswer]) -> Iterator[list[Any]]:
    for one in rows.iterator(chunk_size=500):
        review = getattr(one, "review", None)
        yield [
            timezone.localtime(one.at), one.asked.conversation.number,
            one.asked.conversation.get_source_display(), mask(one.asked.text), one.get_outcome_display(),
            " ".join(entry["code"] for entry in one.entries), one.helped, review.right if review else None,
        ]  # fmt: skip


@requires(QUALITY)
@form_once
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One answer: what was asked, what was found with which scores, the same again with the index of then, and a review."""
    now = timezone.now()
    one = get_object_or_404(
        BotAnswer.objects.select_related("asked__conversation", "reply", "index", "review__by"), pk=pk
    )
    form = forms.ReviewForm(request.POST if request.method == "POST" else None)
    reviews = allowed(request, READ)
    if request.method == "POST" and reviews and form.is_valid():
        right = form.cleaned_data["right"] == "yes"
        reviewing.review(one, right=right, remark=form.cleaned_data["remark"], by=request.user, at=now)
        messages.success(request, _("已記下抽查結果。"))
        return HttpResponseRedirect(reverse("chat:answer", args=[pk]))
    again, same, why = None, False, ""
    try:
        again, same = reviewing.replay(one)
    except CannotTalk as refusal:
        why = refusal.sentence
    context = {
        "found": knowledge.titled(one.entries, at=now),
        "found_again": knowledge.titled([entry.kept for entry in again.entries] if again else [], at=now),
        "one": one, "words": mask(one.asked.text), "form": form if reviews else None, "again": again, "same": same,
        "why": why, "may_read": reviews, "review": getattr(one, "review", None),
    }  # fmt: skip
    return render(request, "chat/answer.html", context, status=422 if form.errors else 200)
