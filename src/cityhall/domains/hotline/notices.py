"""Announcements as the home page shows them."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.foundation.clock import day_of
from cityhall.web.portal import Notice

from .models import Announcement

MOST = 3


def on_the_home_page(language: str) -> Sequence[Notice]:
    """The few that hold today and end first."""
    rows = Announcement.objects.valid_on(day_of(timezone.now())).order_by("valid_until", "pk")[:MOST]
    url = reverse("hotline:everybody")
    return [
        Notice(one.valid_from, one.title_en if language == "en" else one.title, f"{url}#a{one.pk}", _("說明"))
        for one in rows
    ]
