"""品質抽查: a month is drawn, sheets are scored, the agency contests once, what stands is answered anew."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Reply
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import COUNTED_ELSEWHERE, Status
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.deadlines.rules import Limit, Unit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.engines.scoring.rules import Mark, MarkFault, mark_faults
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.rows import new as new_row
from cityhall.foundation.unit import (
    act,
    current,
    insert,
    insert_all,
    one_copy,
    recalled,
    remember,
    remembered,
    save_at_once,
)
from cityhall.web.charts import month_name

from .. import rubrics
from ..models import (
    Petition,
    QualityCheck,
    QualityContest,
    QualityCriterion,
    QualityMark,
    QualityRubric,
    QualityShare,
    QualitySheet,
    QualityStep,
)
from ..quality import (
    MOVES,
    Barred,
    Candidate,
    Drawing,
    Drawn,
    Stand,
    finding,
    may_contest,
    may_decide,
    may_score,
    month_to_draw,
    plan,
    shared_out,
    strata,
)
from ..states import SheetState
from . import agency_letters, clocks, letters, todos

NOBODY_ANSWERS = (Status.WITHDRAWN, Status.MERGED, Status.TRANSFERRED_OUTSIDE, *COUNTED_ELSEWHERE)


class CannotCheck(CannotAct):
    """The step is not possible; the sentence says why."""


class CannotScore(CannotCheck):
    """Marks or reasons are missing, by criterion."""

    def __init__(self, faults: Mapping[str, MarkFault]) -> None:
        super().__init__(_("評分還沒填完，請看標示的項目。"))
        self.faults = faults


# ---- drawing ---------------------------------------------------------------------------------------------------------


def last_day(month: date) -> date:
    """The month's last day."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def drawing_on(day: date) -> Drawing:
    """How many are drawn, by the parameters of a day."""
    names = ("percent", "fewest", "most", "twice_percent")
    return Drawing(**{name: parameter(f"petitions.quality_{name}", on=day).value for name in names})


def candidates(month: date, at: datetime) -> dict[str, tuple[Petition, Candidate]]:
    """The petitions of a month by number, as the rules see them; what no agency has is the desk's."""
    opened = Petition.objects.opened_within(month, last_day(month))
    urgent = set(opened.urgent_when_opened().values_list("pk", flat=True))
    desk = todos.desk(at)
    found = {}
    for petition in opened.select_related("case__agency", "case__unit"):
        case = petition.case
        assert case.number
        ours = case.agency is not None and case.agency.kind != AgencyKind.OUTSIDE_BODY
        answerable = ours and case.status not in NOBODY_ANSWERS
        found[case.number] = (
            petition,
            Candidate(
                case.number, (case.agency or desk).code, petition.pk in urgent, case.confidential, answerable=answerable
            ),
        )
    return found


@act
def rubric_on(day: date) -> QualityRubric:
    """The rubric that holds on a day; the first one is written down when it is first asked for."""
    rows = QualityRubric.objects.on(day).prefetch_related("criteria").order_by("-valid_from")
    found = rows.first()
    if found is None and not QualityRubric.objects.exists():
        _first_rubric()
        found = rows.first()
    if found is None:
        raise CannotCheck(_("這一天還沒有生效的評分標準。"))
    return found


def _first_rubric() -> None:
    rubric, created = QualityRubric.objects.get_or_create(
        version=1, defaults={"valid_from": rubrics.FIRST_SINCE, "source": rubrics.FIRST_SOURCE}
    )
    if created:
        names = ("code", "weight", "must", "name", "name_en", "about", "about_en")
        insert_all(
            [
                QualityCriterion(rubric=rubric, order=n, **dict(zip(names, row, strict=True)))
                for n, row in enumerate(rubrics.FIRST, 1)
            ]
        )


