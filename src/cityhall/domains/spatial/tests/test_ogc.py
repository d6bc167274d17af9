"""Abstract tests of OGC API Features Part 1 (17-069r4, annex A) and what we promise beyond; rights and quotas."""

import gzip
import json
import re
from datetime import timedelta

import mapbox_vector_tile
import pytest
from django.test import Client as Browser
from openapi_spec_validator import validate

from cityhall.domains.spatial import documents, ogc, services, use
from cityhall.domains.spatial.models import Use
from cityhall.engines.identity.clients import Quota
from cityhall.engines.layers import crs, selecting
from cityhall.engines.outbox import services as outbox

from . import city as cities
from .city import NINE, WHO, client, key, make_city, signed_in

pytestmark = pytest.mark.django_db
ITEMS = "/ogc/collections/villages/items"
BOX = "121.26,24.96,121.27,24.97"


@pytest.fixture
def city(monkeypatch, settings, tmp_path):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    settings.DATA_DIR = tmp_path
    yield make_city()
    cities.clean()


def get(path, browser=None, status=200, **more):
    response = (browser or Browser()).get(path, **more)
    assert response.status_code == status, response.content[:500]
    return response


def ids(response):
    return [one["id"] for one in response.json()["features"]]


def rels(links):
    return {one["rel"] for one in links}


