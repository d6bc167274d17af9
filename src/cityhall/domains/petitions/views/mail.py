"""來信: every e-mail that came in, what became of it and why; the desk decides on what no rule knows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.files import downloads
from cityhall.engines.files import queries as files
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.engines.mailbox import forwards, imap, parsing
from cityhall.engines.mailbox import services as mailbox
from cityhall.engines.mailbox.models import MailMessage
from cityhall.engines.mailbox.states import DROPS, Fate, Why
from cityhall.engines.worklist import services as todo_acts
from cityhall.foundation.clock import day_of, end_of_day, start_of_day
from cityhall.web.access import allowed, requires
from cityhall.web.dates import as_date
from cityhall.web.forms import Form

from .. import queries
from ..forms import mail as forms
from ..models import Forwarder, Petition
from ..services import mail, words
from ..services.filing import LONGEST_PUBLIC, Who

READ, HANDLE, SENDERS = "petitions.mail.read", "petitions.mail.handle", "petitions.mail.senders"
WEEK = timedelta(days=7)


# ---- the list ----------------------------------------------------------------------------------------------------------


def _filtered(request: HttpRequest) -> tuple[forms.MailFilter, QuerySet[MailMessage]]:
    form, rows = (
        forms.MailFilter(request.GET or None, boxes=mail.with_mailbox()),
        MailMessage.objects.order_by("-received_at", "-pk"),
    )
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if q := wanted["q"].strip():
            rows = rows.filter(
                Q(sender__icontains=q) | Q(sender_name__icontains=q) | Q(subject__icontains=q) | Q(text__icontains=q)
            )
        for name in ("fate", "door"):
            if wanted[name]:
                rows = rows.filter(**{name: wanted[name]})
        if wanted["first"]:
            rows = rows.filter(received_at__gte=start_of_day(wanted["first"]))
        if wanted["last"]:
            rows = rows.filter(received_at__lt=end_of_day(wanted["last"]))
        if wanted["box"]:
            rows = rows.filter(box="" if wanted["box"] == forms.OUR_OWN else wanted["box"])
        if (why := request.GET.get("why", "")) in Why.values:
            rows = rows.filter(why=why)
    return form, _unsealed(rows)


def _unsealed(rows: QuerySet[MailMessage]) -> QuerySet[MailMessage]:
    """What became a petition for the ethics office is not on the desk's list of mail."""
    sealed = [str(pk) for pk in Petition.objects.filter(sealed=True).values_list("pk", flat=True)]
    return rows.exclude(about_type=mail.CASE, about_id__in=sealed) if sealed else rows


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """All messages, newest first; what waits for a person and what was dropped stand above, each a link."""
    now = timezone.now()
    form, rows = _filtered(request)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    lately = MailMessage.objects.filter(received_at__gt=now - WEEK)
    dropped = {
        str(row["why"]): row["n"]
        for row in lately.filter(fate=Fate.DROPPED).values("why").annotate(n=Count("pk")).order_by("-n")
    }
    context = {
        "form": form,
        "page": page,
        "filtered": bool(request.GET),
        "cases": _cases(page.object_list),
        "waiting": MailMessage.objects.filter(fate__in=[Fate.DESK, Fate.WAITING]).count(),
        "lately": lately.count(),
        "dropped": [(why, Why(why).label, dropped[why]) for why in dropped if why in DROPS],
        "folder": imap.own_folder(),
        "now": now,
    }
    return render(request, "petitions/desk/mail/list.html", context)


def _cases(messages: Any) -> dict[int, Case]:
    """The case of each message of a page, asked for once."""
    keys = {one.pk: int(one.about_id) for one in messages if one.about_type == mail.CASE and one.about_id.isdecimal()}
    found = Case.objects.in_bulk(set(keys.values()))
    return {pk: found[key] for pk, key in keys.items() if key in found}


COLUMNS = (
    gettext_lazy("收到時間"), gettext_lazy("怎麼來的"), gettext_lazy("主旨"), gettext_lazy("大小"), gettext_lazy("收到次數"),
    gettext_lazy("結果"), gettext_lazy("原因"), gettext_lazy("案件編號"), gettext_lazy("信箱"),
)  # fmt: skip


