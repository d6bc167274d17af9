"""Doors that are not the officers': a citizen's own petitions, files, links of letters, programs with keys, forms that
come from elsewhere. What is expected is said here, address by address (see urls.csv).
"""

from __future__ import annotations

import json
import re
import uuid
from collections import deque
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client as Browser

from cityhall.domains.petitions.models import Draft, Petition
from cityhall.domains.petitions.queries import follow_key
from cityhall.domains.petitions.services import drafts
from cityhall.domains.petitions.tests.citizen import photo
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.states import Channel
from cityhall.engines.directory.states import Role
from cityhall.engines.files import services as files
from cityhall.engines.files.models import StoredFile
from cityhall.engines.identity import clients
from cityhall.engines.identity.clients import Quota, create_client

from . import expected
from .calls import ask, signed_in
from .test_matrix import ADDRESSES, OFFICIAL, address
from .world import NOW

pytestmark = pytest.mark.django_db
OWN = [route for route, (_who, record) in ADDRESSES.items() if record == "own"]


def follows(browser: Browser, path: str) -> bool:
    """Whether the page was shown, or an act's page said why it cannot be done now; the others lead to number and code."""
    response = browser.get(path)
    if response.status_code == 200:
        return True
    assert response.status_code == 302
    return not response["Location"].endswith("/petitions/follow/")


# ---- a citizen's own -------------------------------------------------------------------------------------------------


class TestOwnPetition:
    @pytest.mark.parametrize("route", OWN)
    def test_is_for_who_reported_it(self, world, route):
        path = "/" + route.replace("<reference>", world.reference())

        assert follows(signed_in(world.citizen), path)
        assert not follows(signed_in(world.stranger), path)
        assert not follows(Browser(), path)
        assert not follows(signed_in(world.city.officer.account), path)  # officers have a page of their own
        assert not follows(signed_in(world.people[Role.ADMIN, "near"].account), path)

    @pytest.mark.parametrize("route", [route for route in OWN if "paper" not in route and "done" not in route][1:])
    def test_a_strangers_form_changes_nothing(self, world, route):
        path = "/" + route.replace("<reference>", world.reference())
        before = Entry.objects.count(), Petition.objects.get(pk=world.petitions["open"].pk).case.version
        form = {"text": "別人寫的", "score": "1", "solved": "no", "reason": "別人"}

        for browser in (signed_in(world.stranger), Browser(), signed_in(world.city.officer.account)):
            assert browser.post(path, form)["Location"] == "/petitions/follow/"

        assert (Entry.objects.count(), Petition.objects.get(pk=world.petitions["open"].pk).case.version) == before

    def test_list_holds_nobody_elses(self, world):
        number = world.petitions["open"].case.number

        assert number in signed_in(world.citizen).get("/petitions/mine/").content.decode()
        assert number not in signed_in(world.stranger).get("/petitions/mine/").content.decode()

    def test_an_unconfirmed_report_to_the_same_mailbox_is_not_yet_theirs(self, world):
        """Anybody can type somebody else's address."""
        reference = world.reference("waiting")

        assert not follows(signed_in(world.citizen), f"/petitions/follow/{reference}/")
        assert "還沒驗證" not in signed_in(world.citizen).get("/petitions/mine/").content.decode()


