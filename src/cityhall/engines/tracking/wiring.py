"""What listed items declare to the engines at start."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.registry import Named
from cityhall.engines.directory.states import Fate
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part

from . import services, succession
from .states import Asking


def install() -> None:
    """To-do kinds and succession."""
    stages = {one.value: one.label for one in Asking}
    worklist.kind(services.ANSWER, pgettext_lazy("to-do", "函復列管事項"), part=Part.HANDLE, stages=stages)
    worklist.kind(services.REVIEW, pgettext_lazy("to-do", "審核函復"), part=Part.HANDLE)
    worklist.kind(services.DECIDE, pgettext_lazy("to-do", "決定追蹤情形"), part=Part.HANDLE)
    directory.names_agency(
        "tracking",
        _("列管事項的分工"),
        columns=["tracking.Duty.agency"],
        fate=Fate.MOVES,
        words=_("進行中的分工從承接那一天起由承接機關負責，期限不變；以前的分工留在原機關，作為紀錄。"),
        rows=succession.duties,
        show=lambda duty: Named(duty.item.number, duty.item.url),
        move=succession.move_duties,
    )