class TestLanding:
    def test_links_to_everything_and_every_link_is_answered(self, city):
        said = get("/ogc/").json()

        assert rels(said["links"]) >= {"self", "alternate", "service-desc", "service-doc", "conformance", "data"}
        for link in said["links"]:
            answer = get(link["href"].removeprefix("http://testserver"), headers={"Accept": "*/*"})
            assert answer["Content-Type"].partition(";")[0] == link["type"].partition(";")[0], link

    def test_names_its_conformance(self, city):
        assert (
            "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
            in get("/ogc/conformance").json()["conformsTo"]
        )

    def test_has_an_openapi_document_that_is_valid_and_names_every_address(self, city):
        response = get("/ogc/api")
        validate(response.json())

        assert response["Content-Type"] == documents.OPENAPI
        asked = {"points": [{"lon": 121.27, "lat": 24.96}]}
        assert Browser().post("/ogc/points", asked, content_type="application/json").status_code == 200
        for path in (path for path, one in response.json()["paths"].items() if "get" in one):
            address = path.replace("{collectionId}", "villages").replace("{featureId}", "v1")
            address = address.replace("{tileMatrix}/{tileRow}/{tileCol}", "12/1754/3427")
            assert Browser().get(f"/ogc{address}").status_code in (200, 204, 503), address

    @pytest.mark.parametrize("path", ["", "conformance", "api", "collections", "collections/villages", "collections/villages/queryables",
        "collections/villages/schema", "collections/villages/items", "collections/villages/items/v1", "collections/villages/tiles",
        "collections/villages/tiles/WebMercatorQuad", "tileMatrixSets", "tileMatrixSets/WebMercatorQuad"])  # fmt: skip
    def test_is_a_page_for_people_and_json_for_programs(self, city, path):
        page = get(f"/ogc/{path}", headers={"Accept": "text/html,*/*;q=0.8"})
        english = get(f"/ogc/{path}?f=html", headers={"Accept-Language": "en"})
        program = get(f"/ogc/{path}?f=json", headers={"Accept": "text/html"})

        assert page["Content-Type"].startswith("text/html")
        assert "<h1" in page.content.decode()
        other = get(f"/ogc/{path}?f=html&lang=en", headers={"Accept-Language": "zh-TW"}).content.decode()

        assert 'lang="en"' in other[:300]
        assert "lang=zh-hant" in other
        assert 'lang="en"' in english.content.decode()[:300]
        assert "json" in program["Content-Type"]

    def test_may_be_asked_from_any_site(self, city):
        answer = Browser().options(ITEMS)

        assert answer.status_code == 204
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Authorization" in answer["Access-Control-Allow-Headers"]
        assert get(ITEMS)["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert Browser().post(ITEMS).status_code == 405


class TestCollections:
    def test_are_those_of_the_catalogue_with_their_systems(self, city):
        said = get("/ogc/collections").json()
        one = get("/ogc/collections/villages").json()

        assert [each["id"] for each in said["collections"]] == ["villages"]
        assert one["extent"]["spatial"]["bbox"] == [[121.25, 24.95, 121.35, 25.0]]
        assert one["crs"][0] == one["storageCrs"] == crs.CRS84.uri
        assert rels(one["links"]) >= {"self", "alternate", "items", "license"}
        assert get("/ogc/collections/villages", headers={"Accept-Language": "en"}).json()["title"] == "Layer villages"

    def test_that_are_none_are_not_found(self, city):
        for path in (
            "never",
            "never/items",
            "never/queryables",
            "never/tiles",
            "never/tiles.pmtiles",
            "villages/items/never",
        ):
            answer = get(f"/ogc/collections/{path}", status=404)
            assert answer["Content-Type"] == "application/problem+json"

    def test_say_by_what_they_can_be_asked(self, city):
        asked, schema = (get(f"/ogc/collections/villages/{name}").json() for name in ("queryables", "schema"))

        assert set(asked["properties"]) == {"code", "name", "name_en", "district_code", "district", "geometry"}
        assert asked["$id"] == "http://testserver/ogc/collections/villages/queryables"
        assert schema["properties"]["id"]["x-ogc-role"] == "id"

    def test_tell_when_their_features_hold(self, city):
        one = get("/ogc/collections/little", signed_in(city.officer)).json()

        assert one["extent"]["temporal"]["interval"] == [["2016-01-01T00:00:00Z", "2017-02-28T00:00:00Z"]]

    def test_whose_source_gives_no_layer_say_so(self, city):
        cities.registry.declare(cities.little.source("little", rows=cities.little.table(id=["a", "a", "b", "c", "d"])))
        answer = get("/ogc/collections/little/items", signed_in(city.officer), status=503)

        assert answer["Retry-After"] == "300"

    def test_withdrawn_are_gone(self, city):
        services.withdraw_layer(city.public, why="已停用", **WHO)

        get(ITEMS, status=404)
        assert get("/ogc/collections").json()["collections"] == []


class TestItems:
    def test_are_a_collection_with_counts_and_links(self, city):
        response = get(ITEMS)
        said = response.json()

        assert response["Content-Type"] == "application/geo+json"
        assert response["Content-Crs"] == f"<{crs.CRS84.uri}>"
        assert said["type"] == "FeatureCollection"
        assert (said["numberMatched"], said["numberReturned"], ids(response)) == (2, 2, ["v1", "v2"])
        assert rels(said["links"]) >= {"self", "alternate", "collection"}
        assert "next" not in rels(said["links"])

    def test_come_a_page_at_a_time_until_the_last(self, city):
        first = get(f"{ITEMS}?limit=1&district=桃園區&f=json")
        assert "next" not in rels(first.json()["links"])
        first = get(f"{ITEMS}?limit=1")
        onward = next(one["href"] for one in first.json()["links"] if one["rel"] == "next")
        second = get(onward.removeprefix("http://testserver"))

        assert ids(first) + ids(second) == ["v1", "v2"]
        assert second.json()["numberMatched"] == 2
        assert "next" not in rels(second.json()["links"])

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            (f"bbox={BOX}", ["v1"]),
            ("bbox=121.31,24.96,0,121.32,24.97,10", ["v2"]),
            ("bbox=24.96,121.26,24.97,121.27&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326", ["v1"]),
            ("bbox=276000,2761000,277000,2762000&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/3826", ["v1"]),
            ("bbox=0,0,1,1", []),
            ("name=文昌里", ["v2"]),
            ("name=文昌里&bbox=" + BOX, []),
            ("datetime=2016-01-01", ["v1", "v2"]),
            ("filter=name LIKE '中%25'&filter-lang=cql2-text", ["v1"]),
            ("filter=S_INTERSECTS(geometry,POINT(24.97 121.32))&filter-crs=http://www.opengis.net/def/crs/EPSG/0/4326", ["v2"]),
            ("limit=999999999999999999999", ["v1", "v2"]),
            ("after=v1", ["v2"]),
        ],
    )  # fmt: skip
    def test_are_those_that_are_asked_for(self, city, query, found):
        assert ids(get(f"{ITEMS}?{query}")) == found

    def test_hold_for_a_time(self, city):
        browser, path = signed_in(city.officer), "/ogc/collections/little/items"

        assert ids(get(f"{path}?datetime=2016-06-30", browser)) == ["a", "d"]
        assert ids(get(f"{path}?datetime=2016-06-01/..&limit=2", browser)) == ["a", "b"]
        assert ids(get(f"{path}?people=200", browser)) == ["a"]

    @pytest.mark.parametrize("query", [
        "colour=red", "bbox=1,2,3", "bbox=a,b,c,d", "bbox=121,25,122,24", "bbox=121,25,122,nan", "limit=0", "limit=-1", "limit=x", "limit=",
        "datetime=yesterday", "crs=EPSG:9999", "bbox-crs=x", "filter=name", "filter=height>1", "filter-lang=cql2-json", "filter-crs=x",
        "f=xml", "limit=1&limit=2", "lang=fr", "name=%00", "offset=1", "filter=name='a' OR '1'='1'", "filter=1;DROP TABLE spatial_layer",
    ])  # fmt: skip
    def test_are_refused_with_a_sentence_where_the_question_is_wrong(self, city, query):
        answer = get(f"{ITEMS}?{query}", status=400)

        assert answer["Content-Type"] == "application/problem+json"
        assert re.search("[\u4e00-\u9fff]", answer.json()["detail"])

    @pytest.mark.parametrize("path", ["", "conformance", "collections", "collections/villages", "collections/villages/queryables",
                                      "collections/villages/items/v1", "collections/villages/tiles/12/3427/1754.mvt"])  # fmt: skip
    def test_unknown_parameters_are_refused_everywhere(self, city, path):
        assert "colour" in get(f"/ogc/{path}?colour=red", status=400).json()["detail"]

    def test_may_be_one(self, city):
        response = get(f"{ITEMS}/v1")
        metres = get(f"{ITEMS}/v1?crs=http://www.opengis.net/def/crs/EPSG/0/3826")

        assert response.json()["id"] == "v1"
        assert response.json()["properties"]["district"] == "桃園區"
        assert rels(response.json()["links"]) >= {"self", "collection"}
        assert metres["Content-Crs"] == "<http://www.opengis.net/def/crs/EPSG/0/3826>"
        assert metres.json()["geometry"]["coordinates"][0][0][0] > 270_000

    def test_that_have_not_changed_are_not_sent_again(self, city):
        first = get(f"{ITEMS}?{'bbox=' + BOX}")
        again = get(f"{ITEMS}?bbox={BOX}", status=304, headers={"If-None-Match": first["ETag"]})
        services.change_layer(city.public, by=None, at=NINE + timedelta(hours=1), **{
            name: getattr(city.public, name) for name in ("title_en", "theme", "agency", "rights", "licence", "dated_on", "upkeep")
        } | {"title": "村里"})  # fmt: skip

        assert again.content == b""
        get(f"{ITEMS}?bbox={BOX}", headers={"If-None-Match": first["ETag"]})
        assert first["Cache-Control"] == "public, no-cache"

    def test_ask_the_database_thrice_however_many_they_are(self, city, django_assert_num_queries):
        get(ITEMS)

        # Are the catalogue and the boundaries still those that are known, and the robots that are not counted?
        with django_assert_num_queries(3):
            get(f"{ITEMS}?bbox={BOX}")


