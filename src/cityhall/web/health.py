"""Is it well, and how much: `/healthz` asks registered checks, `/metrics` shows counters and gauges.

Counters live in one file a worker (prometheus_client's own format), so that any worker can answer for
all of them. Gauges are asked from the database when somebody looks.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.conf import settings

log = logging.getLogger("cityhall.health")


@dataclass(frozen=True)
class Status:
    """What a check found: `ok`, `warn` (works, but somebody should look) or `fail`."""

    level: Literal["ok", "warn", "fail"]
    note: str = ""

    @classmethod
    def ok(cls, note: str = "") -> Status:
        """All is well."""
        return cls("ok", note)

    @classmethod
    def warn(cls, note: str) -> Status:
        """It works; somebody should look."""
        return cls("warn", note)

    @classmethod
    def fail(cls, note: str) -> Status:
        """It does not work."""
        return cls("fail", note)


Number = float | int
_checks: dict[str, Callable[[], Status]] = {}
_gauges: dict[str, tuple[str, Callable[[], Number | Mapping[str, Number]]]] = {}


def check(name: str, ask: Callable[[], Status]) -> None:
    """Declare a check of `/healthz`."""
    _checks[name] = ask


def gauge(name: str, help: str, ask: Callable[[], Number | Mapping[str, Number]]) -> None:
    """Declare a number of `/metrics`; a mapping gives one line a label (`kind`)."""
    _gauges[name] = (help, ask)


def ask_all() -> dict[str, Status]:
    """Every check's answer; one that raises has failed, with the kind of error as its note."""
    answers = {}
    for name, ask in sorted(_checks.items()):
        try:
            answers[name] = ask()
        except Exception as error:  # a broken check is an answer, not a broken page
            log.exception("check %s failed", name)
            answers[name] = Status.fail(type(error).__name__)
    return answers


# --- counters ---------------------------------------------------------------------------------------------

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def metrics_folder() -> Path | None:
    """Where workers keep their counters; None counts in memory only (tests, commands)."""
    folder = getattr(settings, "METRICS_DIR", None)
    return Path(folder) if folder else None


ROOM = 1 << 20
"""Bytes of a file of counters: several times what all routes and answers need."""


def _reserve(folder: Path) -> None:
    """Have the disk give the room for this worker's files now.

    They are mapped into memory. Where a mapped page has no room on a full disk, the system kills the worker.
    """
    for kind in ("counter", "histogram"):
        with (folder / f"{kind}_{os.getpid()}.db").open("ab") as file:
            file.write(bytes(max(0, ROOM - file.tell())))


class _Counters:
    """prometheus_client, told where to keep its files before it is first imported; in memory where no file fits."""

    def __init__(self) -> None:
        folder = metrics_folder()
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                _reserve(folder)
                os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
            except OSError:
                log.exception("no room for counters")
                os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self.registry = CollectorRegistry()
        self.requests = Counter(
            "cityhall_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "cityhall_request_seconds", "Time to answer.", ("route",), buckets=BUCKETS, registry=self.registry
        )


_counters: _Counters | None = None


def counters() -> _Counters:
    """The counters of this worker."""
    global _counters
    if _counters is None:
        _counters = _Counters()
    return _counters


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    known = method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "OTHER"
    mine = counters()
    mine.requests.labels(known, route, str(status)).inc()
    mine.seconds.labels(route).observe(seconds)


def forget_counters() -> None:
    """Start from zero: called once when the server starts, before its workers."""
    folder = metrics_folder()
    if folder is not None and folder.is_dir():
        for file in folder.glob("*.db"):
            file.unlink(missing_ok=True)


def exposition() -> str:
    """All numbers in Prometheus' text format: counters of every worker, then gauges from the database."""
    mine = counters()
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.multiprocess import MultiProcessCollector

    if metrics_folder() is not None:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        counted = generate_latest(registry).decode()
    else:
        counted = generate_latest(mine.registry).decode()

    class Gauges:
        def collect(self) -> Iterator[GaugeMetricFamily]:
            for name, (help_text, ask) in sorted(_gauges.items()):
                try:
                    answer = ask()
                except Exception:
                    log.exception("gauge %s failed", name)
                    continue
                if isinstance(answer, Mapping):
                    family = GaugeMetricFamily(name, help_text, labels=["kind"])
                    for kind, value in answer.items():
                        family.add_metric([str(kind)], float(value))
                else:
                    family = GaugeMetricFamily(name, help_text, value=float(answer))
                yield family

    asked = CollectorRegistry()
    asked.register(Gauges())
    return counted + generate_latest(asked).decode()
