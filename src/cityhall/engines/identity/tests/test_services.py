"""Acts on accounts: what comes of them, what they refuse, what the trail says."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from cityhall.engines.audit import queries as audit
from cityhall.engines.audit.models import Entry
from cityhall.engines.identity import passwords, queries, second_factor, services, sessions
from cityhall.engines.identity.models import Account, PastPassword
from cityhall.engines.identity.states import Assurance, Kind, Method, Reason
from cityhall.engines.identity.tests.conftest import PASSWORD, SECRET
from cityhall.foundation.clock import day_of

pytestmark = pytest.mark.django_db


def events(subject):
    return list(audit.of(subject).order_by("seq").values_list("event", flat=True))


class TestOpenCitizenAccount:
    def test_makes_one_account_a_mailbox_with_its_address_proved(self, at):
        first = services.open_citizen_account(email="Ming@example.org", at=at)
        second = services.open_citizen_account(email="ming@EXAMPLE.org", at=at)

        assert first == second
        assert (first.kind, first.assurance) == (Kind.CITIZEN, Assurance.EMAIL)
        assert events(first) == ["account.opened", "account.assurance_changed"]

    def test_gives_an_officers_account_back_unchanged(self, officer, at):
        assert services.open_citizen_account(email=officer.email, at=at) == officer
        officer.refresh_from_db()
        assert officer.kind == Kind.OFFICER


class TestSetAssurance:
    def test_is_dated_and_never_lowers(self, citizen, administrator, at):
        services.set_assurance(
            citizen, Assurance.STRONG, method=Method.COUNTER, by=administrator, at=at + timedelta(days=10)
        )
        services.set_assurance(citizen, Assurance.PHONE, method=Method.PHONE_CODE, by=None, at=at + timedelta(days=20))

        assert citizen.assurance == Assurance.STRONG
        levels = [queries.assurance_as_of(citizen, day_of(at) + timedelta(days=days)) for days in (-1, 0, 9, 10, 30)]
        assert levels == [Assurance.NONE, Assurance.EMAIL, Assurance.EMAIL, Assurance.STRONG, Assurance.STRONG]


class TestCreateOfficer:
    def test_gives_an_initial_password_that_must_be_changed(self, at, administrator):
        account = services.create_officer(
            email="Wu@example.org", name="吳𠮷", password="initial-password", at=at, by=administrator
        )

        assert account.must_change_password
        assert account.check_password("initial-password")
        assert account.password.startswith("argon2")
        assert (account.kind, account.assurance) == (Kind.OFFICER, Assurance.STRONG)
        assert "account.opened" in events(account)

    def test_can_come_with_a_known_authenticator_app(self, officer, at):
        assert second_factor.check_code(officer, second_factor.totp_code(SECRET, at=at), at=at) == "TOTP"

    def test_refuses_a_mailbox_that_has_an_account(self, citizen, at):
        with pytest.raises(services.CannotChangeAccount, match="已經有帳號"):
            services.create_officer(email="MING@example.org", name="明", password=None, at=at)

    def test_makes_guests_of_outside_bodies(self, at):
        guest = services.create_officer(
            email="station@example.org", name="監理站", password=None, at=at, kind=Kind.GUEST,
            expires_on=date(2017, 12, 31),
        )  # fmt: skip

        assert guest.is_staff_member
        assert not guest.has_usable_password()


class TestDisable:
    def test_ends_sessions_and_says_why(self, officer, administrator, at, client):
        client.force_login(officer)
        services.disable(officer, by=administrator, at=at)

        officer.refresh_from_db()
        assert not officer.is_active
        assert sessions.live(officer, at=at) == []
        standing = queries.standing(officer)
        assert (standing.reason, standing.by) == (Reason.DISABLED, administrator)
        assert events(officer)[-1] == "account.disabled"

    def test_refuses_the_last_administrator(self, administrator, at):
        for act in (
            lambda: services.disable(administrator, by=administrator, at=at),
            lambda: services.remove_administrator(administrator, by=administrator, at=at),
            lambda: services.set_expiry(administrator, date(2018, 1, 1), by=administrator, at=at),
        ):
            with pytest.raises(services.CannotChangeAccount, match="最後一位"):
                act()

    def test_counts_only_administrators_who_can_still_come_in(self, administrator, officer, at):
        services.make_administrator(officer, by=administrator, at=at)
        Account.objects.filter(pk=officer.pk).update(expires_on=date(2017, 3, 19))

        with pytest.raises(services.CannotChangeAccount, match="最後一位"):
            services.disable(administrator, by=administrator, at=at)

    def test_lets_an_administrator_go_when_another_stays(self, administrator, officer, at):
        services.make_administrator(officer, by=administrator, at=at)

        services.remove_administrator(administrator, by=officer, at=at)

        administrator.refresh_from_db()
        assert not administrator.is_superuser

    def test_asks_the_other_engines(self, officer, administrator, at, monkeypatch):
        monkeypatch.setattr(services, "_guards", [])
        services.before_disabling(lambda account, at: "還有 3 件未結案")

        with pytest.raises(services.CannotChangeAccount, match="還有 3 件"):
            services.disable(officer, by=administrator, at=at)
        officer.refresh_from_db()
        assert officer.is_active

    def test_only_officers_administer(self, citizen, administrator, at):
        with pytest.raises(services.CannotChangeAccount, match="同仁"):
            services.make_administrator(citizen, by=administrator, at=at)


class TestEnable:
    def test_takes_off_a_term_that_has_passed(self, officer, administrator, at, post):
        services.set_expiry(officer, date(2017, 3, 31), by=administrator, at=at)
        later = at + timedelta(days=30)
        assert services.disable_expired(at=later) == 1
        officer.refresh_from_db()
        assert queries.standing(officer).reason == Reason.EXPIRED

        services.enable(officer, by=administrator, at=later)

        assert (officer.is_active, officer.expires_on) == (True, None)
        reasons = [queries.standing_as_of(officer, day).reason for day in (date(2017, 3, 20), day_of(later))]
        assert reasons == [Reason.OPENED, Reason.ENABLED]
        assert queries.standing_as_of(officer, date(2017, 3, 19)) is None


class TestDisableExpired:
    def test_leaves_the_last_day_itself(self, officer, administrator, at, post):
        services.set_expiry(officer, date(2017, 3, 31), by=administrator, at=at)

        assert services.disable_expired(at=at + timedelta(days=11)) == 0
        assert services.disable_expired(at=at + timedelta(days=12)) == 1
        assert post.to(officer.email) == ["identity.disabled_expired"]


class TestDisableIdle:
    def test_stops_staff_after_ninety_days(self, officer, administrator, citizen, at, post):
        assert services.disable_idle(at=at + timedelta(days=90)) == 0
        assert services.disable_idle(at=at + timedelta(days=90, seconds=1)) == 1

        officer.refresh_from_db()
        citizen.refresh_from_db()
        assert not officer.is_active
        assert citizen.is_active
        assert queries.standing(officer).reason == Reason.IDLE
        assert post.to(officer.email) == ["identity.disabled_idle"]

    def test_keeps_the_last_administrator(self, administrator, at):
        assert services.disable_idle(at=at + timedelta(days=200)) == 0

    def test_counts_from_the_last_sign_in_or_from_being_enabled(self, officer, administrator, at, post):
        Account.objects.filter(pk=administrator.pk).update(last_login=at + timedelta(days=170))
        Account.objects.filter(pk=officer.pk).update(last_login=at + timedelta(days=50))

        assert services.disable_idle(at=at + timedelta(days=139)) == 0
        assert services.disable_idle(at=at + timedelta(days=141)) == 1
        services.enable(officer, by=administrator, at=at + timedelta(days=150))
        assert services.disable_idle(at=at + timedelta(days=151)) == 0
        assert services.disable_idle(at=at + timedelta(days=241)) == 1


class TestPasswords:
    @pytest.mark.parametrize(
        ("password", "sentence"),
        [
            ("短短的密碼", "至少要12"),
            ("password1234", "太多人用"),
            ("lin@example.org", "太像"),
            ("林怡君林怡君林怡君林怡君", "太像"),
        ],
    )
    def test_rules_refuse(self, officer, password, sentence):
        if "怡君" in password:
            officer.name = password
        with pytest.raises(ValidationError, match=sentence):
            passwords.check_rules(password, officer)

    def test_last_three_are_refused_and_the_fourth_is_not(self, officer, at, post):
        for n in range(1, 4):
            services.change_password(officer, f"an entirely new one {n}", at=at + timedelta(days=n))

        for used in ("an entirely new one 1", "an entirely new one 2", "an entirely new one 3"):
            with pytest.raises(ValidationError, match="用過了"):
                passwords.check_rules(used, officer)
        passwords.check_rules(PASSWORD, officer)
        assert PastPassword.objects.filter(account=officer).count() == 3

    def test_same_keys_on_another_system_are_the_same_password(self, officer, at):
        passwords.set_password(officer, "ｆｕｌｌ ｗｉｄｔｈ ｐｈｒａｓｅ", at=at, must_change=False)

        assert passwords.verify(officer, "full width phrase")

    def test_verifying_takes_the_same_work_for_nobody(self, officer, monkeypatch):
        worked = []
        real = passwords.hashers.check_password
        monkeypatch.setattr(
            passwords.hashers, "check_password", lambda *args, **kw: worked.append("nobody") or real(*args, **kw)
        )
        monkeypatch.setattr(Account, "check_password", lambda self, raw: worked.append("somebody") or False)

        assert not passwords.verify(None, "guess")
        assert not passwords.verify(Account(email="x@example.org"), "guess")
        assert not passwords.verify(officer, "guess")
        assert worked == ["nobody", "nobody", "somebody"]

    def test_nobodys_hash_costs_what_everybodys_costs(self, officer):
        assert passwords._nobodys().split("$")[:4] == officer.password.split("$")[:4]

    def test_reset_gives_an_initial_password_and_ends_sessions(self, officer, administrator, at, post, client):
        client.force_login(officer)

        initial = services.reset_password(officer, by=administrator, at=at)

        officer.refresh_from_db()
        assert officer.must_change_password
        assert passwords.verify(officer, initial)
        assert sessions.live(officer, at=at) == []
        assert post.to(officer.email) == ["identity.password_reset"]
        assert initial not in str(Entry.objects.values_list("payload", flat=True))


class TestChangeEmail:
    def test_moves_the_account_and_tells_the_old_mailbox(self, citizen, at, post):
        services.change_email(citizen, "New@example.org", by=citizen, at=at)

        citizen.refresh_from_db()
        assert citizen.email == "new@example.org"
        assert post.to("ming@example.org") == ["identity.email_changed"]

    def test_refuses_a_mailbox_that_has_an_account(self, citizen, officer, at, post):
        with pytest.raises(services.CannotChangeAccount):
            services.change_email(citizen, "LIN@example.org", by=citizen, at=at)
        assert citizen.email == "ming@example.org"
        assert post.letters == []


def test_require_second_factor(officer, at):
    plain = services.create_officer(email="plain@example.org", name="甲", password=None, at=at)

    services.require_second_factor(officer)
    with pytest.raises(services.CannotUseDesk):
        services.require_second_factor(plain)


def test_no_entry_of_the_trail_holds_a_name_or_an_address(officer, citizen, administrator, at, post):
    services.change_profile(citizen, name="王小明", language="en", by=citizen, at=at)
    services.change_phone(citizen, "+886912345678", at=at)
    services.change_email(citizen, "canary@example.org", by=citizen, at=at)
    services.disable(officer, by=administrator, at=at)

    trail = " ".join(str(row) for row in Entry.objects.values_list("payload", "subject_id", "actor"))

    for canary in ("王小明", "林怡君", "example.org", "912345678"):
        assert canary not in trail


def test_every_recorded_event_is_declared(officer, citizen, administrator, at):
    from cityhall.engines.audit.catalogue import sentences

    assert set(Entry.objects.values_list("event", flat=True)) <= set(sentences)
