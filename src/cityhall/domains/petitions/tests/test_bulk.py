"""分辦 of several petitions that were ticked in the to-do list."""

from datetime import timedelta

import pytest

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.tests.city import NINE, make_city, opened
from cityhall.engines.worklist.models import Todo

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def coordinator(city, client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE + timedelta(minutes=30))
    client.force_login(city.coordinator.account)
    return client


def ticked(**more):
    keys = list(Todo.objects.open().filter(kind="petition.assign").values_list("pk", flat=True))
    return {"bulk": "petitions.assign", "todo": keys, **more}


class TestAssigningMany:
    def test_one_officer_gets_them_all(self, city, coordinator):
        opened()
        opened("中山路 200 號前路燈不亮", email="other@mail.example")

        asked = coordinator.post("/desk/todos/bulk/", ticked()).content.decode()
        done = coordinator.post("/desk/todos/bulk/", ticked(confirmed="1", officer=city.officer.code), follow=True)

        assert "分辦 2 件" in asked
        assert "已分辦 2 件" in done.content.decode()
        assert set(Petition.objects.values_list("case__officer", flat=True)) == {city.officer.pk}
        assert not Todo.objects.open().filter(kind="petition.assign").exists()

    def test_without_an_officer_it_asks_again(self, city, coordinator):
        opened()

        response = coordinator.post("/desk/todos/bulk/", ticked(confirmed="1", officer=""))

        assert response.status_code == 422
        assert Petition.objects.get().case.officer is None

    def test_another_agency_cannot(self, city, coordinator, client):
        opened()
        client.force_login(city.other_coordinator.account)

        client.post("/desk/todos/bulk/", ticked(confirmed="1", officer=city.officer.code))

        assert Petition.objects.get().case.officer is None
