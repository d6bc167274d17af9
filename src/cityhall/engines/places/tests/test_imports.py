"""Files to layers: what is taken in, and every row that is refused, with its reason."""

from datetime import date, timedelta

import pytest

from cityhall.engines.audit.models import Entry
from cityhall.engines.places import services
from cityhall.engines.places.imports import CannotImport
from cityhall.engines.places.models import DoorPlate, LayerFeature, LayerVersion, Road, Term
from cityhall.engines.places.states import LayerKind, Level
from cityhall.engines.places.tests import city
from cityhall.foundation.clock import at

pytestmark = pytest.mark.django_db
NOW = at(date(2017, 3, 20), 9)


@pytest.fixture(autouse=True)
def everybody_is_known(monkeypatch):
    monkeypatch.setattr(services, "_known_managers", lambda code: code in {"highway", "works"})


@pytest.fixture
def with_boundaries():
    return city.take(services.standard_layer(LayerKind.BOUNDARIES), city.boundaries(), at=NOW)


def whys(version):
    return [(row["row"], row["column"], row["why"]) for row in version.refused]


class TestBoundaries:
    def test_take_districts_and_villages_from_one_file(self, with_boundaries):
        assert [str(area) for area in with_boundaries.areas.order_by("code")] == [
            "桃園區",
            "中壢區",
            "中平里",
            "文昌里",
        ]

    def test_refuse_a_village_of_no_district_and_a_code_twice(self):
        file = city.geojson(
            ({"code": "1", "name": "甲區"}, city.box(121.2, 24.9, 121.3, 25)),
            ({"code": "1", "name": "乙區"}, city.box(121.2, 24.9, 121.3, 25)),
            ({"code": "v", "name": "里", "district": "9"}, city.box(121.2, 24.9, 121.3, 25)),
            ({"code": "p", "name": "點"}, {"type": "Point", "coordinates": [121.2, 25]}),
        )

        version = city.take(services.standard_layer(LayerKind.BOUNDARIES), file, at=NOW)

        assert (version.rows, version.refused_rows) == (1, 3)
        assert {why for _row, _column, why in whys(version)} == {
            "代碼「1」出現兩次。", "沒有代碼「9」的行政區。", "界線要是面：Polygon 或 MultiPolygon。",
        }  # fmt: skip

    def test_come_as_geojson_only(self):
        with pytest.raises(CannotImport, match="GeoJSON"):
            city.take(services.standard_layer(LayerKind.BOUNDARIES), city.csv("code,name", "1,甲區"), at=NOW)


class TestPlates:
    def rows(self, *lines):
        layer = services.standard_layer(LayerKind.PLATES)
        return city.take(layer, city.csv(city.PLATES[0], *lines), at=NOW)

    def test_are_read_with_lane_alley_number_and_sub(self, with_boundaries):
        self.rows("桃園區,中山路,12,3,5,1,121.272,24.972", ",中山路,,,200之3號,,121.32,24.97")

        assert list(DoorPlate.objects.values_list("district_code", "lane", "alley", "number", "sub")) == [
            ("68000010", 12, 3, 5, 1), ("68000020", 0, 0, 200, 3),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("line", "column", "why"),
        [
            ("中壢區,中山路,,,1,,121.27,24.97", "行政區", "位置在桃園區，和填寫的中壢區不同。"),
            ("大溪區,中山路,,,1,,121.27,24.97", "行政區", "沒有「大溪區」這個行政區。"),
            ("桃園區,中山路,,,1,,24.97,121.27", "經度", "經度和緯度好像寫反了。"),
            ("桃園區,中山路,,,1,,0,0", "經度", "這個位置不在臺灣。"),
            ("桃園區,中山路,,,1,,121.50,25.03", "經度", "這個位置不在本市範圍內。"),
            ("桃園區,中山路,,,1,,,", "經度", "請填經度和緯度，或 TWD97 的橫坐標和縱坐標。"),
            ("桃園區,中山路,,,零,,121.27,24.97", "號", "這裡要填號碼，例如 200 或 200之1。"),
            ("桃園區,,,,1,,121.27,24.97", "路名", "這一格必須填寫。"),
        ],
    )
    def test_refuse_with_the_cell_and_the_reason(self, with_boundaries, line, column, why):
        version = self.rows("桃園區,中山路,,,100,,121.27,24.97", line)

        assert whys(version) == [(3, column, why)]

    def test_refuse_a_house_twice(self, with_boundaries):
        version = self.rows("桃園區,中山路,,,100,,121.27,24.97", "桃園區,中山路,,,100號,,121.27,24.97")

        assert whys(version) == [(3, "號", "這個門牌在第 2 列已經有了。")]

    def test_come_in_twd97_too(self, with_boundaries):
        layer = services.standard_layer(LayerKind.PLATES)
        file = city.csv("行政區,路名,號,橫坐標,縱坐標", "桃園區,中山路,1,277245.0,2762630.0")

        version = city.take(layer, file, at=NOW)

        plate = DoorPlate.objects.get(version=version)
        assert plate.lon == pytest.approx(121.27, abs=0.001)
        assert plate.lat == pytest.approx(24.971, abs=0.001)

    def test_need_boundaries_first(self):
        with pytest.raises(CannotImport, match="請先匯入行政區界線"):
            self.rows("桃園區,中山路,,,100,,121.27,24.97")

    def test_with_no_good_row_make_no_version(self, with_boundaries):
        with pytest.raises(CannotImport, match="2：這個位置不在臺灣"):
            self.rows("桃園區,中山路,,,1,,0,0")
        assert LayerVersion.objects.filter(layer__kind=LayerKind.PLATES).count() == 0


