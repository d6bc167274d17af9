"""Every page and state, in both languages, wide and narrow: nobody is kept out, nothing runs over the edge.

A new address without a look at it fails the test: `NO_PAGES` names those that are no pages, and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from cityhall.domains.chat.models import BotAnswer
from cityhall.domains.council import readers
from cityhall.domains.hotline import aftercall
from cityhall.domains.hotline.models import Announcement, Call, LogFile
from cityhall.domains.open_data.competing import page_of as team_page
from cityhall.domains.petitions.neighbours import support_key
from cityhall.domains.petitions.retention import months_after
from cityhall.domains.petitions.services import area_news, drafts, mail
from cityhall.domains.petitions.views.drafting import FILED, FOLLOWING
from cityhall.engines.identity import second_factor, signing_in
from cityhall.engines.identity.services import create_officer
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox.services import drain
from cityhall.engines.subscriptions.services import key_of as subscription_key
from cityhall.engines.surveys import services as surveys
from cityhall.foundation.clock import day_of
from cityhall.project import urls as ours
from tests.support.looking import Looker, choose, press
from tests.support.world import LONG, PASSWORD, RARE, World, make_world

pytestmark = pytest.mark.browser

DOWNLOAD = "a file"
POST_ONLY = "only what a form sends"
DATA = "data for a script"
AWAY = "leads on to another page or site"
NO_PAGES = {
    "hotline:export": DOWNLOAD, "hotline:export_staffing": DOWNLOAD, "hotline:begin_menu": POST_ONLY, "hotline:topic_back": POST_ONLY,
    "petitions:quality_export": DOWNLOAD, "petitions:quality_paper": DOWNLOAD,
    "scoring:export": DOWNLOAD, "scoring:letter": DOWNLOAD, "usage:refused": DOWNLOAD, "road_safety:export": DOWNLOAD, "phone_tests:draw": POST_ONLY, "phone_tests:export": DOWNLOAD,
    "projects:export": DOWNLOAD, "projects:export_table": DOWNLOAD, "projects:export_hits": DOWNLOAD,
    "projects:export_months": DOWNLOAD, "projects:export_requests": DOWNLOAD, "projects:review": POST_ONLY,
    "subsidies:export": DOWNLOAD, "subsidies:export_projects": DOWNLOAD,
    "council:import_rows": DOWNLOAD, "council:report_document": DOWNLOAD,
    "council_look_up:feed": DATA, "council_look_up:renew_feed": POST_ONLY, "council_look_up:leave": POST_ONLY,
    "council:export": DOWNLOAD, "council:export_inspections": DOWNLOAD, "council:blank": DOWNLOAD,
    "tracking:export": DOWNLOAD, "tracking:export_agencies": DOWNLOAD, "tracking:blank": DOWNLOAD, "tracking:month": DOWNLOAD, "smart_city:export": DOWNLOAD, "spatial:export": DOWNLOAD, "spatial:export_files": DOWNLOAD, "wifi_desk:export": DOWNLOAD, "wifi:export": DOWNLOAD, "wifi_desk:export_month": DOWNLOAD, "wifi_desk:export_outages": DOWNLOAD, "spatial:statement": DOWNLOAD,
    "spatial:point_list_download": DOWNLOAD, "spatial:statistic_export": DOWNLOAD, "spatial:statistic_numbers": DOWNLOAD,
    "wifi_desk:export_placement": DOWNLOAD,
    "spatial:analysis_export": DOWNLOAD, "spatial:analysis_again": POST_ONLY, "map:result_features": DATA, "map:result_tile": DATA, "map:print": DOWNLOAD, "map:result_download": DOWNLOAD,
    "grants:export": DOWNLOAD,
    "gatherings:export": DOWNLOAD, "gatherings:sheet": DOWNLOAD, "gatherings:feed": DATA,
    "gatherings:remove_point": POST_ONLY, "gatherings:remove_person": POST_ONLY, "gatherings:renew_calendar": POST_ONLY,
    "gatherings:end_calendar": POST_ONLY, "gatherings:add_photo": POST_ONLY,
    "petitions:quality_year_download": DOWNLOAD, "petitions:export_promises": DOWNLOAD,
    "petitions:export_outside": DOWNLOAD, "petitions:export_on_behalf": DOWNLOAD, "petitions:chase_outside": POST_ONLY,
    "petitions:outside_letter": POST_ONLY, "petitions:outside_again": POST_ONLY, "petitions:outside_seen": POST_ONLY,
    "petitions:try_endpoint": POST_ONLY, "petitions:set_endpoint": POST_ONLY,
    "petitions:try_mailbox": POST_ONLY, "petitions:quality_draw": POST_ONLY, "petitions:ask_year_returns": POST_ONLY, "petitions:quality_top_up": POST_ONLY,
    "petitions:original": POST_ONLY, "petitions:paper": DOWNLOAD, "petitions:statistics_download": DOWNLOAD,
    "petitions:around_feed": DATA, "petitions:sheet": DOWNLOAD, "trail:export": DOWNLOAD,
    "petitions:export_rules": DOWNLOAD, "petitions:withdraw_rule": POST_ONLY, "petitions:save_replay": POST_ONLY,
    "petitions:watch_export": DOWNLOAD, "petitions:export_hops": DOWNLOAD, "petitions:take_back_review": POST_ONLY,
    "petitions:replay_again": POST_ONLY, "petitions:try_model": POST_ONLY,
    "petitions:export_clusters": DOWNLOAD, "petitions:join_many": POST_ONLY, "petitions:keep_apart": POST_ONLY,
    "petitions:export_digests": DOWNLOAD, "petitions:send_digest": POST_ONLY,
    "petitions:frozen_download": DOWNLOAD, "petitions:import_template": DOWNLOAD, "petitions:import_rows": DOWNLOAD,
    "petitions:export_mail": DOWNLOAD, "petitions:mail_raw": DOWNLOAD, "petitions:mail_part": DOWNLOAD,
    "petitions:export_retention": DOWNLOAD,
    "petitions:export_received": DOWNLOAD, "petitions:letter_slip": DOWNLOAD, "petitions:letter_scan": DOWNLOAD,
    "surveys:export": DOWNLOAD, "surveys:keypad_sheet": DOWNLOAD, "surveys:keypad_refused": DOWNLOAD,
    "surveys:new_version": POST_ONLY, "surveys:move": POST_ONLY, "surveys:remove": POST_ONLY,
    "faq:helped": POST_ONLY, "faq_desk:export": DOWNLOAD, "faq_desk:template": DOWNLOAD,
    "chat:news": DATA, "chat:desk_news": DATA, "chat:typing": POST_ONLY, "chat:person": POST_ONLY, "chat:helped": POST_ONLY,
    "chat:end": POST_ONLY, "chat:go_on": POST_ONLY, "chat:rate": POST_ONLY, "chat:file": POST_ONLY,
    "chat:embed": DATA, "chat:line": POST_ONLY, "chat:export": DOWNLOAD, "chat:left_export": DOWNLOAD, "chat:presence": POST_ONLY, "chat:retire_canned": POST_ONLY,
    "chat:take": POST_ONLY, "chat:desk_say": POST_ONLY,
    "chat:desk_file": POST_ONLY, "chat:desk_typing": POST_ONLY, "chat:desk_end": POST_ONLY,
    "contacts:pop": DATA, "contacts:faq": DATA, "contacts:presence": POST_ONLY, "contacts:begin": POST_ONLY,
    "contacts:answer": POST_ONLY, "contacts:note": POST_ONLY, "contacts:wrap_up": POST_ONLY, "contacts:export": DOWNLOAD,
    "contacts:export_transfers": DOWNLOAD, "contacts:in_vain": POST_ONLY, "hotline:refused": DOWNLOAD,
    "faq_desk:export_chased": DOWNLOAD, "faq_desk:export_proposals": DOWNLOAD,
    "letters:print_all": DOWNLOAD, "letters:take_back": POST_ONLY,
    "petitions:export": DOWNLOAD, "petitions:export_restrictions": DOWNLOAD, "worklist:export": DOWNLOAD, "worklist:export_overview": DOWNLOAD,
    "directory:download_city": DOWNLOAD, "directory:download": DOWNLOAD, "directory:template": DOWNLOAD,
    "directory:refusals": DOWNLOAD, "directory:export": DOWNLOAD, "letters:paper_pdf": DOWNLOAD,
    "figures:rows": DOWNLOAD, "figures:chart": DOWNLOAD, "report:download": DOWNLOAD,
    "report:issued_download": DOWNLOAD,
    "identity:passkey_options": DATA, "identity:new_passkey_options": DATA,
    "petitions:resume": AWAY, "petitions:follow_by_letter": AWAY, "identity:provider_sign_in": AWAY,
    "open_data:download": DOWNLOAD, "open_data:version": DOWNLOAD, "open_data:rows": DOWNLOAD, "open_data:chart_file": DOWNLOAD, "open_data:use_sheet": DOWNLOAD, "open_data_desk:export": DOWNLOAD,
    "open_data_desk:download": DOWNLOAD, "open_data:quality_sheet": DOWNLOAD, "open_data_desk:requests_export": DOWNLOAD, "open_data:search_feed": DATA,
    "open_data:agency_feed": DATA, "open_data:dataset_feed": DATA, "open_data_desk:quality_export": DOWNLOAD,
    "open_data_desk:contests_export": DOWNLOAD, "open_data_desk:contest_export": DOWNLOAD,
    "places:template": DOWNLOAD, "places:refused": DOWNLOAD, "places:put_in_force": POST_ONLY,
    "places:discard": POST_ONLY, "petitions:withdraw_term": POST_ONLY, "petitions:revive_category": POST_ONLY,
    "petitions:move_question": POST_ONLY, "petitions:retire_question": POST_ONLY,
    "petitions:retire_template": POST_ONLY, "petitions:check_reply": POST_ONLY, "petitions:leave": POST_ONLY, "worklist:bulk": POST_ONLY,
    "worklist:save_filter": POST_ONLY, "worklist:forget_filter": POST_ONLY, "outbox:retry": POST_ONLY,
    "outbox:retry_all": POST_ONLY, "identity:sign_in_passkey": POST_ONLY, "identity:end_session": POST_ONLY,
    "directory:withdraw_succession": POST_ONLY, "directory:remove_shift": POST_ONLY, "directory:mobile": POST_ONLY,
    "directory:back_early": POST_ONLY, "deadlines:withdraw": POST_ONLY, "identity:desk_client_rotate": POST_ONLY,
    "identity:desk_key_revoke": POST_ONLY, "identity:desk_account_sessions": POST_ONLY,
    "identity:desk_account_disable": POST_ONLY, "identity:desk_account_enable": POST_ONLY,
    "identity:desk_account_password": POST_ONLY, "identity:desk_account_factors": POST_ONLY,
    "identity:desk_account_make_administrator": POST_ONLY, "identity:desk_account_remove_administrator": POST_ONLY,
    "identity:end_other_sessions": POST_ONLY, "directory:start_import": POST_ONLY, "letters:send_again": POST_ONLY,
}  # fmt: skip


# ---- the site ------------------------------------------------------------------------------------------------------


@pytest.fixture
def world(site: str, settings: Any, tmp_path: Path) -> World:
    """One city for all looks: reading changes nothing."""
    settings.DEMO = True
    settings.DATA_DIR = tmp_path
    settings.ROOT_URLCONF = "tests.support.urls"
    world = make_world(timezone.now())
    drain(timezone.now())
    return world


def session_of(person: Any = None, **values: Any) -> dict[str, str]:
    """The cookie of a browser that is signed in, or that remembers something."""
    client = Client()
    if person is not None:
        client.force_login(person)
    session = client.session
    session.update({"identity.factor": "TOTP", signing_in.CONFIRMED: timezone.now().isoformat(), **values})
    session.save()
    return {settings.SESSION_COOKIE_NAME: session.session_key}


# ---- the looks -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("english", [False, True], ids=["Chinese", "English"])
def test_nobody_is_kept_out_and_nothing_runs_over_the_edge(
    browser: Any, site: str, world: World, english: bool
) -> None:
    look = Looker(browser, site, english)
    for tour in TOURS:
        tour(look, world)
    look.close()
    faults = look.faults + [f"nobody looked at {name}" for name in sorted(pages() - look.seen - set(NO_PAGES))]

    assert not faults, "\n".join(faults)


def pages() -> set[str]:
    """The names of all addresses for people."""

    def walk(patterns: Any, space: str = "") -> Iterator[str]:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, f"{space}{one.namespace}:" if one.namespace else space)
            elif isinstance(one, URLPattern) and one.name:
                yield space + one.name

    machines = {"api", "admin"}
    found = set(walk(get_resolver("cityhall.project.urls").url_patterns))
    programs = set(walk(ours.machines))
    return {name for name in found - programs if name.partition(":")[0] not in machines}


def test_what_is_no_page_exists() -> None:
    assert set(NO_PAGES) - pages() == set()


def around_the_house(look: Looker, world: World) -> None:
    """What anybody may read, without having done anything."""
    tab = look.window("anybody")
    for path in (
        "/", "/privacy/", "/accessibility/", "/about/", "/styleguide/", "/styleguide/?wrong=1", "/styleguide/desk/",
        "/styleguide/desk/?open=1", "/petitions/", "/directory/", "/directory/?q=路燈", "/directory/?q=查無",
        "/directory/works/", "/directory/merging/", "/figures/", "/figures/?q=陳情", "/figures/?q=查無",
        "/figures/petitions.received", "/figures/petitions.received_monthly", "/figures/petitions.urgent_received",
        "/figures/petitions.urgent_categories", "/figures/petitions.received?from=2017-01-01&to=2017-12-31",
        "/figures/hotline.calls", "/figures/hotline.service_level", "/report/", "/report/1.2.2/", "/report/1.2.7/", "/report/3/", "/report/?from=2017-01-01&to=2017-12-31",
        f"/report/issued/{world.issue.pk}/", f"/report/issued/{world.issue.pk}/changes/",
        f"/report/issued/{world.issue.pk}/1.2.7/", "/demo/inbox/", "/demo/inbox/1/", "/demo/inbox/?to=nobody",
        "/account/sign-in/", "/desk/sign-in/", "/desk/sign-in/forgotten/", "/account/signed-out/",
        "/petitions/follow/", "/petitions/follow/?number=115-1127-0001", "/petitions/around/",
        "/petitions/around/?category=street_light&district=68000010", "/petitions/around/?category=park_upkeep",
    ):  # fmt: skip
        look.open(tab, path)
    look.open(tab, "/figures/council.released")
    look.open(tab, "/figures/petitions.received?from=2017-13-01&to=2017-12-31", status=400)
    look.open(tab, "/directory/closed/", status=410)
    look.open(tab, "/nothing/here/", status=404)
    look.open(tab, "/petitions/leave/", status=404)
    look.open(tab, "/petitions/follow/leave/", status=405)
    look.open(tab, "/petitions/confirm/00000000-0000-0000-0000-000000000000/", status=404)
    look.open(tab, "/test/bad/", status=400)
    look.open(tab, "/test/too-many/", status=429)
    look.open(tab, "/test/crash/", status=500)
    look.open(tab, "/test/database/", status=503)


def filing(look: Looker, world: World) -> None:
    """One question after another, with good and with wrong answers."""
    fresh = look.window("begins")
    for path in ("/petitions/new/", "/petitions/new/?group=road", "/petitions/defect/", "/petitions/agency/works/"):
        look.open(fresh, path)
        if path != "/petitions/defect/":  # no photo is an answer
            look.send(fresh, path, {})
    look.send(fresh, "/petitions/new/", {"text": "字" * 4001})
    tab = look.window("writes")

    def take(name: str) -> None:
        tab.context.clear_cookies()
        tab.goto(look.address(f"/petitions/new/resume/{drafts.link_token(world.draft[name])}/"))

    take("full")
    for step in ("kind", "what", "danger", "where", "photos", "details", "who", "check", "save"):
        look.open(tab, f"/petitions/new/{step}/")
    look.open(tab, "/petitions/")
    look.open(tab, "/petitions/new/")
    look.send(tab, "/petitions/new/what/", {"text": ""})
    look.send(tab, "/petitions/new/where/", {"place": "", "lon": "abc", "lat": ""})
    look.send(tab, "/petitions/new/where/", {"place": "字" * 101})
    look.send(tab, "/petitions/new/where/", {"lon": "120.2", "lat": "23.0"})
    look.send(tab, "/petitions/new/who/", {"name": "", "email": "不是信箱"})
    look.send(tab, "/petitions/new/who/", {"name": RARE, "reply": "letter"})
    look.send(tab, "/petitions/new/save/", {"email": "不是信箱"})
    take("near")
    look.open(tab, "/petitions/new/near/")
    take("photos")
    look.open(tab, "/petitions/new/photos/")
    look.open(tab, "/petitions/new/check/")
    look.open(tab, "/petitions/")
    take("short")
    tab.goto(look.address("/petitions/new/where/"))
    choose(tab, "place", "中山路")
    press(tab, "button[value=find]")
    look.look(tab, "two places of one name")
    press(tab)
    look.look(tab, "two places of one name, none chosen", wrong=True)
    look.send(tab, "/petitions/new/where/", {"place": "查無此路"}, "button[value=find]")
    take("defect")
    look.open(tab, "/petitions/new/photos/")
    look.open(tab, "/petitions/new/what/")


def confirming(look: Looker, world: World) -> None:
    """The code, the link, and what happens next."""
    tab = look.window(
        "filed", session_of(**{FILED: [world.reference("unconfirmed")], FOLLOWING: [world.reference("moved")]})
    )
    look.open(tab, f"/petitions/confirm/{world.reference('unconfirmed')}/")
    look.send(tab, f"/petitions/confirm/{world.reference('unconfirmed')}/", {"code": "12"})
    look.send(tab, f"/petitions/confirm/{world.reference('unconfirmed')}/", {"code": "000000"})
    look.open(tab, world.ids["link"])
    look.open(tab, f"/petitions/confirm/{world.reference('unconfirmed')}/wrong-token/")
    look.open(tab, f"/petitions/confirm/{world.reference('call_back')}/")
    look.open(tab, f"/petitions/confirm/{world.reference('assigned')}/")


def following(look: Looker, world: World) -> None:
    """The citizen's side of a petition in every state, and each act."""
    names = list(world.case)
    known = [world.reference(name) for name in names if name not in ("unconfirmed", "call_back")]
    tab = look.window("follows", session_of(**{FOLLOWING: known}))
    for name in names:
        if name not in ("unconfirmed", "call_back"):
            look.open(tab, f"/petitions/follow/{world.reference(name)}/")
    for name in ("long", "assigned", "unsure", "replied"):
        look.open(tab, f"/petitions/done/{world.reference(name)}/")
    look.send(tab, "/petitions/follow/", {"number": "", "code": ""})
    look.send(tab, "/petitions/follow/", {"number": "115-1127-0001", "code": "AAAA-AAAA"})
    for act, name in (
        ("add", "assigned"), ("urge", "late"), ("answer", "asked"), ("withdraw", "assigned"), ("rate", "replied"),
        ("reopen", "replied"),
    ):  # fmt: skip
        path = f"/petitions/follow/{world.reference(name)}/{act}/"
        look.open(tab, path)
        if act not in ("urge", "withdraw"):  # nothing has to be said there
            look.send(tab, path, {})
    look.open(tab, f"/petitions/follow/{world.reference('rated')}/rate/")
    contractor = look.window("contractor")
    look.open(contractor, f"/petitions/upload/{world.ids['upload link']}/")
    look.send(contractor, f"/petitions/upload/{world.ids['upload link']}/", {})
    look.open(contractor, "/petitions/upload/unknown/", status=410)


