"""Acts: train a version, let it predict, let it go live, take it back."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version as installed
from typing import Any

import numpy
from django.db import transaction
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from . import gate, measure, queries, registry, store
from .gate import Conditions, GateDecision, Thresholds
from .model import CannotTrain, Held, Model, Prediction, Text, data_hash
from .model import train as learn
from .models import ModelVersion, StateChange
from .reading import mask
from .states import ModelState
from .store import CannotLoad

__all__ = [
    "CannotGoLive", "CannotLoad", "CannotRollBack", "CannotTrain", "Text", "gate_for", "go_live", "judge_many",
    "predict", "predict_many", "promote", "roll_back", "train", "train_from_sources",
]  # fmt: skip

MAY_LOSE = 0.01  # of macro-F1 against the version before, on the same rows (note 07 §6.5)


class CannotGoLive(Exception):
    """The version has not been watched long enough, is worse than the one in use, or is damaged."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class CannotRollBack(Exception):
    """There is no earlier version that was in use."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


# ---- training --------------------------------------------------------------------------------------------------------


def train(
    purpose: str,
    texts: Sequence[Text],
    labels: Sequence[str],
    *,
    at: datetime,
    by: Any | None = None,
    seed: int = 0,
    target_percent: int | None = None,
    sources: Sequence[str] = (),
) -> ModelVersion:
    """Learn from labelled texts and keep the version. It is watched (試行) until it goes live.

    Telephone numbers, identity numbers, plates and mail addresses are masked first. The same texts, labels and seed
    give the same bytes. Raises CannotTrain where there is nothing to tell apart.
    """
    masked = [Text(mask(text.subject), mask(text.body)) for text in texts]
    day = day_of(at)
    percent = target_percent if target_percent is not None else parameter("classify.target_percent", on=day).value
    conditions = queries.conditions(day)
    model, held = learn(masked, labels, seed=seed)
    limits = gate.thresholds(
        held, model.calibration, counts=model.counts, target=percent / 100, conditions=conditions
    )  # fmt: skip
    raw = store.pack(model)
    with transaction.atomic():
        newest = ModelVersion.objects.select_for_update().filter(purpose=purpose).order_by("-number").light().first()
        version = ModelVersion.objects.create(
            purpose=purpose,
            number=newest.number + 1 if newest else 1,
            trained_at=at,
            arrays=raw,
            checksum=store.checksum(raw),
            held_out=store.HeldOut.of(held, masked).pack(),
            library=library(),
            data_hash=data_hash(masked, labels),
            seed=seed,
            rows=model.rows,
            counts=dict(model.counts),
            metrics=figures(model, held, limits, conditions),
            thresholds={
                "overall": limits.overall,
                "by_label": dict(limits.by_label),
                "known_share": limits.known_share,
                "target": limits.target,
            },
            sources=list(sources),
        )
        StateChange.objects.create(version=version, state=ModelState.SHADOW, at=at, by=by)
        audit.record(
            "classify.trained", version, by=by, at=at,
            new={"version": str(version), "data_hash": version.data_hash, "checksum": version.checksum},
        )  # fmt: skip
    return version


def train_from_sources(
    purpose: str,
    *,
    at: datetime,
    by: Any | None = None,
    seed: int = 0,
    more: Iterable[registry.Row] = (),
    more_from: str = "",
) -> ModelVersion:
    """Train on all that the purpose's sources hold, and on rows of one's own; labels no longer in use are left out.

    Where two rows have the same text, the later source's word counts; corrections come after the shipped texts, and
    rows of one's own after both.
    """
    declared = registry.purpose(purpose)
    in_use = frozenset(declared.labels_in_use(day_of(at)))
    found: dict[Text, str] = {}
    used: list[str] = []
    for name, rows in [*((one.name, one.rows()) for one in declared.sources), (more_from, more)]:
        taken = 0
        for row in rows:
            text = Text(mask(row.text.subject), mask(row.text.body))
            if row.label in in_use and text.whole.strip():
                found[text] = row.label
                taken += 1
        if taken:
            used.append(f"{name}: {taken}")
    return train(purpose, list(found), list(found.values()), at=at, by=by, seed=seed, sources=used)


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


# ---- predicting ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """A version in this process's memory, or why it cannot be."""

    key: tuple[int, str]
    number: int
    state: str
    model: Model | None
    thresholds: Thresholds
    since: datetime


