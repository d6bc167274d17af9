"""The catalogue's keepers: acts with refusals and entries, whole requests by who may and who may not, figures, layers."""

import re
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.test import Client as Browser

from cityhall.domains.projects.public import Project, propose, select
from cityhall.domains.spatial import figures, queries, services, sources, succession
from cityhall.domains.spatial.models import Client, Grant, Layer, Use
from cityhall.domains.spatial.refusals import CannotList
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.engines.identity import signing_in
from cityhall.engines.layers import memory
from cityhall.engines.milestones.rules import Milestone, Stage
from cityhall.engines.places import services as places
from cityhall.foundation.period import Period

from . import city as cities
from .city import NINE, TODAY, WHO, client, listed, make_city, signed_in

pytestmark = pytest.mark.django_db
DESK = "/desk/spatial/"


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    yield make_city()
    cities.clean()


@pytest.fixture
def keeper(city, monkeypatch):
    monkeypatch.setattr(signing_in, "confirmed_lately", lambda request, at: True)
    return signed_in(city.commission)


def words(response):
    return re.sub(r"<[^>]+>", "", response.content.decode())


def sent(browser, path, **given):
    return browser.post(path, given)


LAYER = {
    "title": "列管計畫", "title_en": "Controlled projects", "theme": "WORKS", "rights": "GOVERNMENT", "licence": "INTERNAL", "upkeep": "DAILY",
    "dated_on_year": "2026", "dated_on_month": "11", "dated_on_day": "1",
}  # fmt: skip


class TestLayers:
    def test_are_listed_once_and_only_what_is_declared(self, city):
        with pytest.raises(CannotList, match="登錄過"):
            listed("villages", city.works)
        with pytest.raises(CannotList, match="沒有這個代碼"):
            listed("never", city.works)
        with pytest.raises(CannotList, match="請填圖資名稱"):
            listed("districts", city.works, title=" ")
        with pytest.raises(CannotList, match="開放授權"):
            services.change_layer(city.named, rights="NAMED", licence="OPEN", title="a", **WHO)

        assert Entry.objects.filter(event="spatial.layer_listed").count() == 3
        assert {one.code for one in queries.unlisted()} >= {"districts", "petitions-by-village", "controlled-projects"}

    def test_go_with_a_reason_and_stay_as_they_were_then(self, city):
        with pytest.raises(CannotList, match="理由"):
            services.withdraw_layer(city.public, why=" ", **WHO)
        services.withdraw_layer(city.public, why="改版", by=None, at=NINE + timedelta(days=3))
        with pytest.raises(CannotList, match="已經下架"):
            services.withdraw_layer(city.public, why="再一次", **WHO)
        with pytest.raises(CannotList, match="已經下架"):
            services.change_layer(city.public, title="a", rights="PUBLIC", licence="OPEN", **WHO)

        assert Layer.objects.as_of(TODAY).count() == 3
        assert Layer.objects.as_of(TODAY + timedelta(days=3)).count() == 2

    def test_pages_are_for_officers_and_named_layers_for_the_keepers(self, city, keeper):
        officer = signed_in(city.officer)

        assert "圖資little" in words(officer.get(DESK))
        assert "圖資secret" not in words(officer.get(DESK))
        assert officer.get(f"{DESK}layers/secret/").status_code == 404
        assert officer.get(f"{DESK}layers/add/").status_code == 403
        assert Browser().get(DESK).status_code == 302
        assert "圖資secret" in words(keeper.get(DESK))
        assert "人口" in words(officer.get(f"{DESK}layers/little/"))
        assert "沒有符合條件" in words(officer.get(f"{DESK}?q=nothing"))
        assert "圖資little" in words(officer.get(f"{DESK}?q=LITTLE&theme=BOUNDARIES&rights=GOVERNMENT&agency=works"))

    def test_are_listed_changed_and_withdrawn_by_forms(self, city, keeper):
        agency = {"agency": str(city.works.pk)}
        wrong = sent(keeper, f"{DESK}layers/add/", code="controlled-projects", **{**LAYER, **agency, "licence": "OPEN"})
        right = sent(keeper, f"{DESK}layers/add/", code="controlled-projects", **LAYER, **agency)
        one = Layer.objects.get(code="controlled-projects")
        changed = sent(keeper, f"{DESK}layers/{one.code}/change/", **{**LAYER, **agency, "title": "列管計畫位置"})
        gone = sent(keeper, f"{DESK}layers/{one.code}/withdraw/", reason="併入其他圖資")
        one.refresh_from_db()

        assert (wrong.status_code, right.status_code, changed.status_code, gone.status_code) == (422, 302, 302, 302)
        assert (one.title, one.withdrawn_on, one.dated_on) == ("列管計畫位置", TODAY, date(2026, 11, 1))
        assert Entry.objects.filter(event__startswith="spatial.layer_", subject_id=str(one.pk)).count() >= 3

    def test_download_is_what_the_page_shows_and_is_written_down(self, city):
        body = b"".join(signed_in(city.officer).get(f"{DESK}export.csv?q=圖資").streaming_content).decode("utf-8-sig")

        assert "圖資little" in body
        assert "圖資secret" not in body
        assert Entry.objects.filter(event="spatial.exported").count() == 1
        assert signed_in(city.officer).get(f"{DESK}export.pdf").status_code == 404


