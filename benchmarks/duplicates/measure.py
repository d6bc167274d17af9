"""Fill a database with texts, ask the product's own index, and the same of MinHash LSH."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from datasketch import MinHash, MinHashLSH

Texts = Sequence[tuple[str, str]]
DAY = date(2026, 1, 5)
MOST = 20


@dataclass
class Measured:
    """One way of finding near-duplicates."""

    build_s: float = 0.0
    first_s: float = 0.0
    recall: dict[str, float] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """As they are printed."""
        return {
            "recall": {name: round(value, 4) for name, value in self.recall.items()},
            "p50_ms": round(float(np.percentile(self.milliseconds, 50)), 2),
            "p95_ms": round(float(np.percentile(self.milliseconds, 95)), 2),
            "build_s": round(self.build_s, 1),
            "first_query_s": round(self.first_s, 2),
        }


class Ours:
    """The product's index with its database: what a page asks."""

    def __init__(self, texts: Texts) -> None:
        from cityhall.engines.cases.models import Case
        from cityhall.engines.likeness import queries, services

        self.queries, self.model = queries, Case
        self.found = Measured()
        self.first = _filled(texts)
        started = time.perf_counter()
        cases = list(Case.objects.filter(pk__gte=self.first).only("pk", "title", "text").order_by("pk"))
        services.index_many(((case, f"{case.title}\n{case.text}") for case in cases), day=DAY)
        self.found.build_s = time.perf_counter() - started
        self.among = Case.objects.filter(pk__gte=self.first)
        started = time.perf_counter()
        self.ask("路燈不亮", "路燈不亮")
        self.found.first_s = time.perf_counter() - started

    def ask(self, subject: str, body: str, least: float = 0.5) -> list[tuple[int, float]]:
        """The texts that are alike, by their number, and how alike."""
        rows = self.queries.alike(self.model, f"{subject}\n{body}", among=self.among, least=least, most=MOST, day=DAY)
        return [(row.pk - self.first, row.likeness) for row in rows]

    def timed(self, subject: str, body: str) -> list[int]:
        """The same with a clock."""
        started = time.perf_counter()
        rows = self.ask(subject, body)
        self.found.milliseconds.append((time.perf_counter() - started) * 1000)
        return [number for number, _likeness in rows]


def _filled(texts: Texts) -> int:
    import uuid

    from cityhall.engines.cases.models import Case
    from cityhall.foundation.clock import at

    last = Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    Case.objects.bulk_create(
        (
            Case(reference=uuid.UUID(int=last + n), title=subject[:100], text=body, channel="WEB", received_at=at(DAY, 9))
            for n, (subject, body) in enumerate(texts, start=1)
        ),
        batch_size=2_000,
    )  # fmt: skip
    first = Case.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True).first()
    assert first is not None
    return first


class MinHashed:
    """datasketch's MinHash LSH over runs of three characters, as field note 07 measured it."""

    def __init__(self, texts: Texts, threshold: float = 0.5, permutations: int = 128) -> None:
        self.found, self.permutations = Measured(), permutations
        started = time.perf_counter()
        self.index = MinHashLSH(threshold=threshold, num_perm=permutations)
        for number, (subject, body) in enumerate(texts):
            self.index.insert(number, self._hash(subject, body))
        self.found.build_s = time.perf_counter() - started

    def _hash(self, subject: str, body: str) -> MinHash:
        text = f"{subject}{body}"
        found = MinHash(num_perm=self.permutations)
        found.update_batch([text[at : at + 3].encode() for at in range(max(1, len(text) - 2))])
        return found

    def timed(self, subject: str, body: str) -> list[int]:
        """The texts that fall into the same buckets, with a clock."""
        started = time.perf_counter()
        rows = list(self.index.query(self._hash(subject, body)))
        self.found.milliseconds.append((time.perf_counter() - started) * 1000)
        return rows
