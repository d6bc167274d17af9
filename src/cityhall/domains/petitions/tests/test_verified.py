"""Who a listing is of: what was verified of a sender, by how it was verified. Told without a database."""

from datetime import date
from types import SimpleNamespace

import pytest

from cityhall.domains.petitions.listings import Belongs, persons_of, recognised
from cityhall.domains.petitions.repeats import Evidence
from cityhall.engines.cases.models import Requester

DAY = date(2026, 11, 16)


def sender(**given):
    return Requester(**{"email": "chen@city.example", "phone": "0912345678", **given})


def known(how, **given):
    return persons_of(sender(**given), how)


MAIL, PHONE = known("email_code", phone=""), known("phone", email="")


class TestWhatWasVerified:
    @pytest.mark.parametrize("how", ["email_code", "email_link", "account"])
    def test_by_mail_is_the_mail_and_not_the_number_that_was_typed_with_it(self, how):
        assert known(how) == MAIL

    def test_by_telephone_is_the_number_and_not_the_mail(self):
        assert known("phone") == PHONE

    def test_by_an_office_that_vouches_is_both(self):
        assert known("client") == MAIL | PHONE

    @pytest.mark.parametrize("how", ["", "letter", "counter", "something"])
    def test_by_nothing_that_proves_is_nobody(self, how):
        assert known(how) == frozenset()

    def test_by_an_account_is_the_account_too(self):
        one, other = known("account", account_id=7), known("account", account_id=8)

        assert (len(one), len(one & other)) == (2, 1)
        assert one > MAIL
        assert len(known("letter", account_id=7)) == 1

    def test_of_nobody_is_nothing(self):
        assert persons_of(None, "email_code") == frozenset()
        assert recognised(None, "email_code") == frozenset()
        assert known("client", email="", phone="") == frozenset()


class TestOneForm:
    def test_is_the_same_mail_however_it_was_typed(self):
        assert known("email_code", email=" Chen@City.Example ") == MAIL
        assert known("email_code", email="lin@city.example") != MAIL

    def test_is_the_same_number_however_it_was_typed(self):
        assert known("phone", phone="0912-345-678") == PHONE
        assert known("phone", phone="0912345679") != PHONE

    def test_a_number_is_no_mail_though_the_same_was_typed(self):
        assert not known("client", email="0912345678", phone="") & known("client", email="", phone="0912345678")

    def test_tells_nothing_of_who_it_is(self):
        assert all(len(digest) == 64 and "chen" not in digest for digest in known("client"))


class TestRecognised:
    def test_is_whoever_was_listed_by_this_key_or_by_one_before_it(self, settings):
        listed = known("client")

        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]

        assert not known("client") & listed
        assert listed < recognised(sender(), "client")
        assert known("client") < recognised(sender(), "client")
        assert recognised(sender(), "email_code") & listed == recognised(sender(phone=""), "email_code") & listed

    def test_is_nobody_who_was_not_verified(self):
        assert recognised(sender(), "letter") == frozenset()


class TestEvidence:
    def case(self, **given):
        facts = {"confidential": False, "keep_identity_secret": False, "opened_on": DAY}
        return SimpleNamespace(case=SimpleNamespace(agency=SimpleNamespace(code="transport"), **{**facts, **given}))

    def test_says_whose_when_and_whose_work_it_is(self):
        assert Belongs(self.case(), MAIL).as_evidence == Evidence(MAIL, "transport", DAY, hidden=False)

    @pytest.mark.parametrize("secret", ["confidential", "keep_identity_secret"])
    def test_of_a_sender_who_is_kept_secret_is_hidden(self, secret):
        assert Belongs(self.case(**{secret: True}), MAIL).as_evidence.hidden

    def test_of_no_agency_says_none(self):
        assert (
            Belongs(
                SimpleNamespace(case=SimpleNamespace(**{**vars(self.case().case), "agency": None})), MAIL
            ).as_evidence.agency
            == ""
        )