_kept: dict[str, Kept] = {}


def _asked(purpose: str) -> Kept | None:
    """The version that predicts, read anew only when another one took its place."""
    row = queries.asked(purpose)
    if row is None:
        _kept.pop(purpose, None)
        return None
    key = (row["pk"], row["checksum"])
    kept = _kept.get(purpose)
    if kept is None or kept.key != key:
        kept = _kept[purpose] = _load(row["pk"], key)
    if kept.state != row["state"]:
        kept = _kept[purpose] = replace(kept, state=row["state"])
    return kept


def _load(pk: int, key: tuple[int, str]) -> Kept:
    version = ModelVersion.objects.defer("held_out").get(pk=pk)
    try:
        model: Model | None = store.unpack(bytes(version.arrays), version.checksum)
    except CannotLoad:
        model = None  # kept as damaged, so that it is not read again for every text
    limits = version.thresholds
    return Kept(
        key=key,
        number=version.number,
        state=version.state,
        model=model,
        thresholds=Thresholds(limits["overall"], limits["by_label"], limits["target"], limits["known_share"]),
        since=queries.watched_since(version.purpose) or version.trained_at,
    )


def predict(purpose: str, subject: str, body: str) -> Prediction | None:
    """What a text is about, with the words that said so; None while there is no model.

    Raises CannotLoad where the version's bytes are not those that were kept: a damaged model says nothing.
    """
    kept = _asked(purpose)
    if kept is None:
        return None
    return replace(_model(purpose, kept).predict(Text(subject, body)), model_version=f"{purpose}@{kept.number}")


def predict_many(purpose: str, texts: Sequence[Text]) -> list[Prediction]:
    """The same for intake in bulk, by one version, without marked words; nothing while there is no model."""
    kept = _asked(purpose)
    if kept is None:
        return []
    model, version = _model(purpose, kept), f"{purpose}@{kept.number}"
    return [replace(model.predict(text, explain=False), model_version=version) for text in texts]


def judge_many(
    purpose: str, texts: Sequence[Text], *, at: datetime, number: int | None = None
) -> list[tuple[Prediction, GateDecision]]:
    """What a version says of texts, each with the gate's word; nothing while there is no model.

    With `number`, what that version would say if it were the one in use.
    """
    kept = _asked(purpose) if number is None else _as_if_live(purpose, number)
    if kept is None or not texts:
        return []
    model, version = _model(purpose, kept), f"{purpose}@{kept.number}"
    watched = (at - kept.since).days if kept.state == ModelState.LIVE else -1
    conditions = queries.conditions(day_of(at))
    found = []
    for text in texts:
        prediction = replace(model.predict(text, explain=False), model_version=version)
        word = gate.decide(
            prediction, kept.thresholds, counts=model.counts, watched_days=watched, conditions=conditions
        )
        found.append((prediction, word))
    return found


def _as_if_live(purpose: str, number: int) -> Kept:
    row = queries.versions(purpose).filter(number=number).values("pk", "checksum").get()
    return replace(_load(row["pk"], (row["pk"], row["checksum"])), state=ModelState.LIVE)


def _model(purpose: str, kept: Kept) -> Model:
    if kept.model is None:
        raise CannotLoad(f"{purpose}@{kept.number} is damaged")
    return kept.model


def gate_for(purpose: str, prediction: Prediction, *, at: datetime) -> GateDecision:
    """Whether a prediction of the version that is asked may decide by itself, and every reason against it."""
    kept = _asked(purpose)
    if kept is None or prediction.model_version != f"{purpose}@{kept.number}":
        raise LookupError(f"{prediction.model_version} is not the version that is asked")
    watched = (at - kept.since).days if kept.state == ModelState.LIVE else -1
    return gate.decide(
        prediction,
        kept.thresholds,
        counts=_model(purpose, kept).counts,
        watched_days=watched,
        conditions=queries.conditions(day_of(at)),
    )