@act
def draw(month: date, *, by: Account | None, at: datetime, seed: str = "") -> QualityCheck:
    """抽出 a month's plan: once; the seed and the numbers are kept, so that it can be worked out again."""
    day = day_of(at)
    if month.day != 1 or last_day(month) >= day:
        raise CannotCheck(_("這個月還沒有結束，不能抽。"))
    drawing = drawing_on(day)
    check, created = QualityCheck.objects.get_or_create(
        month=month,
        defaults={"seed": seed or secrets.token_hex(8), "drawn_at": at, "drawn_by": by, **asdict(drawing)},
    )
    if not created:
        raise CannotCheck(_("這個月已經抽過了，同一個月只抽一次。"))
    known = candidates(month, at)
    everything = [candidate for _petition, candidate in known.values()]
    check.strata = [asdict(one) for one in strata(everything, drawing=drawing)]
    check.save(update_fields=["strata"])
    drawn = plan(everything, seed=check.seed, drawing=drawing)
    checkers = list(directory.holders(Role.COMMISSION, on=day))
    _hand_out(check, drawn, known, checkers, by=by, at=at)
    audit.record(
        "petition.quality_drawn", check, by=by, at=at,
        new={"month": check.slug, "seed": check.seed, "sheets": len(drawn)},
    )  # fmt: skip
    return check


def _hand_out(
    check: QualityCheck,
    drawn: list[Drawn],
    known: Mapping[str, tuple[Petition, Candidate]],
    checkers: list[Person],
    *,
    by: Account | None,
    at: datetime,
) -> None:
    """The sheets of what was drawn, shared out among the checkers, each with its first step."""
    people = {person.pk: person for person in checkers}
    agencies: dict[str, Agency] = {}
    rubric, sheets, desk = rubric_on(day_of(at)), [], todos.desk(at)
    for one, (first, second) in zip(drawn, shared_out(drawn, list(people)), strict=True):
        petition = known[one.number][0]
        agency = agencies.setdefault(one.agency, petition.case.agency or desk)
        for reading, checker in ((False, first), (True, second))[: 2 if one.twice else 1]:
            sheets.append(
                QualitySheet(
                    check_plan=check, petition=petition, agency=agency, unit=petition.case.unit, urgent=one.urgent,
                    second=reading, checker=people.get(checker or 0), rubric=rubric,
                )
            )  # fmt: skip
    insert_all(sheets)
    insert_all(
        [new_row(QualityStep, sheet=sheet, n=1, type="drawn", at=at, by=by, state=sheet.state) for sheet in sheets]
    )
    read: dict[int, list[QualitySheet]] = {}
    for sheet in sheets:
        read.setdefault(sheet.petition_id, []).append(sheet)
        remember((QualityStep, sheet.pk), [1])
    for petition_id, readings in read.items():
        remember((QualitySheet, (check.pk, petition_id)), readings)
    for person in checkers:
        _bring_up_to_date(check, person, at=at)


def _bring_up_to_date(check: QualityCheck, checker: Person | None, *, at: datetime) -> None:
    """The checker's line in the to-do list says how far it is, and goes when nothing is left."""
    if checker is None:
        return
    mine = QualitySheet.objects.filter(check_plan=check, checker=checker)
    counted = mine.aggregate(many=Count("pk"), left=Count("pk", filter=Q(state=SheetState.WAITING)))
    many, left = counted["many"], counted["left"]
    if not many and not check.shares.filter(checker=checker).exists():
        return
    share = remembered((QualityShare, (check.pk, checker.pk)), lambda: _share(check, checker))
    with translation.override("zh-hant"):  # titles are kept in the city's language
        title = _("%(month)s成案的案件，還有%(left)s／%(many)s件待評") % {
            "month": month_name(check.month), "left": left, "many": many,
        }  # fmt: skip
    todos.wait_for_share(
        share, title=title, left=left,
        due_at=clocks.in_working_days(
            parameter("petitions.quality_score_working_days", on=day_of(check.drawn_at)).value, at=check.drawn_at
        ),
        at=at,
    )  # fmt: skip