def accounts(look: Looker, world: World) -> None:
    """Signing in, and the account of a citizen."""
    tab = look.window("signs in")
    look.send(tab, "/account/sign-in/", {"email": "不是信箱"})
    tab.goto(look.address("/account/sign-in/"))
    choose(tab, "email", "sign-in@mail.example")
    press(tab)
    look.look(tab, "the code of a sign-in")
    choose(tab, "code", "000000")
    press(tab)
    look.look(tab, "a wrong code of a sign-in", wrong=True)

    mine = look.window("citizen", session_of(world.account))
    for path in (
        "/petitions/mine/", "/account/", "/account/profile/", "/account/email/", "/account/phone/", "/account/app/",
        "/account/passkeys/new/", "/account/confirm/", "/account/sign-out/", "/petitions/new/",
    ):  # fmt: skip
        look.open(mine, path)
    look.send(mine, "/account/email/", {"email": "不是信箱"})
    for kind, value in (("email", "new@mail.example"), ("phone", "0912345678")):
        mine.goto(look.address(f"/account/{kind}/"))
        choose(mine, kind, value)
        press(mine)
        look.look(mine, f"the code for a new {kind}")
        choose(mine, "code", "000000")
        press(mine)
        look.look(mine, f"a wrong code for a new {kind}", wrong=True)
    empty = look.window("newcomer", session_of(world.stranger))
    look.open(empty, "/petitions/mine/")


def staff_sign_in(look: Looker, world: World) -> None:
    """A password, a second factor; the first day of a new colleague."""
    tab = look.window("staff")
    look.send(tab, "/desk/sign-in/", {"email": "nobody@city.example", "password": "錯"})
    look.send(tab, "/desk/sign-in/forgotten/", {"email": "不是信箱"})
    email = f"new-{'en' if look.english else 'zh'}@city.example"
    colleague = create_officer(email=email, name="林怡君", password=PASSWORD, at=timezone.now())
    choose_all(tab, look.address("/desk/sign-in/"), email=email, password=PASSWORD)
    look.look(tab, "the first password")
    press(tab)
    look.look(tab, "no first password", wrong=True)
    choose(tab, "password", "山櫻花開在 1999 年的冬天")
    choose(tab, "again", "山櫻花開在 1999 年的冬天")
    press(tab)
    look.look(tab, "setting up the second factor")
    choose(tab, "code", "000000")
    press(tab)
    look.look(tab, "setting up with a wrong code", wrong=True)
    secret = re.sub(r"\s", "", tab.locator("main .id-code").first.text_content())
    choose(tab, "code", second_factor.totp_code(secret, at=timezone.now()))
    press(tab)
    look.look(tab, "the recovery codes")
    colleague.refresh_from_db()

    again = look.window("staff again")
    choose_all(again, look.address("/desk/sign-in/"), email=email, password="山櫻花開在 1999 年的冬天")
    look.look(again, "the second factor")
    choose(again, "code", "000000")
    press(again)
    look.look(again, "a wrong second factor", wrong=True)
    forgetful = look.window("forgets")
    choose_all(forgetful, look.address("/desk/sign-in/forgotten/"), email=email)
    look.look(forgetful, "the code for a forgotten password")
    choose(forgetful, "code", "000000")
    press(forgetful)
    look.look(forgetful, "a wrong code for a forgotten password", wrong=True)


def choose_all(tab: Any, url: str, **values: str) -> None:
    """Open a form, fill it in and send it."""
    tab.goto(url)
    for name, value in values.items():
        choose(tab, name, value)
    press(tab)


