"""One mailbox, one account."""

import pytest
from django.db import IntegrityError, connection, transaction

from cityhall.engines.identity.models import Account
from cityhall.engines.identity.rules import normalise_email
from cityhall.engines.identity.states import Assurance, Kind

pytestmark = pytest.mark.django_db


class TestNormaliseEmail:
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            (" Ming@Example.ORG ", "ming@example.org"),
            ("ｍｉｎｇ＠ｅｘａｍｐｌｅ．ｏｒｇ", "ming@example.org"),
            ("wang@市府.tw", "wang@xn--7st6m.tw"),
            ("nothing", "nothing"),
            ("a@" + "é" * 80 + ".tw", "a@" + "é" * 80 + ".tw"),
        ],
    )
    def test_gives_one_form(self, typed, stored):
        assert normalise_email(typed) == stored


class TestAccount:
    def test_is_found_by_any_spelling_of_its_address(self):
        account = Account.objects.create_user("Ming@Example.org")

        assert account.email == "ming@example.org"
        assert Account.objects.get(email=" MING@example.ORG") == account
        assert Account.objects.get_by_natural_key("ｍing@example.org") == account

    def test_refuses_a_second_account_of_one_mailbox(self):
        Account.objects.create_user("ming@example.org")

        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.create_user("MING@EXAMPLE.ORG")

    def test_database_refuses_an_address_that_is_not_normal(self):
        account = Account.objects.create_user("ming@example.org")

        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE identity_account SET email = 'Ming@example.org' WHERE id = %s", [account.pk])

    def test_many_accounts_have_no_address(self):
        assert {Account.objects.create_user(empty).email for empty in (None, "", None)} == {None}

    def test_without_password_cannot_be_opened_by_one(self):
        assert not Account.objects.create_user("ming@example.org").has_usable_password()

    def test_names_nobody_in_its_printed_form(self):
        account = Account.objects.create_user("ming@example.org", name="王小明")

        assert "王" not in str(account)
        assert "ming" not in str(account)

    def test_administrator_is_an_officer(self):
        account = Account.objects.create_superuser("root@example.org", "x")

        assert (account.kind, account.is_staff, account.is_superuser) == (Kind.OFFICER, True, True)


def test_levels_of_assurance_are_ordered():
    assert sorted(Assurance, key=lambda level: level.rank) == ["NONE", "EMAIL", "PHONE", "STRONG"]
