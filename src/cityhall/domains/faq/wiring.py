"""What the FAQ base declares to the pages, the to-do list and the directory at start."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.registry import Named
from cityhall.engines.directory.states import Fate
from cityhall.engines.tables.supplies import supply
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part
from cityhall.web.navigation import desk_menu, portal_menu

from . import figure_rows, services, sheets, succession
from .queries import READ, WRITE


def install() -> None:
    """The menus, kinds of to-do, and what becomes of entries when an agency is succeeded."""
    portal_menu.add(20, _("常見問題"), "faq:search", "/faq/")
    desk_menu.add(61, _("常見問題"), "faq_desk:index", "/desk/faq/", act=READ)
    figure_rows.declare()
    supply("faq.entries", sheets.public_rows)
    worklist.kind(services.REVIEW, _("審核常見問題"), part=Part.APPROVE)
    desk_menu.add(61, _("常見問題的新增建議"), "faq_desk:proposals", "/desk/faq/proposals/", act=WRITE)
    worklist.kind(services.CHECK, _("確認常見問題還正確"), part=Part.HANDLE)
    worklist.kind(services.ENDING, _("常見問題快到期"), part=Part.HANDLE)
    worklist.kind(services.CLASH, _("常見問題互相矛盾"), part=Part.HANDLE)
    worklist.kind(services.MEND, _("修改退回的常見問題"), part=Part.HANDLE)
    directory.names_agency(
        "faq",
        _("常見問題"),
        columns=["faq.Entry.agency"],
        fate=Fate.MOVES,
        words=_("改由承接機關負責，內容不變。"),
        rows=succession.entries,
        show=lambda row: Named(row.code),
        move=succession.move_entries,
    )
