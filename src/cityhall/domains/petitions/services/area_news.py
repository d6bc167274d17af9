"""地區通知: asked for, confirmed by code, mailed each morning, ended by one click or by a bounce."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.identity import codes
from cityhall.engines.identity.models import Account
from cityhall.engines.letters import queries as letter_queries
from cityhall.engines.letters import services as letter_acts
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.states import State
from cityhall.engines.outbox import services as outbox
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..area_news import LONGEST, Area, ByPlace, Rhythm, Thing, days_to_tell
from ..models import AreaDigest, AreaSubscription, Petition
from ..states import DigestRhythm, SubscriptionEnd
from . import letters

CODES = "petition.area"
KEEPS = "petitions.area_digests"
ABOUT = "petitions.areasubscription"
MOST_OF_ONE = 10
BLOCK = 200
LETTERS_KEPT = timedelta(days=60)


class CannotSubscribe(CannotAct):
    """The code is wrong, or this address has enough; the sentence says which."""


def key_of(subscription: AreaSubscription) -> str:
    """What the links in its letters carry beside the reference."""
    return salted_hmac("petitions.area", str(subscription.reference), algorithm="sha256").hexdigest()[:32]


def by_letter(reference: Any, key: str) -> AreaSubscription | None:
    """The subscription that a letter's link names."""
    found = AreaSubscription.objects.filter(reference=reference).first()
    return found if found and constant_time_compare(key_of(found), key) else None


@dataclass(frozen=True)
class Wanted:
    """What somebody fills in."""

    area: Area
    place: str
    categories: Sequence[str]
    rhythm: str


@act
def ask(wanted: Wanted, *, email: str, account: Account | None, language: str, at: datetime) -> AreaSubscription:
    """Somebody wants news of an area. The answer is the same whether or not the address is known here.

    Raises identity's refusal beyond the letters allowed.
    """
    area, email = wanted.area, email.strip().lower()
    found = AreaSubscription.objects.create(
        email=email, account=account, language=language, district_code=area.district, village_code=area.village,
        lon=area.centre[0] if area.centre else None, lat=area.centre[1] if area.centre else None, metres=area.metres,
        place=wanted.place.strip()[:100], categories=sorted(wanted.categories), rhythm=wanted.rhythm, asked_at=at,
    )  # fmt: skip
    if account and account.email and account.email.lower() == email:
        return _confirmed(found, by=account, at=at)
    letters.area_code(found, code=codes.issue_code(CODES, email, str(found.reference), at=at), at=at)
    return found


def confirm_by_code(found: AreaSubscription, *, code: str, at: datetime) -> AreaSubscription:
    """The 6 digits of the letter. Not atomic on purpose: a wrong try must be counted although the act is refused."""
    check = codes.check_code(CODES, found.email, code, str(found.reference), at=at)
    if not check:
        raise CannotSubscribe(str(check.sentence))
    return _confirm(found, at=at)


@act
def _confirm(found: AreaSubscription, *, at: datetime) -> AreaSubscription:
    return _confirmed(found, by=None, at=at)


def _confirmed(found: AreaSubscription, *, by: Account | None, at: datetime) -> AreaSubscription:
    """From tomorrow's digest on. The same area asked for twice is one subscription, by its newest wish."""
    found = _locked(found)
    if found.ended_at:
        raise CannotSubscribe(_("這個通知已經取消；想再收到，請重新訂閱。"))
    if found.confirmed_at:
        return found
    mine = of_address(found).exclude(pk=found.pk)
    for other in mine:
        if other.area == found.area and other.categories == found.categories:
            _end(other, why=SubscriptionEnd.LEFT, by=by, at=at)
    if mine.filter(ended_at=None).count() >= MOST_OF_ONE:
        raise CannotSubscribe(_("一個信箱最多訂 %(n)s 個地區，請先取消不需要的。") % {"n": MOST_OF_ONE})
    found.confirmed_at, found.told_until = at, day_of(at) - timedelta(days=1)
    found.save(update_fields=["confirmed_at", "told_until"])
    audit.record("petition.area_subscribed", found, by=by, at=at, new={"rhythm": found.rhythm})
    letters.area_subscribed(found, at=at)
    return found


def of_address(found: AreaSubscription) -> Any:
    """Everything that the same mailbox is told; for whoever has shown that it is theirs."""
    rows = AreaSubscription.objects.filter(email=found.email, ended_at=None).exclude(confirmed_at=None)
    return rows.exclude(email="").order_by("pk")


