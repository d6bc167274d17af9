"""The permission matrix with real records: every URL by every role, near and far. What is expected comes from
docs/roles.csv and from urls.csv beside this file, never from the program; an address that is not listed there fails.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from cityhall.domains.petitions.services.acts import ACTS
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account, Kind

from . import expected
from .calls import ask, signed_in
from .world import ASKED, NOW, World

pytestmark = pytest.mark.django_db
ADDRESSES = expected.addresses()
REFUSED = {403, 404}


# ---- every address is known ------------------------------------------------------------------------------------------


def routes(patterns=None, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Every route in plain words: `files/<reference>/`."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if not route.startswith("admin/"):
                yield from routes(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield plain(route), entry.callback


def plain(route: str) -> str:
    route = re.sub(r"\(\?P<fmt>[^)]*\)", "FMT", route)
    route = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route)
    route = re.sub(r"<\w+:(\w+)>", r"<\1>", route)
    return route.replace("\\.", ".").replace("^", "").replace("$", "")


def test_every_address_is_in_the_table_and_every_line_is_an_address():
    known = {route for route, _view in routes()} - {"desk/petitions/<reference>/<code>/"}
    acts = {f"desk/petitions/<reference>/{code}/" for code in ACTS}

    assert (known | acts) ^ set(ADDRESSES) == set()


def test_every_act_of_an_address_is_in_the_table_of_roles():
    known = {act for _role, act in expected.scopes()}
    asked = set().union(*(who for who, _record in ADDRESSES.values())) - {"public", "account", "key"}

    assert asked - known == set()


# ---- the officers' addresses -----------------------------------------------------------------------------------------

OFFICIAL = {
    route: (acts, record) for route, (acts, record) in ADDRESSES.items() if not acts & {"public", "account", "key"}
}


def address(route: str, world: World, petition: str = "open") -> str:
    """The address of a real record of the works agency, its lights unit and its officer."""
    ids = world.ids
    if route.startswith("desk/petitions/categories/"):
        values = {"code": "street_light", "pk": ids["term"], "question": ids["question"]}
    elif route.startswith("desk/petitions/templates/"):
        values = {"code": ids["template"]}
    elif route.startswith("desk/petitions/statistics/digests/"):
        values = {"month": "2026-11", "code": "works", "measure": "received", "kind": "csv"}
    elif route.startswith("desk/petitions/statistics/frozen/"):
        values = {"month": "2026-11", "what": "table", "format": "csv"}
    elif route.startswith("desk/petitions/imports/"):
        values = {"reference": ids["import"], "kind": "petitions.central", "format": "csv"}
    elif route.startswith(("desk/petitions/mail/", "desk/petitions/forwarders/")):
        values = {"reference": ids["mail"], "kind": "csv", "n": 1, "pk": ids["forwarder"]}
    elif route.startswith("desk/petitions/mailboxes/"):
        values = {"code": ids["mailbox"]}
    elif route.startswith("desk/petitions/retention/"):
        values = {"reference": ids["hold"], "kind": "csv"}
    elif route.startswith("desk/petitions/on-behalf/"):
        values = {"reference": ids["on_behalf"], "kind": "csv"}
    elif route.startswith("desk/petitions/received/"):
        values = {"reference": ids["received"], "kind": "csv", "scan": ids["scan"]}
    elif route.startswith("desk/petitions/restrictions/"):
        values = {"reference": ids["restriction"], "kind": "csv"}
    elif route.startswith("desk/petitions/clusters/"):
        values = {"reference": ids["cluster"], "kind": "csv", "pk": ids["cluster_member"]}
    elif route.startswith("desk/petitions/outside/endpoints/"):
        values = {"pk": ids["endpoint"], "service": ids["endpoint_service"]}
    elif route.startswith("desk/petitions/outside/"):
        values = {"pk": ids["outside"], "kind": "csv"}
    elif route.startswith("desk/petitions/quality/"):
        values = {
            "reference": ids["sheet"], "kind": "csv", "pk": ids["return" if "returns" in route else "award"], "month": "2026-10", "year": 2025,
            "version": 1,
        }  # fmt: skip
    elif route.startswith(("desk/petitions/rules/", "desk/petitions/models/")):
        kind = "csv" if "export" in route else "words"
        values = {
            "kind": kind, "pk": ids["replay" if "replays" in route else "words"], "number": ids["model"],
            "person": ids["labelling"],
        }  # fmt: skip
    elif route.startswith(("desk/petitions/automatic/", "desk/petitions/hops/")):
        values = {"kind": "csv", "week": ids["week"], "n": 1}
    elif route.startswith("desk/usage/"):
        values = {"pk": ids["usage_batch"]}
    elif route.startswith("desk/places/"):
        values = {"code": ids["layer"], "pk": ids["layer_upload" if "uploads" in route else "version"]}
    elif route.startswith("desk/petitions/"):
        values = {"reference": world.reference(petition), "kind": "csv", "other": world.reference("review")}
    elif route.startswith("desk/directory/people/"):
        values = {"pk": ids["person"], "code": "works", "appointment": ids["appointment"], "absence": ids["absence"]}
    elif route.startswith("desk/directory/agencies/"):
        code = "gone" if "/close/" in route and "<unit>" not in route and "<post>" not in route else "works"
        values = {"code": code, "unit": "lights", "post": ids["post"], "pk": ids["shift"], "key": "petitions"}
    elif route.startswith("desk/directory/"):
        values = {"key": "people", "pk": ids["job"], "file_format": "csv"}
    elif route.startswith("desk/letters/"):
        pk = ids["paper"] if "paper" in route else ids["letter"]
        values = {"pk": pk, "template": "petitions.opened", "language": "en"}
    elif route.startswith("desk/accounts/"):
        values = {"pk": ids["account"]}
    elif route.startswith("desk/clients/"):
        values = {"pk": ids["client"], "key_pk": ids["client_key"]}
    elif route.startswith("desk/calendar/"):
        values = {"pk": ids["closure"], "year": 2026}
    elif route.startswith("desk/outbox/"):
        values = {"pk": ids["promise"]}
    elif route.startswith("desk/surveys/"):
        values = {
            "reference": ids["survey_wave" if "waves" in route else "survey"], "number": 2, "key": "q4", "kind": "csv",
            "pk": ids["survey_upload" if "keypad/<pk>" in route else "survey_complaint"],
        }  # fmt: skip
    elif route.startswith("desk/evaluations/"):
        kind = "matrix" if "schemes" in route else "csv"
        values = {"reference": ids["evaluation"], "n": 1, "kind": kind, "agency": "works"}
    elif route.startswith("desk/phone-tests/"):
        values = {"version": 1, "reference": ids["phone_test"], "month": "2026-11", "code": "A1", "kind": "csv"}
    elif route.startswith("desk/projects/"):
        values = {"kind": "change" if "apply" in route else "csv", "month": "2026-10", "what": "land", **ids["project"]}
        values |= {"reference": ids["project_import"]} if "months/<reference>" in route else {}
    elif route.startswith("desk/subsidies/"):
        values = {"kind": "csv"}
    elif route.startswith(("desk/tracked/", "desk/council/")):
        name = "tracked_reply" if "replies/" in route else "tracked"
        name = "tracked" if "look-up/<" in route else "council reply" if "look-up/replies" in route else name
        name = "councillor" if "councillors/" in route else "inspection" if "inspections/" in route else name
        for part in ("readers", "sheet", "carried-out"):
            name = f"council {part}" if f"{part}/<" in route else name
        number = ids["council mark" if "marks/" in route else "tracked_duty"]
        values = {"reference": ids[name], "number": number, "key": "instructions"}
        values["kind"] = "odt" if "carried-out" in route else "csv"
    elif route.startswith("desk/faq/"):
        act = route.rstrip("/").rpartition("/")[2]
        state = {"write": "draft", "submit": "draft", "discard": "draft", "review": "review", "bring-back": "gone"}.get(
            act
        )
        pk = ids["decided" if act == "reopen" else "proposal" if "proposals" in route else "contradiction"]
        values = {"code": f"faq-{state or 'public'}", "kind": "csv", "pk": pk}
    elif route.startswith("desk/chat/"):
        values = {
            "reference": ids["chat_left" if "left" in route else "chat"], "kind": "csv",
            "pk": ids["chat_answer" if "quality" in route else "chat_canned"],
        }  # fmt: skip
    elif route.startswith("desk/calls/"):
        values = {"kind": "csv", "pk": ids["log_file" if "files/" in route else "call"]}
    elif route.startswith("desk/hotline/"):
        values = {"number": 1, "code": "welcome", "kind": "csv", **ids["contacts"]}
        if "announcements/" in route:
            values["pk"] = ids["announcement"]
        if "transfers/" in route:
            values["pk"] = ids["transfer_letter" if "letters/" in route else "transfer"]
    elif route.startswith("desk/gatherings/"):
        values = {"kind": "csv", "profile": "meeting", "reference": ids["gathering"], "n": 1}
    elif route.startswith("desk/control-yuan/"):
        values = {"reference": ids["control_yuan"], "n": 1}
    elif route.startswith("desk/grants/"):
        name = (
            "grant_need"
            if "needs/<reference>" in route
            else "grant_proposal"
            if "proposals/<" in route
            else "grant_call"
        )
        values = {"kind": "csv", "reference": ids[name]}
    elif route.startswith("desk/smart-city/"):
        name = "evidence" if "evidence/<reference>" in route else "smart_award"
        values = {"kind": "csv", "reference": ids[name], "number": ids["sub_project"], "n": 1}
    elif route.startswith("desk/open-data/"):
        name = "data_request" if "/requests/<" in route else "showcase" if "/showcases/<" in route else "dataset"
        name = "contest" if "/contests/<" in route else name
        values = {
            "number": ids[name],
            "n": 1,
            "version": 1,
            "kind": "csv",
            "reference": ids["seminar" if "seminars/" in route else "contest_team"],
        }
    elif route.startswith("desk/spatial/"):
        values = {"kind": "csv", "month": "2026-11", "code": "villages", "reference": ids["spatial_client"]}
        values["pk"] = ids["spatial_grant"]
        values |= {"tool": "COUNT", "number": ids["spatial_analysis"], "key": ids["spatial_table"]}
        if "bring-back" in route:
            values["code"] = "petitions-by-village"
        if "files/<reference>" in route:
            values["reference"] = ids["spatial_file"]
        if "points/<reference>" in route:
            values |= {"reference": ids["spatial_list"], "what": "places"}
        if "statistics/<code>" in route:
            values["code"] = "households"
    elif route.startswith("desk/wifi/"):
        values = {"kind": "csv", "code": ids["hotspot"], "pk": ids["outage"]}
    elif route.startswith("desk/road-safety/"):
        values = {"year": 2026, "kind": "csv"}
    elif route.startswith("desk/rules/"):
        values = {"key": "petitions.draft_days"}
    else:
        values = {"pk": ids["filter"], "file_format": "csv", "kind": "csv"}
    return "/" + re.sub(r"<(\w+)>", lambda found: str(values[found[1]]), route)


def may(role: str, place: str, acts: frozenset[str], record: str) -> bool:
    """What the tables say of one address about the works agency's records."""
    if record in ("agency", "person", "restriction", "cluster", "sheet", "project"):
        return any(expected.reaches(role, act, place) for act in acts)
    if record == "need":  # its agency's: whoever may report for a unit of it
        own = place in ("near", "home")
        return any(expected.reaches(role, act, place) or (own and expected.has(role, act)) for act in acts)
    if record in ("tracked", "result"):  # a part in the item, and a result, are the agency's
        return any(expected.reaches_agency(role, act, place) for act in acts)
    if record == "digest":  # an agency reads its own, whoever sees no more than a unit none
        return any(expected.reaches_agency(role, act, place) for act in acts)
    if record == "letter":
        return any(expected.reaches(role, act, place) for act in acts)
    if record == "received":  # the desk that received it, and whoever may know the reporter of its case
        known = expected.sees(role, place, "open") and expected.may_act(role, place, "open", "petitions.reporter.read")
        return expected.reaches(role, "petitions.letters.read", place) or known
    if record == "mail":  # the desk, and whoever may know the reporter of the case that it went to
        known = expected.sees(role, place, "open") and expected.may_act(role, place, "open", "petitions.reporter.read")
        return expected.has(role, "petitions.mail.read") or known
    if record == "second_score":  # the second tester's alone
        return role == Role.TESTER and place == "outside"
    if record == "phone_test":  # its tester, and whoever may read what came of it
        own = role == Role.TESTER and place == "near" and "phone_tests.test" in acts
        return own or any(expected.reaches(role, act, place) for act in acts - {"phone_tests.test"})
    if record == "work":  # the commission, and its judges once it is judged: these are none yet
        return any(expected.city_wide(role, act) for act in acts)
    if record == "evaluation":  # the agency that is judged, its judges, and whoever reads all
        own = role == Role.JUDGE and place == "near" and "evaluations.judge" in acts
        return own or any(expected.reaches_agency(role, act, place) for act in acts - {"evaluations.judge"})
    if record == "intermediary":  # whoever reported it for the citizen, and nobody else
        return role == Role.VILLAGE_HEAD and place == "near"
    if record == "uploader":
        return role == Role.COORDINATOR and place == "near"
    return any(expected.has(role, act) for act in acts)


