"""Act: whoever was asked by e-mail and has not answered is reminded once, while the invitation holds."""

from __future__ import annotations

from datetime import datetime, timedelta

from cityhall.engines.letters import services as letters
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.services import CannotSend, Recipient
from cityhall.engines.letters.states import Channel
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .models import Invitation
from .services import ABOUT, is_open, link_of
from .states import Way

LEFT = timedelta(days=1)
"""Who could answer for no longer than this is not reminded any more."""


@act
def remind(at: datetime, *, most: int = 500) -> int:
    """Remind those whose days have passed; how many. The rulebook says after how many days, 0 for never."""
    days = parameter("surveys.remind_days", on=day_of(at)).value
    if not days:
        return 0
    waiting = (
        Invitation.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("wave__survey")
        .filter(
            way=Way.EMAIL, reminded_at=None, response=None, undeliverable_at=None,
            invited_at__lte=at - timedelta(days=days), expires_at__gt=at + LEFT,
        )
        .order_by("pk")[:most]
    )  # fmt: skip
    found = [one for one in waiting if is_open(one.wave, at)]
    written = {
        row.key: row for row in Letter.objects.filter(key__in=[f"{ABOUT}:{one.pk}" for one in found], forgotten_at=None)
    }
    reminded = 0
    for one in found:
        letter = written.get(f"{ABOUT}:{one.pk}")
        if letter is not None:
            reminded += _write(one, letter, at=at)
    Invitation.objects.filter(pk__in=[one.pk for one in found]).update(reminded_at=at)
    return reminded


def _write(invitation: Invitation, first: Letter, *, at: datetime) -> int:
    survey, english = invitation.wave.survey, invitation.language == "en"
    context = {
        "survey": survey.title_en if english else survey.title,
        "url": link_of(invitation),
        "until": invitation.expires_at,
    }
    to = Recipient(email=first.address, language=invitation.language)
    try:
        letters.send(
            "surveys.reminder", to=to, context=context, about=invitation, key=f"{ABOUT}:{invitation.pk}:reminder", at=at,
            channel=Channel.EMAIL,
        )  # fmt: skip
    except CannotSend:  # who wants no more letters is left in peace
        return 0
    return 1
