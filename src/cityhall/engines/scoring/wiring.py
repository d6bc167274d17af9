"""What evaluations tell the directory, the to-do list and the pages at start."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part
from cityhall.web.navigation import desk_menu

from . import evaluations


def install() -> None:
    """Menu and kinds of to-do; who was judged stays who was judged."""
    desk_menu.add(62, _("評核"), "scoring:index", "/desk/evaluations/", act="evaluations.read")
    worklist.kind(evaluations.ASSESS, _("自評"), part=Part.HANDLE)
    worklist.kind(evaluations.JUDGE, _("評審評分"), part=Part.HANDLE)
    worklist.kind(evaluations.DUE, _("辦理評核"), part=Part.HANDLE)
    directory.names_agency_for_ever(
        {
            "scoring.Candidate.agency": _("評核的對象，作為紀錄。"),
            "scoring.ResultLetter.agency": _("收到結果函的機關，作為紀錄。"),
        }
    )
