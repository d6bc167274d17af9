"""A call on its way: opened, with a recommended need, proposals, a closed review."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from cityhall.domains.grants import services
from cityhall.domains.grants.models import Call, Need, Proposal
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.scoring import evaluations
from cityhall.engines.scoring.rules import Mark
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of

NINE = instant(date(2026, 11, 16), 9)
DAYS = {"needs": 10, "proposals": 20, "review": 25, "due": 40}
"""So many days after the call: the last of needs, of proposals, the review, and its last day."""


def opened(*, at: datetime = NINE, year: int = 0, **more: Any) -> Call:
    """A call of this year."""
    today = day_of(at)
    given = {
        "year": year or today.year, "name": "寬頻應用城市補助", "sponsor": "經濟部工業局",
        "needs_until": today + timedelta(days=DAYS["needs"]), "proposals_until": today + timedelta(days=DAYS["proposals"]),
        **more,
    }  # fmt: skip
    return services.open_call(by=None, at=at, **given)


def recommended(call: Call, agency: Agency, *, at: datetime = NINE, **more: Any) -> Need:
    """A need that the central reviewers recommend."""
    given = {"title": "休閒農業導覽", "text": "農場資訊與接駁整合。", **more}
    need = services.submit_need(call, agency=agency, by=None, at=at, **given)
    return services.decide_need(need, step="recommend", reason="切合在地需求", by=None, at=at)


def proposed(need: Need, *, at: datetime = NINE, **more: Any) -> Proposal:
    """A vendor's proposal for it."""
    given = {
        "vendor": "示範資訊公司",
        "title": "休閒農業智慧服務計畫",
        "text": "導覽、訂位與統計。",
        "amount": 8_000_000,
        **more,
    }
    return services.submit_proposal(need, by=None, at=at, **given)


def reviewed(call: Call, judge: Person, *, at: datetime = NINE, points: int = 4) -> Call:
    """Its review, by one judge, closed."""
    begins = at + timedelta(days=DAYS["review"])
    due = day_of(at) + timedelta(days=DAYS["due"])
    call = services.begin_review(call, judges=[judge], due_on=due, by=None, at=begins)
    assert call.review is not None
    codes = [one.code for one in call.review.scheme.criteria.all()]
    for candidate in call.review.candidates.all():
        marks = {code: Mark(points, "") for code in codes}
        evaluations.judge(candidate, marks=marks, remark="可行", by=judge.account, at=begins)
    evaluations.end_step(call.review, by=None, at=begins)
    evaluations.close(call.review, by=None, at=begins)
    return Call.objects.select_related("review").get(pk=call.pk)
