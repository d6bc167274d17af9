"""Acts on subscriptions: asked for, confirmed by code, mailed each morning, ended by one click or by a bounce."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.identity import codes
from cityhall.engines.identity.models import Account
from cityhall.engines.letters import queries as letter_queries
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.states import Channel, State
from cityhall.engines.outbox import services as outbox
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import rules
from .models import Subscription
from .registry import topics
from .states import End, Rhythm

CODES, KEEPS, ABOUT = "subscriptions.code", "subscriptions.digests", "subscriptions.subscription"
MOST_OF_ONE = 30
MOST_LISTED = 50
BLOCK = 200
UNCONFIRMED_KEPT, LETTERS_KEPT = timedelta(days=7), timedelta(days=60)


class CannotSubscribe(Exception):
    """The code is wrong, or this mailbox has enough; the sentence says which."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def key_of(found: Subscription) -> str:
    """What the links in its letters carry beside the reference."""
    return salted_hmac("subscriptions", str(found.reference), algorithm="sha256").hexdigest()[:32]


def by_letter(reference: Any, key: str) -> Subscription | None:
    """The subscription that a letter's link names."""
    found = Subscription.objects.filter(reference=reference).first()
    return found if found and constant_time_compare(key_of(found), key) else None


# ---- asking ----------------------------------------------------------------------------------------------------------


@act
def ask(
    topic: str, subject: str, *, email: str, account: Account | None, language: str, rhythm: str = Rhythm.WEEKLY, at: datetime,
) -> Subscription:  # fmt: skip
    """Somebody wants to be told. The answer is the same whether or not the address is known here.

    Whoever is signed in with this address has confirmed it already. Raises identity's refusal beyond the letters allowed,
    and CannotSubscribe for a subject that is not there.
    """
    if topics[topic].name(subject) is None:
        raise CannotSubscribe(_("您要訂閱的內容已經不在了。"))
    email = email.strip().lower()
    found = Subscription.objects.create(
        topic=topic,
        subject=subject,
        email=email,
        account=account,
        language=language,
        rhythm=Rhythm(rhythm),
        asked_at=at,
    )
    if account and account.email and account.email.lower() == email:
        return _confirmed(found, by=account, at=at)
    code = codes.issue_code(CODES, email, str(found.reference), at=at)
    _write(found, "code", step=f"code:{code.pk}", at=at, confirm_code=code.plain, expires_at=code.expires_at)
    return found


def confirm(found: Subscription, *, code: str, at: datetime) -> Subscription:
    """The 6 digits of the letter. Not atomic on purpose: a wrong try must be counted although the act is refused."""
    check = codes.check_code(CODES, found.email, code, str(found.reference), at=at)
    if not check:
        raise CannotSubscribe(str(check.sentence))
    return _confirm(found, at=at)


@act
def _confirm(found: Subscription, *, at: datetime) -> Subscription:
    return _confirmed(found, by=None, at=at)


def _confirmed(found: Subscription, *, by: Account | None, at: datetime) -> Subscription:
    """From tomorrow's digest on. The same subject asked for twice is one subscription, by its newest wish."""
    found = _locked(found)
    if found.ended_at:
        raise CannotSubscribe(_("這個訂閱已經取消；想再收到，請重新訂閱。"))
    if found.confirmed_at:
        return found
    mine = Subscription.objects.standing().filter(email=found.email).exclude(pk=found.pk)
    for other in mine.about(found.topic, found.subject).select_for_update():
        _end(other, why=End.LEFT, by=by, at=at)
    if mine.count() >= MOST_OF_ONE:
        raise CannotSubscribe(_("一個信箱最多訂閱 %(n)s 項，請先取消不需要的。") % {"n": MOST_OF_ONE})
    found.confirmed_at, found.told_until = at, day_of(at) - timedelta(days=1)
    found.save(update_fields=["confirmed_at", "told_until"])
    if found.declared.confirmed is not None:
        found.declared.confirmed(found.subject, at)
    audit.record("subscription.confirmed", found, by=by, at=at, new={"topic": found.topic, "rhythm": found.rhythm})
    _write(
        found,
        "subscribed",
        step="confirmed",
        at=at,
        digests=found.declared.digests,
        weekly=found.rhythm == Rhythm.WEEKLY,
    )
    return found


@act
def change(found: Subscription, *, rhythm: str, at: datetime) -> Subscription:
    """Daily or weekly from now on."""
    found = _locked(found)
    if found.ended_at is None and found.rhythm != rhythm:
        found.rhythm = Rhythm(rhythm)
        found.save(update_fields=["rhythm"])
        audit.record("subscription.changed", found, by=None, at=at, new={"rhythm": rhythm})
    return found


@act
def leave(found: Subscription, *, why: str = End.LEFT, at: datetime) -> Subscription:
    """No more mail of it, and the address is forgotten; leaving twice is the same act."""
    found = _locked(found)
    if found.ended_at is None:
        _end(found, why=why, by=None, at=at)
    return found


def _end(found: Subscription, *, why: str, by: Account | None, at: datetime) -> None:
    found.ended_at, found.ended_why, found.email, found.account = at, why, "", None
    found.save(update_fields=["ended_at", "ended_why", "email", "account"])
    audit.record("subscription.ended", found, by=by, at=at, new={"why": str(why)})


def _locked(found: Subscription) -> Subscription:
    return Subscription.objects.select_for_update(of=("self",)).get(pk=found.pk)


