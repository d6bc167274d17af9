"""Datasets that are late by the declared frequency come onto the agency's list, and leave it when they are updated."""

from datetime import date, timedelta

import pytest

from cityhall.domains.open_data import chasing, services
from cityhall.domains.open_data.models import Dataset
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant

from .city import CSV, NINE, TODAY, draft, make_city, published, signed_in, texts, uploaded

pytestmark = pytest.mark.django_db
WHO = {"by": None, "at": NINE}


@pytest.fixture
def city():
    return make_city()


def late(days):
    return [one.title for one in chasing.late(TODAY + timedelta(days=days)).order_by("pk")]


class TestLate:
    def test_is_what_passed_its_frequency_and_some_days(self, city):
        published(city.transport, title="每月", frequency="MONTHLY")
        published(city.transport, title="不定期", frequency="IRREGULAR")
        published(city.transport, title="每年", frequency="YEARLY")
        draft(city.transport, title="草稿", frequency="DAILY")
        elsewhere = published(city.transport, title="連結", frequency="DAILY")
        services.add_resource(elsewhere, name="介接", kind="LINK", url="https://data.example/x", **WHO)
        services.remove_resource(elsewhere.resources.get(n=1), reason="改用介接", **WHO)

        assert (late(38), late(39), late(373), late(374)) == ([], ["每月"], ["每月"], ["每月", "每年"])

    def test_follows_the_rulebook_of_the_day(self, city):
        published(city.transport, title="每月")
        set_parameter("open_data.grace_days", 20, valid_from=TODAY + timedelta(days=1), source="本府", by=None, at=NINE)

        assert (late(51), late(52)) == ([], ["每月"])


class TestTheList:
    def test_has_what_is_late_until_it_is_updated(self, city):
        one = published(city.transport)
        later = instant(TODAY + timedelta(days=45), 6)

        assert (chasing.chase(at=later), chasing.chase(at=later)) == (1, 1)
        todo = Todo.objects.get(kind="open_data.late")
        assert (todo.agency, todo.role, todo.due_at) == (city.transport, "COORDINATOR", instant(date(2017, 3, 31)))
        uploaded(one.resources.get(), CSV + b"a,b,1\n", at=later)

        assert not Todo.objects.filter(closed_at=None).exists()
        assert chasing.chase(at=later) == 0

    def test_loses_what_declares_another_frequency(self, city):
        one = published(city.transport)
        later = instant(TODAY + timedelta(days=45), 6)
        chasing.chase(at=later)
        services.revise(
            one, agency=city.transport, texts=texts(frequency="YEARLY"), tags=one.tag_names, by=None, at=later
        )

        assert chasing.chase(at=later) == 0
        assert not Todo.objects.filter(closed_at=None).exists()

    def test_is_narrowed_to_it_at_the_desk(self, city, monkeypatch):
        published(city.transport)
        draft(city.transport, title="草稿")
        monkeypatch.setattr("django.utils.timezone.now", lambda: instant(TODAY + timedelta(days=45), 9))

        page = signed_in(city.coordinator).get("/desk/open-data/?updated=late").content.decode()

        assert "公有停車場剩餘車位" in page
        assert "更新逾期</b>" in page
        assert "草稿</a>" not in page
        assert Dataset.objects.count() == 2
