"""Our city and pygeoapi, each served by two workers with the same villages, and what one asks of both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.security.tools import tool
from tests.support.city import City
from tests.support.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]
GEO = Path(os.environ.get("CITYHALL_BUILD_DIR", ROOT / "build")) / "geo"
FILL = """
    from django.utils import timezone
    from cityhall.domains.spatial.tests import city as cities
    from cityhall.engines.directory.tests.factories import make_agency
    from cityhall.project.boundaries import take_boundaries
    now = timezone.now()
    take_boundaries(at=now)
    cities.listed("villages", make_agency("works"), by=None, at=now)
    answer = 1
"""


@contextmanager
def ours(home: Path) -> Iterator[str]:
    """Our city with the boundaries of the build; answers the address of the villages."""
    city = City(home, f"sqlite:///{home / 'city.sqlite3'}", task_workers=1, web_workers=2)
    city.command("migrate", "-v", "0")
    city.ask(FILL)
    city.start()
    try:
        yield f"{city.url}/ogc/collections/villages/items"
    finally:
        city.stop()


@contextmanager
def pygeoapi(home: Path) -> Iterator[str]:
    """pygeoapi with its GeoJSON provider on the same file, behind gunicorn; answers the address of the villages."""
    programs, port = tool("pygeoapi"), free_port()
    url = f"http://127.0.0.1:{port}"
    (home / "pygeoapi.yml").write_text(json.dumps(_settings(url)), encoding="utf-8")  # JSON is YAML
    env = {**os.environ, "PYGEOAPI_CONFIG": str(home / "pygeoapi.yml"), "PYGEOAPI_OPENAPI": str(home / "openapi.yml")}
    words = [
        str(programs / "pygeoapi"),
        "openapi",
        "generate",
        env["PYGEOAPI_CONFIG"],
        "--output-file",
        env["PYGEOAPI_OPENAPI"],
    ]
    subprocess.run(words, env=env, check=True, capture_output=True)
    words = [str(programs / "gunicorn"), "-w", "2", "-b", f"127.0.0.1:{port}", "pygeoapi.flask_app:APP"]
    with (home / "pygeoapi.log").open("wb") as log:
        process = subprocess.Popen(words, env=env, stdout=log, stderr=log, cwd=home)
    try:
        end = time.monotonic() + 120
        while True:
            try:
                httpx.get(f"{url}/collections", params={"f": "json"}, trust_env=False).raise_for_status()
                break
            except httpx.HTTPError:
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError((home / "pygeoapi.log").read_text()[-2000:]) from None
                time.sleep(0.2)
        yield f"{url}/collections/villages/items"
    finally:
        process.terminate()
        process.wait(30)


def _settings(url: str) -> dict[str, Any]:
    provider = {"type": "feature", "name": "GeoJSON", "data": str(GEO / "villages.geojson"), "id_field": "code"}
    contact = {"name": "a", "position": "a", "address": "a", "city": "a", "stateorprovince": "a", "postalcode": "a", "country": "a",
               "phone": "a", "fax": "a", "email": "a@a.example", "url": url, "hours": "a", "instructions": "a", "role": "a"}  # fmt: skip
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 0}, "url": url, "mimetype": "application/json; charset=UTF-8", "encoding": "utf-8",
            "languages": ["en-US"], "map": {"url": "", "attribution": ""}, "limits": {"default_items": 1000, "max_items": 1000},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {"title": "a", "description": "a", "keywords": ["a"], "keywords_type": "theme", "terms_of_service": url, "url": url},
            "license": {"name": "a", "url": url}, "provider": {"name": "a", "url": url}, "contact": contact,
        },
        "resources": {
            "villages": {
                "type": "collection", "title": "villages", "description": "villages", "keywords": ["villages"], "links": [],
                "extents": {"spatial": {"bbox": [120.9, 24.5, 121.5, 25.2], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
                "providers": [provider],
            }
        },
    }  # fmt: skip


def asked(url: str, seconds: float, connections: int = 16) -> dict[str, float]:
    """What a program of its own met that asked without pause; of few connections one worker might get all."""
    words = [sys.executable, "-m", "benchmarks.features.asking", url, str(seconds), str(connections)]
    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
