"""From a citizen's words to 成案."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Case, Place, Requester
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel, PlaceMethod, Status
from cityhall.engines.deadlines import queries as deadlines
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.states import Role
from cityhall.engines.files import services as files
from cityhall.engines.files.models import StoredFile
from cityhall.engines.identity import codes
from cityhall.engines.identity.models import Account
from cityhall.engines.likeness import services as likeness
from cityhall.engines.outbox import services as outbox
from cityhall.engines.places import queries as places
from cityhall.engines.places.rules import Point
from cityhall.engines.rules.queries import parameter
from cityhall.engines.textsearch import services as textsearch
from cityhall.engines.worklist import services as worklist
from cityhall.foundation import unit
from cityhall.foundation.clock import day_of
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act, insert

from .. import rules
from ..headings import compared_by, plain, title_of
from ..models import Category, ImportedPetition, Petition
from ..privacy import without_reporter
from ..states import CategorySource
from . import alerts, clocks, dispatch, ethics, letters, todos, words

log = logging.getLogger(__name__)

LONGEST_PUBLIC = 4000
CODES = "petition"  # the purpose of a code; each petition is a matter of its own


class CannotFile(CannotAct):
    """Something that a petition needs is missing or wrong; the sentence names it."""


class WrongCode(CannotAct):
    """The code does not fit, is used up or has run out."""


@dataclass(frozen=True)
class Where:
    """What the citizen said of the place; a point, words, or neither."""

    method: str = PlaceMethod.NONE
    lon: float | None = None
    lat: float | None = None
    words: str = ""
    label: str = ""
    road: str = ""
    accuracy_m: int | None = None


@dataclass(frozen=True)
class Who:
    """Who asks and how to answer them."""

    name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    wants_letter: bool = False
    account: Account | None = None


@dataclass(frozen=True)
class Submission:
    """Everything that one filing says."""

    text: str
    channel: str
    who: Who
    where: Where = field(default_factory=Where)
    title: str = ""
    language: str = "zh-hant"
    category: str = ""
    addressed_to: str = ""  # 機關意見信箱: the agency whose mailbox it is
    answers: Mapping[str, Any] = field(default_factory=dict)
    danger: bool | None = None  # what the sender said when asked; None: not asked, the words decide
    keep_identity_secret: bool = False
    confidential: bool = False
    filed_by: Account | None = None
    reference: uuid.UUID | None = None
    received_at: datetime | None = None  # a letter that was entered after it came in


def heading_of(title: str, text: str, requester: Requester) -> str:
    """The heading that was given, on one line, or the first sentence; it travels into lists, sheets and messages, so
    whoever reports is not named in it.
    """
    given = " ".join(plain(title.replace("\n", " ")).split())
    return without_reporter(given, requester)[:100] if given else title_of(without_reporter(text, requester))


def nobodys(where: Where, requester: Requester) -> Where:
    """The place as it stands in lists and on the pages of others: a name or a number that was typed into it is left out."""
    label, words = (without_reporter(text, requester, place=True)[:200] for text in (where.label, where.words))
    return replace(where, label=label, words=words)


def near_taiwan(lon: float, lat: float) -> bool:
    """Whether a point lies on Taiwan and its islands, roughly."""
    return 118.0 <= lon <= 123.0 and 21.0 <= lat <= 26.5


def place_of(where: Where) -> Place | None:
    """The place with its district and village; None for a matter without one.

    Raises CannotFile for half a point, or a point that lies nowhere near Taiwan (swapped or zero).
    """
    if (where.lon is None) != (where.lat is None):
        raise CannotFile(_("經度和緯度要一起填。"))
    if where.lon is None or where.lat is None:
        if not where.words:
            return None
        return Place(method=where.method or PlaceMethod.TEXT, words=where.words, label=where.label, road=where.road)
    if not near_taiwan(where.lon, where.lat):
        swapped = near_taiwan(where.lat, where.lon)
        raise CannotFile(
            _("經度和緯度好像寫反了：經度是 121 左右的那個數字，緯度是 25 左右的。")
            if swapped
            else _("這個位置不在臺灣，請重新點選地圖，或改寫地址。")
        )
    spot = places.area_of(Point(where.lon, where.lat))
    return Place(
        lon=where.lon,
        lat=where.lat,
        method=where.method,
        words=where.words,
        label=where.label,
        road=where.road,
        accuracy_m=where.accuracy_m,
        district_code=spot.district.code if spot.district else "",
        district_name=spot.district.name if spot.district else "",
        village_code=spot.village.code if spot.village else "",
        village_name=spot.village.name if spot.village else "",
        inside_city=spot.inside_city,
        metres_to_edge=spot.metres_to_edge,
    )


@act
def file(
    submission: Submission,
    *,
    photos: Iterable[Any] = (),
    stored: Iterable[StoredFile] = (),
    vouched: bool = False,
    proved: str = "",
    read_back: Mapping[str, Any] | None = None,
    at: datetime,
) -> Petition:
    """Register a filing. It waits for confirmation unless the sender's mailbox is already known to be theirs.

    `photos` are new uploads, `stored` are files that a draft held. A report of danger goes out at once as a 通報
    (note 01 §5.3). `vouched`: a client that may do so says who the sender is; the petition is open at once and a
    worker dispatches it (see `confirm`). `proved`: how whoever files it made sure of the sender; the petition is open at
    once, and its limit runs from the receipt. `read_back`: what was read back to the sender, and how. Raises CannotFile, files.CannotStoreFile.
    """
    text = submission.text.strip()
    if not text:
        raise CannotFile(_("請告訴我們發生什麼事。"))
    if len(text) > LONGEST_PUBLIC:
        raise CannotFile(
            _("內容最多 %(most)s 個字，目前是 %(now)s 個字。") % {"most": LONGEST_PUBLIC, "now": len(text)}
        )
    who = submission.who
    if not (who.email or who.phone or who.address):
        raise CannotFile(_("請至少留一種聯絡方式，我們才能回復您。"))
    given = None
    if submission.category:
        given = Category.objects.filter(code=submission.category).first()
        if given is None or (given.retired_on and given.retired_on <= day_of(at)):
            raise CannotFile(_("這個類別不存在或已停用，請重新選擇。"))
    known = is_known_sender(who)
    requester = Requester(
        account=who.account,
        name=who.name.strip(),
        email=who.email.strip().lower(),
        phone=who.phone.strip(),
        address=who.address.strip(),
        language=submission.language,
        wants_letter=who.wants_letter,
    )
    sealed = bool(ethics.concerns(f"{submission.title}\n{text}", submission.category, at=at))
    place = place_of(nobodys(submission.where, requester))
    cover = words.guard(place, at=at)
    case = cases.open_case(
        kind="petition",
        title=cover("title", heading_of(submission.title, text, requester)),
        text=cover("text", text),
        channel=submission.channel,
        language=submission.language,
        requester=requester,
        place=place,
        filed_by=submission.filed_by,
        at=at,
        confidential=submission.confidential or sealed,
        keep_identity_secret=submission.keep_identity_secret,
        reference=submission.reference,
        received_at=submission.received_at if proved else None,
    )
    danger = bool(danger_words(text, at=at)) if submission.danger is None else submission.danger
    petition = insert(
        Petition(
            case=case, given_category=given, answers=cover.answers(submission.answers), danger=danger,
            filed_confidential=submission.confidential, counts_from=submission.received_at if proved else None,
            sealed=sealed, sealed_at=at if sealed else None,
            addressed_to=directory.agency(submission.addressed_to, day_of(at)) if submission.addressed_to else None,
        )
    )  # fmt: skip
    cover.store(case)
    for photo in photos:
        files.store(photo, name=getattr(photo, "name", "photo"), owner=case, by=submission.filed_by, at=at)
    for kept in stored:
        files.hand_over(kept, owner=case)
    if read_back:
        cases.add_event(case, "read_back", by=submission.filed_by, at=at, payload=read_back, public=False)
        audit.record("petition.read_back", case, by=submission.filed_by, at=at, new=dict(read_back))
    if proved:
        confirm(petition, how=proved, by=submission.filed_by, at=at)
    elif known:
        confirm(petition, how="account", by=who.account, at=at)
    elif vouched:
        confirm(petition, how="client", by=submission.filed_by, at=at, later=True)
    else:
        textsearch.index(case, search_text(petition))
        if danger and not sealed:
            alerts.send_out(petition, at=at)
        if who.email:
            send_code(petition, at=at)
        else:
            ask_to_call_back(petition, at=at)
    return petition


CALL_BACK_WORKING_DAYS = 2


def ask_to_call_back(petition: Petition, *, at: datetime) -> None:
    """No e-mail to prove: 1999 calls the number that was left, up to three times in two working days (note 01 §5.3)."""
    todos.wait(
        petition, todos.CALL_BACK, agency=todos.desk(at), role=Role.OPERATOR,
        due_at=clocks.in_working_days(CALL_BACK_WORKING_DAYS, at=at), at=at,
    )  # fmt: skip


def search_text(petition: Petition, *, their_number: str = "") -> str:
    """What officers find a petition by; reporters are found by exact contact only, not here."""
    case = petition.case
    place = case.place
    return "\n".join(
        [
            case.number or "",
            their_number or number_elsewhere(petition),
            case.title,
            case.text,
            f"{place.district_name}{place.village_name} {place.label} {place.words} {place.road}" if place else "",
            *(str(answer) for answer in petition.answers.values()),
        ]
    )


def number_elsewhere(petition: Petition) -> str:
    """The number that it had where it came from; asked only where it came in a file or was passed on."""
    if petition.case.channel != Channel.FORWARDED and petition.category_source != CategorySource.MIGRATED:
        return ""
    return ImportedPetition.objects.filter(petition=petition).values_list("their_number", flat=True).first() or ""


def search_text_of_case(case: Case) -> str:
    """The same, from the case: what a rebuild of the index asks."""
    return search_text(case.petition)


def danger_words(text: str, *, at: datetime) -> tuple[str, ...]:
    """The words of danger in a text: they lead to 110 and 119 first."""
    return rules.words_in(text, parameter("petitions.danger_words", on=day_of(at)).value)


def is_known_sender(who: Who) -> bool:
    """Whether the sender signed in with the very mailbox that they give."""
    return bool(who.account and who.account.email and who.account.email.lower() == who.email.strip().lower())


def send_code(petition: Petition, *, at: datetime) -> None:
    """Send the 6-digit code to the e-mail given. Raises identity's refusal beyond the resends allowed."""
    case = petition.case
    if case.status != Status.AWAITING_CONFIRMATION or not (case.requester and case.requester.email):
        raise CannotFile(_("這件反映不需要驗證碼。"))
    code = codes.issue_code(CODES, case.requester.email, str(case.reference), at=at)
    letters.confirmation(petition, code=code, at=at)
    audit.record("petition.code_sent", case, by=None, at=at)


