"""中央轉來案件 by file: each row becomes a case by the product's own acts, with the clock of whoever passed it on."""

from __future__ import annotations

import io
from datetime import date, datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.cases import services as cases
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.files import imports, sheets
from cityhall.engines.files import services as files
from cityhall.engines.files.imports import ImportKind, Reading
from cityhall.engines.files.models import ImportRow, RowState, SheetImport
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.files.sheets import Column
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..models import Forwarder, ImportedPetition, Petition
from . import filing, handling, referrals
from .filing import LONGEST_PUBLIC, Submission, Where, Who
from .imports import Archive, CannotOpenArchive, listed, touched, touched_ones, turned
from .mail import CHINESE, place_in

CODE = "petitions.central"
CONTACT = ("email", "phone", "address")
COLUMNS = (
    Column("number", gettext_lazy("轉來案號"), sheets.text(40), required=True, aliases=("案號", "案件編號", "來文字號", "公文文號")),
    Column("received_on", gettext_lazy("收文日"), sheets.day, required=True, aliases=("收件日", "受理日期", "收文日期", "來文日期")),
    Column("due_on", gettext_lazy("限辦日"), sheets.day, aliases=("限辦日期", "期限", "應回復日", "回復期限")),
    Column("name", gettext_lazy("姓名"), sheets.text(60), aliases=("陳情人", "陳情人姓名", "民眾姓名")),
    Column("email", gettext_lazy("電子郵件"), sheets.email, aliases=("email", "e-mail", "信箱", "電子信箱")),
    Column("phone", gettext_lazy("電話"), sheets.text(30), aliases=("聯絡電話", "手機", "行動電話")),
    Column("address", gettext_lazy("聯絡地址"), sheets.text(200), aliases=("地址", "通訊地址")),
    Column("title", gettext_lazy("主旨"), sheets.text(100), aliases=("案由", "標題")),
    Column("text", gettext_lazy("陳情內容"), sheets.text(LONGEST_PUBLIC), required=True, aliases=("內容", "陳情事項")),
    Column("place", gettext_lazy("地點"), sheets.text(200), aliases=("發生地點", "案件地點")),
    Column("secret", gettext_lazy("身分保密"), sheets.yes_or_no, aliases=("保密",)),
    Column("files", gettext_lazy("附件檔名"), sheets.text(1000), aliases=("附件",)),
)  # fmt: skip


def source_of(job: SheetImport) -> str:
    """Whose numbers they are."""
    return f"forwarder:{job.options['forwarder']}"


def forwarder_of(job: SheetImport) -> Forwarder:
    """Who passed the file on."""
    return Forwarder.objects.select_related("agency").get(pk=job.options["forwarder"])


def _known(source: str, numbers: list[str]) -> dict[str, str]:
    """The petitions that these numbers became: the number here by the number there."""
    found = ImportedPetition.objects.filter(source=source, their_number__in=numbers, undone_at=None)
    return {their: ours or "" for their, ours in found.values_list("their_number", "petition__case__number")}


def check(job: SheetImport, readings: list[Reading], at: datetime) -> None:
    """What only the records can tell of a block of rows."""
    numbers = [str(one.values["number"]) for one in readings if one.values.get("number")]
    known, today = _known(source_of(job), numbers), day_of(at)
    archive = _archive(job, readings)
    most = parameter("petitions.most_photos", on=today).value
    for one in readings:
        given = one.values
        if number := given.get("number"):
            one.row.key = number
            if number in known:
                one.same(partial(_already, known[number]))
                one.row.key = ""
                continue
        _check_days(one, today)
        contact = [given[key] for key in CONTACT if key in given]  # one that was refused says so itself
        if len(contact) == len(CONTACT) and not any(contact):
            one.refuse("email", lambda: _("電子郵件、電話、聯絡地址至少要有一種，才能回復民眾。"))
        _check_files(one, archive, most)


def _already(number: str) -> str:
    return _("這個案號已經匯入過，是本府的 %(number)s，不會重複成案。") % {"number": number}


def _check_days(one: Reading, today: date) -> None:
    received, due = one.values.get("received_on"), one.values.get("due_on")
    if received and received > today:
        one.refuse("received_on", lambda: _("收文日在未來。"), received)
    if received and due and due < received:
        one.refuse("due_on", lambda: _("限辦日在收文日之前。"), due)
    elif due and due < today:
        one.warn("due_on", lambda: _("限辦日已經過了，匯入後就是逾期。"), due)


def _archive(job: SheetImport, readings: list[Reading]) -> Archive | bytes:
    """The archive, opened only where a row names a file; its bytes where it cannot be."""
    if not any(one.values.get("files") for one in readings):
        return Archive(b"")
    content = bytes(job.archive)
    try:
        return Archive(content)
    except CannotOpenArchive:
        return content


