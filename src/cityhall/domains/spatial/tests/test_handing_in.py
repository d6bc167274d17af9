"""Layers that agencies hand in as files: read, checked, taken in or returned; nothing is shown before."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from cityhall.domains.spatial import handing_in
from cityhall.domains.spatial.models import Layer, LayerFile
from cityhall.domains.spatial.refusals import CannotList
from cityhall.domains.spatial.tests.city import NINE, WHO, City, clean, make_city, signed_in
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.worklist.models import Todo

PARKS = "園名,面積,經度,緯度\n府前園,3.5,121.27,24.96\n文昌園,２,121.32,24.98\n"
BENT = [[[121.2, 24.9], [121.3, 25.0], [121.3, 24.9], [121.2, 25.0], [121.2, 24.9]]]
GIVEN: dict[str, Any] = {
    "title": "公園", "title_en": "Parks", "about": "", "theme": "ENVIRONMENT", "owner": None, "rights": "PUBLIC",
    "licence": "OPEN", "scale": None, "upkeep": "YEARLY", "dated_on": date(2026, 10, 1),
}  # fmt: skip


@pytest.fixture
def city(db: None) -> Iterator[City]:
    yield make_city()
    clean()


def handed(city: City, content: str | bytes = PARKS, *, name: str = "公園.csv", **more: Any) -> LayerFile:
    data = content.encode() if isinstance(content, str) else content
    given: dict[str, Any] = {"title": "公園", "note": "", "agency": city.works, "layer": None, **WHO, **more}
    one = handing_in.hand_in(io.BytesIO(data), name=name, **given)
    handing_in.read(one, at=NINE)
    one.refresh_from_db()
    return one


def taken(city: City) -> Layer:
    return handing_in.take_in(handed(city), "parks", agency=city.works, **GIVEN, **WHO)


def items() -> list[dict[str, Any]]:
    answer = Browser().get("/ogc/collections/parks/items?f=json")
    return [one["properties"] for one in json.loads(answer.content)["features"]] if answer.status_code == 200 else []


class TestRead:
    def test_a_file_of_places_waits_for_the_keepers_with_every_repair_told(self, city: City) -> None:
        shape = {"type": "Polygon", "coordinates": BENT}
        bow = {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "properties": {"名": "結"}, "geometry": shape}],
        }

        one = handed(city, json.dumps(bow), name="a.geojson")

        assert (one.state, one.rows) == ("READ", 1)
        assert [repair["kind"] for repair in one.report["repairs"]] == ["geometry"]
        assert items() == []

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"PK\x03\x04 cut", ""), (b"a,b\n1,2\n", "沒有圖形"), (b"\x00\x01\x02", ""), (b'{"type":"FeatureCollection"', ""),
            (b"name,lon,lat\nx,24.9,1e400\n", ""),
        ],
    )  # fmt: skip
    def test_what_is_no_layer_says_why_and_is_not_taken(self, city: City, content: bytes, why: str) -> None:
        one = handed(city, content, name="x")

        assert one.state == "REFUSED"
        assert why in one.report["problems"][0]["sentence"]["zh-hant"]
        with pytest.raises(CannotList, match="不在待檢查"):
            handing_in.take_in(one, "parks", agency=city.works, **GIVEN, **WHO)

    def test_twice_is_once(self, city: City) -> None:
        assert handed(city) == handed(city)
        assert LayerFile.objects.count() == 1
        handing_in.read(LayerFile.objects.get(), at=NINE)
        assert Entry.objects.filter(event="spatial.file_read").count() == 1

    @pytest.mark.parametrize(("content", "title"), [(b"", "公園"), (b"x", " ")])
    def test_nothing_and_nameless_are_refused_at_once(self, city: City, content: bytes, title: str) -> None:
        with pytest.raises(CannotList):
            handed(city, content, title=title)


class TestTaken:
    def test_becomes_a_layer_of_the_catalogue(self, city: City) -> None:
        layer = taken(city)

        assert items()[1] == {"園名": "文昌園", "面積": 2, "經度": 121.32, "緯度": 24.98}
        one = LayerFile.objects.get()
        assert (one.state, one.layer) == ("TAKEN", layer)
        assert Entry.objects.filter(event="spatial.file_decided").count() == 1
        with pytest.raises(CannotList):
            handing_in.send_back(one, reason="晚了", **WHO)

    def test_the_next_file_is_the_layers_next_content_with_its_code_and_rights(self, city: City) -> None:
        layer = taken(city)
        one = handed(city, PARKS.replace("面積", "公頃"), layer=layer)

        assert handing_in.lost_columns(one) == ["面積"]
        handing_in.take_in_again(one, dated_on=date(2026, 11, 1), **WHO)

        layer.refresh_from_db()
        assert items()[0]["公頃"] == 3.5
        assert (layer.dated_on, layer.rights, layer.code) == (date(2026, 11, 1), "PUBLIC", "parks")

    def test_a_code_is_used_once(self, city: City) -> None:
        for code in ("villages", "little"):
            with pytest.raises(CannotList, match="已經有圖資"):
                handing_in.take_in(handed(city), code, agency=city.works, **GIVEN, **WHO)

    def test_is_returned_with_a_reason(self, city: City) -> None:
        one = handed(city)

        with pytest.raises(CannotList, match="理由"):
            handing_in.send_back(one, reason=" ", **WHO)
        handing_in.send_back(one, reason="少了三座公園", **WHO)

        page = signed_in(city.officer).get(f"/desk/spatial/files/{one.reference}/").content.decode()
        assert "少了三座公園" in page


class TestPages:
    def test_an_agency_hands_in_and_the_keeper_takes_in(self, city: City) -> None:
        officer, keeper = signed_in(city.officer), signed_in(city.commission)
        sent = {"agency": city.works.pk, "title": "公園", "note": "", "layer": ""}

        assert officer.post("/desk/spatial/files/add/", sent).status_code == 422
        upload = SimpleUploadedFile("公園.csv", PARKS.encode())
        answer = officer.post("/desk/spatial/files/add/", sent | {"upload": upload})
        one = LayerFile.objects.get()
        here = f"/desk/spatial/files/{one.reference}/"
        assert answer["Location"] == here
        assert "正在讀取" in officer.get(here).content.decode()
        handing_in.read(one, at=NINE)
        page = officer.get(here).content.decode()
        assert "文昌園" in page
        assert "收為圖資" not in page
        assert officer.get(f"{here}take/").status_code == 403
        assert "（1）" in keeper.get("/desk/spatial/").content.decode()
        assert "公園" in keeper.get("/desk/spatial/files/?state=READ").content.decode()
        given = {name: value or "" for name, value in GIVEN.items() if name != "dated_on"}
        given |= {"dated_on_year": "115", "dated_on_month": "10", "dated_on_day": "1", "agency": city.works.pk}
        assert keeper.post(f"{here}take/", given).status_code == 422
        assert keeper.post(f"{here}take/", given | {"code": "parks"})["Location"] == here
        assert len(items()) == 2

    def test_another_agency_sees_nothing_of_it(self, city: City) -> None:
        one = handed(city)
        other = signed_in(make_person(make_agency("culture"), None, Role.COORDINATOR))

        assert other.get(f"/desk/spatial/files/{one.reference}/").status_code == 404
        assert "公園" not in other.get("/desk/spatial/files/").content.decode()
        upload = SimpleUploadedFile("a.csv", PARKS.encode())
        sent = {"agency": city.works.pk, "title": "公園", "layer": "", "upload": upload}
        assert other.post("/desk/spatial/files/add/", sent).status_code == 422

    def test_the_same_form_takes_the_next_content(self, city: City) -> None:
        layer = taken(city)
        officer, keeper = signed_in(city.officer), signed_in(city.commission)
        upload = SimpleUploadedFile("a.csv", PARKS.replace("3.5", "4").encode())
        officer.post("/desk/spatial/files/add/", {"agency": city.works.pk, "layer": "parks", "upload": upload})
        one = LayerFile.objects.filter(layer=layer, state="WAITING").get()
        handing_in.read(one, at=NINE)

        day = {"dated_on_year": "115", "dated_on_month": "11", "dated_on_day": "1"}
        keeper.post(f"/desk/spatial/files/{one.reference}/take/", day)

        assert items()[0]["面積"] == 4


class TestWaiting:
    """What is on whose list."""

    @pytest.fixture
    def officer(self, city: City) -> Any:
        return city.officer.account

    @staticmethod
    def waiting() -> list[tuple[str, str, str]]:
        rows = Todo.objects.open().order_by("kind", "pk")
        return [(one.kind, one.agency.code, one.person.code if one.person else one.role) for one in rows]

    def test_a_file_that_was_read_waits_for_the_keepers_until_it_is_taken(self, city: City) -> None:
        one = handed(city)
        assert self.waiting() == [("spatial.check_file", "rdec", "COMMISSION")]
        assert Todo.objects.get().url == f"/desk/spatial/files/{one.reference}/"
        handing_in.take_in(one, "parks", agency=city.works, **GIVEN, **WHO)
        assert self.waiting() == []

    def test_a_returned_file_waits_for_whoever_handed_it_in_until_it_comes_anew(self, city: City, officer: Any) -> None:
        one = handed(city, by=officer)
        handing_in.send_back(one, reason="少了面積", **WHO)
        assert self.waiting() == [("spatial.mend_file", "works", city.officer.code)]
        assert Todo.objects.open().get().detail == "少了面積"
        handed(city, PARKS + "虎頭山,9,121.33,25.0\n", by=officer)
        assert self.waiting() == [("spatial.check_file", "rdec", "COMMISSION")]

    def test_a_file_that_cannot_be_read_waits_for_the_agency_where_nobody_is_known(self, city: City) -> None:
        handed(city, "園名,面積\n府前園,3.5\n")
        assert self.waiting() == [("spatial.mend_file", "works", "COORDINATOR")]

    def test_what_is_withdrawn_waits_for_nobody_and_is_not_taken(self, city: City) -> None:
        for one in (handed(city), handed(city, "園名,面積\n府前園,3.5\n", title="面積")):
            handing_in.withdraw(one, **WHO)
            one.refresh_from_db()
            assert one.state == "WITHDRAWN"
            with pytest.raises(CannotList, match="已經收回"):
                handing_in.withdraw(one, **WHO)
            with pytest.raises(CannotList, match="待檢查"):
                handing_in.take_in(one, "parks", agency=city.works, **GIVEN, **WHO)
        assert self.waiting() == []

    def test_what_was_taken_in_is_not_withdrawn(self, city: City) -> None:
        one = handed(city)
        handing_in.take_in(one, "parks", agency=city.works, **GIVEN, **WHO)
        with pytest.raises(CannotList, match="收為圖資"):
            handing_in.withdraw(one, **WHO)

    def test_the_agency_withdraws_on_the_page(self, city: City, officer: Any) -> None:
        one, browser = handed(city, by=officer), signed_in(city.officer)
        here = f"/desk/spatial/files/{one.reference}/"
        assert "收回圖資檔" in browser.get(here).content.decode()
        assert browser.get(f"{here}withdraw/").status_code == 200
        text = browser.post(f"{here}withdraw/", {"sure": "on"}, follow=True).content.decode()
        assert "已收回" in text
        assert "收回圖資檔" not in text


class TestExport:
    def test_the_narrowed_list_goes_out_and_is_written_down(self, city: City) -> None:
        handing_in.send_back(handed(city), reason="少了面積", **WHO)
        handed(city, title="別的")
        answer = signed_in(city.officer).get("/desk/spatial/files/export.csv?state=RETURNED")
        lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
        assert len(lines) == 2
        assert lines[1].startswith("公園,")
        assert "少了面積" in lines[1]
        said = json.loads(Entry.objects.get(event="spatial.files_exported").payload)
        assert said["new"] == {"kind": "csv", "rows": 1}

    @pytest.mark.parametrize("kind", ["ods", "xlsx"])
    def test_as_a_book(self, city: City, kind: str) -> None:
        handed(city)
        assert signed_in(city.officer).get(f"/desk/spatial/files/export.{kind}").status_code == 200
