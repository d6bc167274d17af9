"""Questions about retention: whose time is over, what keeps them, what a month would take, what was removed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, Max, Model, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise

from cityhall.engines.cases.models import Case, Event, Reply
from cityhall.engines.cases.states import ENDED, Status
from cityhall.engines.files import queries as files
from cityhall.engines.mailbox.models import MailMessage
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of, start_of_day

from .models import (
    FollowUp,
    Petition,
    QualitySheet,
    ReceivedLetter,
    Removal,
    Restriction,
    RetentionHold,
    RetentionHoldQuerySet,
)
from .quality import MOVES as SHEET_MOVES
from .repeats import HOLDING
from .retention import Kept, KeptKind, KeptWhere, Periods, Stay, due_on, over, stays
from .states import KeptIn, RestrictionState

READ = "petitions.retention.read"
KEEP = "petitions.retention.keep"
CLOSED = ENDED - {Status.REPLIED, Status.EXPIRED_UNCONFIRMED}
"""Answered ones are closed some days later; what was never confirmed is forgotten sooner, see `services.upkeep`."""
CHUNK = 500


def periods_on(day: date) -> dict[KeptKind, Periods]:
    """How many months each kind of petition is kept where, by the parameters of a day."""
    return {
        kind: {
            where: int(parameter(f"petitions.keep_{kind.value.lower()}_{where.value.lower()}", on=day).value)
            for where in KeptWhere
        }
        for kind in KeptKind
    }


def kind_of(petition: Petition) -> KeptKind:
    """By which table of periods it is kept."""
    if petition.case.confidential or petition.filed_confidential:
        return KeptKind.CONFIDENTIAL
    set_aside = petition.case.status in (Status.NOT_PROCESSED, Status.WITHDRAWN)
    return KeptKind.SET_ASIDE if set_aside else KeptKind.ORDINARY


def candidates(day: date) -> QuerySet[Petition]:
    """The closed ones for which the shortest period could be over, without those of which nothing is left."""
    shortest = min(min(months.values()) for months in periods_on(day).values())
    # A month has at least 28 days; the rule itself is asked about each of them.
    before = date.fromordinal(day.toordinal() - shortest * 28)
    newest = Event.objects.filter(case=OuterRef("pk")).order_by("-n").values("at")[:1]
    gone = Removal.objects.filter(
        petition=OuterRef("pk"), where=KeptWhere.REQUESTER.value, at__gt=OuterRef("happened_at")
    )
    return (
        Petition.objects.filter(case__status__in=[str(one) for one in CLOSED], case__ended_at__lt=start_of_day(before))
        .alias(happened_at=Subquery(newest))
        .exclude(Exists(gone))
        .select_related("case__requester", "case__agency", "case__place", "case__parent", "category")
        .order_by("pk")
    )


def kept(petitions: Sequence[Petition], day: date) -> dict[int, Kept]:
    """Petitions as the rules of retention see them, a handful of questions for all of them."""
    keys = [one.pk for one in petitions]
    mains = {one.pk: one.case.parent for one in petitions if one.case.parent is not None}
    cases = {*keys, *(main.pk for main in mains.values())}
    last = dict(Event.objects.filter(case__in=cases).values_list("case").annotate(at=Max("at")).order_by())
    held: dict[int, date] = {}
    for key, until in RetentionHold.objects.on(day).filter(petition__in=keys).values_list("petition", "until"):
        held[key] = max(until, held.get(key, until))
    waits: defaultdict[int, set[Stay]] = defaultdict(set)
    for pk in FollowUp.objects.filter(petition__in=keys, kept_at=None).values_list("petition", flat=True):
        waits[pk].add(Stay.PROMISED)
    speaking = [RestrictionState.PROPOSED, *(str(one) for one in HOLDING)]
    listed = Restriction.objects.filter(state__in=speaking, ends_on__gte=day)
    for pk in (
        Petition.objects.filter(pk__in=keys)
        .filter(Q(restrictions__in=listed) | Q(evidence_of__in=listed))
        .values_list("pk", flat=True)
    ):
        waits[pk].add(Stay.LISTED)
    unfinished = [state for state, onward in SHEET_MOVES.items() if onward]
    sheets = QualitySheet.objects.filter(petition__in=keys, state__in=[str(one) for one in unfinished])
    for pk in sheets.values_list("petition", flat=True):
        waits[pk].add(Stay.CHECKED)
    found = {}
    for petition in petitions:
        main = mains.get(petition.pk)
        over_with = petition.case.status in CLOSED and (main is None or main.status in CLOSED)
        days = [day_of(last[pk]) for pk in (petition.pk, main.pk if main else None) if pk in last]
        found[petition.pk] = Kept(
            kind_of(petition), max(days) if over_with and days else None, held.get(petition.pk),
            frozenset(waits[petition.pk]),
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class Fate:
    """One petition on a day: where its time is over and nothing was removed yet, and what keeps it all the same."""

    petition: Petition
    kept: Kept
    wheres: tuple[KeptWhere, ...]
    stay: Stay | None

    @property
    def words(self) -> list[str | Promise]:
        """Where, in words."""
        return [KeptIn(where.value).label for where in self.wheres]

    def day(self, periods: Mapping[KeptKind, Periods]) -> date | None:
        """The first day on which something of it goes."""
        days = [due_on(self.kept, where, periods[self.kept.kind]) for where in self.wheres]
        return min((day for day in days if day), default=None)


def fates(petitions: Sequence[Petition], day: date, periods: Mapping[KeptKind, Periods]) -> list[Fate]:
    """What the rules say of each on a day; those with nothing to remove are left out."""
    standing = kept(petitions, day)
    gone = {
        (pk, where, ended_on)
        for pk, where, ended_on in Removal.objects.filter(petition__in=list(standing)).values_list(
            "petition", "where", "ended_on"
        )
    }
    lying = _lying(list(standing))
    found = []
    for petition in petitions:
        one = standing[petition.pk]
        wheres = tuple(
            where
            for where in over(one, periods[one.kind], day)
            if (petition.pk, where.value, one.ended_on) not in gone and petition.pk in lying.get(where, standing)
        )
        if wheres:
            found.append(Fate(petition, one, wheres, stays(one, day)))
    return found


def _lying(keys: Sequence[int]) -> dict[KeptWhere, set[int]]:
    """Which of them have mails and which have files: most have none, and nothing is said of what is not there."""
    about = {"about_type": Case._meta.label_lower, "about_id__in": [str(key) for key in keys], "forgotten_at": None}
    mails = {int(key) for key in MailMessage.objects.filter(**about).values_list("about_id", flat=True)}
    owners: dict[type[Model], dict[int, int]] = {
        Case: {key: key for key in keys},
        Reply: dict(Reply.objects.filter(case__in=keys).values_list("pk", "case")),
        FollowUp: dict(FollowUp.objects.filter(petition__in=keys).values_list("pk", "petition")),
        ReceivedLetter: dict(ReceivedLetter.objects.filter(petition__in=keys).values_list("pk", "petition")),
    }
    attached = {
        case_of[owner]
        for model, case_of in owners.items()
        for owner in files.ever_of(model, case_of).exclude(name="").values_list("owner_id", flat=True)
    }
    return {KeptWhere.MAILS: mails, KeptWhere.FILES: attached}


def ahead(day: date, *, agency: str = "", most: int | None = None) -> Iterator[Fate]:
    """Whose time is over by a day, in the order of their keys, a block at a time."""
    periods, last, seen = periods_on(day), 0, 0
    rows = candidates(day).filter(case__agency__code=agency) if agency else candidates(day)
    while block := list(rows.filter(pk__gt=last)[:CHUNK]):
        for fate in fates(block, day, periods):
            yield fate
            seen += 1
            if seen == most:
                return
        last = block[-1].pk


@dataclass
class Ahead:
    """What goes by a day, counted: by kind of petition and where, and by what keeps the others."""

    fates: list[Fate] = field(default_factory=list)
    held_back: list[Fate] = field(default_factory=list)
    by_place: defaultdict[tuple[KeptKind, KeptWhere], int] = field(default_factory=lambda: defaultdict(int))
    by_stay: defaultdict[Stay, int] = field(default_factory=lambda: defaultdict(int))
    more: bool = False


def foreseen(day: date, *, agency: str = "", most: int) -> Ahead:
    """The preview: at most so many petitions are looked at, and whether there were more."""
    found, seen = Ahead(), 0
    for fate in ahead(day, agency=agency, most=most + 1):
        seen += 1
        if seen > most:
            found.more = True
            break
        if fate.stay:
            found.held_back.append(fate)
            found.by_stay[fate.stay] += 1
            continue
        found.fates.append(fate)
        for where in fate.wheres:
            found.by_place[fate.kept.kind, where] += 1
    return found


def removed_from(petition: Petition) -> dict[str, date]:
    """Where personal data of it was removed, with the day of the last time; what pages show in its place."""
    return {row.where: day_of(row.at) for row in petition.removals.order_by("at", "pk")}


def all_gone(petition: Petition) -> bool:
    """Whether nothing is left that could be held."""
    return petition.removals.filter(where=KeptWhere.REQUESTER.value).exists()


def holds_of(petition: Petition) -> RetentionHoldQuerySet:
    """What holds it or held it, the newest first."""
    rows = RetentionHold.objects.filter(petition=petition)
    return rows.select_related("by", "released_by").order_by("-at", "-pk")
