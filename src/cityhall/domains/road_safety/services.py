"""道安視導初評: a year is begun with its agencies, its results are sent on, and the ministry's own are recorded beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from . import results
from .models import EvaluatedAgency, Evaluation


class CannotEvaluate(Exception):
    """The step is not possible; the sentence says why."""


@act
def begin(*, year: int, agencies: Collection[Agency], begun_on: date, by: Account | None, at: datetime) -> Evaluation:
    """A year's evaluation with the agencies that it looks at."""
    if Evaluation.objects.filter(year=year).exists():
        raise CannotEvaluate(_("這個年度已經開始了。"))
    if not agencies:
        raise CannotEvaluate(_("請選受評機關。"))
    made = Evaluation.objects.create(year=year, begun_on=begun_on)
    EvaluatedAgency.objects.bulk_create([EvaluatedAgency(evaluation=made, agency=one) for one in agencies])
    audit.record(
        "road_safety.begun", made, by=by, at=at, new={"year": year, "agencies": sorted(a.code for a in agencies)}
    )
    return made


@sentence("1.1.5", "將考評結果送交通部備查")
@act
def send_on(evaluation: Evaluation, *, sent_on: date, document: str, by: Account | None, at: datetime) -> Evaluation:
    """送請備查: the day and the number of the letter to the ministry."""
    evaluation = Evaluation.objects.select_for_update().get(pk=evaluation.pk)
    if evaluation.sent_on is not None:
        raise CannotEvaluate(_("已經送請備查。"))
    found = results.scored(evaluation.year)
    if found is None or found.closed_on is None:
        raise CannotEvaluate(_("初評的結果還沒有評定。"))
    if not document.strip() or sent_on > day_of(at) or sent_on < evaluation.begun_on:
        raise CannotEvaluate(_("請填發文日期與字號；日期不能在開始之前或今天之後。"))
    evaluation.sent_on, evaluation.document = sent_on, document.strip()
    evaluation.save(update_fields=["sent_on", "document"])
    audit.record("road_safety.sent", evaluation, by=by, at=at, new={"document": evaluation.document})
    return evaluation


@act
def record_ministry(
    evaluation: Evaluation, *, points: Mapping[str, Decimal], received_on: date, document: str, by: Account | None,
    at: datetime,
) -> Evaluation:  # fmt: skip
    """登錄交通部複評: the ministry's points of every agency, with its letter. What stood before stays in the audit trail."""
    evaluation = Evaluation.objects.select_for_update().get(pk=evaluation.pk)
    if evaluation.sent_on is None:
        raise CannotEvaluate(_("結果還沒有送請備查。"))
    if not document.strip() or not evaluation.sent_on <= received_on <= day_of(at):
        raise CannotEvaluate(_("請填來文日期與字號；日期不能在送請備查之前或今天之後。"))
    rows = list(evaluation.agencies.select_related("agency"))
    old = {one.agency.code: str(one.ministry_points) for one in rows if one.ministry_points is not None}
    for one in rows:
        found = points.get(one.agency.code)
        if found is None or not 0 <= found <= 100:
            raise CannotEvaluate(_("每個受評機關都要有0到100的分數。"))
        one.ministry_points = found
    EvaluatedAgency.objects.bulk_update(rows, ["ministry_points"])
    evaluation.ministry_on, evaluation.ministry_document = received_on, document.strip()
    evaluation.save(update_fields=["ministry_on", "ministry_document"])
    audit.record(
        "road_safety.ministry_recorded", evaluation, by=by, at=at, old=old,
        new={"document": evaluation.ministry_document, **{one.agency.code: str(one.ministry_points) for one in rows}},
    )  # fmt: skip
    return evaluation
