"""The officer's side: the record, what can be done on it, and the list of cases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases.services import CannotAct, SomebodyWasFaster
from cityhall.engines.cases.states import UNCONFIRMED, Part, Status
from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.deadlines.models import Change, Clock, State
from cityhall.engines.deadlines.rules import due
from cityhall.engines.directory import queries as directory
from cityhall.engines.files import downloads
from cityhall.engines.files import queries as files
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.letters import queries as letters
from cityhall.engines.worklist import services as todo_acts
from cityhall.foundation.clock import end_of_day, start_of_day
from cityhall.web.access import requires
from cityhall.web.maps import Spot

from .. import queries
from ..forms import desk as forms
from ..models import Petition
from ..services import clocks, dispatch, handling
from ..services.acts import ACTS, Act

READERS = ("petitions.read", "petitions.co_handle")
FORMS: dict[str, type[forms.ActForm]] = {
    "dispatch": forms.DispatchForm,
    "assign": forms.AssignForm,
    "draft": forms.ReplyForm,
    "submit": forms.ReplyForm,
    "approve": forms.ActForm,
    "send_back": forms.ReasonForm,
    "ask": forms.QuestionForm,
    "co_handler": forms.CoHandlerForm,
    "opinion": forms.OpinionForm,
    "copy": forms.CopyForm,
    "return": forms.ReturnForm,
    "hand_back": forms.ReasonForm,
    "category": forms.CategoryForm,
    "extend": forms.ExtensionForm,
    "decide_extension": forms.DecisionForm,
    "note": forms.NoteForm,
    "reopen": forms.DecisionForm,
    "promise": forms.ProofForm,
    "alert": forms.ResultForm,
    "transfer": forms.TransferForm,
    "merge": forms.MergeForm,
    "filter": forms.GroundForm,
    "withdraw": forms.ReasonForm,
    "take_up": forms.ReasonForm,
}
INLINE = {"draft", "submit", "approve", "send_back"}  # done on the record's own page


def _petition(request: HttpRequest, reference: uuid.UUID, at: datetime) -> Petition:
    """The petition, for those who may read it; for others it does not exist."""
    found = (
        queries.visible_to(request.user, at).select_related(*queries.FULL, "alert").filter(case__reference=reference)
    )
    petition = found.first()
    if petition is None:
        raise Http404
    return petition


def acts_now(request: HttpRequest, petition: Petition, at: datetime) -> list[Act]:
    """What this officer can do on this petition now."""
    return [
        act
        for act in ACTS.values()
        if act.possible(petition, at) and queries.may_do(request.user, act.right, petition, at)
    ]


# ---- the record ------------------------------------------------------------------------------------------------------


@requires(*READERS)
def record(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One petition: text, clocks, why it is here, the reply and what can be done."""
    now = timezone.now()
    petition = _petition(request, reference, now)
    if queries.may_do(request.user, "petitions.handle", petition, now):
        handling.seen_additions(petition, at=now)
    todo_acts.mark_seen_by(petition.case, request.user, at=now)
    return render(request, _template(request), _context(request, petition, now))


def _template(request: HttpRequest) -> str:
    """The record alone when htmx puts it beside the list; the whole page otherwise."""
    return (
        "petitions/desk/_record.html" if request.headers.get("HX-Target") == "record" else "petitions/desk/record.html"
    )