@pytest.mark.parametrize("role", ASKED)
def test_an_officer(world, role):
    """403 or 404 exactly where the tables say so, by GET and by POST, and what is refused changes nothing."""
    wrong, before = [], Entry.objects.count()
    for place in expected.places(role):
        browser = signed_in(world.people[role, place].account)
        for route, (acts, record) in OFFICIAL.items():
            has_any = any(expected.has(role, act) for act in acts)
            if record in ("petition", "act", "check") or (place != "near" and not (has_any and record)):
                continue  # petitions have their own test; without a record the place changes nothing
            allowed = may(role, place, acts, record)
            for method in ("get",) if allowed else ("get", "post"):
                status = ask(browser, method, address(route, world))
                if status != 405 and (status >= 500 or allowed == (status in REFUSED)):
                    wrong.append((place, method, route, status, "may" if allowed else "may not"))

    assert wrong == []
    assert Entry.objects.count() == before


# ---- people without a role -------------------------------------------------------------------------------------------


class TestNobody:
    def test_is_asked_to_sign_in(self, world):
        browser, wrong = Browser(), []
        for route, (_acts, _record) in OFFICIAL.items():
            for method in ("get", "post"):
                status = ask(browser, method, address(route, world))
                if status not in (302, 405):
                    wrong.append((method, route, status))

        assert wrong == []

    @pytest.mark.parametrize("who", ["citizen", "an officer without any role", "a program"])
    def test_is_refused(self, world, who):
        account = world.citizen
        if who != "citizen":
            kind = Kind.CLIENT if who == "a program" else Kind.OFFICER
            account = Account.objects.create(kind=kind, email=f"{uuid.uuid4()}@city.example", name=who)
        browser, wrong = signed_in(account), []
        for route in OFFICIAL:
            for method in ("get", "post"):
                status = ask(browser, method, address(route, world))
                if status not in REFUSED | {405}:
                    wrong.append((method, route, status))

        assert wrong == []

    def test_cannot_enter_the_administration(self, world):
        for account in (
            world.citizen,
            world.people[Role.ADMIN, "near"].account,
            world.people[Role.OFFICER, "near"].account,
        ):
            assert ask(signed_in(account), "get", "/admin/") == 302
        assert ask(Browser(), "get", "/admin/") == 302

    def test_who_has_left_has_no_role(self, world):
        person = world.people[Role.COMMISSION, "near"]
        point = transaction.savepoint()
        person.appointments.update(ends_on=NOW.date().replace(day=1))
        browser = signed_in(person.account)

        assert ask(browser, "get", f"/desk/petitions/{world.reference()}/") == 403
        transaction.savepoint_rollback(point)
