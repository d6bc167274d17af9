"""Spark gives the answers of DuckDB, by the same expressions.

Spark lives in an environment of its own (`requirements/tools/spark.lock`) and needs Java 17 from the system.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from cityhall.engines.usage import expressions, folding, journal, queries, registry, services, store
from cityhall.engines.usage.queries import Asked
from cityhall.engines.usage.registry import Source
from cityhall.foundation.clock import at as instant
from tests.security.tools import ROOT, CannotInstall, tool

pytestmark = pytest.mark.django_db
ASK = Path(__file__).with_name("spark_ask.py")
URL = "pyspark://?spark.master=local[2]&spark.ui.enabled=false&spark.sql.session.timeZone=America/New_York"
NOW = instant(date(2016, 9, 15), 10)
AUGUST = Asked(first=date(2016, 8, 1), last=date(2016, 8, 31))

QUESTIONS: list[tuple[str, Asked, list[str], dict[str, Any]]] = [
    ("total", Asked(), [], {}),
    ("total", Asked(sources=["nobody"]), [], {}),
    ("by", Asked(), ["day"], {}),
    ("by", Asked(marks=()), ["month", "source", "act", "mark"], {}),
    ("by", AUGUST, ["hour"], {}),
    ("by", Asked(places=["A", "B"], acts=["enter"]), ["place", "subject_kind"], {}),
    ("top", Asked(), ["subject", 3], {}),
    ("unique", Asked(), [], {}),
    ("unique", AUGUST, ["month", "place"], {"of": "subject"}),
]


def java() -> str:
    """Which Java there is; skips where Spark's is missing."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17, and there is no Java")
    said = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
    if 'version "17' not in said:
        pytest.skip(f"Spark needs Java 17: {said.splitlines()[0] if said else '?'}")
    return said


@pytest.fixture
def events(tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch around midnights and a month's end, what was counted at the portal, and a correction."""
    settings.USAGE_DIR = tmp_path / "usage"
    monkeypatch.setattr(registry, "sources", {})
    registry.source(Source("gates", "gates", outside=True))
    registry.source(Source("portal", "portal"))
    rows = [
        f"2016-0{7 + day // 40}-{1 + day % 31:02},{day % 24},enter,{'gym' if day % 3 else '游泳池'},{'ABC'[day % 3]},{day}"
        for day in range(62)
    ]
    for last in ("1", "2"):
        path = tmp_path / f"gates{last}.csv"
        path.write_text(
            "\n".join(["日期,時,使用方式,使用對象,使用地點,次數", *rows[:-1], rows[-1][:-2] + last]), encoding="utf-8"
        )
        services.take_in(path, source="gates", first=date(2016, 7, 1), last=date(2016, 8, 31), by=None, at=NOW)
    for hour in (0, 23):
        for mark in ("", "robot"):
            journal.record(
                source="portal", act="view", subject="公廁", mark=mark, at=instant(date(2016, 7, 31), hour, 59)
            )
    folding.fold(NOW)
    journal.close()


@pytest.mark.usefixtures("events")
def test_spark_answers_as_duckdb_does_whatever_its_zone(tmp_path: Path) -> None:
    java()
    try:
        python = tool("spark") / "python"
    except CannotInstall as reason:
        pytest.skip(str(reason))
    said = {
        "url": URL,
        "home": str(store.events()),
        "names": queries.names(Asked()),
        "questions": [(name, asdict(asked), words, options) for name, asked, words, options in QUESTIONS],
    }
    questions, answers = tmp_path / "questions.json", tmp_path / "answers.json"
    questions.write_text(json.dumps(said, default=str), encoding="utf-8")
    done = subprocess.run(
        [str(python), str(ASK), str(questions), str(answers)],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYSPARK_PYTHON": str(python)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    spark = json.loads(answers.read_text(encoding="utf-8"))

    engine = queries.backend()
    for (name, asked, words, options), other in zip(QUESTIONS, spark, strict=True):
        table = engine.answer(getattr(expressions, name)(engine.events(said["names"]), asked, *words, **options))
        rows = [{key: str(value) for key, value in row.items()} for row in table.to_pylist()]
        assert other["rows"] == rows, name
        assert other["types"] == [str(one) for one in table.schema.types], name
    assert spark[0]["rows"] != spark[1]["rows"]
