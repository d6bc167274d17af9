"""Two at once: only one month, one contest, one decision and one set of marks come of it, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.support.at_once import at_once

from cityhall.domains.petitions.models import QualityCheck, QualityContest, QualityMark, QualitySheet
from cityhall.domains.petitions.services import quality
from cityhall.domains.petitions.services.quality import CannotCheck
from cityhall.domains.petitions.states import SheetState
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.letters.models import Letter

from .city import opened
from .test_quality import BAD, DRAWN, GOOD, NOVEMBER, Story

pytestmark = pytest.mark.django_db(transaction=True)


def outcomes_of(*acts: Callable[[], Any]) -> list[str]:
    """Begin them together; what became of each: done, refused, or what broke."""
    found = []
    for result in at_once(acts):
        refused = isinstance(result, CannotCheck)
        found.append("refused" if refused else repr(result) if isinstance(result, Exception) else "done")
    return sorted(found)


def test_a_month_is_drawn_once():
    story = Story()
    opened()

    outcomes = outcomes_of(*[lambda: quality.draw(NOVEMBER, by=story.city.commission.account, at=DRAWN)] * 6)

    assert outcomes == ["done"] + ["refused"] * 5
    assert QualityCheck.objects.count() == 1
    assert QualitySheet.objects.filter(second=False).count() == 1


def test_a_sheet_is_scored_once():
    story = Story()
    sheet = story.sheet()
    people = [one.account for one in story.checkers if one.pk not in quality.readers(sheet) - {sheet.checker_id}]

    outcomes = outcomes_of(
        *(lambda by=by, marks=marks: quality.score(sheet, marks=marks, by=by, at=DRAWN) for by in people for marks in (GOOD, BAD))
    )  # fmt: skip

    assert outcomes == ["done"] + ["refused"] * (len(people) * 2 - 1)
    assert QualityMark.objects.filter(sheet=sheet).count() == 5


def test_a_sheet_is_contested_or_accepted_but_not_both_nor_twice():
    story = Story()
    sheet, by = story.wanting(), story.city.coordinator.account

    outcomes = outcomes_of(
        *[lambda: quality.contest(sheet, reason="有寫", by=by, at=DRAWN)] * 3,
        *[lambda: quality.accept(sheet, by=by, at=DRAWN)] * 3,
    )

    state = QualitySheet.objects.get(pk=sheet.pk).state
    assert outcomes == ["done"] + ["refused"] * 5
    assert QualityContest.objects.count() == (state == SheetState.CONTESTED)
    assert Clock.objects.filter(stage="redo").count() == (state == SheetState.REDO)


def test_a_contest_is_decided_once():
    story = Story()
    sheet = story.contested()
    by = story.another(sheet)

    outcomes = outcomes_of(
        *(
            lambda granted=granted: quality.decide(sheet, granted=granted, decision="看過", by=by, at=DRAWN)
            for granted in (True, False, True, False)
        )
    )

    assert outcomes == ["done"] + ["refused"] * 3
    assert Letter.objects.filter(template="petitions.quality_decided").count() == 1
    sheet.refresh_from_db()
    assert Clock.objects.filter(stage="redo").count() == (sheet.state == SheetState.REDO)


def test_the_nightly_job_and_the_agency_return_it_once():
    story = Story()
    sheet = story.wanting()
    later = DRAWN.replace(day=16)
    assert sheet.contest_until < date(2026, 12, 16)

    outcomes = outcomes_of(
        lambda: quality.lapse(later), lambda: quality.lapse(later),
        lambda: quality.accept(sheet, by=story.city.coordinator.account, at=later),
    )  # fmt: skip

    assert set(outcomes) <= {"done", "refused"}
    assert Clock.objects.filter(stage="redo").count() == 1
    assert sheet.steps.filter(type="returned").count() == 1
