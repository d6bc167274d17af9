"""The 收文簿: letters are stamped, typed with the scan beside the form, put to a case, or set aside."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.db.models.functions import TruncDate
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import AgencyKind
from cityhall.engines.files import downloads
from cityhall.engines.files import queries as files
from cityhall.engines.files.models import StoredFile
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.engines.worklist import services as todo_acts
from cityhall.foundation.clock import TAIPEI, at, day_of, end_of_day, start_of_day
from cityhall.web.access import allowed, requires
from cityhall.web.dates import as_datetime
from cityhall.web.forms import Form

from .. import letter_book, locating, queries, slips
from ..forms import received as forms
from ..forms.intake import LETTER
from ..letter_book import KEEP, READ
from ..models import ReceivedLetter
from ..papers import CannotMakePaper
from ..services import filing, received
from ..services.filing import Submission, Who
from ..services.received import Stamp
from ..states import LetterFate
from .intake import questions_of, still_to_ask, where_of

FACE = "petitions/desk/received/"


# ---- the book --------------------------------------------------------------------------------------------------------


def _filtered(request: HttpRequest, now: datetime) -> tuple[forms.BookFilter, QuerySet[ReceivedLetter]]:
    form = forms.BookFilter(request.GET or None)
    rows = (
        letter_book.visible_to(request.user, now)
        .select_related("desk", "petition__case")
        .order_by("-received_at", "-pk")
    )
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"].strip():
            rows = letter_book.found(rows, wanted["q"].strip())
        for name in ("fate", "way"):
            if wanted[name]:
                rows = rows.filter(**{name: wanted[name]})
        if wanted["first"]:
            rows = rows.filter(received_at__gte=start_of_day(wanted["first"]))
        if wanted["last"]:
            rows = rows.filter(received_at__lt=end_of_day(wanted["last"]))
        if wanted["late"]:
            rows = rows.annotate(
                came=TruncDate("received_at", tzinfo=TAIPEI), typed=TruncDate("entered_at", tzinfo=TAIPEI)
            ).filter(typed__gt=F("came"))
    return form, rows


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """Every letter with its stamp, newest first; what waits to be typed stands above, as a link."""
    now = timezone.now()
    form, rows = _filtered(request, now)
    everything = letter_book.visible_to(request.user, now)
    context = {
        "form": form,
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "filtered": bool(request.GET),
        "waiting": everything.filter(fate=LetterFate.WAITING).count(),
        "today": everything.filter(received_at__gte=start_of_day(day_of(now))).count(),
        "keeps": allowed(request, KEEP),
    }
    return render(request, f"{FACE}list.html", context)


COLUMNS = (
    gettext_lazy("收文號"), gettext_lazy("收文時間"), gettext_lazy("收文機關"), gettext_lazy("怎麼送來的"),
    gettext_lazy("掛號號碼"), gettext_lazy("郵戳日"), gettext_lazy("頁數"), gettext_lazy("登錄時間"),
    gettext_lazy("晚幾天登錄"), gettext_lazy("處理情形"), gettext_lazy("案件編號"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered book as CSV, ODS or XLSX: without senders, and written down."""
    now = timezone.now()
    _form, rows = _filtered(request, now)
    audit.record("petition.letters_exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    name = f"received-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    return downloads.sheet(kind, name, [str(column) for column in COLUMNS], _cells(rows))


def _cells(rows: QuerySet[ReceivedLetter]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=500):
        yield [
            row.number, f"{timezone.localtime(row.received_at, TAIPEI):%Y-%m-%d %H:%M}", row.desk.label,
            row.get_way_display(), row.registered_number, row.postmark_on, row.pages,
            f"{timezone.localtime(row.entered_at, TAIPEI):%Y-%m-%d %H:%M}", row.days_late, row.get_fate_display(),
            (row.petition.case.number or "") if row.petition else "",
        ]  # fmt: skip


# ---- the stamp -------------------------------------------------------------------------------------------------------


def _desks(request: HttpRequest, now: datetime) -> QuerySet[Agency]:
    """The agencies whose letters somebody may stamp."""
    reach = directory.reach(request.user, KEEP, now)
    ours = Agency.objects.at_work().exclude(kind=AgencyKind.OUTSIDE_BODY).order_by("order", "code")
    return ours if reach.everywhere else ours.filter(pk__in=reach.agencies)


def _own_desk(request: HttpRequest, now: datetime) -> str:
    seat = directory.appointments_of(request.user, day_of(now)).select_related("agency").first()
    return seat.agency.code if seat else ""


def _stamp(given: dict[str, Any]) -> Stamp:
    clock = given["clock"]
    return Stamp(
        desk=given["desk"], way=given["way"], received_at=at(given["received_on"], clock.hour, clock.minute),
        pages=given["pages"], sender_name=given["sender_name"], sender_address=given["sender_address"],
        registered_number=given["registered_number"], postmark_on=given["postmark_on"],
    )  # fmt: skip


@requires(KEEP)
@form_once
def add(request: HttpRequest) -> HttpResponse:
    """收文: the stamp and the scan; what comes next is the typing, with the scan beside it."""
    now = timezone.now()
    posted = request.method == "POST"
    initial = {
        "desk": _own_desk(request, now), "received_on": day_of(now), "way": "POST", "pages": 1,
        "clock": f"{timezone.localtime(now, TAIPEI):%H:%M}",
    }  # fmt: skip
    form = forms.StampForm(
        request.POST if posted else None, request.FILES if posted else None, desks=_desks(request, now), initial=initial
    )
    if posted and form.is_valid():
        given = form.cleaned_data
        try:
            letter = received.register(
                _stamp(given), scans=given["scans"], old_is_right=given["old_is_right"], by=request.user, at=now
            )
        except (CannotAct, CannotStoreFile) as refusal:
            form.add_error("scans" if isinstance(refusal, CannotStoreFile) else "received_on", str(refusal))
        else:
            messages.success(request, _("已收文：%(number)s。") % {"number": letter.number})
            return HttpResponseRedirect(reverse("petitions:type_letter", args=[letter.reference]))
    return render(request, f"{FACE}add.html", {"form": form}, status=422 if posted else 200)


# ---- one letter ------------------------------------------------------------------------------------------------------


def _readable(request: HttpRequest, reference: uuid.UUID, now: datetime) -> ReceivedLetter:
    found = ReceivedLetter.objects.select_related("desk", "petition__case", "entered_by", "decided_by").filter(
        reference=reference
    )
    letter = found.first()
    if letter is None or not letter_book.may_read(request.user, letter, now):
        raise Http404
    return letter


def _kept(request: HttpRequest, reference: uuid.UUID, now: datetime) -> ReceivedLetter:
    letter = (
        letter_book.visible_to(request.user, now, KEEP)
        .select_related("desk", "petition__case")
        .filter(reference=reference)
        .first()
    )
    if letter is None:
        raise Http404
    return letter


def _context(request: HttpRequest, letter: ReceivedLetter, now: datetime) -> dict[str, Any]:
    twins = letter_book.twins(letter)
    return {
        "one": letter,
        "scans": list(files.of(letter)),
        "twins": twins.filter(pk__in=letter_book.visible_to(request.user, now).values("pk"))[:5],
        "desk": letter_book.visible_to(request.user, now).filter(pk=letter.pk).exists(),
        "keeps": letter_book.visible_to(request.user, now, KEEP).filter(pk=letter.pk).exists(),
        "case": letter.petition.case if letter.petition else None,
        "readable": letter.petition and queries.visible_to(request.user, now).filter(pk=letter.petition_id).exists(),
    }


@requires(READ, "petitions.reporter.read")
@csp_update({"frame-src": [SELF]})
def one(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One letter: its stamp, its scan, what became of it. That it was read is written down."""
    now = timezone.now()
    letter = _readable(request, reference, now)
    audit.looked_at(letter, by=request.user, at=now, what="letter")
    todo_acts.mark_seen_by(letter, request.user, at=now)
    return render(request, f"{FACE}one.html", _context(request, letter, now))


@requires(READ, "petitions.reporter.read")
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})
def scan(request: HttpRequest, reference: uuid.UUID, scan: uuid.UUID) -> HttpResponseBase:
    """One scan, shown in the page: pictures are drawn anew by us, a PDF with script in it was refused."""
    now = timezone.now()
    letter = _readable(request, reference, now)
    stored: StoredFile | None = files.of(letter).filter(reference=scan).first()
    if stored is None or not stored.path.exists():
        raise Http404
    audit.looked_at(letter, by=request.user, at=now, what="letter:scan")
    response = FileResponse(stored.path.open("rb"), content_type=stored.media_type)
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@requires(READ, "petitions.reporter.read")
def slip(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """收文單, to print."""
    now = timezone.now()
    letter = _readable(request, reference, now)
    try:
        made = slips.slip(letter, at=now)
    except CannotMakePaper as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(reverse("petitions:received_letter", args=[reference]))
    audit.record("petition.letter_slip", letter, by=request.user, at=now)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="letter-{letter.year}-{letter.serial:06}.pdf"'
    return response


@requires(KEEP)
@form_once
@csp_update({"frame-src": [SELF]})
def type_letter(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """登打: the scan beside the form; a second look asks the category's questions and which of several places is meant."""
    now = timezone.now()
    letter = _kept(request, reference, now)
    if letter.fate != LetterFate.WAITING:
        return HttpResponseRedirect(reverse("petitions:received_letter", args=[reference]))
    if request.method != "POST":
        audit.looked_at(letter, by=request.user, at=now, what="letter")
        todo_acts.mark_seen_by(letter, request.user, at=now)
    posted = request.method == "POST"
    code = request.POST.get("category", "")
    spots = locating.find(request.POST.get("place", "").strip()) if posted and request.POST.get("place") else []
    form = forms.LetterForm(
        request.POST if posted else None, on=day_of(now), spots=spots if len(spots) > 1 else (),
        questions=questions_of(code) if posted else (),
        initial={"name": letter.sender_name, "address": letter.sender_address},
    )  # fmt: skip
    status = 422 if posted else 200
    if posted and "look" in request.POST:
        form.is_valid()
        form.errors.clear()
        status = 200
    elif posted and form.is_valid() and not still_to_ask(request, form, spots):
        try:
            petition = _file(request, letter, form, spots, now)
        except (CannotAct, CannotIssueCode) as refusal:
            form.add_error(None, str(getattr(refusal, "sentence", refusal)))
        else:
            case = petition.case
            messages.success(
                request,
                _("已成案，案件編號%(number)s。請列印收文單，放在原件上。") % {"number": case.number}
                if case.is_confirmed
                else _("已登錄，還沒有成案：等對方輸入驗證碼，或由 1999 回電確認。"),
            )
            return HttpResponseRedirect(reverse("petitions:received_letter", args=[reference]))
    danger = filing.danger_words(request.POST.get("text", ""), at=now) if posted else ()
    context = {**_context(request, letter, now), "form": form, "asked": code, "danger": danger}
    return render(request, f"{FACE}type.html", context, status=status)


def _file(request: HttpRequest, letter: ReceivedLetter, form: Any, spots: list[locating.Spot], now: datetime) -> Any:
    data = form.cleaned_data
    who = Who(
        name=data["name"], email=data["email"], phone=data["phone"], address=data["address"],
        wants_letter=bool(data["address"]) and not data["email"],
    )  # fmt: skip
    submission = Submission(
        text=data["text"], channel="LETTER", who=who, where=where_of(form, spots),
        language="en" if (get_language() or "").startswith("en") else "zh-hant",
        category=data["category"].code if data["category"] else "", answers=form.answers,
        keep_identity_secret=data["secret"],
    )  # fmt: skip
    return received.file_letter(letter, submission, named=data["verified"] == LETTER, by=request.user, at=now)


# ---- what else may become of it --------------------------------------------------------------------------------------


def _page(
    request: HttpRequest, reference: uuid.UUID, form: Callable[[ReceivedLetter, datetime], Form], title: str,
    button: str, do: Callable[[ReceivedLetter, dict[str, Any], datetime], str],
) -> HttpResponse:  # fmt: skip
    now = timezone.now()
    letter = _kept(request, reference, now)
    back = reverse("petitions:received_letter", args=[reference])
    return act_page(
        request, form=form(letter, now), title=title, button=button, do=lambda given: do(letter, given, now),
        back=(back, letter.number), to=back, refused=(CannotAct, CannotStoreFile),
        summary=[(_("收文號"), letter.number), (_("收文時間"), as_datetime(letter.received_at, weekday=True))],
    )  # fmt: skip


@requires(KEEP)
@form_once
def correct(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """更正收文, with the reason."""

    def form(letter: ReceivedLetter, now: datetime) -> Form:
        received_at = timezone.localtime(letter.received_at, TAIPEI)
        initial = {
            "desk": letter.desk.code, "received_on": day_of(letter.received_at), "clock": f"{received_at:%H:%M}",
            "way": letter.way, "pages": letter.pages, "registered_number": letter.registered_number,
            "postmark_on": letter.postmark_on, "sender_name": letter.sender_name,
            "sender_address": letter.sender_address,
        }  # fmt: skip
        return forms.StampForm(request.POST or None, desks=_desks(request, now), correcting=True, initial=initial)

    def do(letter: ReceivedLetter, given: dict[str, Any], now: datetime) -> str:
        received.correct(
            letter, _stamp(given), reason=given["reason"], old_is_right=given["old_is_right"], by=request.user, at=now
        )
        return _("已更正，理由留在紀錄裡。")

    return _page(request, reference, form, _("更正收文"), _("更正"), do)


@requires(KEEP)
@form_once
def add_scans(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """補掃描."""

    def form(letter: ReceivedLetter, now: datetime) -> Form:
        return forms.ScansForm(request.POST or None, request.FILES or None)

    def do(letter: ReceivedLetter, given: dict[str, Any], now: datetime) -> str:
        received.add_scans(letter, scans=given["scans"], by=request.user, at=now)
        return _("已加入掃描檔。")

    return _page(request, reference, form, _("補掃描檔"), _("加入"), do)


@requires(KEEP)
@form_once
def attach(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """加到案件."""

    def do(letter: ReceivedLetter, given: dict[str, Any], now: datetime) -> str:
        received.add_to_case(letter, given["number"].petition, words=given["words"], by=request.user, at=now)
        return _("已加到案件，承辦人會看到。")

    return _page(
        request,
        reference,
        lambda letter, now: forms.AddForm(request.POST or None),
        _("把收文加進既有案件"),
        _("加到這件案子"),
        do,
    )


@requires(KEEP)
@form_once
def set_aside(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """不處理."""

    def do(letter: ReceivedLetter, given: dict[str, Any], now: datetime) -> str:
        received.set_aside(letter, reason=given["reason"], by=request.user, at=now)
        return _("已登錄為不處理，信件仍然保存。")

    return _page(
        request,
        reference,
        lambda letter, now: forms.AsideForm(request.POST or None),
        _("這件收文不處理"),
        _("不處理這封信"),
        do,
    )


@requires(KEEP)
@form_once
def take_up(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """收回 what was set aside."""

    def do(letter: ReceivedLetter, given: dict[str, Any], now: datetime) -> str:
        received.take_up(letter, by=request.user, at=now)
        return _("已收回，這封信待重新處理。")

    return _page(request, reference, lambda letter, now: Form(request.POST or None), _("收回這件收文"), _("收回"), do)
