"""What telephone tests declare to the engines and to the pages at start."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory
from cityhall.engines.directory.registry import Named
from cityhall.engines.directory.states import Fate
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part
from cityhall.web.navigation import desk_menu

from . import improving, services, succession
from .queries import PLAN, READ, TEST


def install() -> None:
    """Menu, to-do kind, hand-over and succession."""
    desk_menu.add(35, _("打電話測試"), "phone_tests:mine", "/desk/phone-tests/", act=TEST)
    desk_menu.add(61, _("電話測試"), "phone_tests:results", "/desk/phone-tests/results/", act=READ)
    desk_menu.add(61, _("電話測試計畫"), "phone_tests:plans", "/desk/phone-tests/plans/", act=PLAN)
    desk_menu.add(61, _("電話測試情境卡"), "phone_tests:cards", "/desk/phone-tests/cards/", act=PLAN)
    worklist.kind(improving.ANSWER, _("回復電話測試的改善"), part=Part.HANDLE)
    worklist.kind(improving.DECIDE, _("確認電話測試的改善"), part=Part.HANDLE)
    worklist.kind(services.CALLS, _("電話測試"), part=Part.HANDLE)
    directory.on_hand_over("phone_tests", _("還沒打的電話測試"), services.waiting_of, services.take_over)
    directory.names_agency(
        "phone_cards",
        _("電話測試情境卡"),
        columns=["phone_tests.ScenarioCard.agency"],
        fate=Fate.MOVES,
        words=_("只問原機關的情境卡，改問承接機關。"),
        rows=succession.cards,
        show=lambda row: Named(row.code),
        move=succession.move_cards,
    )
    directory.names_agency(
        "phone_tests",
        _("還沒打的電話測試"),
        columns=["phone_tests.PhoneTest.agency"],
        fate=Fate.STAYS,
        words=_("打過的留在原機關，作為紀錄；還沒打的照打，轉接到承接機關也算接聽。"),
        rows=succession.tests,
        show=lambda row: Named(row.number),
    )
