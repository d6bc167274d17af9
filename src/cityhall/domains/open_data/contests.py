"""競賽: a call that the commission announces, judges on `engines/scoring`, and ends with prizes; winning works become showcases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.numbers.services import number_after
from cityhall.engines.rules.queries import parameter
from cityhall.engines.scoring import evaluations
from cityhall.engines.scoring.evaluations import CannotEvaluate
from cityhall.engines.scoring.registry import Given, Round
from cityhall.engines.subscriptions import services as subscriptions
from cityhall.engines.tracking.queries import commission
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import competing, rules, showcasing
from .models import Award, Contest, Dataset, Prize, Showcase, Team, Work
from .refusals import CannotCatalogue
from .rules import Stage
from .states import ContestKind, ShowcaseState, TeamState, WorkState

RUN = "open_data.contest"
"""Kind of to-do of the commission: a competition runs until its result is published."""
REVIEWS = {kind: f"open_data.{kind.value.lower()}" for kind in ContestKind}
"""The kinds of evaluation, and their schemes."""
TEXTS = (
    "title", "title_en", "purpose", "purpose_en", "terms", "terms_en", "opens_on", "closes_on", "held_on", "result_on", "most_members",
)  # fmt: skip
MOST_PRIZES = 20
STAGES = {
    Stage.DRAFT: pgettext_lazy("contest", "草稿"), Stage.COMING: pgettext_lazy("contest", "即將開始"),
    Stage.OPEN: pgettext_lazy("contest", "報名中"), Stage.CLOSED: pgettext_lazy("contest", "已截止"),
    Stage.JUDGING: pgettext_lazy("contest", "評審中"), Stage.JUDGED: pgettext_lazy("contest", "待公布"),
    Stage.AWARDED: pgettext_lazy("contest", "已公布結果"), Stage.CALLED_OFF: pgettext_lazy("contest", "停辦"),
}  # fmt: skip
TONES = {
    Stage.DRAFT: "grey", Stage.COMING: "blue", Stage.OPEN: "", Stage.CLOSED: "amber", Stage.JUDGING: "amber",
    Stage.JUDGED: "amber", Stage.AWARDED: "grey", Stage.CALLED_OFF: "red",
}  # fmt: skip
_WON = gettext_lazy("恭喜！隊伍「%(team)s」獲得「%(contest)s」的%(prize)s。")
_OVER = gettext_lazy("「%(contest)s」的結果已經公布，謝謝隊伍「%(team)s」參加。")
_CALLED_OFF = gettext_lazy("「%(contest)s」停辦。理由：%(reason)s")

PrizeLine = tuple[str, str, int]
"""A prize as it is typed: its name, what is won, how many may win it."""


def reference(contest: Contest) -> str:
    """What a competition is called in lists."""
    return f"C-{contest.number:03d}"


def page_of(contest: Contest) -> str:
    """Its page at the desk."""
    return reverse("open_data_desk:contest", args=[contest.number])


# ---- asking for them -------------------------------------------------------------------------------------------------


def whole(rows: QuerySet[Contest]) -> QuerySet[Contest]:
    """With their reviews, and how many teams and works take part."""
    playing = Q(teams__state=TeamState.IN)
    return rows.select_related("review").annotate(
        many_teams=Count("teams", filter=playing, distinct=True),
        many_works=Count("teams__work", filter=playing, distinct=True),
    )


def shown() -> QuerySet[Contest]:
    """What everybody sees: those announced, called off or not."""
    return Contest.objects.exclude(announced_at=None)


def at_stage(stage: Stage, today: date) -> Q:
    """The condition on competitions that stand there on a day."""
    running = Q(announced_at__isnull=False, called_off_at=None, awarded_on=None)
    waiting = running & Q(review=None)
    return {
        Stage.DRAFT: Q(announced_at=None, called_off_at=None),
        Stage.COMING: waiting & Q(opens_on__gt=today),
        Stage.OPEN: waiting & Q(opens_on__lte=today, closes_on__gte=today),
        Stage.CLOSED: waiting & Q(closes_on__lt=today),
        Stage.JUDGING: running & Q(review__isnull=False, review__closed_on=None),
        Stage.JUDGED: running & Q(review__closed_on__isnull=False),
        Stage.AWARDED: Q(awarded_on__isnull=False),
        Stage.CALLED_OFF: Q(called_off_at__isnull=False),
    }[stage]


def works(contest: Contest) -> QuerySet[Work]:
    """The works of the teams that take part, in the teams' order."""
    rows = Work.objects.filter(team__contest=contest, team__state=TeamState.IN)
    return rows.select_related("team__contest", "award__prize", "showcase").order_by("team__n")


