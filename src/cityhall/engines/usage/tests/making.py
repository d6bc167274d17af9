"""What tests of counted use begin with."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from cityhall.engines.usage import journal, registry, services
from cityhall.engines.usage.models import Batch
from cityhall.engines.usage.registry import Source
from cityhall.foundation.clock import at as instant

TODAY = date(2016, 9, 15)
NOW = instant(TODAY, 10)
PORTAL = Source("portal", "資料入口", acts={"view": "瀏覽", "download": "下載"}, subjects={"dataset": "資料集"})
GATES = Source("gates", "門禁", acts={"enter": "進入"}, outside=True)


@pytest.fixture
def store_home(tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of its own with two sources, and a journal that begins here."""
    settings.USAGE_DIR = tmp_path / "usage"
    settings.USAGE_MEMORY = "500MB"
    monkeypatch.setattr(registry, "sources", {"portal": PORTAL, "gates": GATES})
    journal.close()
    yield settings.USAGE_DIR
    journal.close()


def sheet(folder: Path, text: str, name: str = "gates.csv", encoding: str = "utf-8") -> Path:
    """A file of an outside system."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def taken_in(path: Path, **given: Any) -> Batch:
    """A file that was read to its end."""
    return services.take_in(path, **{"source": "gates", "by": None, "at": NOW, **given})
