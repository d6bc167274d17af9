"""One petition as its citizen sees it: where it stands, what comes next and when, what happened, what they can do.

No internal name of a state, no internal remark, and no other citizen's data stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases.models import Addition, Case, Event, Question, Rating, ReopenRequest, Reply
from cityhall.engines.cases.states import ENDED, MOVES, ReplyState, Status
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.engines.files import queries as files
from cityhall.engines.files.models import StoredFile
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.web.dates import as_date, as_datetime

from . import listings, queries, removals
from .models import DispatchDecision, Petition
from .privacy import for_others
from .services import clocks, quality, splitting, words
from .states import KeptIn

RATED_UNTIL = timedelta(days=30)  # after 結案; services.citizen.rate refuses later


@dataclass(frozen=True)
class Standing:
    """Where it stands, in a word or two, and the colour of its tag."""

    words: str
    tone: str = ""


def standing(case: Case, *, to_citizen: bool = True) -> Standing:
    """The state in the citizen's words, or in those for who reported it for them; what was split stands as its parts do."""
    if case.status == Status.SPLIT and len(set(splitting.progress_of(case))) == 1:
        return Standing(_("已分別處理完成"))
    return {
        Status.AWAITING_CONFIRMATION: Standing(_("等您驗證") if to_citizen else _("等民眾驗證"), "amber"),
        Status.EXPIRED_UNCONFIRMED: Standing(_("沒有驗證，已失效"), "grey"),
        Status.RECEIVED: Standing(_("分送中"), "blue"),
        Status.DISPATCHING: Standing(_("分送中"), "blue"),
        Status.RETURNED: Standing(_("分送中"), "blue"),
        Status.ASSIGNED: Standing(_("已分送"), "blue"),
        Status.ACCEPTED: Standing(_("處理中"), "amber"),
        Status.FIRST_REPLIED: Standing(_("處理中"), "amber"),
        Status.IN_PROGRESS: Standing(_("處理中"), "amber"),
        Status.FINAL_REVIEW: Standing(_("處理中"), "amber"),
        Status.AWAITING_CITIZEN: Standing(_("等您補充") if to_citizen else _("等民眾補充"), "amber"),
        Status.REPLIED: Standing(_("已回復")),
        Status.CLOSED: Standing(_("結案"), "grey"),
        Status.REOPENED: Standing(_("重新處理中"), "amber"),
        Status.WITHDRAWN: Standing(_("已撤案"), "grey"),
        Status.MERGED: Standing(_("已併案"), "grey"),
        Status.TRANSFERRED_OUTSIDE: Standing(_("已移送"), "grey"),
        Status.NOT_PROCESSED: Standing(_("不予處理"), "grey"),
        Status.SPLIT: Standing(_("分開處理中"), "amber"),
        Status.REJOINED: Standing(_("已併回原案"), "grey"),
    }[Status(case.status)]


# ---- what comes next -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Next:
    """The promise: a sentence, whose {when} is a time, and a word more."""

    sentence: str
    when: datetime | date | None = None
    note: str = ""

    @property
    def before(self) -> str:
        """What stands before the time."""
        return self.sentence.partition("{when}")[0]

    @property
    def after(self) -> str:
        """What stands after it."""
        return self.sentence.partition("{when}")[2]


def reopen_days(at: datetime) -> int:
    """For how many days after the answer it can be taken up again."""
    return int(parameter("petitions.reopen_days", on=day_of(at)).value)


def reopen_until(case: Case, at: datetime) -> date | None:
    """The last day on which the citizen may ask to take it up again."""
    if case.ended_at is None:
        return None
    return day_of(case.ended_at + timedelta(days=reopen_days(at)))


