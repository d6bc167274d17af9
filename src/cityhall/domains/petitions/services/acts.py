"""What an officer can do on a petition's page: one table, read by page, keyboard and tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Reply
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import ENDED, IN_HAND, MOVES, Part, Status
from cityhall.engines.directory import queries as directory
from cityhall.engines.files import services as files
from cityhall.engines.identity.models import Account
from cityhall.foundation.unit import act

from .. import listings, queries
from ..models import Petition
from ..states import ExtensionState, SetAsideKind
from . import alerts, citizen, clocks, contractors, dispatch, ethics, handling, promises, restrictions, splitting

Given = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """One act: its right, when it is possible, and what it does with the cleaned form."""

    code: str
    label: Any
    right: str
    possible: Callable[[Petition, datetime], bool]
    do: Callable[[Petition, Given, Account, datetime], object]
    done: Any
    key: str = ""  # keyboard
    main: bool = False
    danger: bool = False


def _status(*wanted: Status) -> Callable[[Petition, datetime], bool]:
    return lambda petition, at: petition.case.status in wanted


def _in_hand(petition: Petition, at: datetime) -> bool:
    return petition.case.status in IN_HAND


def _open(petition: Petition, at: datetime) -> bool:
    return petition.case.is_confirmed and not petition.case.is_ended


def _may_return(petition: Petition, at: datetime) -> bool:
    return petition.case.status in (Status.ASSIGNED, Status.ACCEPTED) and at <= dispatch.may_return_until(
        petition, at=at
    )


def _open_extension(petition: Petition, at: datetime) -> bool:
    return petition.extensions.filter(state=ExtensionState.ASKED).exists()


def _may_extend(petition: Petition, at: datetime) -> bool:
    clock = clocks.running(petition, clocks.FINAL)
    return _in_hand(petition, at) and clock is not None and at < clock.due_at and not _open_extension(petition, at)


def reply_at_hand(petition: Petition) -> Reply | None:
    """The reply in work as this page saw it: asked once for all acts that depend on it."""
    if not hasattr(petition, "reply_at_hand"):
        petition.reply_at_hand = case_queries.reply_in_work(petition.case)  # type: ignore[attr-defined]
    return petition.reply_at_hand  # type: ignore[attr-defined]


def _reply_waits(petition: Petition, at: datetime) -> bool:
    reply = reply_at_hand(petition)
    return reply is not None and reply.state == "IN_REVIEW"


def _may_write(petition: Petition, at: datetime) -> bool:
    return petition.case.status in IN_HAND - {Status.AWAITING_CITIZEN} and not _reply_waits(petition, at)


def _alert_open(petition: Petition, at: datetime) -> bool:
    alert = getattr(petition, "alert", None)
    return alert is not None and alert.handled_at is None


def _promise(petition: Petition) -> Any:
    return petition.follow_ups.filter(kept_at=None).order_by("promised_on").first()


def _assign(petition: Petition, given: Given, by: Account, at: datetime) -> object:
    return handling.assign(
        petition, unit=given.get("unit"), officer=given["officer"], by=by, at=at, expect_version=given.get("version")
    )


@act
def _draft(petition: Petition, given: Given, by: Account, at: datetime) -> Reply:
    reply = handling.draft_reply(
        petition, text=given["text"], promised_on=given.get("promised_on"), template=given.get("template", ""),
        outcome=given.get("outcome", ""), by=by, at=at, expect_version=given.get("draft_version"),
    )  # fmt: skip
    for label in ("before", "after"):
        for photo in given.get(label) or ():
            files.store(photo, name=getattr(photo, "name", "photo"), owner=reply, label=label, by=by, at=at)
    for stored in given.get("drop") or ():
        files.remove(stored, why="draft", by=by, at=at)
    return reply


@act
def _submit(petition: Petition, given: Given, by: Account, at: datetime) -> object:
    _draft(petition, given, by, at)
    return handling.submit_reply(petition, by=by, at=at)


def _waiting_reply(petition: Petition) -> Any:
    reply = case_queries.reply_in_work(petition.case)
    if reply is None:
        raise CannotAct(gettext("目前沒有待核定的回復。"))
    return reply


def _merge(petition: Petition, given: Given, by: Account, at: datetime) -> object:
    number = case_queries.normal_number(given["number"])
    found = queries.visible_to(by, at).filter(case__number=number).select_related("case").first()
    if found is None:
        raise CannotAct(gettext("找不到這個編號的案件。"))
    parent = found.case
    return handling.end(petition, Status.MERGED, reason=given["reason"], parent=parent, by=by, at=at)


def _answer_part(petition: Petition, given: Given, by: Account, at: datetime) -> object:
    reach = directory.reach(by, "petitions.co_handle", at)
    mine = [
        row
        for row in petition.case.assignments.filter(part=Part.CO_HANDLER, ends_at=None).select_related("agency")
        if reach.covers(agency=row.agency, unit=row.unit)
    ]
    if not mine:
        raise CannotAct(gettext("這件案子沒有等貴機關回覆的協辦。"))
    return handling.answer_co_handling(mine[0], answer=given["answer"], by=by, at=at)


def _decide_extension(petition: Petition, given: Given, by: Account, at: datetime) -> object:
    extension = petition.extensions.filter(state=ExtensionState.ASKED).first()
    if extension is None:
        raise CannotAct(gettext("目前沒有待核定的展期申請。"))
    return handling.decide_extension(
        extension, granted=given["granted"] == "yes", decision=given.get("decision", ""), by=by, at=at
    )


def _decide_reopen(petition: Petition, given: Given, by: Account, at: datetime) -> object:
    request = petition.case.reopen_requests.filter(granted=None).first()
    if request is None:
        raise CannotAct(gettext("目前沒有待審酌的重新處理申請。"))
    return handling.decide_reopen(
        request, granted=given["granted"] == "yes", decision=given.get("decision", ""), by=by, at=at
    )


def _may_restrict(petition: Petition, at: datetime) -> bool:
    """A unit may propose from what it handles or has answered; not where the sender is kept from it."""
    case = petition.case
    there = case.status in IN_HAND or case.status in (Status.REPLIED, Status.CLOSED)
    hidden = case.confidential or case.keep_identity_secret or case.requester_id is None
    return there and not hidden and petition.category_id is not None


def _restrict(petition: Petition, given: Given, by: Account, at: datetime) -> object:
    names = (
        "ground", "evidence", "answer", "matter", "words", "because", "notice", "starts_on", "ends_on", "review_on",
    )  # fmt: skip
    return restrictions.propose(
        petition, given=restrictions.Given(**{name: given[name] for name in names}), by=by, at=at
    )


def _declined(petition: Petition) -> bool:
    """Whether it is left unhandled because of a listing."""
    return (
        petition.case.status == Status.NOT_PROCESSED
        and petition.set_aside.filter(undone_at=None, kind=SetAsideKind.DECLINED).exists()
    )


_BEFORE_END = tuple(status for status in Status if status not in ENDED and status != Status.AWAITING_CONFIRMATION)

ON_SEALED = frozenset(
    {
        "assign",
        "draft",
        "submit",
        "approve",
        "send_back",
        "ask",
        "hand_back",
        "extend",
        "decide_extension",
        "note",
        "facts",
        "urge",
        "reopen",
        "promise",
        "put_off",
        "withdraw",
        "from_ethics",
        "about",
    }  # fmt: skip
)
"""What can be done while the ethics office has it: nothing that lets others know."""

ACTS: dict[str, Act] = {
    act.code: act
    for act in (
        Act(
            "dispatch",
            _("派案"),
            "petitions.dispatch",
            lambda p, at: p.case.status in _BEFORE_END and p.case.status != Status.RECEIVED,
            lambda p, g, by, at: dispatch.dispatch_by_desk(
                p,
                category=g["category"],
                agency=g.get("agency"),
                note=g.get("note", ""),
                conference=g.get("conference", ""),
                by=by,
                at=at,
                expect_version=g.get("version"),
            ),
            _("已派案。"),
            key="D",
            main=True,
        ),
        Act(
            "assign",
            _("分辦"),
            "petitions.assign",
            lambda p, at: p.case.status in (Status.ASSIGNED, Status.REOPENED, *IN_HAND),
            _assign,
            _("已分辦。"),
            key="A",
            main=True,
        ),
        Act("draft", _("存草稿"), "petitions.handle", _may_write, _draft, _("草稿已存。"), key="S"),
        Act("submit", _("陳核"), "petitions.handle", _may_write, _submit, _("已陳核。"), main=True),
        Act(
            "approve",
            _("核定並送出"),
            "petitions.approve",
            _reply_waits,
            lambda p, g, by, at: handling.approve_reply(_waiting_reply(p), by=by, at=at),
            _("已核定，並已回復民眾。"),
            main=True,
        ),
        Act(
            "send_back",
            _("退回修改"),
            "petitions.approve",
            _reply_waits,
            lambda p, g, by, at: handling.send_back_reply(_waiting_reply(p), reason=g["reason"], by=by, at=at),
            _("已退回承辦人修改。"),
        ),
        Act(
            "ask",
            _("請民眾補正"),
            "petitions.handle",
            _status(Status.ACCEPTED, Status.FIRST_REPLIED, Status.IN_PROGRESS),
            lambda p, g, by, at: handling.ask_citizen(p, text=g["text"], by=by, at=at, expect_version=g.get("version")),
            _("已請民眾補正，等待期間停止計時。"),
            key="B",
        ),
        Act(
            "co_handler",
            _("加協辦"),
            "petitions.handle",
            _in_hand,
            lambda p, g, by, at: handling.add_co_handler(
                p, agency=g["agency"], asked=g["asked"], working_days=g["working_days"], by=by, at=at
            ),
            _("已請對方協辦。"),
            key="H",
        ),
        Act(
            "opinion",
            _("回覆協辦意見"),
            "petitions.co_handle",
            lambda p, at: p.case.assignments.filter(part=Part.CO_HANDLER, ends_at=None).exists(),
            _answer_part,
            _("已回覆主辦機關。"),
            main=True,
        ),
        Act(
            "contractor",
            _("請廠商上傳照片"),
            "petitions.handle",
            _in_hand,
            lambda p, g, by, at: contractors.make_link(p, contractor=g["contractor"], asked=g["asked"], by=by, at=at),
            _("連結已產生。"),
        ),
        Act(
            "copy",
            _("副知"),
            "petitions.handle",
            _in_hand,
            lambda p, g, by, at: handling.add_copy(p, agency=g["agency"], by=by, at=at),
            _("已副知。"),
        ),
        Act(
            "return",
            _("退回改分"),
            "petitions.redispatch",
            _may_return,
            lambda p, g, by, at: dispatch.return_for_dispatch(
                p, proposed=g["proposed"], reason=g["reason"], by=by, at=at, expect_version=g.get("version")
            ),
            _("已退回分文人員。"),
        ),
        Act(
            "hand_back",
            _("退回研考窗口"),
            "petitions.handle",
            _status(Status.ACCEPTED, Status.FIRST_REPLIED, Status.IN_PROGRESS),
            lambda p, g, by, at: handling.hand_back(p, reason=g["reason"], by=by, at=at),
            _("已退回貴機關研考窗口。"),
        ),
        Act(
            "category",
            _("改類別"),
            "petitions.assign",
            lambda p, at: p.case.status in _BEFORE_END,
            lambda p, g, by, at: dispatch.set_category(p, category=g["category"], by=by, at=at),
            _("類別已更改，期限也跟著調整。"),
        ),
        Act(
            "extend",
            _("申請展期"),
            "petitions.extend",
            _may_extend,
            lambda p, g, by, at: handling.ask_extension(
                p, working_days=g["working_days"], reason=g["reason"], by=by, at=at
            ),
            _("展期申請已送核定。"),
            key="E",
        ),
        Act(
            "decide_extension",
            _("核定展期"),
            "petitions.approve_extension",
            _open_extension,
            _decide_extension,
            _("展期申請已決定。"),
            main=True,
        ),
        Act(
            "note",
            _("內部備註"),
            "petitions.note",
            lambda p, at: True,
            lambda p, g, by, at: cases.add_note(p.case, text=g["text"], author=directory.person_of(by), by=by, at=at),
            _("備註已存。"),
            key="N",
        ),
        Act(
            "facts",
            _("代民眾補充"),
            "petitions.file_on_behalf",
            _open,
            lambda p, g, by, at: citizen.add_facts(p, text=g["text"], photos=g.get("photos") or (), by=by, at=at),
            _("已補充，承辦人會看到。"),
        ),
        Act(
            "urge",
            _("代民眾催辦"),
            "petitions.file_on_behalf",
            _open,
            lambda p, g, by, at: citizen.urge(p, text=g.get("text", ""), by=by, at=at),
            _("已催辦，承辦人與單位主管會看到。"),
            key="U",
        ),
        Act(
            "reopen",
            _("審酌重新處理"),
            "petitions.assign",
            lambda p, at: p.case.reopen_requests.filter(granted=None).exists(),
            _decide_reopen,
            _("已決定並通知民眾。"),
            main=True,
        ),
        Act(
            "promise",
            _("登錄承諾完成"),
            "petitions.handle",
            lambda p, at: _promise(p) is not None,
            lambda p, g, by, at: promises.prove_promise(
                _promise(p), proof=g["proof"], photos=g.get("photos") or (), by=by, at=at
            ),
            _("承諾事項已完成，並已告知民眾。"),
            main=True,
        ),
        Act(
            "put_off",
            _("承諾改期"),
            "petitions.handle",
            lambda p, at: _promise(p) is not None,
            lambda p, g, by, at: promises.put_off(
                _promise(p), promised_on=g["promised_on"], reason=g["reason"], by=by, at=at
            ),
            _("已改期，並已告知民眾。"),
        ),
        Act(
            "alert",
            _("登錄通報處理"),
            "petitions.assign",
            _alert_open,
            lambda p, g, by, at: alerts.handle(
                p.alert, result=g["result"], person=directory.person_of(by), by=by, at=at
            ),
            _("處理情形已登錄。"),
            main=True,
        ),
        Act(
            "transfer",
            _("移送府外機關"),
            "petitions.dispatch",
            lambda p, at: Status.TRANSFERRED_OUTSIDE in _next(p),
            lambda p, g, by, at: handling.end(
                p,
                Status.TRANSFERRED_OUTSIDE,
                reason=g["reason"],
                agency=g["agency"],
                document_number=g.get("document_number", ""),
                by_letter=g.get("way") == "letter",
                by=by,
                at=at,
            ),
            _("已移送，並已告知民眾。"),
            danger=True,
        ),
        Act(
            "merge",
            _("併案"),
            "petitions.dispatch",
            lambda p, at: Status.MERGED in _next(p),
            _merge,
            _("已併案。"),
            danger=True,
        ),
        Act(
            "split",
            _("拆案"),
            "petitions.dispatch",
            lambda p, at: Status.SPLIT in _next(p),
            lambda p, g, by, at: splitting.split(
                p,
                parts=g["parts"],
                reason=g["reason"],
                with_files=g.get("with_files", True),
                by=by,
                at=at,
                expect_version=g.get("version"),
            ),
            _("已拆案，各件已派出，並已一次告知民眾。"),
            danger=True,
        ),
        Act(
            "unsplit",
            _("取消拆案"),
            "petitions.dispatch",
            lambda p, at: splitting.may_undo(p),
            lambda p, g, by, at: splitting.undo(p, reason=g["reason"], by=by, at=at),
            _("已取消拆案，原案待派案。"),
            main=True,
        ),
        Act(
            "filter",
            _("過濾處理"),
            "petitions.filter",
            _status(Status.DISPATCHING, Status.RETURNED),
            lambda p, g, by, at: handling.end(
                p, Status.NOT_PROCESSED, reason=g["reason"], ground=g["ground"], by=by, at=at
            ),
            _("已登錄不予處理。"),
            danger=True,
        ),
        Act(
            "decline",
            _("依列管不予處理"),
            "petitions.filter",
            lambda p, at: (
                p.case.status in (Status.DISPATCHING, Status.RETURNED) and bool(listings.that_may_decline(p, at))
            ),
            lambda p, g, by, at: restrictions.decline(p, g["restriction"], reason=g["reason"], by=by, at=at),
            _("已依列管不予處理，並已告知民眾。"),
            danger=True,
        ),
        Act(
            "new_cause",
            _("這是新的事由"),
            "petitions.filter",
            lambda p, at: _declined(p),
            lambda p, g, by, at: handling.new_cause(p, reason=g.get("reason", ""), by=by, at=at),
            _("已照常派案。"),
        ),
        Act(
            "restrict",
            _("提報列管"),
            "petitions.restrict",
            _may_restrict,
            _restrict,
            _("已提報，等機關首長核定。"),
            danger=True,
        ),
        Act(
            "withdraw",
            _("代民眾撤案"),
            "petitions.handle",
            lambda p, at: Status.WITHDRAWN in _next(p),
            lambda p, g, by, at: handling.end(p, Status.WITHDRAWN, reason=g["reason"], by=by, at=at),
            _("已撤案。"),
            danger=True,
        ),
        Act(
            "take_up",
            _("重新受理"),
            "petitions.dispatch",
            lambda p, at: (
                p.case.status in (Status.MERGED, Status.TRANSFERRED_OUTSIDE, Status.NOT_PROCESSED) and not _declined(p)
            ),
            lambda p, g, by, at: handling.take_up_again(p, reason=g["reason"], by=by, at=at),
            _("已重新受理，待派案。"),
            main=True,
        ),
        Act(
            "to_ethics",
            _("轉政風"),
            "petitions.ethics.refer",
            lambda p, at: p.case.status in _BEFORE_END and p.case.status != Status.RECEIVED and not p.sealed,
            lambda p, g, by, at: ethics.seal(p, reason=g["reason"], by=by, at=at, expect_version=g.get("version")),
            _("已轉政風機關，只有政風人員看得到。"),
            danger=True,
        ),
        Act(
            "from_ethics",
            _("回到一般辦理"),
            "petitions.ethics.handle",
            lambda p, at: p.sealed and p.case.status in _BEFORE_END and p.case.status != Status.RECEIVED,
            lambda p, g, by, at: ethics.release(p, reason=g["reason"], by=by, at=at, expect_version=g.get("version")),
            _("已交分文人員，依一般案件辦理。"),
        ),
        Act(
            "about",
            _("登錄被反映的單位"),
            "petitions.about",
            _open,
            lambda p, g, by, at: ethics.set_about(
                p, agency=g.get("agency"), unit=g.get("unit"), by=by, at=at, expect_version=g.get("version")
            ),
            _("已登錄；該單位的人看不到這件。"),
        ),
    )
}


def _next(petition: Petition) -> Any:
    return MOVES[Status(petition.case.status)]
