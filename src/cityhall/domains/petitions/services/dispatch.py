"""派案: by rule, by model, or by the desk; every decision keeps what it knew and says why."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import AT_AGENCY, Status
from cityhall.engines.classify import services as classify
from cityhall.engines.classify.gate import GateDecision
from cityhall.engines.classify.model import Prediction, Text
from cityhall.engines.deadlines import services as deadlines
from cityhall.engines.deadlines.rules import Limit, Unit, due
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.places import queries as places
from cityhall.engines.places.rules import Point
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.rows import new as new_row
from cityhall.foundation.unit import Setting, act, insert, recalled, save_at_once

from .. import rules
from ..models import Category, DispatchDecision, Label, Petition, Routing, StaffWords
from ..rules import Facts, Guess, RouteRule, Routes, Spot, Verdict, Why, WordHit, WordRule
from ..states import CategorySource
from . import automatic, clocks, letters, referrals, restrictions, todos
from . import conference as conferences
from .stamps import stamps

log = logging.getLogger(__name__)
PURPOSE = "petitions.category"
LIKELY = 0.5  # from here on a category's questions are asked
SOURCES = {
    Why.WORDS: CategorySource.RULE,
    Why.MODEL: CategorySource.MODEL,
    Why.GIVEN: CategorySource.GIVEN,
}


_placed: list[Callable[[datetime], object]] = []


def when_placed(tell: Callable[[datetime], object]) -> None:
    """Let somebody know, at once and in this process, whenever a decision asks what lies at a petition's place."""
    _placed.append(tell)


@contextmanager
def untold() -> Iterator[None]:
    """Nobody is told: what is lived in bulk for a demo is asked by nobody."""
    kept, _placed[:] = list(_placed), []
    try:
        yield
    finally:
        _placed[:] = kept


class CannotDispatch(CannotAct):
    """The desk's or the agency's wish cannot be carried out."""


@dataclass(frozen=True)
class Gathered:
    """What a decision looked at, beyond the facts the rules need."""

    facts: Facts
    judged: classify.Judged | None
    manager_layer: str
    place_version: str


Book = tuple[tuple[WordRule, ...], tuple[RouteRule, ...]]


class _Books:
    """The rulebook of every day; days between which nothing begins or ends have one in common."""

    def __init__(self) -> None:
        turns = {agency.closed_on for agency in Agency.objects.exclude(closed_on=None) if agency.closed_on}
        for model in (StaffWords, Routing):
            for first, last in model.objects.values_list("valid_from", "valid_until"):
                turns |= {first} if last is None else {first, last + timedelta(days=1)}
        self.turns = sorted(turns)
        self.found: dict[int, Book] = {}

    def on(self, day: date) -> Book:
        span = bisect_right(self.turns, day)
        if span not in self.found:
            self.found[span] = word_rules(day), route_rules(day)
        return self.found[span]


def _books_stamp() -> tuple[Any, ...]:
    """Another one after whatever was done to a rule, or to the agencies that rules name."""
    found = stamps()
    return *found["words"], *found["routing"], *found["agencies"]


def rulebook_stamp() -> str:
    """The state of all rules: another one after whatever was done to them."""
    return "-".join(str(number or 0) for number in _books_stamp())


_books = Setting(StaffWords, Routing, Agency, stamp=_books_stamp, read=_Books)


def rulebook(day: date) -> Book:
    """The staff's word rules and the routing table that hold on a day."""
    return _books.now().on(day)


@recalled(Category)
def _categories() -> dict[str, Category]:
    """All categories by their code, retired ones too."""
    return {row.code: row for row in Category.objects.all()}


def word_rules(day: date) -> tuple[WordRule, ...]:
    """The staff's rules that hold on a day."""
    rows = StaffWords.objects.on(day).select_related("category").order_by("pk")
    return tuple(word_rule(row) for row in rows)


def word_rule(row: StaffWords) -> WordRule:
    """A keyword rule as decisions see it."""
    return WordRule(
        id=row.pk,
        version=row.version,
        category=row.category.code,
        any_of=tuple(row.any_of),
        every=tuple(row.every),
        none_of=tuple(row.none_of),
        priority=row.priority,
    )