def next_step(petition: Petition, *, at: datetime) -> Next:
    """What happens next, and until when."""
    case = petition.case
    status = Status(case.status)
    if status in (Status.REPLIED, Status.CLOSED):
        return _after_reply(petition, at=at)
    if status in ENDED:
        return _after_end(case)
    if question := case_queries.open_question(case):
        return Next(
            _("請在{when}前回答承辦人的問題"),
            question.answer_by,
            _("等您回答的期間，不計入處理時間；過了這一天，我們先就現有的資料處理。"),
        )
    return _until_reply(petition, at=at)


def step_of_another(petition: Petition, *, at: datetime) -> Next | None:
    """What comes next, said to who reported it for the citizen; None before the confirmation and after the end."""
    case = petition.case
    if not case.is_confirmed or case.is_ended:
        return None
    if question := case_queries.open_question(case):
        return Next(_("等民眾在{when}前回答承辦人的問題"), question.answer_by)
    clock = clocks.current(petition)
    if clock is None:
        return Next(_("處理後會回復民眾"))
    if at > clock.due_at:
        return Next(_("原訂{when}前要回復民眾，已經晚了"), clock.due_at)
    return Next(_("{when}前處理並回復民眾"), clock.promised_on or clock.due_at)


def _until_reply(petition: Petition, *, at: datetime) -> Next:
    clock = clocks.current(petition)
    finding = petition.case.status in (Status.RECEIVED, Status.DISPATCHING, Status.RETURNED)
    note = _("正在判斷由哪個機關處理，回復的時間不會因此延後。") if finding else ""
    if clock is None:
        return Next(_("我們處理後會回復您"), None, note)
    if at > clock.due_at:
        return Next(
            _("原訂{when}前要回復您，已經晚了"),
            clock.due_at,
            _("很抱歉。承辦機關的主管已收到通知；您也可以催一下，或打1999。"),
        )
    if clock.stage == clocks.FIRST:
        return Next(
            _("最晚{when}先回復您查看的結果"),
            clock.due_at,
            note or _("這是急迫案件，假日也照算；能當天處理好的就當天處理。"),
        )
    return Next(_("{when}前處理並回復您"), clock.promised_on or clock.due_at, note)


def _after_reply(petition: Petition, *, at: datetime) -> Next:
    case = petition.case
    if case.reopen_requests.filter(granted=None).exists():
        return Next(_("機關正在審酌您的申請，會告訴您結果"))
    until = reopen_until(case, at)
    promise = petition.follow_ups.filter(kept_at=None).order_by("promised_on").first()
    if promise:
        return Next(_("{when}前完成承諾的事，完成後會告訴您"), promise.promised_on)
    if may_reopen(case, at=at):
        rated = case.ratings.exists()
        sentence = _("謝謝您評分") if rated else _("請您評分，告訴我們做得好不好")
        return Next(
            sentence, None, _("如果還沒解決，%(day)s前可以申請重新處理。") % {"day": _day(until)} if until else ""
        )
    return Next(_("這件事已經結束"), None, _("還有問題的話，請再反映一次，我們會把這一件一起看。"))


def _after_end(case: Case) -> Next:
    status = Status(case.status)
    if status == Status.WITHDRAWN:
        return Next(_("您已撤回，我們不再處理"), None, _("需要的話，隨時可以再反映。"))
    if status == Status.MERGED:
        return _after_join(case)
    if status == Status.SPLIT:
        over, all_of_them = splitting.progress_of(case)
        sentence = _("分成%(n)s件處理，其中%(over)s件已有結果") % {"n": all_of_them, "over": over}
        return Next(sentence, None, _("每件各有編號、負責的機關和期限，列在下面，會分別回復您。"))
    if status == Status.REJOINED:
        return Next(_("併回原案一起處理"), None, _("這個編號不再使用，請看原案的進度。"))
    if status == Status.TRANSFERRED_OUTSIDE:
        return Next(_("由接手的機關直接回復您"), None, _("這件事不歸市府管，我們已把您寫的內容送過去。"))
    return Next(_("依規定不予處理"), None, _("理由寫在下面；您有不同意見，可以再反映或打1999。"))


