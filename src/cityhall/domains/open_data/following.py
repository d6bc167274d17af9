"""What can be followed of the catalogue: a dataset, an agency, a search. Each tells what came and what was renewed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import parse_qsl

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.engines.subscriptions import registry
from cityhall.engines.subscriptions.registry import News, Topic

from . import queries
from .models import Dataset, DatasetMove
from .states import State, Step

DATASET, AGENCY, SEARCH = "open_data.dataset", "open_data.agency", "open_data.search"
TOLD = (Step.PUBLISHED, Step.BROUGHT_BACK, Step.VERSION, Step.WITHDRAWN)
MOST = 200


def moves(datasets: QuerySet[Dataset], first: date | None = None, last: date | None = None) -> QuerySet[DatasetMove]:
    """What the public is told of datasets, the newest first: published, renewed, withdrawn, and nothing of drafts."""
    rows = DatasetMove.objects.filter(dataset__in=datasets.order_by(), step__in=TOLD)
    rows = rows.filter(state__in=[State.PUBLISHED, State.WITHDRAWN])
    if first and last:
        rows = rows.filter(on__range=(first, last))
    return rows.select_related("dataset__agency").order_by("-on", "-pk")


def line(move: DatasetMove) -> str:
    """A move in words."""
    title = move.dataset.label
    if move.step == Step.VERSION:
        return _("「%(title)s」有新版本") % {"title": title}
    if move.step == Step.WITHDRAWN:
        return _("「%(title)s」下架了") % {"title": title}
    return _("新上架「%(title)s」") % {"title": title}


def _news(datasets: QuerySet[Dataset], first: date, last: date) -> Sequence[News]:
    seen: set[tuple[int, str]] = set()
    found: list[News] = []
    for move in moves(datasets, first, last)[:MOST]:
        if (move.dataset_id, move.step) not in seen:
            seen.add((move.dataset_id, move.step))
            found.append(News(move.on, line(move), reverse("open_data:dataset", args=[move.dataset.name])))
    return found


# ---- a dataset -------------------------------------------------------------------------------------------------------


def of_dataset(subject: str) -> QuerySet[Dataset]:
    """The dataset that a subject names, public or withdrawn."""
    return Dataset.objects.filter(identifier__iexact=subject, state__in=[State.PUBLISHED, State.WITHDRAWN])


def _dataset_name(subject: str) -> str | None:
    one = of_dataset(subject).first()
    return one.label if one else None


# ---- an agency -------------------------------------------------------------------------------------------------------


def of_agency(subject: str) -> QuerySet[Dataset]:
    """The datasets of an agency."""
    return Dataset.objects.filter(agency__code=subject)


def _agency_name(subject: str) -> str | None:
    one = Agency.objects.filter(code=subject).first()
    return _("%(agency)s的開放資料") % {"agency": one.label} if one else None


# ---- a search --------------------------------------------------------------------------------------------------------


def asked(subject: str) -> queries.Asked:
    """The search that a subject holds as an address does."""
    return queries.asked(dict(parse_qsl(subject)))


def subject_of(given: queries.Asked) -> str:
    """A search as a subject: in one order, without how it is sorted."""
    return queries.replace(given, sort="").query().removeprefix("?")


def of_search(subject: str) -> QuerySet[Dataset]:
    """The datasets that a search finds now."""
    return queries.found(asked(subject))


def _search_name(subject: str) -> str | None:
    given = asked(subject)
    if not given.filtered:
        return _("市政府的開放資料")
    names = queries.labels(given)
    return _("開放資料：%(what)s") % {"what": "、".join(names)}


registry.topic(
    Topic(
        DATASET, gettext_lazy("資料集"), name=_dataset_name,
        page=lambda subject: reverse("open_data:dataset", args=[subject]),
        news=lambda subject, first, last: _news(of_dataset(subject), first, last),
    )
)  # fmt: skip
registry.topic(
    Topic(
        AGENCY, gettext_lazy("提供機關"), name=_agency_name, page=lambda subject: reverse("open_data:agency", args=[subject]),
        news=lambda subject, first, last: _news(of_agency(subject), first, last),
    )
)  # fmt: skip
registry.topic(
    Topic(
        SEARCH, gettext_lazy("搜尋開放資料"), name=_search_name,
        page=lambda subject: f"{reverse('open_data:search')}?{subject}",
        news=lambda subject, first, last: _news(of_search(subject), first, last),
    )
)  # fmt: skip