# ---- the call --------------------------------------------------------------------------------------------------------


@act
def draft(
    *, kind: str, prizes: Sequence[PrizeLine], datasets: Iterable[Dataset] = (), by: Account | None, at: datetime,
    **texts: Any,
) -> Contest:  # fmt: skip
    """A competition that nobody sees yet. Raises CannotCatalogue."""
    _check(texts, prizes)
    number = number_after("open_data.contest", Contest.objects.all())
    made = Contest.objects.create(number=number, kind=ContestKind(kind), created_at=at, **_tidied(texts))
    _write(made, prizes, datasets)
    audit.record("open_data.contest_drafted", made, by=by, at=at, new={"kind": made.kind, "title": made.title})
    return made


def _tidied(texts: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: texts[name] for name in TEXTS if name in texts}
    return {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}


def _check(texts: Mapping[str, Any], prizes: Sequence[PrizeLine]) -> None:
    if not rules.days_in_order(*(texts[name] for name in ("opens_on", "closes_on", "held_on", "result_on"))):
        raise CannotCatalogue(_("日期要依序：開始報名、截止、競賽、公布結果；可以是同一天。"))
    if not 1 <= len(prizes) <= MOST_PRIZES:
        raise CannotCatalogue(_("請填 1 到 %(n)s 個獎項。") % {"n": MOST_PRIZES})


def _write(contest: Contest, prizes: Sequence[PrizeLine], datasets: Iterable[Dataset]) -> None:
    contest.prizes.all().delete()
    Prize.objects.bulk_create(
        Prize(contest=contest, n=n, name=name, reward=reward, winners=winners)
        for n, (name, reward, winners) in enumerate(prizes, 1)
    )
    contest.datasets.set(datasets)


def _locked(contest: Contest, at: datetime, *stages: Stage) -> Contest:
    rows = Contest.objects.select_for_update(of=("self",)).select_related("review")
    found = rows.get(pk=contest.pk)
    stage = found.stage(day_of(at))
    if stage not in stages:
        raise CannotCatalogue(_("這項競賽現在是「%(state)s」，不能做這件事。") % {"state": STAGES[stage]})
    return found


@act
def change(
    contest: Contest, *, prizes: Sequence[PrizeLine], datasets: Iterable[Dataset], by: Account | None, at: datetime,
    **texts: Any,
) -> Contest:  # fmt: skip
    """What is said of it, until it closes; the day on which it closes is not put before today. Raises CannotCatalogue."""
    contest = _locked(contest, at, Stage.DRAFT, Stage.COMING, Stage.OPEN)
    _check(texts, prizes)
    if contest.announced_at and texts["closes_on"] < day_of(at):
        raise CannotCatalogue(_("截止日不能早於今天。"))
    old = {name: str(getattr(contest, name)) for name in ("opens_on", "closes_on", "held_on", "result_on")}
    for name, value in _tidied(texts).items():
        setattr(contest, name, value)
    contest.save()
    _write(contest, prizes, datasets)
    if contest.announced_at:
        _wait(contest, at)
    new = {name: str(getattr(contest, name)) for name in old}
    audit.record("open_data.contest_changed", contest, by=by, at=at, old=old, new=new)
    return contest


@act
def announce(contest: Contest, *, by: Account | None, at: datetime) -> Contest:
    """Everybody sees it from now on; teams register from its first day. Raises CannotCatalogue."""
    contest = _locked(contest, at, Stage.DRAFT)
    if contest.closes_on < day_of(at):
        raise CannotCatalogue(_("截止日已經過了，請先改日期。"))
    contest.announced_at = at
    contest.save(update_fields=["announced_at"])
    _wait(contest, at)
    audit.record("open_data.contest_announced", contest, by=by, at=at)
    return contest


