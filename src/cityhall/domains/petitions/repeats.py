"""不理性重複陳情: when a listing may be proposed, who may approve it, and which petitions it speaks of. Decisions only.

A listing speaks of one verified person and one matter. In doubt it does not speak: the petition goes its ordinary way.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cityhall.foundation.sentence import sentence

from .rules import fold

Point = tuple[float, float]  # longitude, latitude


# ---- the same matter -------------------------------------------------------------------------------------------------


def _grams(text: str) -> Counter[str]:
    letters = "".join(letter for letter in fold(text) if letter.isalnum())
    return Counter(letters[at : at + 3] for at in range(max(1, len(letters) - 2))) if letters else Counter()


def likeness(one: str, other: str) -> float:
    """How alike two texts are, from 0 to 1: the cosine of their runs of three letters (note 01 §5.6)."""
    mine, theirs = _grams(one), _grams(other)
    size = math.sqrt(sum(n * n for n in mine.values()) * sum(n * n for n in theirs.values()))
    return min(1.0, sum(n * theirs[gram] for gram, n in mine.items()) / size) if size else 0.0


def metres(one: Point, other: Point) -> float:
    """How far two points lie apart, for the short distances inside a city."""
    east = (one[0] - other[0]) * 111_320 * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot(east, (one[1] - other[1]) * 110_574)


@dataclass(frozen=True)
class Sameness:
    """From when on two petitions are about the same matter: dated parameters."""

    likeness: float
    metres: float


@dataclass(frozen=True)
class Matter:
    """What a listing is about: category, agency, words that must all stand in a text, and the texts it was shown by."""

    category: str
    agency: str
    words: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()


# ---- does a listing speak of a petition? -----------------------------------------------------------------------------


class Standing(StrEnum):
    """Where a listing stands; the words are those of `states.RestrictionState`."""

    PROPOSED = "PROPOSED"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    IN_FORCE = "IN_FORCE"
    APPEALED = "APPEALED"
    EXPIRED = "EXPIRED"
    LIFTED = "LIFTED"


HOLDING = frozenset({Standing.APPROVED, Standing.IN_FORCE, Standing.APPEALED})
"""Approved, and neither run out nor lifted: an appeal does not put off what was approved."""
OVER = frozenset({Standing.RETURNED, Standing.EXPIRED, Standing.LIFTED})

MOVES: dict[Standing, frozenset[Standing]] = {
    Standing.PROPOSED: frozenset({Standing.APPROVED, Standing.IN_FORCE, Standing.RETURNED}),
    Standing.APPROVED: frozenset({Standing.IN_FORCE, Standing.APPEALED, Standing.LIFTED}),
    Standing.IN_FORCE: frozenset({Standing.APPEALED, Standing.LIFTED, Standing.EXPIRED}),
    Standing.APPEALED: frozenset({Standing.APPROVED, Standing.IN_FORCE, Standing.LIFTED, Standing.EXPIRED}),
    Standing.RETURNED: frozenset(),
    Standing.EXPIRED: frozenset(),
    Standing.LIFTED: frozenset(),
}


@dataclass(frozen=True)
class Listing:
    """A listing as far as it matters for a petition. `persons` are digests of what was verified of the person."""

    persons: frozenset[str]
    matter: Matter
    standing: Standing
    starts_on: date
    ends_on: date

    def holds_on(self, day: date) -> bool:
        """Whether it counts on a day, both its first and its last one in."""
        return self.standing in HOLDING and self.starts_on <= day <= self.ends_on


@dataclass(frozen=True)
class Newcomer:
    """A petition that has just been opened. `sure`: rules or model would dispatch it by themselves."""

    persons: frozenset[str]
    category: str
    agency: str
    text: str
    point: Point | None = None
    urgent: bool = False
    danger: bool = False
    confidential: bool = False
    sure: bool = True


class Apart(StrEnum):
    """Why a listing does not speak of a petition."""

    NOT_IN_FORCE = "not_in_force"
    NOBODY_VERIFIED = "nobody_verified"
    ANOTHER_PERSON = "another_person"
    URGENT = "urgent"
    CONFIDENTIAL = "confidential"
    UNSURE = "unsure"
    ANOTHER_CATEGORY = "another_category"
    ANOTHER_AGENCY = "another_agency"
    ANOTHER_PLACE = "another_place"
    ANOTHER_MATTER = "another_matter"


def person_apart(listing: Listing, newcomer: Newcomer, day: date) -> Apart | None:
    """Whether the listing holds and is of this person at all, and the petition one that may wait."""
    if not listing.holds_on(day):
        return Apart.NOT_IN_FORCE
    if not newcomer.persons:
        return Apart.NOBODY_VERIFIED
    if not newcomer.persons & listing.persons:
        return Apart.ANOTHER_PERSON
    if newcomer.urgent or newcomer.danger:
        return Apart.URGENT
    return Apart.CONFIDENTIAL if newcomer.confidential else None


def matter_apart(matter: Matter, newcomer: Newcomer, same: Sameness) -> Apart | None:
    """Whether the petition is about the listed matter: same category, agency and place, and the words or a like text."""
    if newcomer.category != matter.category:
        return Apart.ANOTHER_CATEGORY
    if newcomer.agency != matter.agency:
        return Apart.ANOTHER_AGENCY
    if newcomer.point and matter.points and all(metres(newcomer.point, one) > same.metres for one in matter.points):
        return Apart.ANOTHER_PLACE
    text = fold(newcomer.text)
    if matter.words and all(fold(word) in text for word in matter.words):
        return None
    if any(likeness(newcomer.text, one) >= same.likeness for one in matter.texts):
        return None
    return Apart.ANOTHER_MATTER


@sentence("1.2.7", "針對不理性重複陳情")
def apart(listing: Listing, newcomer: Newcomer, day: date, same: Sameness) -> Apart | None:
    """Why the listing does not speak of the petition; None where it does, and the petition is not dispatched.

    What is urgent or dangerous passes, what the machine is not sure of goes to a person, and whoever is not verified is
    nobody that a listing could name (note 01 §5.7).
    """
    if found := person_apart(listing, newcomer, day):
        return found
    if not newcomer.sure:
        return Apart.UNSURE
    return matter_apart(listing.matter, newcomer, same)


# ---- may it be proposed? ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Evidence:
    """One of the petitions on which a proposal rests. `hidden`: confidential, or its sender's identity is kept secret."""

    persons: frozenset[str]
    agency: str
    opened_on: date
    hidden: bool = False