class TestClients:
    def test_are_added_with_a_key_that_is_shown_once(self, city, keeper):
        given = {
            "kind": "PROJECT", "name": "重劃區調查", "agency": str(city.works.pk), "purpose": "調查", "starts_on_year": "2026", "starts_on_month": "11",
            "starts_on_day": "2", "per_minute": "60", "per_day": "1000",
        }  # fmt: skip
        endless = sent(keeper, f"{DESK}clients/add/", **given)
        until = {"ends_on_year": "2026", "ends_on_month": "12", "ends_on_day": "31"}
        added = sent(keeper, f"{DESK}clients/add/", **given, **until)
        one = Client.objects.get()
        page = f"{DESK}clients/{one.reference}/"

        assert (endless.status_code, added.status_code) == (422, 302)
        assert "ch_" in words(keeper.get(page))
        assert "ch_" not in words(keeper.get(page))
        assert "重劃區調查" in words(keeper.get(f"{DESK}clients/"))
        assert signed_in(city.officer).get(page).status_code == 403

    def test_are_refused_without_name_end_or_with_a_name_that_is_taken(self, city):
        client(city.works, "派案系統")
        for given in (
            {"name": "派案系統"}, {"name": " "}, {"purpose": " "}, {"kind": "PROJECT"}, {"ends_on": TODAY - timedelta(days=1)},
        ):  # fmt: skip
            with pytest.raises(CannotList):
                client(city.works, **given)

        assert Client.objects.count() == 1

    def test_are_granted_layers_and_end_with_them(self, city, keeper):
        one, _plain = client(city.works)
        page = f"{DESK}clients/{one.reference}/"
        assert sent(keeper, f"{page}grant/", layer="secret", purpose="評估").status_code == 302
        assert "圖資secret" in words(keeper.get(page))
        assert one.name in words(keeper.get(f"{DESK}layers/secret/"))
        with pytest.raises(CannotList, match="已經授權過"):
            services.grant(one, city.named, purpose="評估", **WHO)
        with pytest.raises(CannotList, match="公開的圖資"):
            services.grant(one, city.public, purpose="評估", **WHO)
        with pytest.raises(CannotList, match="目的"):
            services.grant(one, city.government, purpose=" ", **WHO)
        assert sent(keeper, f"{page}grants/{Grant.objects.get().pk}/end/").status_code == 302
        services.grant(one, city.named, purpose="再評估", **WHO)
        assert sent(keeper, f"{page}key/").status_code == 302
        assert sent(keeper, f"{page}end/").status_code == 302
        one.refresh_from_db()

        assert one.ends_on == TODAY
        assert queries.granted(one) == frozenset()
        for refused in (
            lambda: services.end_client(one, by=city.commission.account, at=NINE),
            lambda: services.new_key(one, **WHO),
            lambda: services.grant(one, city.named, purpose="x", **WHO),
        ):
            one.program.refresh_from_db()
            with pytest.raises(CannotList, match="停用"):
                refused()

    def test_have_a_statement_of_each_month(self, city, keeper):
        one, _plain = client(city.works)
        for day, calls in ((date(2026, 10, 31), 2), (date(2026, 11, 1), 3)):
            for _n in range(calls):
                services.count(one, city.public, "FEATURES", on=day)
        services.count(one, city.public, "TILES", on=date(2026, 11, 1))
        body = b"".join(keeper.get(f"{DESK}clients/{one.reference}/statement/2026-11.csv").streaming_content)

        assert Use.objects.get(day=date(2026, 11, 1), operation="FEATURES").calls == 3
        assert "villages,圖資villages,4,3,1,0" in body.decode("utf-8-sig")
        assert queries.months(one) == [(date(2026, 11, 1), 4), (date(2026, 10, 1), 2)]
        assert "每月查詢次數" in words(keeper.get(f"{DESK}clients/{one.reference}/"))
        assert keeper.get(f"{DESK}clients/{one.reference}/statement/2026-13.csv").status_code == 404
        assert Entry.objects.filter(event="spatial.statement_exported").count() == 1


class TestFigures:
    def test_count_what_was_there_on_the_last_day(self, city):
        services.withdraw_layer(city.named, why="停用", by=None, at=NINE + timedelta(days=5))
        client(city.works)
        client(city.works, ends_on=TODAY + timedelta(days=2))
        client(city.works, kind="PROJECT", ends_on=TODAY + timedelta(days=9))
        client(city.works, starts_on=TODAY + timedelta(days=30))
        now, later = Period(None, TODAY), Period(None, TODAY + timedelta(days=5))

        assert (figures.layers(now).value, figures.layers(later).value) == (3, 2)
        assert (figures.agencies(now).value, figures.agencies(Period(None, TODAY - timedelta(days=1))).value) == (1, 0)
        assert [figures.clients(now, of).value for of in ("system", "project", "")] == [2, 1, 3]
        assert [figures.clients(later, of).value for of in ("system", "project")] == [1, 1]


