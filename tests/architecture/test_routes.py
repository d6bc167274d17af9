"""Every address says who may open it, and answers well for records that do not exist.

The permission matrix with real records is in `tests/permissions`.
"""

from __future__ import annotations

import csv
import re
import uuid
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person, make_unit

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = {
    "uuid": str(uuid.UUID(int=7)), "int": "987654", "slug": "none", "str": "none", "path": "none",
}  # fmt: skip
FOREIGN = (
    "admin/",
    "api/v1/",
    "static/",
    "__",
)  # Django's admin has its own rights; the API's are tested with its keys


def walk(patterns, prefix=""):
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.callback


def ours():
    for route, view in walk(get_resolver().url_patterns):
        plain = route.lstrip("^/")
        if not plain.startswith(FOREIGN):
            yield plain, view


def sample(route: str) -> str | None:
    """An address of the route, with values that name nothing."""
    path = re.sub(r"<(\w+):\w+>", lambda m: SAMPLES.get(m[1], "none"), route)
    path = re.sub(r"\(\?P<fmt>[^)]*\)", "json", path)
    path = re.sub(r"\(\?P<\w+>[^)]*\)", "none", path)
    path = path.replace("^", "").replace("$", "").replace("\\.", ".").replace("\\Z", "")
    return None if re.search(r"[()\\?*+\[]", path) else "/" + path


def acts_of_roles():
    with (ROOT / "docs" / "roles.csv").open(encoding="utf-8") as file:
        table: dict[str, set[str]] = {}
        for row in csv.DictReader(file):
            table.setdefault(row["role"], set()).add(row["act"])
    return table


def test_every_view_says_who_may_open_it():
    silent = [route for route, view in ours() if not getattr(view, "access", "")]

    assert silent == []


def test_every_act_that_a_view_asks_for_is_in_the_table():
    known = set().union(*acts_of_roles().values())
    asked = {
        act
        for _route, view in ours()
        if view.access.startswith("requires:")
        for act in view.access.removeprefix("requires:").split("|")
    }

    assert asked - known == set()


@pytest.mark.django_db
class TestNoSuchRecord:
    @pytest.fixture
    def city(self):
        agency = make_agency("rdec")
        return agency, make_unit(agency)

    @pytest.mark.parametrize("role", [None, Role.OFFICER, Role.COORDINATOR, Role.COMMISSION, Role.ADMIN])
    def test_role(self, client, city, role):
        """GET every page as this role: 403 exactly where the table does not allow it (nobody: to sign in)."""
        if role:
            person = make_person(city[0], city[1], role)
            client.force_login(person.account)
            session = client.session
            session["identity.factor"] = "TOTP"
            session.save()
        allowed = acts_of_roles().get(role or "", set())
        wrong = []
        for route, view in ours():
            path = sample(route)
            if path is None or not view.access.startswith("requires:"):
                continue
            may = bool(allowed & set(view.access.removeprefix("requires:").split("|")))
            status = client.get(path).status_code
            if role is None:
                ok = status in (302, 403, 405)
            elif may:
                ok = status != 403
            else:
                ok = status in (403, 405)
            if not ok:
                wrong.append((path, view.access, status))

        assert wrong == []
