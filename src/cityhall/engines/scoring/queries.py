"""Questions about schemes, sheets and evaluations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Appointment, Person
from cityhall.foundation.unit import recalled
from cityhall.web.charts import year_name

from .evaluating import Barrier, barrier, panel, places, still_to_score, total
from .models import (
    Candidate,
    CandidateStep,
    Criterion,
    Evaluation,
    EvaluationQuerySet,
    EvaluationStep,
    Judge,
    Measurement,
    Recusal,
    ResultLetter,
    Scheme,
    ScoreMark,
    ScoreSheet,
)
from .registry import EvaluationKind, evaluation_kinds


@recalled(Scheme, Criterion)
def versions(key: str) -> list[Scheme]:
    """All versions of a scheme with their criteria, the newest first, those to come included."""
    return list(Scheme.objects.filter(key=key).prefetch_related("criteria").order_by("-valid_from"))


def marks(sheets: Iterable[ScoreSheet]) -> dict[int, list[ScoreMark]]:
    """The marks by sheet, in the order of the criteria: one question for all."""
    found: dict[int, list[ScoreMark]] = {sheet.pk: [] for sheet in sheets}
    rows = ScoreMark.objects.filter(sheet__in=list(found)).select_related("criterion")
    for row in rows.order_by("sheet", "criterion__order"):
        found[row.sheet_id].append(row)
    return found


READ = "evaluations.read"


# ---- evaluations -----------------------------------------------------------------------------------------------------


def title_of(evaluation: Evaluation) -> str:
    """What people call it: the year and the kind, or the kind and its round."""
    if evaluation.round:
        return _("%(kind)s：%(round)s") % {"kind": evaluation.declared.label, "round": evaluation.round}
    return _("%(year)s度%(kind)s") % {"year": year_name(evaluation.year), "kind": evaluation.declared.label}


def yearly_kinds() -> list[EvaluationKind]:
    """The kinds that are begun on the desk of evaluations, year by year."""
    return [one for one in evaluation_kinds() if one.candidates is not None]


def seen_by(account: Any, at: datetime) -> EvaluationQuerySet:
    """The evaluations that concern somebody: all, those with a candidate of the own agency, those that they judge."""
    reach = directory.reach(account, READ, at)
    rows = Evaluation.objects.prefetch_related("steps").order_by("-year", "kind")
    if reach.everywhere:
        return rows
    own = Candidate.objects.filter(agency__in=reach.agencies).values("evaluation")
    judged = Judge.objects.filter(person=directory.person_of(account)).values("evaluation")
    return rows.filter(Q(pk__in=own) | Q(pk__in=judged))


def running_of(evaluation: Evaluation) -> EvaluationStep | None:
    """The step that runs, of an evaluation whose steps were read with it."""
    return next((one for one in evaluation.steps.all() if one.ended_at is None), None)


def about(rows: QuerySet[CandidateStep]) -> Q:
    """Sheets about these."""
    return Q(content_type=ContentType.objects.get_for_model(CandidateStep), object_id__in=rows.values("pk"))


def sheets_of(row: CandidateStep) -> QuerySet[ScoreSheet]:
    """The sheets of one candidate in one step."""
    return ScoreSheet.objects.filter(about(CandidateStep.objects.filter(pk=row.pk)))


def running_step(evaluation: Evaluation) -> EvaluationStep | None:
    """The first step that has not ended; none once all have."""
    return evaluation.steps.filter(ended_at=None).order_by("order").first()


def measurements(evaluation: Evaluation) -> QuerySet[Measurement]:
    """What formulas found for all candidates."""
    return Measurement.objects.filter(candidate__evaluation=evaluation).select_related("criterion")


def agency_of(person: Person, day: date) -> Agency | None:
    """Where somebody serves on a day."""
    held = person.appointments.as_of(day).select_related("agency").order_by("pk").first()
    return held.agency if held else None


def judge_of(evaluation: Evaluation, account: Any) -> Judge | None:
    """Somebody as a judge of this evaluation."""
    person = directory.person_of(account)
    return evaluation.judges.filter(person=person).select_related("person").first() if person else None


def _agencies_of(judges: Iterable[Judge], day: date) -> dict[int, set[int]]:
    """The agencies where each judge serves, by the judge's key."""
    of_person: dict[int, set[int]] = {}
    people = {one.person_id for one in judges}
    held = Appointment.objects.filter(person__in=people).as_of(day).values_list("person_id", "agency_id")
    for person, agency in held:
        of_person.setdefault(person, set()).add(agency)
    return {one.pk: of_person.get(one.person_id, set()) for one in judges}


def barrier_of(judge: Judge | None, candidate: Candidate, step: EvaluationStep, *, day: date) -> Barrier | None:
    """Why somebody may not score a candidate in this step."""
    if judge is None:
        return barrier(judge=False, own_agency=False, recused=False, done=False)
    row = CandidateStep.objects.filter(candidate=candidate, step=step)
    return barrier(
        judge=True,
        own_agency=candidate.agency_id in _agencies_of([judge], day)[judge.pk],
        recused=judge.recusals.filter(candidate=candidate).exists(),
        done=ScoreSheet.objects.filter(about(row), judge=judge.person_id).exists(),
    )