def desk(look: Looker, world: World) -> None:
    """Petitions from the officers' side: each record, each act."""
    city = world.city
    people = {
        "dispatcher": city.dispatcher, "coordinator": city.coordinator, "officer": city.officer, "chief": city.chief,
        "commission": city.commission, "other": city.other_officer, "other coordinator": city.other_coordinator,
    }  # fmt: skip
    tabs = {name: look.window(name, session_of(person.account)) for name, person in people.items()}
    for name in ("dispatcher", "coordinator", "officer", "chief"):
        look.open(tabs[name], "/desk/")
    look.open(tabs["other"], "/desk/")
    look.open(tabs["officer"], "/desk/?text=查無&urgent=1")
    look.open(tabs["officer"], "/desk/todos/letter/")
    look.open(tabs["commission"], "/desk/late/")
    look.open(tabs["commission"], "/desk/late/?text=查無#late-list")
    look.open(tabs["officer"], "/desk/search?q=路燈")
    look.open(tabs["officer"], "/desk/search?q=查無")
    look.open(tabs["dispatcher"], "/desk/petitions/new/")
    look.send(tabs["dispatcher"], "/desk/petitions/new/", {}, "button[data-key='ctrl+enter']")
    look.open(tabs["commission"], "/desk/petitions/")
    look.open(tabs["commission"], "/desk/petitions/?q=查無&urgent=on")
    look.open(tabs["commission"], "/desk/petitions/?measure=replied&opened=2020..2030&by=channel&part=WEB")
    look.open(tabs["commission"], "/desk/petitions/statistics/")
    look.open(tabs["commission"], "/desk/petitions/statistics/?by=district&from=2010&to=2010")
    look.open(tabs["commission"], "/desk/petitions/statistics/?from=x", status=400)
    for who, name in (
        ("dispatcher", "unsure"), ("dispatcher", "nowhere"), ("dispatcher", "long"), ("dispatcher", "danger"),
        ("dispatcher", "moved"), ("dispatcher", "split"), ("dispatcher", "part"), ("coordinator", "secret"), ("coordinator", "reopening"), ("officer", "assigned"),
        ("officer", "late"), ("officer", "asked"), ("officer", "review"), ("officer", "replied"), ("officer", "rated"),
        ("officer", "extending"), ("chief", "review"), ("chief", "extending"), ("other coordinator", "late"),
    ):  # fmt: skip
        look.open(tabs[who], f"/desk/petitions/{world.reference(name)}/")
    for who, name, acts in (
        ("dispatcher", "unsure", "dispatch transfer merge split filter note to_ethics"),
        ("dispatcher", "split", "unsplit"),
        ("dispatcher", "moved", "take_up"),
        ("coordinator", "secret", "assign return"),
        ("coordinator", "reopening", "reopen"),
        ("officer", "assigned", "ask co_handler copy hand_back withdraw note"),
        ("officer", "extending", "note"),
        ("chief", "extending", "decide_extension"),
        ("other coordinator", "late", "opinion"),
    ):
        for act in acts.split():
            path = f"/desk/petitions/{world.reference(name)}/{act}/"
            look.open(tabs[who], path)
            if act == "split":  # its form has other buttons
                look.send(tabs[who], path, {}, "button[data-key='ctrl+enter']")
            else:
                look.send(tabs[who], path, {})
    waiting = f"/desk/petitions/outside/{world.ids['outside']}/"
    look.open(tabs["dispatcher"], "/desk/petitions/outside/")
    look.open(tabs["dispatcher"], "/desk/petitions/outside/?q=查無&where=LATE")
    look.open(tabs["dispatcher"], waiting)
    look.open(tabs["dispatcher"], f"{waiting}answer/")
    look.send(tabs["dispatcher"], f"{waiting}answer/", {"answer": ""})
    for name in ("outside failed", "outside closed"):
        look.open(tabs["dispatcher"], f"/desk/petitions/outside/{world.ids[name]}/")
    ends = "/desk/petitions/outside/endpoints/"
    there = f"{ends}{world.ids['endpoint']}/"
    for path in (ends, f"{ends}new/", there, f"{there}change/", f"{there}map/"):
        look.open(tabs["commission"], path)
    look.open(tabs["commission"], f"{there}services/{world.ids['endpoint service']}/")
    look.send(tabs["commission"], f"{ends}new/", {"base_url": "http://city.example"})
    look.open(tabs["commission"], "/desk/petitions/words/")
    look.open(tabs["commission"], "/desk/petitions/words/change/")
    look.send(tabs["commission"], "/desk/petitions/words/change/", {"lines": "幹"})
    record = f"/desk/petitions/{world.reference('late')}/"
    look.open(tabs["officer"], f"{record}timeline/")
    for tab in ("timeline", "files", "notes"):
        look.open(tabs["officer"], f"{record}?tab={tab}")
    look.open(tabs["officer"], f"{record}reporter/")
    look.send(tabs["officer"], record, {"text": ""}, "button[formaction$='/submit/']")
    look.open(tabs["officer"], "/desk/accounts/", status=403)
    look.open(tabs["officer"], f"/desk/petitions/{world.reference('unsure')}/", status=404)
    look.open(tabs["commission"], "/report/issue/")
    look.send(tabs["commission"], "/report/issue/", {})


def register(look: Looker, world: World) -> None:
    """Listings of repeated petitions: the register, quality, one in each state, each act, and what it does to a petition."""
    city = world.city
    people = {
        "commission": city.commission, "head": city.head, "officer": city.officer, "dispatcher": city.dispatcher,
    }  # fmt: skip
    tabs = {name: look.window(name, session_of(person.account)) for name, person in people.items()}
    here = "/desk/petitions/restrictions/"
    for who in tabs:
        look.open(tabs[who], here)
    look.open(tabs["commission"], f"{here}?state=IN_FORCE&due=on")
    look.open(tabs["commission"], f"{here}?q=查無")
    for name in ("in force", "proposed", "appealed", "lifted"):
        look.open(tabs["commission"], f"{here}{world.ids[name].reference}/")
    for who, name, acts in (
        ("head", "proposed", "approve return"),
        ("commission", "in force", "lift review appeal"),
        ("commission", "appealed", "decide"),
    ):
        look.open(tabs[who], f"{here}{world.ids[name].reference}/")
        for act in acts.split():
            path = f"{here}{world.ids[name].reference}/{act}/"
            look.open(tabs[who], path)
            if act != "approve":  # nothing is asked there
                look.send(tabs[who], path, {})
    for who, name, acts in (
        ("dispatcher", "declined", "new_cause"),
        ("dispatcher", "left to the desk", "decline"),
        ("officer", "one of many", "restrict"),
    ):
        look.open(tabs[who], f"/desk/petitions/{world.reference(name)}/")
        for act in acts.split():
            path = f"/desk/petitions/{world.reference(name)}/{act}/"
            look.open(tabs[who], path)
            if act == "restrict":
                look.send(tabs[who], path, {"matter": ""})
    look.open(look.window("anybody"), "/figures/petitions.repeated_listed")
    look.open(look.window("anybody"), "/figures/petitions.repeated_declined")
    look.open(look.window("anybody"), "/figures/petitions.filtered")


def keeping(look: Looker, world: World) -> None:
    """Retention: the preview of this month and of a far one, a hold put on, renewed and released."""
    tab = look.window("commission", session_of(world.city.commission.account))
    look.open(tab, "/desk/petitions/retention/")
    look.open(tab, f"/desk/petitions/retention/?month={months_after(day_of(timezone.now()), 30):%Y-%m}")
    hold = f"/desk/petitions/{world.reference('declined')}/hold/"
    look.open(tab, hold)
    look.send(tab, hold, {})
    release = f"/desk/petitions/retention/holds/{world.ids['hold'].reference}/release/"
    look.open(tab, release)
    look.send(tab, release, {})


def news_of_an_area(look: Looker, world: World) -> None:
    """Asking for news of an area, the code, the page that changes it, and the way out, before and after."""
    tab, here = look.window("anybody"), "/petitions/around/alerts/"
    look.open(tab, "/petitions/around/?district=68000010")
    look.open(tab, here)
    look.send(tab, here, {"email": "x@@"})
    asked, running, ended = (world.ids[f"area {name}"] for name in ("asked", "running", "ended"))
    look.open(tab, f"{here}{asked.reference}/")
    look.send(tab, f"{here}{asked.reference}/", {"code": "000000"})
    for one in (running, ended):
        look.open(tab, f"{here}{one.reference}/{area_news.key_of(one)}/")
        look.open(tab, f"{here}{one.reference}/{area_news.key_of(one)}/stop/")


def invited_to_answer(look: Looker, world: World) -> None:
    """The questions of a survey, what is wrong, thanks, and links that are used up, run out and too early."""
    tab = look.window("anybody")

    def link(name: str) -> str:
        one = world.ids[f"survey {name}"]
        return f"/surveys/{one.reference}/{surveys.key_of(one)}/"

    look.open(tab, link("open"))
    look.send(tab, link("open"), {"q1": "4"})
    look.open(tab, link("answered"))
    look.open(tab, f"{link('answered')}thanks/")
    look.open(tab, link("over"), status=410)
    look.open(tab, link("early"), status=410)


def surveys_at_the_desk(look: Looker, world: World) -> None:
    """Surveys, the versions of their questions, waves with results, files of keys, and complaints."""
    tab, ids = look.window("commission", session_of(world.city.commission.account)), world.ids
    here = "/desk/surveys/"
    one, wave, phone = (
        f"{here}{ids['survey'].reference}/", f"{here}waves/{ids['survey wave'].reference}/",
        f"{here}waves/{ids['keys'].wave.reference}/",
    )  # fmt: skip
    complaint = f"{here}complaints/{ids['survey complained'].response.pk}/"
    early = f"{here}waves/{ids['survey early'].wave.reference}/"
    for path in (
        here, f"{here}add/", one, f"{one}edit/", f"{one}versions/1/", f"{one}versions/2/", f"{one}versions/2/preview/",
        f"{one}versions/2/compare/", f"{one}versions/2/add/", f"{one}versions/2/q1/", f"{one}versions/2/wave/",
        f"{here}{ids['empty survey'].reference}/", f"{here}{ids['empty survey'].reference}/versions/1/", wave,
        f"{wave}invite/", f"{wave}close/", f"{wave}results/", f"{wave}words/q4/", f"{wave}keypad/", early,
        f"{early}results/", f"{early}words/q4/", phone, f"{phone}results/", f"{phone}keypad/",
        f"{here}keypad/{ids['keys'].pk}/", f"{here}complaints/", f"{here}complaints/?all=1", complaint,
    ):  # fmt: skip
        look.open(tab, path)
    for path in (
        f"{here}add/", f"{one}versions/2/add/", f"{one}versions/2/wave/", f"{wave}invite/", f"{wave}keypad/", complaint,
    ):  # fmt: skip
        look.send(tab, path, {})


def on_behalf(look: Looker, world: World) -> None:
    """What a 里長 reports for others and sees of it, and what the citizen sees of the 里長."""
    tab, ids = look.window("village head", session_of(world.ids["village head"].account)), world.ids
    look.open(tab, "/desk/petitions/new/")
    look.send(tab, "/desk/petitions/new/", {}, "button[data-key='ctrl+enter']")
    for path in ("", "?q=查無", "?state=OPEN"):
        look.open(tab, f"/desk/petitions/on-behalf/{path}")
    for name in ("behalf content", "behalf state"):
        look.open(tab, f"/desk/petitions/on-behalf/{ids[name].case.reference}/")
    shown = str(ids["behalf content"].case.reference)
    citizen = look.window("was reported for", session_of(**{FOLLOWING: [shown]}))
    look.open(citizen, f"/petitions/follow/{shown}/")
    look.open(citizen, f"/petitions/follow/{shown}/intermediary/")


