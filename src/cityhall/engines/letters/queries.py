"""Questions about letters: what was sent about a record, and what could not be delivered."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.letters.models import Attempt, Letter
from cityhall.engines.letters.states import Channel, Outcome, State


def about(subject: Model) -> QuerySet[Letter]:
    """The letters about one record with their attempts, oldest first."""
    mine = Letter.objects.filter(about_type=subject._meta.label_lower, about_id=str(subject.pk))
    return mine.prefetch_related("attempts").order_by("pk")


def came_back(subject: Model) -> Letter | None:
    """The newest letter about a record where that one did not arrive: refused, or accepted and sent back."""
    newest = about(subject).exclude(state=State.WAITING).filter(channel=Channel.EMAIL).last()
    return newest if newest is not None and newest.state in (State.REFUSED, State.RETURNED) else None


def to_post() -> QuerySet[Letter]:
    """待寄信件: letters on paper that are made and that nobody has handed to the post yet, oldest first."""
    return Letter.objects.filter(channel=Channel.PAPER, state=State.SENT, posted_on=None, forgotten_at=None).order_by(
        "pk"
    )


def posted() -> QuerySet[Letter]:
    """Letters that went to the post, the newest first."""
    return Letter.objects.filter(channel=Channel.PAPER).exclude(posted_on=None).order_by("-posted_on", "-pk")


def undeliverable() -> QuerySet[Letter]:
    """Letters that were refused, given up or returned and that nobody has written again, newest first."""
    lost = Letter.objects.filter(state__in=[State.REFUSED, State.FAILED, State.RETURNED], letter__isnull=True)
    return lost.order_by("-pk")


@dataclass(frozen=True)
class Line:
    """One line of the delivery log."""

    at: datetime
    text: str
    detail: str
    outcome: str


def log_of(letter: Letter) -> list[Line]:
    """What happened to a letter, attempt by attempt. A repeat after an unknown answer is named as such."""
    attempts = list(letter.attempts.all())
    return [
        Line(one.at, _text(one, followed=index + 1 < len(attempts)), one.detail, one.outcome)
        for index, one in enumerate(attempts)
    ]


def _text(attempt: Attempt, *, followed: bool) -> str:
    if attempt.outcome == Outcome.ACCEPTED and attempt.letter.channel == Channel.PAPER:
        return _("PDF 已製成")
    if not followed:
        return str(attempt.get_outcome_display())
    match attempt.outcome:
        case Outcome.UNKNOWN:
            return _("對方伺服器是否收下不明，已再寄一次")
        case Outcome.FAILED:
            return _("未寄出，已再寄一次")
        case Outcome.BROKEN_OFF:
            return _("寄送中斷，未寄出，已再寄一次")
        case _:
            return str(attempt.get_outcome_display())