def route_rules(day: date) -> tuple[RouteRule, ...]:
    """The routing table that holds on a day, closed agencies replaced by their successors."""
    rows = Routing.objects.on(day).select_related("category", "agency", "agency__successor").order_by("pk")
    return Routes(route_rule(row, day) for row in rows)


def route_rule(row: Routing, day: date) -> RouteRule:
    """A routing rule as decisions of a day see it."""
    return RouteRule(
        id=row.pk,
        version=row.version,
        agency=directory.successor_on(row.agency, day).code,
        category=row.category.code if row.category else "",
        district=row.district_code,
        manager=row.manager_code,
        village=row.village_code,
        layer=row.layer_code,
        any_of=tuple(row.any_of),
        every=tuple(row.every),
        none_of=tuple(row.none_of),
    )


def spot_of(case: Case) -> tuple[Spot, str, str]:
    """The place as the rules see it, with the version of the layer that named the road's manager."""
    place = case.place
    if place is None or not place.has_point:
        known = bool(place and place.district_code)
        return Spot(district=place.district_code if place and known else "", known=known), "", ""
    assert place.lon is not None
    assert place.lat is not None
    hits = places.managers_at(Point(place.lon, place.lat), place.road or None)
    manager = hits[0] if hits else None
    spot = Spot(
        district=place.district_code,
        village=place.village_code,
        inside_city=place.inside_city,
        metres_to_edge=place.metres_to_edge,
        manager=manager.manager_code if manager else "",
        manager_layer=manager.layer_code if manager else "",
        known=True,
    )
    return spot, (f"{manager.layer_code}@{manager.layer_version}" if manager else ""), places.boundary_version()


def guess_of(prediction: Prediction, gate: GateDecision) -> Guess:
    """The text model's word as decisions see it."""
    return Guess(top=tuple(prediction.top[:3]), automatic=gate.automatic, doubts=tuple(gate.reasons), live=gate.live)


@dataclass(frozen=True)
class Customs:
    """What holds for every petition of a day."""

    needs_place: frozenset[str]
    never_public: frozenset[str]
    always_person: WordRule

    @classmethod
    def on(cls, day: date) -> Customs:
        """As it holds on a day."""
        known = _categories().items()
        words = tuple(parameter("petitions.always_person_words", on=day).value)
        return cls(
            needs_place=frozenset(code for code, category in known if category.needs_place),
            never_public=frozenset(code for code, category in known if category.confidential),
            always_person=WordRule(0, 0, "", any_of=words),
        )


def facts_of(
    petition: Petition,
    customs: Customs,
    *,
    folded: str,
    hits: tuple[WordHit, ...],
    guess: Guess | None,
    spot: Spot,
    routes: tuple[RouteRule, ...],
    hops: int = 0,
    stopped: bool = False,
) -> Facts:
    """What a decision on a petition may look at."""
    return Facts(
        hits=hits,
        guess=guess,
        given_category=petition.given_category.code if petition.given_category else "",
        spot=spot,
        rules=routes,
        needs_place=customs.needs_place,
        never_public=customs.never_public,
        always_person=customs.always_person.hits(folded),
        confidential=petition.filed_confidential,
        hops=hops,
        addressed_to=petition.addressed_to.code if petition.addressed_to else "",
        folded=folded,
        stopped=stopped,
    )


def gather(petition: Petition, *, at: datetime) -> Gathered:
    """Collect the facts. A model that fails or is absent leaves no guess: the petition still goes to the desk."""
    case, day = petition.case, day_of(at)
    words, routes = rulebook(day)
    folded = rules.fold(f"{case.title}\n{case.text}")
    spot, manager_layer, place_version = spot_of(case)
    if place_version:
        for tell in _placed:
            tell(at)
    settings, judged = automatic.settings(), None

    def percent_of(label: str) -> int | None:
        """The precision that the agency asks for to which the label would lead."""
        chosen = rules.route(label, spot, routes, folded) if settings.percents else None
        return settings.percents.get(chosen.agency) if chosen else None

    try:
        judged = classify.judge(PURPOSE, Text(case.title, case.text), at=at, percent_of=percent_of)
    except Exception:  # the petition must be saved whatever the model does
        log.exception("the text model failed; the desk decides")
    return Gathered(
        facts=facts_of(
            petition,
            Customs.on(day),
            folded=folded,
            hits=tuple(rules.folded_hits(folded, words)),
            guess=guess_of(judged.prediction, judged.gate) if judged else None,
            spot=spot,
            routes=routes,
            hops=case_queries.hops(case),
            stopped=not settings.on,
        ),
        judged=judged,
        manager_layer=manager_layer,
        place_version=place_version,
    )


