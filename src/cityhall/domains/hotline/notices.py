"""Announcements as other pages meet them: on the home page, and offered where many call about one matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cityhall.foundation.clock import day_of
from cityhall.web.portal import Notice

from .models import Announcement

MOST = 3
LONGEST, LONGEST_PLACE = 40, 20


def on_the_home_page(language: str) -> Sequence[Notice]:
    """The few that hold today and end first."""
    rows = Announcement.objects.valid_on(day_of(timezone.now())).order_by("valid_until", "pk")[:MOST]
    url = reverse("hotline:everybody")
    return [
        Notice(one.valid_from, one.title_en if language == "en" else one.title, f"{url}#a{one.pk}", _("說明"))
        for one in rows
    ]


def address_of_new(about: str, *, about_en: str = "", place: str = "") -> str:
    """The form of a new announcement about a matter, with its question and district; nothing of a person is in it."""
    given = {"about": about, "about_en": about_en, "place": place}
    wanted = urlencode({name: value for name, value in given.items() if value})
    return f"{reverse('hotline:add_announcement')}?{wanted}"


def first_words(asked: Mapping[str, str], *, on: date) -> dict[str, Any]:
    """What stands in the form at first: of such an address the matter, in both languages, for the day of the calls."""
    words: dict[str, Any] = {"valid_from": on, "played": True}
    about, about_en, place = (
        " ".join("".join(char for char in asked.get(name, "") if char.isprintable()).split())[:longest]
        for name, longest in (("about", LONGEST), ("about_en", 2 * LONGEST), ("place", LONGEST_PLACE))
    )
    if not about:
        return words
    words["valid_until"] = on
    for language, suffix, matter in (("zh-hant", "", about), ("en", "_en", about_en)):
        with translation.override(language):
            if matter:
                given = {"about": matter, "place": place}
                words[f"title{suffix}"] = _("%(place)s：%(about)s") % given if place else matter
                words[f"text{suffix}"] = (
                    _("現在有很多人從%(place)s來電問「%(about)s」。")
                    if place
                    else _("現在有很多人來電問「%(about)s」。")
                ) % given
    return words
