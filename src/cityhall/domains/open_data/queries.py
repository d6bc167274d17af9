"""Questions to the catalogue: what a search finds and why, how what was found is spread, who may do what at the desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.engines.textsearch import queries as textsearch
from cityhall.engines.textsearch import rules as words
from cityhall.engines.worklist.registry import Hit

from . import rules
from .models import Category, Dataset, DatasetTag, Licence, Resource, Tag, tags, versions
from .states import Frequency

READ, EDIT, AGREE, PUBLISH, WITHDRAW, IMPORT = (
    f"open_data.{name}" for name in ("read", "edit", "agree", "publish", "withdraw", "import")
)
"""What officers may do with datasets: each is asked for the dataset's agency."""
SCOPE = "open_data.read"
"""What a program's key is for, where it brings one."""
LONGEST = 100
SORTS = ("relevance", "newest", "title", "created")


# ---- what everybody finds --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A search: words, and one choice of each facet."""

    q: str = ""
    agency: str = ""
    category: str = ""
    format: str = ""
    frequency: str = ""
    licence: str = ""
    tag: str = ""
    sort: str = ""

    @property
    def words(self) -> str:
        """The words as they are sought."""
        return rules.joined(self.q)

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return any(getattr(self, name) for name in ("q", *FACETS))

    def query(self, **changes: str) -> str:
        """The address's query with some of it changed."""
        then = replace(self, **changes)
        given = {name: getattr(then, name) for name in ("q", *FACETS, "sort") if getattr(then, name)}
        return f"?{urlencode(given)}" if given else "?"


FACETS = ("agency", "category", "format", "frequency", "licence", "tag")
_COLUMNS = {
    "agency": "agency__code", "category": "category__code", "frequency": "frequency", "licence": "licence__code",
}  # fmt: skip


def asked(given: Mapping[str, str]) -> Asked:
    """A search from what stands in an address; what is too long is cut, an unknown order is the usual one."""
    texts = {name: " ".join(given.get(name, "").replace("\x00", "").split())[:LONGEST] for name in ("q", *FACETS)}
    sort = given.get("sort", "")
    return Asked(**texts, sort=sort if sort in SORTS else "")


def found(given: Asked) -> QuerySet[Dataset]:
    """The published datasets that a search finds, the best first."""
    rows = Dataset.objects.published()
    for name, column in _COLUMNS.items():
        if value := getattr(given, name):
            rows = rows.filter(**{column: value})
    if given.format:
        rows = rows.filter(pk__in=Resource.objects.filter(format=given.format, removed_on=None).values("dataset"))
    if given.tag:
        rows = rows.filter(pk__in=DatasetTag.objects.filter(tag__name=given.tag).values("dataset"))
    return _ordered(textsearch.matching(rows, given.words), given)


def _ordered(rows: QuerySet[Dataset], given: Asked) -> QuerySet[Dataset]:
    sort = given.sort or ("relevance" if given.words.strip() else "newest")
    if sort == "title":
        return rows.order_by("title", "pk")
    if sort == "created":
        return rows.order_by("-created_at", "-pk")
    if sort == "relevance" and (sought := words.words(given.words)):
        return rows.annotate(rank=_rank(sought)).order_by("-rank", "-modified_at", "-pk")
    return rows.order_by("-modified_at", "-pk")


def _rank(sought: Sequence[words.Word]) -> Any:
    """A word in the title weighs more than one in a tag, a column's name, the description."""
    total: Any = Value(0)
    for word in sought:
        total = total + Case(
            When(title_folded__contains=word.text, then=Value(8)), When(tags_folded__contains=word.text, then=Value(4)),
            When(fields_folded__contains=word.text, then=Value(2)), default=Value(1), output_field=IntegerField(),
        )  # fmt: skip
    return total


