"""The page of the trail: for those who may read it, found by record, person, event and day."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model

from cityhall.engines.audit import services
from cityhall.engines.audit.models import Entry
from cityhall.engines.audit.views import in_words
from cityhall.web import access

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def officer(db):
    return get_user_model().objects.create_user("wang@city.example", name="王小明", kind="OFFICER")


@pytest.fixture
def auditor(db, client, monkeypatch):
    account = get_user_model().objects.create_user("audit@city.example", name="查核員", kind="OFFICER")
    monkeypatch.setattr(access, "_policy", lambda user, act, request: user == account and act == "audit.read")
    client.force_login(account)
    return account


class TestTrailPage:
    def test_shows_who_did_what_when(self, client, auditor, officer):
        services.record("personal_data.seen", auditor, by=officer, at=NOON, old={"a": 1}, new={"a": 2}, note="電話查證")

        page = client.get("/desk/audit/").content.decode()

        assert "查看個人資料" in page
        assert "王小明" in page
        assert "115年11月23日" in page
        assert "a：1 → 2；電話查證" in page

    def test_is_in_english_too(self, client, auditor, officer):
        services.record("personal_data.seen", auditor, by=None, at=NOON)

        page = client.get("/en/desk/audit/").content.decode()

        assert "23 November 2026" in page

    def test_is_closed_to_other_officers_and_sends_strangers_to_sign_in(self, client, auditor, officer, settings):
        settings.LOGIN_URL = "/sign-in/"
        client.force_login(officer)
        assert client.get("/desk/audit/").status_code == 403

        client.logout()
        assert client.get("/desk/audit/").status_code == 302

    def test_searches_by_person_and_day_and_records_that_somebody_searched(self, client, auditor, officer):
        services.record("personal_data.seen", auditor, by=officer, at=NOON)
        services.record("outbox.retried", auditor, by=auditor, at=NOON - timedelta(days=9))
        day = {"first_day_year": "115", "first_day_month": "11", "first_day_day": "23"}

        found = client.get("/desk/audit/", {"person": "王小", **day})

        assert [row[3]["text"] for row in found.context["rows"]] == [f"王小明 ({officer.pk})"]
        last = Entry.objects.order_by("-seq").first()
        assert (last.event, last.details) == ("audit.searched", {"new": {"fields": ["first_day", "person"]}})

    def test_says_what_is_wrong_with_a_day(self, client, auditor):
        page = client.get("/desk/audit/", {"first_day_year": "115", "first_day_month": "13", "first_day_day": "1"})

        assert "沒有這一天" in page.content.decode()

    def test_goes_on_to_earlier_entries(self, client, auditor):
        for minute in range(51):
            services.record("audit.searched", None, by=None, at=NOON + timedelta(minutes=minute))

        first = client.get("/desk/audit/")
        second = client.get("/desk/audit/", {"before": first.context["older"]})

        assert [row[5]["text"] for row in second.context["rows"]] == ["1"]

    @pytest.mark.parametrize("before", ["-1", "abc", "9" * 40, "１２"])
    def test_bears_a_broken_number(self, client, auditor, before):
        assert client.get("/desk/audit/", {"before": before}).status_code == 200

    def test_asks_the_same_number_of_questions_for_one_row_and_fifty(
        self, client, auditor, officer, django_assert_max_num_queries
    ):
        for minute in range(50):
            services.record("audit.searched", officer, by=officer, at=NOON + timedelta(minutes=minute))

        with django_assert_max_num_queries(8):
            client.get("/desk/audit/")


class TestInWords:
    def test_reads_lists_and_nothing(self):
        assert in_words({"old": {"x": None}, "new": {"x": ["a", "b"]}}) == "x：— → a、b"
        assert in_words({}) == ""