def _check_files(one: Reading, archive: Archive | bytes, most: int) -> None:
    names = listed(one.values.get("files") or "")
    if len(names) > most:
        one.refuse("files", lambda: _("一件最多 %(n)d 個附件。") % {"n": most}, len(names))
        return
    for name in names:
        if _refused_file(archive, name):
            one.refuse("files", partial(_named_refusal, archive, name), name)


def _named_refusal(archive: Archive | bytes, name: str) -> str:
    return _("「%(name)s」：%(why)s") % {"name": name, "why": _refused_file(archive, name)}


def _refused_file(archive: Archive | bytes, name: str) -> str:
    """Why an attachment cannot be taken, in the language of the moment; empty where it can."""
    try:
        content = (archive if isinstance(archive, Archive) else Archive(archive)).read(name)
    except CannotOpenArchive as reason:
        return str(reason)
    return _("壓縮檔裡沒有這個檔案。") if content is None else files.refusal(content)


class _Named(io.BytesIO):
    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


def take(job: SheetImport, readings: list[Reading], at: datetime) -> None:
    """Make cases of a block of rows, each by an act of its own: what one refuses does not keep the others."""
    forwarder, source = forwarder_of(job), source_of(job)
    known = _known(source, [str(one.values.get("number")) for one in readings])
    archive = _archive(job, readings)
    for one in readings:
        if one.state == RowState.REFUSED:
            continue
        if one.values["number"] in known:
            one.same(partial(_already, known[one.values["number"]]))
            continue
        try:
            attached = _attached(archive, one.values["files"])
            petition = open_one(job, one.values, attached, forwarder=forwarder, line=one.row.number, at=at)
        except (CannotAct, CannotStoreFile) as reason:
            one.refuse("", partial(str, reason.sentence))
        else:
            one.took(petition.pk)


def _attached(archive: Archive | bytes, cell: str) -> list[_Named]:
    found = []
    for name in listed(cell):
        if _refused_file(archive, name):
            raise CannotAct(_named_refusal(archive, name))
        assert isinstance(archive, Archive)
        found.append(_Named(archive.read(name) or b"", name))
    return found


@act
def open_one(
    job: SheetImport, given: dict[str, Any], attached: list[_Named], *, forwarder: Forwarder, line: int, at: datetime
) -> Petition:
    """成案 of one row: who passes it on vouches for it; a worker dispatches it, and their clock runs from their day."""
    who = Who(name=given["name"], email=given["email"], phone=given["phone"], address=given["address"])
    place = given["place"]
    where = place_in(place or given["text"])
    if place and not where.words:
        where = Where(method="TEXT", words=place)
    submission = Submission(
        text=given["text"], title=given["title"], channel=Channel.FORWARDED, who=who, where=where,
        language="zh-hant" if CHINESE.search(given["text"]) else "en", keep_identity_secret=given["secret"],
        filed_by=job.confirmed_by,
    )  # fmt: skip
    petition = filing.file(submission, photos=attached, vouched=True, at=at)
    referrals.refer_from_file(
        petition, forwarder=forwarder, document_number=given["number"], received_at=instant(given["received_on"], 12),
        due_on=given["due_on"], at=at,
    )  # fmt: skip
    ImportedPetition.objects.create(
        petition=petition, job=job, source=source_of(job), their_number=given["number"],
        version=cases.lock(petition.case).version,
    )  # fmt: skip
    return petition


def undo(job: SheetImport, rows: list[ImportRow], at: datetime) -> set[int]:
    """Withdraw what a block of rows became; its number may come in again. Whoever was told of it is told so."""
    found = list(ImportedPetition.objects.filter(job=job, petition__in=[row.about for row in rows], undone_at=None))
    left = touched_ones(found)
    gone = [one for one in found if one.petition_id not in left]
    for one in gone:
        take_back(one, reason=job.undone_because, by=job.undone_by, at=at)
    return {one.petition_id for one in gone}


@act
def take_back(one: ImportedPetition, *, reason: str, by: Account | None, at: datetime) -> None:
    """One petition of an import is withdrawn."""
    petition = Petition.objects.select_related("case__requester", "case__place").get(pk=one.petition_id)
    handling.end(petition, Status.WITHDRAWN, reason=reason, by=by, at=at)
    one.undone_at = at
    one.save(update_fields=["undone_at"])


KIND = ImportKind(
    code=CODE, label=gettext_lazy("中央轉來案件"), columns=COLUMNS, check=check, take=take, touched=touched, undo=undo,
    turned=turned, check_block=200, take_block=50,
)  # fmt: skip


def install() -> None:
    """Declare the sheet."""
    imports.declare(KIND)