def _after_join(case: Case) -> Next:
    """What is joined follows the main case: its limit, and then its answer."""
    main = case.parent
    if main is None or main.status in (Status.REPLIED, Status.CLOSED):
        return Next(_("已和同一件事一併回復"), None, _("回復寫在下面。還有問題的話，請再反映一次。"))
    if main.is_ended:
        return Next(_("和同一件事併在一起處理，有結果會告訴您"))
    petition = Petition.objects.select_related("category").get(pk=main.pk)
    petition.case = main
    due = clocks.next_due(petition)
    if due is None:
        return Next(_("和同一件事併在一起處理，有結果會告訴您"))
    return Next(_("和同一件事併在一起，{when}前回復您"), due)


def _day(day: date) -> str:
    return as_date(day, year=False, weekday=True)


# ---- what the citizen can do ---------------------------------------------------------------------------------------


def may_add(case: Case) -> bool:
    """補充 and 催一下, as long as somebody works on it, or on the one that it is joined to."""
    main = case.parent if case.status == Status.MERGED and case.parent else case
    return case.is_confirmed and not main.is_ended


def may_withdraw(case: Case) -> bool:
    """撤案, while it is open."""
    return case.is_confirmed and Status.WITHDRAWN in MOVES[Status(case.status)]


def may_rate(case: Case, *, at: datetime) -> bool:
    """After the answer, until some weeks after 結案."""
    if case.status not in (Status.REPLIED, Status.CLOSED) or not case.replies.filter(state=ReplyState.SENT).exists():
        return False
    return not case.events.filter(type="closed", at__lt=at - RATED_UNTIL).exists()


def may_reopen(case: Case, *, at: datetime) -> bool:
    """申請重新處理, within the days allowed and not twice."""
    until = reopen_until(case, at)
    return (
        case.status in (Status.REPLIED, Status.CLOSED)
        and until is not None
        and day_of(at) <= until
        and not case.reopen_requests.filter(granted=None).exists()
    )


# ---- what happened -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Contact:
    """Who answers: agency, unit, officer, telephone."""

    agency: str
    unit: str
    officer: str
    phone: str
    extension: str


@dataclass(frozen=True)
class Moment:
    """One line of the timeline: a title, a sentence, somebody's own words, why, and files."""

    title: str
    at: datetime
    text: str = ""
    quote: str = ""
    why_title: str = ""
    why: str = ""
    contact: Contact | None = None
    files: tuple[StoredFile, ...] = ()
    strong: bool = False
    corrected: bool = False


@dataclass
class _Told:
    """What the events of one case point at, read at once."""

    petition: Petition
    names: dict[str, str]
    replies: dict[int, Reply]
    decisions: dict[int, DispatchDecision]
    questions: dict[int, Question]
    additions: dict[int, Addition]
    requests: dict[int, ReopenRequest]
    units: dict[int, Unit]
    files: dict[str, list[StoredFile]]
    proofs: dict[int, list[StoredFile]]
    agency: str = ""

    @classmethod
    def of(cls, petition: Petition, events: Iterable[Event]) -> _Told:
        case = petition.case
        units = [event.payload["unit"] for event in events if event.payload.get("unit")]
        by_label: dict[str, list[StoredFile]] = {}
        for stored in files.of(case):
            by_label.setdefault(stored.label, []).append(stored)
        return cls(
            petition=petition,
            names=queries.names_of(events),
            replies={row.pk: row for row in case.replies.select_related("drafted_by", "corrects")},
            decisions={row.pk: row for row in petition.decisions.select_related("agency", "petition__case__place")},
            questions={row.pk: row for row in case.questions.all()},
            additions={row.pk: row for row in case.additions.all()},
            requests={row.pk: row for row in case.reopen_requests.all()},
            units={row.pk: row for row in Unit.objects.filter(pk__in=units)},
            files=by_label,
            proofs=queries.proofs_of(
                event.payload["promise"]
                for event in events
                if event.type == "promise_kept" and "promise" in event.payload
            ),
        )

    def name(self, event: Event) -> str:
        """The agency that an event names."""
        code = event.payload.get("agency")
        return self.names.get(code, "") if isinstance(code, str) else ""


