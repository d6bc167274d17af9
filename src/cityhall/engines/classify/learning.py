"""Acts: train on everything that people said, look at what came of it, and keep it to be watched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from cityhall.engines.audit import services as audit
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import child, corpus, guard, queries, registry, services, store
from .corpus import Corpus
from .guard import Finding
from .making import Made
from .model import data_hash
from .models import ModelVersion, StateChange
from .registry import Row
from .states import ModelState

Trainer = Callable[..., Made]


@dataclass(frozen=True)
class Learnt:
    """What a training found; no version where nothing was new."""

    version: ModelVersion | None
    rows: int
    by_people: int
    golden: int
    new: int
    findings: tuple[Finding, ...] = ()


def learn(
    purpose: str, *, at: datetime, seed: int = 0, urgent: Collection[str] = (), train: Trainer = child.train
) -> Learnt:
    """Train on all that the sources hold, if that is not what the newest version learnt from already.

    The arithmetic is done in a child process, without a transaction. Raises CannotTrain where there is nothing to tell
    apart, TrainingFailed where the child was stopped: in both cases nothing changes.
    """
    declared = registry.purpose(purpose)
    found = corpus.gather(declared.sources, frozenset(declared.labels_in_use(day_of(at))))
    texts, labels = [row.text for row in found.rows], [row.label for row in found.rows]
    baseline = queries.trusted(purpose)
    new = [_new(row, baseline) for row in found.rows]
    many = sum(person is not None for person in new)
    newest = queries.versions(purpose).order_by("-number").first()
    if newest is not None and (newest.data_hash, newest.seed) == (data_hash(texts, labels), seed):
        return Learnt(None, len(texts), found.by_people, len(found.golden), many)
    made = train(
        found.rows, found.golden, new, seed=seed, percent=services.percent_wanted(at),
        conditions=queries.conditions(day_of(at)),
    )  # fmt: skip
    findings = look(made, found, new, baseline, urgent)
    version = _keep(purpose, made, found, findings, seed=seed, at=at)
    return Learnt(version, len(texts), found.by_people, len(found.golden), many, tuple(findings))


def _new(row: Row, baseline: ModelVersion | None) -> int | None:
    """Whose new label a row is: said since the version that is trusted was trained, and not looked at since."""
    if row.by is None or row.at is None or row.sure:
        return None
    return row.by if baseline is None or row.at > baseline.trained_at else None


def look(
    made: Made, found: Corpus, new: Sequence[int | None], baseline: ModelVersion | None, urgent: Collection[str]
) -> list[Finding]:
    """What every rule says of a training, against the version that is trusted now."""
    contradicted = guard.consensus(made.contradicted)
    mine = [row for row, person in zip(found.rows, new, strict=True) if row.by is not None and person is None]
    lately = [row.label for row, person in zip(found.rows, new, strict=True) if person is not None]
    changed = guard.classes([row.label for row in mine], lately)
    if baseline is None:
        return [guard.macro_f1(None, None, rows=0), *contradicted, changed]
    before = store.HeldOut.unpack(bytes(baseline.held_out))
    now = store.HeldOut.unpack(made.held_out)
    shared = now.rows_shared_with(before)
    return [
        guard.macro_f1(before.macro_f1_on_rows_of(now), now.macro_f1_on_rows_of(before), rows=shared),
        guard.urgent_recall(
            before.recall_on_rows_of(now, urgent), now.recall_on_rows_of(before, urgent), rows=shared
        ),
        guard.golden(*_golden(made, found, baseline, before)),
        *contradicted,
        changed,
    ]  # fmt: skip


def _golden(made: Made, found: Corpus, baseline: ModelVersion, before: store.HeldOut) -> tuple[list[bool], list[bool]]:
    """Whether the version in use, and the new one, told each golden text rightly.

    An earlier version may have learnt from a text before it was golden: then its cross-validation speaks, or nobody.
    """
    try:
        model = store.unpack(bytes(baseline.arrays), baseline.checksum)
    except store.CannotLoad:
        return [], []
    guessed = before.guesses()
    learnt_all = not any(source.startswith("golden") for source in baseline.sources)
    was, now = [], []
    for row, said in zip(found.golden, made.golden, strict=True):
        told = guessed.get(store.digest(row.text))
        if told is None:
            if learnt_all:
                continue
            told = model.predict(row.text, explain=False).label
        was.append(told == row.label)
        now.append(said == row.label)
    return was, now


@act
def _keep(
    purpose: str, made: Made, found: Corpus, findings: Sequence[Finding], *, seed: int, at: datetime
) -> ModelVersion:
    sources = [*found.used, f"golden: {len(found.golden)}"]
    version = services.keep(purpose, made, at=at, seed=seed, sources=sources, findings=findings)
    if guard.all_passed(findings):
        retire_others(version, at=at)
    else:
        audit.record(
            "classify.held_back", version, by=None, at=at,
            new={"guards": sorted({one.guard for one in findings if not one.passed})},
        )  # fmt: skip
    return version


def retire_others(version: ModelVersion, *, at: datetime) -> None:
    """A newer version that passed takes the place of those that were watched before it."""
    rows = ModelVersion.objects.light().filter(
        purpose=version.purpose, state=ModelState.SHADOW, number__lt=version.number
    )
    for row in rows.select_for_update():
        row.state = ModelState.RETIRED
        row.save(update_fields=["state"])
        StateChange.objects.create(version=row, state=ModelState.RETIRED, at=at, reason=str(version))


def forget_bytes(purpose: str, *, before: datetime) -> int:
    """Versions that were never used keep their figures and lose their bytes after a while."""
    used = StateChange.objects.filter(state=ModelState.LIVE).values("version")
    rows = ModelVersion.objects.filter(
        purpose=purpose, state=ModelState.RETIRED, trained_at__lt=before, has_bytes=True
    ).exclude(pk__in=used)
    return rows.update(arrays=b"", held_out=b"", has_bytes=False)
