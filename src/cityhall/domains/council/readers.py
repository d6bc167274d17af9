"""Councillors and their offices without an account: a link by mail opens the look-up, and changes are told.

The link is good once and for a short while; whoever holds the feed's address reads it until it is renewed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.identity import codes
from cityhall.engines.identity.digests import keyed, keyed_by_any
from cityhall.engines.identity.models import Account
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.states import Channel, State
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from . import queries
from .models import Councillor, Reader
from .queries import Change
from .refusals import CannotList

LINK, FEED = "council.look_up", "council.feed"
ABOUT = "council.reader"
MOST_TOLD = 60
LONGEST = timedelta(days=14)


# ---- who ---------------------------------------------------------------------------------------------------------------


@act
def add(*, name: str, email: str, councillor: Councillor | None = None, by: Account | None, at: datetime) -> Reader:
    """Somebody may look up by links to this address. Raises CannotList."""
    email = email.strip().lower()
    if Reader.objects.open().filter(email=email).exists():
        raise CannotList(_("這個信箱已經在查詢人名單裡。"))
    row = Reader.objects.create(name=name.strip(), email=email, councillor=councillor, added_on=day_of(at))
    audit.record("council.reader_added", row, by=by, at=at)
    return row


@act
def end(reader: Reader, *, by: Account | None, at: datetime) -> Reader:
    """They look up no more: links, feed and news end, and the address is forgotten."""
    row = Reader.objects.select_for_update().get(pk=reader.pk)
    if row.ended_on is None:
        row.ended_on, row.email, row.news, row.feed_digest, row.feed_made_at = day_of(at), "", False, "", None
        row.save()
        audit.record("council.reader_ended", row, by=by, at=at)
    return row


# ---- the link ----------------------------------------------------------------------------------------------------------


def link_lasts(at: datetime) -> timedelta:
    """How long a link works that nobody has used."""
    return timedelta(minutes=int(parameter("council.link_minutes", on=day_of(at)).value))


def look_lasts(at: datetime) -> timedelta:
    """How long the look-up stays open once a link was used."""
    return timedelta(hours=int(parameter("council.look_hours", on=day_of(at)).value))


@act
def ask_for_link(email: str, *, language: str, at: datetime) -> bool:
    """Send a link where the address is one of a reader; whoever asks hears the same in every case."""
    row = Reader.objects.open().filter(email=email.strip().lower()).first()
    if row is None:
        return False
    try:
        code = codes.issue_code(LINK, row.email, str(row.reference), at=at, valid_for=link_lasts(at))
    except codes.CannotIssueCode:
        return False
    _write(
        row, "link", key=f"link:{code.pk}", language=language, at=at,
        link_url=_page("council_look_up:link", code.link_token), minutes=int(link_lasts(at).total_seconds() // 60),
    )  # fmt: skip
    audit.record("council.link_sent", row, by=None, at=at)
    return True


@sentence("1.1.3", "以利議員隨時查詢掌握議會及會勘案件辦理情形")
@act
def open_link(token: str, *, at: datetime) -> Reader | None:
    """Whose link that is, once; None where it was used, is too old, or never was. Call it on POST only."""
    found = codes.check_link(LINK, token, at=at)
    row = Reader.objects.open().filter(reference=found.about).first() if found else None
    if row is not None:
        audit.record("council.link_used", row, by=None, at=at)
    return row


def link_works(token: str, *, at: datetime) -> bool:
    """Whether the link may still be used."""
    return codes.peek_link(LINK, token, at=at) is not None


# ---- news --------------------------------------------------------------------------------------------------------------


@act
def subscribe(reader: Reader, *, news: bool, own_only: bool, at: datetime) -> Reader:
    """One letter a day on which something changed, or none."""
    row = Reader.objects.select_for_update(of=("self",)).get(pk=reader.pk, ended_on=None)
    if news and not row.news:
        row.told_until = day_of(at) - timedelta(days=1)
    row.news, row.own_only = news, own_only and row.councillor_id is not None
    row.save()
    audit.record("council.news_chosen", row, by=None, at=at, new={"news": news, "own_only": row.own_only})
    return row


def key_of(reader: Reader) -> str:
    """What the way out of the letters carries beside the reference."""
    return salted_hmac("council.news", str(reader.reference), algorithm="sha256").hexdigest()[:32]


def by_letter(reference: Any, key: str) -> Reader | None:
    """The reader whom a letter's way out names."""
    row = Reader.objects.filter(reference=reference).first()
    return row if row and constant_time_compare(key_of(row), key) else None