def letter_came_back(sender: Any, letter: Letter, at: datetime, **more: Any) -> None:
    """A mailbox that refuses a letter, or sends it back, is not written to again."""
    if letter.about_type == ABOUT and letter.state in (State.REFUSED, State.RETURNED):
        found = Subscription.objects.filter(pk=letter.about_id, ended_at=None).first()
        if found is not None:
            leave(found, why=End.BOUNCED, at=at)


@act
def end_all(topic: str, subject: str, *, at: datetime) -> int:
    """A subject is over: whoever followed it is told no more."""
    rows = list(Subscription.objects.about(topic, subject).filter(ended_at=None).select_for_update())
    for found in rows:
        _end(found, why=End.GONE, by=None, at=at)
    return len(rows)


@act
def carry_over(topic: str, subject: str, *, to: str, at: datetime) -> int:
    """Whoever followed a subject follows another from now on, each once."""
    there = set(Subscription.objects.standing().about(topic, to).values_list("email", flat=True))
    moved = 0
    for found in Subscription.objects.standing().about(topic, subject).select_for_update().order_by("pk"):
        if found.email in there:
            _end(found, why=End.GONE, by=None, at=at)
        else:
            found.subject = to
            found.save(update_fields=["subject"])
            moved += 1
    return moved


# ---- letters ---------------------------------------------------------------------------------------------------------


def _page(name: str, *args: Any) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def _write(found: Subscription, template: str, *, step: str, at: datetime, **more: Any) -> None:
    """A letter with the way out in it, in the language of whoever asked."""
    key = key_of(found)
    with translation.override(found.language):
        context = {
            "what": found.name, "page_url": f"{settings.SITE_URL}{found.declared.page(found.subject)}",
            "manage_url": _page("subscriptions:manage", found.reference, key),
            "stop_url": _page("subscriptions:stop", found.reference, key),
            "confirm_url": _page("subscriptions:confirm", found.reference),
        }  # fmt: skip
    letters.send(
        f"subscriptions.{template}", to=Recipient(email=found.email, language=found.language, account_id=found.account_id),
        context={**context, **more}, about=found, key=f"subscription:{found.pk}:{step}", channel=Channel.EMAIL, at=at,
        unsubscribe_url="" if template == "code" else context["stop_url"],
    )  # fmt: skip


@act
def tell_now(topic: str, subject: str, *, line: str, line_en: str, step: str, at: datetime) -> int:
    """Write to everybody who follows a subject, in the act of which it tells; a step is told once."""
    rows = list(Subscription.objects.standing().about(topic, subject).order_by("pk"))
    for found in rows:
        said = line_en if found.language == "en" else line
        _write(found, "news", step=f"now:{step}", at=at, line=said)
    return len(rows)


# ---- each morning ----------------------------------------------------------------------------------------------------


def begin(at: datetime) -> None:
    """Promise the first block of the morning."""
    _promise(day_of(at), after=0, at=at)


@act
def _promise(day: date, *, after: int, at: datetime) -> None:
    outbox.promise_new(KEEPS, {"after": after, "day": day.isoformat()}, key=f"{KEEPS}:{day.isoformat()}:{after}", at=at)


def carry_out(after: int, day: date, *, at: datetime) -> int:
    """The digests of one block, each an act of its own, then the promise of the next block."""
    rows = Subscription.objects.standing().filter(pk__gt=after, told_until__lt=day - timedelta(days=1))
    block = list(rows.filter(topic__in=[key for key, one in topics.items() if one.digests]).order_by("pk")[:BLOCK])
    sent = sum(tell(one, day=day, at=at) for one in block)
    if block:
        _promise(day, after=block[-1].pk, at=at)
    return sent


@act
def tell(found: Subscription, *, day: date, at: datetime) -> bool:
    """The digest that is due, if anything happened; its days are told once, whatever breaks."""
    found = _locked(found)
    if found.ended_at or found.told_until is None:
        return False
    days = rules.days_to_tell(found.rhythm == Rhythm.WEEKLY, found.told_until, day)
    if days is None:
        return False
    with translation.override(found.language):
        if found.declared.name(found.subject) is None:
            _end(found, why=End.GONE, by=None, at=at)
            return False
        news = found.declared.news(found.subject, *days)
        lines = [{"line": one.line, "url": f"{settings.SITE_URL}{one.url}"} for one in news[:MOST_LISTED]]
    found.told_until = days[1]
    found.save(update_fields=["told_until"])
    if news:
        _write(
            found, "digest", step=days[1].isoformat(), at=at, lines=lines, count=len(news), more=len(news) - len(lines),
            first=days[0], last=days[1],
        )  # fmt: skip
    return bool(news)


def forget(at: datetime) -> int:
    """What nobody confirmed within a week, and letters that went out two months ago."""
    gone = 0
    for one in Subscription.objects.filter(confirmed_at=None, asked_at__lt=at - UNCONFIRMED_KEPT)[:500]:
        for letter in letter_queries.about(one).filter(forgotten_at=None):
            letters.forget(letter, at=at)
        one.delete()
        gone += 1
    old = Letter.objects.filter(about_type=ABOUT, forgotten_at=None, written_at__lt=at - LETTERS_KEPT).order_by("pk")
    for letter in list(old[:2000]):
        letters.forget(letter, at=at)
    return gone