# ---- the life of a version -------------------------------------------------------------------------------------------


@act
def go_live(
    version: ModelVersion, *, at: datetime, by: Any | None = None, reason: str = "", even_if_worse: bool = False
) -> ModelVersion:
    """Let a version predict for everybody to see; the one before is retired.

    Raises CannotGoLive before the purpose has been watched for its days, while the version is more than a point of
    macro-F1 below the one in use on the same rows (unless that is wished), or where its bytes are damaged.
    """
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    days = parameter("classify.shadow_days", on=day_of(at)).value
    since = queries.watched_since(version.purpose) or version.trained_at
    if version.state == ModelState.LIVE:
        raise CannotGoLive(_("這一版已經在使用中。"))
    if (at - since).days < days:
        raise CannotGoLive(_("字詞模型要先試行 %(days)s 天，才能啟用。") % {"days": days})
    try:
        store.unpack(bytes(version.arrays), version.checksum)
    except CannotLoad:
        raise CannotGoLive(_("這一版的內容已經損壞，請重新訓練。")) from None
    before = ModelVersion.objects.select_for_update().filter(purpose=version.purpose, state=ModelState.LIVE).first()
    if before is not None:
        if not even_if_worse and (loss := loss_against(before, version)) is not None and loss > MAY_LOSE:
            raise CannotGoLive(
                _("同樣的資料上，這一版比使用中的版次差 %(points).1f 個百分點，沒有啟用。") % {"points": loss * 100}
            )
        _change(before, ModelState.RETIRED, at=at, by=by, reason=reason)
    _change(version, ModelState.LIVE, at=at, by=by, reason=reason)
    audit.record(
        "classify.went_live", version, by=by, at=at,
        old={"version": str(before) if before else ""}, new={"version": str(version)}, note=reason,
    )  # fmt: skip
    return version


def loss_against(before: ModelVersion, version: ModelVersion) -> float | None:
    """How much macro-F1 a version loses on the rows that both were tried on; None where there are none."""
    old, new = (store.HeldOut.unpack(bytes(one.held_out)) for one in (before, version))
    was, now = old.macro_f1_on_rows_of(new), new.macro_f1_on_rows_of(old)
    return None if was is None or now is None else was - now


@act
def roll_back(purpose: str, *, at: datetime, by: Any | None = None, reason: str) -> ModelVersion:
    """Retire the version in use and let the one before it, that was in use earlier, predict again."""
    now = ModelVersion.objects.select_for_update().light().filter(purpose=purpose, state=ModelState.LIVE).first()
    earlier = (
        ModelVersion.objects.select_for_update()
        .light()
        .filter(purpose=purpose, number__lt=now.number, state=ModelState.RETIRED)
        .filter(pk__in=StateChange.objects.filter(state=ModelState.LIVE).values("version"))
        .order_by("-number")
        .first()
        if now
        else None
    )
    if now is None or earlier is None:
        raise CannotRollBack(_("沒有更早使用過的版次可以回復。"))
    _change(now, ModelState.RETIRED, at=at, by=by, reason=reason)
    _change(earlier, ModelState.LIVE, at=at, by=by, reason=reason)
    audit.record(
        "classify.rolled_back", earlier, by=by, at=at,
        old={"version": str(now)}, new={"version": str(earlier)}, note=reason,
    )  # fmt: skip
    return earlier


def promote(at: datetime) -> list[ModelVersion]:
    """Let what has been watched long enough go live: of each purpose the newest version, if it is not worse."""
    done = []
    for purpose in ModelVersion.objects.order_by().values_list("purpose", flat=True).distinct():
        now = queries.live(purpose)
        newest = queries.versions(purpose).filter(state=ModelState.SHADOW, number__gt=now.number if now else 0).last()
        if newest is None:
            continue
        try:
            done.append(go_live(newest, at=at, reason=str(_("試行期滿"))))
        except CannotGoLive:
            continue  # it goes on being watched
    return done


def _change(version: ModelVersion, state: ModelState, *, at: datetime, by: Any | None, reason: str) -> None:
    version.state = state
    version.save(update_fields=["state"])
    StateChange.objects.create(version=version, state=state, at=at, by=by, reason=reason)