def confirm_by_code(petition: Petition, *, code: str, at: datetime) -> Petition:
    """成案 by the code from the e-mail. A second time with the right case is the same act, not an error.

    Not atomic on purpose: a wrong try must be counted although the act is refused.
    """
    case = petition.case
    if case.is_confirmed:
        return petition
    if case.requester is None or not case.requester.email:
        raise WrongCode(_("這件反映不是用電子郵件驗證的。"))
    check = codes.check_code(CODES, case.requester.email, code, str(case.reference), at=at)
    if not check:
        raise WrongCode(str(check.sentence))
    return confirm(petition, how="email_code", by=None, at=at)


def confirm_by_link(petition: Petition, *, token: str, at: datetime) -> Petition:
    """成案 by the link of the same letter; called on POST only, because mail scanners open links (note 01 §5.3)."""
    case = petition.case
    if case.is_confirmed:
        return petition
    check = codes.check_link(CODES, token, at=at)
    if not check or check.about != str(case.reference):
        raise WrongCode(str(check.sentence))
    return confirm(petition, how="email_link", by=None, at=at)


def link_is_live(petition: Petition, *, token: str, at: datetime) -> bool:
    """Whether the link of the letter would still work; looking does not use it up."""
    return codes.peek_link(CODES, token, at=at) == str(petition.case.reference)


