"""docs/to-dos.csv names every kind of to-do, as the screens call it, and for whom it waits."""

import csv
from pathlib import Path

import pytest
from django.utils import translation

from cityhall.engines.directory import permissions
from cityhall.engines.directory.states import Role
from cityhall.engines.worklist import registry

ROOT = Path(__file__).resolve().parents[2]


def listed():
    with (ROOT / "docs" / "to-dos.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def test_every_kind_is_in_the_list_and_no_other():
    with translation.override("zh-hant"):
        assert {row["code"]: row["zh_TW"] for row in listed().values()} == {
            kind.code: str(kind.label) for kind in registry.kinds()
        }


@pytest.mark.parametrize("code", sorted(listed()))
def test_whoever_it_waits_for_has_a_list(code):
    roles = set(listed()[code]["for"].split("|")) - {"PERSON"}

    assert roles <= set(Role.values)
    assert [role for role in roles if not permissions.scopes(role, "worklist.use")] == []