def calls(look: Looker, world: World) -> None:
    """1999's calls and what is counted of them, for the supervisor, an operator, and before the first call."""
    tab = look.window("supervisor", session_of(world.ids["supervisor"].account))
    for path in (
        "", "?outcome=ABANDONED", "?topic=-", "?outcome=LEFT_BY_KEY&topic=other", "?page=2", "statistics/",
        "statistics/?from=2015-01&to=2015-01",
    ):  # fmt: skip
        look.open(tab, f"/desk/calls/{path}")
    look.open(tab, "/desk/calls/?first_year=1&first_month=99&first_day=x", status=422)
    look.open(tab, "/desk/calls/statistics/?from=2016-13&to=x", status=400)
    look.open(tab, "/desk/calls/staffing/")
    log = LogFile.objects.create(kind="CDR", fingerprint="1", name="cdr.csv", last_read_at=timezone.now(), refused=1)
    log.refused_lines.create(number=7, fault="SHORT", begins="rubbish ####", at=timezone.now())
    for path in ("", "?lines=refused", "?kind=MENU", f"{log.pk}/"):
        look.open(tab, f"/desk/calls/files/{path}")
    last = Call.objects.operator().filter(outcome="TRANSFERRED").latest("entered_at")
    aftercall.set_topic(last, "other", by=None, at=timezone.now())
    for path in ("", "topic/", "survey/"):
        look.open(tab, f"/desk/calls/{last.pk}/{path}")
    look.send(tab, f"/desk/calls/{last.pk}/survey/", {"phone": "02"})
    look.open(look.window("anybody"), "/figures/hotline.survey_answered")
    draft, here = world.ids["draft announcement"].pk, "/desk/hotline/"
    on = Announcement.objects.filter(state="PUBLISHED").first().pk
    for path in (
        "announcements/", "announcements/?state=WITHDRAWN", "announcements/?q=查無", "announcements/add/",
        f"announcements/{draft}/edit/", f"announcements/{draft}/publish/", f"announcements/{on}/withdraw/", "menu/",
        "menu/?days=7", "menu/versions/1/", "menu/versions/2/", "menu/versions/2/use/",
        *(f"menu/versions/2/nodes/welcome/{act}/" for act in ("add", "change", "remove")),
    ):  # fmt: skip
        look.open(tab, here + path)
    look.send(tab, f"{here}announcements/add/", {})
    look.send(tab, f"{here}announcements/{on}/withdraw/", {"reason": ""})
    look.send(tab, f"{here}menu/versions/2/nodes/welcome/add/", {"code": "不是代碼"})
    look.open(look.window("anybody"), "/announcements/")
    operator = look.window("operator of calls", session_of(world.ids["operator"].account))
    look.open(operator, "/desk/calls/statistics/")


def contacts(look: Looker, world: World) -> None:
    """The operator's desk with and without a call, what is done from it, the lists, transfers and the wallboard."""
    city, ids = world.city, world.ids
    here, one = "/desk/hotline/", f"/desk/hotline/contacts/{ids['contact'].reference}/"
    operator = look.window("operator at the desk", session_of(ids["operator"].account))
    for path in (
        f"{here}?contact={ids['contact'].reference}", f"{here}?contact={ids['contact'].reference}&words=垃圾", f"{here}call-backs/",
        f"{here}call-backs/?state=all", f"{here}call-backs/{ids['call back'].pk}/", f"{here}contacts/",
        f"{here}contacts/?q=C115-9999999", one, f"{one}call-back/", f"{one}nuisance/", f"{one}transfer/",
        f"{here}transfers/{ids['transfer'].pk}/fate/", f"{here}transfers/{ids['transfer'].pk}/interview/",
    ):  # fmt: skip
        look.open(operator, path)
    for path in (f"{one}call-back/", f"{one}transfer/", f"{here}transfers/{ids['transfer'].pk}/fate/"):
        look.send(operator, path, {})
    supervisor = look.window("supervisor of the desk", session_of(ids["supervisor"].account))
    nuisance = f"{here}contacts/{ids['nuisance'].reference}/"
    for path in (here, nuisance, f"{nuisance}nuisance/decide/", f"{here}transfers/", f"{here}wallboard/"):
        look.open(supervisor, path)
    agency = look.window("answers for transfers", session_of(city.coordinator.account))
    letter = f"{here}transfers/letters/{ids['transfer letter'].pk}/"
    for path in (f"{here}transfers/", f"{here}transfers/?fate=ANSWERED", letter, f"{letter}answer/"):
        look.open(agency, path)
    look.send(agency, f"{letter}answer/", {"answer": ""})


def together(look: Looker, world: World) -> None:
    """Petitions about one matter: alike, joined, supported; incidents in each state, for the desk and for everybody."""
    city, ids = world.city, world.ids
    tab = look.window("joins", session_of(city.dispatcher.account))
    for name in ("main", "twin", "in an incident"):
        look.open(tab, f"/desk/petitions/{world.reference(name)}/")
    look.open(tab, f"/desk/petitions/{world.reference('main')}/alike/")
    beside = f"/desk/petitions/{world.reference('main')}/alike/{world.reference('alike')}/"
    look.open(tab, beside)
    look.send(tab, beside, {"reason": ""})
    look.open(tab, "/desk/petitions/alike/")
    look.open(tab, "/desk/petitions/alike/?least=90&category=park_upkeep")
    here = "/desk/petitions/clusters/"
    look.open(tab, here)
    look.open(tab, f"{here}?q=查無&state=CLOSED")
    member = ids["incident open"].members.exclude(petition=ids["incident open"].lead).first()
    for name, acts in (
        ("incident proposed", "confirm attach dismiss"),
        ("incident open", f"tell attach lead dismiss detach/{member.pk}"),
        ("incident dismissed", "revive"),
    ):
        one = f"{here}{ids[name].reference}/"
        look.open(tab, one)
        for act in acts.split():
            look.open(tab, f"{one}{act}/")
            if act in ("attach", "dismiss"):
                look.send(tab, f"{one}{act}/", {})
    agency = look.window("coordinates", session_of(city.coordinator.account))
    look.open(agency, here)
    look.open(agency, f"{here}{ids['incident open'].reference}/")
    anybody = look.window("supports")
    look.open(anybody, "/petitions/incidents/")
    look.open(anybody, f"/petitions/incidents/{ids['incident open'].reference}/")
    look.open(anybody, f"/petitions/support/{world.case['main'].case.number}/")
    look.send(anybody, f"/petitions/support/{world.case['main'].case.number}/", {"email": "不是信箱"})
    waiting = f"/petitions/support/confirm/{ids['unconfirmed supporter'].reference}/"
    look.open(anybody, waiting)
    look.send(anybody, waiting, {"code": "12"})
    look.open(anybody, f"/petitions/support/{ids['supporter'].reference}/{support_key(ids['supporter'])}/")


def letters_on_paper(look: Looker, world: World) -> None:
    """收文: the book, the stamp, one letter in each state with its acts, and the post that waits."""
    desk = look.window("stamps", session_of(world.city.dispatcher.account))
    here = "/desk/petitions/received/"
    for path in ("", "?fate=WAITING&late=on", "?q=查無", "add/"):
        look.open(desk, here + path)
    look.send(desk, f"{here}add/", {"clock": "99:99", "pages": "0"})
    for name in ("waiting", "late", "aside"):
        look.open(desk, f"{here}{world.ids[f'letter {name}'].reference}/")
    for name, acts in (("waiting", "type correct scans/add attach set-aside"), ("aside", "take-up")):
        for act in acts.split():
            path = f"{here}{world.ids[f'letter {name}'].reference}/{act}/"
            look.open(desk, path)
            if act == "type":  # the first button only asks the category's questions
                look.send(desk, path, {}, "button[data-key='ctrl+enter']")
            elif act != "take-up":
                look.send(desk, path, {})
    look.open(desk, "/desk/letters/post/")
    look.send(desk, "/desk/letters/post/", {}, "#post button.govuk-button")
    look.open(desk, "/desk/letters/post/?posted=yes")


def incoming_mail(look: Looker, world: World) -> None:
    """來信: the list, one with each outcome, each act by hand, and who passes petitions on."""
    desk = look.window("dispatcher", session_of(world.city.dispatcher.account))
    here = "/desk/petitions/mail/"
    for path in ("", "?fate=DESK", "?fate=DROPPED&why=LIST", "?q=查無", "?first=x"):
        look.open(desk, here + path)
    for name in ("passed on", "nested", "parts", "stranger", "loop", "bounce", "aside", "nothing"):
        look.open(desk, f"{here}{world.ids[f'mail {name}'].reference}/")
    wrong = {
        "open": {"text": "", "email": "x"}, "attach": {"number": "x"}, "set-aside": {"reason": ""}, "undo": {"reason": ""},
    }  # fmt: skip
    for name, acts in (("stranger", "open attach set-aside"), ("passed on", "open"), ("aside", "undo")):
        for act in acts.split():
            path = f"{here}{world.ids[f'mail {name}'].reference}/{act}/"
            look.open(desk, path)
            look.send(desk, path, wrong[act])
    senders = "/desk/petitions/forwarders/"
    for path in ("", "add/", f"{world.ids['forwarder'].pk}/"):
        look.open(desk, senders + path)
    look.send(desk, f"{senders}add/", {"address": "x"})
    boxes = "/desk/petitions/mailboxes/"
    works, transport = (f"{boxes}{agency.code}/" for agency in (world.city.works, world.city.transport))
    for path in (boxes, works, f"{works}pause/", f"{transport}resume/"):
        look.open(desk, path)
    look.send(desk, works, {"host": "https://x", "port": "0"})
    look.open(desk, "/desk/petitions/mail/?box=own")
    case = mail.case_of(world.ids["mail passed on"])
    look.open(desk, f"/desk/petitions/{case.reference}/")
    look.open(desk, f"/desk/petitions/{case.reference}/?tab=timeline")
    look.open(desk, "/desk/petitions/?channel=FORWARDED")


def printed_months(look: Looker, world: World) -> None:
    """定版: the months, one with what changed since by two dimensions, and as an agency sees it."""
    here = "/desk/petitions/statistics/frozen/"
    for who in (world.city.dispatcher, world.city.coordinator):
        window = look.window(who.name, session_of(who.account))
        look.open(window, here)
        for path in ("", "?by=district"):
            look.open(window, f"{here}{world.ids['printed month'].month:%Y-%m}/{path}")
    here, month = "/desk/petitions/statistics/digests/", f"{world.ids['printed month'].month:%Y-%m}"
    for who in (world.city.commission, world.city.coordinator):
        window = look.window(who.name, session_of(who.account))
        for path in ("", "?sent=LOST", f"{month}/works/", f"{month}/works/received/rows/"):
            look.open(window, here + path)
    window = look.window("commission", session_of(world.city.commission.account))
    look.open(window, f"{here}{month}/{world.ids['lost digest']}/")
    look.open(window, f"{here}{month}/{world.ids['lost digest']}/otherwise/")
    look.send(window, f"{here}{month}/{world.ids['lost digest']}/otherwise/", {"how": ""})


def by_file(look: Looker, world: World) -> None:
    """匯入案件: the list, an upload, imports in each state that looks different, each act on one."""
    desk = look.window("dispatcher", session_of(world.city.dispatcher.account))
    here = "/desk/petitions/imports/"
    look.open(desk, here)
    look.open(desk, f"{here}new/petitions.central/")
    look.open(desk, f"{here}new/petitions.old_system/")
    look.send(desk, f"{here}new/petitions.central/", {})
    for name in ("ready", "done", "unreadable", "unknown columns", "old"):
        look.open(desk, f"{here}{world.ids[f'import {name}'].reference}/")
    look.open(desk, f"{here}{world.ids['import old'].reference}/names/")
    ready, done = (f"{here}{world.ids[f'import {name}'].reference}/" for name in ("ready", "done"))
    for path in (f"{ready}?rows=good", f"{ready}columns/", f"{ready}start/", f"{ready}discard/", f"{done}undo/"):
        look.open(desk, path)
    look.send(desk, f"{done}undo/", {"reason": ""})