def _context(request: HttpRequest, petition: Petition, now: datetime, **more: Any) -> dict[str, Any]:
    case, place = petition.case, petition.case.place
    available = acts_now(request, petition, now)
    codes = {act.code for act in available}
    decision = queries.newest_decision(petition)
    reply = case_queries.reply_in_work(case)
    events = list(case_queries.timeline(case, public_only=False))
    stage = handling.stage_now(petition)
    title_offset = len(case.title) + 1
    context: dict[str, Any] = {
        "petition": petition,
        "case": case,
        "acts": available,
        "main_acts": [act for act in available if act.main and act.code not in INLINE],
        "more_acts": [act for act in available if not act.main and act.code not in INLINE],
        "codes": codes,
        "decision": decision,
        "explanation": queries.explain(decision) if decision else None,
        "candidates": queries.top_three(decision) if decision else [],
        "title_spans": [s for s in decision.spans if s["end"] <= title_offset] if decision else [],
        "text_spans": [
            {**s, "start": s["start"] - title_offset, "end": s["end"] - title_offset}
            for s in decision.spans
            if s["start"] >= title_offset
        ]
        if decision
        else [],
        "clocks": [
            clock_view(clock, now) for clock in deadline_queries.clocks_of(case).prefetch_related("pauses", "changes")
        ],
        "future_final": _future_final(petition, now),
        "events": events,
        "names": queries.names_of(events),
        "notes": case.notes.select_related("by").order_by("-at"),
        "additions": case.additions.order_by("-at"),
        "urges": sum(event.type == "urged" for event in events),
        "questions": case.questions.order_by("-asked_at"),
        "parts": case.assignments.exclude(part=Part.LEAD).select_related("agency").order_by("starts_at"),
        "hops": case_queries.hop_times(case, at=now),
        "files": files.of(case),
        "sent": case_queries.sent_replies(case).select_related("drafted_by", "approved_by", "approved_for"),
        "reply": reply,
        "stage": stage,
        "templates": forms.templates_for(petition, stage) if "draft" in codes else [],
        "latest_promise": handling.latest_promise(petition, at=now)
        if case.is_confirmed and not case.is_ended
        else None,
        "return_until": dispatch.may_return_until(petition, at=now)
        if case.status in ("ASSIGNED", "ACCEPTED")
        else None,
        "spot": Spot(place.lon, place.lat, place.road) if place and place.has_point else None,
        "extension": petition.extensions.filter(state="ASKED").select_related("asked_by", "approver").first(),
        "reopening": case.reopen_requests.filter(granted=None).first(),
        "promises": petition.follow_ups.select_related("reply"),
        "letters": letters.about(case),
        "may_see_reporter": queries.may_see_reporter(request.user, petition, now),
        "reporter": None,
        "now": now,
        "unconfirmed": case.status in UNCONFIRMED,
        "tab": request.GET.get("tab", "work"),
    }
    context["tabs"] = [
        ("work", _("辦理"), 0),
        ("timeline", _("經過"), len(events)),
        ("files", _("附件"), len(context["files"])),
        ("notes", _("內部備註"), len(context["notes"])),
    ]
    if "draft" in codes:
        context["reply_form"] = forms.ReplyForm(
            initial=_reply_initial(request, petition, reply), petition=petition, on=now.date()
        )
    return context | more


def _reply_initial(request: HttpRequest, petition: Petition, reply: Any) -> dict[str, Any]:
    """The draft, or the template that was picked, with its slots filled."""
    initial = {
        "text": reply.text if reply else "",
        "promised_on": reply.promised_on if reply else None,
        "outcome": reply.outcome if reply else "",
        "template": reply.template if reply else "",
        "draft_version": reply.version if reply else 0,
    }
    wanted = request.GET.get("template", "")
    if wanted:
        stage = handling.stage_now(petition)
        for template in forms.templates_for(petition, stage):
            if template.code == wanted:
                initial |= {
                    "text": filled(template.text, petition),
                    "template": template.code,
                    "outcome": template.outcome,
                }
    return initial


def filled(text: str, petition: Petition) -> str:
    """A template with what is known filled in; what is not known stays as 【…】 for the officer."""
    case, place = petition.case, petition.case.place
    requester = case.requester
    known = {
        "稱呼": f"{requester.name[0]}○○" if requester and requester.name and not case.keep_identity_secret else "您",
        "地點": (place.label or place.words or f"{place.district_name}{place.village_name}")
        if place
        else "您所反映的地點",
        "主旨": case.title,
        "機關": case.agency.short_name if case.agency else "",
        "單位": case.unit.name if case.unit else "",
        "承辦人": case.officer.name if case.officer else "",
        "分機": case.officer.extension if case.officer else "",
    }
    for name, value in known.items():
        text = text.replace("{" + name + "}", value)
    return text.replace("{", "【").replace("}", "】")


def clock_view(clock: Clock, now: datetime) -> dict[str, Any]:
    """A clock as the page shows it."""
    return {
        "clock": clock,
        "live": clock.state in (State.RUNNING, State.PAUSED),
        "percent": deadline_queries.percent(clock, clock.ended_at or now),
        "overdue": deadline_queries.is_overdue(clock, now),
        "lines": deadline_queries.explain(clock).lines,
        "moved": clock.changes.filter(kind=Change.Kind.CLOSURE).exists(),
    }