class TestSources:
    @pytest.fixture(autouse=True)
    def fresh(self):
        memory.shelf.empty()

    def test_are_the_areas_in_force(self, city):
        villages, districts = memory.held(sources.VILLAGES), memory.held(sources.DISTRICTS)

        assert villages.ids == ["v1", "v2"]
        assert villages.table["district"].to_pylist() == ["桃園區", "中壢區"]
        assert districts.ids == ["68000010", "68000020"]

    def test_are_made_anew_when_other_boundaries_come_into_force(self, city):
        before = memory.held(sources.VILLAGES)
        cities.places.take(places.standard_layer("BOUNDARIES"), cities.places.boundaries(), at=NINE)

        assert memory.held(sources.VILLAGES) is not before

    def test_hide_villages_with_few_petitions(self, city, monkeypatch):
        asked = []

        def counted(first, last):
            asked.append((first, last))
            return {"v1": 4, "v2": 2, "elsewhere": 9}

        monkeypatch.setattr(sources, "public_by_village", counted)
        layer = memory.held(sources.PETITIONS)

        assert layer.table["petitions"].to_pylist() == [4, None]
        assert asked == [(date(2025, 11, 1), date(2026, 10, 31))]

    def test_are_the_controlled_projects_that_have_a_place(self, city):
        for name, lon in (("智慧路燈", 121.27), ("沒有地點", None)):
            made = propose(
                agency=city.works, by=None, at=NINE, profile="smart-city", name=name, works=False, total_budget=5_000_000, year=2026,
                facets={"facet": "living"}, milestones=[Milestone("award", date(2026, 12, 1), None, Stage.BEFORE, "決標")],
                months=[(date(2026, 11, 1), Decimal(0), 0), (date(2026, 12, 1), Decimal(100), 5_000_000)],
            )  # fmt: skip
            select(made, on=TODAY, reason="旗艦計畫", by=None, at=NINE)
            if lon:
                Project.objects.filter(pk=made.pk).update(lon=lon, lat=24.97)
        layer = memory.held(sources.PROJECTS)

        assert layer.table["name"].to_pylist() == ["智慧路燈"]
        assert layer.table["opened_on"].to_pylist() == [TODAY]


class TestSuccession:
    def test_gives_layers_and_clients_to_who_carries_on(self, city, monkeypatch):
        one, _plain = client(city.works)
        queries.catalogue()
        after = make_agency("after")
        on = SimpleNamespace(on=TODAY)
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE + timedelta(hours=1))
        for move, rows in ((succession.move_layers, succession.layers), (succession.move_clients, succession.clients)):
            while move(SimpleNamespace(agency=city.works, successor=after, succession=on), 2):
                pass
            assert rows(city.works, TODAY).count() == 0
        one.refresh_from_db()

        assert one.agency == after
        assert {shown.layer.agency for shown in queries.catalogue()} == {after}


class TestBringBack:
    def gone(self, city):
        services.withdraw_layer(city.government, why="改版", **WHO)

    def test_a_withdrawn_layer_comes_back_as_it_was_and_the_time_without_it_stays_known(self, city):
        self.gone(city)
        keeper, here = signed_in(city.commission), "/desk/spatial/layers/little/"

        assert "改版" in keeper.get(here).content.decode()
        assert "圖資little" in keeper.get("/desk/spatial/?gone=1").content.decode()
        assert keeper.post(f"{here}bring-back/", {"reason": " "}).status_code == 422
        back = services.bring_back(city.government, why="改好了", **WHO | {"at": NINE + timedelta(days=5)})

        assert "改好了" in keeper.get(here).content.decode()
        assert signed_in(city.officer).get("/ogc/collections/little").status_code == 200
        there = [back in queries.layers(TODAY + timedelta(days=n)) for n in (-1, 0, 4, 5)]
        assert there == [False, False, False, True]
        assert Entry.objects.filter(event="spatial.layer_brought_back").count() == 1
        with pytest.raises(CannotList, match="沒有下架"):
            services.bring_back(back, why="再一次", **WHO)

    def test_is_the_keepers_alone(self, city):
        self.gone(city)
        officer = signed_in(city.officer)

        assert officer.get("/desk/spatial/layers/little/").status_code == 404
        assert officer.get("/desk/spatial/layers/little/bring-back/").status_code == 403
        assert "圖資little" not in officer.get("/desk/spatial/?gone=1").content.decode()

    def test_by_its_page(self, city):
        self.gone(city)

        answer = signed_in(city.commission).post("/desk/spatial/layers/little/bring-back/", {"reason": "改好了"})

        assert answer["Location"] == "/desk/spatial/layers/little/"