def consider(petition: Petition, *, at: datetime) -> DispatchDecision:
    """Decide and keep the decision, without acting on it."""
    gathered = gather(petition, at=at)
    verdict = rules.decide(gathered.facts)
    return _keep(petition, gathered, verdict, at=at)


def _keep(
    petition: Petition, gathered: Gathered, verdict: Verdict, *, by: Account | None = None, note: str = "", at: datetime
) -> DispatchDecision:
    facts, judged = gathered.facts, gathered.judged
    watched = judged.watched if judged else None
    decision = new_row(
        DispatchDecision,
        petition=petition,
        at=at,
        decided_by=by,
        note=note,
        automatic=verdict.automatic,
        category=_categories().get(verdict.category),
        agency=directory.agency(verdict.agency) if verdict.agency else None,
        reasons=[str(why) for why in verdict.reasons]
        + (
            [f"gate:{doubt}" for doubt in facts.guess.doubts]
            if facts.guess and Why.MODEL_DOUBTS in verdict.reasons
            else []
        ),
        candidates=candidates(verdict, facts),
        predicted=[{"category": code, "probability": round(share, 4)} for code, share in facts.guess.top]
        if facts.guess
        else [],
        spans=[{"start": s.start, "end": s.end, "weight": round(s.weight, 4)} for s in judged.prediction.spans]
        if judged
        else [],
        words=list(verdict.hit.words) if verdict.hit else [],
        word_rule=f"{verdict.hit.rule.id}@{verdict.hit.rule.version}" if verdict.hit else "",
        route_rule=f"{verdict.route.id}@{verdict.route.version}" if verdict.route else "",
        model_version=judged.prediction.model_version if judged else "",
        shadow=bool(facts.guess and not facts.guess.live),
        place_version=gathered.place_version,
        area_code=facts.spot.village or facts.spot.district,
        manager_layer=gathered.manager_layer,
        source=CategorySource.PERSON if by else SOURCES[verdict.source] if verdict.source else "",
        stated=round(judged.prediction.probability, 4) if judged else None,
        watched_version=int(watched.model_version.rpartition("@")[2]) if watched else None,
        watched_category=watched.label if watched else "",
        watched_stated=round(watched.probability, 4) if watched else None,
        watched_automatic=bool(judged and judged.watched_gate and judged.watched_gate.automatic),
    )
    return insert(decision)


def candidates(verdict: Verdict, facts: Facts) -> list[dict[str, Any]]:
    """Three buttons for the desk: the rule's word first, then the model's, each with the agency it would go to."""
    shares: dict[str, float | None] = {}
    if verdict.category and verdict.source in (Why.WORDS, Why.GIVEN):
        shares[verdict.category] = None
    for hit in facts.hits:
        shares.setdefault(hit.rule.category, None)
    if facts.guess and facts.guess.live:
        shares.update({label: round(share, 4) for label, share in facts.guess.top})
    found = []
    for code, probability in shares.items():
        chosen = rules.route(code, facts.spot, facts.rules, facts.folded)
        found.append({"category": code, "agency": chosen.agency if chosen else "", "probability": probability})
    return found[:3]


def likely_category(text: str, *, at: datetime) -> Category | None:
    """What a text is probably about, so that the right questions can be asked; no decision, and nothing is kept."""
    day = day_of(at)
    hits = rules.word_hits(text, word_rules(day))
    code = hits[0].rule.category if hits else ""
    if not code:
        try:
            prediction = classify.predict(PURPOSE, "", text)
            if prediction and not classify.gate_for(PURPOSE, prediction, at=at).live:
                prediction = None  # what is only watched asks nothing
        except Exception:  # a question that is not asked is no reason to stop the citizen
            log.exception("the text model failed; no question of a category is asked")
            prediction = None
        label, probability = prediction.top[0] if prediction and prediction.top else ("", 0.0)
        code = label if probability >= LIKELY else ""
    return Category.objects.in_use(day).filter(code=code).first() if code else None


