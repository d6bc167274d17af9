"""A linear model over characters and pairs of characters: train, predict, explain. Pure: no Django, no clock.

Why this one (note 07 §2, and what was measured for this engine: `benchmarks/dispatch/README.md`):

- No word segmentation. Single characters and pairs carry the words of Chinese; jieba is worse on Traditional text.
- A feature's value is its count × idf × a root of KL. KL is how far the classes of the texts that hold it differ from
  the classes of all texts: words that tell classes apart weigh more. This brings one point of macro-F1.
- The subject counts again in a channel of its own. How much is learnt, as is whether a word said five times says more
  than one said once (`WEIGHINGS`): long petitions repeat their matter, short ones their complaint.
- A linear support vector machine per class, balanced; two numbers turn its margins into probabilities that can be
  believed (`Calibration`). Weight × value is the true reason of a decision, not a story about it.

A feature is known by its characters themselves, packed in one integer, so nothing is hashed and every weight has a name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .reading import Reading, letters, read, word_characters

# Training needs scipy and scikit-learn, which take seconds to load; what predicts does not, and every process and
# command of the program would wait for them. They are imported where they are used.
if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EDGE = 1  # stands before, between and after the fields; no text holds it, since control characters are read as spaces
CODE_BITS = 21  # every Unicode character fits
SUBJECT = 1 << (2 * CODE_BITS)  # the bit that marks the subject's own channel
ENOUGH_FOR_TRIAL = 700  # so many held-out predictions choose among the weighings
MOST_FOR_TRIAL = 6_000  # with more texts, so many of them choose
PENALTY = 1.0
TOLERANCE = 0.05
MOST_PASSES = 5_000
LEAST_TEXTS = 2  # a feature of a single text says nothing about others
FOLDS = 5
ENOUGH_HELD_OUT = 4_000  # with so many held-out predictions the other folds need not be trained
MOST_BYTES = 6_000_000  # of features, their values and weights
MOST_MET = 400_000  # pairs kept only to tell strange texts; with more, the rarest are dropped
SHOWN_REASONS = 8


class CannotTrain(Exception):
    """There is nothing to tell apart."""


@dataclass(frozen=True)
class Text:
    """What a citizen wrote; where there is only one field, it is the subject."""

    subject: str
    body: str = ""

    @property
    def whole(self) -> str:
        """Both fields as one string: what spans count in."""
        return f"{self.subject}\n{self.body}"


@dataclass(frozen=True)
class Span:
    """A stretch of `Text.whole` that spoke for the label; the weightiest has weight 1."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True)
class Prediction:
    """The labels in order of probability, and what the gate and a reader want to know about the text."""

    top: tuple[tuple[str, float], ...]
    known_share: float  # of the text's pairs of characters, how many stood in the training texts
    letters: int
    length: int  # letters and digits
    spans: tuple[Span, ...] = ()
    model_version: str = ""

    @property
    def label(self) -> str:
        """The likeliest label."""
        return self.top[0][0]

    @property
    def probability(self) -> float:
        """How likely it is."""
        return self.top[0][1]

    @property
    def margin(self) -> float:
        """How far the second label is behind."""
        return self.top[0][1] - (self.top[1][1] if len(self.top) > 1 else 0.0)


@dataclass(frozen=True)
class Weighing:
    """How counts become values."""

    subject_share: float  # what the subject's channel weighs beside the whole text
    divergence_root: float  # the power of KL in a feature's value
    log_counts: bool  # whether a count c is taken as 1 + ln c


WEIGHINGS = (Weighing(0.25, 0.5, False), Weighing(0.5, 0.5, False), Weighing(0.1, 0.25, True))  # the data choose


@dataclass(frozen=True)
class Held:
    """Predictions for the training rows by models that had not seen them: what calibration and thresholds rest on."""

    labels: tuple[str, ...]
    truth: Ints
    scores: Floats
    known_shares: Floats
    rows: Ints