class TestRoads:
    def test_are_cut_at_the_border_of_districts(self, with_boundaries):
        version = city.take(services.standard_layer(LayerKind.ROADS), city.csv(*city.ROADS), at=NOW)

        assert list(Road.objects.filter(version=version, name="中山路").values_list("district_code", flat=True)) == [
            "68000010", "68000020",
        ]  # fmt: skip

    def test_refuse_what_is_no_line_and_a_system_of_coordinates_that_is_not_known(self, with_boundaries):
        layer = services.standard_layer(LayerKind.ROADS)
        line = {"type": "LineString", "coordinates": [[121.26, 24.97], [121.29, 24.97]]}
        version = city.take(
            layer,
            city.geojson(
                ({"路名": "甲路"}, line), ({"路名": "乙路"}, {"type": "Point", "coordinates": [121.26, 24.97]})
            ),
            at=NOW,
        )
        assert whys(version) == [(2, "圖形", "道路要是線：LINESTRING 或 MULTILINESTRING。")]

        crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
        with pytest.raises(CannotImport, match="EPSG::3857"):
            city.take(layer, city.geojson(({"路名": "甲路"}, line), crs=crs), at=NOW)


class TestManagers:
    def test_take_the_shape_of_a_road_or_district_by_name(self, with_boundaries):
        city.take(services.standard_layer(LayerKind.ROADS), city.csv(*city.ROADS), at=NOW)

        city.take(city.managers(at=NOW), city.csv(city.MANAGERS[0], "中山路,highway,桃園區,", "中壢區,works,,"), at=NOW)

        assert [(one.name, one.geometry["type"]) for one in LayerFeature.objects.all()] == [
            ("中山路", "LineString"), ("中壢區", "Polygon"),
        ]  # fmt: skip

    def test_refuse_an_agency_that_nobody_knows(self, with_boundaries):
        city.take(services.standard_layer(LayerKind.ROADS), city.csv(*city.ROADS), at=NOW)

        version = city.take(
            city.managers(at=NOW), city.csv(city.MANAGERS[0], "中山路,nobody,,", "民生路,works,,"), at=NOW
        )

        assert whys(version) == [(2, "權管機關代碼", "沒有代碼「nobody」的機關。")]


class TestVersions:
    def test_leave_the_older_one_to_the_past(self, with_boundaries):
        layer = services.standard_layer(LayerKind.BOUNDARIES)
        later = NOW + timedelta(days=30)

        newer = city.take(layer, city.boundaries(), at=later)

        terms = list(Term.objects.filter(layer=layer).values_list("version", "starts_at", "ends_at"))
        assert terms == [(with_boundaries.pk, NOW, later), (newer.pk, later, None)]

    def test_come_back_and_cannot_be_thrown_away_once_in_force(self, with_boundaries):
        layer = services.standard_layer(LayerKind.BOUNDARIES)
        city.take(layer, city.boundaries(), at=NOW + timedelta(days=1))

        services.put_in_force(with_boundaries, by=None, at=NOW + timedelta(days=2))

        assert Term.objects.get(layer=layer, ends_at=None).version == with_boundaries
        with pytest.raises(services.CannotPutInForce, match="已經生效"):
            services.put_in_force(with_boundaries, by=None, at=NOW)
        with pytest.raises(services.CannotDiscard, match="曾經生效"):
            services.discard(with_boundaries, by=None, at=NOW)

    def test_never_in_force_are_thrown_away_with_their_rows(self, with_boundaries):
        layer = services.standard_layer(LayerKind.BOUNDARIES)
        held = city.take(layer, city.boundaries(), at=NOW, in_force=False)

        services.discard(held, by=None, at=NOW)

        assert list(LayerVersion.objects.all()) == [with_boundaries]
        assert Entry.objects.order_by("-seq").first().event == "places.version.discarded"


class TestAddLayer:
    @pytest.mark.parametrize("code", ["", "Roads", "路", "a b"])
    def test_refuses_a_code_that_cannot_be_written(self, code):
        with pytest.raises(services.CannotAddLayer, match="小寫英文"):
            services.add_layer(code=code, level=Level.CITY, name="x", by=None, at=NOW)

    def test_refuses_a_code_twice(self):
        city.managers(at=NOW)
        with pytest.raises(services.CannotAddLayer, match="已經有"):
            city.managers(at=NOW)