@act
def change(found: AreaSubscription, *, rhythm: str, at: datetime) -> AreaSubscription:
    """Daily or weekly from now on."""
    found = _locked(found)
    if found.ended_at is None and found.rhythm != rhythm:
        found.rhythm = DigestRhythm(rhythm)
        found.save(update_fields=["rhythm"])
        audit.record("petition.area_changed", found, by=None, at=at, new={"rhythm": rhythm})
    return found


@act
def leave(found: AreaSubscription, *, why: str = SubscriptionEnd.LEFT, at: datetime) -> AreaSubscription:
    """No more mail of it, and the address is forgotten; leaving twice is the same act."""
    found = _locked(found)
    if found.ended_at is None:
        _end(found, why=why, by=None, at=at)
    return found


def _end(found: AreaSubscription, *, why: str, by: Account | None, at: datetime) -> None:
    found.ended_at, found.ended_why, found.email, found.account = at, why, "", None
    found.save(update_fields=["ended_at", "ended_why", "email", "account"])
    audit.record("petition.area_ended", found, by=by, at=at, new={"why": str(why)})


def _locked(found: AreaSubscription) -> AreaSubscription:
    return AreaSubscription.objects.select_for_update(of=("self",)).get(pk=found.pk)


def letter_came_back(sender: Any, letter: Letter, at: datetime, **more: Any) -> None:
    """A mailbox that refuses a digest, or sends it back, is not written to again."""
    if letter.about_type == ABOUT and letter.state in (State.REFUSED, State.RETURNED):
        found = AreaSubscription.objects.filter(pk=letter.about_id, ended_at=None).first()
        if found is not None:
            leave(found, why=SubscriptionEnd.BOUNCED, at=at)


# ---- each morning ----------------------------------------------------------------------------------------------------


def things(first: date, last: date) -> ByPlace:
    """What anybody may know of the petitions of some days: one question for all digests."""
    rows = Petition.objects.opened_within(first, last).filter(case__confidential=False)
    told: Any = rows.values_list(
        "pk", "case__opened_on", "category__code", "case__place__district_code", "case__place__village_code",
        "case__place__lon", "case__place__lat",
    )  # fmt: skip
    return ByPlace(
        Thing(pk, opened_on, category or "", district or "", village or "", None if lon is None else (lon, lat))
        for pk, opened_on, category, district, village, lon, lat in told
    )


def begin(at: datetime) -> None:
    """Promise the first block of the morning."""
    _promise(day_of(at), after=0, at=at)


@act
def _promise(day: date, *, after: int, at: datetime) -> None:
    key = f"{KEEPS}:{day.isoformat()}:{after}"
    outbox.promise_new(KEEPS, {"after": after, "day": day.isoformat()}, key=key, at=at)


def carry_out(after: int, day: date, *, at: datetime) -> int:
    """The digests of one block, each an act of its own, then the promise of the next block."""
    rows = AreaSubscription.objects.filter(ended_at=None, pk__gt=after, told_until__lt=day - timedelta(days=1))
    block = list(rows.exclude(confirmed_at=None).order_by("pk")[:BLOCK])
    if not block:
        return 0
    there = things(day - timedelta(days=LONGEST), day - timedelta(days=1))
    sent = sum(tell(one, there, day=day, at=at) for one in block)
    _promise(day, after=block[-1].pk, at=at)
    return sent


@act
def tell(found: AreaSubscription, there: ByPlace, *, day: date, at: datetime) -> bool:
    """The digest that is due, if anything happened; its days are told once, whatever breaks."""
    found = _locked(found)
    if found.ended_at or found.told_until is None:
        return False
    days = days_to_tell(Rhythm(found.rhythm), found.told_until, day)
    if days is None:
        return False
    told = there.told(found.area, found.categories, *days)
    found.told_until = days[1]
    found.save(update_fields=["told_until"])
    if not told:
        return False
    AreaDigest.objects.create(subscription=found, first_on=days[0], last_on=days[1], petitions=len(told), at=at)
    letters.area_digest(found, told, first=days[0], last=days[1], at=at)
    return True


def forget(at: datetime) -> int:
    """What nobody confirmed within a week, and to whom digests went two months ago."""
    gone = 0
    for one in AreaSubscription.objects.filter(confirmed_at=None, asked_at__lt=at - timedelta(days=7))[:500]:
        for letter in letter_queries.about(one).filter(forgotten_at=None):
            letter_acts.forget(letter, at=at)
        one.delete()
        gone += 1
    old = Letter.objects.filter(about_type=ABOUT, forgotten_at=None, written_at__lt=at - LETTERS_KEPT).order_by("pk")
    for letter in list(old[:2000]):
        letter_acts.forget(letter, at=at)
    return gone