class TestLinksOfLetters:
    def test_open_one_petition_in_one_browser(self, world):
        case, other = world.petitions["open"].case, world.petitions["review"].case
        browser = Browser()

        assert follows(browser, f"/petitions/follow/{case.reference}/{follow_key(case)}/")
        assert follows(browser, f"/petitions/follow/{case.reference}/")
        assert not follows(browser, f"/petitions/follow/{other.reference}/")
        assert not follows(Browser(), f"/petitions/follow/{case.reference}/")

    def test_of_another_petition_or_bent_open_nothing(self, world):
        case, other = world.petitions["open"].case, world.petitions["review"].case
        key = follow_key(case)

        for bent in (follow_key(other), key[:-1] + ("0" if key[-1] != "0" else "1"), key.upper(), "0" * 32, "x"):
            assert not follows(Browser(), f"/petitions/follow/{case.reference}/{bent}/")

    def test_of_a_draft_open_it_and_no_other(self, world):
        draft = drafts.new(channel=Channel.WEB, account=None, data={"what": {"text": "草稿裡的話"}}, at=NOW)
        draft.save()
        token = drafts.link_token(draft)
        bent = token[:-2] + ("AA" if not token.endswith("AA") else "BB")

        browser = Browser()
        assert browser.get(f"/petitions/new/resume/{token}/")["Location"] == "/petitions/new/where/"
        assert "草稿裡的話" in browser.get("/petitions/new/what/").content.decode()
        for wrong in (bent, str(draft.token), "x"):
            assert Browser().get(f"/petitions/new/resume/{wrong}/")["Location"] == "/petitions/"

    def test_of_a_draft_run_out(self, world, monkeypatch):
        draft = drafts.new(channel=Channel.WEB, account=None, data={"what": {"text": "草稿裡的話"}}, at=NOW)
        draft.save()
        Draft.objects.update(changed_at=NOW - timedelta(days=15))

        assert Browser().get(f"/petitions/new/resume/{drafts.link_token(draft)}/")["Location"] == "/petitions/"


# ---- files -----------------------------------------------------------------------------------------------------------


class TestFiles:
    @pytest.mark.parametrize("small", ["", "small/"])
    def test_of_a_petition(self, world, small):
        path = f"/files/{world.ids['file'].reference}/{small}"
        may = [world.citizen, world.city.officer.account, world.city.coordinator.account, world.city.dispatcher.account]
        may_not = [world.stranger, world.city.other_officer.account, world.city.other_coordinator.account,
                   world.people[Role.ADMIN, "near"].account, world.people[Role.AUDITOR, "near"].account,
                   world.people[Role.COORDINATOR, "outside"].account]  # fmt: skip

        assert [ask(signed_in(account), "get", path) for account in may] == [200] * len(may)
        assert [ask(signed_in(account), "get", path) for account in may_not] == [404] * len(may_not)
        assert ask(Browser(), "get", path) == 404
        assert ask(Browser(headers={"Authorization": f"Bearer {world.ids['key']}"}), "get", path) == 404

    @pytest.mark.parametrize("name", ["confidential", "helped", "desk"])
    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.DISPATCHER, Role.COORDINATOR, Role.OFFICER, Role.COMMISSION])
    @pytest.mark.parametrize("place", ["near", "away"])
    def test_are_seen_as_the_petition_is(self, world, name, role, place):
        stored = files.store(photo(), name="a.jpg", owner=world.petitions[name].case, by=None, at=NOW)
        browser = signed_in(world.people[role, place].account)

        status = ask(browser, "get", f"/files/{stored.reference}/")

        assert (status == 200) == expected.sees(role, place, name)

    def test_of_a_draft_is_for_the_browser_that_writes(self, world):
        writer = Browser()
        writer.post("/petitions/new/", {"text": "路燈不亮"})
        writer.post("/petitions/new/photos/", {"files": photo(), "act": "add"})
        stored = StoredFile.objects.latest("pk")
        assert isinstance(stored.owner, Draft)
        path = f"/files/{stored.reference}/"

        assert ask(writer, "get", path) == 200
        assert ask(Browser(), "get", path) == 404
        assert ask(signed_in(world.city.dispatcher.account), "get", path) == 404

    def test_of_a_reply_is_seen_as_its_petition_is(self, world):
        reply = world.petitions["review"].case.replies.get()
        stored = files.store(photo(), name="b.jpg", owner=reply, by=world.city.officer.account, at=NOW)
        path = f"/files/{stored.reference}/"

        assert ask(signed_in(world.city.officer.account), "get", path) == 200
        assert ask(signed_in(world.city.other_officer.account), "get", path) == 404
        assert ask(Browser(), "get", path) == 404

    def test_a_draft_reply_is_not_yet_the_citizens(self, world):
        reply = world.petitions["review"].case.replies.get()
        stored = files.store(photo(), name="b.jpg", owner=reply, by=world.city.officer.account, at=NOW)

        assert ask(signed_in(world.citizen), "get", f"/files/{stored.reference}/") == 404

    def test_one_that_nobody_has(self, world):
        assert ask(signed_in(world.people[Role.COMMISSION, "near"].account), "get", f"/files/{uuid.uuid4()}/") == 404


