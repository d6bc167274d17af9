"""The officer's side: the record, what can be done on it, and the list of cases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct, SomebodyWasFaster
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.deadlines import queries as deadline_queries
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.directory import queries as directory
from cityhall.engines.files import downloads
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.engines.worklist import services as todo_acts
from cityhall.engines.worklist.listing import next_after
from cityhall.foundation.clock import day_of, end_of_day, start_of_day
from cityhall.foundation.differences import difference
from cityhall.web.access import allowed, requires
from cityhall.web.dates import as_date
from cityhall.web.paging import LongPaginator

from .. import papers, queries, statistics
from ..forms import desk as forms
from ..forms.splitting import SplitForm
from ..models import Petition, Referral
from ..services import automatic, ethics, handling
from ..services.acts import ACTS, Act
from .record import acts_now, context, filled, findings

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
    "contractor": forms.ContractorForm,
    "copy": forms.CopyForm,
    "return": forms.ReturnForm,
    "hand_back": forms.ReasonForm,
    "category": forms.CategoryForm,
    "extend": forms.ExtensionForm,
    "decide_extension": forms.DecisionForm,
    "note": forms.NoteForm,
    "facts": forms.FactsForm,
    "urge": forms.UrgeForm,
    "reopen": forms.DecisionForm,
    "promise": forms.ProofForm,
    "put_off": forms.PutOffForm,
    "alert": forms.ResultForm,
    "transfer": forms.TransferForm,
    "merge": forms.MergeForm,
    "split": SplitForm,
    "unsplit": forms.ReasonForm,
    "filter": forms.GroundForm,
    "decline": forms.DeclineForm,
    "new_cause": forms.NewCauseForm,
    "restrict": forms.RestrictForm,
    "withdraw": forms.ReasonForm,
    "take_up": forms.ReasonForm,
    "to_ethics": forms.ReasonForm,
    "from_ethics": forms.ReasonForm,
    "about": forms.AboutForm,
}


def _petition(request: HttpRequest, reference: uuid.UUID, at: datetime) -> Petition:
    """The petition, for those who may read it; for others it does not exist."""
    found = (
        queries.visible_to(request.user, at).select_related(*queries.FULL, "alert").filter(case__reference=reference)
    )
    petition = found.first()
    if petition is None:
        raise Http404
    if petition.sealed and request.method == "GET":
        ethics.read(petition, by=account_of(request), at=at, what=request.path.rstrip("/").rpartition("/")[2][:40])
    return petition


# ---- the record ------------------------------------------------------------------------------------------------------


@requires(*READERS)
def record(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One petition: text, clocks, why it is here, the reply and what can be done."""
    now = timezone.now()
    petition = _petition(request, reference, now)
    if queries.may_do(request.user, "petitions.handle", petition, now):
        handling.seen_additions(petition, at=now)
    if queries.may_do(request.user, "petitions.approve", petition, now):
        handling.seen_urging(petition, at=now)
    todo_acts.mark_seen_by(petition.case, request.user, at=now)
    return render(request, "petitions/desk/record.html", context(request, petition, now))


ADVANCING = {"dispatch", "assign", "approve", "send_back", "decide_extension", "submit"}
"""Acts after which the next to-do is opened: the record has left the reader's list."""