def _share(check: QualityCheck, checker: Person) -> QualityShare:
    share, _created = QualityShare.objects.get_or_create(check_plan=check, checker=checker)
    share.check_plan, share.checker = check, checker
    return share


def missing(check: QualityCheck) -> list[Petition]:
    """Urgent petitions of the month that are not in its plan: their category, or their day, was changed afterwards."""
    urgent = Petition.objects.opened_within(check.month, last_day(check.month)).urgent_when_opened()
    there = check.sheets.values("petition")
    return list(
        urgent.filter(case__confidential=False)
        .exclude(pk__in=there)
        .select_related("case__agency", "case__unit")
        .order_by("case__number")
    )


@act
def top_up(check: QualityCheck, *, by: Account, at: datetime) -> int:
    """補抽: put the urgent petitions that were not urgent when the month was drawn into its plan, too."""
    check = QualityCheck.objects.select_for_update().get(pk=check.pk)
    found, desk = missing(check), todos.desk(at)
    if not found:
        raise CannotCheck(_("這個月的急迫案件都已經在裡面了。"))
    known = {
        petition.case.number or "": (
            petition,
            Candidate(petition.case.number or "", (petition.case.agency or desk).code, urgent=True),
        )
        for petition in found
    }
    drawn = [Drawn(number, candidate.agency, urgent=True) for number, (_petition, candidate) in known.items()]
    _hand_out(check, drawn, known, list(directory.holders(Role.COMMISSION, on=day_of(at))), by=by, at=at)
    audit.record("petition.quality_topped_up", check, by=by, at=at, new={"sheets": len(drawn)})
    return len(drawn)


def draw_by_itself(at: datetime) -> int:
    """The monthly job: from its day on, the month before this one is drawn if nobody has done so."""
    day = day_of(at)
    month = month_to_draw(day, day=parameter("petitions.quality_draw_day", on=day).value)
    if month is None or QualityCheck.objects.filter(month=month).exists():
        return 0
    if not Petition.objects.opened_within(month, last_day(month)).exists():
        return 0
    draw(month, by=None, at=at)
    return 1


@act
def take_over(from_person: Person, to_person: Person, *, at: datetime) -> int:
    """移交: what a checker has not read yet is a colleague's; what the colleague reads the other time is anybody's."""
    waiting = QualitySheet.objects.filter(checker=from_person, state=SheetState.WAITING).select_related("check_plan")
    rows = list(waiting.order_by("pk"))
    for sheet in rows:
        sheet.checker = None if other_reader(sheet) == to_person else to_person
        sheet.save(update_fields=["checker"])
    for check in {sheet.check_plan_id: sheet.check_plan for sheet in rows}.values():
        for person in (from_person, to_person):
            _bring_up_to_date(check, person, at=at)
    return len(rows)


# ---- scoring ---------------------------------------------------------------------------------------------------------


def _step(
    sheet: QualitySheet, type: str, *, by: Account | None, at: datetime, text: str = "", to: Stand | None = None
) -> None:
    """One more line of the sheet's history, with the state that it leaves, and an entry in the trail."""
    before = sheet.state
    if to is not None:
        if to not in MOVES[Stand(before)]:
            raise CannotCheck(_("評核表目前是「%(now)s」，不能這樣處理。") % {"now": SheetState(before).label})
        sheet.state = SheetState(to.value)
    save_at_once(sheet)
    last = remembered((QualityStep, sheet.pk), lambda: [_last_step(sheet)])
    last[0] += 1
    insert(
        new_row(
            QualityStep, sheet=sheet, n=last[0], type=type, at=at, by=by, state=sheet.state, text=text.strip()[:2000]
        )
    )
    audit.record(
        f"petition.quality_{type}", sheet, by=by, at=at, old={"state": before},
        new={"state": sheet.state, "points": sheet.points},
    )  # fmt: skip


def _last_step(sheet: QualitySheet) -> int:
    return sheet.steps.order_by("-n").values_list("n", flat=True).first() or 0