def whole(rows: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """Datasets with everything that a page or an answer says of them, by a few statements for all."""
    return rows.select_related("agency", "category", "licence").prefetch_related(tags(), versions("resources__"))


def listed(rows: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """Datasets with what a list of them shows."""
    return rows.select_related("agency", "category").prefetch_related(tags(), "resources")


def to_index() -> QuerySet[Dataset]:
    """Datasets with what they are found by."""
    return Dataset.objects.select_related("agency", "category").prefetch_related(tags())


# ---- facets ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """One value of a facet, with how many of what was found have it."""

    value: str
    label: str
    many: int
    chosen: bool
    query: str


@dataclass
class Facet:
    """What was found, spread by one of its properties; the most frequent first."""

    name: str
    label: str
    choices: list[Choice] = field(default_factory=list)


MOST_CHOICES = 40


def labels(given: Asked) -> list[str]:
    """What narrows a search, in the reader's language."""
    names = _names()
    chosen = [(name, getattr(given, name)) for name in FACETS if getattr(given, name)]
    return [given.q] * bool(given.q) + [names.get(name, {}).get(value, value) for name, value in chosen]


def facets(rows: QuerySet[Dataset], given: Asked) -> list[Facet]:
    """How what was found is spread."""
    there = list(rows.order_by().values_list("pk", *_COLUMNS.values()))
    keys = [row[0] for row in there]
    counted = {name: Counter(row[n] for row in there if row[n]) for n, name in enumerate(_COLUMNS, start=1)}
    narrow = {"dataset__in": keys} if given.filtered else {}
    formats = Resource.objects.filter(removed_on=None, dataset__state="PUBLISHED", **narrow).exclude(format="")
    uses = DatasetTag.objects.filter(dataset__state="PUBLISHED", **narrow)
    counted["format"] = _counts(formats.values_list("format").annotate(many=Count("dataset", distinct=True)))
    counted["tag"] = _counts(uses.values_list("tag__name").annotate(many=Count("pk")))
    names, labels = _names(), facet_labels()
    return [
        Facet(name, labels[name], _choices(name, counted[name], names.get(name, {}), given)) for name in FACETS
    ]  # fmt: skip


def facet_labels() -> dict[str, str]:
    """What each facet is called."""
    return {
        "agency": _("提供機關"), "category": pgettext("dataset", "服務分類"), "format": _("資源格式"), "frequency": _("更新頻率"),
        "licence": _("授權方式"), "tag": pgettext("dataset", "標籤"),
    }  # fmt: skip


def _counts(rows: Iterable[Any]) -> Counter[str]:
    return Counter({str(value): int(many) for value, many in rows})


def _names() -> dict[str, dict[str, str]]:
    return {
        "agency": {one.code: one.label for one in Agency.objects.all()},
        "category": {one.code: one.label for one in Category.objects.all()},
        "licence": {one.code: one.label for one in Licence.objects.all()},
        "frequency": {one.value: str(one.label) for one in Frequency},
    }


def _choices(name: str, counted: Counter[str], names: Mapping[str, str], given: Asked) -> list[Choice]:
    chosen = getattr(given, name)
    most = sorted(counted.items(), key=lambda one: (one[0] != chosen, -one[1], one[0]))[:MOST_CHOICES]
    return [
        Choice(value, names.get(value, value), many, value == chosen, given.query(**{name: "" if value == chosen else value}))
        for value, many in most
    ]  # fmt: skip


# ---- why -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """Where a word of the search stands in a dataset."""

    label: str
    text: str
    spans: list[words.Span]


@dataclass(frozen=True)
class Found:
    """A dataset with the letters that fitted: in its title, and one piece for each word that is not there."""

    dataset: Dataset
    title_spans: list[words.Span]
    pieces: list[Piece]


def why(dataset: Dataset, sought: str) -> Found:
    """Which field holds each word of a search, and the piece around it."""
    label = dataset.label
    title = words.spans(label, sought)
    pieces: list[Piece] = []
    for word in words.words(sought):
        if word.text in words.fold(rules.joined(label)):
            continue
        piece = _piece(dataset, word.text)
        if piece is not None and piece not in pieces:
            pieces.append(piece)
    return Found(dataset, title, pieces)


def _piece(dataset: Dataset, word: str) -> Piece | None:
    places = (
        (_("資料集名稱"), dataset.title), (_("資料集英文名稱"), dataset.title_en), (pgettext("dataset", "標籤"), "、".join(dataset.tag_names)),
        (_("主要欄位說明"), dataset.fields_text), (_("資料集描述"), dataset.description), (_("資料集英文描述"), dataset.description_en),
        (_("提供機關"), dataset.agency.name), (_("提供機關"), dataset.agency.short_name), (_("提供機關"), dataset.agency.name_en),
        (pgettext("dataset", "服務分類"), dataset.category.name if dataset.category else ""), (_("資料集識別碼"), dataset.identifier),
    )  # fmt: skip
    for label, text in places:
        for said in (text, rules.joined(text)):
            if said and (spans := words.spans(said, word)):
                piece, _first = rules.excerpt(said, spans[0].start, spans[0].end)
                return Piece(label, piece, words.spans(piece, word))
    return None


# ---- beside a dataset ------------------------------------------------------------------------------------------------


def related(dataset: Dataset, most: int = 5) -> list[Dataset]:
    """Other published datasets with the most tags in common, then of the same agency and category."""
    rows = Dataset.objects.published().exclude(pk=dataset.pk).select_related("agency")
    own = [one.tag_id for one in dataset.tag_uses.all()]
    near: list[Dataset] = []
    if own:
        shared: Any = rows.filter(tag_uses__tag__in=own).annotate(common=Count("pk"))
        near = list(shared.order_by("-common", "-modified_at", "-pk")[:most])
    if len(near) < most:
        others = rows.filter(agency=dataset.agency, category=dataset.category).exclude(pk__in=[one.pk for one in near])
        near += list(others.order_by("-modified_at", "-pk")[: most - len(near)])
    return near


def agencies() -> QuerySet[Agency]:
    """Agencies that published anything, with how many datasets."""
    shown = Q(pk__in=Dataset.objects.published().values("agency"))
    return Agency.objects.filter(shown).order_by("order", "code")


def many_of() -> dict[int, int]:
    """How many published datasets each agency has."""
    rows = Dataset.objects.published().order_by().values_list("agency").annotate(many=Count("pk"))
    return {int(agency): int(many) for agency, many in rows}


def tags_in_use() -> QuerySet[Tag]:
    """Tags that a published dataset has."""
    return Tag.objects.filter(pk__in=DatasetTag.objects.filter(dataset__state="PUBLISHED").values("tag")).order_by(
        "name"
    )


# ---- the desk --------------------------------------------------------------------------------------------------------


def within(account: Account | None, act: str, at: datetime) -> Q:
    """The datasets for which somebody may do an act."""
    return directory.reach(account, act, at).within(unit="", person="")


def may(account: Account | None, act: str, dataset: Dataset, at: datetime) -> bool:
    """Whether somebody may do an act with a dataset."""
    return directory.reach(account, act, at).covers(agency=dataset.agency)


def hits(account: Account, text: str, at: datetime, limit: int) -> list[Hit]:
    """What the desk's search box finds among the datasets that somebody may read there."""
    if not directory.may(account, READ, on=at):
        return []
    rows = textsearch.matching(Dataset.objects.filter(within(account, READ, at)), rules.joined(text))
    return [
        Hit(
            one.title,
            reverse("open_data_desk:dataset", args=[one.number]).removeprefix("/en"),
            detail=f"{one.identifier}　{one.agency.label}",
            tag=one.get_state_display(),
            exact=one.identifier.casefold() == text.strip().casefold(),
        )
        for one in rows.select_related("agency").order_by("-modified_at", "-pk")[:limit]
    ]
