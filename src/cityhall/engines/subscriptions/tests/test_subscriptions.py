"""Asked for, confirmed, told once, ended by one click or a bounce; and the pages of it."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.signals import undeliverable
from cityhall.engines.letters.states import State
from cityhall.engines.outbox.services import drain
from cityhall.engines.subscriptions import registry, services
from cityhall.engines.subscriptions.models import Subscription
from cityhall.engines.subscriptions.registry import News, Topic
from cityhall.engines.subscriptions.rules import LONGEST, days_to_tell
from cityhall.foundation.clock import at as instant

MONDAY = date(2026, 11, 16)
NINE = instant(MONDAY, 9)


class TestDays:
    @pytest.mark.parametrize(
        ("weekly", "told_until", "today", "days"),
        [
            (False, date(2026, 11, 15), MONDAY, None),
            (False, date(2026, 11, 14), MONDAY, (date(2026, 11, 15), date(2026, 11, 15))),
            (True, date(2026, 11, 8), MONDAY, (date(2026, 11, 9), date(2026, 11, 15))),
            (True, date(2026, 11, 12), date(2026, 11, 18), None),
            (True, date(2026, 11, 8), date(2026, 11, 17), (date(2026, 11, 9), date(2026, 11, 16))),
        ],
    )
    def test_of_a_digest(self, weekly, told_until, today, days):
        assert days_to_tell(weekly, told_until, today) == days

    @given(st.booleans(), st.lists(st.integers(1, 60), max_size=20))
    def test_are_each_told_once_however_the_mornings_fall(self, weekly, steps):
        told_until, today, seen = MONDAY, MONDAY, []
        for step in steps:
            today += timedelta(days=step)
            days = days_to_tell(weekly, told_until, today)
            if days is not None:
                assert told_until < days[0] <= days[1] < today
                assert (days[1] - days[0]).days < LONGEST
                seen.append(days)
                told_until = days[1]

        assert all(one[1] < other[0] for one, other in zip(seen, seen[1:], strict=False))


@pytest.fixture
def parks(db, monkeypatch):
    """A topic of which there is news each day, but of `quiet`."""
    there = {"names": {"p1": "一號公園", "quiet": "靜"}, "confirmed": []}

    def news(subject, first, last):
        return [News(last, f"{subject}有新消息", f"/parks/{subject}/")] * (0 if subject == "quiet" else 60)

    declared = Topic(
        "test.parks", "公園", name=there["names"].get, page=lambda subject: f"/parks/{subject}/", news=news,
        confirmed=lambda subject, at: there["confirmed"].append(subject),
    )  # fmt: skip
    monkeypatch.setitem(registry.topics, "test.parks", declared)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return there


def asked(email="Ming@mail.example", subject="p1", **more):
    return services.ask("test.parks", subject, email=email, account=None, language="zh-hant", at=NINE, **more)


def code_of(found):
    return Letter.objects.filter(template="subscriptions.code", about_id=str(found.pk)).latest("pk").subject[:6]


def subscribed(*args, **more):
    found = asked(*args, **more)
    return services.confirm(found, code=code_of(found), at=NINE)


def morning(days):
    at = NINE + timedelta(days=days)
    services.begin(at)
    drain(at)


def letters(template):
    return list(Letter.objects.filter(template=f"subscriptions.{template}").order_by("pk"))


class TestAsking:
    def test_counts_only_once_the_mailbox_has_shown_itself(self, parks):
        found = asked()
        assert not Subscription.objects.standing().exists()
        with pytest.raises(services.CannotSubscribe):
            services.confirm(found, code="000000" if code_of(found) != "000000" else "111111", at=NINE)

        services.confirm(found, code=code_of(found), at=NINE)

        assert Subscription.objects.standing().get().email == "ming@mail.example"
        assert parks["confirmed"] == ["p1"]
        assert Entry.objects.filter(event="subscription.confirmed").count() == 1

    def test_needs_no_code_of_who_is_signed_in_with_the_address(self, parks):
        account = make_person(make_agency("a1"), None, "OFFICER").account
        found = services.ask("test.parks", "p1", email=account.email, account=account, language="en", at=NINE)

        assert found.confirmed_at == NINE
        assert letters("code") == []

    def test_of_the_same_subject_again_is_one_by_the_newest_wish(self, parks):
        subscribed(rhythm="WEEKLY")
        subscribed(rhythm="DAILY")

        assert Subscription.objects.standing().get().rhythm == "DAILY"

    def test_has_an_end_for_one_mailbox(self, parks, monkeypatch):
        monkeypatch.setattr(services, "MOST_OF_ONE", 1)
        subscribed()
        with pytest.raises(services.CannotSubscribe, match="最多訂閱"):
            subscribed(subject="quiet")

    def test_refuses_what_is_not_there(self, parks):
        with pytest.raises(services.CannotSubscribe, match="不在了"):
            asked(subject="gone")

    def test_is_kept_once_by_the_database_too(self, parks):
        found = subscribed()
        with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
            Subscription.objects.create(
                topic=found.topic, subject=found.subject, email=found.email, asked_at=NINE, confirmed_at=NINE
            )


class TestTelling:
    def test_is_once_a_day_and_never_of_nothing(self, parks):
        subscribed(rhythm="DAILY")
        subscribed("other@mail.example", subject="quiet", rhythm="DAILY")
        for days in (1, 1, 2):
            morning(days)

        sent = letters("digest")
        assert [letter.address for letter in sent] == ["ming@mail.example"] * 2
        assert "60 則新消息" in sent[0].subject
        assert "還有 10 則" in sent[0].text
        assert sent[0].unsubscribe_url in sent[0].text

    def test_waits_for_monday_where_it_is_weekly(self, parks):
        subscribed()
        for days in range(1, 8):
            morning(days)

        assert len(letters("digest")) == 1

    def test_ends_with_what_it_was_about(self, parks):
        found = subscribed(rhythm="DAILY")
        del parks["names"]["p1"]
        morning(1)

        found.refresh_from_db()
        assert (found.ended_why, found.email, letters("digest")) == ("GONE", "", [])

    def test_goes_to_everybody_in_their_language_in_the_act_itself(self, parks):
        subscribed()
        services.tell_now("test.parks", "p1", line="改名了", line_en="Renamed", step="1", at=NINE)
        services.tell_now("test.parks", "p1", line="改名了", line_en="Renamed", step="1", at=NINE)

        assert ["改名了" in letter.text for letter in letters("news")] == [True]

    def test_follows_a_subject_that_was_joined_to_another(self, parks):
        subscribed()
        subscribed(subject="quiet")
        subscribed("other@mail.example", subject="quiet")

        assert services.carry_over("test.parks", "quiet", to="p1", at=NINE) == 1
        assert sorted(Subscription.objects.standing().values_list("subject", "email")) == [
            ("p1", "ming@mail.example"), ("p1", "other@mail.example"),
        ]  # fmt: skip


class TestLeaving:
    def test_is_one_post_without_a_session_and_forgets_the_address(self, parks):
        found = subscribed()
        here = f"/subscriptions/{found.reference}/{services.key_of(found)}/stop/"
        browser = Client(enforce_csrf_checks=True)

        assert "請按下面" in browser.get(here).content.decode()
        assert Subscription.objects.standing().exists()
        for _again in range(2):
            assert "已取消" in browser.post(here, {"List-Unsubscribe": "One-Click"}).content.decode()

        found.refresh_from_db()
        assert (found.email, found.ended_why) == ("", "LEFT")

    def test_follows_a_mailbox_that_refuses(self, parks):
        found = subscribed()
        letter = letters("subscribed")[0]
        letter.state = State.REFUSED
        undeliverable.send(Letter, letter=letter, at=NINE)

        found.refresh_from_db()
        assert found.ended_why == "BOUNCED"

    def test_forgets_what_nobody_confirmed_and_old_letters(self, parks):
        asked("never@mail.example")
        subscribed()
        assert services.forget(NINE + timedelta(days=8)) == 1
        services.forget(NINE + timedelta(days=70))

        assert not Letter.objects.filter(address__contains="mail.example").exists()


class TestThePages:
    def test_lead_from_the_code_to_the_subscription(self, parks):
        found = asked()
        browser, here = Client(), f"/subscriptions/{found.reference}/"
        page = browser.get(here).content.decode()
        assert "M•••@mail.example" in page or "m•••@mail.example" in page
        assert "ming@" not in page
        assert browser.post(here, {"code": "12"}).status_code == 422
        answer = browser.post(here, {"code": code_of(found)}, follow=True)

        assert "已訂閱" in answer.content.decode()
        changed = browser.post(answer.redirect_chain[-1][0], {"rhythm": "DAILY"}, follow=True).content.decode()
        assert "已改好" in changed

    @pytest.mark.parametrize("path", ["{0}/", "{0}/wrong/", "{0}/wrong/stop/"])
    def test_know_nothing_of_a_wrong_link(self, db, path):
        address = path.format("00000000-0000-0000-0000-000000000007")

        assert Client().get(f"/subscriptions/{address}").status_code == 404