@requires(HANDLE)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered list as CSV, ODS or XLSX: without senders and words, and written down."""
    now = timezone.now()
    _form, rows = _filtered(request)
    audit.record("petition.mail_exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    name = f"mail-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    return downloads.sheet(kind, name, [str(column) for column in COLUMNS], _cells(rows))


def _cells(rows: QuerySet[MailMessage]) -> Iterator[list[Any]]:
    batch: list[MailMessage] = []
    for row in rows.iterator(chunk_size=500):
        batch.append(row)
        if len(batch) == 500:
            yield from _lines(batch)
            batch = []
    yield from _lines(batch)


def _lines(batch: list[MailMessage]) -> Iterator[list[Any]]:
    cases = _cases(batch)
    for row in batch:
        case = cases.get(row.pk)
        yield [
            timezone.localtime(row.received_at).replace(tzinfo=None), row.get_door_display(), words.unabused(row.subject, on_day=day_of(row.received_at)), row.size,
            row.copies, row.get_fate_display(), row.get_why_display(), case.number or "" if case else "", row.box,
        ]  # fmt: skip


# ---- one message -------------------------------------------------------------------------------------------------------


def _message(request: HttpRequest, reference: uuid.UUID, at: datetime) -> MailMessage:
    """The message, for the desk and for whoever may know the reporter of its case; for others it does not exist."""
    message = get_object_or_404(MailMessage, reference=reference)
    case = mail.case_of(message)
    sealed = case is not None and Petition.objects.filter(pk=case.pk, sealed=True).exists()
    if allowed(request, READ) and not sealed:
        return message
    seen = case and queries.visible_to(request.user, at).filter(pk=case.pk).first()
    if not seen or not queries.may_see_reporter(request.user, seen, at):
        raise Http404
    return message


@requires(READ, "petitions.reporter.read")
def one(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One message: who wrote what, what became of it step by step, its parts. That it was read is written down."""
    now = timezone.now()
    message = _message(request, reference, now)
    audit.looked_at(message, by=request.user, at=now, what="mail")
    todo_acts.mark_seen_by(message, request.user, at=now)
    taken = mailbox.mail_of(message)
    case = mail.case_of(message)
    handles = allowed(request, HANDLE)
    last = message.steps.order_by("-n").first()
    context = {
        "one": message,
        "case": case,
        "readable": case and queries.visible_to(request.user, now).filter(pk=case.pk).exists(),
        "parts": _parts(taken),
        "nested": [inner for inner in parsing.every(taken) if inner is not taken],
        "steps": message.steps.select_related("by__person"),
        "raw": files.mail_of(message),
        "may_decide": handles and mail.may_be_decided(message),
        "may_undo": handles and (message.fate == Fate.SET_ASIDE or _can_be_undone(message, last, case)),
        "referral": getattr(message, "referral", None),
        "desk": allowed(request, READ),
    }
    return render(request, "petitions/desk/mail/one.html", context)


def _can_be_undone(message: MailMessage, last: Any, case: Case | None) -> bool:
    if message.fate == Fate.ADDED:
        return bool(last and "addition" in last.payload)
    if message.fate != Fate.OPENED or case is None:
        return False
    return case.status == "AWAITING_CONFIRMATION" and not case.petition.referrals.exists()


def _parts(taken: parsing.Mail) -> list[dict[str, Any]]:
    """The attachments with the reason why one is not taken into a case."""
    from cityhall.engines.files.services import refusal

    attached = [part for inner in parsing.every(taken) for part in inner.attachments]
    return [
        {"n": n, "part": part, "refused": "" if part.is_tnef else refusal(part.content)}
        for n, part in enumerate(attached, start=1)
    ]


@requires(READ, "petitions.reporter.read")
def raw(request: HttpRequest, reference: uuid.UUID) -> HttpResponseBase:
    """The message byte for byte, to be saved; written down."""
    now = timezone.now()
    message = _message(request, reference, now)
    stored = files.mail_of(message)
    if stored is None or not stored.path.exists():
        raise Http404
    audit.looked_at(message, by=request.user, at=now, what="mail:raw")
    return _saved(FileResponse(stored.path.open("rb")), stored.name)


@requires(READ, "petitions.reporter.read")
def part(request: HttpRequest, reference: uuid.UUID, n: int) -> HttpResponseBase:
    """One attachment as it was sent, to be saved and never opened in our pages; written down."""
    now = timezone.now()
    message = _message(request, reference, now)
    found = next((row["part"] for row in _parts(mailbox.mail_of(message)) if row["n"] == n), None)
    if found is None:
        raise Http404
    audit.looked_at(message, by=request.user, at=now, what=f"mail:part:{n}")
    return _saved(HttpResponse(found.content), found.name)


