"""派案, 分辦 and 核定 of several petitions that were ticked in the to-do list."""

from datetime import timedelta

import pytest

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.services import handling
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


def sign_in(client, person):
    client.force_login(person.account)
    return client


def of_kind(kind, act, **more):
    keys = list(Todo.objects.open().filter(kind=kind).values_list("pk", flat=True))
    return {"bulk": act, "todo": keys, **more}


class TestDispatchingMany:
    @pytest.fixture
    def waiting(self, city, coordinator):
        return opened("路燈不亮，我要找市長"), opened("劃紅線，我要找市長", email="b@mail.example")

    def test_each_goes_where_its_own_proposal_says(self, city, client, waiting):
        first, second = waiting
        desk = sign_in(client, city.dispatcher)
        asked = desk.post("/desk/todos/bulk/", of_kind("petition.dispatch", "petitions.dispatch"))
        assert "派案 2 件" in asked.content.decode()

        desk.post(
            "/desk/todos/bulk/",
            of_kind(
                "petition.dispatch", "petitions.dispatch", confirmed="1",
                **{f"to-{first.pk}": "street_light", f"to-{second.pk}": "road_marking"},
            ),
        )  # fmt: skip

        first.case.refresh_from_db()
        second.case.refresh_from_db()
        assert (first.case.agency, second.case.agency) == (city.works, city.transport)

    def test_what_is_left_out_stays(self, city, client, waiting):
        first, second = waiting

        sign_in(client, city.dispatcher).post(
            "/desk/todos/bulk/",
            of_kind(
                "petition.dispatch", "petitions.dispatch", confirmed="1",
                **{f"to-{first.pk}": "street_light", f"to-{second.pk}": ""},
            ),
        )  # fmt: skip

        assert Todo.objects.open().get(kind="petition.dispatch").object_id == second.pk

    def test_all_can_be_given_one_category(self, city, client, waiting):
        body = sign_in(client, city.dispatcher).post(
            "/desk/todos/bulk/",
            of_kind("petition.dispatch", "petitions.dispatch", confirmed="1", **{"all-category": "park_upkeep"}),
            follow=True,
        )

        assert "已派出 2 件" in body.content.decode()
        assert set(Petition.objects.values_list("category__code", flat=True)) == {"park_upkeep"}


class TestApprovingMany:
    @pytest.fixture
    def in_review(self, city, coordinator):
        found = []
        for n in range(2):
            petition = opened(email=f"citizen{n}@mail.example")
            handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
            petition = Petition.objects.select_related("case__agency", "case__unit", "category").get(pk=petition.pk)
            handling.draft_reply(petition, text=f"第{n}件已派員。", by=city.officer.account, at=NINE)
            handling.submit_reply(petition, by=city.officer.account, at=NINE)
            found.append(petition)
        return found

    def test_shows_every_reply_before_it_goes_out(self, city, client, in_review):
        body = sign_in(client, city.chief).post("/desk/todos/bulk/", of_kind("petition.approve", "petitions.approve"))

        assert "第0件已派員。" in body.content.decode()
        assert "第1件已派員。" in body.content.decode()

    def test_sends_those_that_stay_ticked(self, city, client, in_review):
        first, second = in_review

        sign_in(client, city.chief).post(
            "/desk/todos/bulk/", of_kind("petition.approve", "petitions.approve", confirmed="1", approve=[first.pk])
        )

        assert first.case.replies.get().state == "SENT"
        assert second.case.replies.get().state == "IN_REVIEW"

    def test_is_not_for_the_officer(self, city, client, in_review):
        response = sign_in(client, city.officer).post(
            "/desk/todos/bulk/", of_kind("petition.approve", "petitions.approve", confirmed="1", approve=[1])
        )

        assert response.status_code == 403