class TestRepeated:
    """Answers to nobody in particular, asked for again."""

    @pytest.fixture
    def selected(self, monkeypatch):
        """One for each time that features are looked for."""
        found, select = [], selecting.select
        monkeypatch.setattr(selecting, "select", lambda *args, **more: found.append(1) or select(*args, **more))
        return found

    @pytest.fixture
    def noted(self, monkeypatch):
        """The uses that are counted."""
        found = []
        monkeypatch.setattr(use, "counted", lambda request, **said: found.append((said["act"], said["subject"])))
        return found

    def test_are_given_at_once_and_counted_each_time(self, city, selected, noted, django_assert_num_queries):
        browser = Browser()
        first = get(f"{ITEMS}?bbox={BOX}", browser)
        with django_assert_num_queries(2):  # are the catalogue and the boundaries still those that are known?
            again = get(f"{ITEMS}?bbox={BOX}", browser)

        assert again.content == first.content
        assert dict(again.items()).keys() == dict(first.items()).keys()
        assert again["X-Request-ID"] != first["X-Request-ID"]
        assert len(selected) == 1
        assert noted == [("features", "villages")] * 2

    def test_have_their_line_in_the_log(self, city, caplog):
        browser = Browser()
        with caplog.at_level("INFO", "cityhall.request"):
            for _n in range(2):
                get(f"{ITEMS}?bbox={BOX}", browser, headers={"Accept-Language": "en"})

        first, again = [
            (one.route, one.status, one.language) for one in caplog.records if one.name == "cityhall.request"
        ]
        assert first == again
        assert first[0].endswith("items")
        assert first[2] == "en"

    def test_are_made_anew_when_the_layer_changes(self, city, selected):
        browser = Browser()
        get(f"{ITEMS}?bbox={BOX}", browser)
        services.change_layer(city.public, by=None, at=NINE + timedelta(hours=1), **{
            name: getattr(city.public, name) for name in ("title_en", "theme", "agency", "rights", "licence", "dated_on", "upkeep")
        } | {"title": "村里"})  # fmt: skip
        get(f"{ITEMS}?bbox={BOX}", browser)

        assert len(selected) == 2

    def test_end_with_the_right_to_see_them(self, city):
        browser = Browser()
        get(f"{ITEMS}?bbox={BOX}", browser)
        services.change_layer(city.public, by=None, at=NINE + timedelta(hours=1), **{
            name: getattr(city.public, name) for name in ("title", "title_en", "theme", "agency", "dated_on", "upkeep")
        } | {"rights": "GOVERNMENT", "licence": "INTERNAL"})  # fmt: skip

        get(f"{ITEMS}?bbox={BOX}", browser, status=404)

    def test_of_what_not_everybody_may_see_are_not_kept(self, city, selected):
        browser = signed_in(city.officer)
        for _n in range(2):
            get("/ogc/collections/little/items", browser)
        browser.cookies.clear()
        get("/ogc/collections/little/items", browser, status=404)

        assert len(selected) == 2

    def test_are_refused_beyond_what_a_network_may_ask(self, city):
        browser, asked = Browser(REMOTE_ADDR="203.0.113.7"), 0
        while browser.get(f"{ITEMS}?bbox={BOX}").status_code == 200:
            asked += 1
            assert asked < 10_000

        assert get(f"{ITEMS}?bbox={BOX}", browser, status=429)["Retry-After"]


