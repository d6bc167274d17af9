"""A record made by `rows.new` is the one that Django makes, and a record of a new owner is known without asking."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cityhall.foundation import rows, unit


class TestNew:
    def test_has_every_value_that_the_model_gives(self):
        kind = ContentType(pk=7, app_label="a", model="b")
        given = {"name": "see", "content_type": kind, "codename": "see"}

        made, expected = rows.new(Permission, **given), Permission(**given)

        assert vars(made).keys() == vars(expected).keys()
        assert {**vars(made), "_state": None} == {**vars(expected), "_state": None}
        assert made.content_type is kind
        assert made._state.adding

    def test_takes_a_key_instead_of_a_record_and_none_for_nobody(self):
        assert rows.new(Permission, content_type_id=7).content_type_id == 7
        assert rows.new(Permission, content_type=None).content_type_id is None

    def test_refuses_a_field_that_there_is_not(self):
        with pytest.raises(TypeError, match="colour"):
            rows.new(Group, colour="red")


@pytest.mark.django_db
class TestAdd:
    def test_gives_each_record_the_key_of_its_row(self):
        made = [Group(name=f"g{n}") for n in range(5)]
        rows.add(Group, made)

        assert {one.pk: one.name for one in made} == dict(Group.objects.values_list("pk", "name"))
        assert not any(one._state.adding for one in made)

    def test_takes_several_statements_where_there_are_more_values_than_one_holds(self, monkeypatch):
        monkeypatch.setattr(rows, "MOST_VALUES", 3)
        made = [Group(name=f"g{n}") for n in range(7)]
        with CaptureQueriesContext(connection) as queries:
            rows.add(Group, made)

        assert len(queries) == 3
        assert {one.pk: one.name for one in made} == dict(Group.objects.values_list("pk", "name"))

    def test_keeps_a_key_that_is_given(self):
        rows.add(Group, [Group(pk=7007, name="seven")])

        assert Group.objects.get(pk=7007).name == "seven"

    def test_leaves_out_what_is_there_where_asked(self):
        Group.objects.create(name="old")
        rows.add(Group, [Group(name="old"), Group(name="new")], unless_there=True)

        assert sorted(Group.objects.values_list("name", flat=True)) == ["new", "old"]

    def test_lets_a_row_that_is_there_take_what_is_new_where_asked(self):
        kind = ContentType.objects.create(app_label="old", model="thing")
        other = ContentType(pk=kind.pk, app_label="new", model="other")
        rows.add(ContentType, [other], instead=("id", ["app_label"]))

        kind.refresh_from_db()
        assert (kind.app_label, kind.model) == ("new", "thing")

    def test_refused_by_the_database_the_transaction_is_spoilt(self):
        Group.objects.create(name="old")
        with transaction.atomic():
            with pytest.raises(IntegrityError):
                rows.add(Group, [Group(name="old")])
            with pytest.raises(transaction.TransactionManagementError):
                Group.objects.count()
            transaction.set_rollback(True)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8))])
@pytest.mark.parametrize("micro", [0, 5])
def test_an_instant_is_written_as_the_database_has_it(zone, micro):
    instant = datetime(2016, 1, 1, 1, 2, 3, micro, UTC).astimezone(zone)

    assert rows._instant(instant) == str(instant.astimezone(UTC).replace(tzinfo=None))


@pytest.mark.django_db
@pytest.mark.parametrize("known_before", [True, False])
def test_what_a_new_owner_gets_is_known_without_asking(known_before):
    keys = iter(range(1000, 2000))
    with unit.bulk(keys=lambda model: next(keys)):
        owner = unit.insert(Group(name="owner"))
        key = (Permission, owner.pk)

        def kept():
            return unit.remembered_of((Group, owner.pk), key, lambda: list(Permission.objects.none()))

        before = kept() if known_before else None
        record = Permission(name="its")
        with CaptureQueriesContext(connection) as queries:
            unit.belongs((Group, owner.pk), key, record)
            found = kept()
    assert len(queries) == 0
    assert found == [record]
    assert before is None or before is found
