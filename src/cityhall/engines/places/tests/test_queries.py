"""Where a point lies, what a text means, who keeps what: with the layers in force."""

from datetime import date

import pytest

from cityhall.engines.places import queries, services
from cityhall.engines.places.rules import Point
from cityhall.engines.places.states import LayerKind, Level
from cityhall.engines.places.tests import city
from cityhall.foundation.clock import at

pytestmark = pytest.mark.django_db
NOW = at(date(2017, 3, 20), 9)


@pytest.fixture
def places(monkeypatch):
    monkeypatch.setattr(services, "_known_managers", None)
    city.make(NOW)


class TestAreaOf:
    def test_names_district_and_village(self, places):
        found = queries.area_of(Point(121.27, 24.96))

        assert (str(found.district), str(found.village), found.inside_city) == ("桃園區", "中平里", True)

    def test_measures_to_the_edge_in_metres(self, places):
        # 0.0001 degrees of longitude are about 10.1 metres here.
        near, far = queries.area_of(Point(121.2999, 24.97)), queries.area_of(Point(121.2998, 24.97))

        assert near.metres_to_edge == pytest.approx(10.1, abs=0.1)
        assert near.metres_to_edge <= 15 < far.metres_to_edge

    def test_outside_measures_to_the_city(self, places):
        found = queries.area_of(Point(121.2490, 24.97))

        assert (found.district, found.inside_city) == (None, False)
        assert found.metres_to_edge == pytest.approx(101, abs=1)

    def test_knows_nothing_before_a_city_has_boundaries(self):
        assert not queries.area_of(Point(121.27, 24.96)).inside_city

    def test_answers_by_older_boundaries_when_asked(self, places):
        older = services.standard_layer(LayerKind.BOUNDARIES).versions.get()
        moved = city.geojson(({"code": "68000030", "name": "大溪區"}, city.box(121.2, 24.9, 121.4, 25.1)))
        city.take(services.standard_layer(LayerKind.BOUNDARIES), moved, at=NOW)

        assert str(queries.area_of(Point(121.27, 24.96)).district) == "大溪區"
        assert str(queries.area_of(Point(121.27, 24.96), version=older).district) == "桃園區"

    def test_every_point_of_the_city_has_a_district_on_the_border_too(self, places):
        points = [Point(city.WEST + n / 200, city.SOUTH + m / 100) for n in range(1, 20) for m in range(1, 5)]

        assert all(queries.area_of(point).inside_city for point in points)
        assert Point(city.BORDER, 24.97) in points


class TestFind:
    def test_an_address_in_two_districts_gives_both(self, places):
        found = queries.find("中山路200號")

        assert [(one.label, one.method) for one in found] == [
            ("桃園區中山路200號", "plate"), ("中壢區中山路200號", "plate"),
        ]  # fmt: skip

    @pytest.mark.parametrize("text", ["桃園區中山路200號", "桃園市桃園區中山路２００號前"])
    def test_a_district_decides(self, places, text):
        (found,) = queries.find(text)

        assert found.point == Point(121.29, 24.9701)
        assert found.accuracy_m == 10

    def test_a_district_that_was_asked_for_decides_too(self, places):
        assert [one.label for one in queries.find("中山路200號", district="中壢區")] == ["中壢區中山路200號"]

    def test_a_number_between_two_known_says_that_it_is_guessed(self, places):
        (found,) = queries.find("桃園區中山路150號")

        assert found.method == "interpolated"
        assert "依鄰近門牌推估" in found.label
        assert found.point.lon == pytest.approx(121.28, abs=0.002)
        assert found.accuracy_m > 100

    def test_a_lane_and_alley_are_found_exactly(self, places):
        assert queries.find("桃園區中山路12巷3弄5號之1")[0].method == "plate"

    def test_a_junction_is_where_the_lines_meet(self, places):
        (found,) = queries.find("中山路與民生路口")

        assert found.method == "junction"
        assert (found.point.lon, found.point.lat) == pytest.approx((121.28, 24.97), abs=0.0001)

    @pytest.mark.parametrize("text", ["桃園火車站", "火車站", "我在桃園車站前面"])
    def test_a_landmark_has_several_names(self, places, text):
        assert queries.find(text)[0].label == "桃園火車站（桃園區）"

    def test_a_road_alone_is_as_vague_as_it_is_long(self, places):
        (found,) = queries.find("民生路")

        assert found.method == "road"
        assert found.accuracy_m > 1000

    @pytest.mark.parametrize("text", ["臺北市中山路200號", "不存在路1號", ""])
    def test_what_is_not_here_is_not_found(self, places, text):
        assert queries.find(text) == []


class TestManagersAt:
    def test_the_named_road_comes_before_the_area(self, places):
        city.take(city.managers(at=NOW), city.csv(*city.MANAGERS), at=NOW)
        city.take(
            city.managers("districts", Level.DISTRICT, at=NOW), city.csv(city.MANAGERS[0], "桃園區,office,,"), at=NOW
        )

        hits = queries.managers_at(Point(121.27, 24.9702), "中山路")

        assert [(hit.manager_code, hit.why) for hit in hits] == [("highway", "name"), ("office", "inside")]

    def test_the_nation_comes_before_the_city_on_one_road(self, places):
        lines = (city.MANAGERS[0], "中山路,works,桃園區,")
        city.take(city.managers("city", Level.CITY, at=NOW), city.csv(*lines), at=NOW)
        city.take(city.managers(at=NOW), city.csv(*city.MANAGERS), at=NOW)

        assert [hit.manager_code for hit in queries.managers_at(Point(121.27, 24.9702), "中山路")] == [
            "highway",
            "works",
        ]

    def test_a_road_farther_than_thirty_metres_is_not_near(self, places):
        city.take(city.managers(at=NOW), city.csv(*city.MANAGERS), at=NOW)

        assert queries.managers_at(Point(121.27, 24.9702), None)[0].why == "near"
        assert queries.managers_at(Point(121.27, 24.9704), None) == []
