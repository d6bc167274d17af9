"""Acts: train a version, let it predict, let it go live, take it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, remembered

from . import corpus, gate, guard, making, queries, registry, store
from .gate import GateDecision, Thresholds
from .guard import Finding
from .making import Made
from .model import CannotTrain, Model, Prediction, Text
from .models import ModelVersion, StateChange
from .reading import mask
from .states import ModelState
from .store import CannotLoad

__all__ = [
    "CannotGoLive", "CannotLoad", "CannotRollBack", "CannotTrain", "Text", "gate_for", "go_live", "judge", "judge_many",
    "keep", "predict", "predict_many", "promote", "roll_back", "train", "train_from_sources",
]  # fmt: skip


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
    made, _model = making.make(
        masked, labels, seed=seed, percent=percent_wanted(at, target_percent), conditions=queries.conditions(day_of(at))
    )
    return keep(purpose, made, at=at, by=by, seed=seed, sources=sources)


def percent_wanted(at: datetime, percent: int | None = None) -> int:
    """The precision that automatic decisions are to reach, in per cent."""
    return percent if percent is not None else int(parameter("classify.target_percent", on=day_of(at)).value)


@act
def keep(
    purpose: str, made: Made, *, at: datetime, by: Any | None = None, seed: int = 0, sources: Sequence[str] = (),
    findings: Sequence[Finding] = (),
) -> ModelVersion:  # fmt: skip
    """Keep what a training made as the next version; it is watched."""
    newest = ModelVersion.objects.select_for_update().filter(purpose=purpose).order_by("-number").light().first()
    version = ModelVersion.objects.create(
        purpose=purpose, number=newest.number + 1 if newest else 1, trained_at=at, arrays=made.arrays,
        checksum=made.checksum, held_out=made.held_out, library=made.library, data_hash=made.data_hash, seed=seed,
        rows=made.rows, counts=made.counts, metrics=made.metrics, thresholds=made.thresholds, sources=list(sources),
        findings=[one.as_json() for one in findings],
    )  # fmt: skip
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
    rows of one's own after both. Golden texts teach no version.
    """
    declared = registry.purpose(purpose)
    mine = registry.Source(0, more_from, lambda: more)
    found = corpus.gather([*declared.sources, mine], frozenset(declared.labels_in_use(day_of(at))))
    texts, labels = [row.text for row in found.rows], [row.label for row in found.rows]
    return train(purpose, texts, labels, at=at, by=by, seed=seed, sources=found.used)


# ---- predicting ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """A version in this process's memory, or why it cannot be."""

    key: tuple[int, str]
    number: int
    state: str
    model: Model | None
    limits: dict[str, Any]
    since: datetime
    since_by_label: dict[str, datetime]

    def thresholds(self, percent: int | None = None) -> Thresholds:
        """Those for a precision in per cent, or the version's own."""
        one = self.limits.get("by_target", {}).get(str(percent), self.limits)
        return Thresholds(one["overall"], one["by_label"], one["target"], self.limits["known_share"])

    def decide(self, prediction: Prediction, *, at: datetime, percent: int | None = None) -> GateDecision:
        """The gate's word on a prediction of this version."""
        watched = (at - self.since).days if self.state == ModelState.LIVE else -1
        since = self.since_by_label.get(prediction.label)
        return gate.decide(
            prediction, self.thresholds(percent), counts=self.model.counts if self.model else {}, watched_days=watched,
            label_days=(at - since).days if since else None, conditions=queries.conditions(day_of(at)),
        )  # fmt: skip


_kept: dict[str, Kept] = {}


def _asked(purpose: str) -> Kept | None:
    """The version that predicts, read anew only when another one took its place."""
    return _both(purpose)[0]


def _both(purpose: str) -> tuple[Kept | None, Kept | None]:
    """The version that predicts, and a newer one that is only watched beside it: one question for both."""
    rows = queries.at_work(purpose)
    live = rows[0] if rows else None
    beside = rows[1] if len(rows) > 1 and rows[0]["state"] == ModelState.LIVE else None
    return _remembered(purpose, live), _remembered(f"{purpose}/watched", beside)


def _remembered(place: str, row: dict[str, Any] | None) -> Kept | None:
    if row is None:
        _kept.pop(place, None)
        return None
    key = (row["pk"], row["checksum"])
    kept = _kept.get(place)
    if kept is None or kept.key != key:
        kept = _kept[place] = _load(row["pk"], key)
    if kept.state != row["state"]:
        kept = _kept[place] = replace(kept, state=row["state"])
    return kept


def _load(pk: int, key: tuple[int, str]) -> Kept:
    version = ModelVersion.objects.defer("held_out").get(pk=pk)
    try:
        model: Model | None = store.unpack(bytes(version.arrays), version.checksum)
    except CannotLoad:
        model = None  # kept as damaged, so that it is not read again for every text
    return Kept(
        key=key,
        number=version.number,
        state=version.state,
        model=model,
        limits=version.thresholds,
        since=queries.watched_since(version.purpose) or version.trained_at,
        since_by_label=queries.watched_since_by_label(version.purpose),
    )


@dataclass(frozen=True)
class Judged:
    """What the version in use says of a text, and what a newer one says that is only watched."""

    prediction: Prediction
    gate: GateDecision
    watched: Prediction | None = None
    watched_gate: GateDecision | None = None


def judge(
    purpose: str, text: Text, *, at: datetime, percent_of: Callable[[str], int | None] = lambda label: None
) -> Judged | None:
    """What a text is about, whether that may decide by itself, and the word of the version that is watched beside.

    `percent_of` says which precision is asked for a label. None while there is no model. Raises CannotLoad where the
    bytes are not those that were kept; a watched version that is damaged says nothing.
    """
    kept, beside = _both(purpose)
    if kept is None:
        return None
    model = _model(purpose, kept)
    found = remembered((ModelVersion, (kept.key, text)), lambda: model.predict(text))  # the desk's act asks again
    prediction = replace(found, model_version=f"{purpose}@{kept.number}")
    word = kept.decide(prediction, at=at, percent=percent_of(prediction.label))
    if beside is None or beside.model is None:
        return Judged(prediction, word)
    other = replace(beside.model.predict(text, explain=False), model_version=f"{purpose}@{beside.number}")
    as_if = replace(beside, state=ModelState.LIVE)
    return Judged(prediction, word, other, as_if.decide(other, at=at, percent=percent_of(other.label)))


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
    predictions = (replace(model.predict(text, explain=False), model_version=version) for text in texts)
    return [(prediction, kept.decide(prediction, at=at)) for prediction in predictions]


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
    return kept.decide(prediction, at=at)


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
    if not version.is_guarded and not even_if_worse:
        raise CannotGoLive(_("這一版沒有通過防護檢查，不能啟用。"))
    before = ModelVersion.objects.select_for_update().filter(purpose=version.purpose, state=ModelState.LIVE).first()
    if before is not None:
        if not even_if_worse and (loss := loss_against(before, version)) is not None and loss > guard.MAY_LOSE:
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
        if (declared := registry.purposes.get(purpose)) is not None and not declared.by_itself:
            continue
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