@requires(*READERS)
@form_once
def act(request: HttpRequest, reference: uuid.UUID, code: str) -> HttpResponse:
    """Do one act: GET asks for what it needs beside the record, POST does it."""
    now = timezone.now()
    petition = _petition(request, reference, now)
    wanted = ACTS.get(code)
    if wanted is None:
        raise Http404
    back = reverse("petitions:record", args=[reference])
    if wanted not in acts_now(request, petition, now):
        messages.error(request, _("現在不能「%(act)s」：案件狀態已改變，或您沒有這項權限。") % {"act": wanted.label})
        return HttpResponseRedirect(back)
    if code == "draft" and "apply" in request.POST:
        return _with_template(request, petition, now)
    if code == "split" and "of" in request.POST:  # so many parts instead: what was typed stays
        again = SplitForm(None, initial=request.POST.dict(), petition=petition, on=day_of(now))
        return _form(request, petition, wanted, again, now, status=200)
    posted = request.method == "POST"
    initial = {"version": petition.case.version, "category": petition.category.code if petition.category else None}
    initial |= {key: request.GET[key] for key in ("category", "agency") if key in request.GET}
    files = request.FILES if posted else None
    form = FORMS[code](request.POST if posted else None, files, initial=initial, petition=petition, on=day_of(now))
    if posted and form.is_valid():
        following = next_after(request, back) if code in ADVANCING else ""
        try:
            result = wanted.do(petition, form.cleaned_data, request.user, now)
        except SomebodyWasFaster as refusal:
            return _faster(request, petition, wanted, refusal, now)
        except (CannotAct, CannotStoreFile, deadlines.CannotChangeClock) as refusal:
            form.add_error(None, refusal.sentence)
        else:
            if code == "contractor":  # told once, here and nowhere else
                _tell_link(request, str(result))
            return _done(request, petition, wanted, following, now)
    return _form(request, petition, wanted, form, now, status=422 if posted else 200)


def _tell_link(request: HttpRequest, token: str) -> None:
    url = request.build_absolute_uri(reverse("petitions:upload", args=[token]))
    messages.info(
        request,
        format_html('{} <code class="dk-once">{}</code>', _("把這個連結交給廠商，只顯示這一次，也只能用一次："), url),
    )


def _form(
    request: HttpRequest, petition: Petition, wanted: Act, form: forms.ActForm, now: datetime, *, status: int,
    **more: Any,
) -> HttpResponse:  # fmt: skip
    """The record with the act's form: the editor where it always stands, others above the citizen's words."""
    shown: dict[str, Any] = {"form": form, "act": wanted, **more}
    if wanted.code in ("draft", "submit"):
        shown = {"reply_form": form, **more}
        if form.is_bound and form.is_valid():
            shown["findings"] = findings(petition, form.cleaned_data["text"], form.cleaned_data["promised_on"], now)
    answer = render(request, "petitions/desk/record.html", context(request, petition, now, **shown), status=status)
    if request.method == "POST":
        answer["HX-Push-Url"] = "false"  # a form that is shown again has no address of its own
    return answer


def _done(request: HttpRequest, petition: Petition, act: Act, following: str, now: datetime) -> HttpResponse:
    """Say what was done, and show the next to-do where this one has left the list."""
    here = reverse("petitions:record", args=[petition.case.reference])
    if following and following != here:
        link = format_html('<a class="govuk-notification-banner__link" href="{}">{}</a>', here, petition.case)
        messages.success(request, format_html("{} {}", act.done, link))
        return HttpResponseRedirect(following)
    messages.success(request, str(act.done))
    visible = queries.visible_to(request.user, now).filter(pk=petition.pk).exists()
    return HttpResponseRedirect(here if visible else reverse("worklist:list"))


def _faster(
    request: HttpRequest, petition: Petition, act: Act, refusal: SomebodyWasFaster, now: datetime
) -> HttpResponse:
    """409: what changed meanwhile, and what was typed; sending once more is then a decision, not an accident."""
    fresh = _petition(request, petition.case.reference, now)
    typed = request.POST.copy()
    typed["version"] = str(fresh.case.version)
    more: dict[str, Any] = {"faster": refusal.changes}
    if (saved := refusal.saved) is not None:
        typed["draft_version"] = str(saved.version)
        more |= {"saved": saved, "difference": difference(saved.text, typed.get("text", ""))}
    form = FORMS[act.code](typed, initial={}, petition=fresh, on=day_of(now))
    return _form(request, fresh, act, form, now, status=409, **more)


def _with_template(request: HttpRequest, petition: Petition, now: datetime) -> HttpResponse:
    """The editor with a template: in place of nothing, or below what is written already. Nothing is saved."""
    typed = request.POST.copy()
    chosen = next(
        (
            one
            for one in forms.templates_for(petition, handling.stage_now(petition))
            if one.code == request.POST.get("pick")
        ),
        None,
    )
    if chosen:
        written = typed.get("text", "").strip()
        so_far = forms.ReplyForm(typed, petition=petition, on=day_of(now))
        so_far.is_valid()
        day = so_far.cleaned_data.get("promised_on")
        text = filled(chosen.text, petition, {"完成日": as_date(day, year=False)} if day else None)
        typed["text"] = f"{written}\n\n{text}" if written else text
        typed["template"] = chosen.code
        typed["outcome"] = typed.get("outcome") or chosen.outcome
    form = forms.ReplyForm(typed, petition=petition, on=day_of(now))
    return _form(request, petition, ACTS["draft"], form, now, status=200)


