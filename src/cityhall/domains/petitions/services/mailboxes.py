"""機關信箱: the agencies' own mailboxes, each read by its own account; one in trouble is somebody's to-do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import InvalidToken
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.digests import decrypt, encrypt
from cityhall.engines.identity.models import Account
from cityhall.engines.mailbox import imap
from cityhall.engines.mailbox import rules as mail_rules
from cityhall.engines.mailbox.models import MailFolder
from cityhall.engines.mailbox.registry import Mailbox
from cityhall.engines.mailbox.states import Trouble
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..models import AgencyMailbox
from ..states import MailSecurity
from . import mail, todos


class CannotReadMailbox(CannotAct):
    """The settings cannot be used; the sentence says why."""


@dataclass(frozen=True)
class Settings:
    """How a mailbox is read; an empty password leaves the one that is kept."""

    host: str
    port: int
    security: str
    user: str
    password: str
    folder: str = "INBOX"
    move: str = ""


def box_of(row: AgencyMailbox) -> Mailbox:
    """The mailbox as the engine reads it. Raises InvalidToken where the installation's secret key was lost."""
    return Mailbox(
        host=row.host, port=row.port, user=row.user, password=decrypt(row.secret), folder=row.folder, move=row.move,
        tls=row.security == MailSecurity.TLS, starttls=row.security == MailSecurity.STARTTLS,
        address=mail_rules.base(row.agency.email),
    )  # fmt: skip


def boxes() -> list[Mailbox]:
    """Those that are read now: not paused, of agencies that have an address; without the key of a password none."""
    found = []
    rows = AgencyMailbox.objects.filter(paused_at=None).exclude(agency__email="").select_related("agency")
    for row in rows.order_by("pk"):
        try:
            found.append(box_of(row))
        except InvalidToken:
            continue
    return found


def folder_name(row: AgencyMailbox) -> str:
    """What the engine calls its folder."""
    return Mailbox(row.host, row.port, row.user, "", row.folder).name


@act
def keep(agency: Agency, given: Settings, *, by: Account, at: datetime) -> AgencyMailbox:
    """Set how an agency's mailbox is read, or change it. Raises CannotReadMailbox."""
    row = AgencyMailbox.objects.select_for_update().filter(agency=agency).first() or AgencyMailbox(agency=agency)
    if agency not in mail.with_mailbox():
        raise CannotReadMailbox(_("機關目錄裡還沒有這個機關的電子郵件地址，請先填。"))
    if given.security == MailSecurity.NONE and not imap.is_loopback(given.host):
        raise CannotReadMailbox(_("密碼不能不加密就送出去；只有本機的伺服器可以不加密。"))
    if not given.password and not row.secret:
        raise CannotReadMailbox(_("請填密碼。"))
    if not given.password and row.host and row.host != given.host:
        raise CannotReadMailbox(_("換了伺服器，請再填一次密碼；原來的密碼不會送到別的地方。"))
    row.host, row.port, row.security, row.user = given.host, given.port, given.security, given.user
    row.folder, row.move = given.folder, given.move
    same = AgencyMailbox.objects.exclude(pk=row.pk).filter(
        host=row.host, port=row.port, user=row.user, folder=row.folder
    )
    if same.exists():
        raise CannotReadMailbox(_("另一個機關已經用這個帳號收這個資料夾。"))
    if given.password:
        row.secret = encrypt(given.password)
    row.changed_by, row.changed_at = by, at
    row.save()
    told = {"host": row.host, "port": row.port, "security": row.security, "folder": row.folder, "move": row.move,
            "password_changed": bool(given.password)}  # fmt: skip
    audit.record("petition.mailbox_set", agency, by=by, at=at, new=told)
    MailFolder.objects.filter(name=folder_name(row)).update(failures=0)
    return row


@act
def pause(row: AgencyMailbox, *, reason: str, by: Account, at: datetime) -> None:
    """停止收信 until it is resumed; pausing twice is the same act."""
    row = AgencyMailbox.objects.select_for_update().get(pk=row.pk)
    if row.paused_at is None:
        row.paused_at, row.changed_by, row.changed_at = at, by, at
        row.save(update_fields=["paused_at", "changed_by", "changed_at"])
        audit.record("petition.mailbox_paused", row.agency, by=by, at=at, new={"reason": reason})
    todos.mailbox_done(row, at=at)


@act
def resume(row: AgencyMailbox, *, by: Account, at: datetime) -> None:
    """恢復收信: what came meanwhile is read at the next run."""
    row = AgencyMailbox.objects.select_for_update().get(pk=row.pk)
    if row.paused_at is not None:
        row.paused_at, row.changed_by, row.changed_at = None, by, at
        row.save(update_fields=["paused_at", "changed_by", "changed_at"])
        audit.record("petition.mailbox_resumed", row.agency, by=by, at=at)
        MailFolder.objects.filter(name=folder_name(row)).update(failures=0)


def try_out(row: AgencyMailbox) -> tuple[int, Trouble | None]:
    """Open it and mark nothing: how many messages lie in it, or what is wrong."""
    try:
        return imap.try_out(box_of(row)), None
    except imap.CannotRead as trouble:
        return 0, trouble.kind
    except InvalidToken:
        return 0, Trouble.LOGIN


def watch(at: datetime) -> int:
    """Every few minutes: who failed too often in a row becomes a to-do of the desk, and is none any more once it is read."""
    most = parameter("petitions.mailbox_failures", on=day_of(at)).value
    rows = {folder_name(row): row for row in AgencyMailbox.objects.select_related("agency")}
    folders = {one.name: one for one in MailFolder.objects.filter(name__in=rows)}
    failing = 0
    for name, row in rows.items():
        folder = folders.get(name)
        if row.paused_at is None and folder is not None and folder.failures >= most:
            failing += 1
            todos.wait_for_mailbox(row, detail=str(Trouble(folder.kind).label), at=at)
        else:
            todos.mailbox_done(row, at=at)
    return failing
