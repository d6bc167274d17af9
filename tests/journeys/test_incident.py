"""An incident of twelve reports is closed once, and each reporter is told once; somebody else says "mine too"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from cityhall.domains.petitions.models import Cluster, Petition
from cityhall.domains.petitions.services import lookout
from cityhall.domains.petitions.services.filing import Where, Who
from cityhall.domains.petitions.tests.city import opened
from cityhall.engines.cases.states import PlaceMethod, Status
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.letters.models import Letter

from .test_petition import check
from .test_repeats import press

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAYS = [pytest.param("", 1280, id="zh-1280"), pytest.param("/en", 360, id="en-360")]
REPORTS = 12


def report(n: int, when: Any) -> Petition:
    where = Where(method=PlaceMethod.PIN, lon=121.3 + n * 0.0001, lat=25.0, label=f"中山路{200 + n}號", road="中山路")
    who = Who(name=f"陳大{n}", email=f"dark{n}@mail.example")
    return Petition.objects.select_related("case").get(
        pk=opened(f"中山路{200 + n}號前的路燈不亮，整條街都暗", when=when, who=who, where=where).pk
    )


@pytest.mark.parametrize(("prefix", "width"), WAYS)
def test_an_incident_of_twelve_is_closed_once(city, site, post, open_as, prefix, width):
    english, now = bool(prefix), timezone.now()
    reports = [report(n, now - timedelta(minutes=30 - n)) for n in range(11)]
    lookout.watch(now)
    cluster = Cluster.objects.get()
    here = f"{site}{prefix}/desk/petitions/clusters/{cluster.reference}/"

    # The desk finds it on its list, reads why, and confirms.
    desk = open_as(city.dispatcher, width=width)
    desk.goto(f"{site}{prefix}/desk/")
    assert cluster.title in desk.locator("body").inner_text()
    desk.goto(here)
    check(desk, True)
    press_link(desk, "Confirm" if english else "確認")
    check(desk, True)
    desk.fill("[name=title]", "中山路一帶路燈不亮")
    press(desk, "Confirm" if english else "確認成立")
    desk.wait_for_selector(".govuk-notification-banner")
    check(desk, True)

    # One more comes and joins by itself; one text for all is on the public page, which names nobody.
    reports.append(report(11, now))
    lookout.watch(now)
    assert cluster.members.filter(out_at=None).count() == REPORTS
    press_link(desk, "Update the text" if english else "更新說明")
    desk.fill("[name=text]", "變電箱故障，搶修中")
    press(desk, "Update" if english else "更新")
    desk.wait_for_selector(".govuk-notification-banner")
    anybody = open_as(width=width)
    anybody.goto(f"{site}{prefix}/petitions/incidents/")
    check(anybody, False)
    anybody.get_by_role("link", name="中山路一帶路燈不亮").click()
    anybody.wait_for_load_state()
    check(anybody, False)
    public = anybody.locator("main").inner_text()
    assert "變電箱故障" in public
    assert not any(one.case.number in public or f"陳大{n}" in public for n, one in enumerate(reports))

    # The leading petition is assigned, answered and approved as any other.
    lead = Petition.objects.select_related("case").get(pk=cluster.lead_id)
    record = f"{site}{prefix}/desk/petitions/{lead.case.reference}/"
    coordinator = open_as(city.coordinator, width=width)
    coordinator.goto(record)
    assert str(REPORTS) in coordinator.locator("main").inner_text()
    coordinator.goto(f"{record}assign/")
    coordinator.select_option("form#act [name=officer]", city.officer.code)
    coordinator.locator("button[form=act]").click()
    coordinator.wait_for_selector(".govuk-notification-banner")
    for stage in (1, 2):
        officer = open_as(city.officer, width=width)
        officer.goto(record)
        officer.fill("#reply [name=text]", f"您好：變電箱已修好，路燈全部恢復。第{stage}次回復。")
        if stage == 2:
            officer.select_option("#reply [name=outcome]", "SOLVED")
        officer.locator("button[formaction$='/submit/']").click()
        officer.wait_for_selector(".govuk-notification-banner")
        chief = open_as(city.chief, width=width)
        chief.goto(record)
        chief.locator("button[form=approve]").click()
        chief.wait_for_selector(".govuk-notification-banner")
        post()

    # Every reporter is told once, by a letter of their own; every clock is met; nothing is told twice.
    post()
    for n, one in enumerate(reports):
        one.case.refresh_from_db()
        assert one.case.status == Status.REPLIED
        finals = Letter.objects.filter(about_id=str(one.pk), template="petitions.final_reply")
        assert [letter.address for letter in finals] == [f"dark{n}@mail.example"]
        assert not any(f"陳大{m}" in finals[0].text for m in range(REPORTS) if m != n and not str(n).startswith(str(m)))
        assert set(Clock.objects.filter(subject_id=one.pk).values_list("state", flat=True)) == {"MET"}
    cluster.refresh_from_db()
    assert cluster.state == "CLOSED"
    desk.goto(here)
    check(desk, True)
    desk.goto(f"{site}{prefix}/desk/petitions/clusters/?state=CLOSED")
    check(desk, True)
    assert cluster.number in desk.locator("main").inner_text()


def press_link(page: Any, label: str) -> None:
    """A link that looks like a button."""
    page.locator("main").get_by_role("button", name=label, exact=True).first.click()
    page.wait_for_load_state()
