"""Transfers at the desk: passed on by operators, their fates, the agencies' letters and answers, interviews."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires
from cityhall.web.charts import month_name

from .. import forms, transfers
from ..models import Transfer, TransferLetter
from ..queries import ANSWER, DESK, READ, TRANSFERS
from ..refusals import CannotContact
from ..states import TransferFate
from .desk import at_desk, one_of

TONES = {TransferFate.ANSWERED: "green", TransferFate.BUSY: "red", TransferFate.NO_ANSWER: "red"}


@requires(DESK)
@form_once
def pass_on(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """轉接機關, from the directory, with whether it is at work now."""
    contact, now = one_of(reference), timezone.now()
    form = forms.TransferForm(request.POST if request.method == "POST" else None, on=day_of(now))

    def do(given: dict[str, Any]) -> str:
        row = transfers.pass_on(contact, given["agency"], kind=given["kind"], by=request.user, at=now)
        return _("已轉接%(agency)s，請撥 %(phone)s。") % {"agency": row.agency.label, "phone": row.agency.phone}

    hours = (
        _("現在是上班時間。")
        if transfers.open_now(now)
        else _("現在不是上班時間（工作天上午8時到下午5時30分），只能暖轉接。")
    )
    return act_page(
        request, form=form, title=_("轉接機關"), button=_("轉接這一通"), do=do, back=(at_desk(contact), contact.number),
        to=at_desk(contact), refused=CannotContact, lead=hours,
    )  # fmt: skip


@requires(DESK)
@form_once
def fate(request: HttpRequest, pk: int) -> HttpResponse:
    """登錄轉接的結果, where the operator heard it."""
    row, now = get_object_or_404(Transfer.objects.select_related("contact", "agency"), pk=pk), timezone.now()

    def do(given: dict[str, Any]) -> str:
        transfers.tell_fate(row, fate=given["fate"], seconds=None, by=request.user, at=now)
        return _("已記下轉接的結果。")

    return act_page(
        request, form=forms.FateForm(request.POST if request.method == "POST" else None), title=_("登錄轉接的結果"),
        button=_("記下"), do=do, back=(at_desk(row.contact), row.contact.number), to=at_desk(row.contact),
        refused=CannotContact, summary=[(_("機關"), row.agency.label)],
    )  # fmt: skip


@requires(DESK)
@form_once
def interview(request: HttpRequest, pk: int) -> HttpResponse:
    """追蹤訪問: handling and attitude."""
    row, now = get_object_or_404(Transfer.objects.select_related("contact", "agency"), pk=pk), timezone.now()
    back = reverse("contacts:one", args=[row.contact.reference])

    def do(given: dict[str, Any]) -> str:
        transfers.record_interview(row, by=request.user, at=now, **given)
        return _("已記下訪問。")

    return act_page(
        request, form=forms.InterviewForm(request.POST if request.method == "POST" else None), title=_("追蹤訪問"),
        button=_("記下"), do=do, back=(back, row.contact.number), to=back, refused=CannotContact,
        lead=_("只訪問接通當時同意受訪的人。"), summary=[(_("機關"), row.agency.label)],
    )  # fmt: skip


# ---- what agencies see -----------------------------------------------------------------------------------------------


def _mine(request: HttpRequest) -> QuerySet[Transfer]:
    """The commission's all; an agency's its own."""
    reach = directory.reach(request.user, TRANSFERS, timezone.now())
    return Transfer.objects.filter(reach.within(person="", unit=""))


def _letters(request: HttpRequest) -> QuerySet[TransferLetter]:
    reach = directory.reach(request.user, TRANSFERS, timezone.now())
    return TransferLetter.objects.filter(reach.within(person="", unit="")).select_related("agency", "answered_by")


def _filtered(request: HttpRequest) -> tuple[forms.TransferFilter, QuerySet[Transfer]]:
    rows = _mine(request)
    agencies = Agency.objects.filter(pk__in=rows.order_by().values("agency")).order_by("code")
    form = forms.TransferFilter(request.GET or None, agencies=agencies)
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["agency"]:
            rows = rows.filter(agency=wanted["agency"])
        if wanted["fate"]:
            rows = rows.filter(fate=wanted["fate"])
        if wanted["first"]:
            rows = rows.filter(on__gte=wanted["first"])
        if wanted["last"]:
            rows = rows.filter(on__lte=wanted["last"])
    return form, rows.select_related("agency", "contact").order_by("-at", "-id")


@requires(TRANSFERS)
def index(request: HttpRequest) -> HttpResponse:
    """The transfers with their fates, and the letters of the last months."""
    form, rows = _filtered(request)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.tone = TONES.get(TransferFate(row.fate), "")
    context = {
        "form": form,
        "page": page,
        "filtered": bool(request.GET),
        "letters": [(one, month_name(one.month)) for one in _letters(request).order_by("-month", "agency__code")[:40]],
        "reads": allowed(request, READ),
        "today": day_of(timezone.now()),
    }
    return render(request, "contacts/transfers.html", context, status=422 if form.is_bound and form.errors else 200)


COLUMNS = (
    gettext_lazy("接觸編號"), gettext_lazy("機關"), gettext_lazy("轉接時間"), gettext_lazy("轉接方式"),
    pgettext_lazy("transfer", "結果"), gettext_lazy("響鈴秒數"),
)  # fmt: skip


@requires(TRANSFERS)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered transfers as CSV, ODS or XLSX. Written down."""
    now = timezone.now()
    _form, rows = _filtered(request)
    audit.record("contact.transfers_exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    name = f"transfers-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    return downloads.sheet(kind, name, [str(one) for one in COLUMNS], _cells(rows))


def _cells(rows: QuerySet[Transfer]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=1000):
        yield [
            row.contact.number, row.agency.label, f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}", row.get_kind_display(),
            row.get_fate_display(), row.seconds,
        ]  # fmt: skip


@requires(TRANSFERS)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One month of an agency: what did not get through, and what it does about it."""
    found = _letters(request).filter(pk=pk).first()
    if found is None:
        raise Http404
    may_answer = directory.reach(request.user, ANSWER, timezone.now()).covers(agency=found.agency)
    context = {
        "one": found,
        "month": month_name(found.month),
        "rows": list(found.transfers.select_related("contact").order_by("at", "pk")[:500]),
        "may_answer": may_answer and found.answered_at is None,
        "today": day_of(timezone.now()),
    }
    return render(request, "contacts/letter.html", context)


@requires(ANSWER)
@form_once
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """機關回復."""
    now = timezone.now()
    found = get_object_or_404(TransferLetter.objects.select_related("agency"), pk=pk)
    if not directory.reach(request.user, ANSWER, now).covers(agency=found.agency):
        raise Http404
    back = reverse("contacts:letter", args=[pk])

    def do(given: dict[str, Any]) -> str:
        transfers.answer_letter(found, text=given["answer"], by=request.user, at=now)
        return _("已回復，謝謝。")

    return act_page(
        request, form=forms.AnswerForm(request.POST if request.method == "POST" else None), title=_("回復轉接未接通的改善"),
        button=_("送出回復"), do=do, back=(back, month_name(found.month)), to=back, refused=CannotContact,
        summary=[(_("月份"), month_name(found.month)), (_("未接通的轉接"), found.many)],
    )  # fmt: skip
