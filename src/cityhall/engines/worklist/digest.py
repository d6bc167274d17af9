"""One letter a day to everybody for whom something waits: what is late, what is due today and soon, and what they are told.

Each person's letter is an act of its own under a key of the day, so that a run that comes twice, late or at the same time
as another, or goes on after a crash, writes nobody a second one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.deadlines import queries as clocks
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Appointment, Deputy, Person
from cityhall.engines.identity.models import Account
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.states import Channel
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of, end_of_day
from cityhall.foundation.unit import act

from . import queries, rules
from .models import DigestWish, Mention, Todo
from .states import Rhythm

MOST_NAMED = 30
"""So many are named in a letter; of the rest it says how many there are."""
MENTIONS_KEPT = timedelta(days=30)
REFUSE = "worklist.digest.refuse"


class CannotChoose(Exception):
    """Somebody who answers for others' limits cannot go without the letter."""


def send_all(at: datetime) -> int:
    """Write the letters of a day; a second run writes none. Answers how many were written."""
    today = day_of(at)
    working = clocks.calendar().is_working(today)
    until = end_of_day(rules.working_day_after(today, soon_days(today), clocks.calendar().is_working))
    Mention.objects.filter(told_at__lt=at - MENTIONS_KEPT).delete()
    found = list(_people(until, at))
    written = _written(today)
    wishes = dict(DigestWish.objects.filter(person__in=found).values_list("person_id", "rhythm"))
    return sum(
        _tell(person, until=until, at=at)
        for person in found
        if _key(person, today) not in written and rules.wants_letter(wishes.get(person.pk, Rhythm.WORKING), working)
    )


def soon_days(on: date) -> int:
    """How many working days ahead a letter looks."""
    return int(parameter("worklist.digest_days", on=on).value)


def _people(until: datetime, at: datetime) -> Iterable[Person]:
    """Everybody who may have something to be told of: by name, by a role, in somebody's stead."""
    due = Todo.objects.open().filter(due_at__lt=until)
    named = set(due.exclude(person=None).order_by().values_list("person_id", flat=True).distinct())
    seats = set(due.filter(person=None).order_by().values_list("role", "agency_id").distinct())
    holding = Appointment.objects.as_of(day_of(at)).filter(role__in={role for role, _agency in seats})
    held = {
        person for person, *seat in holding.values_list("person_id", "role", "agency_id") if (seat[0], seat[1]) in seats
    }
    told = set(Mention.objects.filter(told_at=None).values_list("person_id", flat=True))
    stand_ins = set(Deputy.objects.at(at).values_list("deputy_id", flat=True))
    everybody = Person.objects.filter(pk__in=named | held | told | stand_ins, account__is_active=True)
    return everybody.select_related("account").order_by("pk")


def _key(person: Person, day: date) -> str:
    return f"worklist.digest:{day.isoformat()}:{person.pk}"


def _written(day: date) -> set[str]:
    return set(
        Letter.objects.filter(key__startswith=f"worklist.digest:{day.isoformat()}:").values_list("key", flat=True)
    )


@act
def _tell(person: Person, *, until: datetime, at: datetime) -> bool:
    """Write one person's letter, if there is anything to say, and an address, and nobody stands in for them now."""
    account = person.account
    address = person.email or (account.email if account else "") or ""
    to = Recipient(email=address, name=person.name, language="zh-hant", account_id=person.account_id)
    if account is None or not letters.can_reach(to, Channel.EMAIL) or directory.deputy_of(person, at) is not None:
        return False
    mine = queries.waiting_for(account, at)
    due = list(mine.filter(due_at__lt=until)[: MOST_NAMED + 1])
    mentions = list(Mention.objects.select_for_update().filter(person=person, told_at=None).order_by("pk"))
    if not due and not mentions:
        return False
    numbers = queries.sizes(mine, at)
    works_for = queries.behalf(account, at)
    listed = {todo.url for todo in due}
    many = mine.filter(due_at__lt=until).count()
    letters.send(
        "worklist.digest", to=to, about=None, key=_key(person, day_of(at)), channel=Channel.EMAIL, at=at,
        context={
            "late": numbers["late"], "today": numbers["today"], "many": many, "all": sum(numbers.values()),
            "groups": _groups(due[:MOST_NAMED], works_for, at), "more": max(many - MOST_NAMED, 0),
            "mentions": [
                {"words": one.words, "url": f"{settings.SITE_URL}{one.url}"} for one in mentions if one.url not in listed
            ],
            "url": f"{settings.SITE_URL}{reverse('worklist:list')}",
            "wish_url": f"{settings.SITE_URL}{reverse('worklist:digest')}",
        },
    )  # fmt: skip
    for one in mentions:
        one.told_at = at
    Mention.objects.bulk_update(mentions, ["told_at"])
    return True


def _groups(todos: list[Todo], works_for: queries.Behalf, at: datetime) -> list[dict[str, Any]]:
    """Late, today, soon: each with its lines, without the personal data that may stand in a heading."""
    lines: dict[str, list[dict[str, Any]]] = {"late": [], "today": [], "soon": []}
    for todo in todos:
        group = rules.group_of(todo.due_at, at)
        behalf = works_for.of(todo)
        lines[group if group in lines else "soon"].append(
            {
                "title": rules.masked(todo.title), "number": todo.reference, "stage": todo.stage_label, "until": todo.due_at,
                "urgent": todo.urgent, "for": behalf.name if behalf else "", "url": f"{settings.SITE_URL}{todo.url}",
            }
        )  # fmt: skip
    return [{"key": key, "lines": found} for key, found in lines.items() if found]


@act
def mention(person: Person, *, words: str, url: str, at: datetime) -> None:
    """Let somebody's next letter say something that waits for others; words about a record name it by number only."""
    Mention.objects.create(person=person, words=words[:200], url=url.removeprefix("/en"), noted_at=at)


def wish_of(person: Person) -> Rhythm:
    """When somebody wants the letter."""
    found = DigestWish.objects.filter(person=person).values_list("rhythm", flat=True).first()
    return Rhythm(found) if found else Rhythm.WORKING


@act
def choose(*, person: Person, rhythm: Rhythm, by: Account, at: datetime) -> DigestWish:
    """Have the letter every day, on working days, or not at all. Raises CannotChoose for who may not go without."""
    if rhythm == Rhythm.OFF and not directory.may(by, REFUSE, on=at):
        raise CannotChoose(_("承辦與窗口要收得到期限提醒，不能停寄；可以改成只在上班日寄。"))
    wish, _new = DigestWish.objects.update_or_create(person=person, defaults={"rhythm": rhythm})
    audit.record("worklist.digest_chosen", wish, by=by, at=at, new={"rhythm": rhythm})
    return wish
