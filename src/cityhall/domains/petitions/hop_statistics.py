"""改分 counted: hops, hours by whom they are charged to, and which rules and models sent petitions to the wrong place."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any, cast

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from cityhall.engines.cases.models import Assignment, Event
from cityhall.engines.cases.states import Part, Status
from cityhall.engines.directory.models import Agency
from cityhall.foundation.period import Period

from . import hops, watching
from .hops import DESK, Held
from .models import Petition, PetitionQuerySet, Routing, StaffWords
from .services.conference import held_of
from .states import CategorySource
from .trust import is_right

HOUR = 3600


@dataclass(frozen=True)
class AgencyLine:
    """An agency, or the dispatch desk: what it sent back, and the hours that are charged to it."""

    label: str
    returned: int
    hours: float
    median: float
    url: str = ""


@dataclass
class Counts:
    """Dispatches, those that were wrong, and those of which somebody spoke."""

    decided: int = 0
    wrong: int = 0
    known: int = 0


@dataclass(frozen=True)
class WrongLine:
    """What decided, how often, and how often that was wrong as far as anybody said."""

    label: str
    counts: Counts
    url: str = ""

    @property
    def share(self) -> float | None:
        """In per cent of those that somebody spoke about."""
        return self.counts.wrong * 100 / self.counts.known if self.counts.known else None


@dataclass(frozen=True)
class Found:
    """A period's petitions."""

    opened: int
    by_hops: Sequence[tuple[int, int]]  # hops, petitions
    median: float | None  # hops of those that were sent back at all
    conferences: int
    agencies: Sequence[AgencyLine]
    sources: Sequence[WrongLine]
    rules: Sequence[WrongLine]

    @property
    def moved(self) -> int:
        """How many were sent back at all."""
        return sum(number for n, number in self.by_hops if n)


def count(visible: QuerySet[Petition], period: Period, *, at: datetime) -> Found:
    """Count the petitions opened in a period: a fixed number of statements."""
    opened = cast(PetitionQuerySet, visible).opened_within(period.first_day, period.last_day)
    total = opened.count()
    moved = opened.filter(case__assignments__ended_by_return=True).distinct()
    held = _held(moved)
    ends = dict(moved.values_list("pk", "case__ended_at"))
    begins = dict(moved.values_list("pk", "case__confirmed_at"))
    counts = Counter(hops.hops(one) for one in held.values())
    counts[0] = total - sum(counts.values())
    agencies = _agencies(held, begins, ends, period, at)
    sources, rules = _wrong(visible, period)
    many = [n for n, number in counts.items() for _time in range(number) if n]
    return Found(
        opened=total,
        by_hops=sorted((n, number) for n, number in counts.items() if number or n == 0),
        median=median(many) if many else None,
        conferences=opened.filter(conferences__isnull=False).distinct().count(),
        agencies=agencies,
        sources=sources,
        rules=rules,
    )


def _held(moved: QuerySet[Petition]) -> dict[int, list[Held]]:
    leads: dict[int, list[Assignment]] = defaultdict(list)
    rows = Assignment.objects.filter(case__in=moved.values("pk"), part=Part.LEAD).select_related("agency")
    for lead in rows.order_by("case", "starts_at", "pk"):
        leads[lead.case_id].append(lead)
    returns: dict[int, list[Event]] = defaultdict(list)
    for event in Event.objects.filter(case__in=moved.values("pk"), status=Status.RETURNED).order_by("case", "n"):
        returns[event.case_id].append(event)
    return {case: held_of(found, returns[case]) for case, found in leads.items()}


