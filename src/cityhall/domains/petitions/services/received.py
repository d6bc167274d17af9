"""Letters that come in on paper: stamped first, then typed from their scan, put to a case, or set aside."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import queries as stored_files
from cityhall.engines.files import services as files
from cityhall.engines.files.rules import Kind
from cityhall.engines.identity.models import Account
from cityhall.engines.numbers import services as numbers
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, acting

from ..models import Petition, ReceivedLetter
from ..receiving import StampFault, plain_registered, stamp_faults, year_of
from ..retention import months_after
from ..states import LetterFate
from . import citizen, clocks, filing, todos
from .filing import Submission

SCANS = frozenset({Kind.PICTURE, Kind.PDF})
SCAN = "scan"
SERIES = "petitions.letters"
MOST_SCANS = 10


@dataclass(frozen=True)
class Stamp:
    """What is stamped on a letter, and what stands on its envelope."""

    desk: Agency
    way: str
    received_at: datetime
    pages: int
    sender_name: str = ""
    sender_address: str = ""
    registered_number: str = ""
    postmark_on: date | None = None


def faults(stamp: Stamp, *, at: datetime) -> frozenset[StampFault]:
    """What the stamp says that cannot be."""
    oldest = parameter("petitions.letter_oldest_days", on=day_of(at)).value
    return stamp_faults(stamp.received_at, now=at, postmark=stamp.postmark_on, oldest_days=oldest)


def _check(stamp: Stamp, *, old_is_right: bool, at: datetime) -> None:
    wrong = faults(stamp, at=at)
    if StampFault.FUTURE in wrong:
        raise CannotAct(_("收文時間還沒到，請檢查日期與時刻。"))
    if StampFault.POSTED_LATER in wrong:
        raise CannotAct(_("郵戳日比收文日晚，請檢查是哪一個寫錯了。"))
    if StampFault.OLD in wrong and not old_is_right:
        raise CannotAct(_("收文日已經很久了，請檢查；沒有寫錯的話，請勾選確認。"))


def _digest(scan: Any) -> str:
    scan.seek(0)
    digest = hashlib.sha256(scan.read()).hexdigest()
    scan.seek(0)
    return digest


@act
def register(
    stamp: Stamp, *, scans: Sequence[Any] = (), old_is_right: bool = False, by: Account | None, at: datetime
) -> ReceivedLetter:
    """收文: the letter has its stamp and its number, and waits to be typed.

    Raises CannotAct for a stamp that cannot be right, files.CannotStoreFile for a scan that is not taken.
    """
    _check(stamp, old_is_right=old_is_right, at=at)
    year = year_of(day_of(at))
    letter = ReceivedLetter.objects.create(
        year=year, serial=numbers.next_number(SERIES, numbers.year(year)), entered_at=at, entered_by=by,
        scan_digest=_digest(scans[0]) if scans else "", **_fields(stamp),
    )  # fmt: skip
    for scan in scans:
        files.store(scan, name=getattr(scan, "name", "scan"), owner=letter, label=SCAN, allow=SCANS, by=by, at=at)
    audit.record(
        "petition.letter_received", letter, by=by, at=at,
        new={"number": letter.number, "desk": stamp.desk.code, "way": stamp.way, "scans": len(scans)},
    )  # fmt: skip
    todos.wait_for_letter(letter, due_at=clocks.in_working_days(1, at=at), at=at)
    return letter


def _fields(stamp: Stamp) -> dict[str, Any]:
    given = {name: getattr(stamp, name) for name in stamp.__dataclass_fields__}
    given["registered_number"] = plain_registered(stamp.registered_number)
    return given


def _locked(letter: ReceivedLetter) -> ReceivedLetter:
    return ReceivedLetter.objects.select_for_update(of=("self",)).select_related("desk").get(pk=letter.pk)


def _waiting(letter: ReceivedLetter) -> ReceivedLetter:
    letter = _locked(letter)
    if letter.fate != LetterFate.WAITING:
        raise CannotAct(_("這封信已經處理過了，請重新整理頁面。"))
    return letter


@act
def correct(
    letter: ReceivedLetter, stamp: Stamp, *, reason: str, old_is_right: bool = False, by: Account, at: datetime
) -> ReceivedLetter:
    """更正收文: a stamp that was written down wrongly, while nothing has come of the letter yet."""
    letter = _waiting(letter)
    _check(stamp, old_is_right=old_is_right, at=at)
    changed = [name for name, value in _fields(stamp).items() if getattr(letter, name) != value]
    for name, value in _fields(stamp).items():
        setattr(letter, name, value)
    letter.save()
    audit.record("petition.letter_corrected", letter, by=by, at=at, new={"fields": changed}, note=reason)
    return letter


@act
def add_scans(letter: ReceivedLetter, *, scans: Sequence[Any], by: Account, at: datetime) -> ReceivedLetter:
    """補掃描: pages that were not there when it was stamped."""
    letter = _locked(letter)
    if stored_files.of(letter).count() + len(scans) > MOST_SCANS:
        raise CannotAct(_("一封信最多 %(most)d 個掃描檔。") % {"most": MOST_SCANS})
    for scan in scans:
        files.store(scan, name=getattr(scan, "name", "scan"), owner=letter, label=SCAN, allow=SCANS, by=by, at=at)
    if scans and not letter.scan_digest:
        letter.scan_digest = _digest(scans[0])
        letter.save(update_fields=["scan_digest"])
    return letter


def _decide(
    letter: ReceivedLetter, fate: LetterFate, *, by: Account, at: datetime, petition: Petition | None = None,
    reason: str = "",
) -> ReceivedLetter:  # fmt: skip
    letter.fate, letter.petition, letter.reason = fate, petition, reason
    letter.decided_at, letter.decided_by = at, by
    letter.save()
    todos.letter_done(letter, at=at)
    audit.record("petition.letter_decided", letter, by=by, at=at, new={"fate": fate.value})
    return letter


@act
def file_letter(letter: ReceivedLetter, submission: Submission, *, named: bool, by: Account, at: datetime) -> Petition:
    """當成反映: what was typed from the scan. A letter with name and address is verified by itself, and its limit runs
    from its receipt; any other is confirmed like what comes by telephone or mail.
    """
    letter = _waiting(letter)
    if named and not (submission.who.name.strip() and submission.who.address.strip()):
        raise CannotAct(_("沒有姓名與地址的來信，不能當作已經確認。"))
    submission = replace(submission, channel=Channel.LETTER, filed_by=by, received_at=letter.received_at)
    petition = filing.file(submission, proved="letter_named" if named else "", at=at)
    _decide(letter, LetterFate.FILED, petition=petition, by=by, at=at)
    return petition


@act
def add_to_case(letter: ReceivedLetter, petition: Petition, *, words: str, by: Account, at: datetime) -> ReceivedLetter:
    """加到案件: the letter belongs to what was reported before."""
    petition.case = cases.lock(petition.case)
    letter = _waiting(letter)
    if petition.case.is_ended or not petition.case.is_confirmed:
        raise CannotAct(_("這件案子已經結束或還沒有成案，不能再加內容；請另外登錄。"))
    citizen.add_facts(petition, text=words, by=by, at=at)
    return _decide(letter, LetterFate.ADDED, petition=petition, by=by, at=at)


@act
def set_aside(letter: ReceivedLetter, *, reason: str, by: Account, at: datetime) -> ReceivedLetter:
    """不處理: unnamed, received twice, no petition; with the reason."""
    if not reason.strip():
        raise CannotAct(_("請寫理由。"))
    return _decide(_waiting(letter), LetterFate.ASIDE, reason=reason, by=by, at=at)


@act
def take_up(letter: ReceivedLetter, *, by: Account, at: datetime) -> ReceivedLetter:
    """收回: what was set aside waits to be typed again."""
    letter = _locked(letter)
    if letter.fate != LetterFate.ASIDE:
        raise CannotAct(_("這封信已經處理過了，請重新整理頁面。"))
    letter.fate, letter.reason, letter.decided_at, letter.decided_by = LetterFate.WAITING, "", None, None
    letter.save()
    audit.record("petition.letter_taken_up", letter, by=by, at=at)
    todos.wait_for_letter(letter, due_at=clocks.in_working_days(1, at=at), at=at)
    return letter


@act
def forget_scans(petition: Petition, *, at: datetime) -> int:
    """The scans of the letters of a petition go with its other files. Returns how many."""
    return _forget_scans(petition.letters.all(), at=at)


def _forget_scans(letters: QuerySet[ReceivedLetter], *, at: datetime) -> int:
    keys = list(letters.values_list("pk", flat=True))
    rows = list(stored_files.ever_of(ReceivedLetter, keys).exclude(name=""))
    for stored in rows:
        files.erase(stored, why="retention", at=at)
    letters.update(scan_digest="")
    return len(rows)


@act
def forget_senders(petition: Petition, *, at: datetime) -> int:
    """Who wrote a letter goes with the petition's reporter: name, address, registered number. Returns of how many."""
    letters = list(petition.letters.filter(forgotten_at=None))
    for letter in letters:
        _forget_sender(letter, at=at)
    return len(letters)


def _forget_sender(letter: ReceivedLetter, *, at: datetime) -> None:
    letter.sender_name = letter.sender_address = letter.registered_number = ""
    letter.forgotten_at = at
    letter.save(update_fields=["sender_name", "sender_address", "registered_number", "forgotten_at"])


def forget_set_aside(day: date, *, months: int, at: datetime) -> int:
    """Letters that became no petition keep nobody for longer than those set aside do: so many months after the decision.

    The stamp stays: number, desk, day and fate. At most a block a night, the oldest first. Returns of how many.
    """
    old = ReceivedLetter.objects.filter(fate=LetterFate.ASIDE, forgotten_at=None).order_by("decided_at", "pk")
    block = parameter("petitions.keep_block", on=day).value
    due = [one for one in old[:block] if one.decided_at and months_after(day_of(one.decided_at), months) <= day]
    for letter in due:
        with acting():
            _forget_scans(ReceivedLetter.objects.filter(pk=letter.pk), at=at)
            letter.reason = ""
            letter.save(update_fields=["reason"])
            _forget_sender(letter, at=at)
            audit.record("petition.letter_forgotten", letter, by=None, at=at, new={"months": months})
    return len(due)
