"""A survey of the commission in the demo city: 圖書館滿意度, asked by mail of invented readers, answered by two thirds.

Whom it asks and what they say comes from the number of each reader, so that the city is the same each time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cityhall.domains.petitions.samples import HalfYear
from cityhall.engines.directory.models import Person
from cityhall.engines.letters.services import Recipient
from cityhall.engines.surveys import queries, registry, services
from cityhall.engines.surveys.models import Invitation, Wave
from cityhall.engines.surveys.services import Line, Plan, Wanted, Wording
from cityhall.engines.surveys.states import Kind, Sampling, Way

KEY = "city.libraries"
READERS, BLOCK = 90, 15
WORDING = Wording(
    "市立圖書館服務意見調查", "Survey on the city's libraries",
    "想知道您對圖書館的服務滿不滿意，作為調整開放時間和館藏的參考。約1分鐘。",
    "We would like to know how satisfied you are with the libraries, so that hours and collections can be adjusted. "
    "It takes about a minute.",
)  # fmt: skip
QUESTIONS = (
    Wanted(
        Kind.SCALE, "整體來說，您對圖書館的服務滿意嗎？", "Overall, how satisfied are you with the library?",
        no_opinion=True, complaint_at_most=1,
    ),
    Wanted(
        Kind.SINGLE, "您多久來一次圖書館？", "How often do you visit a library?",
        [Line("每週", "Every week"), Line("每月", "Every month"), Line("更少", "Less often")],
    ),
    Wanted(
        Kind.SEVERAL, "哪些地方可以更好？", "What could be better?",
        [
            Line("開放時間", "Opening hours"), Line("藏書", "Books"), Line("座位", "Seats"),
            Line("借還書手續", "Borrowing and returning"),
        ], required=False,
    ),
    Wanted(Kind.TEXT, "還有什麼建議？", "Any other suggestions?", required=False),
)  # fmt: skip
POINTS = (5, 4, 4, 5, 3, 4, 5, 2, 4, 0, 5, 3, 4, 5, 4, 1)
BETTER: tuple[list[str], ...] = (["c1"], ["c3"], ["c1", "c3"], [], ["c2"], ["c4", "c1"])
SAID = (
    "週日晚上可以開到九點就好了。", "", "親子區的書很新，謝謝。", "", "", "自習座位常常被包包占走，希望有人巡。", "",
    "還書箱滿了沒有人收，排了兩次隊。", "", "希望多買一些大字版的書。", "", "",
)  # fmt: skip


def write(half_year: HalfYear, commission: Person) -> None:
    """Six weeks before the end the survey begins; readers are asked in blocks and answer in the days after."""
    begins = half_year.end - timedelta(days=42)
    half_year.later(begins, partial(_begin, commission))
    for first in range(0, READERS, BLOCK):
        when = begins + timedelta(days=first // BLOCK, hours=1)
        half_year.later(when, partial(_invite, commission, first))
        for n in range(first, first + BLOCK):
            if n % 3:
                half_year.later(when + timedelta(days=n % 11, hours=n % 13, minutes=n), partial(_answer, n))


def _begin(commission: Person, at: datetime) -> None:
    by = commission.account
    survey = services.create_survey(WORDING, owner=registry.CITY, key=KEY, by=by, at=at)
    version = survey.questionnaires.get()
    for one in QUESTIONS:
        services.add_question(version, one, by=by, at=at)
    plan = Plan("第一次", "辦過借閱證、留了電子郵件的讀者，從名冊隨機抽出", Sampling.RANDOM, at, days=21)
    services.open_wave(version, plan, by=by, at=at)


def _wave() -> Wave:
    survey = queries.survey_of(KEY)
    assert survey is not None
    return survey.waves.get()


def _reader(n: int) -> Recipient:
    return Recipient(email=f"reader{n:02}@mail.example", language="en" if n % 20 == 7 else "zh-hant")


def _invite(commission: Person, first: int, at: datetime) -> None:
    people = [_reader(n) for n in range(first, first + BLOCK)]
    services.invite_many(_wave(), people, by=commission.account, at=at)


def _answer(n: int, at: datetime) -> None:
    to = _reader(n)
    invitation: Invitation = services.take_invitation(_wave(), to.email, way=Way.EMAIL, language=to.language, at=at)[0]
    given: dict[str, Any] = {
        "q1": POINTS[n % len(POINTS)], "q2": ("c1", "c2", "c2", "c3")[n % 4], "q3": BETTER[n % len(BETTER)],
        "q4": SAID[n % len(SAID)],
    }  # fmt: skip
    services.respond(invitation, given, language=to.language, at=at)