@dataclass(frozen=True)
class Model:
    """All that a prediction needs, as arrays."""

    labels: tuple[str, ...]
    features: NDArray[np.uint64]  # sorted
    values: NDArray[np.float32]  # idf × a root of KL of each feature
    weights: NDArray[np.float16]  # feature × label
    bias: NDArray[np.float32]
    calibration: Calibration
    weighing: Weighing
    known: NDArray[np.uint64]  # sorted: every pair of characters met in training, also those too rare to be a feature
    rows: int
    counts: Mapping[str, int] = field(default_factory=dict)  # training rows of each label

    # ---- predicting --------------------------------------------------------------------------------------------------

    def predict(self, text: Text, *, top: int = 3, explain: bool = True) -> Prediction:
        """The likeliest labels of a text, with the words that spoke for the first."""
        document = Document.of(text)
        found = self._find(document)
        probabilities = self.calibration.probabilities(self._scores(found)[None, :])[0]
        order = np.argsort(-probabilities, kind="stable")
        known = float(_rows_of(document.pairs, self.known)[1].mean()) if document.letters else 0.0
        return Prediction(
            top=tuple((self.labels[i], float(probabilities[i])) for i in order[:top]),
            known_share=known,
            letters=document.letters,
            length=document.length,
            spans=self._spans(document, found, int(order[0])) if explain else (),
        )

    def reasons(self, text: Text, label: str) -> tuple[dict[int, float], float]:
        """What each feature of a text adds to a label's score, and the score without any: they sum to the score."""
        column = self.labels.index(label)
        found = self._find(Document.of(text))
        added = found.amounts * self.weights[found.rows, column].astype(np.float64)
        return dict(zip(found.keys.tolist(), added.tolist(), strict=True)), float(self.bias[column])

    def score(self, text: Text, label: str) -> float:
        """The margin of a label, before calibration."""
        return float(self._scores(self._find(Document.of(text)))[self.labels.index(label)])

    def _find(self, document: Document) -> Found:
        keys, counts = np.unique(document.keys, return_counts=True)
        at, here = _rows_of(keys, self.features)
        keys, rows, counts = keys[here], at[here], counts[here]
        times = counts.astype(np.float64)
        if self.weighing.log_counts:
            times = 1.0 + np.log(times)
        amounts = times * self.values[rows].astype(np.float64)
        for channel, share in ((keys < SUBJECT, 1.0), (keys >= SUBJECT, self.weighing.subject_share)):
            norm = float(np.sqrt((amounts[channel] ** 2).sum()))
            if norm:
                amounts[channel] *= np.sqrt(share) / norm
        return Found(keys, rows, np.asarray(amounts, dtype=np.float64))

    def _scores(self, found: Found) -> Floats:
        return np.asarray(found.amounts @ self.weights[found.rows].astype(np.float64) + self.bias, dtype=np.float64)

    def _spans(self, document: Document, found: Found, column: int) -> tuple[Span, ...]:
        """The eight n-grams that add most to the label's score, wherever they stand, merged where they touch."""
        added = found.amounts * self.weights[found.rows, column].astype(np.float64)
        grams, of = np.unique(
            found.keys & np.uint64(SUBJECT - 1), return_inverse=True
        )  # both channels speak of the same
        strengths = np.bincount(of, weights=added, minlength=len(grams))
        first = np.lexsort((grams, -strengths))[:SHOWN_REASONS]
        strength = {int(grams[i]): float(strengths[i]) for i in first if strengths[i] > 0}
        merged: list[list[float]] = []
        for start, end, gram in document.places(list(strength)):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(end, merged[-1][1])
                merged[-1][2] += strength[gram]
            else:
                merged.append([start, end, strength[gram]])
        heaviest = max((weight for _, _, weight in merged), default=1.0)
        return tuple(Span(int(start), int(end), weight / heaviest) for start, end, weight in merged)


@dataclass(frozen=True)
class Found:
    """The features of a text that the model knows: their keys, their rows in the model, their values."""

    keys: NDArray[np.uint64]
    rows: Ints
    amounts: Floats