def moments(petition: Petition) -> list[Moment]:
    """What happened, newest first, in plain words."""
    events = list(petition.case.events.filter(public=True).order_by("n"))
    told = _Told.of(petition, events)
    found = []
    for event in events:
        if event.type in ("dispatched", "succeeded"):
            told.agency = told.name(event)
        say = WORDS.get(event.type)
        if say and (moment := say(event, told)):
            found.append(moment)
    if petition.case.parent_id:
        found = sorted([*found, *_of_main(petition)], key=lambda moment: moment.at)
    if KeptIn.WORDS in (gone := removals.removed_from(petition)):
        day = as_date(gone[KeptIn.WORDS])
        found.append(Moment(
            _("已依保存期限移除"), max(row.at for row in petition.removals.all()),
            _("您寫的內容、我們的回復和附件已在%(day)s移除；編號、類別、機關和日期還留著。") % {"day": day},
        ))  # fmt: skip
    return found[::-1]


def _of_main(petition: Petition) -> list[Moment]:
    """What the main case was answered since this one was joined to it, without whoever reported that."""
    join = (
        petition.joins.filter(undone_at=None).select_related("parent__case__requester", "parent__case__agency").first()
    )
    if join is None:
        return []
    return answers_for_others(join.parent, since=join.at)


def answers_for_others(petition: Petition, *, since: datetime) -> list[Moment]:
    """The replies to a petition as others with the same matter read them: without whoever reported it."""
    case = petition.case
    sent = case_queries.sent_replies(case).select_related("drafted_by").filter(sent_at__gte=since)
    agency = case.agency.full_label if case.agency else ""
    return [
        Moment(
            (_("%(agency)s給您初步回復") if reply.stage == 1 else _("%(agency)s正式回復您")) % {"agency": agency},
            reply.sent_at, quote=for_others(reply.text, case.requester), contact=contact_of(case, reply, agency),
            strong=True, corrected=reply.state == ReplyState.RECALLED,
        )
        for reply in sent
        if reply.sent_at
    ]  # fmt: skip


def _received(event: Event, told: _Told) -> Moment:
    return Moment(
        _("收到您反映的事"),
        event.at,
        quote=words.own(told.petition.case, "text", told.petition.case.text),
        files=tuple(told.files.get("", ())),
    )


def _confirmed(event: Event, told: _Told) -> Moment | None:
    if event.payload.get("how") == listings.SPLIT:  # said by `split_from`
        return None
    titles = {
        "phone": _("電話向您確認，正式成案"),
        "read_back": _("電話裡念給您確認，正式成案"),
        "id_seen": _("臨櫃向您確認，正式成案"),
        "letter_named": _("收到您的來信，正式成案"),
    }
    title = titles.get(str(event.payload.get("how")), _("您完成驗證，正式成案"))
    return Moment(title, event.at, _("處理時間從這一刻起算。"))


def _desk(event: Event, told: _Told) -> Moment:
    return Moment(
        _("請分文人員判斷由哪個機關處理"), event.at, _("電腦沒有十足把握時，由人員判斷；回復的時間照樣起算。")
    )


def _dispatched(event: Event, told: _Told) -> Moment:
    decision = told.decisions.get(event.payload.get("decision", 0))
    agency = told.name(event)
    return Moment(
        _("分送到%(agency)s") % {"agency": agency},
        event.at,
        why_title=_("為什麼是%(agency)s") % {"agency": agency},
        why=queries.citizen_reason(decision) if decision else "",
    )