class TestRights:
    PATHS = ("", "/queryables", "/schema", "/items", "/items/a", "/tiles", "/tiles/WebMercatorQuad",
             "/tiles/WebMercatorQuad/12/1754/3427", "/tiles/12/3427/1754.mvt", "/tiles.pmtiles")  # fmt: skip

    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize(
        ("who", "seen"),
        [("nobody", {"villages"}), ("officer", {"villages", "little"}), ("commission", {"villages", "little"}),
         ("client", {"villages"}), ("granted", {"villages", "secret"})],
    )  # fmt: skip
    def test_hold_on_every_address(self, city, path, who, seen):
        browser, headers = Browser(), {}
        if who in ("officer", "commission"):
            browser = signed_in(getattr(city, who))
        elif who != "nobody":
            one, plain = client(city.works)
            headers = key(plain)
            if who == "granted":
                services.grant(one, city.named, purpose="重劃區評估", **WHO)
        for code in ("villages", "little", "secret"):
            status = browser.get(f"/ogc/collections/{code}{path}", headers=headers).status_code
            if path == "/items/a" and code == "villages":
                continue
            assert (status != 404) == (code in seen), (code, status)
        listed = browser.get("/ogc/collections?f=json", headers=headers).json()["collections"]
        assert {one["id"] for one in listed} == seen

    def test_end_with_the_grant_and_with_the_client(self, city):
        one, plain = client(city.works)
        held = services.grant(one, city.named, purpose="評估", **WHO)
        get("/ogc/collections/secret/items", headers=key(plain))
        services.end_grant(held, **WHO)
        get("/ogc/collections/secret/items", status=404, headers=key(plain))
        services.end_client(one, by=city.commission.account, at=NINE)
        get("/ogc/collections/villages/items", status=401, headers=key(plain))

    def test_of_a_project_end_with_its_last_day(self, city, monkeypatch):
        _one, plain = client(city.works, kind="PROJECT", ends_on=NINE.date())
        get(ITEMS, headers=key(plain))
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE + timedelta(days=1))

        assert "最後一天" in get(ITEMS, status=403, headers=key(plain)).json()["detail"]

    def test_of_what_is_not_public_are_kept_from_shared_caches(self, city):
        response = get("/ogc/collections/little/items", signed_in(city.officer))

        assert response["Cache-Control"] == "private, no-cache"
        assert "Authorization" in response["Vary"]

    def test_need_a_key_that_is_one_and_is_for_this(self, city):
        get(ITEMS, status=401, headers=key("ch_none_none"))
        from cityhall.engines.identity.clients import create_client

        _program, plain = create_client(name="別的系統", scopes=["spatial.read"], quota=Quota(), **WHO)
        get(ITEMS, status=403, headers=key(plain))
        _program, plain = create_client(name="另一個", scopes=["petitions.write"], quota=Quota(), **WHO)
        get(ITEMS, status=403, headers=key(plain))

    def test_end_at_the_quota_with_the_time_to_come_again(self, city):
        _one, plain = client(city.works, quota=Quota(2, 100))
        get(ITEMS, headers=key(plain))
        get(ITEMS, headers=key(plain))
        answer = get(ITEMS, status=429, headers=key(plain))

        assert 0 < int(answer["Retry-After"]) <= 61

    def test_calls_of_clients_are_counted_by_layer_and_kind(self, city):
        one, plain = client(city.works)
        for path in ("/items", "/items?bbox=" + BOX, "/items/v1", "", "/tiles"):
            get(f"/ogc/collections/villages{path}", headers=key(plain))
        get("/ogc/collections/villages/items")

        assert dict(Use.objects.filter(client=one).values_list("operation", "calls")) == {"FEATURES": 3, "ABOUT": 2}


