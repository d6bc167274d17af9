"""One transaction's work: kept together, written many at once, read once, and undone without a trace."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models.signals import post_save

from cityhall.foundation import unit
from cityhall.foundation.unit import Appendix, Setting, act, bulk, recalled

pytestmark = pytest.mark.django_db


class Refused(Exception):
    pass


@pytest.fixture
def written():
    return []


@pytest.fixture
def groups(written):
    def write(rows):
        written.append([row.name for row in rows])
        Group.objects.bulk_create(rows)

    return Appendix(Group._meta.db_table, write)


def names():
    return set(Group.objects.values_list("name", flat=True))


class TestAct:
    def test_writes_its_rows_at_once_when_it_ends(self, groups, written):
        @act
        def add(name):
            return groups.append(Group(name=name))

        @act
        def add_two():
            add("one")
            return add("two")

        two = add_two()

        assert written == [["one", "two"]]
        assert two.pk

    def test_needs_no_savepoint_for_an_act_within_it(self, django_assert_num_queries):
        @act
        def inner():
            pass

        @act
        def outer():
            for _ in range(5):
                inner()

        with django_assert_num_queries(2):  # the savepoint of the test's transaction, and its release
            outer()

    def test_lets_nobody_read_a_table_while_rows_wait(self, groups):
        @act
        def add_and_look():
            groups.append(Group(name="one"))
            return names()

        assert add_and_look() == {"one"}

    def test_leaves_nothing_when_it_refuses(self, groups):
        @act
        def refuse():
            groups.append(Group(name="one"))
            raise Refused

        with pytest.raises(Refused):
            refuse()

        assert names() == set()

    def test_cannot_go_on_when_an_act_within_it_refused(self):
        @act
        def refuse():
            raise Refused

        @act
        def go_on():
            try:
                refuse()
            except Refused:
                Group.objects.create(name="half of an act")

        with pytest.raises(transaction.TransactionManagementError):
            go_on()

    def test_saves_a_record_once(self, django_assert_num_queries):
        group = Group.objects.create(name="one")

        @act
        def rename():
            for name in ("two", "three"):
                group.name = name
                unit.save_with_act(group)

        with django_assert_num_queries(3):
            rename()

        assert names() == {"three"}

    def test_saves_a_record_before_somebody_reads_its_table(self):
        group = Group.objects.create(name="one")

        @act
        def rename():
            group.name = "two"
            unit.save_with_act(group)
            return names()

        assert rename() == {"two"}

    def test_saves_two_records_of_a_table_when_somebody_reads_it(self):
        one, other = Group.objects.create(name="one"), Group.objects.create(name="other")

        @act
        def rename():
            for group in (one, other):
                group.name += " more"
                unit.save_with_act(group)
            return names()

        assert rename() == {"one more", "other more"}

    def test_saves_no_more_of_a_record_than_it_changed(self):
        group = Group.objects.create(name="one")

        @act
        def change_nothing_of_note():
            unit.just_read(group)
            Group.objects.filter(pk=group.pk).update(name="from elsewhere")
            unit.save_with_act(group)

        change_nothing_of_note()

        assert names() == {"from elsewhere"}

    def test_is_where_rows_are_appended(self, groups):
        with pytest.raises(RuntimeError):
            groups.append(Group(name="one"))


class TestSaveIf:
    def test_saves_what_is_still_stored_so_and_tells(self):
        group, heard = Group.objects.create(name="one"), []
        seen = lambda **message: heard.append(message["update_fields"])  # noqa: E731
        post_save.connect(seen, sender=Group)
        try:
            group.name = "two"
            assert unit.save_if(group, "name", name="one")
            group.name = "three"
            assert not unit.save_if(group, "name", name="one")
        finally:
            post_save.disconnect(seen, sender=Group)

        assert names() == {"two"}
        assert heard == [frozenset({"name"})]


class TestBulk:
    def test_gathers_the_rows_of_many_acts(self, groups, written):
        @act
        def add(name):
            groups.append(Group(name=name))

        with bulk():
            add("one")
            add("two")

        assert written == [["one", "two"]]

    def test_a_refused_act_leaves_no_trace_and_the_others_stay(self, groups):
        @act
        def add(name, *, refuse=False, look=False):
            groups.append(Group(name=name))
            if look:
                names()
            if refuse:
                raise Refused

        with bulk():
            add("before")
            for look in (False, True):  # also when its rows, and those before it, were already written
                with pytest.raises(Refused):
                    add("refused", refuse=True, look=look)
            add("after")

        assert names() == {"before", "after"}

    def test_a_savepoint_within_an_act_undoes_what_came_after_it(self, groups):
        @act
        def try_one():
            groups.append(Group(name="kept"))
            try:
                with transaction.atomic():
                    groups.append(Group(name="undone"))
                    names()
                    raise Refused
            except Refused:
                pass

        with bulk():
            try_one()

        assert names() == {"kept"}

    def test_an_error_undoes_all(self, groups):
        @act
        def add():
            groups.append(Group(name="one"))

        def add_and_fail():
            with bulk():
                add()
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            add_and_fail()

        assert names() == set()

    def test_does_not_hold_more_than_so_many_rows(self, groups, written, monkeypatch):
        monkeypatch.setattr(unit, "MOST_WAITING", 2)

        @act
        def add(name):
            groups.append(Group(name=name))

        with bulk():
            for name in ("one", "two", "three"):
                add(name)

        assert written == [["one", "two"], ["three"]]

    def test_is_no_part_of_an_act(self):
        @act
        def inside():
            with bulk():
                pass

        with pytest.raises(RuntimeError):
            inside()


class TestRemembered:
    @pytest.fixture
    def asked(self):
        return []

    @pytest.fixture
    def setting(self, asked):
        def read():
            asked.append("read")
            return names()

        def stamp():
            asked.append("stamp")
            return Group.objects.count()

        return Setting(Group, stamp=stamp, read=read)

    def test_a_setting_is_read_when_its_stamp_moves(self, setting, asked):
        setting.now()
        setting.now()
        Group.objects.bulk_create([Group(name="one")])

        assert setting.now() == {"one"}
        assert asked == ["stamp", "read", "stamp", "stamp", "read"]

    def test_an_act_asks_for_the_stamp_once(self, setting, asked):
        @act
        def look_twice():
            setting.now()
            setting.now()

        look_twice()
        look_twice()

        assert asked == ["stamp", "read", "stamp"]

    def test_a_change_in_the_act_is_seen_in_it_and_forgotten_with_it(self, setting):
        @act
        def change():
            setting.now()
            Group.objects.create(name="one")
            assert setting.now() == {"one"}
            raise Refused

        with pytest.raises(Refused):
            change()
        Group.objects.bulk_create([Group(name="other")])  # the stamp is what it was in the act that was undone

        assert setting.now() == {"other"}

    def test_a_question_is_asked_once_until_a_row_is_saved(self, asked):
        @recalled(Group)
        def known(prefix):
            asked.append(prefix)
            return [name for name in names() if name.startswith(prefix)]

        @act
        def look():
            known("a")
            known("a")
            Group.objects.create(name="abc")
            return known("a")

        assert look() == ["abc"]
        assert asked == ["a", "a"]
        assert known("a") == ["abc"]
        assert known("a") == ["abc"]
        assert len(asked) == 4

    def test_another_copy_that_is_saved_takes_the_place_of_the_one_kept(self):
        unit.one_copy(Group, lambda group: group.pk)
        group = Group.objects.create(name="one")

        def kept():
            return unit.remembered((Group, group.pk), lambda: Group.objects.get(pk=group.pk))

        @act
        def rename_another_copy():
            assert kept().name == "one"
            Group.objects.get(pk=group.pk).save()
            Group(pk=group.pk, name="two").save()
            return kept().name

        assert rename_another_copy() == "two"


def test_nothing_stands_before_statements_after_an_act():
    before = list(connection.execute_wrappers)

    @act
    def look():
        assert len(connection.execute_wrappers) == len(before) + 1

    look()

    assert unit.current() is None
    assert connection.execute_wrappers == before


def test_a_reading_by_a_cursor_of_the_servers_own_sends_first_what_goes_along():
    """PostgreSQL: such a cursor declares one statement, and nothing can stand before it."""

    @act
    def write_and_read():
        current = unit.current()
        if connection.vendor == "postgresql":
            current.take_along("INSERT INTO auth_group (name) VALUES (%s)", ["goes along"])
        else:
            Group.objects.create(name="goes along")
        return [group.name for group in Group.objects.iterator()]

    assert write_and_read() == ["goes along"]
