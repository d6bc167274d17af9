"""會議與訪查 at the desk: the list, a new one, the record with its acts, its paper, the download."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, AgencyQuerySet
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import TAIPEI, day_of
from cityhall.web import charts
from cityhall.web.access import allowed, requires
from cityhall.web.forms import Form

from .. import following, forms, paper, queries, registry, services
from ..models import Gathering
from ..queries import ANSWER, MANAGE, READ, VISIT
from ..refusals import CannotGather
from ..rules import Move, may
from ..states import TAKEN_PLACE, Part, State

PAGE = 50


def found(request: HttpRequest, reference: uuid.UUID, at: datetime) -> Gathering:
    """The gathering, for whoever may read it; for others it does not exist."""
    rows = Gathering.objects.filter(queries.within_rights(request.user, at)).select_related("host", "owner")
    one = rows.filter(reference=reference).first()
    if one is None:
        raise Http404
    return one


def at_work() -> AgencyQuerySet:
    """The agencies that can be chosen today."""
    return Agency.objects.as_of(day_of(timezone.now())).order_by("order", "code")


def chosen(code: str) -> Agency | None:
    """The agency of that code."""
    return at_work().filter(code=code).first() if code else None


def acted(
    request: HttpRequest,
    one: Gathering,
    form: Form,
    do: Callable[[dict[str, Any]], str],
    *,
    title: str,
    button: str,
    lead: str = "",
    to: str = "",
    template: str = "idempotency/act.html",
) -> HttpResponse:
    """A page of one act on a gathering."""
    here = services.url_of(one)
    return act_page(
        request, form=form, title=title, button=button, do=do, back=(here, one.title), to=to or here, refused=CannotGather,
        lead=lead, template=template,
    )  # fmt: skip


def sent(request: HttpRequest) -> Any:
    """What was sent with the form; None where it is only shown."""
    return request.POST if request.method == "POST" else None


# ---- the list --------------------------------------------------------------------------------------------------------


def _filtered(request: HttpRequest, at: datetime) -> tuple[forms.GatheringFilter, Any]:
    rows = Gathering.objects.filter(queries.within_rights(request.user, at))
    form = forms.GatheringFilter(request.GET or None, rows=rows)
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            rows = rows.filter(Q(title__icontains=wanted["q"]) | Q(venue__icontains=wanted["q"]))
        for name in ("profile", "year", "state"):
            if wanted[name]:
                rows = rows.filter(**{name: wanted[name]})
        if wanted["left"]:
            rows = rows.filter(pk__in=following.with_something_open().values("gathering"))
    return form, rows


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """What is to come first, then what took place; each filter is a link."""
    now = timezone.now()
    form, rows = _filtered(request, now)
    coming = Q(state__in=[State.PLANNED, State.INVITED], starts_at__gte=now)
    days = list(rows.filter(held_on__isnull=False).order_by("held_on").values_list("held_on", flat=True))
    held = Counter(day.replace(day=1) for day in days)
    chart = None
    if len(held) > 1:
        chart = charts.bar_by_month(
            _("各月辦理的場次"), list(held.items())[-24:], unit=_("場"), source=_("市政廳會議與訪查，依辦理日計")
        )
    context = {
        "form": form,
        "filtered": bool(request.GET),
        "coming": list(queries.listed(rows.filter(coming)).order_by("starts_at", "pk")[:PAGE]),
        "page": Paginator(queries.listed(rows.exclude(coming)).order_by("-starts_at", "-pk"), PAGE).get_page(
            request.GET.get("page")
        ),
        "chart": chart,
        "profiles": registry.profiles() if allowed(request, MANAGE) else [],
    }
    return render(request, "gatherings/index.html", context)


COLUMNS = (
    pgettext_lazy("gathering", "種類"), gettext_lazy("年度"), gettext_lazy("次別"), gettext_lazy("名稱"), gettext_lazy("主辦機關"),
    gettext_lazy("開始時間"), pgettext_lazy("gathering", "地點"), pgettext_lazy("gathering", "狀態"),
    pgettext_lazy("gathering", "辦理日"), gettext_lazy("出席人次"), gettext_lazy("裁示與建議"), gettext_lazy("還沒辦完"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered list as CSV, ODS or XLSX; written down."""
    now = timezone.now()
    _form, rows = _filtered(request, now)
    audit.record("gathering.exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    return downloads.sheet(kind, f"gatherings.{kind}", [str(one) for one in COLUMNS], _cells(rows))


def _cells(rows: Any) -> Iterator[list[Any]]:
    for row in queries.listed(rows).order_by("starts_at", "pk").iterator(chunk_size=500):
        yield [
            str(row.declared.label), charts.year_name(row.year), row.number, row.title, row.host.label,
            f"{row.starts_at.astimezone(TAIPEI):%Y-%m-%d %H:%M}", row.venue, row.get_state_display(), row.held_on,
            row.attendance, row.came_of_it, row.still_open,
        ]  # fmt: skip


# ---- one gathering ---------------------------------------------------------------------------------------------------


@requires(MANAGE)
@form_once
def new(request: HttpRequest, profile: str) -> HttpResponse:
    """A new gathering of a declared kind."""
    kinds = {one.key: one for one in registry.profiles()}
    if profile not in kinds:
        raise Http404
    now = timezone.now()
    person = directory.person_of(request.user)
    mine = directory.appointments_of(request.user, day_of(now)).select_related("agency").first()
    last = Gathering.objects.of(profile).order_by("-starts_at", "-pk").first()
    initial = {
        "year": day_of(now).year, "host": mine.agency.code if mine else "", "title": last.title if last else "",
        "venue": last.venue if last and not kinds[profile].checklist else "",
        "starts": "14:00", "ends": "16:00",
    }  # fmt: skip
    form = forms.PlanForm(sent(request), today=day_of(now), agencies=at_work(), initial=initial)
    made: list[Gathering] = []

    def do(given: dict[str, Any]) -> str:
        host = chosen(given["host"])
        assert host is not None
        made.append(services.plan(
            profile=profile, host=host, owner=person, year=int(given["year"]), number=given["number"],
            series=given["series"], by=request.user, at=now, **form.facts,
        ))  # fmt: skip
        return _("已新增%(name)s。接著排議程、列出席的人，再通知。") % {"name": made[0].series_name}

    here = reverse("gatherings:index")
    response = act_page(
        request, form=form, title=_("新增%(kind)s") % {"kind": kinds[profile].label}, button=_("新增"), do=do,
        back=(here, _("會議與訪查")), to=here, refused=CannotGather,
    )  # fmt: skip
    return HttpResponseRedirect(services.url_of(made[0])) if made else response


@requires(READ)
def gathering(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The record: when and where, agenda, people, what was found, minutes, what came of it, what was carried over."""
    now = timezone.now()
    one = found(request, reference, now)
    manages, visits = allowed(request, MANAGE), allowed(request, VISIT)
    reach = directory.reach(request.user, ANSWER, now)
    people = list(one.participants.select_related("agency", "person").order_by("n"))
    marks = {mark.line: mark for mark in one.marks.all()}
    context = {
        "one": one,
        "profile": one.declared,
        "today": day_of(now),
        "manages": manages,
        "acts": _acts(one, manages, visits),
        "changes": manages and may(Move.CHANGE, one.state),
        "points": [(point, registry.shown(point.about)) for point in one.points.select_related("agency").prefetch_related("about")],
        "people": [
            (row, row.part in {Part.AGENCY, Part.HEAD} and may(Move.CHANGE, one.state) and row.invited_at is not None
             and row.agency is not None and reach.covers(agency=row.agency))
            for row in people
        ],
        "sheets": [
            (sheet, [(line, marks.get(f"{sheet.code}.{line.code}")) for line in sheet.lines])
            for sheet in one.declared.checklist
        ] if marks else [],
        "photos": list(one.photos.select_related("file")),
        "minutes": list(one.minutes.order_by("-n")),
        "outcomes": queries.outcomes(one.outcomes.order_by("n")),
        "carried": queries.outcomes(following.carried_over(one)),
        "steps": list(one.steps.select_related("by").order_by("-n")),
        "sections": [html for show in one.declared.sections if (html := show(request, one))],
    }  # fmt: skip
    return render(request, "gatherings/gathering.html", context)


def _acts(one: Gathering, manages: bool, visits: bool) -> list[tuple[str, str]]:
    """What may be done now: the page and what its button says, the next step first."""
    steps: list[tuple[bool, str, str]] = [
        (visits and bool(one.declared.checklist) and (may(Move.HOLD, one.state) or may(Move.FIND, one.state)),
         "checklist", _("填查核表與照片")),
        (manages and may(Move.INVITE, one.state), "invite", _("發開會通知")),
        (manages and may(Move.HOLD, one.state), "hold", _("登錄辦理情形")),
        (manages and may(Move.FIND, one.state), "conclude", _("登錄%(kind)s") % {"kind": one.declared.outcome.label}),
        (manages and may(Move.FIND, one.state) and bool(one.declared.checklist), "findings", _("待改善的送機關")),
        (manages and one.state in TAKEN_PLACE and one.declared.minutes, "minutes",
         _("更正紀錄") if one.state != State.HELD else _("發紀錄")),
        (manages and may(Move.CLOSE, one.state), "close", _("結案")),
        (manages and may(Move.CHANGE, one.state), "change", _("改時間地點")),
        (manages and may(Move.CANCEL, one.state), "cancel", _("取消")),
    ]  # fmt: skip
    return [(reverse(f"gatherings:{name}", args=[one.reference]), label) for shown, name, label in steps if shown]


@requires(MANAGE)
@form_once
def change(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Another time or place."""
    now = timezone.now()
    one = found(request, reference, now)
    starts, ends = one.starts_at.astimezone(TAIPEI), one.ends_at.astimezone(TAIPEI)
    initial = {
        "title": one.title, "day": starts.date(), "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}", "venue": one.venue,
        "address": one.address, "purpose": one.purpose,
    }  # fmt: skip
    form = forms.ChangeForm(sent(request), initial=initial)

    def do(given: dict[str, Any]) -> str:
        services.change(one, reason=given["reason"], by=request.user, at=now, **form.facts)
        return _("已更改。")

    return acted(request, one, form, do, title=_("改時間地點"), button=_("儲存"))


@requires(MANAGE)
@form_once
def cancel(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """取消, with the reason."""
    now = timezone.now()
    one = found(request, reference, now)

    def do(given: dict[str, Any]) -> str:
        services.cancel(one, reason=given["reason"], by=request.user, at=now)
        return _("已取消，並通知已經通知過的人。")

    return acted(
        request, one, forms.ReasonForm(sent(request)), do, title=_("取消%(title)s") % {"title": one.title},
        button=_("取消這一次"), lead=_("取消以後不能恢復；要辦，請另外新增一次。"),
    )  # fmt: skip


@requires(READ)
def sheet(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """議程與紀錄 on paper."""
    now = timezone.now()
    one = found(request, reference, now)
    try:
        made = paper.as_pdf(one, at=now)
    except CannotGather as refusal:
        return HttpResponse(refusal.sentence, status=503, content_type="text/plain; charset=utf-8")
    audit.record("gathering.printed", one, by=request.user, at=now)
    name = f"{one.profile}-{one.year}-{one.number}.pdf"
    return HttpResponse(
        made, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )
