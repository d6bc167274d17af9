"""A rule changed after its replay, in a browser: the desk sees what would go elsewhere, and saves exactly that."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from cityhall.domains.petitions.models import RuleReplay, StaffWords
from cityhall.domains.petitions.services import dispatch, replay
from cityhall.domains.petitions.services.rule_editor import Change
from cityhall.domains.petitions.states import ReplayAct, ReplayState
from cityhall.domains.petitions.tests.city import City, opened
from cityhall.foundation.clock import day_of
from tests.journeys.test_petition import check, go_on

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAYS = [
    pytest.param("", 1280, True, id="zh-1280"),
    pytest.param("/en", 360, True, id="en-360"),
    pytest.param("", 360, False, id="zh-360-no-script"),
]


@pytest.mark.parametrize(("prefix", "width", "script"), WAYS)
def test_a_rule_is_changed_after_its_replay(
    city: City, site: str, open_as: Any, prefix: str, width: int, script: bool
) -> None:
    now = timezone.now()
    wrong = opened("路燈不亮的牆邊標線看不清", when=now)
    dispatch.dispatch_by_desk(wrong, category=city.road_marking, agency=None, by=city.dispatcher.account, at=now)
    opened("中山路 200 號前路燈不亮三天了", when=now)
    page = open_as(city.dispatcher, width=width, script=script)

    page.goto(f"{site}{prefix}/desk/petitions/rules/")
    check(page, script)
    page.locator("main table a", has_text="路燈不亮").click()
    check(page, script)
    page.locator("main .dk-links a").first.click()
    page.fill("[name=none_of]", "標線")
    page.fill("[name=reason]", "標線的案件派到路燈科")
    go_on(page)
    check(page, script)

    # One petition would go elsewhere, and the desk had corrected it by hand.
    assert page.locator("main tbody tr").count() == 1
    assert wrong.case.number in page.locator("main tbody").inner_text()
    assert StaffWords.objects.filter(category=city.street_light).count() == 1
    go_on(page)
    check(page, script)

    old, new = StaffWords.objects.filter(category=city.street_light).order_by("version")
    assert (new.none_of, new.replaces) == (["標線"], old)
    assert old.valid_until is not None
    assert page.locator("main tbody tr").count() == 2


def test_a_replay_in_the_background_shows_its_end_by_itself(city: City, site: str, open_as: Any) -> None:
    by, now = city.dispatcher.account, timezone.now()
    words = StaffWords.objects.get(category=city.street_light)
    tried = replay.try_out(Change(ReplayAct.END, "words", day_of(now), rule=words.pk, reason="測試"), by=by, at=now)
    RuleReplay.objects.update(state=ReplayState.RUNNING, total=9, done=4)
    page = open_as(city.dispatcher)

    page.goto(f"{site}/desk/petitions/rules/replays/{tried.pk}/")
    assert page.locator("main progress").count() == 1
    check(page, script=True)
    RuleReplay.objects.update(state=ReplayState.READY, total=9, done=9)

    page.locator("main form button", has_text="停用這條規則").wait_for()
    assert page.locator("main progress").count() == 0