def common_questions(look: Looker, world: World) -> None:
    """The box, an answer, nothing known, an entry; at the desk an entry in each state and each act."""
    tab = look.window("anybody")
    for path in ("/faq/", "/faq/?q=路燈", "/faq/?q=xyzzy", "/faq/long/"):
        look.open(tab, path)
    editor = look.window("commission", session_of(world.city.commission.account))
    agency = look.window("coordinator", session_of(world.city.coordinator.account))
    here = "/desk/faq/"
    one = f"{here}entries/"
    for path in (
        here, f"{here}?q=無&state=DRAFT", f"{here}new/", f"{one}long/", f"{one}long/?version=1", f"{one}long/compare/",
        f"{one}long/withdraw/", f"{one}draft-one/", f"{one}draft-one/write/", f"{one}draft-one/submit/",
        f"{one}draft-one/discard/", f"{one}gone-one/", f"{one}gone-one/bring-back/",
    ):  # fmt: skip
        look.open(editor, path)
    look.send(editor, f"{here}new/", {"question": ""})
    look.send(editor, f"{one}long/withdraw/", {"reason": ""})
    look.open(agency, here)
    proposal, pair = world.ids["proposal"].pk, world.ids["contradiction"].pk
    for path in (
        f"{here}import/", f"{here}chased/", f"{here}proposals/", f"{here}proposals/?decided=1", f"{here}proposals/{proposal}/",
        f"{here}proposals/{world.ids['decided'].pk}/reopen/", f"{here}used/", f"{here}used/?days=365",
    ):  # fmt: skip
        look.open(editor, path)
    look.send(editor, f"{here}import/", {"then": "published"})
    look.send(editor, f"{here}proposals/{proposal}/", {"fate": "DECLINED", "reason": ""})
    look.open(agency, f"{here}chased/")
    look.open(agency, f"{here}chased/{pair}/settle/")
    look.open(agency, f"{one}long/confirm/")
    look.open(agency, f"{one}review-one/review/")
    look.send(agency, f"{one}review-one/review/", {"agrees": "no", "reason": ""})


def text_service(look: Looker, world: World) -> None:
    """The chat page in each state, wrong input, a site that is not named; the operator's desk and what was left."""
    tab, ids = look.window("anybody"), world.ids
    look.open(tab, "/chat/")
    look.open(tab, "/chat/?site=https://elsewhere.example", status=403)
    look.send(tab, "/chat/", {"text": ""})
    for name in ("bot", "waiting", "person", "closed"):
        look.open(tab, f"/chat/{ids[f'chat {name}'].key}/")
    for page in ("message", "transcript"):
        look.open(tab, f"/chat/{ids['chat bot'].key}/{page}/")
    look.send(tab, f"/chat/{ids['chat bot'].key}/message/", {"text": ""})
    here, operator = "/desk/chat/", look.window("chat operator", session_of(ids["chat operator"].account))
    for path in ("", f"talks/{ids['chat person'].reference}/", f"talks/{ids['chat waiting'].reference}/",
                 f"talks/{ids['chat person'].reference}/hand-over/", "left/", "left/?state=done",
                 f"left/{ids['chat left'].reference}/", f"left/{ids['chat answered'].reference}/"):  # fmt: skip
        look.open(operator, f"{here}{path}")
    look.send(operator, f"{here}left/{ids['chat left'].reference}/", {"answer": ""})
    supervisor = look.window("chat supervisor", session_of(ids["supervisor"].account))
    answered = BotAnswer.objects.latest("pk").pk
    for path in ("answers/", "answers/new/", "quality/", "quality/answers/", "quality/answers/?kind=wrong",
                 f"quality/answers/{answered}/"):  # fmt: skip
        look.open(supervisor, f"{here}{path}")
    look.send(supervisor, f"{here}answers/new/", {"title": ""})
    look.send(supervisor, f"{here}quality/answers/{answered}/", {"remark": "x"})


def quality(look: Looker, world: World) -> None:
    """The monthly check: months, a month, sheets in each state, each act, the year; and what replies have promised."""
    city, ids = world.city, world.ids
    people = {
        "commission": city.commission, "coordinator": city.coordinator, "decider": ids["sheet decider"],
        "commission head": ids["commission head"], "checker": ids["sheet waiting"].checker, "chief": city.chief,
        "other coordinator": city.other_coordinator,
    }  # fmt: skip
    tabs = {name: look.window(name, session_of(person.account)) for name, person in people.items()}
    here, month, last = "/desk/petitions/quality/", ids["check"], day_of(world.now).year - 1
    for who in tabs:
        look.open(tabs[who], here)
    look.open(tabs["commission"], f"{here}rubric/")
    look.open(tabs["commission"], f"{here}rubric/new/")
    look.send(tabs["commission"], f"{here}rubric/new/", {"source": "", "weight_0": "9"})
    look.open(tabs["commission"], f"{here}rubric/2/take-back/")
    look.open(tabs["commission"], f"{here}{month}/")
    look.open(tabs["commission"], f"{here}{month}/?state=GOOD&kind=sample")
    look.open(tabs["coordinator"], f"{here}{month}/")
    for name in ("good", "wanting", "contested", "lifted", "redo", "answered", "judged", "waiting"):
        look.open(tabs["commission"], f"{here}sheets/{ids[f'sheet {name}'].reference}/")
    look.open(tabs["checker"], f"{here}sheets/{ids['sheet waiting'].reference}/")
    look.send(tabs["checker"], f"{here}sheets/{ids['sheet waiting'].reference}/", {})
    for who, name, acts in (
        ("coordinator", "wanting", "accept contest"),
        ("decider", "contested", "decide"),
        ("commission", "answered", "judge"),
        ("commission", "wanting", "take-back"),
        ("commission", "waiting", "drop"),
    ):
        look.open(tabs[who], f"{here}sheets/{ids[f'sheet {name}'].reference}/")
        for act in acts.split():
            path = f"{here}sheets/{ids[f'sheet {name}'].reference}/{act}/"
            look.open(tabs[who], path)
            if act != "accept":  # nothing is asked there
                look.send(tabs[who], path, {})
    year = int(month[:4])
    look.open(tabs["commission"], f"{here}years/{year}/")
    look.open(tabs["commission"], f"{here}years/{year}/?by=criterion&part=tone")
    look.open(tabs["commission head"], f"{here}years/{last}/")
    look.open(tabs["commission"], f"{here}years/{last}/propose/")
    look.send(tabs["commission"], f"{here}years/{last}/propose/", {})
    look.open(tabs["coordinator"], f"{here}years/{last}/")
    look.open(tabs["coordinator"], f"{here}returns/{ids['year return'].pk}/")
    look.send(tabs["coordinator"], f"{here}returns/{ids['year return'].pk}/", {"analysis": ""})
    look.open(tabs["commission head"], f"{here}awards/{ids['award'].pk}/")
    look.send(tabs["commission head"], f"{here}awards/{ids['award'].pk}/", {})
    look.open(tabs["coordinator"], f"/desk/petitions/{world.reference('redo')}/")
    look.open(tabs["commission"], "/desk/petitions/promises/")
    look.open(tabs["commission"], "/desk/petitions/promises/?keeping=KEPT_LATE")
    look.open(tabs["commission"], "/desk/petitions/promises/?q=查無")
    look.open(tabs["other coordinator"], "/desk/petitions/promises/")
    for act in ("promise", "put_off"):
        path = f"/desk/petitions/{world.reference('promise late')}/{act}/"
        look.open(tabs["chief"], path)
        look.send(tabs["chief"], path, {})
    look.open(look.window("anybody"), "/figures/petitions.urgent_to_improve")


def instructions(look: Looker, world: World) -> None:
    """The register of instructions by commission and agency: its list, the agencies, listing by hand and by sheet."""
    here = "/desk/tracked/lists/instructions/"
    commission = look.window("commission", session_of(world.city.commission.account))
    agency = look.window("coordinator", session_of(world.city.coordinator.account))
    for path in ("", "?q=查無", "agencies/", "agencies/?q=查無"):
        look.open(commission, f"{here}{path}")
    look.open(agency, here)
    for name in ("instruction asked", "decision of the city meeting"):
        look.open(commission, world.ids[name].url)
    for path in ("new/", "sheet/"):
        look.open(commission, f"{here}{path}")
        look.send(commission, f"{here}{path}", {})


def open_data(look: Looker, world: World) -> None:
    """The portal for anybody: search, dataset, agency, one withdrawn; the desk by agency and commission: each form, sent empty."""
    ids, here = world.ids, "/desk/open-data/"
    shown, draft = ids["dataset"], ids["draft dataset"]
    anybody = look.window("anybody")
    told = f"/subscriptions/{ids['subscription'].reference}/{subscription_key(ids['subscription'])}/"
    look.open(anybody, f"/subscriptions/{ids['unconfirmed subscription'].reference}/")
    for path in (
        "/data/", "/data/?q=資料", "/data/?q=查無", "/data/use/", f"/data/{shown.name}/", f"/data/{shown.name}/{ids['data resource'].reference}/",
        "/data/licence/", "/data/requests/", "/data/requests/?q=查無", f"/data/requests/{ids['data request'].number}/",
        f"/data/requests/{ids['answered request'].number}/", "/data/showcases/", "/data/showcases/?dataset=none",
        f"/data/showcases/{ids['showcase'].number}/", "/data/follow/?q=資料", f"/data/{shown.name}/follow/", f"/data/agencies/{shown.agency.code}/follow/", told, f"{told}stop/",
        "/data/agencies/", "/data/quality/", f"/data/{shown.name}/quality/", f"/data/{ids['unchecked dataset'].name}/quality/",
        f"/data/agencies/{shown.agency.code}/", "/figures/open_data.datasets", "/figures/open_data.views_monthly",
    ):  # fmt: skip
        look.open(anybody, path)
    for path in ("/data/requests/new/", f"/data/requests/{ids['data request'].number}/join/", "/data/showcases/new/"):
        look.open(anybody, path)
        look.send(anybody, path, {})
    look.open(anybody, f"/data/{shown.name}/{ids['data resource'].reference}/?to.剩餘車位=多", status=400)
    chart = f"/data/{shown.name}/{ids['data resource'].reference}/chart/"
    for path in (
        chart,
        f"{chart}?axis=行政區&kind=bars&how=sum&of=剩餘車位&colour=停車場",
        f"{chart}embedded/",
        f"/data/{shown.name}/{ids['live resource'].reference}/",
    ):
        look.open(anybody, path)
    look.open(anybody, f"{chart}?axis=查無&kind=bars&how=count", status=400)
    look.open(anybody, f"/data/{ids['withdrawn dataset'].name}/", status=410)
    coordinator = look.window("coordinator", session_of(world.city.coordinator.account))
    commission = look.window("commission", session_of(world.city.commission.account))
    for path in (
        here,
        f"{here}?q=查無",
        f"{here}quality/",
        f"{here}quality/?check=linkable",
        f"{here}{shown.number}/check-again/",
        f"{here}{shown.number}/",
        f"{here}{draft.number}/",
    ):
        look.open(coordinator, path)
    for path in (
        f"{here}new/", f"{here}{draft.number}/resources/new/", f"{here}{draft.number}/resources/1/upload/",
        f"{here}{draft.number}/resources/1/remove/", f"{here}{draft.number}/resources/1/schedule/", f"{here}{shown.number}/withdraw/",
        f"{here}{ids['dataset in review'].number}/agree/",
    ):  # fmt: skip
        look.open(coordinator, path)
        look.send(coordinator, path, {})
    fetched = f"{here}{shown.number}/resources/1/schedule/"
    for path in (fetched, f"{fetched}stop/", f"{fetched}now/"):
        look.open(coordinator, path)
    look.open(coordinator, f"{here}{draft.number}/edit/")
    look.send(coordinator, f"{here}{draft.number}/edit/", {"title": ""})
    look.open(coordinator, f"{here}{draft.number}/submit/")
    version = f"{here}{draft.number}/resources/1/versions/1/"
    look.open(coordinator, version)
    look.open(coordinator, f"{version}confirm/")
    look.send(coordinator, f"{version}confirm/", {})
    wished, received = (
        f"{here}requests/{ids['data request'].number}/",
        f"{here}requests/{ids['received request'].number}/",
    )
    made = f"{here}showcases/{ids['showcase'].number}/"
    for path in (
        f"{here}requests/",
        f"{here}requests/?q=查無",
        wished,
        f"{here}requests/{ids['answered request'].number}/",
    ):
        look.open(coordinator, path)
    look.open(coordinator, f"{wished}answer/")
    look.send(coordinator, f"{wished}answer/", {})
    for path in (received, f"{here}showcases/", f"{here}showcases/?state=DECLINED", made):
        look.open(commission, path)
    look.open(commission, f"{received}show/")
    look.send(commission, f"{received}show/", {"title": ""})
    for path in (f"{received}decline/", f"{received}merge/", f"{wished}move/", f"{made}decide/"):
        look.open(commission, path)
        look.send(commission, path, {})
    for path in (f"{here}import/", f"{here}{ids['dataset agreed'].number}/publish/"):
        look.open(commission, path)
        look.send(commission, path, {})
    look.open(commission, f"{here}{ids['withdrawn dataset'].number}/bring-back/")


