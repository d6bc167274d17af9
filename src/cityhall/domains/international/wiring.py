"""What the work on an environment in two languages declares: its meetings."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.gatherings import registry as gatherings
from cityhall.engines.gatherings.registry import Profile

MEETING = "international.meeting"


def install() -> None:
    """The meeting that is held every two months."""
    gatherings.profile(Profile(MEETING, _("雙語環境推動會議"), order=32))