DISPATCH = "petition.set_out"
AT_ONCE = 50
"""So many petitions that wait are dispatched in one transaction."""


@act
@sentence("1.2.7", "驗證程序完成始成案")
def confirm(petition: Petition, *, how: str, by: Account | None, at: datetime, later: bool = False) -> Petition:
    """成案: give the number, then dispatch, start the clocks, tell the citizen. Confirming twice is the same act.

    With `later` a worker does what follows the number: for programs, which wait for nothing but the number and may send
    many at once. The clocks run from now all the same.
    """
    # Counted from here because an unverified report is not yet a case (§1.2.7, 驗證程序完成始成案).
    locked = cases.lock(petition.case)
    petition.case = locked
    if locked.is_confirmed:
        return petition
    if later:
        locked.confidential = True  # until its category is known: dispatch says which it is
        key = f"{DISPATCH}:{petition.pk}"
        outbox.promise_new(DISPATCH, {"petition": petition.pk}, key=key, at=at, urgent=petition.danger)
    petition.case = cases.confirm(locked, how=how, by=by, at=at)
    return petition if later else set_out(petition, at=at)


@act
def set_out(petition: Petition, *, at: datetime) -> Petition:
    """What follows 成案: it can be found, it is dispatched, its clocks run, the citizen is told."""
    textsearch.index(petition.case, search_text(petition))
    if petition.sealed:
        todos.done(petition, todos.CALL_BACK, at=at)
        ethics.take_in(petition, at=at)
        letters.opened(petition, at=at)
        return petition
    likeness.index_new(petition.case, compared_by(petition.case.title, petition.case.text), day=day_of(at))
    todos.done(petition, todos.CALL_BACK, at=at)
    alerts.became_petition(petition, at=at)
    dispatch.dispatch(petition, at=at)
    if petition.case.status != Status.NOT_PROCESSED:  # that letter has told it already
        letters.opened(petition, at=at)
    return petition