def contests(look: Looker, world: World) -> None:
    """Competitions and seminars for anybody, a team's own pages, the desk's, and a work as its judge sees it."""
    ids, here = world.ids, "/desk/open-data/contests/"
    anybody, running = look.window("anybody"), ids["contest"].number
    own = team_page(ids["contest team"])
    back, gone = team_page(ids["contest team sent back"]), team_page(ids["contest team gone"])
    for path in (
        "/data/contests/", f"/data/contests/{running}/", f"/data/contests/{ids['contest over'].number}/",
        f"/data/contests/{ids['contest called off'].number}/", own, back, gone,
    ):  # fmt: skip
        look.open(anybody, path)
    talk = ids["open data seminar"].reference
    for path in ("/data/seminars/", "/figures/open_data.hackathon_prizes", "/figures/open_data.contest_teams"):
        look.open(anybody, path)
    again = f"/data/contests/{running}/again/"
    for path in (f"/data/contests/{running}/register/", again, f"{own}hand-in/", f"/data/seminars/{talk}/sign-up/"):
        look.open(anybody, path)
        look.send(anybody, path, {})
    look.open(anybody, f"{own}withdraw/")
    commission = look.window("commission", session_of(world.city.commission.account))
    judge = look.window("contest judge", session_of(ids["contest judge"].account))
    work = f"{here}works/{ids['contest over'].teams.get(n=1).reference}/"
    one, draft, waits = f"{here}{running}/", f"{here}{ids['contest draft'].number}/", ids["contest to award"]
    waiting = f"{here}works/{ids['contest team sent back'].reference}/"
    for path in (
        here, f"{here}?q=查無", one, draft, f"{here}{ids['contest over'].number}/", f"{here}{ids['contest called off'].number}/",
        f"{here}{waits.number}/", waiting, f"{draft}announce/",
    ):  # fmt: skip
        look.open(commission, path)
    for path in (
        f"{here}new/",
        f"{one}call-off/",
        f"{one}judging/",
        f"{here}{waits.number}/award/",
        f"{waiting}check/",
    ):
        look.open(commission, path)
        look.send(commission, path, {})
    look.open(commission, f"{one}edit/")
    look.send(commission, f"{one}edit/", {"title": ""})
    look.open(commission, f"/desk/gatherings/{talk}/")
    look.open(commission, f"/desk/open-data/seminars/{talk}/public/")
    look.send(commission, f"/desk/open-data/seminars/{talk}/public/", {"seats": "x"})
    look.open(judge, work)
    look.open(judge, f"/desk/evaluations/{waits.review.reference}/")
    look.open(judge, f"/desk/evaluations/{waits.review.reference}/1/")


def smart_city(look: Looker, world: World) -> None:
    """The programme by commission and agency, a sub-project's indicators, an award with evidence, the figures."""
    here, ids = "/desk/smart-city/", world.ids
    one, award = f"{here}{ids['sub-project'].number}/", f"{here}awards/{ids['smart-city award'].reference}/"
    commission = look.window("commission", session_of(world.city.commission.account))
    agency = look.window("coordinator", session_of(world.city.coordinator.account))
    for path in (here, f"{here}?q=查無", one, f"{here}awards/", award):
        look.open(commission, path)
    for path in (here, one, f"{one}indicators/1/", f"{award}evidence/"):
        look.open(agency, path)
    for path in (
        f"{one}indicators/", f"{one}indicators/1/", f"{here}awards/new/", f"{award}result/", f"{award}evidence/",
        f"{here}awards/evidence/{ids['evidence'].reference}/withdraw/",
    ):  # fmt: skip
        look.open(commission, path)
        look.send(commission, path, {})
    anybody = look.window("anybody")
    for path in ("/figures/smart_city.subprojects", "/figures/smart_city.facets", "/report/1.4.7/"):
        look.open(anybody, path)


def spatial_layers(look: Looker, world: World) -> None:
    """The catalogue of layers by an officer and by its keepers, clients with their months, and the service's own pages."""
    here, ids = "/desk/spatial/", world.ids
    client = f"{here}clients/{ids['spatial client'].reference}/"
    commission = look.window("keeps layers", session_of(world.city.commission.account))
    officer = look.window("coordinator", session_of(world.city.coordinator.account))
    for path in (here, f"{here}?q=查無", f"{here}layers/villages/", f"{here}clients/", client):
        look.open(commission, path)
    for path in (here, f"{here}layers/villages/"):
        look.open(officer, path)
    for path in (
        f"{here}layers/add/", f"{here}layers/villages/withdraw/", f"{here}clients/add/", f"{client}grant/",
    ):  # fmt: skip
        look.open(commission, path)
        look.send(commission, path, {})
    look.open(commission, f"{here}layers/villages/change/")
    look.send(commission, f"{here}layers/villages/change/", {"title": ""})
    for path in ("", "?kind=HEALTH", "?q=查無", "people/", "households/", "beds/"):
        look.open(officer, f"{here}statistics/{path}")
    for path in ("", "?go=1", "?go=1&layer=villages&table=villages", "?go=1&layer=villages&q=查無"):
        look.open(officer, f"/map/{path}")
    look.open(look.window("anybody"), "/map/")
    look.open(officer, "/map/points/")
    look.send(officer, "/map/points/", {})
    for path in ("", "?tool=SITE", "?mine=1"):
        look.open(officer, f"{here}analyses/{path}")
    for tool in ("OVERLAY", "COUNT", "RATE", "NEAREST", "COVERAGE", "CHOROPLETH", "CHANGE", "SITE", "HOT_SPOTS"):
        look.open(officer, f"{here}analyses/new/{tool}/")
    look.send(officer, f"{here}analyses/new/SITE/", {})
    table = ids["published table"].key
    for path in ("", "?q=查無", f"{table}/"):
        look.open(officer, f"{here}analyses/open-data/{path}")
    look.send(officer, f"{here}analyses/open-data/{table}/", {"title": ""})
    for path in ("", "?q=查無", f"{table}/"):
        look.open(commission, f"{here}layers/open-data/{path}")
    look.send(commission, f"{here}layers/open-data/{table}/", {})
    look.open(commission, f"{here}layers/villages/version/")
    for path in ("?gone=1", "layers/petitions-by-village/", "layers/petitions-by-village/bring-back/"):
        look.open(commission, f"{here}{path}")
    for path in ("", "?state=TAKEN", "add/"):
        look.open(officer, f"{here}files/{path}")
    look.send(officer, f"{here}files/add/", {})
    for name in ("read", "refused", "waiting"):
        look.open(commission, f"{here}files/{ids[f'{name} layer file'].reference}/")
    for act in ("take", "return"):
        look.open(commission, f"{here}files/{ids['read layer file'].reference}/{act}/")
        look.send(commission, f"{here}files/{ids['read layer file'].reference}/{act}/", {})
    look.open(commission, f"{here}files/{ids['read layer file'].reference}/withdraw/")
    look.open(officer, f"{here}points/")
    look.open(commission, f"{here}points/")
    for name in ("answered", "refused", "waiting"):
        look.open(officer, f"{here}points/{ids[f'{name} point list'].reference}/")
    look.open(officer, f"{here}points/{ids['answered point list'].reference}/delete/")
    for name in ("done", "refused", "waiting"):
        look.open(officer, f"/map/results/{ids[f'spatial analysis {name}'].number}/")
    for path in (f"{here}statistics/import/", f"{here}statistics/areas/"):
        look.open(commission, path)
        look.send(commission, path, {})
    for path in (f"{client}key/", f"{client}end/", f"{client}grants/{ids['spatial grant'].pk}/end/"):
        look.open(commission, path)
    anybody = look.window("anybody")
    for path in (
        "/figures/spatial.layers",
        "/figures/spatial.agencies",
        "/figures/spatial.clients?of=project",
        "/figures/spatial.socioeconomic_items",
        "/figures/spatial.socioeconomic_classes",
        "/report/1.4.3/",
    ):
        look.open(anybody, path)


def hotspots(look: Looker, world: World) -> None:
    """The hotspots by an officer and by those who keep them, a list that is taken in, and the figures."""
    here, one = "/desk/wifi/", f"/desk/wifi/hotspots/{world.ids['hotspot'].code}/"
    commission = look.window("commission", session_of(world.city.commission.account))
    officer = look.window("coordinator", session_of(world.city.coordinator.account))
    for window in (commission, officer):
        for path in (
            here,
            f"{here}?found=any",
            one,
            f"{here}use/",
            f"{here}outages/",
            f"{here}outages/?state=all",
            f"{here}placement/",
        ):
            look.open(window, path)
    look.open(commission, f"{here}?q=查無")
    look.open(commission, f"{here}use/?district=68000020")
    ending = f"{here}outages/{world.ids['outage']}/end/"
    imports = [f"{here}{what}/" for what in ("import", "use/import", "outages/import", "placement/people")]
    for path in (f"{here}new/", f"{one}state/", f"{one}outage/", *imports):
        look.open(commission, path)
        look.send(commission, path, {})
    look.open(commission, ending)
    look.send(commission, ending, {"ended_time": "25:00"})
    look.open(commission, f"{one}change/")
    look.send(commission, f"{one}change/", {"name": ""})
    anybody = look.window("anybody")
    public = f"/wifi/{world.ids['open hotspot'].code}/"
    for path in ("/wifi/", "/wifi/?place=查無此地", "/wifi/?lon=121.3&lat=25", "/wifi/?kind=SIGHT", public):
        look.open(anybody, path)
    look.open(anybody, f"/petitions/about/wifi/{world.ids['open hotspot'].code}/")
    for path in ("/figures/wifi.hotspots", "/figures/wifi.hot_zones", "/figures/wifi.users_monthly", "/report/1.4.8/"):
        look.open(anybody, path)


def grants(look: Looker, world: World) -> None:
    """Calls by commission and agency: one whose review is over, one that takes needs; each form."""
    here, ids = "/desk/grants/", world.ids
    over, coming = (f"{here}{ids[name].reference}/" for name in ("call", "call open"))
    commission = look.window("commission", session_of(world.city.commission.account))
    agency = look.window("coordinator", session_of(world.city.coordinator.account))
    for tab in (commission, agency):
        for path in (here, over, coming):
            look.open(tab, path)
    need, waiting = (f"{here}needs/{ids[name].reference}/" for name in ("need", "need waiting"))
    for path in (
        f"{here}new/", f"{coming}needs/", f"{over}review/", f"{waiting}decide/", f"{need}proposals/",
        f"{here}proposals/{ids['grant proposal'].reference}/decide/", f"{here}proposals/{ids['grant to sign'].reference}/sign/",
    ):  # fmt: skip
        look.open(commission, path)
        look.send(commission, path, {})
    look.open(agency, f"{coming}needs/")


