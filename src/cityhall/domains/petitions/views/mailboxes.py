"""機關信箱: each agency that has an address, how its mailbox is read, and whether that works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from cityhall.engines.directory.models import Agency
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.engines.mailbox.models import MailFolder, MailMessage
from cityhall.engines.mailbox.states import Trouble
from cityhall.web.access import requires
from cityhall.web.forms import Form

from ..forms import mail as mail_forms
from ..forms.mailboxes import MailboxForm
from ..models import AgencyMailbox
from ..services import mail, mailboxes
from ..services.mailboxes import CannotReadMailbox, Settings

SENDERS = "petitions.mail.senders"


@dataclass(frozen=True)
class Line:
    """One agency's mailbox in the list."""

    agency: Agency
    address: str
    row: AgencyMailbox | None
    folder: MailFolder | None
    messages: int
    last: Any

    @property
    def trouble(self) -> str:
        """What is wrong, in a sentence; empty where nothing is."""
        failing = self.row is not None and self.row.paused_at is None and self.folder is not None and self.folder.kind
        return str(Trouble(self.folder.kind).label) if failing and self.folder else ""


def _lines() -> list[Line]:
    agencies = mail.with_mailbox()
    rows = {row.agency_id: row for row in AgencyMailbox.objects.select_related("agency")}
    names = {row.pk: mailboxes.folder_name(row) for row in rows.values()}
    folders = {one.name: one for one in MailFolder.objects.filter(name__in=names.values())}
    addresses = {agency.pk: mail.address_of(agency) for agency in agencies}
    counted = (
        MailMessage.objects.filter(box__in=addresses.values())
        .values("box")
        .annotate(n=Count("pk"), last=Max("received_at"))
    )
    known = {one["box"]: (one["n"], one["last"]) for one in counted}
    found = []
    for agency in agencies:
        row = rows.get(agency.pk)
        n, last = known.get(addresses[agency.pk], (0, None))
        found.append(Line(agency, addresses[agency.pk], row, folders.get(names[row.pk]) if row else None, n, last))
    return sorted(found, key=lambda one: (not one.trouble, one.row is None, one.agency.order, one.agency.code))


@requires(SENDERS)
def index(request: HttpRequest) -> HttpResponse:
    """Those in trouble first, then those that are read, then the others."""
    return render(request, "petitions/desk/mail/mailboxes.html", {"lines": _lines()})


def _agency(code: str) -> Agency:
    found = next((agency for agency in mail.with_mailbox() if agency.code == code), None)
    if found is None:
        raise Http404
    return found


def _row(code: str) -> AgencyMailbox:
    found = AgencyMailbox.objects.select_related("agency").filter(agency__code=code).first()
    if found is None:
        raise Http404
    return found


@requires(SENDERS)
@sensitive_post_parameters("password")
@form_once
def one(request: HttpRequest, code: str) -> HttpResponse:
    """設定收信 of one mailbox."""
    now, agency = timezone.now(), _agency(code)
    row = AgencyMailbox.objects.filter(agency=agency).first()
    names = ("host", "port", "security", "user", "folder", "move")
    initial = {name: getattr(row, name) for name in names} if row else {"user": mail.address_of(agency)}

    def do(given: dict[str, Any]) -> str:
        mailboxes.keep(agency, Settings(**given), by=account_of(request), at=now)
        return _("已儲存「%(agency)s」的收信設定；下次收信（兩分鐘內）開始用。按「試收」可以先看行不行。") % {
            "agency": agency.label
        }

    to = reverse("petitions:mailboxes")
    return act_page(
        request, form=MailboxForm(request.POST or None, initial=initial, kept=row is not None),
        title=_("%(agency)s信箱的收信設定") % {"agency": agency.label}, button=_("儲存"), do=do, back=(to, _("機關信箱")), to=to,
        refused=CannotReadMailbox, summary=[(_("信箱地址"), mail.address_of(agency))],
        lead=_("系統每兩分鐘用這個帳號收一次信，寫給這個信箱的反映預設由這個機關辦理。信箱地址在機關目錄裡修改。"),
    )  # fmt: skip


@requires(SENDERS)
@form_once
def pause(request: HttpRequest, code: str) -> HttpResponse:
    """停止收信."""
    now, row = timezone.now(), _row(code)

    def do(given: dict[str, Any]) -> str:
        mailboxes.pause(row, reason=given["reason"], by=account_of(request), at=now)
        return _("已停止收「%(agency)s」的信；信留在郵件伺服器上，恢復後會收進來。") % {"agency": row.agency.label}

    to = reverse("petitions:mailboxes")
    return act_page(
        request, form=mail_forms.ReasonForm(request.POST or None),
        title=_("停止收%(agency)s信箱的信") % {"agency": row.agency.label}, button=_("停止收信"), do=do,
        back=(to, _("機關信箱")), to=to, refused=CannotReadMailbox,
    )  # fmt: skip


@requires(SENDERS)
@form_once
def resume(request: HttpRequest, code: str) -> HttpResponse:
    """恢復收信."""
    now, row = timezone.now(), _row(code)

    def do(_given: dict[str, Any]) -> str:
        mailboxes.resume(row, by=account_of(request), at=now)
        return _("已恢復收「%(agency)s」的信。") % {"agency": row.agency.label}

    to = reverse("petitions:mailboxes")
    return act_page(
        request, form=Form(request.POST if request.method == "POST" else None),
        title=_("恢復收%(agency)s信箱的信") % {"agency": row.agency.label}, button=_("恢復收信"), do=do,
        back=(to, _("機關信箱")), to=to, refused=CannotReadMailbox,
    )  # fmt: skip


@requires(SENDERS)
@require_POST
def try_out(request: HttpRequest, code: str) -> HttpResponse:
    """試收: open it, take nothing, say how it went."""
    row = _row(code)
    found, trouble = mailboxes.try_out(row)
    if trouble:
        messages.error(request, _("「%(agency)s」：%(why)s。") % {"agency": row.agency.label, "why": trouble.label})
    else:
        words = ngettext(
            "「%(agency)s」可以收信，資料夾裡有%(n)s封。", "「%(agency)s」可以收信，資料夾裡有%(n)s封。", found
        )
        messages.success(request, words % {"agency": row.agency.label, "n": found})
    return HttpResponseRedirect(reverse("petitions:mailboxes"))