def readings(check: int, petition: int) -> list[QualitySheet]:
    """The sheets of a petition in a month's plan: one, or two. An act has one copy of each, locked."""

    def read() -> list[QualitySheet]:
        rows = QualitySheet.objects.filter(check_plan=check, petition=petition).order_by("second", "pk")
        rows = rows.select_related(
            "check_plan", "agency", "unit", "checker__account", "petition__case__requester", "petition__category"
        )
        found = list(rows.select_for_update(of=("self",)) if current() else rows)
        for one in found:
            one.rubric = _rubric(one.rubric_id)
        return found

    return remembered((QualitySheet, (check, petition)), read)


one_copy(QualitySheet, lambda sheet: (sheet.check_plan_id, sheet.petition_id))


@recalled(QualityRubric, QualityCriterion)
def _rubric(pk: int) -> QualityRubric:
    return QualityRubric.objects.prefetch_related("criteria").get(pk=pk)


def _locked(sheet: QualitySheet) -> QualitySheet:
    """The sheet as it is now, locked until the end of the act, after its case: the same order everywhere."""
    case = cases.lock(sheet.petition.case)
    found = next(one for one in readings(sheet.check_plan_id, sheet.petition_id) if one.pk == sheet.pk)
    petition = remembered((Petition, case.pk), lambda: found.petition)
    petition.case, found.petition = case, petition
    return found


def other_reader(sheet: QualitySheet) -> Person | None:
    """Who reads the same petition, the other time."""
    both = readings(sheet.check_plan_id, sheet.petition_id)
    return next((one.checker for one in both if one.pk != sheet.pk), None)


def why_not_score(sheet: QualitySheet, person: Person | None) -> Barred | None:
    """Why somebody may not score a sheet; nothing where they may."""
    other = other_reader(sheet)
    return may_score(Stand(sheet.state), person.pk if person else None, other_reader=other.pk if other else None)


@act
def score(
    sheet: QualitySheet, *, marks: Mapping[str, Mark], remark: str = "", by: Account, at: datetime
) -> QualitySheet:
    """評分: whoever of the commission reads it; found wanting, the agency is told and may contest."""
    sheet = _locked(sheet)
    person, before = directory.person_of(by), sheet.checker
    why = why_not_score(sheet, person)
    if why == Barred.NOT_NOW:
        raise CannotCheck(_("這份評核表已經評過了。"))
    if why is not None or person is None:
        raise CannotCheck(_("同一件由兩人各評一次，請由另一位評分。"))
    rubric = sheet.rubric.as_rule
    if faults := mark_faults(rubric.scheme, marks):
        raise CannotScore(faults)
    found = finding(rubric, marks)
    insert_all(
        [
            new_row(QualityMark, sheet=sheet, criterion=one, value=mark.value, reason=mark.reason.strip()[:300])
            for one in sheet.rubric.criteria.all()
            for mark in (marks[one.code],)
        ]
    )
    sheet.checker, sheet.points, sheet.found_wanting = person, found.points, found.wanting
    sheet.scored_at, sheet.remark = at, remark.strip()[:1000]
    wanting = found.wanting and not sheet.second
    if wanting:
        days = parameter("petitions.quality_contest_working_days", on=day_of(at)).value
        sheet.contest_until = day_of(clocks.in_working_days(days, at=at))
    _step(sheet, "scored", by=by, at=at, to=Stand.WANTING if found.wanting else Stand.GOOD)
    for one in {person.pk: person, **({before.pk: before} if before else {})}.values():
        _bring_up_to_date(sheet.check_plan, one, at=at)
    if wanting:
        _note(sheet, "quality_wanting", by=by, at=at)
        todos.wait_for_sheet(
            sheet, todos.QUALITY_ANSWER, agency=sheet.agency, role=Role.COORDINATOR, at=at,
            due_at=clocks.in_working_days(days, at=at),
        )  # fmt: skip
        agency_letters.sheet(sheet, "quality_found", at=at)
    return sheet


