"""Second factors: codes that open once, seeds that the database cannot tell, a last factor that stays."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator

from cityhall.engines.identity import second_factor, services
from cityhall.engines.identity.tests.conftest import SECRET

pytestmark = pytest.mark.django_db


class TestTotp:
    def test_agrees_with_rfc_6238(self):
        from datetime import UTC, datetime

        # RFC 6238 appendix B, SHA-1, cut to six digits.
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        for seconds, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")):
            assert second_factor.totp_code(secret, at=datetime.fromtimestamp(seconds, UTC)) == code

    def test_opens_once(self, officer, at):
        code = second_factor.totp_code(SECRET, at=at)

        assert second_factor.check_code(officer, code, at=at) == "TOTP"
        assert second_factor.check_code(officer, code, at=at) is None
        assert second_factor.check_code(officer, code, at=at + timedelta(seconds=30)) is None

    def test_an_older_code_opens_nothing_after_a_newer_one(self, officer, at):
        older, newer = (second_factor.totp_code(SECRET, at=at + timedelta(seconds=s)) for s in (-30, 0))

        assert second_factor.check_code(officer, newer, at=at) == "TOTP"
        assert second_factor.check_code(officer, older, at=at) is None

    @pytest.mark.parametrize(("seconds", "opens"), [(-60, False), (-30, True), (30, True), (60, False)])
    def test_allows_a_clock_half_a_minute_wrong(self, officer, at, seconds, opens):
        code = second_factor.totp_code(SECRET, at=at + timedelta(seconds=seconds))

        assert (second_factor.check_code(officer, code, at=at) is not None) is opens

    @pytest.mark.parametrize("typed", ["", "abc", "１２", "\x00", "0" * 100])
    def test_refuses_what_is_no_code(self, officer, at, typed):
        assert second_factor.check_code(officer, typed, at=at) is None

    def test_seed_is_encrypted(self, officer):
        kept = Authenticator.objects.get(user=officer, type="totp").data["secret"]

        assert SECRET not in kept
        assert second_factor.totp.decrypt(kept) == SECRET

    def test_seed_survives_a_change_of_the_secret_key(self, officer, settings, at):
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "the next one " + "y" * 40

        assert second_factor.check_code(officer, second_factor.totp_code(SECRET, at=at), at=at) == "TOTP"


class TestRecoveryCodes:
    def test_each_opens_once(self, officer, at):
        codes = second_factor.new_recovery_codes(officer, by=officer, at=at)

        assert len(set(codes)) == 10
        assert second_factor.check_code(officer, codes[3], at=at) == "RECOVERY_CODE"
        assert second_factor.check_code(officer, codes[3], at=at) is None
        assert second_factor.recovery_codes_left(officer) == 9

    def test_new_ones_replace_the_old(self, officer, at):
        old = second_factor.new_recovery_codes(officer, by=officer, at=at)
        new = second_factor.new_recovery_codes(officer, by=officer, at=at)

        assert second_factor.check_code(officer, old[0], at=at) is None
        assert second_factor.check_code(officer, new[0], at=at) == "RECOVERY_CODE"

    def test_alone_are_no_second_factor(self, officer, at):
        Authenticator.objects.filter(user=officer).delete()
        second_factor.new_recovery_codes(officer, by=officer, at=at)

        assert not second_factor.has_factor(officer)


class TestRemove:
    def test_staff_keep_their_last_factor(self, officer, at):
        with pytest.raises(second_factor.CannotRemoveFactor):
            second_factor.remove_totp(officer, by=officer, at=at)

        assert second_factor.has_totp(officer)

    def test_citizens_may_remove_theirs(self, citizen, at):
        second_factor.set_totp(citizen, SECRET, by=citizen, at=at)

        second_factor.remove_totp(citizen, by=citizen, at=at)

        assert not second_factor.has_factor(citizen)

    def test_administrators_reset_what_was_lost(self, officer, administrator, at, post):
        services.reset_factors(officer, by=administrator, at=at)

        assert not second_factor.has_factor(officer)
        assert post.to(officer.email) == ["identity.factors_reset"]


class TestUsePasskey:
    @pytest.mark.parametrize(
        "credential",
        [{}, {"id": "x"}, {"response": {"userHandle": "!!"}}, {"response": None}, {"rawId": 5, "type": "public-key"}],
    )
    def test_refuses_nonsense(self, officer, rf, client, credential, at):
        from allauth.core.context import request_context

        request = rf.post("/")
        request.session = client.session
        with request_context(request):
            second_factor.begin_using_passkey()
            with pytest.raises(second_factor.CannotUsePasskey):
                second_factor.use_passkey(credential, at=at)
