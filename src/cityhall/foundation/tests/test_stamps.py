"""A stamp changes with the rows of its table, and is asked by one statement."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.utils import timezone

from cityhall.foundation.stamps import stamp_of

pytestmark = pytest.mark.django_db


def session(key: str, until: datetime) -> Session:
    return Session.objects.create(session_key=key, session_data="", expire_date=until)


def test_changes_with_each_row_that_comes_or_goes(django_assert_num_queries):
    seen = [stamp_of(Group, newest="id")]
    for name in ("a", "b"):
        Group.objects.create(name=name)
        seen.append(stamp_of(Group, newest="id"))
    Group.objects.filter(name="a").delete()
    seen.append(stamp_of(Group, newest="id"))

    assert len(set(seen)) == 4
    with django_assert_num_queries(1):
        assert stamp_of(Group, newest="id") == seen[-1]


def test_changes_with_the_newest_value_and_with_what_is_filled():
    now = timezone.now()
    session("a", now)
    before = stamp_of(Session, newest="expire_date", filled="session_data")
    Session.objects.update(expire_date=now + timedelta(days=1))

    assert stamp_of(Session, newest="expire_date", filled="session_data") != before