def _note(sheet: QualitySheet, event: str, *, by: Account | None, at: datetime, reason: str = "") -> None:
    """A line in the petition's own timeline; for officers only."""
    payload = {"sheet": sheet.number, **({"reason": reason} if reason else {})}
    cases.add_event(sheet.petition.case, event, by=by, at=at, payload=payload, public=False)


@act
def take_back(sheet: QualitySheet, *, reason: str, by: Account, at: datetime) -> QualitySheet:
    """收回重評: the checker marked wrongly, and the agency has not answered yet."""
    sheet = _locked(sheet)
    person = directory.person_of(by)
    if Stand(sheet.state) not in (Stand.GOOD, Stand.WANTING):
        raise CannotCheck(_("機關已經回應或還沒有評分，不能收回。"))
    if person is None or person != sheet.checker:
        raise CannotCheck(_("只有評分的人可以收回自己的評分。"))
    if not reason.strip():
        raise CannotCheck(_("請寫明收回的理由。"))
    told = sheet.state == SheetState.WANTING and not sheet.second
    marks = " ".join(f"{mark.criterion.name}{mark.value}" for mark in sheet.marks.select_related("criterion"))
    sheet.marks.all().delete()
    sheet.state, sheet.points, sheet.found_wanting = SheetState.WAITING, None, None
    sheet.scored_at, sheet.contest_until = None, None
    _step(sheet, "taken_back", by=by, at=at, text=f"{reason.strip()} ({marks})")
    todos.sheet_done(sheet, todos.QUALITY_ANSWER, at=at)
    _bring_up_to_date(sheet.check_plan, person, at=at)
    if told:
        _note(sheet, "quality_taken_back", by=by, at=at, reason=reason)
        agency_letters.sheet(sheet, "quality_decided", at=at, how="taken_back", reason=reason)
    return sheet


@act
def drop(sheet: QualitySheet, *, reason: str, by: Account, at: datetime) -> QualitySheet:
    """不評: it should not have been drawn, such as one that has become confidential since."""
    sheet = _locked(sheet)
    if not reason.strip():
        raise CannotCheck(_("請寫明不評的理由。"))
    twins = [sheet]
    if not sheet.second:  # without the first reading there is nothing to compare the second with
        both = readings(sheet.check_plan_id, sheet.petition_id)
        twins += [one for one in both if one.second and one.state == SheetState.WAITING]
    for one in twins:
        _step(one, "dropped", by=by, at=at, text=reason, to=Stand.DROPPED)
        _bring_up_to_date(sheet.check_plan, one.checker, at=at)
    return sheet


# ---- the agency's word -----------------------------------------------------------------------------------------------


@act
def contest(sheet: QualitySheet, *, reason: str, by: Account, at: datetime) -> QualitySheet:
    """申復: the agency disagrees, once, with a reason, within its days."""
    sheet = _locked(sheet)
    why = may_contest(
        Stand(sheet.state), contested_before=QualityContest.objects.filter(sheet=sheet).exists(), today=day_of(at),
        until=sheet.contest_until or date.min,
    )  # fmt: skip
    if why is not None:
        raise CannotCheck(
            {
                Barred.ALREADY_CONTESTED: _("這份評核表已經申復過；申復以一次為限。"),
                Barred.NOT_NOW: _("這份評核表現在不能申復。"),
                Barred.TOO_LATE: _("申復期限已過。"),
            }[why]
        )
    if not reason.strip():
        raise CannotCheck(_("請寫明申復的理由。"))
    QualityContest.objects.create(sheet=sheet, reason=reason.strip(), asked_by=directory.person_of(by), asked_at=at)
    _step(sheet, "contested", by=by, at=at, text=reason, to=Stand.CONTESTED)
    todos.sheet_done(sheet, todos.QUALITY_ANSWER, at=at)
    days = parameter("petitions.quality_decide_working_days", on=day_of(at)).value
    others = directory.holders(Role.COMMISSION, on=day_of(at)).exclude(pk__in=[pk for pk in readers(sheet) if pk])
    todos.wait_for_sheet(  # where all have read it, their head decides
        sheet, todos.QUALITY_CONTEST, agency=todos.desk(at), at=at, due_at=clocks.in_working_days(days, at=at),
        role=Role.COMMISSION if others.exists() else Role.COMMISSION_HEAD,
    )  # fmt: skip
    return sheet


