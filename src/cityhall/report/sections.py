"""The frame of the report: its parts, chapters and sections, in our own words. A section is built once its text exists.

The text of a section is a template for each language, `templates/report/sections/NUMBER/LANGUAGE.html`, with slots for
figures: `{% figure "petitions.received" %}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.translation import gettext_lazy as _

Text = Any
LANGUAGES = ("zh-hant", "en")


@dataclass(frozen=True)
class Section:
    """One section: its number, its name in the contents, and the line that it opens with."""

    number: str
    name: Text
    headline: Text = ""
    charts: tuple[str, ...] = ()  # the figures that it draws

    def template(self, language: str) -> str:
        """Where its text stands."""
        return f"report/sections/{self.number}/{language}.html"

    @property
    def is_built(self) -> bool:
        """Whether it has a text in every language."""
        return all(_exists(self.template(language)) for language in LANGUAGES)

    @property
    def title(self) -> str:
        """The line that it opens with, its name where it has none."""
        return str(self.headline or self.name)

    @property
    def heading(self) -> str:
        """Number and title; a section that is its whole chapter has its number above it."""
        return f"{self.number}　{self.title}" if "." in self.number else self.title


@cache
def _exists(template: str) -> bool:
    try:
        get_template(template)
    except TemplateDoesNotExist:
        return False
    return True


@dataclass(frozen=True)
class Chapter:
    """A number, a name, and the sections below it."""

    number: str
    name: Text
    sections: tuple[Section, ...]

    @property
    def built(self) -> list[Section]:
        """The sections that have a text."""
        return [section for section in self.sections if section.is_built]


CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        "1.1",
        _("管制考核"),
        (
            Section("1.1.1", _("重大建設計畫"), _("重大建設，每月看進度")),
            Section("1.1.2", _("一般性補助款"), _("補助款，當年用完，逐案結案")),
            Section("1.1.3", _("議會案件"), _("議員問的事，追到辦完"), ("council.listed",)),
            Section("1.1.4", _("公文時效")),
            Section("1.1.5", _("道路安全評核"), _("委員的建議，追蹤到辦完")),
        ),
    ),
    Chapter(
        "1.2",
        _("為民服務"),
        (
            Section("1.2.1", _("市民手冊")),
            Section("1.2.2", _("1999與文字客服"), _("打1999，有人接，接得快"), ("hotline.calls",)),
            Section("1.2.3", _("服務品質")),
            Section("1.2.4", _("電話測試"), _("打電話到機關，有人接，也答得對"), ("phone_tests.calls",)),
            Section("1.2.5", _("線上與超商申辦")),
            Section("1.2.6", _("免附謄本")),
            Section("1.2.7", _("民眾陳情"), _("傾聽民眾陳情，如期回復"), ("petitions.received",)),
            Section("1.2.8", _("監委巡察"), _("委員關心的事，追蹤到最後")),
        ),
    ),
    Chapter(
        "1.3",
        _("綜合規劃"),
        (
            Section("1.3.1", _("施政績效")),
            Section("1.3.2", _("民意調查")),
            Section("1.3.3", _("創新提案")),
        ),
    ),
    Chapter(
        "1.4",
        _("資訊中心"),
        (
            Section("1.4.1", _("市民卡")),
            Section("1.4.2", _("規費與罰鍰")),
            Section("1.4.3", _("空間決策"), _("各機關的圖資，疊在同一張圖上"), ("spatial.layers",)),
            Section("1.4.4", _("公文製作")),
            Section("1.4.5", _("開放資料"), _("各機關的資料，開放給所有人下載、介接與再利用")),
            Section("1.4.6", _("機關網站")),
            Section("1.4.7", _("智慧城市"), _("各局處的智慧城市工作，一項一項看成果"), ("smart_city.meetings",)),
            Section("1.4.8", _("免費無線上網"), _("公共場所的免費無線上網，每個熱點看得到"), ("wifi.hotspots",)),
            Section("1.4.9", _("資訊安全")),
            Section("1.4.10", _("行動寬頻補助")),
        ),
    ),
    Chapter(
        "2",
        _("接下來的工作"),
        (
            Section("2.1", _("參與式預算")),
            Section("2.2", _("雙語環境")),
            Section("2.3", _("福利查詢")),
            Section("2.4", _("公文電子交換")),
        ),
    ),
    Chapter("3", _("結語"), (Section("3", _("結語"), _("每個數字都可以查證")),)),
)


def sections() -> Iterator[Section]:
    """Every section in its order."""
    for chapter in CHAPTERS:
        yield from chapter.sections


def section(number: str) -> Section | None:
    """The section of that number."""
    return next((one for one in sections() if one.number == number), None)


def names() -> dict[str, Text]:
    """The names of all sections, by number."""
    return {one.number: one.name for one in sections()}