@act
def dispatch(petition: Petition, *, at: datetime) -> DispatchDecision:
    """Dispatch what has just become a case: to the agency by itself, or to the desk with three proposals.

    A listed person's petition about the listed matter goes to neither: it is declined with the earlier answer.
    """
    decision = consider(petition, at=at)
    if decision.category:
        petition.category = decision.category
        petition.category_source = SOURCES[next(Why(r) for r in decision.reasons if r in SOURCES)]
    clocks.begin(petition, at=at)
    save_at_once(petition, "category", "category_source", "urgent")
    case = petition.case
    follow_category(petition)
    if listing := restrictions.speaks_of(petition, decision, at=at):
        restrictions.decline(petition, listing, by=None, at=at)
    elif decision.automatic and decision.agency:
        send_to_agency(petition, agency=decision.agency, decision=decision, by=None, at=at)
    else:
        cases.move(case, Status.DISPATCHING, by=None, at=at, given={"reasons": decision.reasons}, public=True)
        wait_at_desk(petition, at=at)
    return decision


@act
def route_again(petition: Petition, *, by: Account, at: datetime) -> DispatchDecision:
    """What was left unhandled and is at the desk again goes its ordinary way: to the agency, or it waits at the desk."""
    decision = consider(petition, at=at)
    if decision.automatic and decision.agency:
        send_to_agency(petition, agency=decision.agency, decision=decision, by=by, at=at)
        letters.dispatched(petition, at=at)
    return decision


def wait_at_desk(petition: Petition, *, at: datetime) -> None:
    """Put it on the desk's list; four hours are the desk's own aim."""
    todos.wait(
        petition, todos.DISPATCH, agency=todos.desk(at), role=Role.DISPATCHER, due_at=at + timedelta(hours=4), at=at
    )


def send_to_agency(
    petition: Petition,
    *,
    agency: Agency,
    decision: DispatchDecision,
    by: Account | None,
    at: datetime,
    for_person: Person | None = None,
) -> None:
    """Hand it to the agency's 研考窗口. What is about the whole agency goes to another."""
    case = petition.case
    if petition.about_agency_id == agency.pk and petition.about_unit_id is None:
        raise CannotDispatch(_("這件反映的是這個機關，請改派其他機關或轉政風。"))
    cases.assign_agency(case, agency=agency, by=by, at=at, given={"decision": decision.pk}, for_person=for_person)
    todos.done(petition, todos.DISPATCH, at=at)
    # The citizen's clocks run on when the agency changes (note 01 §5.4).
    todos.wait(petition, todos.ASSIGN, agency=agency, role=Role.COORDINATOR, due_at=clocks.next_due(petition), at=at)
    referrals.follow(petition, at=at)


@act
def dispatch_by_desk(
    petition: Petition,
    *,
    category: Category,
    agency: Agency | None,
    note: str = "",
    conference: str = "",
    by: Account | None,
    at: datetime,
    expect_version: int | None = None,
    tell: bool = True,
) -> DispatchDecision:
    """The desk decides: category, and the agency that follows from it unless another is named. The decision is a label.

    Where agencies disagreed, `conference` says what they and the desk agreed on.
    """
    petition.case = case = cases.lock(petition.case, expect_version=expect_version)
    gathered = gather(petition, at=at)
    facts = gathered.facts
    chosen = rules.route(category.code, facts.spot, facts.rules, facts.folded)
    to = agency or (directory.agency(chosen.agency) if chosen else None)
    if to is None:
        raise CannotDispatch(_("這個類別沒有對應的機關，請指定機關。"))
    if case.status in AT_AGENCY and to == case.agency:
        raise CannotDispatch(_("案件已經在這個機關。"))
    conferences.hold(petition, note=conference, agency=to, by=by, at=at)
    if case.status not in (Status.DISPATCHING, Status.RETURNED):
        cases.move(
            case, Status.DISPATCHING, by=by, at=at, given={"reason": note or str(_("分文人員改派"))}, public=False
        )
        leave_agency(petition, at=at)
    verdict = Verdict(category.code, to.code, False, (), chosen if chosen and chosen.agency == to.code else None)
    decision = _keep(petition, gathered, verdict, by=by, note=note, at=at)
    set_category(petition, category=category, by=by, at=at)
    send_to_agency(petition, agency=to, decision=decision, by=by, at=at)
    if tell:
        letters.dispatched(petition, at=at)
    return decision