def readers(sheet: QualitySheet) -> frozenset[int | None]:
    """Who read the petition, once or twice."""
    return frozenset(one.checker_id for one in readings(sheet.check_plan_id, sheet.petition_id))


def why_not_decide(sheet: QualitySheet, person: Person | None) -> Barred | None:
    """Why somebody may not decide on the contest; nothing where they may."""
    return may_decide(Stand(sheet.state), person.pk if person else None, checkers=readers(sheet))


@act
def decide(sheet: QualitySheet, *, granted: bool, decision: str, by: Account, at: datetime) -> QualitySheet:
    """決定申復, by another person than those who scored it: taken back, or it stands and is answered anew."""
    sheet = _locked(sheet)
    person = directory.person_of(by)
    why = why_not_decide(sheet, person)
    if why == Barred.NOT_NOW:
        raise CannotCheck(_("目前沒有待決定的申復。"))
    if why is not None:
        raise CannotCheck(_("評分的人不能決定這份評核表的申復，請由另一位決定。"))
    if not decision.strip():
        raise CannotCheck(_("請寫明決定的理由，機關會看到。"))
    row = sheet.contest
    row.granted, row.decision, row.decided_by, row.decided_at = granted, decision.strip(), person, at
    row.save()
    todos.sheet_done(sheet, todos.QUALITY_CONTEST, at=at)
    if granted:
        _step(sheet, "lifted", by=by, at=at, text=decision, to=Stand.LIFTED)
        _note(sheet, "quality_lifted", by=by, at=at, reason=decision)
    else:
        _step(sheet, "upheld", by=by, at=at, text=decision)
        _return(sheet, by=by, at=at)
    agency_letters.sheet(sheet, "quality_decided", at=at, how="lifted" if granted else "upheld", reason=decision)
    return sheet


@act
def accept(sheet: QualitySheet, *, by: Account, at: datetime) -> QualitySheet:
    """The agency does not contest and answers anew at once."""
    sheet = _locked(sheet)
    if sheet.state != SheetState.WANTING:
        raise CannotCheck(_("這份評核表現在不必回應。"))
    _step(sheet, "accepted", by=by, at=at)
    _return(sheet, by=by, at=at)
    return sheet


def lapse(at: datetime) -> int:
    """The days to contest are over: what was found stands."""
    over = QualitySheet.objects.first_readings().filter(state=SheetState.WANTING, contest_until__lt=day_of(at))
    rows = list(over.select_related("petition__case").order_by("pk")[:500])
    count = 0
    for row in rows:
        count += _lapse(row, at=at)
    return count


@act
def _lapse(row: QualitySheet, *, at: datetime) -> int:
    sheet = _locked(row)
    if sheet.state != SheetState.WANTING or (sheet.contest_until or date.max) >= day_of(at):
        return 0
    _step(sheet, "lapsed", by=None, at=at)
    _return(sheet, by=None, at=at)
    return 1


# ---- redo ------------------------------------------------------------------------------------------------------------

AGAIN = gettext_noop("研考會檢核後，認為先前的回復還可以更完整，已請主辦機關重新回復您。")
BECAUSE = gettext_noop("品質檢核應予改善，自退回之日起重新回復")