@dataclass(frozen=True)
class Answer:
    """The earlier clear answer: to whom, and when it was sent."""

    persons: frozenset[str]
    sent_on: date


@dataclass(frozen=True)
class Proposal:
    """What a unit proposes to its agency's head."""

    evidence: tuple[Evidence, ...]
    needs_answer: bool  # 已明確回復而仍一再陳情: without the answer the ground is not there
    answer: Answer | None
    agency: str
    words: tuple[str, ...]
    notice: str
    today: date
    starts_on: date
    ends_on: date
    review_on: date
    doubled: bool = False  # the same person is listed, or proposed, for the same category at the same agency


class Lack(StrEnum):
    """What a proposal lacks."""

    FEW_PETITIONS = "few_petitions"
    NOT_ONE_PERSON = "not_one_person"
    HIDDEN_PETITION = "hidden_petition"
    ANOTHER_AGENCY = "another_agency"
    NO_ANSWER = "no_answer"
    ANSWER_TO_ANOTHER = "answer_to_another"
    NOTHING_AFTER_ANSWER = "nothing_after_answer"
    SHORT_WORD = "short_word"
    NO_NOTICE = "no_notice"
    STARTS_BEFORE_TODAY = "starts_before_today"
    ENDS_BEFORE_START = "ends_before_start"
    TOO_LONG = "too_long"
    REVIEW_OUTSIDE = "review_outside"
    DOUBLED = "doubled"


def last_day(starts_on: date, months: int) -> date:
    """The last day of so many months that begin on a day: 2026-11-16 and twelve months end on 2027-11-15."""
    year, month = divmod(starts_on.year * 12 + starts_on.month - 1 + months, 12)
    after = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)  # the first day of the month behind it
    same_day = date(year, month + 1, min(starts_on.day, (after - timedelta(days=1)).day))
    return same_day - timedelta(days=1)