@act
def set_category(petition: Petition, *, category: Category, by: Account | None, at: datetime) -> None:
    """A person's word on the category: a label for the next model, and superseding clocks from the original start."""
    before = petition.category
    if by is not None:
        insert(Label(petition=petition, category=category, before=before, by=by, at=at))
    if before == category:
        return
    petition.category = category
    petition.category_source = CategorySource.PERSON if by else petition.category_source
    clocks.category_changed(petition, at=at)
    save_at_once(petition, "category", "category_source", "urgent")
    follow_category(petition)
    cases.add_event(
        petition.case, "category_set", by=by, at=at,
        payload={"category": category.code, "before": before.code if before else ""}, public=False,
    )  # fmt: skip
    audit.record(
        "petition.category_set", petition.case, by=by, at=at,
        old={"category": before.code if before else ""}, new={"category": category.code},
    )  # fmt: skip


def follow_category(petition: Petition) -> None:
    """不公開 goes with the category, unless it was filed so: what is about officers is nobody's to read but theirs
    who examine it.
    """
    case, category = petition.case, petition.category
    wanted = (
        petition.filed_confidential or bool(category and category.confidential) or petition.sealed
        or petition.about_agency_id is not None
    )  # fmt: skip
    if case.confidential != wanted:
        case.confidential = wanted
        save_at_once(case, "confidential")


def may_return_until(petition: Petition, *, at: datetime) -> datetime:
    """Until when 改分 may be asked; after that the agency has accepted it."""
    case, day = petition.case, day_of(at)
    started = case.assigned_at or at
    if petition.urgent:
        limit = Limit(parameter("petitions.return_urgent_hours", on=day).value, Unit.CLOCK_HOURS)
    else:
        limit = Limit(parameter("petitions.return_working_days", on=day).value, Unit.WORKING_DAYS)
    return due(started, limit, deadlines.calendar()).at


@act
def return_for_dispatch(
    petition: Petition,
    *,
    proposed: Agency,
    reason: str,
    by: Account,
    at: datetime,
    for_person: Person | None = None,
    expect_version: int | None = None,
) -> None:
    """退回改分: within 1 working day (urgent: 4 hours), with the agency proposed; at most two hops, then the desk alone.

    The citizen's clocks run on; the time is charged to the agency that had it.
    """
    petition.case = case = cases.lock(petition.case, expect_version=expect_version)
    if not reason.strip():
        raise CannotDispatch(_("請寫明退回改分的理由。"))
    if proposed == case.agency:
        raise CannotDispatch(_("請提出其他機關；建議的機關就是貴機關。"))
    if at > may_return_until(petition, at=at):
        raise CannotDispatch(_("已超過可退回改分的時間，視同受理。"))
    if case_queries.hops(case) >= rules.MOST_HOPS:
        raise CannotDispatch(_("這件已經改分兩次，請洽分文人員協調，不能再退回。"))
    cases.end_lead(case, at=at, returned=True)
    cases.move(
        case, Status.RETURNED, by=by, at=at, for_person=for_person, public=False,
        given={"reason": reason, "proposed_agency": proposed.code, "agency": case.agency.code if case.agency else ""},
    )  # fmt: skip
    leave_agency(petition, at=at)
    conferences.ask_if_they_disagree(petition, by=by, at=at)
    wait_at_desk(petition, at=at)


def leave_agency(petition: Petition, *, at: datetime) -> None:
    """Take it off the lists of the agency that had it."""
    todos.done(petition, *todos.AT_AGENCY, at=at)