def _return(sheet: QualitySheet, *, by: Account | None, at: datetime) -> None:
    """退回重辦: an answered petition is taken up again, with a clock of its own; the original clocks stay as they are."""
    petition, case = sheet.petition, sheet.petition.case
    todos.sheet_done(sheet, todos.QUALITY_ANSWER, at=at)
    if case.status in NOBODY_ANSWERS:
        _step(sheet, "no_redo", by=by, at=at, to=Stand.NO_REDO)
        return
    _step(sheet, "returned", by=by, at=at, to=Stand.REDO)
    limit = parameter("petitions.quality_redo_working_days", on=day_of(at))
    if clocks.running(petition, clocks.REDO) is None:
        deadlines.start(
            case, stage=clocks.REDO, limit=Limit(limit.value, Unit.WORKING_DAYS),
            policy_version=f"quality@{limit.version}", because=BECAUSE, at=at,
        )  # fmt: skip
    answered = case.status in (Status.REPLIED, Status.CLOSED)
    if answered:
        case.ended_at = None
        asked = case.reopen_requests.filter(granted=None).first()
        if asked is not None:  # the citizen has asked for the same: it is granted with it
            cases.decide_reopen(asked, granted=True, decision=AGAIN, decided_by=None, by=by, at=at)
            todos.done(petition, todos.REOPEN, at=at)
        else:
            cases.move(case, Status.REOPENED, by=by, at=at, given={"reason": AGAIN, "sheet": sheet.number})
        assert case.agency
        todos.wait(
            petition, todos.ASSIGN, agency=case.agency, role=Role.COORDINATOR, due_at=clocks.next_due(petition),
            stage=clocks.REDO, at=at,
        )  # fmt: skip
        letters.again(petition, sheet=sheet.pk, at=at)
    else:
        _note(sheet, "quality_returned", by=by, at=at)
        kinds = (todos.DISPATCH, todos.ASSIGN, todos.HANDLE, todos.APPROVE)
        worklist.move_due(case, due_at=clocks.next_due(petition), kinds=kinds)


def _in_redo(petition: Petition) -> Iterable[QualitySheet]:
    rows = QualitySheet.objects.filter(petition=petition, state=SheetState.REDO).order_by("pk")
    for pk, check in list(rows.values_list("pk", "check_plan")):
        for sheet in readings(check, petition.pk):
            if sheet.pk == pk and sheet.state == SheetState.REDO:  # nobody was faster
                sheet.petition = petition
                yield sheet


def answered(petition: Petition, reply: Reply, *, by: Account, at: datetime) -> None:
    """A new reply has gone out: its clock is met, and the checker looks whether it is better."""
    clock = clocks.running(petition, clocks.REDO)
    if clock is None:
        return
    deadlines.meet(clock, at=at)
    for sheet in _in_redo(petition):
        sheet.redo_reply = reply
        _step(sheet, "answered", by=by, at=at, to=Stand.ANSWERED)
        days = parameter("petitions.quality_score_working_days", on=day_of(at)).value
        todos.wait_for_sheet(
            sheet, todos.QUALITY_JUDGE, agency=todos.desk(at), role=Role.COMMISSION, person=sheet.checker, at=at,
            due_at=clocks.in_working_days(days, at=at),
        )  # fmt: skip


def ended(petition: Petition, *, by: Account | None, at: datetime) -> None:
    """撤案, 併案, 移送 or 不予處理 while it was to be answered anew: nobody will."""
    if clocks.running(petition, clocks.REDO) is not None:
        for sheet in _in_redo(petition):
            _step(sheet, "no_redo", by=by, at=at, to=Stand.NO_REDO)


@act
def judge(sheet: QualitySheet, *, improved: bool, remark: str, by: Account, at: datetime) -> QualitySheet:
    """複查: whether the new reply is better."""
    sheet = _locked(sheet)
    if sheet.state != SheetState.ANSWERED:
        raise CannotCheck(_("還沒有重新回復，或已經複查過。"))
    if not improved and not remark.strip():
        raise CannotCheck(_("未改善時，請寫明還缺什麼。"))
    _step(sheet, "judged", by=by, at=at, text=remark, to=Stand.IMPROVED if improved else Stand.NOT_IMPROVED)
    _note(sheet, "quality_judged", by=by, at=at, reason=remark)
    todos.sheet_done(sheet, todos.QUALITY_JUDGE, at=at)
    return sheet