def set_out_waiting(pk: int, *, at: datetime) -> int:
    """Let a petition that got its number set out, and others that wait with it; returns how many did.

    Whoever has set out, was withdrawn or was dispatched by hand meanwhile is left alone, so it may be asked twice. One that
    fails fails alone; the one that was asked for raises what stood in its way.
    """
    try:
        return _set_out_together(pk, at=at)
    except Exception:
        return _set_out_one_by_one(pk, at=at)  # who cannot is found out, and holds up nobody


@act
def _set_out_together(pk: int, *, at: datetime) -> int:
    """All or none: so they share their statements."""
    waiting = [case.pk for case in _lock_waiting(pk)]
    petitions = list(Petition.objects.select_related("case__requester", "case__place").filter(pk__in=waiting))
    held = [petition.case for petition in petitions]
    cases.hold_all(held)
    worklist.read_for(held)
    deadlines.read_for(held)
    for petition in sorted(petitions, key=lambda one: waiting.index(one.pk)):
        set_out(petition, at=at)
    return len(petitions)


def _set_out_one_by_one(pk: int, *, at: datetime) -> int:
    done = 0
    with unit.bulk():
        for case in _lock_waiting(pk):
            try:
                set_out(Petition.objects.select_related("case__requester", "case__place").get(pk=case.pk), at=at)
                done += 1
            except Exception:
                if case.pk == pk:
                    raise
                log.exception("a petition could not be dispatched with others")  # its own promise will tell
    return done


def _lock_waiting(pk: int) -> list[Case]:
    """The one that was asked for, and who waits longest and is in nobody's hands."""
    waiting = Case.objects.filter(kind="petition", status=Status.RECEIVED)
    others = (
        waiting.exclude(pk=pk)
        .order_by("received_at", "pk")  # as the index by status has them: no sorting of all that wait
        .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    )
    return [*waiting.filter(pk=pk).select_for_update(), *others[: AT_ONCE - 1]]


def channel_words(case: Case) -> str:
    """The channel's name."""
    return str(Channel(case.channel).label)