def council_cases(look: Looker, world: World) -> None:
    """The council's items in every state, by commission and agency; sessions, councillors, inspections, the figures."""
    city, ids, here = world.city, world.ids, "/desk/council/"
    commission = look.window("commission", session_of(city.commission.account))
    agency = look.window("coordinator", session_of(city.coordinator.account))
    look.open(commission, f"{here}items/")
    look.open(commission, f"{here}items/?q=查無")
    look.open(agency, f"{here}items/")
    for name in ("item asked", "item in review", "item returned", "item to decide", "item tracked"):
        look.open(commission, f"/desk/tracked/{ids[name].reference}/")
    look.open(agency, f"/desk/tracked/{ids['item returned'].reference}/")
    for path in (
        f"{here}items/new/", f"{here}items/sheet/", f"{here}sessions/new/", f"{here}councillors/new/",
        f"{here}councillors/{ids['councillor'].reference}/leave/", f"{here}inspections/new/",
        f"/desk/tracked/replies/{ids['reply to review'].reference}/review/",
        f"/desk/tracked/{ids['item to decide'].reference}/decide/",
        f"/desk/tracked/{ids['item tracked'].reference}/reopen/",
        f"/desk/tracked/{ids['item tracked'].reference}/agencies/",
    ):  # fmt: skip
        look.open(commission, path)
        look.send(commission, path, {})
    duty = ids["item tracked"].duties.get(part="CO")
    look.open(commission, f"/desk/tracked/{ids['item tracked'].reference}/agencies/{duty.pk}/end/")
    answering = f"/desk/tracked/replies/{ids['reply again'].reference}/answer/"
    look.open(agency, answering)
    look.send(agency, answering, {})
    look.open(commission, f"{here}sessions/")
    look.open(commission, f"{here}inspections/")
    look.open(agency, f"{here}inspections/?q=查無")
    look.open(agency, f"{here}inspections/month/")
    look.open(agency, f"{here}inspections/{ids['inspection'].reference}/withdraw/")
    office = look.window("council office", session_of(ids["council office"].account))
    look.open(office, f"{here}look-up/")
    look.open(office, f"{here}look-up/?q=查無")
    look.open(office, f"{here}look-up/{ids['item returned'].reference}/")
    anybody = look.window("anybody")
    for path in ("/figures/council.listed", "/figures/council.joint_inspections", "/report/1.1.3/"):
        look.open(anybody, path)
    more_of_the_council(look, world, commission, office)


def _filled(look: Looker, tab: Any, path: str, values: dict[str, str]) -> None:
    """Fill in a form, rightly, and look at the page behind it."""
    tab.goto(look.address(path))
    for name, value in values.items():
        choose(tab, name, value)
    press(tab, "")
    look.look(tab, f"{path} filled in")


def more_of_the_council(look: Looker, world: World, commission: Any, office: Any) -> None:
    """Readers, marks, similar items, a transcript, a sheet, the report on resolutions; and the look-up by link."""
    ids, here = world.ids, "/desk/council/"
    reader, sheet = ids["council reader"], f"{here}items/sheet/{ids['council sheet'].reference}/"
    transcript = {"kind": "總質詢", "raised_on_year": "115", "raised_on_month": "1", "raised_on_day": "2"}
    for path in (
        f"{here}readers/new/", f"{here}readers/{reader.reference}/end/", f"{here}marks/{ids['council mark'].pk}/",
        f"{here}items/transcript/", f"{sheet}start/", f"{sheet}discard/", f"{here}carried-out/new/",
    ):  # fmt: skip
        look.open(commission, path)
    look.send(commission, f"{here}readers/new/", {})
    look.send(commission, f"{here}marks/{ids['council mark'].pk}/", {})
    look.send(commission, f"{here}items/transcript/", {**transcript, "text": "沒有人"})
    words = f"示範人議員：{LONG[:200]}\n主席：請工務局。\n{reader.councillor.name}：{LONG[:80]}"
    _filled(look, commission, f"{here}items/transcript/", {**transcript, "text": words})
    for path in (
        f"{here}items/{ids['item asked'].reference}/alike/", sheet, f"{here}carried-out/",
        f"{here}carried-out/{ids['council report'].reference}/",
    ):  # fmt: skip
        look.open(commission, path)
    marked = ids["item to decide"].replies.exclude(answered_at=None).first()
    look.open(office, f"{here}look-up/replies/{marked.reference}/mark/")
    anybody = look.window("reader of council items")
    look.open(anybody, "/council/")
    look.send(anybody, "/council/", {"email": "x"})
    _filled(look, anybody, "/council/", {"email": "nobody@council.example"})
    look.open(anybody, "/council/link/used/")
    look.open(anybody, f"/council/news/{reader.reference}/{readers.key_of(reader)}/stop/")
    until = (timezone.now() + timedelta(hours=8)).isoformat()
    tab = look.window("council reader", session_of(**{"council.reader": [str(reader.reference), until]}))
    for path in (
        "/council/items/", "/council/items/?q=查無", f"/council/items/{ids['item returned'].reference}/",
        f"/council/items/replies/{marked.reference}/mark/", "/council/news/",
    ):  # fmt: skip
        look.open(tab, path)


def telephone_tests(look: Looker, world: World) -> None:
    """A tester's list, a sheet in each state, what an agency reads of it, and the figures."""
    city, ids = world.city, world.ids
    tester, here = look.window("tester", session_of(ids["tester"].account)), "/desk/phone-tests/"
    look.open(tester, here)
    look.open(look.window("idle tester", session_of(ids["idle tester"].account)), here)
    for name in ("waiting", "passed", "unanswered"):
        look.open(tester, f"{here}tests/{ids[f'test {name}'].reference}/")
    second, again = look.window("second tester", session_of(ids["second tester"].account)), ids["test passed"].reference
    look.open(second, here)
    look.open(second, f"{here}tests/{again}/again/")
    look.send(second, f"{here}tests/{again}/again/", {})
    waiting = f"{here}tests/{ids['test waiting'].reference}/"
    look.send(tester, waiting, {"clock": "25:00"})
    look.open(tester, f"{waiting}unreached/")
    look.send(tester, f"{waiting}unreached/", {"clock": ""})
    failed = f"{here}tests/{ids['test failed'].reference}/"
    for person in (city.commission, city.coordinator):
        look.open(look.window(f"reads {person.pk}", session_of(person.account)), failed)
    commission = look.window("plans calls", session_of(city.commission.account))
    coordinator = look.window("answers calls", session_of(city.coordinator.account))
    look.open(coordinator, f"{failed}answer/")
    look.send(coordinator, f"{failed}answer/", {"answer": ""})
    unanswered = f"{here}tests/{ids['test unanswered'].reference}/"
    look.open(commission, unanswered)
    look.open(commission, f"{unanswered}decide/")
    look.send(commission, f"{unanswered}decide/", {"remark": ""})
    month = ids["test waiting"].plan.slug
    for path in (
        "results/", "results/?state=PASSED", "results/?q=T199-01-1", "plans/", f"plans/{month}/",
        f"plans/{month}/?state=WAITING", f"plans/{ids['test failed'].plan.slug}/", f"plans/{month}/redraw/", "cards/",
        "cards/new/", "cards/A1/retire/", "scheme/", "scheme/new/", "scheme/1/back/",
    ):  # fmt: skip
        look.open(commission, here + path)
    look.send(commission, f"{here}plans/{month}/redraw/", {"reason": ""})
    look.send(commission, f"{here}cards/new/", {"code": "不是卡號"})
    look.open(coordinator, f"{here}results/")
    other = look.window("has no calls", session_of(city.other_coordinator.account))
    look.open(other, f"{here}results/")
    anybody = look.window("anybody")
    for path in ("/figures/phone_tests.calls", "/figures/phone_tests.passed", "/report/1.2.4/"):
        look.open(anybody, path)


def evaluating(look: Looker, world: World) -> None:
    """評核: none yet, begun, each step, the result; as the commission, an agency and a judge."""
    city, ids, here = world.city, world.ids, "/desk/evaluations/"
    commission = look.window("evaluates", session_of(city.commission.account))
    closed, judged, begun = (f"{here}{ids['evaluations'][year].reference}/" for year in (2023, 2024, 2025))
    for path in (
        here, f"{here}choose/", f"{here}schemes/looks/", f"{here}schemes/looks/new/", f"{here}begin/?kind=looks&year=2022", closed, f"{closed}1/", f"{closed}reopen/", f"{closed}letters/", judged,
        f"{judged}close/", f"{judged}measure/", f"{judged}end/", begun, f"{begun}1/",
    ):  # fmt: skip
        look.open(commission, path)
    look.send(commission, f"{here}begin/?kind=looks&year=2022", {})
    look.send(commission, f"{closed}letters/", {"document": ""})
    look.send(commission, f"{here}schemes/looks/new/", {"points_share": "半"})
    agency = look.window("is evaluated", session_of(city.coordinator.account))
    for path in (here, begun, closed, f"{closed}1/"):
        look.open(agency, path)
    look.send(agency, f"{begun}1/", {"mark_quality": "3"})
    judge = look.window("judges", session_of(ids["judge"].account))
    for path in (here, judged, f"{judged}1/", f"{judged}2/recuse/", f"{closed}1/"):
        look.open(judge, path)
    look.send(judge, f"{judged}2/", {"mark_quality": "3"})
    look.open(look.window("not evaluated", session_of(city.head.account)), here)


def controlled_projects(look: Looker, world: World) -> None:
    """The portfolio, a project out of order, what its agency writes and what the commission decides, the figures."""
    city, ids, here = world.city, world.ids, "/desk/projects/"
    late, waiting = f"{here}{ids['project late'].number}/", f"{here}{ids['project waiting'].number}/"
    month = f"{ids['project hit'].month:%Y-%m}"
    commission = look.window("controls projects", session_of(city.commission.account))
    for path in (
        here, f"{here}?month={month}", f"{here}?q=查無", f"{here}table/", f"{here}hits/", f"{here}candidates/",
        f"{here}candidates/?decision=LISTED", f"{here}what-if/", f"{here}map/", f"{here}map/?q=查無", f"{here}gantt/", f"{here}gantt/?q=查無", f"{here}compare/",
        f"{here}compare/?month={month}", f"{here}requests/", f"{here}requests/?state=settled", f"{late}photos/",
        late, waiting, f"{late}decide/", f"{waiting}select/", f"{waiting}leave/", f"{late}months/{month}/reopen/", f"{late}hits/{ids['project hit'].reference}/clear/",
    ):  # fmt: skip
        look.open(commission, path)
    look.open(
        commission,
        f"{here}what-if/?late_months=0&behind_points=1&behind_months=1&missing_counts=yes&failed_tenders=1&stopped_months=1",
    )
    for path in ("", "candidates/"):
        look.open(commission, f"{here}{path}?profile=subsidy")
    for path in (f"{late}decide/", f"{waiting}select/", f"{waiting}leave/", f"{late}months/{month}/reopen/"):
        look.send(commission, path, {"reason": ""} if "decide" not in path else {"remark": ""})
    officer = look.window("reports projects", session_of(city.officer.account))
    for path in (
        here, late, f"{late}months/{month}/", f"{here}new/", f"{here}new/?profile=subsidy", f"{here}months/",
        f"{late}photos/",
    ):  # fmt: skip
        look.open(officer, path)
    for what in ("met", "tender", "contract", "contract-change", "stop", "resume", "land", "ask", "settle", "place"):
        look.open(officer, f"{late}record/{what}/")
    for kind in ("change", "closing", "withdrawal"):
        look.open(officer, f"{late}apply/{kind}/")
    look.send(officer, f"{late}months/{month}/", {"percent": "九成", "reason": RARE})
    look.send(officer, f"{here}new/", {"name": RARE, "months": "四月"})
    for name in ("import months", "import months unread"):
        look.open(officer, f"{here}months/{ids[name].reference}/")
    look.send(officer, f"{late}photos/", {"caption": RARE})
    look.send(officer, f"{late}record/place/", {"points": "0 0"})
    anybody = look.window("reads about projects")
    for path in (
        "/figures/projects.listed",
        "/figures/projects.candidates_budget",
        "/figures/projects.year_end_evaluations",
        "/report/1.1.1/",
    ):
        look.open(anybody, path)


