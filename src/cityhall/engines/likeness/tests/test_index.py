"""The index of a process, over what stands in the database."""

from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from cityhall.engines.likeness import queries, services
from cityhall.engines.likeness.models import Print

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
LAMP = "中山路200號前的路燈不亮，已經三天了，晚上很暗。"
NOISE = "隔壁工地從晚上10點施工到半夜，這星期已經四次。"


def subject(code: str) -> Group:
    """Any record with a whole number as its key."""
    return Group.objects.create(name=code)


def ask(text: str, *, day: date = DAY, least: float = 0.3, among=None) -> list[int]:
    found = queries.alike(
        Group, text, among=Group.objects.all() if among is None else among, least=least, most=10, day=day
    )
    return [row.pk for row in found]


class TestIndex:
    def test_what_is_written_is_found_at_once(self):
        lamp, noise = subject("a"), subject("b")
        assert ask(LAMP) == []
        services.index(lamp, LAMP, day=DAY)
        assert ask(LAMP) == [lamp.pk]
        services.index(noise, NOISE, day=DAY)
        assert ask(NOISE) == [noise.pk]
        assert ask(LAMP) == [lamp.pk]

    def test_only_what_may_be_seen_is_found(self):
        lamp = subject("a")
        services.index(lamp, LAMP, day=DAY)

        assert ask(LAMP, among=Group.objects.exclude(pk=lamp.pk)) == []

    def test_a_changed_text_replaces_the_old_one(self):
        one = subject("a")
        services.index(one, LAMP, day=DAY)
        assert ask(LAMP) == [one.pk]
        services.index(one, NOISE, day=DAY)

        assert ask(LAMP) == []
        assert ask(NOISE) == [one.pk]
        assert Print.objects.count() == 1

    def test_what_is_forgotten_is_not_found(self):
        one = subject("a")
        services.index(one, LAMP, day=DAY)
        assert ask(LAMP) == [one.pk]
        services.forget(one)

        assert ask(LAMP) == []

    def test_what_was_undone_is_not_found_and_hides_nobody(self):
        one = subject("a")
        try:
            with transaction.atomic():
                services.index(one, LAMP, day=DAY)
                assert ask(LAMP) == [one.pk]
                raise KeyError
        except KeyError:
            pass
        assert ask(LAMP) == []
        services.index(one, NOISE, day=DAY)  # on SQLite with the key of the row that was undone

        assert ask(NOISE) == [one.pk]

    def test_another_process_fills_it_and_a_new_week_reads_it_anew(self):
        one = subject("a")
        services.index(one, LAMP, day=DAY)
        queries._indexes.clear()

        assert ask(LAMP) == [one.pk]
        assert ask(LAMP, day=date(2026, 3, 9)) == [one.pk]

    def test_many_at_once_are_read_anew(self, monkeypatch):
        monkeypatch.setattr(queries, "CHUNK", 3)
        assert ask(LAMP) == []
        many = [subject(f"a{n}") for n in range(6)]
        services.index_many([(one, f"{LAMP}{n}") for n, one in enumerate(many)], day=DAY)

        assert set(ask(LAMP)) == {one.pk for one in many}

    def test_old_prints_go_and_missing_ones_are_named(self):
        old, new, bare = subject("a"), subject("b"), subject("c")
        services.index(old, LAMP, day=date(2025, 1, 1))
        services.index(new, LAMP, day=DAY)

        assert services.missing(Group, [old.pk, new.pk, bare.pk]) == [bare.pk]
        assert services.forget_old(Group, before=DAY) == 1
        assert ask(LAMP) == [new.pk]

    def test_two_texts_are_weighed_as_among_the_others(self):
        services.index(subject("a"), LAMP, day=DAY)

        assert queries.likeness(LAMP, LAMP, Group, day=DAY) > 0.99
        assert queries.likeness(LAMP, NOISE, Group, day=DAY) < 0.1

    def test_a_text_without_letters_asks_nothing(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert ask("……") == []
