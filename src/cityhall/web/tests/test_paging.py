"""Long lists are counted to a limit."""

import pytest
from django.contrib.auth.models import Group

from cityhall.web import paging
from cityhall.web.paging import LongPaginator


@pytest.fixture
def groups(db, monkeypatch):
    monkeypatch.setattr(paging, "MOST", 10)
    Group.objects.bulk_create(Group(name=f"group {n:02}") for n in range(12))
    return Group.objects.order_by("name")


def test_counts_no_further_than_the_limit(groups, django_assert_num_queries):
    with django_assert_num_queries(1):
        pages = LongPaginator(groups, 4)
        assert (pages.count, pages.more, pages.num_pages) == (10, True, 3)


def test_turns_to_what_is_counted(groups):
    assert [one.name for one in LongPaginator(groups, 4).get_page(3)] == ["group 08", "group 09"]


def test_says_the_whole_number_of_a_short_list(groups):
    pages = LongPaginator(groups.filter(name__lt="group 05"), 4)

    assert (pages.count, pages.more) == (5, False)


def test_an_empty_list_is_one_empty_page(groups):
    assert list(LongPaginator(groups.none(), 4).get_page("nonsense")) == []


def test_counts_less_far_what_was_searched_by_words(groups, monkeypatch):
    monkeypatch.setattr(paging, "MOST_BY_WORDS", 5)

    pages = LongPaginator(groups, 4, by_words=True)

    assert (pages.count, pages.more) == (5, True)
