"""A contractor's link: works once, shows nothing of the citizen, and brings photos to the officer."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cityhall.domains.petitions.backlog import picture
from cityhall.domains.petitions.models import Petition, UploadLink
from cityhall.domains.petitions.services import contractors, handling
from cityhall.domains.petitions.tests.city import NINE, make_city, opened
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.states import Status
from cityhall.engines.files import queries as files
from cityhall.engines.worklist.models import Todo

pytestmark = pytest.mark.django_db
NOW = NINE + timedelta(minutes=30)


@pytest.fixture
def city(monkeypatch, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return make_city()


@pytest.fixture
def petition(city):
    petition = opened()
    handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
    return Petition.objects.select_related("case").get(pk=petition.pk)


@pytest.fixture
def token(city, petition):
    return contractors.make_link(
        petition, contractor="亮光水電", asked="請拍修好的路燈", by=city.officer.account, at=NINE
    )


def page(token):
    return reverse("petitions:upload", args=[token])


class TestLink:
    def test_is_told_to_the_officer_once_and_kept_as_a_digest(self, city, petition, client):
        client.force_login(city.officer.account)
        url = reverse("petitions:act", args=[petition.case.reference, "contractor"])

        body = client.post(url, {"contractor": "亮光水電", "asked": "請拍路燈"}, follow=True).content.decode()
        again = client.get(reverse("petitions:record", args=[petition.case.reference])).content.decode()

        told = re.search(r"/petitions/upload/([\w-]+)/", body)[1]
        assert contractors.live_link(told, at=NOW).contractor == "亮光水電"
        assert told not in UploadLink.objects.get().digest
        assert "/petitions/upload/" not in again

    def test_is_not_for_another_agency(self, city, petition, client):
        client.force_login(city.other_officer.account)

        url = reverse("petitions:act", args=[petition.case.reference, "contractor"])
        assert client.post(url, {"contractor": "亮光水電", "asked": "請拍路燈"}).status_code == 404


class TestHandingIn:
    def test_shows_number_place_and_what_to_photograph_and_nothing_else(self, petition, token):
        body = Client().get(page(token)).content.decode()

        assert petition.case.number in body
        assert "請拍修好的路燈" in body
        assert "陳小美" not in body
        assert petition.case.title not in body

    def test_brings_the_photos_and_makes_the_to_do_unread(self, petition, token):
        Todo.objects.open().filter(kind="petition.handle").update(seen_at=NINE)

        response = Client().post(page(token), {"photos": [picture("lit")], "remark": "已換燈具"})

        assert "照片收到了" in response.content.decode()
        stored = files.of(petition.case).get()
        assert stored.label.startswith("contractor:")
        assert Todo.objects.open().get(kind="petition.handle").seen_at is None
        assert Entry.objects.filter(event="petition.upload_link_used").count() == 1

    def test_works_once(self, petition, token):
        Client().post(page(token), {"photos": [picture("lit")]})

        response = Client().post(page(token), {"photos": [picture("dark")]})

        assert response.status_code == 410
        assert "已經用過或過期" in response.content.decode()
        assert files.of(petition.case).count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_two_clicks_are_one_and_both_are_thanked(self, petition, token):
        content = Client().get(page(token)).content.decode()
        key = re.search(r'name="idempotency_key" value="([^"]+)"', content)[1]

        answers = [
            Client().post(page(token), {"photos": [picture("lit")], "idempotency_key": key}) for _click in range(2)
        ]

        assert ["照片收到了" in one.content.decode() for one in answers] == [True, True]
        assert files.of(petition.case).count() == 1

    def test_runs_out(self, petition, token, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(days=15))

        assert Client().get(page(token)).status_code == 410

    def test_ends_with_the_petition(self, city, petition, token):
        handling.end(petition, Status.WITHDRAWN, reason="好了", by=city.officer.account, at=NOW)

        assert Client().get(page(token)).status_code == 410

    def test_a_made_up_one_says_the_same(self, city):
        assert Client().get(page("nothing-of-the-kind")).status_code == 410

    def test_without_a_photo_it_asks_and_is_not_spent(self, petition, token):
        response = Client().post(page(token), {"remark": "好了"})

        assert response.status_code == 422
        assert "請至少選一張照片" in response.content.decode()
        assert contractors.live_link(token, at=NOW)

    def test_what_is_no_photo_does_not_spend_it(self, petition, token):
        response = Client().post(page(token), {"photos": [SimpleUploadedFile("a.jpg", b"<svg/>", "image/jpeg")]})

        assert response.status_code == 422
        assert contractors.live_link(token, at=NOW)