def _wait(contest: Contest, at: datetime) -> None:
    if office := commission(day_of(at)):
        worklist.open_todo(
            RUN, contest, title=contest.title, reference=reference(contest), agency=office, role=Role.COMMISSION,
            due_at=instant(contest.result_on, 23, 59), url=page_of(contest), at=at,
        )  # fmt: skip


@act
def call_off(contest: Contest, *, reason: str, by: Account | None, at: datetime) -> Contest:
    """停辦 before it is judged: its page says why, and all teams are told. Raises CannotCatalogue."""
    contest = _locked(contest, at, Stage.COMING, Stage.OPEN, Stage.CLOSED)
    if not reason.strip():
        raise CannotCatalogue(_("請寫明停辦的理由，會公開。"))
    contest.called_off_at, contest.reason = at, reason.strip()[:300]
    contest.save(update_fields=["called_off_at", "reason"])
    worklist.close_all(contest, at=at)
    for work in works(contest):
        worklist.close_all(work, at=at)
    for team in contest.teams.filter(state=TeamState.IN):
        competing.tell(team, "called_off", _CALLED_OFF, at=at, reason=contest.reason)
    audit.record("open_data.contest_called_off", contest, by=by, at=at, note=contest.reason)
    return contest


# ---- checking and judging --------------------------------------------------------------------------------------------

_ACCEPTED = gettext_lazy("「%(team)s」的作品通過檢核，進入評審。")
_SENT_BACK = gettext_lazy("「%(team)s」的作品要修改。理由：%(reason)s")


@act
def check(work: Work, *, accepted: bool, reason: str = "", by: Account | None, at: datetime) -> Work:
    """檢核 of a work as it was seen: it is judged as it is, or sent back with the reason.

    Raises CannotCatalogue, also where the team has changed it since.
    """
    contest, seen = _locked(work.team.contest, at, Stage.OPEN, Stage.CLOSED), work.changed_at
    work = Work.objects.select_for_update(of=("self",)).select_related("team__contest").get(pk=work.pk)
    if work.changed_at != seen:
        raise CannotCatalogue(_("隊伍剛改過這件作品，請回作品頁看過再檢核。"))
    if not accepted and not reason.strip():
        raise CannotCatalogue(_("請寫明哪裡要改，會寄給隊伍。"))
    to = WorkState.ACCEPTED if accepted else WorkState.SENT_BACK
    if work.state == to or work.team.state != TeamState.IN:
        raise CannotCatalogue(_("這件作品已經檢核過，或隊伍已經退出。"))
    work.state, work.reason, work.decided_at = to, "" if accepted else reason.strip()[:300], at
    work.save(update_fields=["state", "reason", "decided_at"])
    worklist.close_all(work, at=at)
    audit.record(
        "open_data.contest_work_checked", work, by=by, at=at, new={"state": to.value, "contest": contest.number},
        note=work.reason,
    )  # fmt: skip
    step = f"checked:{at:%Y%m%d%H%M%S}"
    competing.tell(work.team, step, _ACCEPTED if accepted else _SENT_BACK, at=at, reason=work.reason)
    return work


@act
def begin_judging(
    contest: Contest, *, judges: Sequence[Person], due_on: date, by: Account | None, at: datetime
) -> Contest:
    """開始評審 of the accepted works, from the closing day on; nothing is handed in any more. Raises CannotCatalogue."""
    contest = _locked(contest, at, Stage.OPEN, Stage.CLOSED)
    if day_of(at) < contest.closes_on:
        raise CannotCatalogue(_("截止日當天或以後，才開始評審。"))
    if unchecked := works(contest).filter(state=WorkState.HANDED_IN).count():
        raise CannotCatalogue(_("還有 %(n)s 件作品沒有檢核。") % {"n": unchecked})
    given = [Given(work, None, work.title) for work in works(contest).filter(state=WorkState.ACCEPTED)]
    if not given:
        raise CannotCatalogue(_("沒有通過檢核的作品，無法評審。"))
    this = Round(f"{contest.title} {reference(contest)}", given)
    try:
        contest.review = evaluations.begin(
            REVIEWS[ContestKind(contest.kind)], contest.held_on.year, judges=judges, due={"judging": due_on}, this=this,
            by=by, at=at,
        )  # fmt: skip
    except CannotEvaluate as refusal:
        raise CannotCatalogue(str(refusal)) from refusal
    contest.save(update_fields=["review"])
    audit.record("open_data.contest_judging_begun", contest, by=by, at=at, new={"works": len(given)})
    return contest