def _future_final(petition: Petition, now: datetime) -> Any:
    """When the final answer would be due if the first went out now; None where that is no question."""
    if not petition.urgent or clocks.running(petition, clocks.FINAL) or petition.case.is_ended:
        return None
    if not petition.case.is_confirmed:
        return None
    return due(now, clocks.preview_final(petition, at=now), deadlines.calendar())


@requires(*READERS)
@form_once
def act(request: HttpRequest, reference: uuid.UUID, code: str) -> HttpResponse:
    """Do one act: GET asks for what it needs, POST does it."""
    now = timezone.now()
    petition = _petition(request, reference, now)
    wanted = ACTS.get(code)
    if wanted is None:
        raise Http404
    back = reverse("petitions:record", args=[reference])
    if wanted not in acts_now(request, petition, now):
        messages.error(request, _("現在不能「%(act)s」：案件狀態已改變，或您沒有這項權限。") % {"act": wanted.label})
        return HttpResponseRedirect(back)
    given = request.POST if request.method == "POST" else None
    initial = {"version": petition.case.version, "category": petition.category.code if petition.category else None}
    initial |= {key: request.GET[key] for key in ("category", "agency") if key in request.GET}
    form = FORMS[code](given, initial=initial, petition=petition, on=now.date())
    if request.method == "POST" and form.is_valid():
        try:
            wanted.do(petition, form.cleaned_data, request.user, now)
        except SomebodyWasFaster as refusal:
            return _faster(request, petition, wanted, form, refusal, now)
        except (CannotAct, deadlines.CannotChangeClock) as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, str(wanted.done))
            return HttpResponseRedirect(back if _still_visible(request, reference, now) else reverse("worklist:list"))
    status = 422 if form.is_bound else 200
    if code in INLINE and form.is_bound:
        more = {"reply_form": form} if code in ("draft", "submit") else {"form": form}
        return render(request, "petitions/desk/record.html", _context(request, petition, now, **more), status=status)
    return render(
        request, "petitions/desk/act.html", _context(request, petition, now, form=form, act=wanted), status=status
    )


def _faster(
    request: HttpRequest, petition: Petition, act: Act, form: forms.ActForm, refusal: SomebodyWasFaster, now: datetime
) -> HttpResponse:
    """409: what changed meanwhile, beside what was typed. Whoever has read it and sends again overwrites knowingly."""
    petition.case.refresh_from_db()
    seen = form.data.copy()  # type: ignore[attr-defined]
    seen["version"] = petition.case.version
    typed = form.cleaned_data.get("text", "")
    saved = refusal.saved
    if saved is not None:
        seen["draft_version"] = saved.version
    more = {
        "act": act,
        "form": type(form)(seen, petition=petition, on=now.date()),
        "faster": refusal.changes,
        "saved": saved,
        "differences": differences(saved.text, typed) if saved is not None else [],
    }
    return render(request, "petitions/desk/act.html", _context(request, petition, now, **more), status=409)


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """One text made into another: pieces that are the same, gone (`del`) or new (`ins`)."""
    found: list[tuple[str, str]] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", before[i:j]))
            continue
        if i < j:
            found.append(("del", before[i:j]))
        if k < m:
            found.append(("ins", after[k:m]))
    return found


def _still_visible(request: HttpRequest, reference: uuid.UUID, now: datetime) -> bool:
    return queries.visible_to(request.user, now).filter(case__reference=reference).exists()


