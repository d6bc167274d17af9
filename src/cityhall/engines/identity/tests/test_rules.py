"""Decisions: what people type, the lock, the next step, devices and networks."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.identity import rules
from cityhall.foundation.clock import TAIPEI

T = datetime(2017, 3, 20, 9, 0, tzinfo=TAIPEI)
LOCK = rules.Lock(failures=5, minutes=15, within=timedelta(days=1))


class TestNormaliseEmail:
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            (" Wang@City.Example \n", "wang@city.example"),
            ("ｗａｎｇ＠ｃｉｔｙ．ｅｘａｍｐｌｅ", "wang@city.example"),
            ("wang@city.台灣", "wang@city.xn--kpry57d"),
            ("王@city.example", "王@city.example"),
            ('"a@b"@city.example', '"a@b"@city.example'),
            ('"a@王"@city.台灣', '"a@王"@city.xn--kpry57d'),
            ("王小明", "王小明"),
            ("wang@市..example", "wang@市..example"),
            ("", ""),
        ],
    )
    def test_gives_one_form(self, typed, stored):
        assert rules.normalise_email(typed) == stored
        assert rules.normalise_email(stored) == stored


class TestNormaliseAddress:
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("Wang@City.example", "wang@city.example"),
            ("wang＠city.example", "wang@city.example"),
            ("0912 345 678", "+886912345678"),
        ],
    )
    def test_tells_mail_from_telephone_by_the_at_however_wide(self, typed, stored):
        assert rules.normalise_address(typed) == stored


class TestMaskedEmail:
    @pytest.mark.parametrize(
        ("address", "shown"),
        [
            ("wang@city.example", "w•••@city.example"),
            ("w@city.example", "w•••@city.example"),
            ('"a@b"@city.example', '"•••@city.example'),
        ],
    )
    def test_shows_the_first_letter_and_the_whole_domain(self, address, shown):
        assert rules.masked_email(address) == shown


class TestNormalisePhone:
    @pytest.mark.parametrize(
        ("typed", "stored", "mobile"),
        [
            ("0912 345 678", "+886912345678", True),
            ("０９１２－３４５－６７８", "+886912345678", True),
            ("+886 912 345 678", "+886912345678", True),
            ("00886912345678", "+886912345678", True),
            ("(03) 332-2101", "+88633322101", False),
            ("+81 90-1234-5678", "+819012345678", True),
            ("0912 345 67", "+88691234567", False),
            ("abc", "", False),
        ],
    )
    def test_gives_one_form(self, typed, stored, mobile):
        assert rules.normalise_phone(typed) == stored
        assert rules.is_mobile(stored) is mobile


class TestNormaliseCode:
    @pytest.mark.parametrize("typed", ["123456", " 123 456 ", "123-456", "１２３４５６", "1 2 3 4 5 6"])
    def test_takes_digits_however_written(self, typed):
        assert rules.normalise_code(typed) == "123456"


class TestLock:
    def test_closes_with_the_fifth_failure_and_opens_after_fifteen_minutes(self):
        tally = rules.Tally()
        for n in range(5):
            tally = rules.admit(tally, LOCK, T + timedelta(seconds=n))
            assert tally is not None
        fifth = T + timedelta(seconds=4)

        assert rules.admit(tally, LOCK, fifth + timedelta(minutes=14, seconds=59)) is None
        after = rules.admit(tally, LOCK, fifth + timedelta(minutes=15, seconds=1))
        assert after is not None
        assert after.failures == 1

    def test_opens_at_the_very_end_of_the_fifteen_minutes(self):
        locked = rules.Tally(5, T, T + LOCK.length)

        assert rules.admit(locked, LOCK, T + LOCK.length - timedelta(microseconds=1)) is None
        assert rules.admit(locked, LOCK, T + LOCK.length) == rules.Tally(1, T + LOCK.length)

    def test_a_try_given_back_opens_nothing_that_others_closed(self):
        until = T + LOCK.length

        assert rules.release(rules.Tally(7, T, until), LOCK) == rules.Tally(6, T, until)
        assert rules.release(rules.Tally(6, T, until), LOCK) == rules.Tally(5, T, until)

    def test_never_gives_back_more_than_was_tried(self):
        assert rules.release(rules.Tally(1, T), LOCK) == rules.Tally(0, T)
        assert rules.release(rules.Tally(0, T), LOCK) == rules.Tally(0, T)

    def test_forgets_failures_of_yesterday(self):
        tally = rules.Tally()
        for n in range(4):
            tally = rules.admit(tally, LOCK, T + timedelta(seconds=n))

        assert rules.admit(tally, LOCK, T + timedelta(days=1)).failures == 1

    def test_success_gives_a_try_back_and_opens_what_it_closed(self):
        tally = rules.Tally()
        for n in range(5):
            tally = rules.admit(tally, LOCK, T + timedelta(seconds=n))

        assert rules.release(tally, LOCK) == rules.Tally(4, T, None)

    @given(st.lists(st.tuples(st.integers(1, 1200), st.booleans()), max_size=60))
    def test_never_lets_more_than_five_failures_through_within_the_lock(self, tries):
        tally, at, looked_at = rules.Tally(), T, []
        for seconds, succeeds in tries:
            at += timedelta(seconds=seconds)
            admitted = rules.admit(tally, LOCK, at)
            if admitted is None:
                continue
            tally = rules.Tally() if succeeds else admitted
            looked_at = [] if succeeds else [*looked_at, at]
            if len(looked_at) > 5:
                assert at - looked_at[-6] >= LOCK.length


def step(**given):
    facts = {"staff": True, "must_change_password": False, "has_second_factor": True, "proofs": ["PASSWORD"]}
    return rules.next_step(**{**facts, **given})


class TestNextStep:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"staff": False, "proofs": ["EMAIL_CODE"]}, "DONE"),
            ({"staff": False, "proofs": ["PASSKEY"]}, "DONE"),
            ({}, "SECOND_FACTOR"),
            ({"proofs": ["PASSWORD", "TOTP"]}, "DONE"),
            ({"proofs": ["PASSWORD", "RECOVERY_CODE"]}, "DONE"),
            ({"proofs": ["PASSKEY"]}, "DONE"),
            ({"has_second_factor": False}, "SET_UP"),
            ({"has_second_factor": False, "must_change_password": True}, "CHANGE_PASSWORD"),
            ({"must_change_password": True}, "SECOND_FACTOR"),
            ({"must_change_password": True, "proofs": ["PASSWORD", "TOTP"]}, "CHANGE_PASSWORD"),
            ({"must_change_password": True, "proofs": ["PASSKEY"]}, "DONE"),
            ({"proofs": ["PROVIDER"]}, "SECOND_FACTOR"),
            ({"proofs": ["PROVIDER"], "has_second_factor": False}, "SET_UP"),
            ({"proofs": ["PROVIDER_STRONG"], "has_second_factor": False}, "DONE"),
            ({"proofs": ["EMAIL_CODE"]}, "SECOND_FACTOR"),
            ({"proofs": ["EMAIL_CODE", "TOTP"]}, "CHANGE_PASSWORD"),
            ({"proofs": ["EMAIL_CODE"], "has_second_factor": False}, "CHANGE_PASSWORD"),
            ({"proofs": ["EMAIL_CODE", "PASSWORD"], "has_second_factor": False}, "SET_UP"),
            ({"proofs": ["EMAIL_CODE", "TOTP", "PASSWORD"]}, "DONE"),
        ],
    )
    def test_follows_from_what_was_proved(self, given, expected):
        assert step(**given) == expected

    @given(
        st.booleans(),
        st.booleans(),
        st.lists(st.sampled_from(["PASSWORD", "EMAIL_CODE", "PROVIDER"]), unique=True),
    )
    def test_never_lets_staff_in_without_a_second_factor(self, must_change, has_factor, proofs):
        assert step(must_change_password=must_change, has_second_factor=has_factor, proofs=proofs) != "DONE"


class TestDeviceOf:
    @pytest.mark.parametrize(
        ("agent", "device"),
        [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
                "Safari, iPhone",
            ),
            ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36", "Chrome, Android"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
            ("curl/8.0", ""),
            ("", ""),
        ],
    )
    def test_names_browser_and_system(self, agent, device):
        assert rules.device_of(agent) == device


class TestNetworkOf:
    @pytest.mark.parametrize(
        ("ip", "network"),
        [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2ff::9", "2001:db8:1:200::/56"),
            ("nonsense", ""),
            ("", ""),
        ],
    )
    def test_is_coarse(self, ip, network):
        assert rules.network_of(ip) == network