# ---- texts as features -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Document:
    """A text taken apart: the code points of both fields between edges, and where each came from."""

    reading: Reading
    subject_end: int  # so many code points, edges included, belong to the subject

    @classmethod
    def of(cls, text: Text) -> Document:
        """Read both fields."""
        edge = np.array([EDGE], dtype=np.int64)
        nowhere = np.array([-1], dtype=np.int64)
        subject, body = read(text.subject), read(text.body)
        shift = len(text.subject) + 1
        codes, starts, ends = (
            [edge, subject.codes, edge],
            [nowhere, subject.starts, nowhere],
            [nowhere, subject.ends, nowhere],
        )
        if len(body.codes):
            codes += [body.codes, edge]
            starts += [body.starts + shift, nowhere]
            ends += [body.ends + shift, nowhere]
        return cls(Reading(np.concatenate(codes), np.concatenate(starts), np.concatenate(ends)), len(subject.codes) + 2)

    @property
    def keys(self) -> NDArray[np.uint64]:
        """Every occurrence of a character or a pair: of the whole text, and again of the subject."""
        codes = self.reading.codes
        grams = _grams(codes)
        if len(codes) > self.subject_end > 2:
            return np.concatenate((grams, _grams(codes[: self.subject_end]) | np.uint64(SUBJECT)))
        return grams

    @property
    def pairs(self) -> NDArray[np.uint64]:
        """Every pair of neighbours, marks and edges included."""
        return _pairs(self.reading.codes)

    @property
    def letters(self) -> int:
        """How many letters it has."""
        return int(letters(self.reading.codes).sum())

    @property
    def length(self) -> int:
        """How many letters and digits it has."""
        return int(word_characters(self.reading.codes).sum())

    def places(self, grams: Sequence[int]) -> list[tuple[int, int, int]]:
        """Where these n-grams stand in the original, in order; only letters and digits can begin or end a place."""
        if not grams:
            return []
        codes, starts, ends = self.reading.codes, self.reading.starts, self.reading.ends
        wanted = np.sort(np.array(grams, dtype=np.uint64))
        seen = word_characters(codes)
        found: list[tuple[int, int, int]] = []
        singles = np.flatnonzero(_rows_of(codes.astype(np.uint64), wanted)[1] & seen)
        found += [(int(starts[i]), int(ends[i]), int(codes[i])) for i in singles]
        pairs = (codes[:-1] << CODE_BITS) | codes[1:]
        for i in np.flatnonzero(_rows_of(pairs.astype(np.uint64), wanted)[1]).tolist():
            inside = [j for j in (i, i + 1) if seen[j]]
            if inside:
                found.append((int(starts[inside[0]]), int(ends[inside[-1]]), int(pairs[i])))
        return sorted(found)


def _rows_of(keys: NDArray[np.uint64], among: NDArray[np.uint64]) -> tuple[Ints, NDArray[np.bool_]]:
    """Where each key stands in a sorted array, and whether it does."""
    if not len(among):
        return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=bool)
    at = np.minimum(np.searchsorted(among, keys), len(among) - 1)
    return at, among[at] == keys


def _grams(codes: Ints) -> NDArray[np.uint64]:
    return np.concatenate((codes[codes != EDGE].astype(np.uint64), _pairs(codes)))


def _pairs(codes: Ints) -> NDArray[np.uint64]:
    first, second = codes[:-1], codes[1:]
    return ((first << CODE_BITS) | second)[(first != EDGE) | (second != EDGE)].astype(np.uint64)