def left_for(judge: Judge, step: EvaluationStep, *, day: date) -> list[Candidate]:
    """Whom a judge has still to score in a step."""
    own = _agencies_of([judge], day)[judge.pk]
    stepped_back = set(judge.recusals.values_list("candidate_id", flat=True))
    done = set(
        ScoreSheet.objects.filter(about(step.candidates.all()), judge=judge.person_id).values_list(
            "object_id", flat=True
        )
    )
    rows = step.candidates.select_related("candidate").order_by("candidate__n")
    return [
        row.candidate
        for row in rows
        if row.pk not in done and row.candidate_id not in stepped_back and row.candidate.agency_id not in own
    ]


def sheets_by_candidate(step: EvaluationStep) -> dict[int, list[ScoreSheet]]:
    """The sheets of a step by candidate, in the order in which they were given."""
    rows = {row.pk: row.candidate_id for row in step.candidates.all()}
    found: dict[int, list[ScoreSheet]] = {candidate: [] for candidate in rows.values()}
    for sheet in ScoreSheet.objects.filter(about(step.candidates.all())).select_related("judge").order_by("turn"):
        found[rows[sheet.object_id]].append(sheet)
    return found


def without_sheets(step: EvaluationStep, *, one_is_enough: bool, day: date) -> list[Candidate]:
    """The candidates for whom a sheet of the step is missing."""
    candidates = [row.candidate for row in step.candidates.select_related("candidate").order_by("candidate__n")]
    wanted: dict[int, int] = {}
    if step.judged and not one_is_enough:
        judges = list(step.evaluation.judges.all())
        agencies = _agencies_of(judges, day)
        stepped_back = set(Recusal.objects.filter(judge__in=judges).values_list("judge_id", "candidate_id"))
        for one in candidates:
            barred = sum(one.agency_id in agencies[row.pk] or (row.pk, one.pk) in stepped_back for row in judges)
            wanted[one.pk] = len(judges) - barred
    sheets = {key: len(rows) for key, rows in sheets_by_candidate(step).items()}
    missing = set(still_to_score(wanted or [one.pk for one in candidates], sheets=sheets, judges=wanted))
    return [one for one in candidates if one.pk in missing]


@dataclass(frozen=True)
class Result:
    """How a candidate stands: by step the panel's mean, what was measured, the total and the place so far."""

    candidate: Candidate
    steps: dict[str, Decimal | None]
    measured: list[Measurement]
    total: Decimal | None
    place: int | None
    grade: str = ""
    award: str = ""


def results(evaluation: Evaluation) -> list[Result]:
    """All candidates as they stand, by group and place: counted anew from sheets and measurements each time."""
    declared, scheme = evaluation.declared, evaluation.scheme.as_rule
    steps = list(evaluation.steps.order_by("order"))
    means: dict[str, dict[int, Decimal | None]] = {}
    for step in steps:
        found = sheets_by_candidate(step)
        means[step.code] = {
            key: panel([sheet.points for sheet in sheets], trimmed=declared.trimmed and step.judged)
            for key, sheets in found.items()
        }
    of_candidate: dict[int, list[Measurement]] = {}
    for row in measurements(evaluation).order_by("criterion__order"):
        of_candidate.setdefault(row.candidate_id, []).append(row)
    candidates = list(evaluation.candidates.select_related("agency").order_by("n"))
    totals: dict[int, Decimal | None] = {}
    for one in candidates:
        measured = {row.criterion.code: row.points for row in of_candidate.get(one.pk, [])}
        totals[one.pk] = total(scheme, measured, means[steps[-1].code].get(one.pk))
    place: dict[int, int] = {}
    for group in {one.group for one in candidates}:
        members = {
            one.pk: points for one in candidates if one.group == group and (points := totals[one.pk]) is not None
        }
        place |= places(members)
    return [
        Result(
            one,
            {code: by_candidate.get(one.pk) for code, by_candidate in means.items()},
            of_candidate.get(one.pk, []),
            totals[one.pk],
            place.get(one.pk),
            evaluation.scheme.grade_of(totals[one.pk]),
            evaluation.scheme.award_of(totals[one.pk]),
        )
        for one in candidates
    ]


def result_of(subject: Model) -> Candidate | None:
    """The newest result that stands of a record."""
    model = ContentType.objects.get_for_model(subject)
    rows = Candidate.objects.filter(content_type=model, object_id=subject.pk, evaluation__closed_on__isnull=False)
    return rows.select_related("evaluation__scheme").order_by("-evaluation__year").first()


def letters_of(evaluation: Evaluation) -> QuerySet[ResultLetter]:
    """Letters on the results, the newest first."""
    return evaluation.letters.select_related("agency").order_by("-n", "agency__order", "pk")


def latest_letters(evaluation: Evaluation) -> dict[int, ResultLetter]:
    """The newest letter to each agency."""
    return {one.agency_id: one for one in evaluation.letters.order_by("n")}
