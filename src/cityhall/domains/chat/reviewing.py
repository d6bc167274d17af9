"""The bot's quality: what became of messages that asked something, a week; a sample that people review; answers replayed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, Count, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import history
from cityhall.foundation.clock import day_of, start_of_day
from cityhall.foundation.unit import act

from . import knowledge, operating
from .knowledge import Found
from .models import BotAnswer, Conversation, Review
from .refusals import CannotTalk
from .states import ASKED, Outcome

WEEKS = 12
SPREAD = 2654435761
"""Knuth's multiplier, which spreads numbers that follow each other."""


@dataclass(frozen=True)
class Week:
    """What the bot made of a week's questions; `wrong` by a rating or by a person's review."""

    first: date
    asked: int = 0
    answered: int = 0
    offered: int = 0
    refused: int = 0
    wrong: int = 0
    reviewed: int = 0
    handed_over: int = 0

    @property
    def share(self) -> float | None:
        """How many of a hundred questions it answered."""
        return 100 * self.answered / self.asked if self.asked else None


WRONG = Q(helped=False) | Q(review__right=False)


def monday(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def asked(first: date | None = None, last: date | None = None) -> QuerySet[BotAnswer]:
    """The bot's answers to messages that asked something, of these days."""
    rows = BotAnswer.objects.filter(outcome__in=ASKED)
    if first is not None:
        rows = rows.filter(at__gte=start_of_day(first))
    return rows.filter(at__lt=start_of_day(last + timedelta(days=1))) if last is not None else rows


def weeks(at: datetime, *, many: int = WEEKS) -> list[Week]:
    """The last weeks, the newest first, in two questions whatever their number."""
    newest = monday(day_of(at))
    firsts = [newest - timedelta(weeks=n) for n in range(many)]

    def which(name: str) -> Case:
        between = [
            When(
                **{f"{name}__gte": start_of_day(first), f"{name}__lt": start_of_day(first + timedelta(weeks=1))},
                then=Value(n),
            )
            for n, first in enumerate(firsts)
        ]
        return Case(*between, default=Value(-1))

    counted = (
        asked(firsts[-1], day_of(at)).annotate(week=which("at")).order_by().values("week")
        .annotate(
            n=Count("pk"), known=Count("pk", filter=Q(outcome=Outcome.ANSWERED)),
            several=Count("pk", filter=Q(outcome=Outcome.OFFERED)), unknown=Count("pk", filter=Q(outcome=Outcome.REFUSED)),
            bad=Count("pk", filter=WRONG), looked=Count("pk", filter=Q(review__isnull=False)),
        )
    )  # fmt: skip
    handed = dict(
        Conversation.objects.filter(called_at__gte=start_of_day(firsts[-1])).annotate(week=which("called_at"))
        .order_by().values_list("week").annotate(n=Count("pk"))
    )  # fmt: skip
    by_week: dict[int, dict[str, Any]] = {row["week"]: dict(row) for row in counted}
    found = []
    for n, first in enumerate(firsts):
        row = by_week.get(n, {})
        found.append(
            Week(
                first, row.get("n", 0), row.get("known", 0), row.get("several", 0), row.get("unknown", 0),
                row.get("bad", 0), row.get("looked", 0), handed.get(n, 0),
            )
        )  # fmt: skip
    return found


KINDS = ("answered", "offered", "refused", "wrong", "handed", "sample")


def listed(kind: str, first: date | None, last: date | None, source: str = "") -> QuerySet[BotAnswer]:
    """The answers behind a number, all or those of one source."""
    rows = asked(first, last)
    if source:
        rows = rows.filter(asked__conversation__source=source)
    match kind:
        case "answered" | "offered" | "refused":
            rows = rows.filter(outcome=kind.upper())
        case "wrong":
            rows = rows.filter(WRONG)
        case "handed":
            rows = rows.filter(asked__conversation__called_at__isnull=False)
        case "sample":
            rows = sample(rows)
        case _:
            pass
    return rows.select_related("asked__conversation", "review").order_by("-at", "-pk")


def sample(rows: QuerySet[BotAnswer]) -> QuerySet[BotAnswer]:
    """A share that people review: drawn by the answer's own number, so that it is the same however often it is asked.

    How large the share is stands in the parameter of the answer's own day: a later value changes no earlier draw.
    """
    newest_first = history("chat.review_percent")
    share = Case(
        *(When(at__gte=start_of_day(one.valid_from), then=Value(one.value)) for one in newest_first),
        default=Value(newest_first[-1].value),
    )
    return rows.alias(lot=LOT, share=share).filter(lot__lt=F("share"))


LOT = ExpressionWrapper(F("pk") * Value(SPREAD) % Value(2**32) % Value(100), output_field=BigIntegerField())
"""The lot of an answer, from 0 to 99: neighbours in time have lots far apart."""


@act
def review(answer: BotAnswer, *, right: bool, remark: str, by: Account, at: datetime) -> Review:
    """A person's word on an answer; a later word takes its place."""
    person = operating.me(by)
    row, _new = Review.objects.update_or_create(
        answer=answer, defaults={"right": right, "remark": remark.strip(), "by": person, "at": at}
    )
    audit.record("chat.reviewed", answer, by=by, at=at, new={"right": right})
    return row


def replay(answer: BotAnswer) -> tuple[Found, bool]:
    """Answer again with the index that made it: what is found now, and whether it is the same.

    Raises CannotTalk where the text is gone, or nothing was searched.
    """
    if answer.index is None:
        raise CannotTalk(_("這一則沒有搜尋常見問題，不用重現。"))
    if not answer.asked.text:
        raise CannotTalk(_("對談內容過了保存期限，已經移除。"))
    found = knowledge.find_again(answer.asked.text, on=day_of(answer.at), keys=tuple(answer.index.keys))
    same = found.verdict.name == answer.verdict and [one.kept for one in found.entries] == answer.entries
    return found, same