def subsidised_projects(look: Looker, world: World) -> None:
    """A year's rates by agency and class, none, the list behind a number and none, a day that is none; figures, section."""
    here = "/desk/subsidies/"
    commission = look.window("reads about subsidies", session_of(world.city.commission.account))
    for path in (
        here, f"{here}?by=class", f"{here}?as_of=2015-01-01", f"{here}projects/", f"{here}projects/?stage=closed",
    ):  # fmt: skip
        look.open(commission, path)
    look.open(commission, f"{here}?day_year=115&day_month=13&day_day=1", status=422)
    anybody = look.window("reads the rates of subsidies")
    for path in ("/figures/subsidies.budget_execution", "/report/1.1.2/"):
        look.open(anybody, path)


def meetings_and_visits(look: Looker, world: World) -> None:
    """The list, records in each state, every form with its errors, the page of a visit, and the domains on them."""
    city, ids, here = world.city, world.ids, "/desk/gatherings/"
    commission = look.window("calls meetings", session_of(city.commission.account))
    agency = look.window("is invited", session_of(city.coordinator.account))
    full, visit, members = (f"{here}{ids[name].reference}/" for name in ("meeting", "visit", "members"))
    for path in (
        here, f"{here}?state=CANCELLED", f"{here}?q=nothing", f"{here}new/meeting/", f"{here}calendar/", full, visit,
        members, f"{here}{ids['meeting gone'].reference}/", f"{visit}checklist/",
    ):  # fmt: skip
        look.open(commission, path)
    look.send(commission, f"{here}new/meeting/", {"title": RARE})
    for name in ("change", "cancel", "points", "people", "invite", "hold"):
        look.open(commission, f"{visit}{name}/")
    for name in ("conclude", "findings", "minutes", "close"):
        look.open(commission, f"{full}{name}/")
    look.send(commission, f"{visit}hold/", {"others": "-1"})
    look.send(commission, f"{full}conclude/", {"text": ""})
    look.send(commission, f"{visit}checklist/", {"note_works__signs": ""})
    look.open(agency, here)
    look.open(agency, visit)
    look.open(agency, f"{visit}people/1/answer/")
    look.send(agency, f"{visit}people/1/answer/", {"name": ""})
    petitioners = f"/desk/control-yuan/{ids['members'].reference}/petitioners/"
    for path in (petitioners, f"{petitioners}1/petition/", "/desk/road-safety/", "/desk/road-safety/begin/"):
        look.open(commission, path)
    look.send(commission, petitioners, {"matter": ""})
    for name in ("", "send/", "ministry/"):
        look.open(commission, f"/desk/road-safety/{day_of(world.now).year}/{name}")
    look.send(commission, f"/desk/road-safety/{day_of(world.now).year}/ministry/", {"document": ""})
    look.open(commission, f"/desk/road-safety/{day_of(world.now).year - 1}/")
    anybody = look.window("anybody")
    for path in (
        "/figures/road_safety.agencies", "/figures/road_safety.suggestions", "/figures/control_yuan.petitioners",
        "/figures/smart_city.meetings?of=committee", "/report/1.1.5/", "/report/1.2.8/",
    ):  # fmt: skip
        look.open(anybody, path)


def administration(look: Looker, world: World) -> None:
    """What is managed: the directory, accounts, programs, calendar, rules, letters, failures, the trail."""
    tab = look.window("administrator", session_of(world.admin.account))
    city = world.city
    works, officer = "/desk/directory/agencies/works/", f"/desk/directory/people/{city.officer.pk}/"
    appointment = city.colleague.appointments.get()
    account = f"/desk/accounts/{city.officer.account_id}/"
    client = f"/desk/clients/{world.client.pk}/"
    letter = Letter.objects.latest("pk")
    for path in (
        "/desk/directory/", works, f"{works}edit/", f"{works}succeed/", f"{works}close/", f"{works}units/add/",
        *(f"{works}?tab={one}" for one in ("units", "posts", "duty", "approval", "history")),
        "/desk/directory/agencies/merging/", "/desk/directory/agencies/merging/succession/",
        "/desk/directory/agencies/merging/succession/units/", f"{works}succession/petitions/",
        "/desk/directory/agencies/add/", f"{works}units/lights/edit/", f"{works}units/lights/close/",
        f"{works}posts/add/", f"{works}posts/chief/edit/", f"{works}posts/chief/close/", f"{works}duty/add/",
        f"{works}approval/set/", f"{works}people/add/", officer,
        f"{officer}account/", f"{officer}edit/", f"{officer}appoint/", f"{officer}appoint/works/",
        f"/desk/directory/people/{city.colleague.pk}/appointments/{appointment.pk}/end/", f"{officer}away/",
        f"{officer}hand-over/",
        "/desk/directory/away/", "/desk/directory/imports/", "/desk/directory/imports/new/people/",
        f"/desk/directory/imports/{world.upload.pk}/",
        "/desk/accounts/", "/desk/accounts/?q=查無", "/desk/accounts/new/", account, f"{account}expiry/",
        "/desk/clients/", "/desk/clients/new/", client, f"{client}change/", f"{client}revoke/",
        "/desk/calendar/", "/desk/calendar/2026/", "/desk/calendar/closure/", "/desk/calendar/day/",
        "/desk/letters/", "/desk/letters/?q=查無", f"/desk/letters/{letter.pk}/", "/desk/letters/templates/",
        f"/desk/letters/templates/{letter.template}/zh-hant/", "/desk/rules/", "/desk/rules/petitions.draft_days/",
        "/desk/outbox/", "/desk/audit/", "/desk/audit/?q=查無", "/desk/account/", "/account/profile/",
        "/account/password/", "/account/app/", "/account/app/remove/", "/account/recovery-codes/", "/account/confirm/",
    ):  # fmt: skip
        look.open(tab, path)


def rulebook(look: Looker, world: World) -> None:
    """What petitions follow: categories, limits, questions, reply templates; and where places are."""
    tab = look.window("administrator", session_of(world.admin.account))
    category, template = "/desk/petitions/categories/street_light/", "/desk/petitions/templates/site_visit/"
    for path in (
        "/desk/petitions/categories/", "/desk/petitions/categories/add/", category, f"{category}edit/",
        f"{category}terms/set/", f"{category}retire/", f"{category}questions/add/", f"{category}questions/lamp/",
        "/desk/petitions/templates/", "/desk/petitions/templates/add/", template, f"{template}edit/",
        "/desk/places/", "/desk/places/?q=中山路", "/desk/places/?q=查無", "/desk/places/layers/add/",
        "/desk/places/layers/roads/", "/desk/places/layers/roads/import/",
        f"/desk/places/uploads/{world.ids['layer upload'].pk}/", f"/desk/places/versions/{world.ids['version'].pk}/",
        "/desk/usage/", "/desk/usage/?state=REFUSED", "/desk/usage/import/", "/desk/usage/systems/add/",
        f"/desk/usage/batches/{world.ids['batch of use'].pk}/", f"/desk/usage/batches/{world.ids['batch being read'].pk}/",
    ):  # fmt: skip
        look.open(tab, path)
    for path in (
        "/desk/petitions/categories/add/", f"{category}questions/add/", "/desk/petitions/templates/add/",
        "/desk/places/layers/add/", "/desk/places/layers/roads/import/", "/desk/usage/import/", "/desk/usage/systems/add/",
    ):  # fmt: skip
        look.send(tab, path, {})


def dispatch_rules(look: Looker, world: World) -> None:
    """The rules of dispatch: listed, changed after their replay, in versions; and the text models."""
    tab = look.window("dispatcher of rules", session_of(world.city.dispatcher.account))
    rules, ids = "/desk/petitions/rules/", world.ids
    words, routing, coming = (f"{rules}{ids[name]}/" for name in ("words", "routing", "coming words"))
    for path in (
        rules, f"{rules}?q=查無", f"{rules}?status=ended", f"{rules}add/words/", f"{rules}add/routing/", words, routing,
        coming, f"{words}change/", f"{words}end/", f"{words}revive/", f"{routing}change/",
        *(f"{rules}replays/{ids[name].pk}/" for name in ("replay", "replay without difference", "replay running")),
        f"{rules}replays/{ids['replay'].pk}/?effect=WORSE", f"{rules}add/words/?from={ids['replay'].pk}",
        "/desk/petitions/models/", "/desk/petitions/models/roll-back/",
    ):  # fmt: skip
        look.open(tab, path)
    for path in (f"{rules}add/words/", f"{rules}add/routing/"):
        look.send(tab, path, {"reason": ""})
    look.send(tab, "/desk/petitions/models/roll-back/", {})


def automatic_dispatch(look: Looker, world: World) -> None:
    """How dispatch learns, is checked and stops: the watch, a version's evidence, labels, samples, returns."""
    tab = look.window("dispatcher who watches", session_of(world.city.dispatcher.account))
    here, models, week = "/desk/petitions/automatic/", "/desk/petitions/models/", world.ids["week"]
    held = f"{models}{world.ids['held back']}/"
    labels = f"{held}labels/{world.ids['labelling']}/"
    for path in (
        here, f"{here}?by=category&weeks=4", f"{here}?by=source", f"{here}rows/", f"{here}rows/?measure=sampled",
        f"{here}rows/?measure=wrong&by=agency&part=none", f"{here}stop/", f"{here}restart/", f"{here}precision/",
        f"{here}samples/", f"{here}samples/{week}/?all=1", f"{here}samples/{week}/1/", f"{here}samples/{week}/2/", models,
        held, f"{held}?percent=99", labels, f"{models}compare/", "/desk/petitions/hops/",
    ):  # fmt: skip
        look.open(tab, path)
    look.open(tab, "/desk/petitions/hops/?from=x", status=400)
    look.send(tab, f"{here}stop/", {"reason": ""})
    look.send(tab, f"{here}precision/", {"reason": ""})
    look.send(tab, labels, {})


def passkeys(look: Looker, world: World) -> None:
    """A passkey made with a device that Chromium plays."""
    tab = look.window("administrator", session_of(world.admin.account))
    device = tab.context.new_cdp_session(tab)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    look.open(tab, "/account/passkeys/new/")
    tab.locator("main [data-passkey=make] button").click()
    tab.wait_for_url("**/account/")
    look.look(tab, "an account with a passkey")
    number = world.admin.account.authenticator_set.filter(type="webauthn").latest("pk").pk
    look.open(tab, f"/account/passkeys/{number}/")
    look.send(tab, f"/account/passkeys/{number}/", {"name": ""})
    look.open(tab, f"/account/passkeys/{number}/remove/")


TOURS = (
    around_the_house,
    filing,
    confirming,
    following,
    accounts,
    staff_sign_in,
    desk,
    register,
    keeping,
    news_of_an_area,
    invited_to_answer,
    surveys_at_the_desk,
    on_behalf,
    calls,
    contacts,
    together,
    incoming_mail,
    by_file,
    printed_months,
    letters_on_paper,
    common_questions,
    text_service,
    quality,
    council_cases,
    instructions,
    open_data,
    contests,
    smart_city,
    spatial_layers,
    hotspots,
    grants,
    telephone_tests,
    evaluating,
    controlled_projects,
    subsidised_projects,
    meetings_and_visits,
    administration,
    rulebook,
    dispatch_rules,
    automatic_dispatch,
    passkeys,
)
