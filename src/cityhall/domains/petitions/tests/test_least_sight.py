"""Who sees what of a petition: 身分保密, what is about officers, and a code that cannot be guessed."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from cityhall.domains.petitions import queries
from cityhall.domains.petitions.models import Petition, ReplyTemplate
from cityhall.domains.petitions.services import dispatch, handling
from cityhall.domains.petitions.services.filing import Who
from cityhall.domains.petitions.tests.city import NINE, make_category, make_city, opened, signed_in
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.states import Status

pytestmark = pytest.mark.django_db
NOW = NINE + timedelta(minutes=30)
WHO = Who(name="金絲雀", email="canary@mail.example", phone="0912-345-678")


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return make_city()


def fresh(petition):
    return Petition.objects.select_related("case__agency", "case__requester", "category").get(pk=petition.pk)


def page(petition, name="record"):
    return reverse(f"petitions:{name}", args=[petition.case.reference])


class TestSecretIdentity:
    """The citizen was told: 承辦機關看不到您的姓名和聯絡方式."""

    @pytest.fixture
    def petition(self, city):
        petition = opened(who=WHO, keep_identity_secret=True)
        handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        return fresh(petition)

    @pytest.mark.parametrize("who", ["officer", "chief", "coordinator", "head"])
    def test_is_kept_from_the_agency(self, city, petition, who):
        browser = signed_in(getattr(city, who))

        body = browser.get(page(petition)).content.decode()

        assert "身分保密，承辦機關看不到" in body
        assert "金○○" not in body
        assert browser.get(page(petition, "look")).status_code in (403, 404)
        assert browser.post(page(petition, "look"), {"purpose": "reply"}).status_code in (403, 404)

    def test_is_known_to_the_desk_on_asking(self, city, petition):
        body = signed_in(city.dispatcher).post(page(petition, "look"), {"purpose": "verify"}).content.decode()

        assert "canary@mail.example" in body
        assert Entry.objects.filter(event="personal_data.seen", actor=str(city.dispatcher.account_id)).count() == 1

    @pytest.mark.parametrize("wanted", ["canary@mail.example", "0912-345-678"])
    def test_cannot_be_found_out_by_searching(self, city, petition, wanted):
        ordinary = opened("公園的路燈不亮", who=WHO)

        def found(person):
            return set(queries.find_for_officer(person.account, wanted, NOW).values_list("pk", flat=True))

        assert found(city.coordinator) == {ordinary.pk}
        assert found(city.dispatcher) == {ordinary.pk, petition.pk}

    def test_is_not_in_a_salutation(self, city, petition):
        ReplyTemplate.objects.create(code="hello", stage=1, name="稱呼", text="{稱呼}好")

        body = (
            signed_in(city.officer)
            .post(
                reverse("petitions:act", args=[petition.case.reference, "draft"]),
                {"apply": "1", "pick": "hello", "text": ""},
            )
            .content.decode()
        )

        assert "您好" in body
        assert "金○○" not in body
        assert "金先生" not in body


class TestAboutOfficers:
    @pytest.fixture
    def conduct(self, city):
        category = make_category("staff_conduct", "公務人員服務態度", city.rdec, words=["態度惡劣"])
        category.confidential = True
        category.save()
        return category

    def test_is_confidential_and_decided_by_a_person(self, city, conduct):
        petition = fresh(opened("區公所的承辦態度惡劣"))

        assert petition.case.confidential
        assert petition.case.status == Status.DISPATCHING
        assert "confidential" in queries.newest_decision(petition).reasons

    @pytest.mark.parametrize("address", ["/open311/v2/requests/{}.json", "/api/v1/petitions/{}"])
    def test_is_nowhere_outside(self, city, conduct, address):
        number = opened("區公所的承辦態度惡劣").case.number

        assert Browser().get(address.format(number)).status_code == 404

    def test_follows_the_category_that_a_person_gives(self, city, conduct):
        petition = fresh(opened("路燈不亮，我要找市長"))
        desk = {"agency": None, "note": "", "by": city.dispatcher.account, "at": NINE}

        dispatch.dispatch_by_desk(petition, category=conduct, **desk)
        assert fresh(petition).case.confidential

        dispatch.dispatch_by_desk(fresh(petition), category=city.street_light, **desk)
        assert not fresh(petition).case.confidential

    def test_what_was_filed_so_stays_so(self, city, conduct):
        petition = fresh(opened("路燈不亮", confidential=True))

        dispatch.dispatch_by_desk(
            petition, category=city.street_light, agency=None, note="", by=city.dispatcher.account, at=NINE
        )

        assert fresh(petition).case.confidential

    def test_is_not_seen_by_who_reads_city_wide_without_the_right(self, city, conduct):
        petition = opened("區公所的承辦態度惡劣")
        assert queries.visible_to(city.dispatcher.account, NOW).filter(pk=petition.pk).exists()

        for agency in (city.coordinator, city.officer, city.other_coordinator):
            assert signed_in(agency).get(page(petition)).status_code == 404


class TestProgress:
    def test_counts_wrong_codes_of_the_page_and_of_the_api_together(self, city):
        case = opened().case
        address, browser = f"/api/v1/petitions/{case.number}/progress", Browser()
        for _ in range(3):
            assert browser.get(address, {"code": "AAAAAAAA"}).status_code == 404
        for _ in range(2):
            browser.post(reverse("petitions:follow"), {"number": case.number, "code": "AAAAAAAA"})

        locked = browser.get(address, {"code": case.tracking_code}, headers={"Accept-Language": "en"})

        assert locked.status_code == 429
        assert "tried too often" in locked.json()["detail"]
        assert int(locked["Retry-After"]) > 60

    def test_reads_a_code_as_people_write_it(self, city):
        case = opened().case
        code = f" {case.tracking_code[:4]}-{case.tracking_code[4:]}".lower()

        assert Browser().get(f"/api/v1/petitions/{case.number}/progress", {"code": code}).status_code == 200
