"""研習與說明會 on open data: gatherings of a profile of their own, shown to everybody once that is decided, with sign-up.

Whoever signs up is a subscription to the seminar (`engines/subscriptions`), forgotten soon after it was held; how many came
is the gathering's own attendance.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.gatherings.models import Gathering
from cityhall.engines.gatherings.states import TAKEN_PLACE, State
from cityhall.engines.identity.models import Account
from cityhall.engines.subscriptions import registry
from cityhall.engines.subscriptions import services as subscriptions
from cityhall.engines.subscriptions.models import Subscription
from cityhall.engines.subscriptions.registry import Topic
from cityhall.engines.subscriptions.services import CannotSubscribe
from cityhall.foundation.unit import act

from .models import Seminar
from .refusals import CannotCatalogue

SEMINAR = TOPIC = "open_data.seminar"
"""The profile of the gatherings, and the topic of those who signed up."""
MAILBOXES_KEPT = timedelta(days=30)
COMING = (State.PLANNED, State.INVITED)


def shown() -> QuerySet[Seminar]:
    """What everybody sees: those made public, called off or not."""
    return Seminar.objects.select_related("gathering")


def coming(at: datetime) -> QuerySet[Seminar]:
    """Those to which people can still go, the next first."""
    rows = shown().filter(gathering__state__in=COMING, gathering__ends_at__gte=at)
    return rows.order_by("gathering__starts_at", "pk")


def over(at: datetime) -> QuerySet[Seminar]:
    """Those that were held, or would have been, the newest first."""
    rows = shown().exclude(gathering__state__in=COMING, gathering__ends_at__gte=at)
    return rows.filter(Q(gathering__state__in=TAKEN_PLACE) | Q(gathering__state=State.CANCELLED)).order_by(
        "-gathering__starts_at", "-pk"
    )


@act
def make_public(gathering: Gathering, *, seats: int | None, by: Account | None, at: datetime) -> Seminar:
    """Everybody finds it and can sign up, or its seats are changed. Raises CannotCatalogue."""
    gathering = Gathering.objects.select_for_update(of=("self",)).get(pk=gathering.pk)
    if gathering.profile != SEMINAR or gathering.state not in COMING or gathering.ends_at <= at:
        raise CannotCatalogue(_("還沒舉辦的開放資料研習與說明會，才能公開報名。"))
    found = Seminar.objects.select_for_update().filter(gathering=gathering).first()
    if found is not None and seats is not None and seats < found.signed_up:
        raise CannotCatalogue(_("已經有 %(n)s 人報名，名額不能比這個少。") % {"n": found.signed_up})
    if found is None:
        found = Seminar.objects.create(gathering=gathering, seats=seats, shown_at=at)
    else:
        found.seats = seats
        found.save(update_fields=["seats"])
    audit.record("open_data.seminar_shown", gathering, by=by, at=at, new={"seats": seats})
    return found


@act
def sign_up(
    seminar: Seminar, *, email: str, account: Account | None, language: str, at: datetime
) -> Subscription:  # fmt: skip
    """報名, which counts once the mailbox has shown itself. Raises CannotCatalogue."""
    found = Seminar.objects.select_related("gathering").get(pk=seminar.pk)
    if not found.is_open(at):
        raise CannotCatalogue(_("這一場現在不能報名。"))
    return subscriptions.ask(
        TOPIC, str(found.gathering.reference), email=email, account=account, language=language, at=at
    )  # fmt: skip


def confirmed(subject: str, at: datetime) -> None:
    """A mailbox has shown itself: one more comes, while there are seats. Each mailbox counts once."""
    rows = Seminar.objects.select_for_update(of=("self",)).select_related("gathering")
    found = rows.filter(gathering__reference=subject).first()
    if found is None:
        return
    found.signed_up = Subscription.objects.standing().about(TOPIC, subject).count()
    if found.gathering.state not in COMING or found.gathering.starts_at <= at:
        raise CannotSubscribe(_("這一場現在不能報名。"))
    if found.seats is not None and found.signed_up > found.seats:
        raise CannotSubscribe(_("名額已滿，謝謝您的支持。"))
    found.save(update_fields=["signed_up"])


@act
def forget(at: datetime) -> int:
    """The mailboxes of those who signed up, some days after it was to be held. Says how many."""
    gone = 0
    old = Seminar.objects.filter(forgotten_at=None, gathering__ends_at__lt=at - MAILBOXES_KEPT)
    for found in old.select_for_update(of=("self",)).select_related("gathering"):
        gone += subscriptions.end_all(TOPIC, str(found.gathering.reference), at=at)
        found.forgotten_at = at
        found.save(update_fields=["forgotten_at"])
    return gone


def _name(subject: str) -> str | None:
    found = shown().filter(gathering__reference=subject).first()
    return found.gathering.title if found else None


registry.topic(
    Topic(
        TOPIC, gettext_lazy("開放資料研習與說明會"), name=_name, page=lambda subject: reverse("open_data:seminars"),
        news=lambda subject, first, last: (), confirmed=confirmed, digests=False,
        done=gettext_lazy("報名完成，屆時見。"),
    )
)  # fmt: skip