@dataclass(frozen=True)
class Counts:
    """How often each feature stands in each text, and which pairs of characters the texts have in common."""

    features: NDArray[np.uint64]
    matrix: csr_matrix
    met: NDArray[np.uint64]  # every pair of characters of the whole texts that is in `least` of them
    least: int
    pair_rows: Ints  # an entry for each pair of a text: the text, the pair's number, and how often it is there
    pair_numbers: Ints
    pair_times: Ints

    @classmethod
    def of(cls, texts: Sequence[Text]) -> Counts:
        """Count; features of a single text are left out."""
        from scipy.sparse import csr_matrix

        keys: list[NDArray[np.uint64]] = []
        counts: list[Ints] = []
        for text in texts:
            found, times = np.unique(Document.of(text).keys, return_counts=True)
            keys.append(found)
            counts.append(times.astype(np.int32))
        every = np.concatenate(keys)
        times = np.concatenate(counts)
        row = np.repeat(np.arange(len(texts), dtype=np.int32), [len(found) for found in keys])
        distinct, number, texts_with = np.unique(every, return_inverse=True, return_counts=True)
        column = np.cumsum(texts_with >= LEAST_TEXTS) - 1
        common = texts_with[number] >= LEAST_TEXTS
        features = distinct[texts_with >= LEAST_TEXTS]
        matrix = csr_matrix(
            (times[common].astype(np.float32), (row[common], column[number[common]])), shape=(len(texts), len(features))
        )
        is_pair = (distinct >= 1 << CODE_BITS) & (distinct < SUBJECT)
        least = next(n for n in (1, 2, 3, 5, 9, 17, 33) if n == 33 or (is_pair & (texts_with >= n)).sum() <= MOST_MET)
        of_pair = is_pair[number]
        return cls(
            features=features,
            matrix=matrix,
            met=distinct[is_pair & (texts_with >= least)],
            least=least,
            pair_rows=row[of_pair].astype(np.int64),
            pair_numbers=number[of_pair].astype(np.int32),
            pair_times=times[of_pair],
        )

    def at(self, rows: Ints) -> Counts:
        """Some of the texts, by rising number, with the features of all."""
        number = np.full(self.matrix.shape[0], -1, dtype=np.int64)
        number[rows] = np.arange(len(rows))
        kept = number[self.pair_rows] >= 0
        return replace(
            self,
            matrix=self.matrix[rows],
            pair_rows=number[self.pair_rows[kept]],
            pair_numbers=self.pair_numbers[kept],
            pair_times=self.pair_times[kept],
        )

    def known_elsewhere(self, members: NDArray[np.bool_]) -> Floats:
        """For each member, the share of its pairs that also stand in texts that are no members."""
        outside = np.bincount(self.pair_numbers[~members[self.pair_rows]], minlength=int(self.pair_numbers.max()) + 1)
        mine = members[self.pair_rows]
        rows, times = self.pair_rows[mine], self.pair_times[mine]
        known = times * (outside[self.pair_numbers[mine]] >= self.least)
        every = np.bincount(rows, weights=times, minlength=len(members))[members]
        return np.asarray(np.bincount(rows, weights=known, minlength=len(members))[members] / np.maximum(every, 1))


# ---- training --------------------------------------------------------------------------------------------------------


def feature_values(counts: csr_matrix, truth: Ints, classes: int, root: float) -> Floats:
    """idf × KL to the power of `root` of each column; 0 for a feature of a single text."""
    from scipy.sparse import csr_matrix

    rows = counts.shape[0]
    present = csr_matrix((np.ones_like(counts.data), counts.indices, counts.indptr), shape=counts.shape)
    member = csr_matrix((np.ones(rows), (truth, np.arange(rows))), shape=(classes, rows))
    per_class = np.asarray((member @ present).todense(), dtype=np.float64)
    texts_with = per_class.sum(axis=0)
    share = np.bincount(truth, minlength=classes)[:, None] / rows
    posterior = (per_class + share) / (texts_with + 1.0)
    terms = np.zeros_like(posterior)
    np.divide(posterior, share, out=terms, where=share > 0)
    np.log(terms, out=terms, where=terms > 0)
    divergence = np.maximum((posterior * terms).sum(axis=0), 1e-4)
    idf = np.log((1.0 + rows) / (1.0 + texts_with)) + 1.0
    return np.where(texts_with >= LEAST_TEXTS, idf * divergence**root, 0.0)


def weighed(counts: csr_matrix, values: Floats, features: NDArray[np.uint64], weighing: Weighing) -> csr_matrix:
    """Counts as values, each channel of each text brought to its length."""
    from scipy.sparse import csr_matrix

    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    times = counts.data.astype(np.float64)
    data = (1.0 + np.log(times) if weighing.log_counts else times) * values[counts.indices]
    in_subject = (features >= SUBJECT)[counts.indices]
    for channel, share in ((~in_subject, 1.0), (in_subject, weighing.subject_share)):
        norm = np.sqrt(np.bincount(row[channel], weights=data[channel] ** 2, minlength=counts.shape[0]))
        norm[norm == 0] = 1.0
        data[channel] *= np.sqrt(share) / norm[row[channel]]
    return csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)


def fit(matrix: csr_matrix, truth: Ints, classes: int) -> tuple[Floats, Floats]:
    """One balanced support vector machine a class, each against all others: weights and biases.

    A class without a row keeps the lowest margin, so that it is never first.
    """
    from sklearn.svm import LinearSVC

    present = np.unique(truth)
    weights, bias = np.zeros((matrix.shape[1], classes)), np.full(classes, -1.0)
    machine = LinearSVC(C=PENALTY, class_weight="balanced", tol=TOLERANCE, max_iter=MOST_PASSES, random_state=0)
    machine.fit(matrix, truth)
    if len(present) == 2:  # one machine serves both
        weights[:, present] = np.column_stack((-machine.coef_[0], machine.coef_[0]))
        bias[present] = (-machine.intercept_[0], machine.intercept_[0])
    else:
        weights[:, present] = machine.coef_.T
        bias[present] = machine.intercept_
    return weights, bias


