"""What the smart-city programme declares: its committee, and its working groups."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.gatherings import registry as gatherings
from cityhall.engines.gatherings.registry import Profile

from .figures import COMMITTEE, WORKING_GROUP


def install() -> None:
    """The two kinds of its meetings."""
    gatherings.profile(Profile(COMMITTEE, _("智慧城市推動委員會大會"), order=30))
    gatherings.profile(Profile(WORKING_GROUP, _("智慧城市分組工作會議"), order=31))