def _agencies(
    held: dict[int, list[Held]], begins: dict[int, Any], ends: dict[int, Any], period: Period, at: datetime
) -> list[AgencyLine]:
    """Hours by whom they are charged to, most first. Only until it came to whom it belongs: what follows is handling."""
    spent: dict[str, list[float]] = defaultdict(list)
    returned: Counter[str] = Counter()
    for case, leads in held.items():
        for one in leads:
            returned[one.agency] += one.returned
        last = leads[-1]
        until = last.starts if not last.returned else ends[case] or at
        before = [one for one in leads if one.starts < until]
        keeps = [*before, *([last] if not last.returned else [])]
        for agency, seconds in _until(keeps, begins[case] or leads[0].starts, until).items():
            spent[agency].append(seconds)
    names = {one.code: one.label for one in Agency.objects.filter(code__in=[*spent, *returned])}
    lines = [
        AgencyLine(
            _("分文人員") if code == DESK else names.get(code, code),
            returned[code],
            sum(spent[code]) / HOUR,
            (median(spent[code]) if spent[code] else 0.0) / HOUR,
            _list(period, code) if code != DESK else "",
        )
        for code in {*spent, *(code for code, number in returned.items() if number)}
    ]
    return sorted(lines, key=lambda line: (-line.hours, line.label))


def _until(held: Sequence[Held], opened_at: datetime, until: datetime) -> dict[str, float]:
    """Seconds charged before an instant."""
    found: dict[str, float] = defaultdict(float)
    for span in hops.spans(held, opened_at=opened_at, until=until):
        seconds = (min(span.ends, until) - span.starts).total_seconds()
        if seconds > 0:
            found[span.charged_to] += seconds
    return dict(found)


def _list(period: Period, agency: str) -> str:
    """The list of an agency's petitions that were sent back."""
    asked = {"measure": "returned", "opened": period.spec, "by": "agency", "part": agency}
    return f"{reverse('petitions:list')}?{urlencode(asked)}"


def _wrong(visible: QuerySet[Petition], period: Period) -> tuple[list[WrongLine], list[WrongLine]]:
    """Automatic dispatches by who named the category, and by rule: how many were wrong."""
    first, end = watching.bounds(period)
    rows = watching.with_words(watching.automatic(first, end).filter(petition__in=visible.values("pk"))).order_by()
    sources: dict[str, Counts] = defaultdict(Counts)
    rules: dict[tuple[str, str], Counts] = defaultdict(Counts)
    columns = ("source", "word_rule", "route_rule", "model_version")
    for row in rows.values(*watching.WORDS, *columns).annotate(n=Count("pk")):
        right = is_right(watching.said(row))
        keys = [("words", row["word_rule"]), ("routing", row["route_rule"])]
        if row["source"] == CategorySource.MODEL:
            keys.append(("model", row["model_version"]))
        for counts in (sources[row["source"]], *(rules[key] for key in keys if key[1])):
            counts.decided += row["n"]
            counts.wrong += row["n"] if right is False else 0
            counts.known += row["n"] if right is not None else 0
    by_source = [
        WrongLine(
            str(CategorySource(code).label) if code else _("沒有決定"), counts,
            f"{reverse('petitions:watch_rows')}?"
            + urlencode({"measure": "wrong", "period": period.spec, "by": "source", "part": code}),
        )
        for code, counts in sources.items()
    ]  # fmt: skip
    worst = sorted(((key, counts) for key, counts in rules.items() if counts.wrong), key=lambda one: -one[1].wrong)[:20]
    return sorted(by_source, key=lambda one: -one.counts.decided), [_rule(*one) for one in worst]


def _rule(key: tuple[str, str], counts: Counts) -> WrongLine:
    kind, version = key
    if kind == "model":
        number = int(version.rpartition("@")[2])
        return WrongLine(_("字詞模型第 %(n)d 版") % {"n": number}, counts, reverse("petitions:model", args=[number]))
    pk, _at, _v = version.partition("@")
    url = reverse("petitions:rule", args=[kind, int(pk)])
    if kind == "words":
        words = StaffWords.objects.filter(pk=int(pk)).first()
        said = "、".join([*words.every, *words.any_of][:3]) if words else version
        return WrongLine(_("關鍵詞規則：%(said)s") % {"said": said}, counts, url)
    routing = Routing.objects.filter(pk=int(pk)).select_related("category", "agency").first()
    about = routing.category.label if routing and routing.category else _("不論類別")
    to = routing.agency.label if routing else version
    return WrongLine(_("派案規則：%(about)s → %(to)s") % {"about": about, "to": to}, counts, url)
