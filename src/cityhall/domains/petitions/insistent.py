"""Two people of the demo city who write about one matter again and again, and what the city does about it.

One is listed and writes once more, which is declined with the earlier answer; the other's listing waits for the head of
the agency. By the product's own acts, like all the rest of the demo city.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cityhall.engines.cases.states import Channel, PlaceMethod, Status
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.foundation.clock import day_of

from . import listings
from .backlog import Backlog
from .models import Restriction
from .repeats import last_day
from .services import filing, handling, restrictions
from .services.filing import Submission, Where, Who
from .services.restrictions import Given
from .states import ListingGround

if TYPE_CHECKING:
    from .samples import HalfYear

CATEGORY = "street_light_new"
ANSWER = "您好：經現場勘查，該路段已有足夠照明，且燈桿位置屬私人土地，地主不同意設置，依規定無法增設。日後取得同意，可再提出申請。"


@dataclass(frozen=True)
class Insistent:
    """Who writes what, on which days before the end; on which the listing is proposed, and whether it is approved."""

    who: Who
    texts: tuple[str, ...]
    days: tuple[float, ...]
    proposed: float
    approved: bool
    matter: str


STORIES = (
    Insistent(
        Who(name="周永福", email="insists@mail.example"),
        (
            "農路轉彎這裡請增設路燈一盞，晚上太暗，我每天都要走。",
            "農路轉彎這裡請增設路燈一盞，晚上太暗，上次回復我不接受。",
            "農路轉彎這裡請增設路燈一盞，晚上太暗，回復我不接受，再說一次。",
            "農路轉彎這裡請增設路燈一盞，晚上太暗，到底什麼時候要裝？",
        ),
        (61, 46, 31, 3),
        29, True, "農路轉彎處增設路燈",
    ),
    Insistent(
        Who(name="沈美雲", email="insists-too@mail.example"),
        (
            "停車場旁的空地請增設路燈，我的車停在那裡看不到。",
            "停車場旁的空地請增設路燈，我的車停在那裡看不到，請重新考慮。",
            "停車場旁的空地請增設路燈，我的車停在那裡看不到，請再重新考慮。",
        ),
        (40, 21, 5),
        0.8, False, "停車場旁空地增設路燈",
    ),
)  # fmt: skip


def write(half_year: HalfYear, officer: Person, colleague: Person) -> None:
    """Put both into the half-year."""
    for story in STORIES:
        Series(half_year, officer, colleague, story).plan()


@dataclass
class Series(Backlog):
    """One person's petitions, one after the other, at one place."""

    story: Insistent

    def plan(self) -> None:
        """File each on its day, propose on its day."""
        self.written: list[int] = []
        half_year = self.half_year
        for text, days in zip(self.story.texts, self.story.days, strict=True):
            half_year.later(half_year.end - timedelta(days=days), self._writes(text))
        half_year.later(half_year.office(half_year.end - timedelta(days=self.story.proposed)), self.propose)

    def _writes(self, text: str) -> Callable[[datetime], None]:
        return lambda at: self.write(text, at)

    def write(self, text: str, at: datetime) -> None:
        """Filed and confirmed; the unit answers all but the last one before the listing."""
        half_year = self.half_year
        site = half_year.sites[0]
        where = Where(PlaceMethod.PIN, site.lon, site.lat, label=site.label, road=site.road)
        submission = Submission(text=text, channel=Channel.WEB, who=self.story.who, where=where)
        petition = filing.file(submission, at=at)
        half_year.tally.filed += 1
        half_year.truth[petition.pk] = CATEGORY
        half_year.confirm(petition.pk, at + timedelta(minutes=4), on_its_way=False)
        if half_year._get(petition.pk).case.status == Status.NOT_PROCESSED:
            return
        self._to_works(petition.pk, at + timedelta(minutes=11))
        half_year.later(half_year.office(at + timedelta(hours=5)), lambda now: self.take(petition.pk, now))

    def take(self, pk: int, at: datetime) -> None:
        """The officer gets it, and answers what is not the newest before the listing."""
        half_year = self.half_year
        coordinator = self._somebody(half_year._people(self._works(), Role.COORDINATOR, at))
        handling.assign(half_year._get(pk), unit=None, officer=self.officer, by=coordinator, at=at)
        self.written.append(pk)
        if len(self.written) < 3:
            half_year.later(half_year.office(at + timedelta(days=2)), lambda now: self.explain(pk, now))

    def explain(self, pk: int, at: datetime) -> None:
        """The clear answer."""
        petition = self.half_year._get(pk)
        by = self.half_year._handler(petition, at)
        handling.draft_reply(petition, text=ANSWER, outcome="NOT_POSSIBLE", by=by, at=at)
        handling.submit_reply(petition, by=by, at=at + timedelta(minutes=5))
        reply, approver = self._waiting(pk)
        handling.approve_reply(reply, by=approver, at=at + timedelta(minutes=40))

    def propose(self, at: datetime) -> None:
        """The officer proposes; where the story goes on, the head approves the same day, and the last one is answered."""
        petition = self.half_year._get(self.written[-1])
        found = listings.series(petition, day_of(at))
        day = day_of(at)
        given = Given(
            ground=ListingGround.ANSWERED, evidence=[one.petition for one in found],
            answer=listings.answers_to(found)[0], matter=self.story.matter, words=["增設路燈"],
            because="已兩次書面說明無法增設的理由，民眾沒有提出新的事實。",
            notice=f"您反映的「{self.story.matter}」，本處已兩次說明無法增設的理由。", starts_on=day,
            ends_on=last_day(day, 6), review_on=last_day(day, 3),
        )  # fmt: skip
        by = self.half_year._handler(petition, at)
        restriction = restrictions.propose(petition, given=given, by=by, at=at)
        if self.story.approved:
            self.half_year.later(
                self.half_year.office(at + timedelta(hours=3)), lambda now: self.approve(restriction, now)
            )
            self.half_year.later(
                self.half_year.office(at + timedelta(hours=4)), lambda now: self.explain(petition.pk, now)
            )

    def approve(self, restriction: Restriction, at: datetime) -> None:
        """機關首長核定."""
        heads = directory.holders(Role.AGENCY_HEAD, agency=restriction.agency, on=day_of(at))
        restrictions.approve(restriction, by=self._somebody(heads), at=at)
