"""Train on some rows, predict others, and say how good it was. Everything is learnt from the training rows alone."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.dispatch.rows import Labelled
from cityhall.engines.classify import gate, measure
from cityhall.engines.classify.model import Text, folds_of, train

FOLDS = 5
WATCHED = 14  # days in shadow are over


@dataclass
class Outcome:
    """What was predicted for rows whose label is known."""

    truth: list[str] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)
    probabilities: list[float] = field(default_factory=list)
    automatic: list[bool] = field(default_factory=list)
    in_top: list[bool] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """The rows of another run too."""
        for name in vars(self):
            getattr(self, name).extend(getattr(other, name))

    def figures(self) -> dict[str, float]:
        """As they are printed."""
        right = [a == b for a, b in zip(self.truth, self.guesses, strict=True)]
        passed = [hit for hit, went in zip(right, self.automatic, strict=True) if went]
        return {
            "rows": len(right),
            "accuracy": sum(right) / len(right),
            "macro_f1": measure.macro_f1(self.truth, self.guesses),
            "ece": measure.calibration_error(self.probabilities, right),
            "auto_share": len(passed) / len(right),
            "auto_precision": sum(passed) / len(passed) if passed else 0.0,
            "top_3": sum(self.in_top) / len(right),
            "p95_ms": float(np.percentile(self.milliseconds, 95)) if self.milliseconds else 0.0,
        }


Way = Callable[[Labelled, Labelled, int], Outcome]


def ours(known: Labelled, asked: Labelled, seed: int) -> Outcome:
    """The product's own engine and gate; each prediction is made alone and explained, and timed."""
    model, held = train(known.texts, known.labels, seed=seed)
    limits = gate.thresholds(held, model.calibration, counts=model.counts)
    found = Outcome(truth=list(asked.labels))
    for text, label in zip(asked.texts, asked.labels, strict=True):
        times = []
        for _again in range(3):
            started = time.perf_counter()
            prediction = model.predict(text)
            decision = gate.decide(prediction, limits, counts=model.counts, watched_days=WATCHED)
            times.append((time.perf_counter() - started) * 1000)
        found.milliseconds.append(sorted(times)[1])  # the middle one: a busy machine interrupts some
        found.guesses.append(prediction.label)
        found.probabilities.append(prediction.probability)
        found.automatic.append(decision.automatic)
        found.in_top.append(label in [name for name, _ in prediction.top])
    return found


def nested(rows: Labelled, way: Way, seeds: Sequence[int]) -> dict[str, float]:
    """The mean over seeds of five folds: what calibrates and sets thresholds never saw the rows it is tried on."""
    names = sorted(set(rows.labels))
    truth = np.array([names.index(label) for label in rows.labels])
    every = []
    for seed in seeds:
        fold = folds_of(truth, FOLDS, seed)
        outcome = Outcome()
        for number in range(FOLDS):
            known, asked = np.flatnonzero(fold != number).tolist(), np.flatnonzero(fold == number).tolist()
            outcome.add(way(rows.at(known), rows.at(asked), seed))
        every.append(outcome.figures())
    return {name: float(np.mean([one[name] for one in every])) for name in every[0]} | {"rows": len(rows)}


def strangers(rows: Labelled, paragraphs: Sequence[str]) -> float:
    """How many paragraphs from an encyclopaedia the gate would let pass."""
    model, held = train(rows.texts, rows.labels)
    limits = gate.thresholds(held, model.calibration, counts=model.counts)
    whole = any(text.body for text in rows.texts)
    passed = [
        gate.decide(
            model.predict(Text("", paragraph) if whole else Text(paragraph), explain=False),
            limits,
            counts=model.counts,
            watched_days=WATCHED,
        ).automatic
        for paragraph in paragraphs
    ]
    return sum(passed) / len(passed)


def seconds_to_train(rows: Labelled) -> tuple[float, float]:
    """Training with calibration and thresholds, from text to a model that can be kept: processor seconds, and the
    clock's, which on a busy machine say little about the program."""
    clock, processor = time.perf_counter(), time.process_time()
    model, held = train(rows.texts, rows.labels)
    gate.thresholds(held, model.calibration, counts=model.counts)
    return time.process_time() - processor, time.perf_counter() - clock
