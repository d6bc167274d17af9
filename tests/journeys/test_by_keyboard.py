"""Without a mouse: filing and replying by keys alone, with the focus in sight at every stop. And at four times the size."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Error

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.services import handling
from cityhall.domains.petitions.services.filing import Who
from cityhall.domains.petitions.tests.citizen import make_roads
from cityhall.domains.petitions.tests.city import opened
from cityhall.engines.cases.states import ReplyState

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What the focused thing looks like, and what it looks like without the focus. A choice is drawn by its label.
SEEN = """() => {
    const it = document.activeElement;
    if (!it || it === document.body) return {who: 'nothing', seen: false, inside: false};
    const drawn = () => [it, it.nextElementSibling, it.closest('.moj-multi-select, .govuk-file-upload-button, li, label')]
        .filter(one => one).flatMap(one => ['', '::before', '::after'].map(part => {
            const look = getComputedStyle(one, part || null);
            return [look.outlineStyle, look.outlineWidth, look.outlineColor, look.boxShadow, look.backgroundColor,
                    look.borderColor, look.borderWidth, look.textDecorationThickness].join();
        })).join(';');
    const focused = drawn();
    const box = it.getBoundingClientRect();
    const points = [0.1, 0.5, 0.9].map(part => document.elementFromPoint(
        box.left + box.width / 2, Math.min(Math.max(box.top + box.height * part, 1), innerHeight - 1)));
    const covered = points.every(one => one && !it.contains(one) && !one.contains(it) && !one.closest('label'));
    it.blur();
    const plain = drawn();
    it.focus({preventScroll: true});
    return {
        who: it.outerHTML.slice(0, 120),
        seen: focused !== plain,
        inside: !covered && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.height > 0,
    };
}"""


def until(page: Any, truth: str | Callable[[], bool]) -> None:
    """Ask again and again; Playwright's own way of waiting needs `eval`, which the pages forbid."""
    for _try in range(600):
        try:
            if truth() if callable(truth) else page.evaluate(truth):
                return
        except Error:  # the page is just being left
            pass
        page.wait_for_timeout(50)
    focused = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    raise AssertionError(f"never true at {page.url}: {truth}; the focus is on {focused}")


