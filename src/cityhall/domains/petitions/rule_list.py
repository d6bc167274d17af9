"""Questions about the rules of dispatch: which hold, which are to come, and how well each of them decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cityhall.engines.classify import queries as classify
from cityhall.engines.classify.models import ModelVersion, StateChange
from cityhall.engines.classify.states import ModelState
from cityhall.engines.directory.models import Agency
from cityhall.engines.places import queries as places
from cityhall.engines.places.models import Layer
from cityhall.engines.places.states import LayerKind

from . import rules
from .models import Category, DispatchDecision, ReplayDifference, Routing, RuleReplay, StaffWords

COUNTED_DAYS = 90
HOLDING, COMING, ENDED, REPLACED = "holding", "coming", "ended", "replaced"
Rule = StaffWords | Routing


@dataclass(frozen=True)
class Used:
    """How often a rule decided, and how often the desk decided otherwise afterwards."""

    decided: int = 0
    corrected: int = 0


@dataclass(frozen=True)
class Line:
    """A rule in the list."""

    kind: str
    rule: Rule
    status: str
    used: Used
    coming: Rule | None = None


@dataclass(frozen=True)
class Wanted:
    """Which rules to list."""

    text: str = ""
    kind: str = ""
    category: str = ""
    owner: str = ""
    status: str = ""


@dataclass(frozen=True)
class Names:
    """The names of what rules hold as codes; read once a page."""

    districts: dict[str, str]
    villages: dict[str, str]
    managers: dict[str, str]
    layers: dict[str, str]

    @classmethod
    def now(cls, *within: str) -> Names:
        """As they are called now, in the reader's language; villages of the districts given."""
        return cls(
            districts={area.code: str(area) for area in places.districts()},
            villages={one.code: str(one) for code in {*within} - {""} for one in places.villages(code)},
            managers={one.code: one.label for one in Agency.objects.all()},
            layers={one.code: str(one) for one in manager_layers()},
        )

    @classmethod
    def of(cls, rules_shown: Iterable[Rule]) -> Names:
        """All that these rules need."""
        routings = [one for one in rules_shown if isinstance(one, Routing)]
        return cls.now(*(one.district_code for one in routings if one.village_code))

    def place_of(self, rule: Routing) -> list[str]:
        """Where a rule speaks, in words."""
        district = self.districts.get(rule.district_code, rule.district_code)
        village = self.villages.get(rule.village_code, rule.village_code)
        manager = self.managers.get(rule.manager_code, rule.manager_code)
        layer = self.layers.get(rule.layer_code, rule.layer_code)
        return [part for part in (district, village, manager, layer) if part]


def manager_layers() -> QuerySet[Layer]:
    """The layers that say who manages what."""
    return Layer.objects.filter(kind=LayerKind.MANAGERS)


def status_of(rule: Rule, on: date, *, replaced: bool = False) -> str:
    """Whether it holds on a day, is to come, has ended, or gave way to a new version."""
    if rule.holds_on(on):
        return HOLDING
    if rule.valid_from > on:
        return COMING
    return REPLACED if replaced else ENDED


def listed(wanted: Wanted, at: datetime, on: date) -> list[Line]:
    """The rules in force and to come, and those that ended without another in their place; a fixed number of questions."""
    found: list[Line] = []
    for kind, model in (("words", StaffWords), ("routing", Routing)):
        if wanted.kind not in ("", kind):
            continue
        rows = list(_chosen(model, wanted))
        later = {row.replaces_id: row for row in rows if row.replaces_id}
        used = uses(kind, at)
        for row in rows:
            status = status_of(row, on, replaced=row.pk in later)
            if status == REPLACED or (wanted.status and status != wanted.status):
                continue
            if not wanted.status and status == ENDED:
                continue
            if wanted.text and not _holds_text(row, wanted.text):
                continue
            coming = later.get(row.pk)
            found.append(Line(kind, row, status, used.get(key_of(row), Used()), coming))
    return found


def _chosen(model: type[Rule], wanted: Wanted) -> QuerySet[Any]:
    more = ["category", "owner"] if model is StaffWords else ["category", "owner", "agency"]
    rows = model._default_manager.select_related(*more)
    if wanted.category == "-":
        rows = rows.filter(category=None)
    elif wanted.category:
        rows = rows.filter(category__code=wanted.category)
    if wanted.owner == "-":
        rows = rows.filter(owner=None)
    elif wanted.owner:
        rows = rows.filter(owner=int(wanted.owner))
    return rows.order_by(F("category__order").asc(nulls_last=True), "category", "pk")


def _holds_text(rule: Rule, text: str) -> bool:
    """Whether a word of the search stands in the rule, or a word of the rule in what was searched for."""
    wanted = rules.fold(text)
    names = [rule.category.name, rule.category.name_en] if rule.category else []
    if isinstance(rule, StaffWords):
        words = [*rule.any_of, *rule.every, *rule.none_of]
        return any(wanted in rules.fold(word) for word in words + names) or any(
            rules.fold(word) in wanted for word in [*rule.any_of, *rule.every]
        )
    words = [*rule.any_of, *rule.every]
    names += [rule.agency.name, rule.agency.short_name, rule.agency.name_en]
    return any(wanted in rules.fold(name) for name in names + words) or any(
        rules.fold(word) in wanted for word in words
    )


