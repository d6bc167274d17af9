"""A small survey: a point, one choice, several choices, and words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cityhall.engines.letters.services import Recipient
from cityhall.engines.surveys import services
from cityhall.engines.surveys.models import Invitation, Questionnaire, Survey, Wave
from cityhall.engines.surveys.services import Line, Plan, Wanted, Wording
from cityhall.engines.surveys.states import Kind, Sampling

NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)  # nine in the morning in Taipei
QUESTIONS = (
    Wanted(Kind.SCALE, "整體而言，您滿意嗎？", "How satisfied are you overall?", no_opinion=True, complaint_at_most=2),
    Wanted(
        Kind.SINGLE, "您用哪一種方式？", "How did you reach us?",
        [Line("電話", "By telephone"), Line("網頁", "On the web"), Line("臨櫃", "At a counter")],
    ),
    Wanted(
        Kind.SEVERAL, "哪些地方可以更好？", "What could be better?",
        [Line("等候時間", "Waiting time"), Line("說明清楚", "Clearer answers"), Line("態度", "Manner")], required=False,
    ),
    Wanted(Kind.TEXT, "還想說什麼？", "Anything else?", required=False),
)  # fmt: skip
GOOD: dict[str, Any] = {"q1": 5, "q2": "c1"}
BAD: dict[str, Any] = {"q1": 1, "q2": "c2", "q3": ["c1", "c3"], "q4": "等太久，我的電話是 0912-345-678"}


def make_survey(*, owner: str = "tests", key: str = "", questions: Any = QUESTIONS, at: datetime = NOW) -> Survey:
    survey = services.create_survey(
        Wording("市民意見調查", "Survey of opinions", "想知道服務好不好。", "We would like to know how we do."),
        owner=owner, key=key, by=None, at=at,
    )  # fmt: skip
    for one in questions:
        services.add_question(version_of(survey), one, by=None, at=at)
    return survey


def version_of(survey: Survey) -> Questionnaire:
    return survey.questionnaires.latest("number")


def make_wave(survey: Survey | None = None, **more: Any) -> Wave:
    given = {"name": "第一波", "population": "打過電話的市民", "sampling": Sampling.EVERYONE, "opens_at": NOW, **more}
    return services.open_wave(version_of(survey or make_survey()), Plan(**given), by=None, at=NOW)


def invited(wave: Wave | None = None, n: int = 1, **more: Any) -> Invitation:
    to = Recipient(**{"email": f"citizen{n}@mail.example", "phone": f"0912-345-{n:03}", **more.pop("to", {})})
    return services.invite(wave or make_wave(), to, source=f"call:{n}", **{"by": None, "at": NOW, **more})


def answered(wave: Wave, *many: dict[str, Any], start: int = 1) -> None:
    for n, given in enumerate(many, start=start):
        services.respond(invited(wave, n), given, at=NOW + timedelta(minutes=n))
