"""Acts of an evaluation: it begins, agencies and judges fill in sheets, steps end, the result is closed or opened again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import evaluating, queries, registry
from .evaluating import Barrier
from .models import (
    Candidate,
    CandidateStep,
    Evaluation,
    EvaluationStep,
    Judge,
    Measurement,
    Recusal,
    ScoreSheet,
)
from .rules import Mark
from .services import CannotScore, scheme_on, score

ASSESS, JUDGE = "evaluation.assess", "evaluation.judge"
"""Kinds of to-do: an agency's own sheet, and a judge's sheets."""
DUE = "evaluation.due"
"""Kind of to-do: a year has to be judged by a day."""


class CannotEvaluate(Exception):
    """The evaluation is not in a state for that; the sentence says why."""


BARRED = {
    Barrier.NO_JUDGE: gettext_lazy("您不是這次的評審委員。"),
    Barrier.OWN_AGENCY: gettext_lazy("評審委員不評自己的機關。"),
    Barrier.RECUSED: gettext_lazy("您已經聲明迴避這一件。"),
    Barrier.DONE: gettext_lazy("這一步您已經評過了。"),
}


# ---- beginning -------------------------------------------------------------------------------------------------------


@act
def begin(
    kind: str, year: int, *, judges: Sequence[Person], due: Mapping[str, date], this: registry.Round | None = None,
    by: Any | None, at: datetime,
) -> Evaluation:  # fmt: skip
    """開始評核 of a year with the candidates that the kind names, by the scheme that held at the year's end; or of one of
    several rounds in a year, by the scheme that holds today.

    Raises CannotEvaluate without candidates, without judges where a step needs them, with days that do not follow each
    other, or where the year or the round has been begun.
    """
    declared = registry.evaluation_kind(kind)
    name = this.name[:120] if this else ""
    given = this.candidates if this else declared.candidates(year) if declared.candidates else []
    days = [due[one.code] for one in declared.steps]
    if Evaluation.objects.filter(kind=kind, year=year, round=name).exists():
        raise CannotEvaluate(_("已經開始評審了。") if this else _("這個年度已經開始評核了。"))
    if not given:
        raise CannotEvaluate(_("這個年度沒有受評對象。"))
    if any(one.judged for one in declared.steps) and not judges:
        raise CannotEvaluate(_("請至少選一位評審委員。"))
    if days[0] <= day_of(at) or any(one >= after for one, after in zip(days, days[1:], strict=False)):
        raise CannotEvaluate(_("各步驟的期限要在今天以後，而且一步比一步晚。"))
    scheme = scheme_on(declared.scheme, day_of(at) if this else date(year, 12, 31))
    made = Evaluation.objects.create(kind=kind, year=year, round=name, scheme=scheme, begun_at=at, begun_by=by)
    steps = EvaluationStep.objects.bulk_create(
        EvaluationStep(evaluation=made, order=n, code=one.code, judged=one.judged, due_on=due[one.code])
        for n, one in enumerate(declared.steps, 1)
    )
    candidates = Candidate.objects.bulk_create(
        Candidate(
            evaluation=made, n=n, content_type=ContentType.objects.get_for_model(one.subject), agency=one.agency,
            object_id=one.subject.pk, group=one.group, name=one.name[:200], name_en=one.name_en[:200],
        )
        for n, one in enumerate(given, 1)
    )  # fmt: skip
    CandidateStep.objects.bulk_create(CandidateStep(candidate=one, step=step) for step in steps for one in candidates)
    Judge.objects.bulk_create(Judge(evaluation=made, person=one) for one in judges)
    _measure(made, [one.subject for one in given], candidates, at=at)
    _tell(made, steps[0], at=at)
    audit.record(
        "evaluation.begun", made, by=by, at=at,
        new={"kind": kind, "year": year, "scheme": made.scheme.version, "candidates": len(candidates)},
    )  # fmt: skip
    return made


def _measure(evaluation: Evaluation, subjects: Sequence[Any], candidates: Sequence[Candidate], *, at: datetime) -> None:
    rows = []
    for one in evaluation.scheme.criteria.all():
        if not one.formula:
            continue
        found = registry.measured(one.formula, subjects, evaluation.year)
        for candidate in candidates:
            value, inputs = found.get(candidate.object_id, (None, {}))
            points = evaluating.measured_points(value, one.as_scale, one.points)
            rows.append(
                Measurement(
                    candidate=candidate, criterion=one, value=value, points=points, inputs=dict(inputs), measured_at=at
                )
            )
    Measurement.objects.bulk_create(rows)


@act
def measure_again(evaluation: Evaluation, *, reason: str, by: Any | None, at: datetime) -> None:
    """Measure anew from what the records say now, while the evaluation is open. Raises CannotEvaluate."""
    one = _open(evaluation)
    if not reason.strip():
        raise CannotEvaluate(_("請寫明為什麼重新計算。"))
    candidates = list(one.candidates.all())
    old = {f"{row.candidate_id}.{row.criterion_id}": str(row.points) for row in queries.measurements(one)}
    Measurement.objects.filter(candidate__in=candidates).delete()
    model = candidates[0].content_type.model_class()
    assert model is not None
    subjects = model._default_manager.filter(pk__in=[row.object_id for row in candidates])
    _measure(one, list(subjects), candidates, at=at)
    new = {f"{row.candidate_id}.{row.criterion_id}": str(row.points) for row in queries.measurements(one)}
    audit.record("evaluation.measured", one, by=by, at=at, old=old, new={**new, "reason": reason.strip()[:300]})


def _tell(evaluation: Evaluation, step: EvaluationStep, *, at: datetime) -> None:
    """Put a step on the lists of those who fill in its sheets."""
    due_at = instant(step.due_on, 23, 59)
    url = reverse("scoring:evaluation", args=[evaluation.reference])
    title = queries.title_of(evaluation)
    if step.judged:
        for judge in evaluation.judges.select_related("person"):
            agency = queries.agency_of(judge.person, day_of(at))
            if agency is not None:
                worklist.open_todo(
                    JUDGE, judge, title=title, detail=step.label, agency=agency, person=judge.person, due_at=due_at,
                    url=url, at=at,
                )  # fmt: skip
        return
    for row in step.candidates.select_related("candidate__agency"):
        if row.candidate.agency is None:  # nobody in the house assesses what came from outside
            continue
        worklist.open_todo(
            ASSESS, row, title=title, detail=row.candidate.name, agency=row.candidate.agency, role=Role.COORDINATOR,
            due_at=due_at, url=reverse("scoring:candidate", args=[evaluation.reference, row.candidate.n]), at=at,
        )  # fmt: skip


def _open(evaluation: Evaluation) -> Evaluation:
    """The evaluation, locked and not closed."""
    row = Evaluation.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=evaluation.pk)
    if row.closed_on is not None:
        raise CannotEvaluate(_("已經評定了。要改，請先重新開啟。"))
    return row


# ---- sheets ----------------------------------------------------------------------------------------------------------


def _running(candidate: Candidate) -> tuple[Evaluation, EvaluationStep, CandidateStep]:
    evaluation = _open(candidate.evaluation)
    step = queries.running_step(evaluation)
    if step is None:
        raise CannotEvaluate(_("各步驟都結束了，等候評定。"))
    return evaluation, step, CandidateStep.objects.get(candidate=candidate, step=step)


@act
def assess(candidate: Candidate, *, marks: Mapping[str, Mark], remark: str, by: Any, at: datetime) -> ScoreSheet:
    """自評 of an agency, once. Raises Incomplete, CannotScore, CannotEvaluate."""
    evaluation, step, row = _running(candidate)
    person = directory.person_of(by)
    if step.judged or person is None:
        raise CannotEvaluate(_("現在不是自評的步驟。"))
    sheet = score(row, scheme=evaluation.scheme, marks=marks, judge=person, remark=remark, at=at)
    worklist.close_todo(ASSESS, row, at=at)
    audit.record("evaluation.assessed", candidate, by=by, at=at, new={"points": str(sheet.points)})
    return sheet


@act
def judge(candidate: Candidate, *, marks: Mapping[str, Mark], remark: str, by: Any, at: datetime) -> ScoreSheet:
    """評分 by a judge of the running step, once. Raises Incomplete, CannotScore, CannotEvaluate."""
    evaluation, step, row = _running(candidate)
    if not step.judged:
        raise CannotEvaluate(_("自評還沒結束。"))
    found = queries.judge_of(evaluation, by)
    if reason := queries.barrier_of(found, candidate, step, day=day_of(at)):
        raise CannotScore(str(BARRED[reason]))
    assert found is not None
    turn = queries.sheets_of(row).count() + 1  # the evaluation's row is locked
    sheet = score(row, scheme=evaluation.scheme, marks=marks, judge=found.person, turn=turn, remark=remark, at=at)
    if not queries.left_for(found, step, day=day_of(at)):
        worklist.close_todo(JUDGE, found, at=at)
    audit.record("evaluation.judged", candidate, by=by, at=at, new={"step": step.code})
    return sheet


@act
def recuse(candidate: Candidate, *, reason: str, by: Any, at: datetime) -> Recusal:
    """迴避 of a judge, who then does not score this candidate. Raises CannotEvaluate."""
    evaluation = _open(candidate.evaluation)
    found = queries.judge_of(evaluation, by)
    if found is None:
        raise CannotEvaluate(str(BARRED[Barrier.NO_JUDGE]))
    if not reason.strip():
        raise CannotEvaluate(_("請寫明迴避的理由。"))
    if found.recusals.filter(candidate=candidate).exists():
        raise CannotEvaluate(str(BARRED[Barrier.RECUSED]))
    if ScoreSheet.objects.filter(queries.about(CandidateStep.objects.filter(candidate=candidate)), judge=found.person):
        raise CannotEvaluate(_("您已經評過這一件，請改由研考會處理。"))
    row = Recusal.objects.create(judge=found, candidate=candidate, reason=reason.strip()[:300], at=at)
    step = queries.running_step(evaluation)
    if step is not None and step.judged and not queries.left_for(found, step, day=day_of(at)):
        worklist.close_todo(JUDGE, found, at=at)
    audit.record("evaluation.recused", candidate, by=by, at=at, new={"reason": row.reason})
    return row


# ---- ending ----------------------------------------------------------------------------------------------------------


@act
def end_step(evaluation: Evaluation, *, by: Any | None, at: datetime) -> EvaluationStep:
    """結束這一步 and begin the next. Before the step's day every sheet has to be there; after it, one of a judge for each
    candidate, and no agency's own sheet is waited for. Raises CannotEvaluate.
    """
    one = _open(evaluation)
    step = queries.running_step(one)
    if step is None:
        raise CannotEvaluate(_("各步驟都結束了，等候評定。"))
    late = day_of(at) > step.due_on
    if missing := [] if late and not step.judged else queries.without_sheets(step, one_is_enough=late, day=day_of(at)):
        names = "、".join(row.label for row in missing[:3])
        raise CannotEvaluate(_("還有%(n)d件沒有評完，例如%(names)s。") % {"n": len(missing), "names": names})
    step.ended_at = at
    step.save(update_fields=["ended_at"])
    for row in step.candidates.all() if not step.judged else one.judges.all():
        worklist.close_all(row, at=at)
    if (after := queries.running_step(one)) is not None:
        _tell(one, after, at=at)
    audit.record("evaluation.step_ended", one, by=by, at=at, new={"step": step.code})
    return step


@act
def close(evaluation: Evaluation, *, by: Any | None, at: datetime) -> Evaluation:
    """評定: points and places are written down, and stay. Raises CannotEvaluate while a step runs."""
    one = _open(evaluation)
    if (step := queries.running_step(one)) is not None:
        raise CannotEvaluate(_("%(step)s還沒結束。") % {"step": step.label})
    results = queries.results(one)
    if unknown := [row.candidate.label for row in results if row.total is None]:
        raise CannotEvaluate(_("%(name)s算不出總分。") % {"name": unknown[0]})
    for row in results:
        row.candidate.points, row.candidate.place = row.total, row.place
    Candidate.objects.bulk_update([row.candidate for row in results], ["points", "place"])
    one.closed_on = day_of(at)
    one.save(update_fields=["closed_on"])
    worklist.close_todo(DUE, one.scheme, at=at)
    audit.record(
        "evaluation.closed", one, by=by, at=at,
        new={str(row.candidate.n): f"{row.total} {row.place}" for row in results},
    )  # fmt: skip
    return one


@act
def reopen(evaluation: Evaluation, *, reason: str, by: Any | None, at: datetime) -> Evaluation:
    """重新開啟 the last step of a closed evaluation; what it had come to stays in the audit trail. Raises CannotEvaluate."""
    one = Evaluation.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=evaluation.pk)
    if one.closed_on is None:
        raise CannotEvaluate(_("還沒有評定。"))
    if not reason.strip():
        raise CannotEvaluate(_("請寫明為什麼重新開啟。"))
    old = {str(row.n): f"{row.points} {row.place}" for row in one.candidates.all()}
    one.candidates.update(points=None, place=None)
    one.closed_on = None
    one.save(update_fields=["closed_on"])
    audit.record("evaluation.reopened", one, by=by, at=at, old=old, new={"reason": reason.strip()[:300]})
    return one
