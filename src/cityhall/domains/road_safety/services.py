"""道安視導初評: a year is begun with its agencies, and its results are sent on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

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
    if not document.strip() or sent_on > day_of(at) or sent_on < evaluation.begun_on:
        raise CannotEvaluate(_("請填發文日期與字號；日期不能在開始之前或今天之後。"))
    evaluation.sent_on, evaluation.document = sent_on, document.strip()
    evaluation.save(update_fields=["sent_on", "document"])
    audit.record("road_safety.sent", evaluation, by=by, at=at, new={"document": evaluation.document})
    return evaluation
