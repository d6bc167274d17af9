"""Questions about surveys: who was asked, how many answered, what they said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from cityhall.engines.classify.reading import mask

from . import rules
from .models import Answer, Invitation, Question, Questionnaire, Response, Survey, Wave, together
from .states import Kind, Sampling


def surveys() -> QuerySet[Survey]:
    """All surveys, the newest first, with how many waves they had and how many people answered."""
    waves = Wave.objects.filter(survey=OuterRef("pk")).order_by().values("survey")
    given = Response.objects.filter(invitation__wave__survey=OuterRef("pk")).order_by()
    return Survey.objects.annotate(
        waves_made=Coalesce(Subquery(waves.annotate(n=Count("pk")).values("n")), 0),
        answers_given=Coalesce(
            Subquery(given.values("invitation__wave__survey").annotate(n=Count("pk")).values("n")), 0
        ),
    )


def complaints(*, open_only: bool) -> QuerySet[Response]:
    """Who was so little satisfied that somebody has to look into it, the oldest open ones first."""
    rows = Response.objects.filter(complaint=True).select_related("invitation__wave__survey", "handled_by")
    return rows.filter(handled_at=None).order_by("answered_at") if open_only else rows.order_by("-answered_at")


def survey_of(key: str) -> Survey | None:
    """The survey that its owner knows by this key."""
    return Survey.objects.filter(key=key).first()


@dataclass(frozen=True)
class Asking:
    """Who was asked in a wave. Whom no letter reached was not asked."""

    sent: int
    undeliverable: int
    answered: int

    @property
    def rate(self) -> rules.Share:
        """The response rate: of those who were reached."""
        return rules.Share(self.answered, self.sent - self.undeliverable)


def asking(waves: Sequence[Wave]) -> dict[int, Asking]:
    """By wave: one question for all of them."""
    rows = (
        Invitation.objects.filter(wave__in=waves)
        .values_list("wave")
        .annotate(
            sent=Count("pk"),
            lost=Count("pk", filter=Q(undeliverable_at__isnull=False, response__isnull=True)),
            answered=Count("response"),
        )
        .order_by()
    )
    found = {pk: Asking(sent, lost, answered) for pk, sent, lost, answered in rows}
    return {wave.pk: found.get(wave.pk, Asking(0, 0, 0)) for wave in waves}


def responses(survey: Survey, *, wave: Wave | None = None) -> QuerySet[Response]:
    """What was answered to a survey, or in one of its waves."""
    rows = Response.objects.filter(invitation__wave__survey=survey)
    return rows.filter(invitation__wave=wave) if wave is not None else rows


@dataclass(frozen=True)
class Result:
    """One question with what was answered to it."""

    question: Question
    tally: rules.Tally
    asked: int
    """How many people answered the questionnaire at all."""

    @property
    def skipped(self) -> int:
        """How many of them left this question out."""
        return self.asked - self.tally.base - self.tally.no_opinion


def results(
    questionnaire: Questionnaire,
    *,
    wave: Wave | None = None,
    first: datetime | None = None,
    end: datetime | None = None,
) -> list[Result]:
    """Every question of a version with its shares; of one wave, or of a time. Four questions to the database."""
    answered = Response.objects.filter(invitation__wave__questionnaire=questionnaire)
    if wave is not None:
        answered = answered.filter(invitation__wave=wave)
    if first is not None:
        answered = answered.filter(answered_at__gte=first)
    if end is not None:
        answered = answered.filter(answered_at__lt=end)
    rows = Answer.objects.filter(response__in=answered.order_by())
    people = dict(rows.values_list("question").annotate(n=Count("response", distinct=True)).order_by())
    counts: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for question, choice, number, n in (
        rows.exclude(choice=None, number=None)
        .values_list("question", "choice__code", "number")
        .annotate(n=Count("pk"))
        .order_by()
    ):
        counts[question][choice if number is None else str(number)] = n
    asked = answered.count()
    return [
        Result(one, rules.tally(one.asked, people.get(one.pk, 0), counts[one.pk]), asked)
        for one in questionnaire.questions.prefetch_related("choices")
    ]


def has_interval(wave: Wave) -> bool:
    """Whether shares of a wave may be given with an interval: those who choose themselves stand for nobody else."""
    return wave.sampling != Sampling.VOLUNTARY


def words(question: Question, *, wave: Wave | None = None) -> QuerySet[Answer]:
    """What people wrote, the newest first."""
    rows = Answer.objects.filter(question=question, question__kind=Kind.TEXT)
    if wave is not None:
        rows = rows.filter(response__invitation__wave=wave)
    return rows.select_related("response").order_by("-response__answered_at", "-pk")


def covered(text: str) -> str:
    """Words without mail addresses, telephone and identity numbers, and plates."""
    return mask(text)


def given_by(responses: Sequence[Response]) -> dict[int, dict[str, str]]:
    """What each answered, in words, by the key of the question: one question for all of them. Words are covered."""
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    rows: Any = Answer.objects.filter(response__in=responses).select_related("question", "choice")
    for row in rows.order_by("choice__position", "pk"):
        said = str(row.choice) if row.choice else covered(row.text) if row.number is None else str(row.number)
        before = found[row.response_id].get(row.question.key)
        found[row.response_id][row.question.key] = together([before, said]) if before else said
    return found


def parts_of(questionnaire: Questionnaire) -> dict[str, dict[str, Any]]:
    """A version by its questions, as two versions are compared."""
    return {
        one.key: {
            "kind": one.kind,
            "text": one.text,
            "text_en": one.text_en,
            "choices": [(line.code, line.text, line.text_en) for line in one.choices.all()],
            "required": one.required,
            "no_opinion": one.no_opinion,
            "complaint_at_most": one.complaint_at_most,
        }
        for one in questionnaire.questions.prefetch_related("choices")
    }
