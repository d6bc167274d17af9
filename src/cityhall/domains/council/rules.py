"""Decisions of council cases, without Django: how an item goes on, which inspections count, which month is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cityhall.foundation.sentence import sentence


class Verdict(StrEnum):
    """How an item goes on, as the engine's words are spelled."""

    RELEASED = "RELEASED"
    SELF_TRACKED = "SELF_TRACKED"
    TRACKED = "TRACKED"


@dataclass(frozen=True)
class Answer:
    """What the agencies' reviewed replies amount to."""

    done: bool = False
    explained: bool = False
    under_study: bool = False
    routine: bool = False
    partly_done: bool = False
    outreach: bool = False


@sentence("1.1.3", "案件經審查已辦理或對於詢問內容說明完畢即解除追蹤")
@sentence("1.1.3", "經機關納入研議或屬經常性辦理、已具階段性成果或宣導性質工作")
@sentence("1.1.3", "餘案件繼續追蹤至完成為止")
def verdict_for(answer: Answer) -> Verdict:
    """Decide how an item goes on, from the agencies' reviewed answer."""
    if answer.done or answer.explained:
        return Verdict.RELEASED
    if answer.under_study or answer.routine or answer.partly_done or answer.outreach:
        return Verdict.SELF_TRACKED
    return Verdict.TRACKED


@sentence("1.1.3", "自 106 年起區公所辦理之會勘亦納入系統統計")
def inspection_counts(*, district_office: bool, held_on: date, districts_since: date) -> bool:
    """An agency's inspections always count, a district office's from a day on."""
    return not district_office or held_on >= districts_since


def month_asked_for(today: date) -> date:
    """The month before, by its first day: of which inspections are to be registered now."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
