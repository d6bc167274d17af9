"""議會案件 at the desk: the list, listing by hand and by sheet, sessions and councillors, joint inspections."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.tracking import queries as tracking
from cityhall.engines.tracking.models import Duty, Reply
from cityhall.engines.tracking.refusals import CannotTrack
from cityhall.engines.tracking.states import Stage, Verdict
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import allowed, requires

from . import forms, marks, queries, readers, rules, services
from .models import CouncilItem, Councillor, CouncilSession, JointInspection, Reader, ReplyMark
from .queries import CONTROL, INSPECT, LOOK_UP, READ
from .refusals import CannotList
from .services import NewItem

# ---- items -----------------------------------------------------------------------------------------------------------


def _filtered(
    request: HttpRequest, at: datetime, everything: QuerySet[CouncilItem] | None = None
) -> tuple[forms.ItemFilter, QuerySet[CouncilItem]]:
    """The items that somebody may see, as narrowed by the form."""
    if everything is None:
        everything = CouncilItem.objects.filter(queries.within_rights(request.user, at))
    there = Duty.objects.filter(item__in=everything.values("tracked"))
    districts = everything.exclude(district="").order_by("district").values_list("district", flat=True).distinct()
    form = forms.ItemFilter(
        request.GET or None, kinds=queries.kinds(day_of(at)), districts=list(districts),
        agencies=Agency.objects.filter(pk__in=there.values("agency")),
    )  # fmt: skip
    rows = everything
    if form.is_bound and form.is_valid():
        rows = queries.narrowed(rows, form.cleaned_data, day_of(at))
    return form, rows


@requires(READ)
def items(request: HttpRequest) -> HttpResponse:
    """The items, the newest first; each filter is a link."""
    now = timezone.now()
    form, rows = _filtered(request, now)
    ordered = queries.with_everything(rows).order_by("-tracked__listed_on", "-pk")
    page = Paginator(ordered, 50).get_page(request.GET.get("page"))
    duties = tracking.duties_of([one.tracked for one in page.object_list])
    standing = rows.order_by().values_list("tracked__stage", "tracked__decided").annotate(n=Count("pk"))
    context = {
        "form": form,
        "filtered": bool(request.GET),
        "page": page,
        "lines": [(one, duties[one.tracked_id]) for one in page.object_list],
        "charts": _charts(list(standing)),
        "everywhere": directory.reach(request.user, READ, now).everywhere,
        "controls": allowed(request, CONTROL),
        "inspects": allowed(request, INSPECT),
    }
    return render(request, "council/items.html", context)


def _charts(standing: list[tuple[str, str, int]]) -> list[charts.Chart]:
    """How the items of the list stand."""
    waiting: dict[str, int] = {one: 0 for one in Stage if one != Stage.SETTLED}
    decided: dict[str, int] = dict.fromkeys(Verdict, 0)
    for stage, verdict, n in standing:
        if stage != Stage.SETTLED:
            waiting[stage] += n
        elif verdict in Verdict.values:
            decided[verdict] += n
    labels = {**dict(Stage.choices), **dict(Verdict.choices)}
    points = [charts.Point(str(labels[one]), n) for one, n in (waiting | decided).items() if n]
    if len(points) < 2:
        return []
    return [
        charts.horizontal_bars(
            _("這份清單的案件，目前在哪裡"),
            points,
            unit=_("案"),
            source=_("市政廳議會案件列管"),
            first_column=_("情形"),
        )
    ]


COLUMNS = (
    gettext_lazy("列管編號"), gettext_lazy("列管日"), gettext_lazy("案件類別"), gettext_lazy("會期"), gettext_lazy("質詢或議決日"),
    gettext_lazy("議員"), gettext_lazy("案由"), gettext_lazy("主辦機關"), gettext_lazy("協辦機關"), gettext_lazy("行政區"),
    gettext_lazy("情形"), gettext_lazy("追蹤情形"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered items as CSV, ODS or XLSX; written down."""
    now = timezone.now()
    _form, rows = _filtered(request, now)
    audit.record("council.exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    return downloads.sheet(kind, f"council.{kind}", [str(one) for one in COLUMNS], _cells(rows))


def _cells(rows: QuerySet[CouncilItem]) -> Iterator[list[Any]]:
    ordered = queries.with_everything(rows).order_by("tracked__listed_on", "pk")
    for first in range(0, ordered.count(), 500):
        block = list(ordered[first : first + 500])
        duties = tracking.duties_of([one.tracked for one in block])
        for one in block:
            item, there = one.tracked, duties[one.tracked_id]
            yield [
                item.number, item.listed_on, one.kind_label, one.session.label if one.session else "", one.raised_on,
                "、".join(who.name for who in one.askers.all()), item.title,
                "、".join(duty.agency.label for duty in there if duty.part == "LEAD"),
                "、".join(duty.agency.label for duty in there if duty.part == "CO"), one.district, item.standing,
                item.get_decided_display(),
            ]  # fmt: skip


@requires(CONTROL)
@form_once
def new(request: HttpRequest) -> HttpResponse:
    """列管 one item by hand."""
    now = timezone.now()
    known = queries.known(day_of(now))
    posted = request.POST if request.method == "POST" else None
    form = forms.ItemForm(posted, kinds=queries.kinds(day_of(now)), known=known)

    def do(given: dict[str, Any]) -> str:
        row = NewItem(
            **{**given, "lead": known.agencies[given["lead"]], "session": known.sessions.get(given["session"])}
        )
        made = services.list_item(row, by=request.user, at=now)
        return _("已列管，編號%(number)s，並請機關函復。") % {"number": made.tracked.number}

    alike: list[tuple[CouncilItem, int]] = []
    if form.is_bound and "confirmed" not in request.POST and form.is_valid():
        text = f"{form.cleaned_data['title']}\n{form.cleaned_data['text']}"
        alike = queries.similar(text, on=day_of(now))

    def seen(given: dict[str, Any]) -> dict[str, Any]:
        return {
            "title": _("有類似的較早案件"), "lead": _("請先看是不是同一件事；還是要列管，就按下面的按鈕。"),
            "button": _("還是要列管"), "rows": [(one.tracked.number, _alike(one, share)) for one, share in alike],
        }  # fmt: skip

    return act_page(
        request, form=form, title=_("列管議會案件"), button=_("列管並請機關函復"), do=do,
        back=(reverse("council:items"), _("議會案件")), to=reverse("council:items"), refused=(CannotList, CannotTrack),
        confirm=seen if alike else None,
    )  # fmt: skip


def _alike(one: CouncilItem, share: int) -> Any:
    """A similar item in one line."""
    said = _("相似%(n)s%%　%(how)s") % {"n": share, "how": one.tracked.standing}
    return format_html('<a class="govuk-link" href="{}">{}</a><br>{}', one.tracked.url, one.tracked.title, said)


@requires(READ)
def similar(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Earlier items about the same matter that somebody may read."""
    now = timezone.now()
    allowed_ones = queries.within_rights(request.user, now)
    one = get_object_or_404(CouncilItem.objects.filter(allowed_ones).select_related("tracked"), tracked__reference=reference)  # fmt: skip
    found = queries.similar(services.compared_by(one.tracked), on=day_of(now), within=allowed_ones, but=one.tracked_id)
    duties = tracking.duties_of([hit.tracked for hit, _share in found])
    lines = [(hit, share, duties[hit.tracked_id]) for hit, share in found]
    return render(request, "council/similar.html", {"one": one, "item": one.tracked, "lines": lines})


# ---- sessions and councillors ----------------------------------------------------------------------------------------


@requires(READ)
def council(request: HttpRequest) -> HttpResponse:
    """The sessions with their items, and who is in office."""
    today = day_of(timezone.now())
    context = {
        "sessions": CouncilSession.objects.annotate(many=Count("items")).order_by("-starts_on"),
        "councillors": Councillor.objects.as_of(today).annotate(many=Count("items")).order_by("constituency", "name"),
        "controls": allowed(request, CONTROL),
        "readers": Reader.objects.open().select_related("councillor") if allowed(request, CONTROL) else (),
    }
    return render(request, "council/council.html", context)


def _council_page(request: HttpRequest, **given: Any) -> HttpResponse:
    here = reverse("council:council")
    return act_page(request, back=(here, _("會期與議員")), to=here, refused=CannotList, **given)


@requires(CONTROL)
@form_once
def new_session(request: HttpRequest) -> HttpResponse:
    """A session is added."""
    form = forms.SessionForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        row = services.add_session(**given, by=request.user, at=timezone.now())
        return _("已新增%(session)s。") % {"session": row.label}

    return _council_page(request, form=form, title=_("新增會期"), button=_("新增"), do=do)


@requires(CONTROL)
@form_once
def new_councillor(request: HttpRequest) -> HttpResponse:
    """A councillor takes office."""
    form = forms.CouncillorForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        row = services.add_councillor(**given, by=request.user, at=timezone.now())
        return _("已新增議員%(name)s。") % {"name": row.name}

    return _council_page(request, form=form, title=_("新增議員"), button=_("新增"), do=do)


@requires(CONTROL)
@form_once
def new_reader(request: HttpRequest) -> HttpResponse:
    """Somebody may look up by links sent to their address."""
    now = timezone.now()
    form = forms.ReaderForm(
        request.POST if request.method == "POST" else None, councillors=Councillor.objects.as_of(day_of(now))
    )

    def do(given: dict[str, Any]) -> str:
        councillor = Councillor.objects.filter(reference=given["councillor"] or None).first()
        row = readers.add(name=given["name"], email=given["email"], councillor=councillor, by=request.user, at=now)
        return _("已新增查詢人%(name)s。") % {"name": row.name}

    return _council_page(request, form=form, title=_("新增查詢人"), button=_("新增"), do=do)


@requires(CONTROL)
@form_once
def end_reader(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Somebody looks up no more, and their address is forgotten."""
    row = get_object_or_404(Reader.objects.open(), reference=reference)
    form = forms.NothingForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        readers.end(row, by=request.user, at=timezone.now())
        return _("%(name)s不能再查詢，信箱已經刪除。") % {"name": row.name}

    return _council_page(
        request, form=form, title=_("停止查詢"), button=_("停止並刪除信箱"), do=do,
        summary=[(_("查詢人"), row.name), (_("電子郵件"), row.email)],
    )  # fmt: skip


@requires(CONTROL)
@form_once
def leave(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """A councillor leaves office."""
    row = get_object_or_404(Councillor, reference=reference)
    form = forms.LeaveForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.end_office(row, ends_on=given["ends_on"], by=request.user, at=timezone.now())
        return _("已登錄%(name)s離任。") % {"name": row.name}

    return _council_page(
        request, form=form, title=_("議員離任"), button=_("登錄"), do=do, summary=[(_("議員"), row.name)]
    )


# ---- the councillors' look-up ----------------------------------------------------------------------------------------


@requires(LOOK_UP)
def look_up(request: HttpRequest) -> HttpResponse:
    """議會案件查詢 for councillors and their offices, on a phone first: items, and the inspections that fit beside them."""
    return render(request, "council/look_up.html", found(request))


def found(request: HttpRequest) -> dict[str, Any]:
    """What the look-up shows, by whichever door somebody came."""
    now = timezone.now()
    form, rows = _filtered(request, now, CouncilItem.objects.all())
    ordered = queries.with_everything(rows).order_by("-tracked__listed_on", "-pk")
    page = Paginator(ordered, 20).get_page(request.GET.get("page"))
    duties = tracking.duties_of([one.tracked for one in page.object_list])
    words, district = request.GET.get("q", "").strip(), request.GET.get("district", "")
    held = JointInspection.objects.filter(withdrawn_on=None)
    held = held.filter(district=district) if district else held
    if words:
        asker = Councillor.objects.filter(name__contains=words, inspections=OuterRef("pk"))
        held = held.filter(Q(matter__contains=words) | Q(place__contains=words) | Exists(asker))
    return {
        "form": form,
        "filtered": bool(request.GET),
        "page": page,
        "lines": [(one, duties[one.tracked_id]) for one in page.object_list],
        "inspections": held.select_related("agency").order_by("-held_on", "-pk")[:10],
    }


@requires(LOOK_UP)
def looked_up(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One item for a councillor: who answers for it, what they answered, how it goes on."""
    return render(request, "council/looked_up.html", shown(reference))


def shown(reference: uuid.UUID) -> dict[str, Any]:
    """What the look-up says of one item."""
    rows = queries.with_everything(CouncilItem.objects.filter(tracked__reference=reference))
    one = rows.first()
    if one is None:
        raise Http404
    replies = one.tracked.replies.exclude(answered_at=None).select_related("duty__agency").order_by("-n")
    return {
        "one": one,
        "item": one.tracked,
        "duties": one.tracked.duties.open().select_related("agency").order_by("-part", "pk"),
        "replies": [(row, list(row.council_marks.all())) for row in replies.prefetch_related("council_marks")],
        "ruling": tracking.ruling(one.tracked),
        "inspections": one.inspections.filter(withdrawn_on=None).select_related("agency").order_by("-held_on"),
        "changed": max([one.tracked.listed_at, *(row.answered_at or one.tracked.listed_at for row in replies)]),
    }


@requires(LOOK_UP)
@form_once
def mark(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """答非所問, from an office that signed in."""
    reply = marked_reply(reference)
    here = reverse("council:looked_up", args=[reply.item.reference])
    return mark_page(request, reply, here, by=request.user)


def marked_reply(reference: uuid.UUID) -> Reply:
    """The reply of a council item."""
    rows = Reply.objects.select_related("item", "duty__agency").filter(item__profile=queries.PROFILE)
    return get_object_or_404(rows.exclude(answered_at=None), reference=reference)


def mark_page(request: HttpRequest, reply: Reply, here: str, template: str = "idempotency/act.html", title: str = "", **who: Any) -> HttpResponse:  # fmt: skip
    """The page of one mark, by whichever door."""
    form = forms.MarkForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        marks.mark(reply, text=given["text"], at=timezone.now(), **who)
        return _("已標記。研考會處理後，結果會寫在這一頁。")

    return act_page(
        request, form=form, title=title or _("標記答非所問"), button=_("送出標記"), do=do, back=(here, reply.item.number),
        to=here, refused=CannotList, template=template,
        summary=[(_("案由"), reply.item.title), (_("機關"), reply.duty.agency.label), (_("辦理情形"), reply.text)],
    )  # fmt: skip


@requires(CONTROL)
@form_once
def answer_mark(request: HttpRequest, number: int) -> HttpResponse:
    """The commission returns what was marked, or says why it stands."""
    row = get_object_or_404(ReplyMark.objects.select_related("reply__item", "reply__duty__agency"), pk=number)
    here = row.reply.item.url
    form = forms.MarkAnswerForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        marks.answer(row, returned=given["returned"], text=given["text"], by=request.user, at=timezone.now())
        return _("已退回，請機關重新答復。") if given["returned"] else _("已說明，函復維持。")

    return act_page(
        request, form=form, title=_("處理答非所問標記"), button=_("登錄處理"), do=do, back=(here, row.reply.item.number),
        to=here, refused=(CannotList, CannotTrack),
        summary=[(_("案由"), row.reply.item.title), (_("機關"), row.reply.duty.agency.label),
                 (_("辦理情形"), row.reply.text), (_("哪裡沒有答到"), row.text)],
    )  # fmt: skip


# ---- joint inspections -----------------------------------------------------------------------------------------------


def _own(request: HttpRequest, at: datetime) -> QuerySet[Agency]:
    """The agencies for which somebody may register."""
    reach = directory.reach(request.user, INSPECT, at)
    rows = Agency.objects.as_of(day_of(at))
    return rows if reach.everywhere else rows.filter(pk__in=reach.agencies)


def _months(today: date) -> list[date]:
    """The months that can be reported: the last six."""
    months = [rules.month_asked_for(today)]
    while len(months) < 6:
        months.append(rules.month_asked_for(months[-1]))
    return months


def _inspections(request: HttpRequest, at: datetime) -> tuple[forms.InspectionFilter, QuerySet[JointInspection]]:
    everything = JointInspection.objects.filter(queries.inspections_within_rights(request.user, at), withdrawn_on=None)
    years = [day.year for day in everything.dates("held_on", "year", order="DESC")]
    agencies = Agency.objects.filter(pk__in=everything.values("agency"))
    form = forms.InspectionFilter(request.GET or None, years=years, agencies=agencies)
    rows = everything
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            words = wanted["q"].strip()
            asker = Councillor.objects.filter(name__contains=words, inspections=OuterRef("pk"))
            rows = rows.filter(Q(matter__contains=words) | Q(place__contains=words) | Exists(asker))
        rows = rows.filter(held_on__year=wanted["year"]) if wanted["year"] else rows
        rows = rows.filter(agency__code=wanted["agency"]) if wanted["agency"] else rows
    return form, rows


@requires(INSPECT)
def inspections(request: HttpRequest) -> HttpResponse:
    """The inspections, the newest first, and which agencies have not reported last month."""
    now = timezone.now()
    form, rows = _inspections(request, now)
    month = rules.month_asked_for(day_of(now))
    own, done = _own(request, now), queries.reported(month)
    waiting = [one for one in queries.reporting(month).filter(pk__in=own) if one.pk not in done]
    ordered = rows.select_related("agency", "item__tracked").prefetch_related("councillors").order_by("-held_on", "-pk")
    context = {
        "form": form,
        "filtered": bool(request.GET),
        "page": Paginator(ordered, 50).get_page(request.GET.get("page")),
        "month": charts.month_name(month),
        "waiting": waiting,
        "everywhere": directory.reach(request.user, INSPECT, now).everywhere,
    }
    return render(request, "council/inspections.html", context)


INSPECTION_COLUMNS = (
    gettext_lazy("會勘日期"), gettext_lazy("辦理機關"), gettext_lazy("會勘事由"), gettext_lazy("地點"), gettext_lazy("行政區"),
    gettext_lazy("參加的議員"), gettext_lazy("參加的機關"), gettext_lazy("會勘結論"), gettext_lazy("後續辦理"),
    gettext_lazy("列管編號"),
)  # fmt: skip


@requires(INSPECT)
def export_inspections(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered inspections as CSV, ODS or XLSX; written down."""
    now = timezone.now()
    _form, rows = _inspections(request, now)
    audit.record(
        "council.inspections_exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind}
    )
    ordered = rows.select_related("agency", "item__tracked").prefetch_related("councillors").order_by("held_on", "pk")
    cells = (
        [
            one.held_on, one.agency.label, one.matter, one.place, one.district,
            "、".join(who.name for who in one.councillors.all()), one.participants, one.minutes, one.follow_up,
            one.item.tracked.number if one.item else "",
        ]
        for one in ordered.iterator(chunk_size=500)
    )  # fmt: skip
    return downloads.sheet(kind, f"inspections.{kind}", [str(one) for one in INSPECTION_COLUMNS], cells)


def _inspection_page(request: HttpRequest, **given: Any) -> HttpResponse:
    here = reverse("council:inspections")
    return act_page(request, back=(here, _("會勘")), to=here, refused=CannotList, **given)


@requires(INSPECT)
@form_once
def new_inspection(request: HttpRequest) -> HttpResponse:
    """登錄會勘 for one's own agency."""
    now = timezone.now()
    own = _own(request, now)
    posted = request.POST if request.method == "POST" else None
    form = forms.InspectionForm(posted, agencies=own, known=queries.known(day_of(now)))

    def do(given: dict[str, Any]) -> str:
        agency = own.get(code=given.pop("agency"))
        services.register_inspection(agency=agency, **given, by=request.user, at=now)
        return _("已登錄會勘。")

    return _inspection_page(
        request, form=form, title=_("登錄會勘"), button=_("登錄"), do=do, lead=_("有議員參加的會勘，辦過之後登錄。")
    )


@requires(INSPECT)
@form_once
def report_month(request: HttpRequest) -> HttpResponse:
    """回報 that a month's inspections are all there, or that there were none."""
    now = timezone.now()
    own = _own(request, now)
    posted = request.POST if request.method == "POST" else None
    form = forms.MonthForm(posted, agencies=own, months=_months(day_of(now)))

    def do(given: dict[str, Any]) -> str:
        month = date.fromisoformat(f"{given['month']}-01")
        row = services.report_month(own.get(code=given["agency"]), month, by=request.user, at=now)
        return _("已回報%(month)s：%(said)s。") % {"month": charts.month_name(month), "said": row.said}

    return _inspection_page(
        request, form=form, title=_("回報當月會勘登錄完畢"), button=_("回報"), do=do,
        lead=_("當月的會勘都登錄了，或當月沒有會勘，都請回報。"),
    )  # fmt: skip


@requires(INSPECT)
@form_once
def withdraw(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """What was registered by mistake."""
    now = timezone.now()
    row = (
        JointInspection.objects.select_related("agency")
        .filter(reference=reference, agency__in=_own(request, now))
        .first()
    )
    if row is None:
        raise Http404
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.withdraw_inspection(row, why=given["reason"], by=request.user, at=now)
        return _("已撤銷這件會勘的登錄。")

    return _inspection_page(
        request, form=form, title=_("撤銷會勘登錄"), button=_("撤銷"), do=do, summary=[(_("會勘事由"), row.matter)]
    )