# ---- programs --------------------------------------------------------------------------------------------------------

REPORT = {"text": "中山路 200 號前路燈不亮三天了", "name": "陳小美", "email": "a@mail.example"}
SCOPES = [[], *([scope] for scope in sorted(clients.scopes)), sorted(clients.scopes)]


def key_of(scopes):
    return create_client(name=uuid.uuid4().hex, scopes=scopes, quota=Quota(10**6, 10**6), by=None, at=NOW)[1]


def file_by_api(key):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return ask(
        Browser(), "post", "/api/v1/petitions", json.dumps(REPORT), content_type="application/json", headers=headers
    )


def file_by_open311(key):
    form = {
        "service_code": "street_light",
        "lat": "25.0",
        "long": "121.3",
        "description": "路燈不亮",
        "email": "a@mail.example",
    }
    return ask(Browser(), "post", "/open311/v2/requests.json", {**form, **({"api_key": key} if key else {})})


class TestPrograms:
    @pytest.mark.parametrize("scopes", SCOPES, ids=lambda scopes: "+".join(scopes) or "none")
    def test_write_with_the_scope_alone(self, world, scopes):
        key = key_of(scopes)

        assert file_by_api(key) == (201 if "petitions.write" in scopes else 403)
        assert file_by_open311(key) == (201 if "open311.write" in scopes else 403)

    def test_write_nothing_without_a_key(self, world):
        assert (file_by_api(None), file_by_open311(None)) == (401, 403)
        assert (file_by_api("ch_00000000_wrong"), file_by_open311("ch_00000000_wrong")) == (401, 403)

    def test_an_officers_session_is_no_key(self, world):
        browser = signed_in(world.people[Role.COMMISSION, "near"].account)

        status = ask(browser, "post", "/api/v1/petitions", json.dumps(REPORT), content_type="application/json")

        assert status == 401

    @pytest.mark.parametrize("scopes", SCOPES, ids=lambda scopes: "+".join(scopes) or "none")
    def test_are_nobody_elsewhere(self, world, scopes):
        """A key opens its API and no page; it shows no more of what is public."""
        browser, nobody = Browser(headers={"Authorization": f"Bearer {key_of(scopes)}"}), Browser()
        secret = world.petitions["confidential"].case.number

        for route in OFFICIAL:
            assert ask(browser, "get", address(route, world)) in (302, 405), route
        assert ask(browser, "get", f"/api/v1/petitions/{secret}") == 404
        assert ask(browser, "get", f"/open311/v2/requests/{secret}.json") == 404
        assert browser.get("/api/v1/petitions").json() == nobody.get("/api/v1/petitions").json()

    def test_confirm_what_they_filed_only(self, world):
        reference = world.reference("waiting")
        headers = {"Authorization": f"Bearer {key_of(['petitions.write'])}"}
        path, body = f"/api/v1/petitions/{reference}/confirm", json.dumps({"code": "000000"})

        status = ask(Browser(), "post", path, body, content_type="application/json", headers=headers)

        assert status == 404


# ---- forms from elsewhere --------------------------------------------------------------------------------------------

WITH_A_KEY = ("api/v1/", "open311/v2/")
# The one click of a mail program (RFC 8058) brings no cookie; the address itself, from our letter, is the proof.
WITH_A_LETTER = "/<key>/stop/"
# The chat runs in frames of other sites, where there are no cookies; the key in its address is the right (ADR 102). Nobody
# else's page knows it, and a conversation that a forged form begins is nobody's.
WITH_THE_KEY = "chat/"
# Open data and layers are read by programs of any site; no cookie is looked at, and nothing can be changed there.
READ_ONLY = ("ogc/", "api/action/", "api/3/action/", "api/v2/rest/", "dump/datastore/", "catalog.", "data.json")
READ_ONLY_FORMS = (".ttl", ".jsonld", ".rdf")


