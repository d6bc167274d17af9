"""The build's own parts: boundaries from TopoJSON, cutting of fonts, stamps, Node; and what it made, if it has run."""

from __future__ import annotations

import gzip
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from shapely.geometry import Point, shape

from cityhall.web.build import fonts, geo, node
from cityhall.web.build.__main__ import Stamps, digest


def area(arcs: list[list[int]], **about: str | None) -> dict[str, Any]:
    return {"type": "Polygon", "arcs": arcs, "properties": about}


def village(arcs: list[list[int]], code: str, district: str, name: str) -> dict[str, Any]:
    return area(
        arcs, COUNTYCODE="68000", TOWNCODE=code[:8], TOWNNAME=district, VILLCODE=code, VILLNAME=name, VILLENG=None
    )


# Two squares that share the arc in their middle; the second village folds over itself as a bow tie does.
TOPOLOGY = {
    "type": "Topology",
    "transform": {"scale": [0.01, 0.01], "translate": [121.0, 24.0]},
    "arcs": [
        [[10, 0], [0, 10]],
        [[10, 10], [-10, 0], [0, -10], [10, 0]],
        [[10, 0], [10, 0], [0, 10], [-10, 0]],
        [[30, 0], [10, 10], [0, -10], [-10, 10], [0, -10]],
    ],
    "objects": {
        "towns": {
            "geometries": [
                area([[0, 1]], COUNTYCODE="68000", TOWNCODE="68000020", TOWNNAME="中壢區", TOWNENG="Zhongli District"),
                area([[2, -1]], COUNTYCODE="68000", TOWNCODE="68000010", TOWNNAME="桃園區", TOWNENG="Taoyuan District"),
                area(
                    [[2, -1]], COUNTYCODE="63000", TOWNCODE="63000010", TOWNNAME="松山區", TOWNENG="Songshan District"
                ),
            ]
        },
        "villages": {
            "geometries": [
                village([[0, 1]], "68000020001", "中壢區", "石頭里"),
                village([[3]], "68000010001", "桃園區", "文化里"),
            ]
        },
    },
}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "villages-10t.json").write_text(json.dumps(TOPOLOGY), encoding="utf-8")
    geo.build(tmp_path, "68000", tmp_path / "geo", tmp_path / "static")
    return tmp_path