def folds_of(truth: Ints, folds: int, seed: int) -> Ints:
    """A fold for each row, every class spread evenly; the same for the same rows and seed."""
    generator = np.random.default_rng(seed)
    fold = np.zeros(len(truth), dtype=np.int64)
    turn = 0
    for label in np.unique(truth):
        rows = generator.permutation(np.flatnonzero(truth == label))
        fold[rows] = (turn + np.arange(len(rows))) % folds
        turn += len(rows)
    return fold


@dataclass
class Trials:
    """Predictions for rows by models that had not seen them. Everything is learnt anew inside each fold."""

    counts: Counts
    truth: Ints
    classes: int
    fold: Ints

    def margins(self, number: int, weighing: Weighing) -> Part:
        """The rows of one fold and their margins by a model of all other folds."""
        train, test = np.flatnonzero(self.fold != number), np.flatnonzero(self.fold == number)
        if not len(test) or len(np.unique(self.truth[train])) < 2:
            return np.zeros(0, dtype=np.int64), np.zeros((0, self.classes)), np.zeros(0)
        matrix, features = self.counts.matrix, self.counts.features
        values = feature_values(matrix[train], self.truth[train], self.classes, weighing.divergence_root)
        weights, bias = fit(weighed(matrix[train], values, features, weighing), self.truth[train], self.classes)
        scores = weighed(matrix[test], values, features, weighing) @ weights + bias
        return test, np.asarray(scores), self.counts.known_elsewhere(self.fold == number)

    def held_out(self) -> tuple[Weighing, Part]:
        """The best weighing, by likelihood in the first folds; then the other folds with it."""
        if len(self.truth) > MOST_FOR_TRIAL:
            best = self.sample(MOST_FOR_TRIAL).held_out()[0]
            return best, self.predicted(best, [])
        found = {weighing: [self.margins(0, weighing)] for weighing in WEIGHINGS}
        done = 1
        while done < FOLDS and sum(len(rows) for rows, _, _ in found[WEIGHINGS[0]]) < ENOUGH_FOR_TRIAL:
            for weighing in WEIGHINGS:
                found[weighing].append(self.margins(done, weighing))
            done += 1
        best = min(WEIGHINGS, key=lambda weighing: self.loss(found[weighing]))
        return best, self.predicted(best, found[best])

    def predicted(self, weighing: Weighing, parts: list[Part]) -> Part:
        """Folds until there are enough predictions; some may be there already."""
        while len(parts) < FOLDS and sum(len(rows) for rows, _, _ in parts) < ENOUGH_HELD_OUT:
            parts.append(self.margins(len(parts), weighing))
        return _joined(parts)

    def sample(self, most: int) -> Trials:
        """The same with fewer texts, evenly spread."""
        rows = np.linspace(0, len(self.truth) - 1, most).astype(np.int64)
        return Trials(self.counts.at(rows), self.truth[rows], self.classes, self.fold[rows])

    def loss(self, parts: Sequence[Part]) -> float:
        """What remains to be wondered at after the best calibration."""
        rows, scores, _ = _joined(parts)
        truth = self.truth[rows]
        return Calibration.best(scores, truth).surprise(scores, truth) if len(rows) else 0.0


Part = tuple[Ints, Floats, Floats]  # rows, their margins, the share of their pairs that is known


def _joined(parts: Sequence[Part]) -> Part:
    rows, scores, known = zip(*parts, strict=True)
    return np.concatenate(rows), np.concatenate(scores), np.concatenate(known)


