"""The page of failed work, and what /healthz says."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from cityhall.engines.outbox import pages, services
from cityhall.engines.outbox.models import Promise
from cityhall.engines.outbox.states import State
from cityhall.web import access

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def admin(db, client, monkeypatch):
    account = get_user_model().objects.create_user("admin@city.example", name="管理員", kind="OFFICER")
    acts = {"outbox.read", "outbox.retry"}
    monkeypatch.setattr(access, "_policy", lambda user, act, request: user == account and act in acts)
    client.force_login(account)
    return account


def broken(payload, promise):
    raise OSError("550 wang@city.example is full")


@pytest.fixture
def dead(db, keep):
    keep("test.broken", broken, retry=())
    services.promise("test.broken", {}, key="a", at=NOON)
    services.promise("test.broken", {}, key="b", at=NOON)
    services.drain(NOON)
    return list(Promise.objects.order_by("key"))


class TestFailuresPage:
    def test_lists_what_was_given_up_without_addresses(self, client, admin, dead):
        page = client.get("/desk/outbox/").content.decode()

        assert "test.broken" in page
        assert "OSError: 550" in page
        assert "wang@city.example" not in page

    def test_lists_what_will_be_tried_again(self, client, admin, keep):
        keep("test.shaky", broken, retry=(300,))
        services.promise("test.shaky", {}, key="a", at=NOON)
        services.drain(NOON)

        page = client.get("/en/desk/outbox/")

        assert [one.kind for one in page.context["failing"]] == ["test.shaky"]

    def test_tries_one_again_by_one_click_and_bears_a_second(self, client, admin, dead):
        for _click in range(2):
            answer = client.post(f"/desk/outbox/{dead[0].pk}/retry/", follow=True)
            assert answer.status_code == 200

        assert list(Promise.objects.order_by("key").values_list("state", flat=True)) == [State.PENDING, State.DEAD]

    def test_tries_all_of_a_kind_again(self, client, admin, dead):
        client.post("/desk/outbox/retry/", {"kind": "test.broken"})

        assert Promise.objects.filter(state=State.PENDING).count() == 2

    def test_is_closed_to_others(self, client, admin, dead):
        client.force_login(get_user_model().objects.create_user("other@city.example", kind="OFFICER"))

        assert client.get("/desk/outbox/").status_code == 403
        assert client.post(f"/desk/outbox/{dead[0].pk}/retry/").status_code == 403


@pytest.mark.django_db
class TestHealth:
    def test_is_well_when_nothing_waits(self):
        assert pages.well().level == "ok"

    def test_says_that_work_was_given_up(self, dead):
        assert pages.well().level == "warn"
        assert "2 promises" in pages.well().note

    def test_says_that_no_worker_runs(self, keep):
        keep("test.broken", broken)
        services.promise("test.broken", {}, key="a", at=timezone.now() - timedelta(minutes=20))

        assert "worker" in pages.well().note
        assert pages.waited_seconds() > 1100