def key_of(rule: Rule) -> str:
    """How decisions call the version of a rule."""
    return f"{rule.pk}@{rule.version}"


def uses(kind: str, at: datetime) -> dict[str, Used]:
    """By rule, for the last days: decisions of the machine, and how many a person decided otherwise later."""
    field, same = ("word_rule", "category") if kind == "words" else ("route_rule", "agency")
    otherwise = DispatchDecision.objects.filter(
        petition=OuterRef("petition"), pk__gt=OuterRef("pk"), decided_by__isnull=False
    ).exclude(**{same: OuterRef(same)})
    rows = (
        DispatchDecision.objects.filter(at__gte=at - timedelta(days=COUNTED_DAYS), decided_by=None)
        .exclude(**{field: ""})
        .annotate(changed=Exists(otherwise))
        .values(field)
        .annotate(n=Count("pk"), corrected=Count("pk", filter=Q(changed=True)))
        .order_by()
    )
    return {row[field]: Used(row["n"], row["corrected"]) for row in rows}


def makers() -> list[tuple[int, str]]:
    """Who made rules, for the filter."""
    found: dict[int, str] = {}
    for model in (StaffWords, Routing):
        found |= dict(model._default_manager.exclude(owner=None).values_list("owner", "owner__name"))
    return sorted(found.items(), key=lambda one: one[1])


def versions_of(rule: Rule) -> list[Rule]:
    """All versions of a rule, the newest first, whichever is asked for."""
    model = type(rule)
    rows: dict[int, Any] = {
        row.pk: row for row in model._default_manager.filter(category=rule.category).select_related("owner")
    }
    rows.setdefault(rule.pk, rule)
    chain = [_row(model, rows, rule.pk)]
    while chain[-1].replaces_id:
        chain.append(_row(model, rows, chain[-1].replaces_id))
    while later := next((row for row in rows.values() if row.replaces_id == chain[0].pk), None) or (
        model._default_manager.filter(replaces=chain[0].pk).select_related("owner").first()
    ):
        chain.insert(0, later)
    return chain


def _row(model: type[Rule], rows: dict[int, Any], pk: int) -> Any:
    return rows.get(pk) or model._default_manager.select_related("owner").get(pk=pk)


# ---- replays ---------------------------------------------------------------------------------------------------------


def differences(replay: RuleReplay, visible: QuerySet[Any], effect: str = "") -> QuerySet[ReplayDifference]:
    """Those of the petitions that may be seen; worse ones first, since they are to be looked at."""
    rows = replay.differences.filter(petition__in=visible.values("pk")).select_related("petition__case", "then_by")
    if effect:
        rows = rows.filter(effect=effect)
    return rows.order_by(F("effect").desc(), "-petition")


@dataclass(frozen=True)
class Labels:
    """Categories and agencies by their codes, in the reader's language."""

    categories: dict[str, str]
    agencies: dict[str, str]

    @classmethod
    def of(cls, rows: Iterable[ReplayDifference]) -> Labels:
        """The names that these differences need."""
        codes: set[str] = set()
        for row in rows:
            codes |= {
                row.then_category, row.corrected_category, row.before_category, row.now_category,
                row.then_agency, row.corrected_agency, row.before_agency, row.now_agency,
            }  # fmt: skip
        return cls(
            categories={one.code: one.label for one in Category.objects.filter(code__in=codes)},
            agencies={one.code: one.label for one in Agency.objects.filter(code__in=codes)},
        )


def category_label(code: str) -> str:
    """A category's name, in the reader's language."""
    found = Category.objects.filter(code=code).first() if code else None
    return found.label if found else code


# ---- text models -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Watched:
    """A version of the text model, and since when it has been what it is."""

    version: ModelVersion
    since: datetime
    days: int

    @property
    def tone(self) -> str:
        """The colour of its state."""
        return {ModelState.LIVE.value: "green", ModelState.SHADOW.value: "blue"}.get(self.version.state, "grey")

    @property
    def figures(self) -> list[tuple[Any, str]]:
        """How good it was on rows that it had not seen."""
        names = {
            "accuracy": _("判對"), "macro_f1": _("各類平均（F1）"), "auto_share": _("可自動派案"),
            "auto_precision": _("其中派對"),
        }  # fmt: skip
        metrics = self.version.metrics
        return [(label, _share(metrics[key]) if key in metrics else "—") for key, label in names.items()]

    @property
    def gate(self) -> str:
        """From which probability on it dispatches by itself."""
        overall = self.version.thresholds["overall"]
        return _share(overall) if overall <= 1 else str(_("都由人員判定"))


def _share(value: float) -> str:
    return f"{value * 100:.1f}%"


def model_versions(purpose: str, at: datetime) -> list[Watched]:
    """All versions, the newest first, each with the days that it has been in its state."""
    rows = list(classify.versions(purpose).order_by("-number"))
    changes = StateChange.objects.filter(version__in=[row.pk for row in rows]).order_by("at", "pk")
    since = dict(changes.values_list("version", "at"))
    found = []
    for row in rows:
        first = since.get(row.pk, row.trained_at)
        found.append(Watched(row, first, (at - first).days))
    return found