def judged(contest: Contest) -> dict[int, tuple[Any, int | None]]:
    """Points and place of each work by its key, once the review is closed."""
    if contest.review is None:
        return {}
    rows = contest.review.candidates.exclude(points=None).values_list("object_id", "points", "place")
    return {key: (points, place) for key, points, place in rows}


def page_to_judge(work: int) -> str:
    """Where judges read a work."""
    return reverse("open_data_desk:work", args=[Work.objects.select_related("team").get(pk=work).team.reference])


# ---- the result ------------------------------------------------------------------------------------------------------


@act
def award(contest: Contest, *, chosen: Mapping[Work, Prize], by: Account | None, at: datetime) -> Contest:
    """公布結果: each chosen work wins its prize and becomes a showcase; all teams are told. Raises CannotCatalogue."""
    contest = _locked(contest, at, Stage.JUDGED)
    prizes = {one.pk: one for one in contest.prizes.all()}
    there = {one.pk: one for one in works(contest).filter(state=WorkState.ACCEPTED).prefetch_related("datasets")}
    if not chosen:
        raise CannotCatalogue(_("請至少選一件得獎的作品。"))
    if any(work.pk not in there or prize.pk not in prizes for work, prize in chosen.items()):
        raise CannotCatalogue(_("只能選這項競賽通過檢核的作品。"))
    if full := rules.too_many(
        Counter(one.n for one in chosen.values()), {one.n: one.winners for one in prizes.values()}
    ):
        name = next(one.name for one in prizes.values() if one.n == full[0])
        raise CannotCatalogue(_("「%(prize)s」選的作品超過得獎隊數。") % {"prize": name})
    contest.awarded_on = day_of(at)
    contest.save(update_fields=["awarded_on"])
    won = {work.pk: prize for work, prize in chosen.items()}
    for key, prize in won.items():
        Award.objects.create(prize=prizes[prize.pk], work=there[key], awarded_on=contest.awarded_on)
        _show(there[key], at)
    worklist.close_all(contest, at=at)
    audit.record(
        "open_data.contest_awarded",
        contest,
        by=by,
        at=at,
        new={there[key].team.call: one.name for key, one in won.items()},
    )
    _tell_result(contest, {there[key].team_id: prize for key, prize in won.items()}, at)
    return contest


def _show(work: Work, at: datetime) -> None:
    """A winning work stands among the showcases, without being reviewed again."""
    number = showcasing.next_number()
    made = Showcase.objects.create(
        number=number, title=work.title, text=work.text, url=work.url, maker=work.team.name, state=ShowcaseState.SHOWN,
        proposed_at=work.handed_in_at, decided_at=at,
    )  # fmt: skip
    made.datasets.set(work.datasets.all())
    work.showcase = made
    work.save(update_fields=["showcase"])


def _tell_result(contest: Contest, won: Mapping[int, Prize], at: datetime) -> None:
    for team in contest.teams.filter(state=TeamState.IN).order_by("n"):
        prize = won.get(team.pk)
        competing.tell(team, "result", _WON if prize else _OVER, at=at, prize=prize.name if prize else "")


# ---- retention -------------------------------------------------------------------------------------------------------


@act
def forget(at: datetime) -> int:
    """Teams that nobody confirmed, and the leaders' mailboxes some days after the end. Says how many mailboxes."""
    today = day_of(at)
    competing.forget(at)
    days = timedelta(days=int(parameter("open_data.leader_days", on=today).value))
    over = Q(awarded_on__lt=today - days) | Q(called_off_at__lt=at - days)
    gone = 0
    for contest in Contest.objects.filter(over, forgotten_on=None).select_for_update():
        for team in Team.objects.filter(contest=contest).exclude(state=TeamState.UNCONFIRMED):
            gone += subscriptions.end_all(competing.TOPIC, str(team.reference), at=at)
        contest.forgotten_on = today
        contest.save(update_fields=["forgotten_on"])
        audit.record("open_data.contest_leaders_forgotten", contest, by=None, at=at)
    return gone
