"""Profiles of controlled projects, as data: what they are called, how their numbers begin, what is asked of them besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = Any  # a str or a lazy translation


@dataclass(frozen=True)
class Facet:
    """Something that is asked of projects of a profile, with its choices."""

    key: str
    label: Text
    choices: Mapping[str, Text]


@dataclass(frozen=True)
class Profile:
    """One kind of controlled project."""

    code: str
    label: Text
    prefix: str
    facets: tuple[Facet, ...] = ()
    thresholds: bool = False  # whether only projects from a total budget on are listed
    reviewed: bool = False  # whether the rules of the monthly review are evaluated
    stages: tuple[str, ...] = field(default=())


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
        Profile("major", _("重大建設計畫"), "M", thresholds=True, reviewed=True),
        Profile(
            "subsidy", _("一般性補助款計畫"), "S",
            facets=(Facet("class", pgettext_lazy("project", "類別"), CLASSES), Facet("mode", _("執行方式"), MODES)),
        ),
        Profile(
            "smart-city", _("智慧城市子計畫"), "C",
            facets=(Facet("facet", _("面向"), {"governance": _("治理"), "industry": _("產業"), "living": _("生活")}),),
        ),
        Profile("grant", _("寬頻應用補助計畫"), "G"),
    )
}  # fmt: skip
CHOICES = [(one.code, one.label) for one in PROFILES.values()]
REVIEWED = [one.code for one in PROFILES.values() if one.reviewed]
