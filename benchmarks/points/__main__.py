"""`python -m benchmarks.points [--points N] [--json]`: points to villages, many at once beside DuckDB spatial, one over HTTP.

Exits 1 where the hits differ, below 300,000 points a second, or where one point over HTTP takes more than 12 ms (p50).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

LEAST_BULK, MOST_SINGLE_MS = 300_000.0, 12.0
SEED = 20160101


def _layer(path: Path) -> Any:
    """The villages of the build as our engine holds them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityhall.project.settings")
    import django

    django.setup()
    import pyarrow as pa
    import shapely

    from cityhall.engines.layers import memory
    from cityhall.engines.layers.registry import Column, Source

    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    shapes = [shapely.to_wkb(shapely.from_geojson(json.dumps(one["geometry"]))) for one in features]
    columns = {"id": [one["id"] for one in features], "name": [one["properties"]["name"] for one in features]}
    table = pa.table({**columns, "geometry": pa.array(shapes, pa.binary())})
    return memory.held(Source("villages", "", (Column("name", "string"),), lambda: "1", lambda: table))


def _duckdb(layer: Any, lon: Any, lat: Any) -> tuple[float, int]:
    """Seconds and hits of DuckDB's join."""
    import duckdb
    import pyarrow as pa
    import shapely
    from duckdb_extensions import import_extension

    import_extension("spatial")
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1; LOAD spatial")
        villages = pa.table({"id": layer.ids, "wkb": pa.array(list(shapely.to_wkb(layer.shapes)), pa.binary())})
        points = pa.table({"lon": lon, "lat": lat})
        connection.register("given", villages)
        connection.register("points", points)
        connection.execute("CREATE TABLE villages AS SELECT id, ST_GeomFromWKB(wkb) AS shape FROM given")
        began = time.perf_counter()
        found = connection.execute(
            "SELECT count(*) FROM points JOIN villages ON ST_Intersects(shape, ST_Point(lon, lat))"
        ).fetchone()
        return time.perf_counter() - began, int(found[0]) if found else 0


def main() -> int:
    """Many at once, then one after the other over HTTP."""
    parser = argparse.ArgumentParser(prog="benchmarks.points")
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    from benchmarks.features.served import GEO, asked, ours

    with tempfile.TemporaryDirectory() as folder:
        os.environ["CITYHALL_DATA_DIR"] = folder
        layer = _layer(GEO / "villages.geojson")
        from cityhall.engines.layers.selecting import at_points

        chance = np.random.default_rng(SEED)
        west, south, east, north = layer.box
        lon, lat = chance.uniform(west, east, given.points), chance.uniform(south, north, given.points)
        rounds = []
        for _n in range(5):
            began = time.perf_counter()
            places = at_points(layer, lon, lat)
            rounds.append(time.perf_counter() - began)
        took, hits = sorted(rounds)[2], int((places >= 0).sum())
        theirs_took, theirs_hits = _duckdb(layer, lon, lat)
        with ours(Path(folder)) as url:
            query = f"filter=S_INTERSECTS(geometry,POINT({lon[0]:.6f}%20{lat[0]:.6f}))"
            asked(f"{url}?{query}", 2.0)
            single = asked(f"{url}?{query}", 5.0, connections=1)
    said = {
        "points": given.points, "hits": hits, "duckdb_hits": theirs_hits, "per_second": round(given.points / took),
        "duckdb_per_second": round(given.points / theirs_took), "single_p50_ms": round(single["p50_ms"], 2),
        "single_per_second": round(single["per_second"]),
    }  # fmt: skip
    if not given.json:
        print(f"ours   {said['per_second']:>9,} points/s, {hits:,} hits")
        print(f"duckdb {said['duckdb_per_second']:>9,} points/s, {theirs_hits:,} hits")
        print(f"one over HTTP: p50 {single['p50_ms']:.1f} ms, {single['per_second']:.0f}/s")
    print(json.dumps(said))
    good = hits == theirs_hits and said["per_second"] >= LEAST_BULK and not single["wrong"]
    return 0 if good and single["p50_ms"] <= MOST_SINGLE_MS else 1


sys.exit(main())
