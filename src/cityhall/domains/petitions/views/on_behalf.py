"""我代為反映的案件: what an intermediary sees of what they reported, no more than the citizen agreed to."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.engines.identity.requests import account_of
from cityhall.foundation.clock import TAIPEI, day_of
from cityhall.web.access import requires

from .. import following, on_behalf
from ..consenting import Sight
from ..forms.on_behalf import OnBehalfFilter
from ..models import Consent
from ..on_behalf import READ
from ..privacy import without_reporter

PAGE = 50


def _row(consent: Consent) -> dict[str, Any]:
    case = consent.petition.case
    content = consent.sight == Sight.CONTENT
    return {
        "case": case,
        "consent": consent,
        "standing": following.standing(case, to_citizen=False),
        "title": without_reporter(case.title, case.requester) if content else "",
    }


def _filtered(request: HttpRequest) -> tuple[OnBehalfFilter, QuerySet[Consent]]:
    form = OnBehalfFilter(request.GET or None)
    rows = on_behalf.of(account_of(request))
    if form.is_bound and form.is_valid():
        rows = on_behalf.narrowed(rows, number=form.cleaned_data["q"].strip(), state=form.cleaned_data["state"])
    return form, rows


@requires(READ)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The list, newest first."""
    form, rows = _filtered(request)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [_row(one) for one in page.object_list],
        "filtered": bool(request.GET),
    }
    return render(request, "petitions/desk/on_behalf/list.html", context)


@requires(READ)
@require_safe
def one(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One of them: its number and where it stands; its words and answers where the citizen agreed."""
    now = timezone.now()
    consent = on_behalf.of(account_of(request)).filter(petition__case__reference=reference).first()
    if consent is None:
        raise Http404
    context = _row(consent)
    case = consent.petition.case
    if consent.sight == Sight.CONTENT:
        audit.looked_at(case, by=request.user, at=now, what="on_behalf")
        context |= {
            "text": without_reporter(case.text, case.requester),
            "replies": [without_reporter(text, case.requester) for text in on_behalf.replies(case)],
        }
    context["next"] = following.step_of_another(consent.petition, at=now)
    return render(request, "petitions/desk/on_behalf/one.html", context)


COLUMNS = (
    gettext_lazy("案件編號"), gettext_lazy("代為反映日"), gettext_lazy("成案日"), gettext_lazy("進度"),
    gettext_lazy("結束日"),
)  # fmt: skip


@requires(READ)
@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered list as CSV, ODS or XLSX: numbers, days and states, nothing of the citizens."""
    now = timezone.now()
    _form, rows = _filtered(request)
    audit.record("petition.on_behalf_exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    name = f"on-behalf-{timezone.localtime(now, TAIPEI):%Y%m%d-%H%M}.{kind}"
    return downloads.sheet(kind, name, [str(column) for column in COLUMNS], _cells(rows))


def _cells(rows: QuerySet[Consent]) -> Iterator[list[Any]]:
    for consent in rows.iterator(chunk_size=500):
        case = consent.petition.case
        yield [
            case.number or "", _day(consent.recorded_at), case.opened_on or "", following.standing(case, to_citizen=False).words,
            _day(case.ended_at),
        ]  # fmt: skip


def _day(at: datetime | None) -> Any:
    return day_of(at) if at else ""