class TestCrossSite:
    def test_every_form_without_its_token_is_refused(self, world):
        """As an administrator and the commission at once, and as nobody: a page of another site can do nothing."""
        wrong = []
        accounts = [
            None,
            world.citizen,
            world.people[Role.ADMIN, "near"].account,
            world.people[Role.COMMISSION, "near"].account,
        ]
        for account in accounts:
            browser = Browser(enforce_csrf_checks=True, headers={"Accept": "application/json"})
            if account:
                browser.force_login(account)
            for route in ADDRESSES:
                if route.startswith((*WITH_A_KEY, WITH_THE_KEY, *READ_ONLY)) or route.endswith(
                    (WITH_A_LETTER, *READ_ONLY_FORMS)
                ):
                    continue
                path = address(route, world) if route in OFFICIAL else any_address(route, world)
                status = ask(browser, "post", path)
                if status != 403:
                    wrong.append((getattr(account, "name", None), route, status))

        assert wrong == []

    def test_a_key_needs_no_token(self, world):
        browser = Browser(enforce_csrf_checks=True)
        headers = {"Authorization": f"Bearer {key_of(['petitions.write'])}"}

        status = ask(
            browser, "post", "/api/v1/petitions", json.dumps(REPORT), content_type="application/json", headers=headers
        )

        assert status == 201


def any_address(route, world):
    """Some address of a route that is not the officers'."""
    values = {"reference": world.reference(), "pk": "1", "number": "1.2.7", "code": "works", "kind": "csv", "name": "html",
              "key": "petitions.received", "step": "what", "token": "x", "z": "10", "y": "438", "x": "857"}  # fmt: skip
    if route.startswith(("data/requests/", "data/showcases/", "data/contests/<number>", "map/results/")):
        values["number"] = "1"
    if route.startswith(("surveys/", "petitions/about/")):
        values["key"] = "word"
    if "sessions" in route:
        values["number"] = str(uuid.UUID(int=7))
    if "inbox" in route or "versions" in route:
        values["number"] = "1"
    if "support" in route:
        values["number"] = "115-1116-0001"
    return "/" + re.sub(r"<(\w+)>", lambda found: values[found[1]], route)


# ---- looks are written down ------------------------------------------------------------------------------------------


class TestLooks:
    @pytest.mark.parametrize(
        ("role", "path"),
        [
            (Role.COORDINATOR, "/desk/petitions/{reference}/reporter/"),
            (Role.COMMISSION, "/desk/letters/{letter}/"),
            (Role.COMMISSION, "/desk/letters/{paper}/paper.pdf"),
            (Role.COORDINATOR, "/desk/directory/people/{person}/mobile/"),
        ],
    )
    def test_at_personal_data_are_written_down(self, world, role, path):
        point = transaction.savepoint()
        browser, before = signed_in(world.people[role, "near"].account), Entry.objects.count()
        address = path.format(reference=world.reference(), **world.ids)
        asked = browser.get(address) if "letters" in path else browser.post(address, {"purpose": "reply"})

        if asked.streaming:
            deque(asked.streaming_content, 0)
        assert asked.status_code in (200, 302)
        seen = Entry.objects.filter(event="personal_data.seen", actor=str(world.people[role, "near"].account_id))
        assert Entry.objects.count() == before + 1
        assert seen.exists()
        transaction.savepoint_rollback(point)

    @pytest.mark.parametrize(
        ("role", "path", "event"),
        [
            (Role.COORDINATOR, "/desk/petitions/export.csv", "petition.exported"),
            (Role.COORDINATOR, "/desk/todos/export.csv", "worklist.exported"),
            (Role.COORDINATOR, "/desk/directory/export.csv", "directory.exported"),
            (Role.AUDITOR, "/desk/audit/export.csv", "audit.exported"),
            (Role.COMMISSION, "/figures/petitions.received/rows.csv", "figures.rows_exported"),
        ],
    )
    def test_sheets_that_leave_are_written_down(self, world, role, path, event):
        point = transaction.savepoint()
        response = signed_in(world.people[role, "near"].account).get(path)

        assert response.status_code == 200
        assert Entry.objects.order_by("-seq").first().event == event
        transaction.savepoint_rollback(point)
