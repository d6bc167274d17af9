"""What Control Yuan visits declare: their kind of gathering, with the petitioners on its page."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory
from cityhall.engines.gatherings import registry as gatherings
from cityhall.engines.gatherings.registry import Profile
from cityhall.engines.gatherings.states import OutcomeKind, PointKind

from .services import VISIT


def install() -> None:
    """The kind, and what stays as it was."""
    from .views import section

    gatherings.profile(
        Profile(
            VISIT, _("監察院地方機關巡察"), outcome=OutcomeKind.SUGGESTION, points=(PointKind.TOPIC, PointKind.BRIEFING),
            sections=(section,), order=10,
        )
    )  # fmt: skip
    directory.names_agency_for_ever({"control_yuan.Petitioner.agency": _("寫的是當時交辦的機關。")})