class Keys:
    """A person with a keyboard: goes on by Tab until the wanted thing has the focus."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.stops: list[str] = []

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.page.keyboard.insert_text(text)

    def at(self, selector: str) -> bool:
        return bool(self.page.evaluate("what => document.activeElement.matches(what)", selector))

    def tab_to(self, selector: str, most: int = 60) -> None:
        """Tab on to something; each stop on the way can be seen."""
        for _stop in range(most):
            self.page.keyboard.press("Tab")
            here = self.page.evaluate(SEEN)
            self.stops.append(here["who"])
            assert here["seen"], f"no sign of the focus on {here['who']}"
            assert here["inside"], f"the focus is out of sight on {here['who']}"
            if self.at(selector):
                return
        raise AssertionError(f"{selector} is not reached: {self.stops[-most:]}")

    def enter(self, key: str = "Enter") -> None:
        """Press what has the focus, and wait for the page that comes."""
        before = self.page.evaluate("performance.timeOrigin")
        self.page.keyboard.press(key)
        until(self.page, f"performance.timeOrigin !== {before}")
        self.page.wait_for_load_state("load")


GO_ON = "main button.govuk-button:not(.govuk-button--secondary):not([name])"


class TestFiling:
    @pytest.mark.parametrize(("prefix", "width"), [("", 1280), ("/en", 360)])
    def test_from_the_first_question_to_the_number(self, city, site, post, open_as, prefix, width):
        make_roads()
        page = open_as(width=width)
        keys = Keys(page)
        page.goto(f"{site}{prefix}/petitions/new/", wait_until="networkidle")

        # The skip link comes first, and leads past the menu.
        keys.press("Tab")
        assert keys.at(".govuk-skip-link")
        keys.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"

        # An empty answer: the focus goes to the summary, and from there to the field.
        keys.tab_to(GO_ON)
        keys.enter()
        until(page, "document.activeElement.matches('.govuk-error-summary')")
        keys.tab_to(".govuk-error-summary a")
        keys.press("Enter")
        assert keys.at("textarea[name=text]")
        keys.write("中山路前的路燈不亮三天了")
        keys.tab_to(GO_ON)
        keys.enter("Space")

        # One road in two districts: Enter searches, arrow keys choose.
        keys.tab_to("[name=place]")
        keys.press("Control+a")
        keys.write("中山路")
        keys.enter()
        keys.tab_to("[name=choice]")
        keys.press("ArrowDown", "ArrowUp")
        assert page.locator("[name=choice]:checked").count() == 1
        keys.tab_to(GO_ON)
        keys.enter()

        keys.tab_to(GO_ON)  # no photos
        keys.enter()

        keys.tab_to("[name=name]")
        keys.write("陳小美")
        keys.tab_to("[name=reply]")
        keys.press("Space")
        keys.tab_to("[name=email]")
        keys.write("citizen@mail.example")
        keys.tab_to("[name=secret]")
        keys.press("Space")
        keys.tab_to(GO_ON)
        keys.enter()

        keys.tab_to(GO_ON)  # everything on one page
        keys.enter()
        letter = next(one for one in reversed(post()) if "citizen@mail.example" in one.to)
        code = re.search(r"\b(\d{6})\b", letter.subject + letter.text)
        assert code
        keys.tab_to("[name=code]")
        keys.write(code[1])
        keys.enter()

        petition = Petition.objects.select_related("case__place").latest("case__pk")
        assert petition.case.number in page.locator("main").inner_text()
        assert petition.case.place.road == "中山路"
        assert petition.case.keep_identity_secret

    def test_at_four_times_the_size(self, city, site, open_as):
        page = open_as(width=1280)
        page.set_viewport_size({"width": 320, "height": 256})  # 1280 x 1024 at 400 %
        make_roads()

        def look() -> None:
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 320, f"{page.url} is {wide} px wide"

        page.goto(f"{site}/petitions/new/")
        look()
        page.fill("[name=text]", "中山路前的路燈漏電，有人受傷")
        for answer in (
            None,
            lambda: page.check("[name=answer][value=none]"),
            lambda: page.fill("[name=place]", "中山路"),
            lambda: page.locator("[name=choice]").first.check(),
            None,
            lambda: [
                page.fill("[name=name]", "陳小美"),
                page.check("[name=reply][value=email]"),
                page.fill("[name=email]", "citizen@mail.example"),
            ],
            None,
        ):
            if answer:
                answer()
            page.locator(GO_ON).first.click()
            page.wait_for_load_state()
            look()
        assert page.locator("[name=code]").is_visible()


class TestReplying:
    @pytest.mark.parametrize("prefix", ["", "/en"])
    def test_the_officer_writes_and_the_head_of_unit_approves(self, city, site, open_as, prefix):
        petition = self.assigned(city)
        page = open_as(city.officer)
        keys = Keys(page)
        page.goto(f"{site}{prefix}/desk/", wait_until="networkidle")
        keys.press("?")
        assert page.is_visible("dialog#keys")
        keys.press("Escape")
        keys.press("j", "k", "j")
        assert keys.at(".dk-it a")
        keys.press("Enter")
        until(page, "document.activeElement.matches('#main h2')")
        assert "路燈不亮" in page.evaluate("document.activeElement.innerText")
        keys.tab_to("#reply [name=text]")
        keys.write("已派員查看，明日修復。")
        keys.press("Control+Enter")
        until(page, lambda: petition.case.replies.filter(state=ReplyState.IN_REVIEW).exists())

        page = open_as(city.chief)
        keys = Keys(page)
        page.goto(f"{site}{prefix}/desk/", wait_until="networkidle")
        keys.press("j", "Enter")
        until(page, "document.activeElement.matches('#main h2')")
        keys.tab_to(".dk-acts button[form=approve]")
        keys.press("Control+Enter")

        until(page, lambda: petition.case.replies.get().state == ReplyState.SENT)

    def test_the_list_stays_beside_the_record_where_it_was_scrolled(self, city, site, open_as):
        for _each in range(6):
            self.assigned(city)
        page = open_as(city.officer)
        page.set_viewport_size({"width": 1280, "height": 420})
        page.goto(f"{site}/desk/", wait_until="networkidle")
        page.evaluate("document.querySelector('.dk-list__scroll').scrollTop = 60")

        page.locator(".dk-it a").nth(2).dispatch_event("click")
        until(page, "document.activeElement.matches('#main h2')")

        assert page.locator(".dk-it").count() == 6
        assert page.locator(".dk-it.on.read").count() == 1
        assert page.evaluate("document.querySelector('.dk-list__scroll').scrollTop") == 60

    def test_a_reply_without_a_word_takes_the_focus_to_the_summary(self, city, site, open_as):
        petition = self.assigned(city)
        page = open_as(city.officer)
        keys = Keys(page)
        page.goto(f"{site}/desk/petitions/{petition.case.reference}/", wait_until="networkidle")
        keys.tab_to("#reply [name=text]")
        keys.press("Control+Enter")

        until(page, "document.activeElement.matches('.govuk-error-summary')")
        keys.tab_to(".govuk-error-summary a")
        keys.press("Enter")
        assert keys.at("#reply [name=text]")

    def test_without_script_at_four_times_the_size(self, city, site, open_as):
        petition = self.assigned(city)
        record = f"{site}/desk/petitions/{petition.case.reference}/"
        officer, chief = open_as(city.officer, script=False), open_as(city.chief, script=False)
        officer.set_viewport_size({"width": 320, "height": 256})
        officer.goto(f"{site}/desk/")
        officer.locator(".dk-it a").first.click()
        officer.fill("#reply [name=text]", "已派員查看，明日修復。")
        officer.locator("button[formaction$='/submit/']").click()
        chief.goto(record)
        chief.locator("button[form=approve]").click()

        assert petition.case.replies.get().state == ReplyState.SENT

    def assigned(self, city: Any) -> Petition:
        """A petition in the officer's hands, each from somebody else."""
        now = timezone.now()
        petition = opened(when=now, who=Who(name="陳小美", email=f"{uuid4()}@mail.example"))
        return handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=now)


class TestFollowing:
    def test_without_script_by_number_and_code(self, city, site, open_as):
        petition = opened(when=timezone.now())
        page = open_as(width=360, script=False)
        page.goto(f"{site}/petitions/follow/")
        page.fill("[name=number]", petition.case.number)
        page.fill("[name=code]", petition.case.tracking_code)
        page.locator(GO_ON).first.click()
        assert petition.case.title in page.locator("h1").inner_text()
        page.locator("a[href$='/add/']").first.click()
        page.fill("[name=text]", "燈桿編號是 A-123456。")
        page.locator(GO_ON).first.click()

        assert "A-123456" in page.locator("main").inner_text()
        assert petition.case.additions.count() == 1
