"""Questions about what a city answers for: its categories as they hold on a day, and its reply templates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from cityhall.engines.cases.models import Case

from .models import Category, CategoryTerm, Petition, ReplyTemplate, Routing
from .states import Group


@dataclass(frozen=True)
class Listed:
    """A category with what holds for it on a day."""

    category: Category
    term: CategoryTerm | None
    coming: CategoryTerm | None
    questions: int


def catalogue(on: date) -> list[tuple[str, list[Listed]]]:
    """All categories by topic, retired ones too, with the limits of a day and those to come."""
    rows = Category.objects.annotate(
        asked_now=Count("questions", filter=Q(questions__retired_on=None), distinct=True)
    ).prefetch_related("terms")
    by_group: dict[str, list[Listed]] = {}
    for row in rows:
        by_group.setdefault(row.group, []).append(_listed(row, on, row.asked_now))
    return [(str(group.label), by_group[group.value]) for group in Group if group.value in by_group]


def _listed(category: Category, on: date, questions: int) -> Listed:
    terms = list(category.terms.all())
    holding = [one for one in terms if one.valid_from <= on and (one.valid_until is None or one.valid_until >= on)]
    coming = [one for one in terms if one.valid_from > on]
    return Listed(category, holding[-1] if holding else None, coming[0] if coming else None, questions)


def reply_templates(
    *, category: str = "", stage: str = "", agencies: Iterable[int] | None = None
) -> QuerySet[ReplyTemplate]:
    """The texts in use; `category` "-" are those for all; `agencies` limits them to everybody's and those agencies'."""
    rows = ReplyTemplate.objects.filter(retired_on=None).select_related("category", "agency")
    if category == "-":
        rows = rows.filter(category=None)
    elif category:
        rows = rows.filter(category__code=category)
    if stage:
        rows = rows.filter(stage=int(stage))
    if agencies is not None:
        rows = rows.filter(Q(agency=None) | Q(agency__in=list(agencies)))
    return rows.order_by(F("category__order").asc(nulls_first=True), "stage", "pk")


def handlers(category: Category, on: date) -> QuerySet[Routing]:
    """The rules that say which agency handles the category on a day."""
    return (
        Routing.objects.on(on)
        .filter(Q(category=category) | Q(category=None))
        .select_related("agency")
        .order_by(F("category").asc(nulls_last=True), "manager_code", "district_code")
    )


def open_petitions(category: Category) -> int:
    """How many petitions of the category are not at their end: they keep the limits that they were opened with."""
    return Petition.objects.filter(category=category, case__in=Case.objects.open()).count()


def versions_of(template: ReplyTemplate) -> list[ReplyTemplate]:
    """The texts that this one replaced, newest first."""
    found, one = [], template.replaces
    while one is not None:
        found.append(one)
        one = one.replaces
    return found