def _alerted(event: Event, told: _Told) -> Moment:
    agency = told.name(event)
    text = (
        _("因為您說有危險，我們先通知%(agency)s去看，不等驗證。") % {"agency": agency}
        if agency
        else _("因為您說有危險，我們先請值班人員處理，不等驗證。")
    )
    return Moment(_("已緊急通報"), event.at, text)


def _alert_handled(event: Event, told: _Told) -> Moment:
    return Moment(_("現場處理情形"), event.at, quote=str(event.payload.get("result", "")))


def _accepted(event: Event, told: _Told) -> Moment:
    unit = told.units.get(event.payload.get("unit") or 0)
    words = {"agency": told.agency, "unit": unit.label if unit else ""}
    text = _("%(agency)s已收下，由%(unit)s承辦。") % words if unit else _("%(agency)s已收下。") % words
    return Moment(_("有同仁接手處理"), event.at, text)


def _replied(event: Event, told: _Told) -> Moment | None:
    reply = told.replies.get(event.payload.get("reply", 0))
    if reply is None:
        return None
    words = {"agency": told.agency}
    title = _("%(agency)s給您初步回復") if reply.stage == 1 else _("%(agency)s正式回復您")
    return Moment(
        title % words,
        event.at,
        quote=reply.text,
        contact=contact_of(told.petition.case, reply, told.agency),
        files=tuple(files.of(reply)),
        strong=True,
        corrected=reply.state == ReplyState.RECALLED,
    )


def _asked(event: Event, told: _Told) -> Moment:
    question = told.questions.get(event.payload.get("question", 0))
    return Moment(_("承辦人請您補充"), event.at, quote=question.text if question else "")


def _answered(event: Event, told: _Told) -> Moment:
    question = told.questions.get(event.payload.get("question", 0))
    if event.payload.get("lapsed"):
        return Moment(_("等候補充的時間到了"), event.at, _("我們先就現有的資料處理；您仍然可以用「補充」告訴我們。"))
    kept = tuple(told.files.get(f"question:{question.pk}", ())) if question else ()
    return Moment(_("您補充了資料"), event.at, quote=question.answer if question else "", files=kept)


def _added(event: Event, told: _Told) -> Moment | None:
    addition = told.additions.get(event.payload.get("addition", 0))
    if addition is None:
        return None
    kept = tuple(told.files.get(f"addition:{addition.pk}", ()))
    said = words.own(told.petition.case, f"addition:{addition.pk}", addition.text)
    if addition.kind == Addition.Kind.URGE:
        return Moment(_("您催了一下"), event.at, _("承辦人和主管都看得到。"), quote=said)
    return Moment(_("您補充了說明"), event.at, quote=said, files=kept)


def _rated(event: Event, told: _Told) -> Moment:
    return Moment(_("您評了%(score)s分") % {"score": event.payload.get("score", "")}, event.at)


def _reopen_asked(event: Event, told: _Told) -> Moment:
    request = told.requests.get(event.payload.get("request", 0))
    said = words.own(told.petition.case, f"reopening:{request.pk}", request.reason) if request else ""
    return Moment(_("您申請重新處理"), event.at, quote=said)


def _reopened(event: Event, told: _Told) -> Moment:
    if event.payload.get("sheet"):  # nobody asked: the commission found the answer wanting
        return Moment(_("會重新回復您"), event.at, _(quality.AGAIN), strong=True)
    return Moment(_("同意重新處理"), event.at, quote=str(event.payload.get("reason", "")), strong=True)


def _reopen_refused(event: Event, told: _Told) -> Moment:
    return Moment(_("沒有重新處理，理由如下"), event.at, quote=str(event.payload.get("reason", "")), strong=True)


def _withdrawn(event: Event, told: _Told) -> Moment:
    said = words.own(told.petition.case, "withdrawal", str(event.payload.get("reason", "")))
    return Moment(_("撤回這件事"), event.at, quote=said)