@act
def leave(reader: Reader, *, at: datetime) -> Reader:
    """No more letters; a second time is the same."""
    row = Reader.objects.select_for_update(of=("self",)).get(pk=reader.pk)
    if row.news:
        row.news = False
        row.save(update_fields=["news"])
        audit.record("council.news_ended", row, by=None, at=at)
    return row


def letter_came_back(sender: Any, letter: Letter, at: datetime, **more: Any) -> None:
    """A mailbox that refuses the news is not written to again."""
    if letter.about_type == ABOUT and letter.template == "council.news" and letter.state in (State.REFUSED, State.RETURNED):  # fmt: skip
        row = Reader.objects.filter(pk=letter.about_id).first()
        if row is not None:
            leave(row, at=at)


def tell_all(at: datetime) -> int:
    """The morning's letters: of the days up to yesterday, each told once. Answers how many were written."""
    last = day_of(at) - timedelta(days=1)
    rows = list(Reader.objects.open().filter(news=True, told_until__lt=last).order_by("pk"))
    if not rows:
        return 0
    first = max(min(row.told_until or last for row in rows) + timedelta(days=1), last - LONGEST)
    there = queries.changes(first, last)
    return sum(tell(row, there, last=last, at=at) for row in rows)


@act
def tell(reader: Reader, there: Iterable[Change], *, last: date, at: datetime) -> bool:
    """One letter with all that changed since the last one; nothing where nothing did."""
    row = Reader.objects.select_for_update(of=("self",)).get(pk=reader.pk)
    if not row.news or row.told_until is None or row.told_until >= last:
        return False
    since, row.told_until = row.told_until, last
    row.save(update_fields=["told_until"])
    mine = [one for one in there if one.on > since and of_interest(row, one)]
    if not mine:
        return False
    with translation.override(row.language):
        lines = [{"number": one.number, "title": one.title, "what": one.said} for one in mine[:MOST_TOLD]]
    stop = _page("council_look_up:stop", row.reference, key_of(row))
    _write(
        row, "news", key=f"news:{last.isoformat()}", language=row.language, at=at, lines=lines, count=len(mine),
        more=len(mine) - len(lines), look_url=_page("council_look_up:ask"), stop_url=stop, unsubscribe_url=stop,
    )  # fmt: skip
    return True


def of_interest(reader: Reader, change: Change) -> bool:
    """Whether the reader wants to know: all, or what their councillor asked."""
    return not reader.own_only or reader.councillor_id in change.askers


def _write(
    reader: Reader, template: str, *, key: str, language: str, at: datetime, unsubscribe_url: str = "", **more: Any
) -> None:
    letters.send(
        f"council.{template}", to=Recipient(email=reader.email, name=reader.name, language=language), about=reader,
        key=f"council:{reader.pk}:{key}", channel=Channel.EMAIL, at=at, context=more, unsubscribe_url=unsubscribe_url,
    )  # fmt: skip


def _page(name: str, *args: Any) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


# ---- the feed ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FeedKey:
    """The secret part of a feed's address, at the only moment in which it can be read."""

    token: str

    def __repr__(self) -> str:
        return "FeedKey()"


@act
def renew_feed(reader: Reader, *, at: datetime) -> FeedKey:
    """A new address; the old one answers no more. Only its digest is kept."""
    row = Reader.objects.select_for_update(of=("self",)).get(pk=reader.pk, ended_on=None)
    token = secrets.token_urlsafe(24)
    row.feed_digest, row.feed_made_at = keyed(FEED, token), at
    row.save(update_fields=["feed_digest", "feed_made_at"])
    audit.record("council.feed_renewed", row, by=None, at=at)
    return FeedKey(token)


def whose_feed(token: str) -> Reader | None:
    """Whose feed an address is."""
    return Reader.objects.open().filter(feed_digest__in=keyed_by_any(FEED, token)).first()
