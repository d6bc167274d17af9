"""The contacts: a list with filters and export, and one contact with everything that joins to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.domains.hotline import public as hotline
from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires

from .. import faq_door, queries
from ..forms import ContactFilter
from ..models import ContactMoment
from ..queries import DESK, EXPORT, READ, SUPERVISE
from ..states import Outcome
from .desk import one_of

TONES = {Outcome.OPEN: "blue", Outcome.DROPPED: "red", Outcome.NUISANCE: "red", Outcome.CALL_BACK: "amber"}


def _filtered(request: HttpRequest) -> tuple[ContactFilter, QuerySet[ContactMoment]]:
    form, rows = ContactFilter(request.GET or None), ContactMoment.objects.all()
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        rows = rows.within(wanted["first"], wanted["last"])
        for name in ("outcome", "wrap_up"):
            if wanted[name]:
                rows = rows.filter(**{name: wanted[name]})
        if wanted["q"]:
            rows = queries.by_number(rows, wanted["q"])
    return form, queries.with_everything(rows).order_by("-started_at", "-id")


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The contacts, the newest first; who took them, for supervisors only."""
    form, rows = _filtered(request)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.tone = TONES.get(Outcome(row.outcome), "")
    context = {
        "form": form,
        "page": page,
        "filtered": bool(request.GET),
        "supervises": allowed(request, SUPERVISE),
        "may_export": allowed(request, EXPORT),
    }
    return render(request, "contacts/index.html", context, status=422 if form.is_bound and form.errors else 200)


COLUMNS = (
    gettext_lazy("接觸編號"), gettext_lazy("開始時間"), pgettext_lazy("contact", "結果"), gettext_lazy("話後碼"),
    gettext_lazy("通話秒數"), gettext_lazy("陳情案件"),
)  # fmt: skip


@requires(EXPORT)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered contacts as CSV, ODS or XLSX; nothing in it tells who called or what was noted. Written down."""
    now = timezone.now()
    _form, rows = _filtered(request)
    audit.record("contact.exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    name = f"contacts-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    return downloads.sheet(kind, name, [str(one) for one in COLUMNS], _cells(rows))


def _cells(rows: QuerySet[ContactMoment]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=1000):
        yield [
            row.number, f"{timezone.localtime(row.started_at):%Y-%m-%d %H:%M:%S}", row.get_outcome_display(),
            row.get_wrap_up_display(), row.seconds, row.case.number if row.case else "",
        ]  # fmt: skip


@requires(READ)
def one(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One contact: the call, what was answered, the petition, transfers, call-backs."""
    contact, now = one_of(reference), timezone.now()
    answers = list(contact.answers.all())
    titles = faq_door.titles([row.code for row in answers], on=day_of(now))
    calls = hotline.Call.objects.filter(callid=contact.call_id).order_by("entered_at") if contact.call_id else ()
    context = {
        "one": contact,
        "tone": TONES.get(Outcome(contact.outcome), ""),
        "answers": [(row, titles.get(row.code, row.code)) for row in answers],
        "calls": list(calls),
        "back": list(contact.call_backs.all()),
        "transfers": queries.transfers_of(contact),
        "nuisance": getattr(contact, "nuisance", None),
        "supervises": allowed(request, SUPERVISE),
        "works": allowed(request, DESK),
    }
    return render(request, "contacts/one.html", context)


@requires(DESK)
def call_backs(request: HttpRequest) -> HttpResponse:
    """回電: those that wait, the most urgent first; then what became of the others."""
    state = request.GET.get("state", "WAITING")
    rows = queries.call_backs(state if state in {"WAITING", "REACHED", "GIVEN_UP", "STOPPED"} else "")
    context = {
        "page": Paginator(rows, 50).get_page(request.GET.get("page")), "state": state, "now": timezone.now(),
    }  # fmt: skip
    return render(request, "contacts/call_backs.html", context)