def _merged(event: Event, told: _Told) -> Moment:
    return Moment(
        _("和同一件事併在一起處理"),
        event.at,
        _("併入案件%(number)s。") % {"number": event.payload.get("parent", "")},
        quote=str(event.payload.get("reason", "")),
    )


def _split(event: Event, told: _Told) -> Moment:
    numbers = [str(one) for one in event.payload.get("children", [])]
    return Moment(
        _("分成%(n)s件處理") % {"n": len(numbers)}, event.at,
        _("編號：%(numbers)s。回復的日子仍從原來成案的時候起算。") % {"numbers": _("、").join(numbers)},
        quote=str(event.payload.get("reason", "")), strong=True,
    )  # fmt: skip


def _split_from(event: Event, told: _Told) -> Moment:
    words = {"number": event.payload.get("parent", "")}
    return Moment(
        _("從您反映的%(number)s分出來處理") % words, event.at, _("回復的日子仍從原來成案的時候起算，沒有往後延。")
    )


def _unsplit(event: Event, told: _Told) -> Moment:
    return Moment(_("改回一件處理"), event.at, quote=str(event.payload.get("reason", "")))


def _rejoined(event: Event, told: _Told) -> Moment:
    text = _("併回%(number)s。") % {"number": event.payload.get("parent", "")}
    return Moment(_("併回原案一起處理"), event.at, text, quote=str(event.payload.get("reason", "")))


def _gathered(event: Event, told: _Told) -> Moment:
    words = {"number": event.payload.get("cluster", ""), "title": event.payload.get("title", "")}
    return Moment(
        _("和同一事件的反映一起處理"), event.at, _("事件 %(number)s：%(title)s。回復會一次告訴所有人。") % words
    )


def _ungathered(event: Event, told: _Told) -> Moment:
    return Moment(_("改為單獨處理"), event.at, _("看過後不屬於那個事件；回復的日子不變。"))


def _transferred(event: Event, told: _Told) -> Moment:
    return Moment(
        _("移送%(agency)s") % {"agency": told.name(event)},
        event.at,
        _("這件事歸他們管，會由他們直接回復您。"),
        quote=str(event.payload.get("reason", "")),
        strong=True,
    )


def _outside_chased(event: Event, told: _Told) -> Moment:
    return Moment(_("催了%(agency)s") % {"agency": told.name(event)}, event.at, _("他們還沒有告訴我們處理的結果。"))


def _outside_answered(event: Event, told: _Told) -> Moment:
    return Moment(
        _("%(agency)s回復了") % {"agency": told.name(event)}, event.at, quote=str(event.payload.get("answer", "")),
        strong=True,
    )  # fmt: skip


def _not_processed(event: Event, told: _Told) -> Moment:
    return Moment(_("依規定不予處理"), event.at, quote=str(event.payload.get("reason", "")), strong=True)


def _taken_up(event: Event, told: _Told) -> Moment:
    return Moment(_("重新受理"), event.at, quote=str(event.payload.get("reason", "")))


def _extended(event: Event, told: _Told) -> Moment:
    return Moment(_("需要更多時間處理"), event.at, quote=str(event.payload.get("reason", "")), strong=True)


def _due_moved(event: Event, told: _Told) -> Moment | None:
    after = parse_datetime(str(event.payload.get("after", "")))
    if after is None:
        return None
    text = _("因為停止上班等行事曆的變動，改到%(when)s。") % {"when": as_datetime(after, weekday=True)}
    return Moment(_("回復的日子改了"), event.at, text)


def _promise_kept(event: Event, told: _Told) -> Moment:
    shown = tuple(told.proofs.get(event.payload.get("promise", 0), ()))
    return Moment(_("承諾的事完成了"), event.at, quote=str(event.payload.get("proof", "")), files=shown, strong=True)


def _promise_moved(event: Event, told: _Told) -> Moment:
    after = parse_date(str(event.payload.get("after", "")))
    text = _("改到%(when)s。") % {"when": as_date(after, weekday=True)} if after else ""
    return Moment(_("承諾的日子改了"), event.at, text, quote=str(event.payload.get("reason", "")), strong=True)


