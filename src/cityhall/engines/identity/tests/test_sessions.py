"""Sessions: seen, ended at once, idle after a quarter of an hour, over after twelve hours."""

from datetime import timedelta

import pytest
from django.test import Client as Browser

from cityhall.engines.audit import queries as audit
from cityhall.engines.identity import sessions
from cityhall.engines.identity.models import Session
from cityhall.engines.identity.tests.processes import run_together

pytestmark = pytest.mark.django_db
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36"


def is_in(browser):
    return browser.get("/account/profile/").status_code == 200


class TestASession:
    def test_knows_device_network_and_proofs(self, officer, sign_in):
        browser = sign_in(officer, Browser(headers={"user-agent": WINDOWS}, REMOTE_ADDR="203.0.113.9"))

        session = Session.objects.get(account=officer)
        assert is_in(browser)
        assert (session.device, session.place) == ("Chrome, Windows", "203.0.113.0/24")
        assert session.proofs.split() == ["PASSWORD", "TOTP"]
        assert session.opened_by == "以密碼、驗證器App登入"

    def test_of_staff_ends_after_fifteen_idle_minutes(self, officer, sign_in, clock):
        browser = sign_in(officer)
        clock.tick(minutes=15)
        assert is_in(browser)

        clock.tick(minutes=15, seconds=1)

        answer = browser.get("/account/profile/", follow=True)
        assert answer.redirect_chain[0][0].startswith("/account/sign-in/")
        assert "閒置" in answer.content.decode()
        assert not Session.objects.filter(account=officer).exists()

    def test_is_kept_alive_by_use_but_not_beyond_twelve_hours(self, officer, sign_in, clock):
        browser = sign_in(officer)
        for _ in range(71):
            clock.tick(minutes=10)
            assert is_in(browser)

        clock.tick(minutes=10)
        assert not is_in(browser)

    def test_is_not_kept_alive_by_a_page_that_asks_by_itself(self, officer, sign_in, clock):
        browser = sign_in(officer)
        for _ in range(3):
            clock.tick(minutes=5)
            browser.get("/account/profile/", headers={"X-Background": "1"})

        clock.tick(seconds=1)
        assert not is_in(browser)

    def test_of_citizens_lasts_longer(self, citizen, client, clock):
        client.force_login(citizen)
        clock.tick(minutes=119)
        assert is_in(client)
        clock.tick(minutes=121)
        assert not is_in(client)

    def test_limits_are_those_of_the_day_it_began(self, officer, administrator, sign_in, clock, at):
        from cityhall.engines.rules.services import set_parameter

        browser = sign_in(officer)
        set_parameter("identity.staff_idle_minutes", 5, valid_from=at.date(), source="內規", by=administrator, at=at)
        clock.tick(minutes=10)
        assert is_in(browser)

        other = sign_in(administrator)
        clock.tick(minutes=6)
        assert not is_in(other)


class TestEnd:
    def test_one_is_ended_and_the_others_stay(self, officer, sign_in, clock, at):
        first, second = sign_in(officer), sign_in(officer)
        number = Session.objects.get(session_key=first.session.session_key).number

        assert sessions.end(officer, number, by=officer, at=at)
        assert not sessions.end(officer, number, by=officer, at=at)

        assert not is_in(first)
        assert is_in(second)
        assert audit.of(officer).filter(event="account.session_ended").count() == 1

    def test_only_its_owner_ends_it(self, officer, citizen, sign_in, at):
        browser = sign_in(officer)
        number = Session.objects.get(account=officer).number

        assert not sessions.end(citizen, number, by=citizen, at=at)
        assert is_in(browser)

    def test_all_but_this_one(self, officer, sign_in, at):
        here, there, elsewhere = sign_in(officer), sign_in(officer), sign_in(officer)

        sessions.end_all(officer, but=here.session.session_key, by=officer, at=at)

        assert [is_in(here), is_in(there), is_in(elsewhere)] == [True, False, False]

    def test_live_leaves_out_what_is_over(self, officer, sign_in, clock):
        sign_in(officer)
        clock.tick(minutes=10)
        sign_in(officer)

        assert len(sessions.live(officer, at=clock.now)) == 2
        assert len(sessions.live(officer, at=clock.now + timedelta(minutes=8))) == 1

    def test_sweep_deletes_what_is_over(self, officer, client, at):
        client.force_login(officer)
        Session.objects.update(expire_date=at)

        assert sessions.sweep(at=at) == 1


@pytest.mark.django_db(transaction=True)
def test_ended_here_is_ended_in_another_worker(officer, client, at):
    client.force_login(officer)
    script = f"""
        from django.test import Client
        from django.conf import settings
        settings.ALLOWED_HOSTS.append("testserver")
        browser = Client()
        browser.cookies[settings.SESSION_COOKIE_NAME] = "{client.session.session_key}"
        print(browser.get("/account/profile/").status_code)
    """

    before = run_together([script])
    sessions.end_all(officer, by=officer, at=at)
    after = run_together([script])

    assert (before[0].strip(), after[0].strip()) == ("200", "302")
