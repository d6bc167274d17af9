"""Signing in by the pages: citizens by a code, staff by two factors; what is refused, and what stays the same."""

import re

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client as Browser

from cityhall.engines.audit.models import Entry
from cityhall.engines.identity import passwords, second_factor, services
from cityhall.engines.identity.models import Account, Session
from cityhall.engines.identity.states import Kind
from cityhall.engines.identity.tests.conftest import PASSWORD, SECRET

pytestmark = pytest.mark.django_db


def text(answer):
    """What a reader sees."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def is_somebody(browser):
    return SESSION_KEY in browser.session


def ask_code(browser, email="ming@example.org", **more):
    return browser.post("/account/sign-in/", {"email": email, **more})


def try_password(browser, email="lin@example.org", password="a wrong one", **more):
    return browser.post("/desk/sign-in/", {"email": email, "password": password, **more})


class TestACitizen:
    def test_signs_in_by_the_code_from_the_letter(self, client, clock, post):
        answer = ask_code(client, "Ｍing@Example.org", next="/account/profile/")
        assert answer.url == "/account/sign-in/code/"
        assert post.to("ming@example.org") == ["identity.sign_in_code"]

        answer = client.post("/account/sign-in/code/", {"code": post.code()})

        assert answer.url == "/account/profile/"
        account = Account.objects.get(email="ming@example.org")
        assert (account.kind, account.assurance) == (Kind.CITIZEN, "EMAIL")
        assert account.last_login == clock.now
        assert not account.has_usable_password()
        assert Session.objects.get(account=account).proofs == "EMAIL_CODE"

    def test_gets_letters_in_the_language_of_the_page(self, client, clock, post):
        client.post("/en/account/sign-in/", {"email": "ming@example.org"})

        assert post.letters[0]["to"].language == "en"

    def test_may_have_the_code_sent_again(self, client, clock, post):
        ask_code(client)
        first = post.code()
        answer = client.post("/account/sign-in/code/", {"act": "resend"})

        assert "已經再寄一次" in text(answer)
        assert len(post.letters) == 2
        if first != post.code():
            assert not is_somebody(_type(client, first))
        assert is_somebody(_type(client, post.code()))

    def test_is_told_when_enough_were_sent(self, client, clock, post):
        ask_code(client)
        for _ in range(3):
            client.post("/account/sign-in/code/", {"act": "resend"})

        answer = client.post("/account/sign-in/code/", {"act": "resend"})

        assert "60分鐘後可以再寄" in text(answer)
        assert len(post.letters) == 4

    def test_is_refused_after_a_quarter_of_an_hour(self, client, clock, post):
        ask_code(client)
        clock.tick(minutes=15)

        answer = client.post("/account/sign-in/code/", {"code": post.code()})

        assert "不能用了" in text(answer)
        assert not is_somebody(client)

    def test_is_locked_after_five_wrong_codes_in_any_browser(self, clock, post):
        for _ in range(5):
            browser = Browser()
            browser.get("/account/sign-in/")
            session = browser.session
            session["identity.waiting"] = {"email": "ming@example.org", "next": ""}
            session.save()
            browser.cookies["sessionid"] = session.session_key
            assert "不能用了" in text(browser.post("/account/sign-in/code/", {"code": "123456"}))

        answer = browser.post("/account/sign-in/code/", {"code": "123456"})

        assert "15分鐘後再試" in text(answer)

    def test_is_asked_for_an_address_that_can_be_one(self, client, clock, post):
        for typed in ("", "ming", "ming@", "a b@example.org", "ming@example.org\x00"):
            answer = ask_code(client, typed)
            assert answer.status_code == 200
            assert "govuk-error-message" in answer.content.decode()
        assert post.letters == []

    def test_whose_account_was_stopped_is_refused_after_the_proof(
        self, client, clock, post, citizen, administrator, at
    ):
        services.disable(citizen, by=administrator, at=at)
        ask_code(client)

        answer = client.post("/account/sign-in/code/", {"code": post.code()})

        assert "目前不能使用" in text(answer)
        assert not is_somebody(client)

    def test_goes_nowhere_else_afterwards(self, client, clock, post):
        for evil in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
            ask_code(client, f"{len(evil)}@example.org", next=evil)
            assert client.post("/account/sign-in/code/", {"code": post.code()}).url == "/account/"
            client.logout()

    def test_without_a_code_asked_for_is_sent_to_ask(self, client):
        assert client.get("/account/sign-in/code/").url == "/account/sign-in/"


def _type(browser, code):
    browser.post("/account/sign-in/code/", {"code": code})
    return browser


class TestWhoExists:
    """Nothing tells whether an address has an account."""

    def test_asking_for_a_code_answers_the_same(self, clock, post, citizen, officer):
        answers = []
        for email in ("nobody@example.org", citizen.email, officer.email):
            browser = Browser()
            answer = ask_code(browser, email)
            page = browser.get(answer.url).content.decode().replace(email, "X")
            answers.append((answer.status_code, answer.url, re.sub(r'value="[\w-]{20,}"', "", page)))

        assert answers[0] == answers[1] == answers[2]
        assert post.to(officer.email) == ["identity.staff_entrance"]
        assert post.to("nobody@example.org") == ["identity.sign_in_code"]

    def test_a_wrong_password_answers_the_same(self, clock, officer, citizen, administrator, at):
        services.disable(services.create_officer(email="off@example.org", name="停", password=PASSWORD, at=at),
                         by=administrator, at=at)  # fmt: skip
        answers = {
            email: text(try_password(Browser(), email)).replace(email, "X")
            for email in (officer.email, citizen.email, "nobody@example.org", "off@example.org")
        }

        assert len(set(answers.values())) == 1, answers

    def test_each_wrong_password_costs_one_hash(self, clock, officer, monkeypatch):
        costs = {}
        hasher = passwords.hashers.get_hasher("argon2")
        real = type(hasher).verify
        passwords._nobodys()  # made once a process
        for email in (officer.email, "nobody@example.org"):
            count = []
            monkeypatch.setattr(
                type(hasher), "verify", lambda self, *args, count=count: count.append(1) or real(self, *args)
            )
            try_password(Browser(), email)
            costs[email] = len(count)

        assert set(costs.values()) == {1}

    def test_the_lock_answers_the_same(self, clock, officer):
        answers = []
        for email in (officer.email, "nobody@example.org"):
            for _ in range(5):
                try_password(Browser(), email)
            answers.append(text(try_password(Browser(), email)).replace(email, "X"))

        assert answers[0] == answers[1]
        assert "15分鐘後再試" in answers[0]

    def test_a_forgotten_password_answers_the_same(self, clock, post, officer, citizen):
        answers = []
        for email in (officer.email, citizen.email, "nobody@example.org"):
            browser = Browser()
            answer = browser.post("/desk/sign-in/forgotten/", {"email": email})
            page = text(browser.get(answer.url)).replace(email, "X")
            wrong = text(browser.post(answer.url, {"code": "12"})).replace(email, "X")
            answers.append((page, wrong))

        assert answers[0] == answers[1] == answers[2]
        assert [one["template"] for one in post.letters] == [
            "identity.forgotten_code", "identity.forgotten_nobody", "identity.forgotten_nobody",
        ]  # fmt: skip


class TestTheLock:
    def test_closes_for_fifteen_minutes_even_to_the_right_password(self, client, clock, officer):
        for _ in range(5):
            assert "電子郵件或密碼不對" in text(try_password(client))

        clock.tick(minutes=14, seconds=59)
        assert "1分鐘後再試" in text(try_password(client, password=PASSWORD))
        clock.tick(seconds=2)
        assert try_password(client, password=PASSWORD).url == "/desk/sign-in/second-factor/"

    def test_is_written_into_the_trail(self, client, clock, officer):
        for _ in range(6):
            try_password(client)

        events = list(Entry.objects.filter(event__contains="account.").values_list("event", flat=True))
        assert events.count("account.sign_in_failed") == 5
        assert events.count("account.locked") == 1

    def test_right_password_forgets_the_failures(self, clock, officer):
        for _ in range(3):
            for _ in range(4):
                try_password(Browser())
            try_password(Browser(), password=PASSWORD)

        assert "電子郵件或密碼不對" in text(try_password(Browser()))

    def test_second_factor_has_a_lock_of_its_own_that_the_password_does_not_open(self, clock, officer):
        for _ in range(5):
            browser = Browser()
            try_password(browser, password=PASSWORD)
            assert "不對" in text(browser.post("/desk/sign-in/second-factor/", {"code": "000001"}))

        try_password(browser, password=PASSWORD)
        code = second_factor.totp_code(SECRET, at=clock.now)
        assert "分鐘後再試" in text(browser.post("/desk/sign-in/second-factor/", {"code": code}))
        clock.tick(minutes=15, seconds=1)
        try_password(browser, password=PASSWORD)
        code = second_factor.totp_code(SECRET, at=clock.now)
        assert browser.post("/desk/sign-in/second-factor/", {"code": code}).url == "/desk/"


class TestAnOfficer:
    def test_is_nobody_until_the_second_factor(self, client, clock, officer):
        assert try_password(client, password=PASSWORD, next="/desk/account/").url == "/desk/sign-in/second-factor/"
        assert not is_somebody(client)
        assert client.get("/desk/account/").status_code == 302

        code = second_factor.totp_code(SECRET, at=clock.now)
        assert client.post("/desk/sign-in/second-factor/", {"code": code}).url == "/desk/account/"
        assert is_somebody(client)
        assert client.get("/desk/account/").status_code == 200

    def test_may_use_a_recovery_code(self, client, clock, officer, at):
        codes = second_factor.new_recovery_codes(officer, by=officer, at=at)
        try_password(client, password=PASSWORD)

        assert client.post("/desk/sign-in/second-factor/", {"code": codes[0]}).url == "/desk/"

    def test_sets_a_password_and_a_second_factor_up_at_first(self, client, clock, post, at):
        new = services.create_officer(email="wu@example.org", name="吳", password="initial-password", at=at)

        assert try_password(client, "wu@example.org", "initial-password").url == "/desk/sign-in/password/"
        # No step can be jumped over.
        for later in ("/desk/sign-in/set-up/", "/desk/sign-in/codes/", "/desk/sign-in/second-factor/"):
            assert client.get(later).url == "/desk/sign-in/password/"
        answer = client.post("/desk/sign-in/password/", {"password": "initial-password", "again": "initial-password"})
        assert "用過了" in text(answer)
        answer = client.post("/desk/sign-in/password/", {"password": "a new long one 1", "again": "another"})
        assert "不一樣" in text(answer)
        answer = client.post("/desk/sign-in/password/", {"password": "a new long one 1", "again": "a new long one 1"})
        assert answer.url == "/desk/sign-in/set-up/"
        assert not is_somebody(client)

        page = client.get("/desk/sign-in/set-up/")
        secret = page.context["secret"]
        assert client.get("/desk/sign-in/set-up/").context["secret"] == secret
        assert "數字不對" in text(client.post("/desk/sign-in/set-up/", {"code": "000000"}))
        code = second_factor.totp_code(secret, at=clock.now)
        assert client.post("/desk/sign-in/set-up/", {"code": code}).url == "/desk/sign-in/codes/"
        assert not is_somebody(client)

        codes = client.get("/desk/sign-in/codes/").context["codes"]
        assert len(codes) == 10
        assert client.post("/desk/sign-in/codes/").url == "/desk/"
        assert is_somebody(client)
        new.refresh_from_db()
        assert not new.must_change_password
        assert second_factor.has_totp(new)
        assert "identity.codes" not in client.session

    def test_reaches_no_page_without_a_second_factor(self, client, clock, at):
        services.create_officer(email="wu@example.org", name="吳", password=PASSWORD, at=at, must_change_password=False)
        try_password(client, "wu@example.org", PASSWORD)

        for page in ("/desk/account/", "/account/", "/desk/accounts/", "/desk/clients/", "/account/passkeys/new/"):
            assert client.get(page).status_code == 302, page
        assert "sign-in" in client.get("/admin/", follow=True).redirect_chain[-1][0]

    def test_has_a_quarter_of_an_hour_for_all_steps(self, client, clock, officer):
        try_password(client, password=PASSWORD)
        clock.tick(minutes=15)

        assert client.get("/desk/sign-in/second-factor/").url == "/desk/sign-in/"

    def test_gets_a_new_session_key_with_the_first_proof_and_with_the_last(self, client, clock, officer):
        client.get("/desk/sign-in/")
        session = client.session
        session["x"] = 1
        session.save()
        client.cookies["sessionid"] = session.session_key
        keys = [session.session_key]
        try_password(client, password=PASSWORD)
        keys.append(client.session.session_key)
        client.post("/desk/sign-in/second-factor/", {"code": second_factor.totp_code(SECRET, at=clock.now)})
        keys.append(client.session.session_key)

        assert len(set(keys)) == 3
        assert Session.objects.filter(session_key__in=keys[:2]).count() == 0

    def test_cannot_come_in_by_the_citizens_door(self, client, clock, post, officer):
        ask_code(client, officer.email)

        answer = client.post("/account/sign-in/code/", {"code": post.code()})

        assert not is_somebody(client)
        assert "不能用了" in text(answer)

    def test_is_sent_to_the_right_door(self, client):
        assert client.get("/account/sign-in/?next=/desk/accounts/").url == "/desk/sign-in/?next=/desk/accounts/"
        assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/desk/sign-in/?next=/admin/"
        assert client.get("/en/account/sign-in/?next=/en/desk/").url == "/en/desk/sign-in/?next=/en/desk/"

    def test_whose_term_has_passed_is_refused_before_the_nightly_job(self, client, clock, officer, administrator, at):
        services.set_expiry(officer, at.date(), by=administrator, at=at)
        clock.tick(days=1)

        assert "目前不能使用" in text(try_password(client, password=PASSWORD))

    def test_who_is_stopped_is_out_at_once(self, officer, administrator, sign_in, clock):
        browser = sign_in(officer)
        services.disable(officer, by=administrator, at=clock.now)

        assert browser.get("/desk/account/").status_code == 302

    def test_who_forgot_the_password_needs_mailbox_and_second_factor(self, client, clock, post, officer):
        client.post("/desk/sign-in/forgotten/", {"email": officer.email})
        answer = client.post("/desk/sign-in/forgotten/code/", {"code": post.code()})
        assert answer.url == "/desk/sign-in/second-factor/"
        code = second_factor.totp_code(SECRET, at=clock.now)
        assert client.post("/desk/sign-in/second-factor/", {"code": code}).url == "/desk/sign-in/password/"
        assert not is_somebody(client)

        new = {"password": "a new long one 1", "again": "a new long one 1"}
        assert client.post("/desk/sign-in/password/", new).url == "/desk/"

        officer.refresh_from_db()
        assert passwords.verify(officer, "a new long one 1")

    def test_old_sessions_end_with_a_forgotten_password(self, clock, post, officer, sign_in):
        old = sign_in(officer)
        clock.tick(seconds=60)
        browser = Browser()
        browser.post("/desk/sign-in/forgotten/", {"email": officer.email})
        browser.post("/desk/sign-in/forgotten/code/", {"code": post.code()})
        browser.post("/desk/sign-in/second-factor/", {"code": second_factor.totp_code(SECRET, at=clock.now)})
        browser.post("/desk/sign-in/password/", {"password": "a new long one 1", "again": "a new long one 1"})

        assert old.get("/desk/account/").status_code == 302
        assert browser.get("/desk/account/").status_code == 200


class TestSignOut:
    def test_needs_a_button(self, client, citizen):
        client.force_login(citizen)

        assert client.get("/account/sign-out/").status_code == 200
        assert is_somebody(client)
        assert client.post("/account/sign-out/").url == "/account/signed-out/"
        assert not is_somebody(client)
        assert not Session.objects.filter(account=citizen).exists()

    def test_form_from_elsewhere_is_refused(self, citizen):
        browser = Browser(enforce_csrf_checks=True)
        browser.force_login(citizen)

        assert browser.post("/account/sign-out/").status_code == 403
        assert is_somebody(browser)


def test_sign_in_pages_are_never_kept(client):
    for page in ("/account/sign-in/", "/desk/sign-in/", "/desk/sign-in/forgotten/"):
        assert "no-store" in client.get(page)["Cache-Control"]


def test_only_one_place_opens_a_session():
    from pathlib import Path

    from django.conf import settings

    source = Path(settings.BASE_DIR) / "src" / "cityhall"
    pattern = re.compile(r"from django\.contrib\.auth import [^\n]*\blogin\b|auth\.login\(|allauth.*perform_login")
    users = [
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if "tests" not in path.parts and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert users == ["engines/identity/signing_in.py"]


def test_no_log_line_holds_an_address_or_a_code(client, clock, post, officer, caplog):
    with caplog.at_level("DEBUG"):
        ask_code(client, "canary@example.org")
        client.post("/account/sign-in/code/", {"code": "987654"})
        try_password(client, "canary@example.org", "canary-password")
        client.post("/account/sign-in/code/", {"code": post.code()})

    lines = caplog.text
    for canary in ("canary", "987654", post.code()):
        assert canary not in lines
