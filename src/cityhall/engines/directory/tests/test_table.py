"""The table of permissions as a file: what it allows, and what is an error at start."""

from contextlib import contextmanager

import pytest
from django.core.exceptions import ImproperlyConfigured

from cityhall.engines.directory import permissions
from cityhall.engines.directory.states import Role, Scope


def written(tmp_path, *rows):
    path = tmp_path / "roles.csv"
    path.write_text("\n".join(["role,act,scope", *rows]) + "\n", encoding="utf-8")
    return path


@contextmanager
def in_force(table, monkeypatch):
    with monkeypatch.context() as changed:
        changed.setattr(permissions, "table", lambda: table)
        yield


class TestReading:
    def test_one_row_is_one_permission(self, tmp_path):
        path = written(tmp_path, "OFFICER,look,unit", "OFFICER,look,own", "ADMIN,look,city", "ADMIN,write,city")

        assert permissions.read(path) == {
            "look": {"OFFICER": {Scope.UNIT, Scope.OWN}, "ADMIN": {Scope.CITY}},
            "write": {"ADMIN": {Scope.CITY}},
        }

    @pytest.mark.parametrize("row", ["EMPEROR,look,city", "OFFICER,look,empire", "OFFICER,,city", "OFFICER,look"])
    def test_a_row_that_it_does_not_know_is_an_error_that_names_the_line(self, tmp_path, row):
        with pytest.raises(ImproperlyConfigured, match=r"^roles\.csv, line 3: unknown role or scope, or no act: "):
            permissions.read(written(tmp_path, "OFFICER,look,own", row))

    def test_the_same_row_twice_is_an_error_that_names_the_line(self, tmp_path):
        with pytest.raises(ImproperlyConfigured, match=r"^roles\.csv, line 4: this row is there twice: "):
            permissions.read(written(tmp_path, "OFFICER,look,own", "ADMIN,look,own", "OFFICER,look,own"))

    def test_names_outside_ascii_are_read_as_they_are(self, tmp_path):
        assert permissions.read(written(tmp_path, "OFFICER,看,own")) == {"看": {"OFFICER": {Scope.OWN}}}


class TestAsking:
    TABLE = {"look": {"OFFICER": frozenset({Scope.OWN}), "ADMIN": frozenset({Scope.CITY})}}

    def test_what_no_row_allows_is_refused(self, monkeypatch):
        with in_force(self.TABLE, monkeypatch):
            assert permissions.scopes("OFFICER", "look") == {Scope.OWN}
            assert permissions.scopes("OFFICER", "write") == frozenset()
            assert permissions.scopes("CITIZEN", "look") == frozenset()

    def test_a_page_that_refuses_names_the_roles_that_may(self, monkeypatch):
        with in_force(self.TABLE, monkeypatch):
            assert permissions.roles_that_may("look") == [Role.OFFICER, Role.ADMIN]
            assert permissions.roles_that_may("write") == []

    def test_the_table_in_force_is_that_of_the_documents(self, settings):
        path = settings.BASE_DIR / "docs" / "roles.csv"

        assert permissions.table() == permissions.read(path)
        assert permissions.scopes("DISPATCHER", "petitions.dispatch") == {Scope.CITY}
