"""Trying a change of the rules, or another text model, on past petitions, before it decides about new ones.

Both sides, without and with the change, decide anew on what each petition said; where they part, the page shows what
happened then, and whether the desk had to correct it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cityhall.engines.cases.services import CannotAct
from cityhall.engines.classify import queries as classify_queries
from cityhall.engines.classify import services as classify
from cityhall.engines.classify.model import Text
from cityhall.engines.classify.models import ModelVersion
from cityhall.engines.classify.states import ModelState
from cityhall.engines.identity.models import Account
from cityhall.engines.outbox import services as outbox
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, acting

from .. import rules
from ..models import DispatchDecision, Petition, ReplayDifference, RuleReplay, Training
from ..rules import Decided, Guess, RouteRule, Spot, WordRule
from ..states import Effect, ReplayAct, ReplayState
from . import dispatch, todos
from .dispatch import PURPOSE, Customs
from .rule_editor import Change, RulesChanged, digest_of, locked, refuse

KEEPS = "petitions.replay"
STEP = 1_000  # petitions between two marks of progress
NEW = 2**62  # the number of a rule that has none yet: it comes after all others
MODEL_COSTS = 10  # a model reads so many times slower than rules are compared


class CannotReplay(CannotAct):
    """There is nothing to try, or it was tried before."""


# ---- beginning -------------------------------------------------------------------------------------------------------


@act
def try_out(change: Change, *, by: Account | None, at: datetime) -> RuleReplay:
    """Try a change on the petitions of the last days: at once, or in the background where they are many."""
    refuse(change, at=at)
    return _begin(change.act, change.inputs, dispatch.rulebook_stamp(), cost=1, by=by, at=at)


@act
def try_model(number: int, *, by: Account | None, at: datetime) -> RuleReplay:
    """Try another version of the text model against the one in use."""
    version = classify_queries.versions(PURPOSE).filter(number=number).first()
    if version is None or version.state == ModelState.LIVE:
        raise CannotReplay(_("這一版已經在使用中。"))
    if not version.has_bytes:
        raise CannotReplay(_("這一版太舊，內容已經不保留，不能再試算。"))
    return _begin(ReplayAct.MODEL, {"number": number}, model_stamp(), cost=MODEL_COSTS, by=by, at=at)


@act
def again(replay: RuleReplay, *, by: Account | None, at: datetime) -> RuleReplay:
    """The same on the rules and models as they are now."""
    if replay.act == ReplayAct.MODEL:
        return try_model(replay.inputs["number"], by=by, at=at)
    return try_out(Change.of(replay), by=by, at=at)


def model_stamp() -> str:
    """The state that a model is tried on: the rules, and the version in use."""
    live = classify_queries.live(PURPOSE)
    return f"{dispatch.rulebook_stamp()}/{live.number if live else 0}"


def stamp_now(replay: RuleReplay) -> str:
    """The state that a replay would be tried on now."""
    return model_stamp() if replay.act == ReplayAct.MODEL else dispatch.rulebook_stamp()


@act
def save_model(replay: RuleReplay, *, digest: str, by: Account, at: datetime) -> ModelVersion:
    """Let the version that was tried be used. Raises RulesChanged where rules or models changed since."""
    locked(at)
    replay = RuleReplay.objects.select_for_update().get(pk=replay.pk)
    if replay.state != ReplayState.READY or digest != replay.digest:
        raise CannotReplay(_("要先試算完成，才能啟用。"))
    if digest != digest_of(replay.act, replay.inputs, model_stamp()):
        raise RulesChanged(_("試算之後規則又改過，結果可能不同，已經重新試算。請看過再儲存。"))
    version = classify_queries.versions(PURPOSE).get(number=replay.inputs["number"])
    live = classify.go_live(version, at=at, by=by, reason=str(_("試算後啟用")))
    replay.state, replay.saved_at, replay.saved_as = ReplayState.SAVED, at, f"model/{version.number}"
    replay.save(update_fields=["state", "saved_at", "saved_as"])
    for training in Training.objects.filter(number__lte=live.number).exclude(replay=None)[:30]:
        todos.learning_done(training, todos.MODEL_READY, at=at)
    return live


def _begin(
    kind: ReplayAct, inputs: dict[str, Any], stamp: str, *, cost: int, by: Account | None, at: datetime
) -> RuleReplay:
    today = day_of(at)
    replay = RuleReplay(
        act=kind,
        inputs=inputs,
        stamp=stamp,
        digest=digest_of(kind, inputs, stamp),
        first_on=today - timedelta(days=parameter("petitions.replay_days", on=today).value - 1),
        last_on=today,
        by=by,
        at=at,
    )
    most = parameter("petitions.replay_most", on=today).value
    replay.total = min(most, _past(replay).count())
    replay.save()
    if replay.total * cost <= parameter("petitions.replay_at_once", on=today).value:
        _run(replay, _Trial.of(replay, at), at=at, step=max(replay.total, 1))
    else:
        outbox.promise(KEEPS, {"replay": replay.pk}, key=f"{KEEPS}:{replay.pk}", at=at, urgent=True)
    return replay


def carry_on(pk: int, *, at: datetime) -> None:
    """A replay in the background: from the beginning, whatever an interrupted one left."""
    replay = RuleReplay.objects.get(pk=pk)
    if replay.state != ReplayState.RUNNING:
        return
    with acting():
        replay.differences.all().delete()
        trial = _Trial.of(replay, at)
    _run(replay, trial, at=at, step=STEP)


# ---- both sides ------------------------------------------------------------------------------------------------------

T = TypeVar("T")
Reader = Callable[[Sequence[Text]], Sequence[Guess | None]]


@dataclass(frozen=True)
class _Side:
    """Rules that decide, and who reads the texts."""

    words: tuple[WordRule, ...]
    routes: tuple[RouteRule, ...]
    read: Reader


@dataclass(frozen=True)
class _Trial:
    """Without and with the change; and which petitions it can concern at all."""

    before: _Side
    now: _Side
    words: tuple[WordRule, ...]
    routes: tuple[RouteRule, ...]
    everything: bool
    customs: Customs

    @classmethod
    def of(cls, replay: RuleReplay, at: datetime) -> _Trial:
        """From what a replay is to try."""
        if replay.act == ReplayAct.MODEL:
            day = day_of(at)
            words, routes = dispatch.rulebook(day)
            before = _Side(words, routes, _reader(at))
            now = _Side(words, routes, _reader(at, replay.inputs["number"]))
            return cls(before, now, (), (), True, Customs.on(day))
        change = Change.of(replay)
        day, new = change.valid_from, change.new()
        words, routes = dispatch.rulebook(day)
        read = _reader(at)
        of_words = change.kind == "words"
        gone = change.rule if change.act in (ReplayAct.CHANGE, ReplayAct.END) else None
        old_words = tuple(one for one in words if of_words and one.id == gone)
        old_routes = tuple(one for one in routes if not of_words and one.id == gone)
        new_words = (replace(dispatch.word_rule(new), id=NEW),) if new and of_words else ()  # type: ignore[arg-type]
        new_routes = (replace(dispatch.route_rule(new, day), id=NEW),) if new and not of_words else ()  # type: ignore[arg-type]
        now = _Side(_instead(words, old_words, new_words), _instead(routes, old_routes, new_routes), read)
        return cls(
            before=_Side(words, routes, read),
            now=now,
            words=old_words + new_words,
            routes=old_routes + new_routes,
            everything=False,
            customs=Customs.on(day),
        )


def _instead(rules_of_day: tuple[T, ...], gone: tuple[T, ...], new: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(one for one in rules_of_day if one not in gone) + new


def _reader(at: datetime, number: int | None = None) -> Reader:
    """What the model says of each text; a damaged or missing one says nothing, as when petitions come in."""

    def read(texts: Sequence[Text]) -> Sequence[Guess | None]:
        try:
            judged = classify.judge_many(PURPOSE, texts, at=at, number=number)
        except classify.CannotLoad:
            judged = []
        return [dispatch.guess_of(*one) for one in judged] or [None] * len(texts)

    return read


# ---- petition by petition --------------------------------------------------------------------------------------------


def _past(replay: RuleReplay) -> QuerySet[Petition]:
    """What became a case on the days of the replay, newest first."""
    return Petition.objects.filter(
        case__kind="petition", case__opened_on__gte=replay.first_on, case__opened_on__lte=replay.last_on
    ).order_by("-pk")


def _run(replay: RuleReplay, trial: _Trial, *, at: datetime, step: int) -> None:
    counts: Counter[str] = Counter()
    below: int | None = None
    replay.done = 0
    while replay.done < replay.total:
        with acting():
            rows = _past(replay).select_related("case__place", "category", "given_category", "addressed_to")
            if below is not None:
                rows = rows.filter(pk__lt=below)
            batch = list(rows[: min(step, replay.total - replay.done)])
            if not batch:
                break
            found = list(_differences(replay, trial, batch))
            ReplayDifference.objects.bulk_create(found, batch_size=500)
            counts.update(one.effect for one in found)
            below = batch[-1].pk
            replay.done += len(batch)
            replay.save(update_fields=["done"])
    replay.counts = {effect.value: counts[effect.value] for effect in Effect}
    replay.total = replay.done
    replay.state = ReplayState.READY
    replay.save(update_fields=["counts", "total", "state"])


@dataclass(frozen=True)
class _History:
    """How a petition was decided: first, and where it belonged in the end as far as anybody knows."""

    category: str = ""
    agency: str = ""
    by: int | None = None
    last_category: str = ""
    last_agency: str = ""
    corrected: bool = False
    read_as: frozenset[str] = frozenset()


def _histories(batch: Sequence[Petition]) -> dict[int, _History]:
    """By petition, in one question."""
    rows = (
        DispatchDecision.objects.filter(petition__in=[one.pk for one in batch])
        .order_by("petition", "at", "pk")
        .values_list("petition", "automatic", "decided_by", "predicted", "category__code", "agency__code")
    )
    decisions: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for petition, *decision in rows:
        decisions[petition].append(tuple(decision))
    return {one.pk: _history(one, decisions.get(one.pk, [])) for one in batch}


def _history(petition: Petition, decisions: Sequence[tuple[Any, ...]]) -> _History:
    read_as = frozenset(row["category"] for _auto, _by, predicted, _c, _a in decisions for row in predicted)
    settled = [
        (by, category or "", agency or "")
        for automatic, by, _predicted, category, agency in decisions
        if automatic or by is not None
    ]
    if not settled:
        return _History(read_as=read_as)
    by, category, agency = settled[0]
    last_agency = settled[-1][2]
    last_category = petition.category.code if petition.category else settled[-1][1]
    corrected = (last_category, last_agency) != (category, agency)
    return _History(category, agency, by, last_category, last_agency, corrected, read_as)


@dataclass(frozen=True)
class _Concerned:
    petition: Petition
    folded: str
    spot: Spot


def _differences(replay: RuleReplay, trial: _Trial, batch: Sequence[Petition]) -> Iterator[ReplayDifference]:
    histories = _histories(batch)
    concerned = [found for one in batch if (found := _concerned(trial, one, histories[one.pk]))]
    texts = [Text(one.petition.case.title, one.petition.case.text) for one in concerned]
    guesses = trial.before.read(texts)
    guesses_now = trial.now.read(texts) if trial.everything else guesses
    for one, guess, guess_now in zip(concerned, guesses, guesses_now, strict=True):
        history = histories[one.petition.pk]
        before = _decide(trial.before, trial.customs, one, guess)
        now = _decide(trial.now, trial.customs, one, guess_now)
        effect = rules.effect_of(before, now, category=history.last_category, agency=history.last_agency)
        if effect is None:
            continue
        yield ReplayDifference(
            replay=replay,
            petition=one.petition,
            effect=effect,
            then_category=history.category,
            then_agency=history.agency,
            then_by_id=history.by,
            corrected_category=history.last_category if history.corrected else "",
            corrected_agency=history.last_agency if history.corrected else "",
            before_category=before.category,
            before_agency=before.agency,
            before_automatic=before.automatic,
            now_category=now.category,
            now_agency=now.agency,
            now_automatic=now.automatic,
        )


def _concerned(trial: _Trial, petition: Petition, history: _History) -> _Concerned | None:
    """A petition that the change can concern at all; None for the many others."""
    case = petition.case
    folded = rules.fold(f"{case.title}\n{case.text}")
    if not trial.everything and not any(rule.allows(folded) for rule in trial.words):
        if not any(_may_lie(rule, petition) and rule.reads(folded) for rule in trial.routes):
            return None
        about = {hit.rule.category for hit in rules.folded_hits(folded, trial.before.words)} | history.read_as
        about |= {one.code for one in (petition.category, petition.given_category) if one}
        spot = dispatch.spot_of(case)[0]
        if not any(rule.lies_at(spot) and (not rule.category or rule.category in about) for rule in trial.routes):
            return None
        return _Concerned(petition, folded, spot)
    return _Concerned(petition, folded, dispatch.spot_of(case)[0])


def _may_lie(rule: RouteRule, petition: Petition) -> bool:
    """Quick: the district is known without looking at a map."""
    place = petition.case.place
    return not rule.district or (place is not None and place.district_code == rule.district)


def _decide(side: _Side, customs: Customs, one: _Concerned, guess: Guess | None) -> Decided:
    facts = dispatch.facts_of(
        one.petition,
        customs,
        folded=one.folded,
        hits=tuple(rules.folded_hits(one.folded, side.words)),
        guess=guess,
        spot=one.spot,
        routes=side.routes,
    )
    return Decided.by(rules.decide(facts))


def forget_old(*, before: datetime) -> int:
    """Delete what was tried and never saved; what was saved stays with its differences, as its ground."""
    return RuleReplay.objects.filter(at__lt=before).exclude(state=ReplayState.SAVED).delete()[0]
