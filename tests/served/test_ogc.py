"""`/ogc` of a served city by the clients that people have: OWSLib, and GDAL's OAPIF driver as QGIS uses it (in pyogrio)."""

import httpx
import pyogrio
import pytest
from owslib.ogcapi.features import Features

from tests.support.city import City, until

BOX = (121.255, 24.955, 121.265, 24.965)


@pytest.fixture(scope="module")
def service(city: City) -> str:
    """A city with boundaries in force and its villages in the catalogue."""
    city.ask(
        """
        from django.utils import timezone
        from cityhall.domains.spatial.tests import city as cities
        from cityhall.engines.directory.models import Agency
        from cityhall.engines.places.tests import city as places
        now = timezone.now()
        places.take(places.services.standard_layer("BOUNDARIES"), places.boundaries(), at=now)
        cities.listed("villages", Agency.objects.first(), by=None, at=now)
        answer = 1
        """
    )
    return f"{city.url}/ogc/"


class TestOwslib:
    """The calls of research note 03 §3d."""

    def test_reads_what_the_service_says_of_itself(self, service):
        features = Features(service)

        assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in features.conformance()["conformsTo"]
        assert features.feature_collections() == ["villages"]
        assert features.collection("villages")["id"] == "villages"
        assert "name" in features.collection_queryables("villages")["properties"]
        assert "id" in features.collection_schema("villages")["properties"]
        assert features.api()["openapi"].startswith("3.")

    def test_reads_features_by_box_property_and_filter(self, service):
        features = Features(service)

        assert features.collection_items("villages", bbox=list(BOX), limit=5)["numberReturned"] == 1
        assert features.collection_items("villages", name="文昌里")["features"][0]["id"] == "v2"
        assert features.collection_items("villages", filter="name LIKE '中%'")["numberMatched"] == 1
        assert features.collection_item("villages", "v1")["properties"]["name"] == "中平里"


class TestGdal:
    def test_reads_the_layer_with_its_system(self, service):
        layers = pyogrio.list_layers(f"OAPIF:{service}")
        about, table = pyogrio.read_arrow(f"OAPIF:{service}", layer="villages")

        assert [name for name, _kind in layers] == ["villages"]
        assert table["name"].to_pylist() == ["中平里", "文昌里"]
        assert "CRS84" in about["crs"] or "4326" in about["crs"]

    def test_reads_by_box_and_goes_from_page_to_page(self, service):
        _about, inside = pyogrio.read_arrow(f"OAPIF:{service}", layer="villages", bbox=BOX)
        _about, paged = pyogrio.read_arrow(f"OAPIF:{service}", layer="villages", PAGE_SIZE=1)

        assert inside["name"].to_pylist() == ["中平里"]
        assert paged.num_rows == 2

    def test_reads_tiles_as_one_file_by_ranges_once_the_worker_has_made_them(self, service):
        address = f"{service}collections/villages/tiles.pmtiles"
        until(lambda: httpx.get(address, trust_env=False).status_code == 200, "the worker makes the tiles")
        part = httpx.get(address, headers={"Range": "bytes=0-6"}, trust_env=False)
        layers = pyogrio.list_layers(f"/vsicurl/{address}")

        assert (part.status_code, part.content) == (206, b"PMTiles")
        assert [name for name, _kind in layers] == ["villages"]
