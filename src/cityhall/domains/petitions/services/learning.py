"""The nightly training of the text model: learn, guard, watch, and let a person decide (or go live by itself)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.classify import child, guard
from cityhall.engines.classify import learning as engine
from cityhall.engines.classify import queries as classify_queries
from cityhall.engines.classify import services as classify
from cityhall.engines.classify.models import ModelVersion
from cityhall.engines.classify.states import ModelState
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .. import queries
from ..models import Label, Training
from ..states import LabelCheck, TrainingState
from . import replay, todos
from .dispatch import PURPOSE

log = logging.getLogger(__name__)
SEED = 0
BY_ITSELF = "itself"


class CannotCheck(CannotAct):
    """There is nothing to look at, or it was looked at already."""


def nightly(at: datetime, *, train: engine.Trainer = child.train) -> Training:
    """Train, guard, and offer the newest version that may be used; a training that fails changes nothing else."""
    try:
        learnt = engine.learn(
            PURPOSE, at=at, seed=SEED, urgent=queries.urgent_codes(day_of(at)), train=train
        )  # fmt: skip
    except classify.CannotTrain:
        training = _note(at, TrainingState.FAILED, problem=str(_("學過的案件還太少，分不出類別。")))
    except child.TrainingFailed as failure:
        log.warning("the nightly training failed: %s", failure)
        training = _note(at, TrainingState.FAILED, problem=str(failure)[:300])
    else:
        training = _record(learnt, at=at)
    offer(at=at)
    days = parameter("petitions.model_bytes_days", on=day_of(at)).value
    engine.forget_bytes(PURPOSE, before=at - timedelta(days=days))
    return training


@act
def _note(at: datetime, state: TrainingState, *, problem: str) -> Training:
    return Training.objects.create(at=at, state=state, seed=SEED, problem=problem)


@act
def _record(learnt: engine.Learnt, *, at: datetime) -> Training:
    version = learnt.version
    if version is None:
        state = TrainingState.SAME
    else:
        state = TrainingState.TRAINED if guard.all_passed(learnt.findings) else TrainingState.HELD_BACK
    training = Training.objects.create(
        at=at, state=state, seed=SEED, number=version.number if version else None, rows=learnt.rows,
        by_people=learnt.by_people, golden=learnt.golden, new=learnt.new,
    )  # fmt: skip
    if state == TrainingState.HELD_BACK:
        for older in Training.objects.filter(state=TrainingState.HELD_BACK).exclude(pk=training.pk)[:30]:
            todos.learning_done(older, todos.TRAINING, at=at)
        todos.wait_for_learning(
            training, todos.TRAINING, title=str(_("字詞模型第 %(n)d 版沒有通過防護檢查")) % {"n": training.number},
            detail=str(_("看是哪裡不對，再決定標註要不要採用。")), page="petitions:model", args=[training.number], due_at=None,
            at=at,
        )  # fmt: skip
    return training


@act
def offer(*, at: datetime) -> ModelVersion | None:
    """The newest version that passed and was watched long enough: put in use by itself, or offered with its replay."""
    newest = candidate()
    if newest is None or _days_left(at):
        return None
    training = Training.objects.filter(number=newest.number).first()
    if parameter("petitions.model_goes_live", on=day_of(at)).value == BY_ITSELF:
        try:
            return classify.go_live(newest, at=at, reason=str(_("通過防護檢查，自己啟用")))
        except classify.CannotGoLive as refusal:
            log.info("%s does not go live: %s", newest, refusal.sentence)
            return None
    if training is None or training.replay_id:
        return newest
    training.replay = replay.try_model(newest.number, by=None, at=at)
    training.save(update_fields=["replay"])
    for older in Training.objects.exclude(pk=training.pk).exclude(replay=None)[:30]:
        todos.learning_done(older, todos.MODEL_READY, at=at)
    todos.wait_for_learning(
        training, todos.MODEL_READY, title=str(_("字詞模型第 %(n)d 版可以啟用")) % {"n": newest.number},
        detail=str(_("看過試算，再決定要不要啟用。")), page="petitions:replay", args=[training.replay_id], due_at=None, at=at,
    )  # fmt: skip
    return newest


def candidate() -> ModelVersion | None:
    """The newest version that is only watched and that nothing speaks against; none older than the one in use."""
    live = classify_queries.live(PURPOSE)
    rows = classify_queries.versions(PURPOSE).filter(state=ModelState.SHADOW, number__gt=live.number if live else 0)
    return next((row for row in rows.order_by("-number") if row.is_guarded), None)


def _days_left(at: datetime) -> int:
    since = classify_queries.watched_since(PURPOSE)
    days = int(parameter("classify.shadow_days", on=day_of(at)).value)
    return max(days - (at - since).days, 0) if since else days


# ---- labels that the guard stopped at --------------------------------------------------------------------------------


@act
def check_labels(number: int, person: int, *, verdict: LabelCheck, reason: str, by: Account, at: datetime) -> int:
    """Somebody looked at the new labels of a person that the guard stopped at: they are kept, or nobody learns from them.

    The next night trains anew. Whoever made the labels does not judge them.
    """
    if by.pk == person:
        raise CannotCheck(_("標註的人不能查看自己的標註。"))
    if not reason.strip():
        raise CannotCheck(_("請寫明理由。"))
    rows = labels_of(number, person).filter(checked="")
    many = rows.update(checked=verdict, checked_by=by, checked_at=at)
    if not many:
        raise CannotCheck(_("這些標註已經看過了。"))
    training = Training.objects.filter(number=number).first()
    version = classify_queries.versions(PURPOSE).get(number=number)
    audit.record(
        "petition.labels_checked", version, by=by, at=at, new={"person": person, "labels": many, "verdict": verdict},
        note=reason.strip()[:300],
    )  # fmt: skip
    open_persons = {
        one["by"] for one in version.findings if one["guard"] == guard.Guard.CONSENSUS and not one["passed"]
    }
    if training is not None and not any(
        labels_of(number, one).filter(checked="").exists() for one in open_persons if one
    ):
        todos.learning_done(training, todos.TRAINING, at=at)
    return many


def labels_of(number: int, person: int) -> QuerySet[Label]:
    """The labels of a person that were new to a version."""
    version = classify_queries.versions(PURPOSE).get(number=number)
    before = baseline_of(version)
    rows = Label.objects.filter(by=person, at__lte=version.trained_at, petition__case__confidential=False)
    return rows.filter(at__gt=before.trained_at) if before else rows


def baseline_of(version: ModelVersion) -> ModelVersion | None:
    """What a version was compared with: the one in use when it was trained, else the newest before it that passed."""
    live = classify_queries.live_at(PURPOSE, version.trained_at)
    if live is not None:
        return live
    rows = classify_queries.versions(PURPOSE).filter(number__lt=version.number).order_by("-number")[:30]
    return next((row for row in rows if row.is_guarded), None)
