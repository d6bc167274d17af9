"""Coordinates of one place in five systems, beside DuckDB's (PROJ) and a published point."""

import duckdb
import numpy as np
import pytest
import shapely
from duckdb_extensions import import_extension

from cityhall.engines.layers import crs
from cityhall.engines.layers.refusals import CannotAsk

PLACES = np.array([[121.20, 24.95], [120.98204, 24.5865], [121.48001, 25.12361], [118.3, 24.4]])
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.fixture(scope="module")
def proj():
    import_extension("spatial")
    with duckdb.connect() as connection:
        connection.execute("LOAD spatial")
        yield connection


class TestSystem:
    @pytest.mark.parametrize(("code", "most"), [(3826, 0.005), (3857, 0.005)])
    def test_agrees_with_proj(self, proj, code, most):
        asked = "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Transform(ST_Point(?, ?), 'EPSG:4326', ?, true) AS p)"
        theirs = [proj.execute(asked, [lon, lat, f"EPSG:{code}"]).fetchone() for lon, lat in PLACES]
        ours = crs.system(f"EPSG:{code}").from_degrees(PLACES)

        assert np.abs(ours - np.array(theirs)).max() < most

    def test_agrees_with_the_published_point_of_mercator(self):
        # IOGP Guidance Note 7-2, Popular Visualisation Pseudo-Mercator
        degrees = np.array([[-(100 + 20 / 60), 24 + 22 / 60 + 54.433 / 3600]])

        assert crs.system("EPSG:3857").from_degrees(degrees)[0] == pytest.approx([-11169055.58, 2800000.00], abs=0.01)

    @pytest.mark.parametrize("uri", list(crs.SYSTEMS))
    def test_comes_back_to_where_it_began(self, uri):
        one = crs.system(uri)

        assert one.to_degrees(one.from_degrees(PLACES)) == pytest.approx(PLACES, abs=1e-8)

    def test_of_degrees_by_epsg_says_latitude_first(self):
        assert crs.system(EPSG + "4326").from_degrees(PLACES)[0].tolist() == [24.95, 121.20]
        assert crs.system("[EPSG:3824]").from_degrees(PLACES)[0].tolist() == [24.95, 121.20]
        assert crs.system("OGC:CRS84").from_degrees(PLACES)[0].tolist() == [121.20, 24.95]

    @pytest.mark.parametrize("uri", ["EPSG:3828", "http://example.com/", "4326", "x" * 5000])
    def test_unknown_is_refused_with_those_that_are_known(self, uri):
        with pytest.raises(CannotAsk, match="3826"):
            crs.system(uri)


class TestBox:
    def test_in_metres_covers_what_the_same_box_in_degrees_covers(self):
        degrees = crs.box("121.20,24.95,121.25,25.00")
        corners = crs.system("EPSG:3826").from_degrees(np.array([[121.20, 24.95], [121.25, 25.00]]))
        metres = crs.box(",".join(map(str, corners.ravel())), crs.system("EPSG:3826"))

        assert shapely.symmetric_difference(degrees, metres).area < degrees.area * 0.01

    def test_takes_heights_and_the_order_of_its_system(self):
        plain = crs.box("121.20,24.95,121.25,25.00")

        assert crs.box("121.20,24.95,0,121.25,25.00,100").equals(plain)
        assert crs.box("24.95,121.20,25.00,121.25", crs.system("EPSG:4326")).equals(plain)

    def test_may_go_round_the_back_of_the_earth(self):
        assert crs.box("170,-10,-170,10").area == pytest.approx(400)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "1,2,3",
            "a,b,c,d",
            "1,2,3,4,5",
            "121,25,122,nan",
            "121,25,122,inf",
            "121,95,122,96",
            "121,25,122,24",
            "24.9,121.2,25,121.3",
        ],
    )
    def test_that_is_none_is_refused(self, text):
        with pytest.raises(CannotAsk, match="bbox"):
            crs.box(text)

    @pytest.mark.parametrize("text", ["2,2,1,1", "0,0,1e12,1e12"])
    def test_in_metres_that_is_none_is_refused(self, text):
        with pytest.raises(CannotAsk, match="bbox"):
            crs.box(text, crs.system("EPSG:3826"))