@requires("petitions.reporter.read")
@form_once
def look(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Show the reporter's contact data once, for a stated purpose; the look is written down."""
    now = timezone.now()
    petition = _petition(request, reference, now)
    if petition.case.requester is None or not queries.may_see_reporter(request.user, petition, now):
        raise Http404
    form = forms.LookForm(request.POST or None, petition=petition, on=now.date())
    if request.method == "POST" and form.is_valid():
        audit.looked_at(petition.case, by=request.user, at=now, what=f"reporter:{form.cleaned_data['purpose']}")
        return render(
            request, "petitions/desk/reporter.html", {"petition": petition, "case": petition.case}, status=200
        )
    context = {"petition": petition, "case": petition.case, "form": form}
    return render(request, "petitions/desk/look.html", context, status=422 if form.is_bound else 200)


@requires(*READERS)
def timeline(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Everything that happened, on a page that prints."""
    now = timezone.now()
    petition = _petition(request, reference, now)
    return render(request, "petitions/desk/timeline.html", _context(request, petition, now))


# ---- lists -----------------------------------------------------------------------------------------------------------

COLUMNS = (
    ("number", gettext_lazy("案件編號")),
    ("opened_on", gettext_lazy("成案日")),
    ("title", gettext_lazy("主旨")),
    ("category", gettext_lazy("類別")),
    ("district", gettext_lazy("行政區")),
    ("channel", gettext_lazy("管道")),
    ("agency", gettext_lazy("主辦機關")),
    ("unit", gettext_lazy("單位")),
    ("status", gettext_lazy("狀態")),
)


def _filtered(request: HttpRequest, now: datetime) -> tuple[forms.ListFilter, QuerySet[Petition]]:
    form = forms.ListFilter(request.GET or None)
    petitions = queries.visible_to(request.user, now)
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            petitions = queries.find_for_officer(request.user, wanted["q"], now)
        conditions = {
            "case__status": wanted["status"],
            "category__code": wanted["category"],
            "category__group": wanted["group"],
            "case__channel": wanted["channel"],
            "case__agency__code": wanted["agency"],
        }
        petitions = petitions.filter(**{name: value for name, value in conditions.items() if value})
        if wanted["urgent"]:
            petitions = petitions.filter(urgent=True)
        if wanted["first"]:
            petitions = petitions.filter(case__received_at__gte=start_of_day(wanted["first"]))
        if wanted["last"]:
            petitions = petitions.filter(case__received_at__lt=end_of_day(wanted["last"]))
    rows = petitions.select_related("case__place", "case__agency", "case__unit", "case__officer", "category")
    return form, rows.order_by("-case__received_at", "-pk")


@requires("petitions.read")
def index(request: HttpRequest) -> HttpResponse:
    """All petitions within reach, filtered; each filter is a link."""
    now = timezone.now()
    form, rows = _filtered(request, now)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(
        request,
        "petitions/desk/list.html",
        {"form": form, "page": page, "filtered": bool(request.GET), "may_export": _may_export(request, now)},
    )


def _may_export(request: HttpRequest, now: datetime) -> bool:
    return bool(directory.reach(request.user, "petitions.export", now))


@requires("petitions.export")
def export(request: HttpRequest, kind: str) -> HttpResponse | StreamingHttpResponse:
    """The filtered list as CSV, ODS or XLSX: without reporters' data, and written down."""
    now = timezone.now()
    _form, rows = _filtered(request, now)
    rows = rows.filter(queries.within(request.user, "petitions.export", now))
    audit.record("petition.exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    headings = [str(label) for _key, label in COLUMNS]
    name = f"petitions-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    return downloads.sheet(kind, name, headings, _cells(rows))


def _cells(rows: QuerySet[Petition]) -> Iterator[list[Any]]:
    for petition in rows.iterator(chunk_size=500):
        case = petition.case
        yield [
            case.number or "",
            case.opened_on,
            case.title,
            petition.category.label if petition.category else "",
            case.place.district_name if case.place else "",
            case.get_channel_display(),
            case.agency.label if case.agency else "",
            case.unit.label if case.unit else "",
            case.get_status_display(),
        ]


@requires("petitions.dispatch")
@require_POST
@form_once
def quick_dispatch(request: HttpRequest, reference: uuid.UUID, category: str) -> HttpResponse:
    """One of the three proposals, in one click, and on to the next that waits."""
    now = timezone.now()
    petition = _petition(request, reference, now)
    form = forms.DispatchForm(
        {"category": category, "version": request.POST.get("version")}, petition=petition, on=now.date()
    )
    if not form.is_valid():
        raise Http404
    try:
        ACTS["dispatch"].do(petition, form.cleaned_data, request.user, now)
    except CannotAct as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(reverse("petitions:record", args=[reference]))
    messages.success(request, _("已派到%(agency)s。") % {"agency": petition.case.agency})
    following = (
        Petition.objects.filter(case__status__in=[Status.DISPATCHING, Status.RETURNED])
        .select_related("case")
        .order_by("case__confirmed_at", "pk")
        .first()
    )
    if following is None:
        return HttpResponseRedirect(reverse("worklist:list"))
    return HttpResponseRedirect(reverse("petitions:record", args=[following.case.reference]))
