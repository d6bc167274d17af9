"""Which records are about the same: asked of an index that every process builds for itself and keeps up to date.

The prints stand in the database. A process keeps in memory only their sketches (256 bytes a text) and how rare each
run of letters is (8 MB); what it finds there is compared exactly, with the prints of the few that come into question.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model, QuerySet

from .grams import Grams, Rarity, Sketches, cosines, grams, unpacked
from .models import Print

CANDIDATES = 150
"""So many texts are compared exactly."""
LEARNT = 4_000
"""From so many of the newest texts it is learnt how rare a run is."""
TAIL = 500
"""Transactions end in another order than they begin: so many of the last keys are looked through again."""
CHUNK = 2_000
ANEW_DAYS = 7
"""So often how rare a run is is learnt anew, and what is too old is forgotten."""


@dataclass(frozen=True)
class Alike:
    """Another record and how alike its text is, from 0 to 1."""

    pk: int
    likeness: float


class _Index:
    """One kind of record, as far as this process has read it."""

    def __init__(self, kind: int) -> None:
        self.kind = kind
        self.lock = threading.Lock()
        self.begin(date.min)

    def begin(self, day: date) -> None:
        self.day = day
        self.rarity, self.sketches = Rarity(), Sketches()
        self.last, self.tail = 0, dict[int, int]()

    def _prints(self) -> QuerySet[Print]:
        return Print.objects.filter(subject_type=self.kind)

    def refresh(self, day: date) -> None:
        """Read what was written since. Everything anew once a week, or when the last one read is no longer there."""
        newest = dict(self._prints().filter(pk__gt=self.last - TAIL).order_by("pk").values_list("pk", "stamp"))
        if abs((day - self.day).days) >= ANEW_DAYS or (self.last and newest.get(self.last) != self.tail.get(self.last)):
            self._anew(day)
        elif fresh := [pk for pk, stamp in newest.items() if self.tail.get(pk) != stamp]:
            if len(fresh) > CHUNK:
                self._anew(day)
            else:
                self._read(self._prints().filter(pk__in=fresh), learn=True)

    def _anew(self, day: date) -> None:
        self.begin(day)
        self._learn()
        self._read(self._prints())

    def _learn(self) -> None:
        rows = self._prints().order_by("-pk").values_list("grams", flat=True)[:LEARNT]
        self.rarity.learn([unpacked(bytes(row)) for row in rows])

    def _read(self, prints: QuerySet[Print], *, learn: bool = False) -> None:
        for pk, subject, stamp, sketch in (
            prints.order_by("pk").values_list("pk", "subject_id", "stamp", "sketch").iterator(chunk_size=CHUNK)
        ):
            self.sketches.add(subject, np.frombuffer(bytes(sketch), dtype="<u4").astype(np.int64))
            self.tail[pk] = stamp
            self.last = max(self.last, pk)
        self.tail = {pk: stamp for pk, stamp in self.tail.items() if pk > self.last - TAIL}
        if learn:
            self.rarity.learn([unpacked(bytes(row)) for row in prints.values_list("grams", flat=True)])


_indexes: dict[tuple[str, int], _Index] = {}


def index_of(model: type[Model]) -> _Index:
    """The index of a kind of record in this process."""
    kind = ContentType.objects.get_for_model(model).pk
    key = str(connection.settings_dict["NAME"]), kind
    return _indexes.setdefault(key, _Index(kind))


def alike(model: type[Model], text: str, *, among: QuerySet[Any], least: float, most: int, day: date) -> list[Alike]:
    """The records of `among` whose text is alike, the most alike first.

    `day` is today: once a week the index is read anew. Whoever asks says by `among` what may be seen.
    """
    return alike_grams(model, grams(text), among=among, least=least, most=most, day=day)


def alike_grams(
    model: type[Model], asked: Grams, *, among: QuerySet[Any], least: float, most: int, day: date
) -> list[Alike]:
    """The same for a text whose runs are known."""
    if not len(asked):
        return []
    index = index_of(model)
    with index.lock:
        index.refresh(day)
        likely = index.sketches.likely(asked, index.rarity, max(CANDIDATES, most))
        rarity = index.rarity
    return [found for found in compared(model, asked, likely, among=among, rarity=rarity) if found.likeness >= least][
        :most
    ]


def compared(
    model: type[Model], asked: Grams, subjects: Iterable[int], *, among: QuerySet[Any], rarity: Rarity
) -> list[Alike]:
    """Records compared exactly with a text, the most alike first; those that are not in `among` are left out."""
    kind = ContentType.objects.get_for_model(model).pk
    wanted = among.filter(pk__in=list(subjects)).values("pk")
    rows = Print.objects.filter(subject_type=kind, subject_id__in=wanted).values_list("subject_id", "grams")
    prints = [(pk, unpacked(bytes(stored))) for pk, stored in rows]
    values = cosines(asked, [one for _pk, one in prints], rarity)
    found = [Alike(pk, round(value, 4)) for (pk, _one), value in zip(prints, values, strict=True)]
    return sorted(found, key=lambda one: (-one.likeness, -one.pk))


def print_of(subject: Model) -> Grams | None:
    """The runs of a record's text, if it has a print."""
    kind = ContentType.objects.get_for_model(type(subject)).pk
    stored = Print.objects.filter(subject_type=kind, subject_id=subject.pk).values_list("grams", flat=True).first()
    return None if stored is None else unpacked(bytes(stored))


def likeness(one: str, other: str, model: type[Model], *, day: date) -> float:
    """How alike two texts are, weighed as among the records of a kind."""
    index = index_of(model)
    with index.lock:
        index.refresh(day)
        return cosines(grams(one), [grams(other)], index.rarity)[0]