@dataclass(frozen=True)
class Calibration:
    """From margins to probabilities that can be believed: σ(slope × margin + offset) of each label, shared out to 1.

    It keeps every order. Against one temperature (note 07 §2) it halves the calibration error where there are many
    labels, because a margin beyond certainty no longer adds to it (measured: `benchmarks/dispatch/README.md`).
    """

    slope: float = 4.0
    offset: float = 0.0

    def probabilities(self, scores: Floats) -> Floats:
        """A row of margins as shares that sum to one."""
        shares = np.exp(-np.logaddexp(0.0, -(self.slope * scores + self.offset)))
        shares = np.maximum(shares, 1e-300)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def surprise(self, scores: Floats, truth: Ints) -> float:
        """The mean negative log likelihood of the truth."""
        return float(-np.log(np.maximum(self.probabilities(scores)[np.arange(len(truth)), truth], 1e-12)).mean())

    @classmethod
    def best(cls, scores: Floats, truth: Ints) -> Calibration:
        """The one that makes the truth likeliest."""
        from scipy.optimize import minimize

        if not len(truth):
            return cls()

        def loss(point: Floats) -> float:
            return cls(float(np.exp(point[0])), float(point[1])).surprise(scores, truth)

        # With a wide first triangle: from a narrow one the search stops at once, far from the best offset.
        start = np.array([np.log(cls.slope), cls.offset])
        found = minimize(
            loss,
            start,
            method="Nelder-Mead",
            bounds=[(-2.0, 4.0), (-20.0, 20.0)],
            options={"initial_simplex": start + np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 4.0]])},
        )
        return cls(float(np.exp(found.x[0])), float(found.x[1]))


def train(texts: Sequence[Text], labels: Sequence[str], *, seed: int = 0) -> tuple[Model, Held]:
    """Learn from labelled texts. The same texts, labels and seed give the same model, byte for byte."""
    names = tuple(sorted(set(labels)))
    if len(names) < 2 or len(texts) != len(labels):
        raise CannotTrain
    number = {name: at for at, name in enumerate(names)}
    truth = np.array([number[label] for label in labels], dtype=np.int64)
    counts = Counts.of(texts)
    if not len(counts.features):
        raise CannotTrain
    weighing, (rows, scores, known) = Trials(counts, truth, len(names), folds_of(truth, FOLDS, seed)).held_out()
    model = _whole(counts, truth, names, weighing, Calibration.best(scores, truth[rows]))
    return model, Held(names, truth[rows], scores, known, rows)


def again(texts: Sequence[Text], labels: Sequence[str], weighing: Weighing, *, seed: int = 0) -> Model:
    """Learn with a weighing that was found already: no trial, half of the time.

    What can be believed of its probabilities is measured on these texts: wrong labels elsewhere must not make it unsure.
    """
    names = tuple(sorted(set(labels)))
    if len(names) < 2 or len(texts) != len(labels):
        raise CannotTrain
    truth = np.array([names.index(label) for label in labels], dtype=np.int64)
    counts = Counts.of(texts)
    if not len(counts.features):
        raise CannotTrain
    trials = Trials(counts, truth, len(names), folds_of(truth, FOLDS, seed))
    rows, scores, _known = trials.predicted(weighing, [])
    return _whole(counts, truth, names, weighing, Calibration.best(scores, truth[rows]))


def _whole(counts: Counts, truth: Ints, names: tuple[str, ...], weighing: Weighing, calibration: Calibration) -> Model:
    """The model of all texts, once weighing and calibration are known."""
    values = feature_values(counts.matrix, truth, len(names), weighing.divergence_root)
    features, matrix, values = _affordable(counts, values, len(names))
    weights, bias = fit(weighed(matrix, values, features, weighing), truth, len(names))
    return Model(
        labels=names,
        features=features,
        values=values.astype(np.float32),
        weights=weights.astype(np.float16),
        bias=bias.astype(np.float32),
        calibration=calibration,
        weighing=weighing,
        known=counts.met,
        rows=len(truth),
        counts={name: int((truth == at).sum()) for at, name in enumerate(names)},
    )


def _affordable(counts: Counts, values: Floats, classes: int) -> tuple[NDArray[np.uint64], csr_matrix, Floats]:
    """As many features as fit into the model's size, those that tell most about most texts first."""
    most = MOST_BYTES // (8 + 4 + 2 * classes)
    if len(counts.features) <= most:
        return counts.features, counts.matrix, values
    texts_with = np.bincount(counts.matrix.indices, minlength=len(counts.features))
    kept = np.sort(np.argsort(-values * texts_with, kind="stable")[:most])
    return counts.features[kept], counts.matrix[:, kept], values[kept]


def data_hash(texts: Sequence[Text], labels: Sequence[str]) -> str:
    """A digest of the training rows, in their order."""
    digest = hashlib.sha256()
    for text, label in zip(texts, labels, strict=True):
        for part in (text.subject, text.body, label):
            raw = part.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()
