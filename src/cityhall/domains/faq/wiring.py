"""What the FAQ base declares to the pages and to the directory at start."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.registry import Named
from cityhall.engines.directory.states import Fate
from cityhall.web.navigation import portal_menu

from . import succession


def install() -> None:
    """The portal's menu, and what becomes of entries when an agency is succeeded."""
    portal_menu.add(20, _("常見問題"), "faq:search", "/faq/")
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