class TestTiles:
    BASE = "/ogc/collections/villages/tiles"

    @pytest.fixture(autouse=True)
    def made(self, city):
        answer = get(f"{self.BASE}.pmtiles", status=503)
        assert answer["Retry-After"] == "10"
        outbox.drain(NINE)

    def test_are_vector_tiles_by_both_ways_of_counting(self):
        answer = get(f"{self.BASE}/WebMercatorQuad/12/1754/3427", headers={"Accept-Encoding": "gzip"})
        same = get(f"{self.BASE}/12/3427/1754.mvt")
        layers = mapbox_vector_tile.decode(same.content)

        assert gzip.decompress(answer.content) == same.content
        assert answer["Content-Type"] == documents.MVT
        assert {one["properties"]["name"] for one in layers["villages"]["features"]} <= {"中平里", "文昌里"}
        get(f"{self.BASE}/12/3427/1754.mvt", status=304, headers={"If-None-Match": same["ETag"]})

    def test_without_anything_are_empty_and_beyond_the_earth_not_found(self):
        assert get(f"{self.BASE}/12/0/0.mvt", status=204).content == b""
        for path in ("12/4096/0.mvt", "12/0/4096.mvt", "25/0/0.mvt"):
            get(f"{self.BASE}/{path}", status=404)

    def test_are_told_with_their_limits(self):
        said = get(f"{self.BASE}/WebMercatorQuad").json()
        twelve = next(one for one in said["tileMatrixSetLimits"] if one["tileMatrix"] == "12")

        assert twelve["minTileCol"] <= 3427 <= twelve["maxTileCol"]
        assert twelve["minTileRow"] <= 1754 <= twelve["maxTileRow"]
        assert get("/ogc/tileMatrixSets/WebMercatorQuad").json()["tileMatrices"][0]["scaleDenominator"] == pytest.approx(559082264.0287178)  # fmt: skip

    @pytest.mark.parametrize(
        ("asked", "status", "said"),
        [("bytes=0-6", 206, "0-6"), ("bytes=-5", 206, "-5"), ("bytes=5-", 206, "5-"), ("", 200, ""), ("bytes=0-1,3-4", 200, ""),
         ("lines=0-1", 200, ""), ("bytes=99999999-", 416, ""), ("bytes=-0", 416, ""), ("bytes=9-3", 416, "")],
    )  # fmt: skip
    def test_are_one_file_to_be_read_by_ranges(self, asked, status, said):
        whole = b"".join(get(f"{self.BASE}.pmtiles").streaming_content)
        headers = {"Range": asked, "Accept-Encoding": "gzip"} if asked else {}
        answer = get(f"{self.BASE}.pmtiles", status=status, headers=headers)
        if status == 416:
            assert answer["Content-Range"] == f"bytes */{len(whole)}"
            return
        body = b"".join(answer.streaming_content)

        assert body == {"0-6": whole[:7], "-5": whole[-5:], "5-": whole[5:], "": whole}[said]
        assert int(answer["Content-Length"]) == len(body)
        if status == 206:
            first = len(whole) - 5 if said == "-5" else int(said.split("-")[0])
            assert answer["Content-Range"] == f"bytes {first}-{first + len(body) - 1}/{len(whole)}"


def test_the_range_of_a_file():
    assert ogc.byte_range("bytes=0-", 10) == (0, 10)
    assert ogc.byte_range("bytes=2-5", 10) == (2, 6)
    assert ogc.byte_range("bytes=-3", 10) == (7, 10)
    assert ogc.byte_range("bytes=10-", 10) is None
    assert ogc.byte_range("bytes=x-", 10) == (0, 10)
    assert json.dumps(documents.CONFORMS)