@requires("petitions.handle")
@require_POST
def check_reply(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """What the reply is looked through for, as it is typed: a piece of the editor."""
    now = timezone.now()
    petition = _petition(request, reference, now)
    if not queries.may_do(request.user, "petitions.handle", petition, now):
        raise Http404
    form = forms.ReplyForm(request.POST, petition=petition, on=day_of(now))
    form.is_valid()
    given = form.cleaned_data
    found = findings(petition, given.get("text", ""), given.get("promised_on"), now)
    return render(request, "petitions/desk/_checks.html", {"findings": found, "case": petition.case})


@requires("petitions.reporter.read")
@form_once
def look(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Show the reporter's contact data once, for a stated purpose; the look is written down."""
    now = timezone.now()
    petition = _petition(request, reference, now)
    if petition.case.requester is None or not queries.may_see_reporter(request.user, petition, now):
        raise Http404
    form = forms.LookForm(request.POST or None, petition=petition, on=day_of(now))
    if request.method == "POST" and form.is_valid():
        audit.looked_at(petition.case, by=request.user, at=now, what=f"reporter:{form.cleaned_data['purpose']}")
        shown: dict[str, Any] = {"reporter": petition.case.requester}
    else:
        shown = {"look_form": form}
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "petitions/desk/record.html", context(request, petition, now, **shown), status=status)


@requires(*READERS)
def timeline(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Everything that happened, on a page that prints."""
    now = timezone.now()
    petition = _petition(request, reference, now)
    return render(request, "petitions/desk/timeline.html", context(request, petition, now))


@requires(*READERS)
def sheet(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The record on one page of paper; that it was printed is written down."""
    now = timezone.now()
    petition = _petition(request, reference, now)
    try:
        document = papers.sheet(petition, at=now)
    except papers.CannotMakePaper as refusal:
        messages.warning(request, refusal.sentence)
        return HttpResponseRedirect(reverse("petitions:timeline", args=[reference]))
    audit.record("petition.printed", petition.case, by=request.user, at=now)
    response = HttpResponse(document, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{petition.case.number or "report"}.pdf"'
    return response


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
            "case__status__in": wanted["status"],
            "category__code": wanted["category"],
            "category__group": wanted["group"],
            "case__channel": wanted["channel"],
            "case__agency__code": wanted["agency"],
        }
        petitions = petitions.filter(**{name: value for name, value in conditions.items() if value})
        if wanted["cell"]:
            petitions = statistics.behind(petitions, wanted["cell"], at=now)
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
    waiting = Referral.objects.filter(answered_at=None).select_related("forwarder__agency")
    rows = rows.prefetch_related(Prefetch("referrals", deadline_queries.with_due(waiting), to_attr="awaited"))
    page = LongPaginator(rows, 50, by_words=bool(request.GET.get("q"))).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "filtered": bool(request.GET),
        "may_export": _may_export(request, now),
        "stopped": automatic.settings() if allowed(request, "petitions.dispatch") else None,
        "may_watch": allowed(request, "petitions.automatic.read"),
        "now": now,
    }
    return render(request, "petitions/desk/list.html", context)


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
    channels = {one.value: str(one.label) for one in Channel}  # said once, not for each of a million rows
    statuses = {one.value: str(one.label) for one in Status}
    for petition in rows.iterator(chunk_size=500):
        case = petition.case
        yield [
            case.number or "",
            case.opened_on,
            case.title,
            petition.category.label if petition.category else "",
            case.place.district_name if case.place else "",
            channels[case.channel],
            case.agency.label if case.agency else "",
            case.unit.label if case.unit else "",
            statuses[case.status],
        ]
