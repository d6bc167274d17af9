"""After a gathering took place: attendance, what came of it, minutes, the end."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.idempotency.views import form_once
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.web.access import requires
from cityhall.web.forms import Form

from .. import forms, holding, visiting
from ..queries import MANAGE
from .desk import acted, at_work, chosen, found, sent


@requires(MANAGE)
@form_once
def hold(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """登錄辦理情形: who came, or somebody in whose place."""
    now = timezone.now()
    one = found(request, reference, now)
    rows = list(one.participants.select_related("agency", "person").order_by("n"))
    form = forms.HoldForm(sent(request), rows=rows, initial={"held_on": min(day_of(one.starts_at), day_of(now))})

    def do(given: dict[str, Any]) -> str:
        try:
            done = holding.hold(
                one, held_on=given["held_on"], came=form.came(), others=given["others"] or 0, by=request.user, at=now
            )
        except holding.Incomplete as gaps:
            form.show(gaps.gaps)
            raise
        return _("已登錄，出席%(n)s人次。") % {"n": done.attendance}

    return acted(
        request, one, form, do, title=_("登錄辦理情形"), button=_("登錄"), template="gatherings/hold.html",
        lead=_("主持人或機關首長由他人代理的，要寫理由。"),
    )  # fmt: skip


@requires(MANAGE)
@form_once
def conclude(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """What an agency is to do, and by when: it is followed until it is done."""
    now = timezone.now()
    one = found(request, reference, now)
    due_on = day_of(now) + timedelta(days=parameter("gatherings.outcome_days", on=day_of(now)).value)
    form = forms.ConcludeForm(
        sent(request), agencies=at_work(), points=list(one.points.all()), initial={"due_on": due_on}
    )

    def do(given: dict[str, Any]) -> str:
        agency = chosen(given["agency"])
        assert agency is not None
        point = one.points.filter(n=given["point"]).first() if given["point"] else None
        made = holding.conclude(
            one, text=given["text"], agency=agency, due_on=given["due_on"], point=point, by=request.user, at=now
        )
        return _("已列管，編號%(number)s，由%(agency)s辦理。") % {"number": made.item.number, "agency": agency.label}

    title = _("登錄%(kind)s") % {"kind": one.declared.outcome.label}
    return acted(request, one, form, do, title=title, button=_("列管"))


@requires(MANAGE)
@form_once
def findings(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """待改善的送機關: each line of its own, followed until it is put right."""
    now = timezone.now()
    one = found(request, reference, now)
    due_on = day_of(now) + timedelta(days=parameter("gatherings.outcome_days", on=day_of(now)).value)
    form = forms.FindingsForm(sent(request), agencies=at_work(), initial={"due_on": due_on})

    def do(given: dict[str, Any]) -> str:
        agency = chosen(given["agency"])
        assert agency is not None
        made = visiting.send_findings(one, agency=agency, due_on=given["due_on"], by=request.user, at=now)
        return _("已送%(agency)s改善%(n)s項。") % {"agency": agency.label, "n": len(made)}

    return acted(request, one, form, do, title=_("待改善的送機關"), button=_("送出"))


@requires(MANAGE)
@form_once
def minutes(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """發紀錄, or correct it with the reason."""
    now = timezone.now()
    one = found(request, reference, now)
    last = one.minutes.order_by("-n").first()
    kind = forms.CorrectionForm if last else forms.MinutesForm
    initial = {"issued_on": day_of(now), "text": last.text if last else ""}

    def do(given: dict[str, Any]) -> str:
        made = holding.issue_minutes(one, by=request.user, at=now, **given)
        return _("已發紀錄。") if made.n == 1 else _("已更正紀錄，前一版留著。")

    title = _("更正紀錄") if last else _("發紀錄")
    return acted(request, one, kind(sent(request), initial=initial), do, title=title, button=title)


@requires(MANAGE)
@form_once
def close(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """結案."""
    now = timezone.now()
    one = found(request, reference, now)

    def do(_given: dict[str, Any]) -> str:
        holding.close(one, by=request.user, at=now)
        return _("已結案。")

    lead = _("紀錄發了、裁示與建議都辦完或由機關自行追蹤，才能結案。")
    return acted(request, one, Form(sent(request)), do, title=_("結案"), button=_("結案"), lead=lead)