def _succeeded(event: Event, told: _Told) -> Moment:
    return Moment(_("改由%(agency)s接手") % {"agency": told.name(event)}, event.at, _("因為機關調整，回復的日子不變。"))


def _joined(event: Event, told: _Told) -> Moment:
    return Moment(_("請%(agency)s一起處理") % {"agency": told.name(event)}, event.at)


def _closed(event: Event, told: _Told) -> Moment:
    return Moment(_("結案"), event.at)


WORDS: dict[str, Callable[[Event, _Told], Moment | None]] = {
    "received": _received,
    "confirmed": _confirmed,
    "sent_to_desk": _desk,
    "dispatched": _dispatched,
    "alerted": _alerted,
    "alert_handled": _alert_handled,
    "accepted": _accepted,
    "first_replied": _replied,
    "replied": _replied,
    "corrected": _replied,
    "asked_citizen": _asked,
    "citizen_answered": _answered,
    "facts_added": _added,
    "urged": _added,
    "rated": _rated,
    "reopen_asked": _reopen_asked,
    "reopened": _reopened,
    "reopen_refused": _reopen_refused,
    "withdrawn": _withdrawn,
    "merged": _merged,
    "unmerged": _taken_up,
    "split": _split,
    "split_from": _split_from,
    "unsplit": _unsplit,
    "rejoined": _rejoined,
    "gathered": _gathered,
    "ungathered": _ungathered,
    "transferred": _transferred,
    "outside_chased": _outside_chased,
    "outside_answered": _outside_answered,
    "came_back": _taken_up,
    "not_processed": _not_processed,
    "taken_up": _taken_up,
    "extended": _extended,
    "due_moved": _due_moved,
    "promise_kept": _promise_kept,
    "promise_moved": _promise_moved,
    "succeeded": _succeeded,
    "co_handler_added": _joined,
    "closed": _closed,
}
"""What each public event says. One that is not here is of no use to the citizen (`work_started`)."""


@dataclass(frozen=True)
class PartLine:
    """A part of what was split: its number, heading, agency, where it stands, and its page."""

    number: str
    title: str
    agency: str
    standing: Standing
    reference: UUID
    key: str


def parts(case: Case) -> list[PartLine]:
    """What it was split into."""
    if case.status != Status.SPLIT:
        return []
    return [
        PartLine(
            one.number or "", words.own(one, "title", one.title), one.agency.full_label if one.agency else "",
            standing(one), one.reference, queries.follow_key(one),
        )
        for one in (row.petition.case for row in splitting.parts_of(case))
    ]  # fmt: skip


def contact_of(case: Case, reply: Reply | None, agency_name: str = "") -> Contact | None:
    """Who answers for a reply: its writer, in the unit that has the case."""
    officer: Person | None = (reply.drafted_by if reply else None) or case.officer
    agency: Agency | None = case.agency
    if agency is None:
        return None
    return Contact(
        agency=agency_name or agency.full_label,
        unit=case.unit.label if case.unit else "",
        officer=officer.label if officer else "",
        phone=(officer.phone if officer else "") or (case.unit.phone if case.unit else "") or agency.phone,
        extension=officer.extension if officer else "",
    )


def newest_rating(case: Case) -> Rating | None:
    """What the citizen thought of the newest answer."""
    return case.ratings.order_by("-at").first()


def where_words(case: Case) -> str:
    """The place as the citizen knows it."""
    place = case.place
    if place is None:
        return _("沒有固定地點")
    area = f"{place.district_name}{place.village_name}"
    words = place.label or place.words or place.road
    if not words:
        return area or _("地圖上的位置")
    if not area or words.startswith(place.district_name):
        return words
    return _("%(area)s，%(words)s") % {"area": area, "words": words}
