"""Profiles of controlled projects, as data: what they are called, how their numbers begin, what is asked of them besides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.milestones.rules import Stage

Text = Any  # a str or a lazy translation
MAJOR = "major"


@dataclass(frozen=True)
class Facet:
    """Something that is asked of projects of a profile, with its choices."""

    key: str
    label: Text
    choices: Mapping[str, Text]


@dataclass(frozen=True)
class Checkpoint:
    """Something that is reached on the way, with the days that a plan gives it."""

    code: str
    label: Text
    stage: Stage = Stage.BEFORE


CHECKPOINTS = (
    Checkpoint("design", _("完成設計")), Checkpoint("award", _("決標")), Checkpoint("start", _("開工")),
    Checkpoint("half", _("進度過半"), Stage.WORKS), Checkpoint("complete", _("完工"), Stage.WORKS),
    Checkpoint("accept", _("驗收"), Stage.AFTER),
)  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """One kind of controlled project. Pages and acts are the same for all: what differs stands here."""

    code: str
    label: Text
    prefix: str
    title: Text  # what its list is called
    about: Text  # what stands in it
    facets: tuple[Facet, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = CHECKPOINTS  # what a plan may hold; those without a day are left out
    before_closing: tuple[str, ...] = ()  # checkpoints that are reached before control can end
    # Of a facet's choice: the checkpoints that it goes without.
    waived: Mapping[tuple[str, str], Collection[str]] = field(default_factory=dict)
    thresholds: bool = False  # whether only projects from a total budget on are listed
    reviewed: bool = False  # whether the rules of the monthly review are evaluated

    @property
    def query(self) -> str:
        """What says in an address that it is meant; major projects need not be named."""
        return "" if self.code == MAJOR else f"?profile={self.code}"

    def needed(self, facets: Mapping[str, str]) -> list[Checkpoint]:
        """The checkpoints that a project with these facets reaches before it is closed."""
        without = {code for chosen in facets.items() for code in self.waived.get(chosen, ())}
        return [one for one in self.checkpoints if one.code in self.before_closing and one.code not in without]


CLASSES = {
    "culture": _("文化"), "sport": _("體育"), "water": _("水利"), "buildings": _("公有建物設施"), "other": _("其他建設"),
}  # fmt: skip
MODES = {
    "tendered": _("發包工程"), "hired": _("僱工購料"), "design": _("規劃設計"), "research": _("委託研究"),
    "purchase": pgettext_lazy("project", "採購"), "grant": _("單純經費撥付"), "handled": _("辦理事項"),
    "event": pgettext_lazy("project", "活動"),
}  # fmt: skip

PROFILES = {
    one.code: one
    for one in (
        Profile(
            MAJOR, _("重大建設計畫"), "M", _("列管計畫"), _("府列管的重大建設計畫，今年列管過的都在內。燈號旁邊寫著依哪一條規則。"),
            thresholds=True, reviewed=True,
        ),
        Profile(
            "subsidy", _("一般性補助款計畫"), "S", _("一般性補助款計畫"), _("中央一般性補助款的基本設施計畫，今年列管過的都在內。"),
            facets=(Facet("class", _("經費類別"), CLASSES), Facet("mode", _("執行方式"), MODES)),
            checkpoints=(
                Checkpoint("plan", _("核定工作計畫")), Checkpoint("award", _("決標或核定")), Checkpoint("start", _("開工")),
                Checkpoint("complete", _("完工"), Stage.WORKS), Checkpoint("accept", _("驗收完成"), Stage.AFTER),
            ),
            before_closing=("complete", "accept"),
            waived={("mode", "grant"): ("accept",)},  # nothing is handed over
        ),
        Profile(
            "smart-city", _("智慧城市子計畫"), "C", _("智慧城市子計畫"), _("智慧城市旗艦計畫的子計畫，今年列管過的都在內。"),
            facets=(Facet("facet", _("面向"), {"governance": _("治理"), "industry": _("產業"), "living": _("生活")}),),
        ),
        Profile("grant", _("寬頻應用補助計畫"), "G", _("寬頻應用補助計畫"), _("爭取中央寬頻應用補助、簽約執行的計畫，今年列管過的都在內。")),
    )
}  # fmt: skip
REVIEWED = [one.code for one in PROFILES.values() if one.reviewed]