def features(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["features"]


class TestGeo:
    def test_takes_one_city_in_the_order_of_codes(self, built: Path) -> None:
        towns = features(built / "geo" / "districts.geojson")

        assert [one["properties"]["name"] for one in towns] == ["桃園區", "中壢區"]
        assert towns[0]["properties"] == {"code": "68000010", "name": "桃園區", "name_en": "Taoyuan District"}

    def test_neighbours_share_their_border_and_rings_run_as_rfc_7946_says(self, built: Path) -> None:
        east, west = (shape(one["geometry"]) for one in features(built / "geo" / "districts.geojson"))

        assert east.intersection(west).length == pytest.approx(0.1)
        assert east.exterior.is_ccw
        assert west.exterior.is_ccw
        assert west.contains(Point(121.05, 24.05))

    def test_repairs_what_crosses_itself(self, built: Path) -> None:
        villages = features(built / "geo" / "villages.geojson")

        assert all(shape(one["geometry"]).is_valid for one in villages)
        assert shape(villages[0]["geometry"]).area > 0
        assert villages[0]["properties"]["name_en"] == ""

    def test_an_unknown_city_is_refused_with_a_sentence(self, built: Path) -> None:
        with pytest.raises(SystemExit, match="CITYHALL_CITY_CODE"):
            geo.build(built, "99999", built / "geo", built / "static")


class TestFonts:
    def test_ranges_are_exact_or_coarse(self) -> None:
        assert fonts._spans([3, 1, 2, 9]) == [(1, 3), (9, 9)]
        assert fonts._spans([1, 5, 300], gap=10) == [(1, 5), (300, 300)]

    def test_big5_first_level_is_plain(self) -> None:
        assert fonts._is_plain(ord("一"))
        assert not fonts._is_plain(ord("喆"))
        assert not fonts._is_plain(0x20BB7)

    def test_common_characters_are_listed_once(self) -> None:
        text = (Path(fonts.__file__).parents[1] / "assets" / "common-characters.txt").read_text(encoding="utf-8")
        characters = "".join(text.split())

        assert len(characters) == len(set(characters)) == 2560
        assert set("路燈不亮陳情回復") <= set(characters)


class TestStamps:
    def test_does_the_work_once_until_its_sources_change(self, tmp_path: Path) -> None:
        product, done = tmp_path / "product", []
        stamps = Stamps(tmp_path / "stamps", force=False)

        def work() -> None:
            product.write_text("made")
            done.append(1)

        for made_from in ("a", "a", "b"):
            stamps.step("thing", made_from, product, work)

        assert len(done) == 2
        product.unlink()
        assert stamps.step("thing", "b", product, work)

    def test_a_failed_step_is_done_again(self, tmp_path: Path) -> None:
        product = tmp_path / "product"
        product.write_text("half")
        stamps = Stamps(tmp_path / "stamps", force=True)

        with pytest.raises(ZeroDivisionError):
            stamps.step("thing", "a", product, lambda: 1 / 0)

        assert Stamps(tmp_path / "stamps", force=False).step("thing", "a", product, lambda: None)

    def test_digest_sees_content_and_names(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("1")
        before = digest([tmp_path / "a"])
        (tmp_path / "a").write_text("2")

        assert digest([tmp_path / "a"]) != before


class TestNode:
    def test_an_old_node_is_passed_over_for_the_wheel(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, text in (("node", "#!/bin/sh\necho v12.0.0\n"), ("npm", "#!/bin/sh\n")):
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod((tmp_path / name).stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        monkeypatch.setattr(node, "_wheel", lambda: Path("/the/wheel"))

        assert node.environment()["PATH"].startswith("/the/wheel")


class TestWhatWasBuilt:
    """The first view is light: at most 200 KB compressed, without font, map and chart libraries."""

    @pytest.fixture
    def static(self) -> Path:
        folder = Path(settings.BUILD_DIR) / "static" / "web"
        if not (folder / "site.js").exists():
            pytest.skip("nothing is built: run make setup")
        return folder

    def test_first_view_weighs_little(self, static: Path) -> None:
        names = ["cityhall.css", "site.js", "supported.js", "images/favicon.svg"]

        assert sum(len(gzip.compress((static / name).read_bytes())) for name in names) < 60_000
        assert len(gzip.compress((static / "desk.js").read_bytes())) < 30_000

    def test_no_crown_no_gds_font_no_foreign_host(self, static: Path) -> None:
        style = (static / "cityhall.css").read_text(encoding="utf-8")

        assert "crest" not in style
        assert "crown" not in style
        assert "GDS" not in style
        assert "url(http" not in style
        assert "@import" not in style

    def test_every_image_of_the_style_sheet_is_there(self, static: Path) -> None:
        import re

        style = (static / "cityhall.css").read_text(encoding="utf-8")
        for name in re.findall(r"url\(\"?(images/[^)\"]+)", style):
            assert (static / name).exists(), name

    def test_scripts_evaluate_no_text(self, static: Path) -> None:
        for name in ("site.js", "map.js", "maplibre-worker.mjs"):
            text = (static / name).read_text(encoding="utf-8")
            assert "new Function(" not in text, name
        assert "allowEval:!1" in (static / "desk.js").read_text(encoding="utf-8")  # htmx asks before it would

    def test_boundaries_of_the_city_are_complete(self) -> None:
        path = Path(settings.BUILD_DIR) / "geo" / "villages.geojson"
        if not path.exists() or settings.CITY_CODE != "68000":
            pytest.skip("the boundaries of 桃園市 are not built")
        villages = features(path)

        assert len(villages) == 504
        assert all(shape(one["geometry"]).is_valid for one in villages)
        assert len({one["properties"]["district"] for one in villages}) == 13
