"""Codes: one purpose, one address, five tries, twenty-four hours, once."""

from datetime import timedelta

import pytest

from cityhall.engines.identity.codes import (
    CannotIssueCode,
    check_code,
    check_link,
    forget_codes,
    issue_code,
    peek_link,
)
from cityhall.engines.identity.models import Code

pytestmark = pytest.mark.django_db
MING = "ming@example.org"


def other_than(code):
    return "000000" if code != "000000" else "111111"


class TestCheckCode:
    def test_accepts_the_code_once(self, at):
        code = issue_code("petition", MING, "petitions.draft:12", at=at)

        first = check_code("petition", MING, code.plain, "petitions.draft:12", at=at)
        second = check_code("petition", MING, code.plain, "petitions.draft:12", at=at)

        assert (first.accepted, first.about) == (True, "petitions.draft:12")
        assert not second

    def test_accepts_it_however_it_is_typed(self, at):
        code = issue_code("petition", MING, at=at).plain
        wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)

        assert check_code("petition", " MING@Example.ORG", f"{wide[:3]} {wide[3:]}", at=at)

    def test_is_bound_to_purpose_and_address(self, at):
        code = issue_code("petition", MING, at=at)

        assert not check_code("sign-in", MING, code.plain, at=at)
        assert not check_code("petition", "other@example.org", code.plain, at=at)
        assert check_code("petition", MING, code.plain, at=at)

    def test_ends_after_twenty_four_hours(self, at):
        code = issue_code("petition", MING, at=at)

        assert not check_code("petition", MING, code.plain, at=at + timedelta(hours=24))
        assert check_code("petition", MING, code.plain, at=at + timedelta(hours=23, minutes=59))

    def test_ends_after_five_wrong_tries(self, at):
        code = issue_code("petition", MING, at=at)

        left = [check_code("petition", MING, other_than(code.plain), at=at).tries_left for _ in range(5)]

        assert left == [4, 3, 2, 1, 0]
        assert not check_code("petition", MING, code.plain, at=at)

    def test_fifth_try_may_be_right(self, at):
        code = issue_code("petition", MING, at=at)
        for _ in range(4):
            check_code("petition", MING, other_than(code.plain), at=at)

        assert check_code("petition", MING, code.plain, at=at)

    def test_newest_code_counts(self, at):
        old = issue_code("petition", MING, at=at)
        new = issue_code("petition", MING, at=at + timedelta(minutes=1))

        if old.plain != new.plain:
            assert not check_code("petition", MING, old.plain, at=at + timedelta(minutes=2))
        assert check_code("petition", MING, new.plain, at=at + timedelta(minutes=2))

    def test_two_matters_of_one_sender_have_a_code_each(self, at):
        first = issue_code("petition", MING, "petitions:1", at=at)
        second = issue_code("petition", MING, "petitions:2", at=at)

        if first.plain != second.plain:
            assert not check_code("petition", MING, second.plain, "petitions:1", at=at)
        assert check_code("petition", MING, first.plain, "petitions:1", at=at)
        assert check_code("petition", MING, second.plain, "petitions:2", at=at)

    def test_says_the_same_for_an_address_that_got_none(self, at):
        issue_code("petition", MING, at=at)
        Code.objects.update(used_at=at)

        assert check_code("petition", MING, "123456", at=at) == check_code("petition", "nobody@x.tw", "123456", at=at)

    @pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "\x00", "🙂"])
    def test_refuses_what_is_no_code(self, at, typed):
        issue_code("petition", MING, at=at)

        assert not check_code("petition", MING, typed, at=at)


class TestIssueCode:
    def test_resends_three_times_within_an_hour(self, at):
        for minute in range(4):
            issue_code("petition", MING, at=at + timedelta(minutes=minute))

        with pytest.raises(CannotIssueCode) as refusal:
            issue_code("petition", MING, at=at + timedelta(minutes=10))
        assert refusal.value.until == at + timedelta(hours=1)
        assert "50" in refusal.value.sentence
        issue_code("petition", MING, at=at + timedelta(hours=1))

    def test_many_matters_together_do_not_fill_a_mailbox(self, at):
        for n in range(12):
            issue_code("petition", MING, f"petitions:{n}", at=at + timedelta(minutes=n))

        with pytest.raises(CannotIssueCode) as refusal:
            issue_code("petition", MING, "petitions:99", at=at + timedelta(minutes=20))
        assert refusal.value.until == at + timedelta(hours=1)

    def test_counts_each_purpose_and_address_alone(self, at):
        for _ in range(4):
            issue_code("petition", MING, at=at)

        issue_code("sign-in", MING, at=at)
        issue_code("petition", "other@example.org", at=at)

    def test_takes_telephone_numbers(self, at):
        code = issue_code("phone", "0912-345-678", at=at)

        assert check_code("phone", "+886 912 345 678", code.plain, at=at)

    def test_keeps_neither_code_nor_address(self, at):
        code = issue_code("petition", MING, at=at)

        row = " ".join(str(value) for value in Code.objects.values_list().get())

        assert code.plain not in row.split()
        assert MING not in row
        assert code.link_token not in row
        assert code.plain not in repr(code)


class TestCheckLink:
    def test_opens_what_the_code_opens_and_only_once(self, at):
        code = issue_code("petition", MING, "petitions.draft:12", at=at)

        assert peek_link("petition", code.link_token, at=at) == "petitions.draft:12"
        assert check_link("petition", code.link_token, at=at).about == "petitions.draft:12"
        assert not check_link("petition", code.link_token, at=at)
        assert not check_code("petition", MING, code.plain, "petitions.draft:12", at=at)
        assert peek_link("petition", code.link_token, at=at) is None

    def test_refuses_another_purpose_or_token(self, at):
        code = issue_code("petition", MING, at=at)

        assert not check_link("sign-in", code.link_token, at=at)
        assert not check_link("petition", "x" * 32, at=at)


def test_forgets_codes_a_week_after_they_ended(at):
    issue_code("petition", MING, at=at)

    assert forget_codes(at=at + timedelta(days=7)) == 0
    assert forget_codes(at=at + timedelta(days=9)) == 1
