"""Looking at a page in a browser the way everybody meets it: narrow and wide, with and without eyes."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from django.urls import Resolver404, resolve
from playwright.sync_api import TimeoutError

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
    "elementRef": False,
    "preload": False,  # style sheets are fetched again only for rules that none of these levels has
}
# Colours and the size of what is pressed know no language: both are seen in Chinese, at both widths. In English axe looks
# at the wide page only, and once at each kind of page; that nothing runs over the edge is seen at both and everywhere.
RULES_IN_ENGLISH = {**RULES, "rules": {"color-contrast": {"enabled": False}}}
# A further state of a page that was seen has the same elements wide and narrow: narrow, axe looks at what the width changes.
RULES_OF_WIDTH = {**RULES, "runOnly": {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}}
WIDTHS = (1280, 360)
HEIGHTS = {1280: 900, 360: 4000}  # a phone's page as a whole: what stays at the bottom covers nothing
ASK_AXE = """async (rules) => (await axe.run(document, rules)).violations.map(one => [
    one.id, one.nodes[0].html.slice(0, 300), one.nodes[0].failureSummary])"""
ASK_PAGE = """() => ({
    lang: document.documentElement.lang,
    title: document.title,
    main: [...document.querySelectorAll('h1')].map(one => one.innerText),
    headings: [...document.querySelectorAll('h1, h2, h3')].map(one => one.innerText),
    refused: window.refusedByPolicy || [],
})"""
# Words are cut off where a box hides what runs over its edge; a box that scrolls by itself is reached by keyboard.
ASK_WIDTH = """() => {
    if (document.documentElement.scrollWidth <= window.innerWidth) return '';
    const wide = [...document.querySelectorAll('body *')].filter(
        one => one.getBoundingClientRect().right > window.innerWidth + 1);
    return `${document.documentElement.scrollWidth} px: ` +
        wide.slice(-3).map(one => one.outerHTML.slice(0, 160)).join(' … ');
}"""
LISTEN = """window.refusedByPolicy = [];
document.addEventListener('securitypolicyviolation', one =>
    window.refusedByPolicy.push(`${one.violatedDirective} ${one.blockedURI} ${one.sample}`));"""


# One page at several addresses.
SAME = {
    "petitions:new": "petitions:file", "petitions:defect": "petitions:file", "petitions:agency_box": "petitions:file",
    "petitions:about": "petitions:file",
    "deadlines:calendar_year": "deadlines:calendar", "identity:staff_account": "identity:account",
    "directory:desk_agency": "directory:agency", "identity:confirm": "identity:second_factor",
    "identity:forgotten_code": "petitions:confirm", "identity:sign_in_code": "petitions:confirm",
}  # fmt: skip
# Their titles name the place, their headings ask, or say what the section found.
APART = {"web:home", "web:styleguide_desk", "report:section", "report:issued_section"}


def squeezed(text: str) -> str:
    """Without spaces and capitals, so that a title and a heading can be compared."""
    return re.sub(r"\s+", "", text).casefold()


@dataclass
class Looker:
    """One pair of eyes: opens pages, notes every fault, remembers which routes were seen."""

    browser: Any
    site: str
    english: bool
    faults: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    titles: dict[str, str] = field(default_factory=dict)
    pages: int = 0
    _tabs: dict[str, Any] = field(default_factory=dict)
    _complaints: list[str] = field(default_factory=list)

    # --- windows ---

    def window(self, name: str, cookies: dict[str, str] | None = None) -> Any:
        """The window of somebody; opened once."""
        if name not in self._tabs:
            context = self.browser.new_context(viewport={"width": WIDTHS[0], "height": 900})
            context.add_init_script(LISTEN)
            if cookies:
                context.add_cookies([{"name": key, "value": value, "url": self.site} for key, value in cookies.items()])
            tab = context.new_page()
            tab.on("console", lambda one: self._complaints.append(one.text) if one.type == "error" else None)
            tab.on("pageerror", lambda error: self._complaints.append(str(error)))
            tab.on("request", lambda one: self._ask_nobody_else(one.url))
            self._tabs[name] = tab
        return self._tabs[name]

    def _ask_nobody_else(self, url: str) -> None:
        if not url.startswith((self.site, "data:", "blob:")):
            self.faults.append(f"asks a foreign host: {url}")

    def close(self) -> None:
        """Close all windows."""
        for tab in self._tabs.values():
            tab.context.close()

    # --- looking ---

    def address(self, path: str) -> str:
        """An address in the language of this look."""
        return f"{self.site}/en{path}" if self.english else self.site + path

    def open(self, tab: Any, path: str, status: int = 200) -> None:
        """Go to an address and look at what is there."""
        self._complaints.clear()
        answer = tab.goto(self.address(path))
        if answer is None or answer.status != status:
            self.faults.append(f"{path}: {answer and answer.status} instead of {status}, at {tab.url}")
        self.look(tab, path, status=status)

    def send(self, tab: Any, path: str, values: dict[str, str], button: str = "") -> None:
        """Fill in a form, wrongly, and look at what is said."""
        self._complaints.clear()
        tab.goto(self.address(path))
        for name, value in values.items():
            choose(tab, name, value)
        if not press(tab, button):
            self.faults.append(f"{path}: nothing to press at {tab.url}")
            return
        with suppress(TimeoutError):  # said by the look
            tab.wait_for_selector("main .govuk-error-summary", timeout=60_000)
        self.look(tab, f"{path} after {values or 'nothing'}", wrong=True)

    def look(self, tab: Any, what: str, *, wrong: bool = False, status: int = 200) -> None:
        """Both widths, by eye and by axe."""
        tab.wait_for_load_state("load")
        self.pages += 1
        found: list[str] = []
        known = False
        page = tab.evaluate(ASK_PAGE)
        try:
            path = urlsplit(tab.url).path
            route = resolve(path.removeprefix("/en") if self.english else path).view_name
            known = route in self.seen and not wrong
            self.seen.add(route)
            self._judge_title(page, SAME.get(route, route) if status < 400 else f"error {status}", found, wrong)
        except Resolver404:
            pass
        if page["lang"] != ("en" if self.english else "zh-Hant-TW"):
            found.append(f"lang is {page['lang']}")
        if len(page["main"]) != 1:
            found.append(f"{len(page['main'])} main headings: {page['main']}")
        if wrong and not tab.locator(".govuk-error-summary").count():
            found.append("no error summary")
        if not (self.english and known):
            tab.evaluate(AXE)
        width = tab.viewport_size["width"]
        for wide in sorted(WIDTHS, key=lambda one: one != width):
            if wide != tab.viewport_size["width"]:
                tab.set_viewport_size({"width": wide, "height": HEIGHTS[wide]})
            if over := tab.evaluate(ASK_WIDTH):
                found.append(f"scrolls sideways at {wide}: {over}")
            if rules := self._rules(wide, known):
                found += [f"{wide}: {' | '.join(one)}" for one in tab.evaluate(ASK_AXE, rules)]
        found += [f"policy: {one}" for one in tab.evaluate("window.refusedByPolicy || []")]
        found += [f"console: {one}" for one in self._complaints if "the server responded with a status of" not in one]
        self._complaints.clear()
        self.faults += [f"{what}: {one}" for one in found]

    def _rules(self, width: int, known: bool) -> dict[str, Any] | None:
        """What axe looks at; nothing where it has looked at such a page."""
        if self.english:
            return RULES_IN_ENGLISH if width == WIDTHS[0] and not known else None
        return RULES_OF_WIDTH if known and width != WIDTHS[0] else RULES

    def _judge_title(self, page: dict[str, Any], route: str, found: list[str], wrong: bool) -> None:
        """A title of its own, that says what a heading says."""
        title = page["title"]
        here = squeezed(
            title.removesuffix(self.city).split(self.between)[0].removeprefix("有問題：").removeprefix("Error: ")
        )
        other = self.titles.setdefault(title, route)
        if other != route and not wrong:
            found.append(f"the title {title!r} is that of {other} too ({route})")
        if route not in APART and not any(here in words or words in here for words in map(squeezed, page["headings"])):
            found.append(f"the title {title!r} says none of {page['headings']}")

    @property
    def city(self) -> str:
        """With what each title ends."""
        return " – CityHall" if self.english else "　市政廳"

    @property
    def between(self) -> str:
        """What stands between the parts of a title."""
        return " – " if self.english else "　"


def choose(tab: Any, name: str, value: str) -> None:
    """Put a value into a field, whatever kind it is."""
    field = tab.locator(f"main [name='{name}']").first
    kind = field.get_attribute("type") or field.evaluate("one => one.tagName.toLowerCase()")
    if kind in ("radio", "checkbox"):
        tab.locator(f"main [name='{name}'][value='{value}']").check(force=True)
    elif kind == "select":
        field.select_option(value)
    else:
        if not field.is_visible():
            field.evaluate("one => { const fold = one.closest('details'); if (fold) fold.open = true; }")
        field.fill(value)


MAIN_BUTTON = (
    "button[form=act], main form[method=post] button:not(.govuk-button--secondary):not([name=act]):not([type=button])"
)


def press(tab: Any, button: str = "") -> bool:
    """Press a form's button; without a name, the first that is not a side way. False: there is none."""
    found = tab.locator(button or MAIN_BUTTON)
    if not found.count():
        return False
    found.first.click()
    tab.wait_for_load_state("load")
    return True
