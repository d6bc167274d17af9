"""A training from the first row to the bytes that are kept. Pure: it runs as well in a child process, without database.

The same rows, labels and seed give the same bytes, in whatever process.
"""

from __future__ import annotations

import platform
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version as installed
from typing import Any

import numpy

from . import gate, guard, measure, store
from .gate import Conditions, Thresholds
from .model import CannotTrain, Held, Model, Text, again, data_hash
from .model import train as learn

TARGETS = (90, 92, 95, 97, 98, 99)
"""The precisions, in per cent, that an agency may choose among; each has its thresholds from the same predictions."""


@dataclass(frozen=True)
class Made:
    """What a training gave, as it is kept."""

    arrays: bytes
    held_out: bytes
    data_hash: str
    rows: int
    counts: dict[str, int]
    metrics: dict[str, float]
    thresholds: dict[str, Any]
    golden: list[str] = field(default_factory=list)  # what it says of the golden texts
    contradicted: dict[int, tuple[int, int]] = field(
        default_factory=dict
    )  # by person: labels surely denied, of how many
    library: str = ""

    @property
    def checksum(self) -> str:
        """Of the bytes."""
        return store.checksum(self.arrays)


def make(
    texts: Sequence[Text], labels: Sequence[str], *, seed: int, percent: int, conditions: Conditions
) -> tuple[Made, Model]:
    """Learn from masked texts. Raises CannotTrain where there is nothing to tell apart."""
    model, held = learn(texts, labels, seed=seed)
    by_target = {target: _limits(model, held, target, conditions) for target in sorted({*TARGETS, percent})}
    limits = by_target[percent]
    made = Made(
        arrays=store.pack(model),
        held_out=store.HeldOut.of(held, texts).pack(),
        data_hash=data_hash(texts, labels),
        rows=model.rows,
        counts=dict(model.counts),
        metrics=figures(model, held, limits, conditions),
        thresholds={
            **_as_json(limits),
            "known_share": limits.known_share,
            "by_target": {
                str(target): {**_as_json(one), "evidence": gate.evidence(held, model.calibration, one, conditions)}
                for target, one in by_target.items()
            },
        },
        library=library(),
    )
    return made, model


def _limits(model: Model, held: Held, percent: int, conditions: Conditions) -> Thresholds:
    return gate.thresholds(
        held, model.calibration, counts=model.counts, target=percent / 100, conditions=conditions
    )  # fmt: skip


def _as_json(limits: Thresholds) -> dict[str, Any]:
    return {"overall": limits.overall, "by_label": dict(limits.by_label), "target": limits.target}


def contradictions(
    texts: Sequence[Text], labels: Sequence[str], persons: Sequence[int | None], *, like: Model, seed: int = 0
) -> dict[int, tuple[int, int]]:
    """By person whose labels are new: how many a model that saw no new label is sure are another, of how many.

    `persons` names the person of each new label, and nobody for what was there before. Who is contradicted too often is
    asked about once more, with a model that learnt from everybody else's new labels too: others may say the same.
    """
    known = [n for n, person in enumerate(persons) if person is None]
    everybody = sorted({person for person in persons if person is not None})
    found: dict[int, tuple[int, int]] = {}
    try:
        model = again([texts[n] for n in known], [labels[n] for n in known], like.weighing, seed=seed)
    except CannotTrain:
        return found
    for person in everybody:
        mine = [n for n, one in enumerate(persons) if one == person]
        found[person] = _denied(model, texts, labels, mine)
    for person, (against, of) in list(found.items()):
        if of < guard.LEAST_LABELS or against / of <= guard.CONTRADICTED:
            continue
        others = [n for n, one in enumerate(persons) if one != person]
        if len(others) == len(known):
            continue
        mine = [n for n, one in enumerate(persons) if one == person]
        wider = again([texts[n] for n in others], [labels[n] for n in others], like.weighing, seed=seed)
        found[person] = min(found[person], _denied(wider, texts, labels, mine))
    return found


def _denied(model: Model, texts: Sequence[Text], labels: Sequence[str], rows: Collection[int]) -> tuple[int, int]:
    said = [(model.predict(texts[n], explain=False), labels[n]) for n in rows if labels[n] in model.labels]
    return sum(one.label != label and one.probability >= guard.SURE for one, label in said), len(said)


def library() -> str:
    """Which programs did the arithmetic."""
    programs = (f"{name} {installed(name)}" for name in ("scikit-learn", "numpy", "scipy"))
    return ", ".join([*programs, f"Python {platform.python_version()}"])


def figures(model: Model, held: Held, limits: Thresholds, conditions: Conditions) -> dict[str, float]:
    """How good the version was on rows that it had not seen (cross-validation)."""
    if not len(held.truth):
        return {"rows": 0}
    shares = model.calibration.probabilities(held.scores)
    order = numpy.argsort(-shares, axis=1, kind="stable")
    names = held.labels
    truth = [names[i] for i in held.truth]
    guesses = [names[i] for i in order[:, 0]]
    best = shares.max(axis=1)
    right = [a == b for a, b in zip(truth, guesses, strict=True)]
    second = numpy.sort(shares, axis=1)[:, -2]
    passed = [
        bool(best[i] >= limits.of(guesses[i]))
        and bool(best[i] - second[i] >= conditions.margin)
        and bool(held.known_shares[i] >= limits.known_share)
        and model.counts[guesses[i]] >= conditions.labels_in_class
        for i in range(len(truth))
    ]
    hits = [hit for hit, went in zip(right, passed, strict=True) if went]
    found = {
        "rows": len(truth),
        "accuracy": sum(right) / len(right),
        "macro_f1": measure.macro_f1(truth, guesses),
        "ece": measure.calibration_error(best.tolist(), right),
        "top_3": sum(held.truth[i] in order[i, :3] for i in range(len(truth))) / len(truth),
        "auto_share": len(hits) / len(truth),
        "auto_precision": sum(hits) / len(hits) if hits else 0.0,
    }
    return {name: round(value, 4) for name, value in found.items()}
