"""What ours is measured against, in the same run on the same folds."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from benchmarks.dispatch.measure import FOLDS, Outcome
from benchmarks.dispatch.rows import Labelled
from cityhall.engines.classify.model import Text, folds_of

TARGET = 0.95


def majority(known: Labelled, asked: Labelled, seed: int) -> Outcome:
    """Always the label that is most frequent."""
    often = Counter(known.labels)
    total = len(known)
    shares = sorted(often.items(), key=lambda item: (-item[1], item[0]))
    label, count = shares[0]
    top = {name for name, _ in shares[:3]}
    rows = len(asked)
    return Outcome(
        truth=list(asked.labels), guesses=[label] * rows, probabilities=[count / total] * rows,
        automatic=[count / total >= TARGET] * rows, in_top=[one in top for one in asked.labels],
    )  # fmt: skip


def plain(known: Labelled, asked: Labelled, seed: int) -> Outcome:
    """scikit-learn as field note 07 §2 recommends it: TF-IDF of characters and pairs, the subject twice, LinearSVC,
    one temperature and one threshold from five inner folds."""
    names = sorted(set(known.labels))
    truth = np.array([names.index(label) for label in known.labels])
    fold = folds_of(truth, FOLDS, seed)
    held = np.zeros((len(truth), len(names)))
    for number in range(FOLDS):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        held[test] = _margins(known.at(train.tolist()), known.at(test.tolist()), names)
    heat = _temperature(held, truth)
    stated = np.exp(log_softmax(held * heat, axis=1))
    threshold = _lowest(stated.max(axis=1), stated.argmax(axis=1) == truth)
    shares = np.exp(log_softmax(_margins(known, asked, names) * heat, axis=1))
    order = np.argsort(-shares, axis=1)[:, :3]
    return Outcome(
        truth=list(asked.labels),
        guesses=[names[row[0]] for row in order],
        probabilities=shares.max(axis=1).tolist(),
        automatic=(shares.max(axis=1) >= threshold).tolist(),
        in_top=[label in [names[i] for i in row] for label, row in zip(asked.labels, order, strict=True)],
    )


def _margins(known: Labelled, asked: Labelled, names: list[str]) -> np.ndarray:
    words = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    matrix = words.fit_transform([_line(text) for text in known.texts])
    machine = LinearSVC(C=0.5, class_weight="balanced", random_state=0).fit(matrix, known.labels)
    found = machine.decision_function(words.transform([_line(text) for text in asked.texts]))
    if found.ndim == 1:
        found = np.column_stack((-found, found))
    whole = np.full((len(asked), len(names)), -2.0)
    whole[:, [names.index(label) for label in machine.classes_]] = found
    return whole


def _line(text: Text) -> str:
    return f"{text.subject} {text.subject} {text.body}" if text.body else text.subject


def _temperature(margins: np.ndarray, truth: np.ndarray) -> float:
    rows = np.arange(len(truth))
    return float(
        minimize_scalar(
            lambda heat: -log_softmax(margins * heat, axis=1)[rows, truth].mean(), bounds=(0.1, 20), method="bounded"
        ).x
    )


def _lowest(stated: np.ndarray, right: np.ndarray) -> float:
    order = np.argsort(-stated)
    good = np.flatnonzero(np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= TARGET)
    return float(stated[order][good[-1]]) if len(good) else 2.0


def published(task: str) -> list[dict[str, str]]:
    """What others printed about comparable data."""
    with (Path(__file__).parent / "published.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["task"] == task]