def _saved(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Type"] = "application/octet-stream"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox"
    return response


# ---- deciding ----------------------------------------------------------------------------------------------------------

Do = Callable[[MailMessage, dict[str, Any], datetime], str]


def _page(
    request: HttpRequest, reference: uuid.UUID, form: Callable[[MailMessage, datetime], Form], title: str, button: str,
    do: Do,
) -> HttpResponse:  # fmt: skip
    now = timezone.now()
    message = get_object_or_404(MailMessage, reference=reference)
    back = reverse("petitions:mail_message", args=[reference])
    if request.method != "POST":
        audit.looked_at(message, by=request.user, at=now, what="mail")
    return act_page(
        request, form=form(message, now), title=title, button=button, do=lambda given: do(message, given, now),
        back=(back, words.unabused(message.subject, on_day=day_of(message.received_at)) or _("（沒有主旨）")), to=back, refused=(CannotAct, CannotIssueCode),  # type: ignore[arg-type]
        summary=[
            (_("寄件人"), f"{message.sender_name} {message.sender}".strip() or _("看不出是誰寄的")),
            (_("收到時間"), as_date(day_of(message.received_at))),
        ],
    )  # fmt: skip


@requires(HANDLE)
@form_once
def treat(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """當成反映: prefilled with what was read from the message."""

    def form(message: MailMessage, at: datetime) -> Form:
        taken = mailbox.mail_of(message)
        passed_on = mail.forwarder_of(message.sender, at)
        first = forwards.original(taken, not_from=frozenset({message.sender})) if passed_on else None
        initial = {
            "text": (first.text if first else message.text)[:LONGEST_PUBLIC],
            "name": first.sender.name if first else "" if passed_on else message.sender_name,
            "email": first.sender.email if first else "" if passed_on else message.sender,
            "phone": first.phone if first else "",
            "forwarder": passed_on,
            "document_number": forwards.document_number(taken) if passed_on else "",
        }
        return forms.OpenForm(request.POST or None, initial=initial, on=day_of(at))

    def do(message: MailMessage, given: dict[str, Any], at: datetime) -> str:
        who = Who(name=given["name"], email=given["email"], phone=given["phone"])
        mail.open_by_hand(
            message, text=given["text"], who=who, forwarder=given["forwarder"],
            document_number=given["document_number"], by=request.user, at=at,
        )  # fmt: skip
        return _("已成為反映；民眾完成驗證後成案。")

    return _page(request, reference, form, _("當成反映"), _("當成反映，寄出驗證"), do)


@requires(HANDLE)
@form_once
def attach(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """加到案件."""

    def form(message: MailMessage, at: datetime) -> Form:
        case = mail.case_of(message)
        return forms.AttachForm(request.POST or None, initial={"number": case.number if case else ""})

    def do(message: MailMessage, given: dict[str, Any], at: datetime) -> str:
        mail.attach_by_hand(message, given["number"].petition, by=request.user, at=at)
        return _("已加到案件，承辦人會看到。")

    return _page(request, reference, form, _("把來信加進既有案件"), _("加到這件案子"), do)


@requires(HANDLE)
@form_once
def set_aside(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """不處理."""

    def do(message: MailMessage, given: dict[str, Any], at: datetime) -> str:
        mail.set_aside(message, reason=given["reason"], by=request.user, at=at)
        return _("已登錄為不處理，信件仍然保存。")

    return _page(
        request,
        reference,
        lambda message, at: forms.ReasonForm(request.POST or None),
        _("這封來信不處理"),
        _("不處理這封信"),
        do,
    )


@requires(HANDLE)
@form_once
def undo(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """收回."""

    def do(message: MailMessage, given: dict[str, Any], at: datetime) -> str:
        mail.undo(message, reason=given["reason"], by=request.user, at=at)
        return _("已收回，這封信待重新處理。")

    return _page(
        request, reference, lambda message, at: forms.ReasonForm(request.POST or None), _("收回這封來信"), _("收回"), do
    )


# ---- who passes petitions on -------------------------------------------------------------------------------------------


@requires(SENDERS)
def forwarders(request: HttpRequest) -> HttpResponse:
    """The authorities whose mail counts as passed on, and the agencies' own mailboxes."""
    rows = Forwarder.objects.select_related("agency", "changed_by").annotate(
        all=Count("referrals"), waiting=Count("referrals", filter=Q(referrals__answered_at=None))
    )
    context = {"rows": rows, "today": day_of(timezone.now())}
    return render(request, "petitions/desk/mail/forwarders.html", context)


def _forwarder_page(request: HttpRequest, found: Forwarder | None) -> HttpResponse:
    now = timezone.now()
    initial = (
        {
            "address": found.address, "agency": found.agency.code, "working_days": found.working_days,
            "answer_to": found.answer_to, "ended_on": found.ended_on,
        }
        if found
        else {}
    )  # fmt: skip

    def do(given: dict[str, Any]) -> str:
        kept = mail.keep_forwarder(found, **given, by=request.user, at=now)
        return _("已儲存「%(address)s」。") % {"address": kept.address}

    to = reverse("petitions:forwarders")
    return act_page(
        request, form=forms.ForwarderForm(request.POST or None, initial=initial, on=day_of(now)),
        title=_("修改轉送來信的機關") if found else _("新增轉送來信的機關"), button=_("儲存"), do=do,
        back=(to, _("轉送來信的機關")), to=to, refused=CannotAct,
        lead=_("從這裡寄來的信，視為轉送民眾的陳情：找出原來的寄件人，回復時副知轉送的機關。"),
    )  # fmt: skip


@requires(SENDERS)
@form_once
def add_forwarder(request: HttpRequest) -> HttpResponse:
    """新增."""
    return _forwarder_page(request, None)


@requires(SENDERS)
@form_once
def forwarder(request: HttpRequest, pk: int) -> HttpResponse:
    """修改, 停用."""
    return _forwarder_page(request, get_object_or_404(Forwarder.objects.select_related("agency"), pk=pk))