def common_persons(evidence: Iterable[Evidence]) -> frozenset[str]:
    """What was verified of the person in every one of the petitions."""
    found = [one.persons for one in evidence]
    return frozenset.intersection(*found) if found else frozenset()


SHORTEST_WORD = 2


def lacks(proposal: Proposal, *, fewest: int, months: int) -> tuple[Lack, ...]:
    """Everything that a proposal lacks; nothing means that it may go to the agency's head."""
    found = []
    evidence, answer = proposal.evidence, proposal.answer
    person = common_persons(evidence)
    if len(evidence) < fewest:
        found.append(Lack.FEW_PETITIONS)
    if evidence and not person:
        found.append(Lack.NOT_ONE_PERSON)
    if any(one.hidden for one in evidence):
        found.append(Lack.HIDDEN_PETITION)
    if any(one.agency != proposal.agency for one in evidence):
        found.append(Lack.ANOTHER_AGENCY)
    if answer is None:
        if proposal.needs_answer:
            found.append(Lack.NO_ANSWER)
    elif not answer.persons & person:
        found.append(Lack.ANSWER_TO_ANOTHER)
    elif proposal.needs_answer and not any(one.opened_on >= answer.sent_on for one in evidence):
        found.append(Lack.NOTHING_AFTER_ANSWER)
    if any(len(fold(word)) < SHORTEST_WORD for word in proposal.words):
        found.append(Lack.SHORT_WORD)
    if not proposal.notice.strip():
        found.append(Lack.NO_NOTICE)
    if proposal.starts_on < proposal.today:
        found.append(Lack.STARTS_BEFORE_TODAY)
    if proposal.ends_on < proposal.starts_on:
        found.append(Lack.ENDS_BEFORE_START)
    elif proposal.ends_on > last_day(proposal.starts_on, months):
        found.append(Lack.TOO_LONG)
    if not proposal.starts_on <= proposal.review_on <= proposal.ends_on:
        found.append(Lack.REVIEW_OUTSIDE)
    if proposal.doubled:
        found.append(Lack.DOUBLED)
    return tuple(found)


# ---- may X approve it? -----------------------------------------------------------------------------------------------


class Barred(StrEnum):
    """Why somebody may not decide."""

    NOT_WAITING = "not_waiting"
    NOT_THE_HEAD = "not_the_head"
    OWN_PROPOSAL = "own_proposal"
    OWN_DECISION = "own_decision"


@sentence("1.2.7", "已獲各機關首長核定者")
def may_decide(standing: Standing, person: int | None, *, proposer: int | None, heads: frozenset[int]) -> Barred | None:
    """Why a person may not approve or return a proposal. Only the agency's own head may: nobody for them, and never
    on what they proposed themselves (PRACTICE, petitions: 機關首長核定, never delegated).
    """
    if standing != Standing.PROPOSED:
        return Barred.NOT_WAITING
    if person is None or person not in heads:
        return Barred.NOT_THE_HEAD
    return Barred.OWN_PROPOSAL if person == proposer else None


def may_judge(standing: Standing, person: int | None, *, had_part: frozenset[int | None]) -> Barred | None:
    """Why somebody of the commission may not decide an appeal: none waits, or they had a part in the listing."""
    if standing != Standing.APPEALED:
        return Barred.NOT_WAITING
    return Barred.OWN_DECISION if person is None or person in had_part else None


# ---- does it look like one? ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Earlier:
    """An earlier petition of the same person."""

    text: str
    opened_on: date


def looks_repeated(
    text: str, day: date, earlier: Iterable[Earlier], *, count: int, days: int, same: Sameness
) -> tuple[Earlier, ...]:
    """The earlier petitions that make this one a repeated one, or none: so many alike within so many days, it included.

    It only proposes; people decide (note 01 §5.7).
    """
    first = day - timedelta(days=days)
    alike = tuple(one for one in earlier if first <= one.opened_on <= day and likeness(text, one.text) >= same.likeness)
    return alike if len(alike) + 1 >= count else ()
