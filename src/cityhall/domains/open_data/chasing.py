"""Datasets that are late by the frequency that their agencies declared: found each night, and on the agency's list."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop as _

from cityhall.engines.directory.states import Role
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of, end_of_day
from cityhall.foundation.unit import act

from . import rules, services
from .models import Dataset, DatasetQuerySet, ResourceVersion

DETAIL = _("已超過宣告的更新頻率，請上傳新版本或修正更新頻率。")


def grace(day: date) -> int:
    """So many days more than the declared frequency an update may take, by the rulebook of a day."""
    return int(parameter("open_data.grace_days", on=day).value)


def late(day: date) -> DatasetQuerySet:
    """Published datasets whose next update is overdue on a day.

    Those that we hold no file of are updated elsewhere: nothing here knows when.
    """
    since = Q(pk__in=[])
    for frequency, days in rules.DAYS.items():
        since |= Q(frequency=frequency, updated_on__lt=day - timedelta(days=days + grace(day)))
    held = ResourceVersion.objects.filter(resource__dataset=OuterRef("pk"), resource__removed_on=None)
    return Dataset.objects.published().filter(since, Exists(held))


@act
def chase(*, at: datetime) -> int:
    """Put what is late on the lists of the agencies, take off what is not any more. Answers how many are late."""
    today = day_of(at)
    found = list(late(today).select_related("agency").order_by("pk"))
    for one in found:
        due = rules.due_on(one.frequency, one.updated_on, grace(today))
        assert due is not None
        worklist.open_todo(
            services.LATE, one, title=one.title, detail=str(DETAIL), reference=one.identifier, agency=one.agency,
            role=Role.COORDINATOR, due_at=end_of_day(due), url=services.page_of(one), at=at,
        )  # fmt: skip
    waiting = services.waiting_late().exclude(pk__in=[one.pk for one in found])
    for one in waiting:
        worklist.close_todo(services.LATE, one, at=at)
    return len(found)
