"""Petitions by every role, near and far: who sees one, who may know the reporter, who may act. Expected from the tables."""

from __future__ import annotations

import pytest

from cityhall.domains.petitions.services.acts import ACTS
from cityhall.engines.audit.models import Entry

from . import expected
from .calls import ask, signed_in
from .test_matrix import ADDRESSES, REFUSED
from .world import ASKED, NOW

pytestmark = pytest.mark.django_db

SEEN = ("open", "helped", "confidential", "secret", "waiting", "desk", "alerted", "ended", "declined", "sealed")
DONE_ON = {  # the petitions on which each act is tried: one of each kind that allows it now
    "petitions.dispatch": ("open", "desk", "confidential", "ended", "split"),
    "petitions.filter": ("desk", "listed", "declined"),
    "petitions.approve": ("review",), "petitions.co_handle": ("helped",), "petitions.note": ("open", "confidential"),
    "petitions.extend": ("plain",), "petitions.approve_extension": ("extending",),
    "petitions.assign": ("open", "reopening", "alerted"), "petitions.handle": ("open", "promised"),
    "petitions.ethics.handle": ("sealed",),
}  # fmt: skip


@pytest.mark.parametrize("role", ASKED)
def test_an_officer_and_petitions(world, role):
    """Who sees a petition and its reporter; for all others neither is there."""
    wrong = []
    for place in expected.places(role):
        browser = signed_in(world.people[role, place].account)
        for name in SEEN:
            sees = expected.sees(role, place, name)
            reporter = sees and expected.may_act(role, place, name, "petitions.reporter.read")
            if name == "open":
                checks = ask(
                    browser, "post", f"/desk/petitions/{world.reference(name)}/check/", {"text": "已派員查看。"}
                )
                if (checks == 200) != (sees and expected.may_act(role, place, name, "petitions.handle")):
                    wrong.append((place, name, "check", checks))
            pages = {
                "": sees,
                "reporter/": reporter,
                **({"timeline/": sees, "sheet.pdf": sees, "alike/": sees} if name == "open" else {}),
                **({f"alike/{world.reference('review')}/": sees} if name == "open" else {}),
            }
            for path, allowed in pages.items():
                status = ask(browser, "get", f"/desk/petitions/{world.reference(name)}/{path}")
                if (status == 200) != allowed or (not allowed and status not in REFUSED):
                    wrong.append((place, name, path, status))

    assert wrong == []


@pytest.mark.parametrize("role", ASKED)
def test_an_officer_and_acts(world, role):
    """The form of an act is there for those only who may; a form sent all the same does nothing."""
    wrong = []
    for place in expected.places(role):
        browser = signed_in(world.people[role, place].account)
        for code, act in ACTS.items():
            (right,) = ADDRESSES[f"desk/petitions/<reference>/{code}/"][0]
            for name in DONE_ON.get(right, ("open",)):
                if not act.possible(world.petitions[name], NOW):
                    continue
                allowed = expected.sees(role, place, name) and expected.may_act(role, place, name, right)
                path = f"/desk/petitions/{world.reference(name)}/{code}/"
                status = ask(browser, "get", path)
                if (status == 200) != allowed or status >= 500:
                    wrong.append((place, code, name, status, "may" if allowed else "may not"))
                before = Entry.objects.count()
                if not allowed and ask(browser, "post", path) not in REFUSED | {302}:
                    wrong.append((place, code, name, "sent"))
                assert Entry.objects.count() == before

    assert wrong == []


def test_every_act_is_tried(world):
    """The world has a petition for each act, so that none is forgotten."""
    untried = {
        code
        for code, act in ACTS.items()
        if not any(
            act.possible(world.petitions[name], NOW)
            for name in DONE_ON.get(next(iter(ADDRESSES[f"desk/petitions/<reference>/{code}/"][0])), ("open",))
        )
    }

    assert untried == set()
