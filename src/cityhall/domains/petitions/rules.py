"""How a petition finds its agency, and how fast it must be answered. Decisions only; no database, no web.

A commissioner can read this file: each function says in its first line what it decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache

from cityhall.foundation.sentence import sentence

from .states import Effect

EDGE_METRES = 15.0  # nearer to a border than this, a person decides (note 01 §5.5)
MOST_HOPS = 2  # after so many returns the desk decides for good


def fold(text: str) -> str:
    """Text as words are compared: NFKC, lower case, 臺 as 台, no white space."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("臺", "台")
    # Again at the end: taking out white space can bring letters and marks together.
    return unicodedata.normalize("NFKC", "".join(folded.split()))


@lru_cache(maxsize=5_000)
def fold_word(word: str) -> str:
    """The same for a word that staff have set: there are hundreds, and every text is compared with them."""
    return fold(word)


# ---- words -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WordRule:
    """Staff's own rule: these words mean this category. All of `every`, one of `any_of`, none of `none_of`."""

    id: int
    version: int
    category: str
    any_of: tuple[str, ...]
    every: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    priority: int = 0

    @cached_property
    def _folded(self) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...]]:
        """The words as they are compared, folded once for all texts."""
        return (
            tuple((word, fold_word(word)) for word in self.any_of),
            tuple(map(fold_word, self.every)),
            tuple(map(fold_word, self.none_of)),
        )

    def allows(self, folded: str) -> bool:
        """Whether a text is as the words ask."""
        any_of, every, none_of = self._folded
        return (
            not any(word in folded for word in none_of)
            and all(word in folded for word in every)
            and (not any_of or any(word in folded for _word, word in any_of))
        )

    def hits(self, folded: str) -> tuple[str, ...]:
        """The words found, or nothing where the rule does not speak of this text."""
        any_of, every, none_of = self._folded
        if any(word in folded for word in none_of):
            return ()
        if not all(word in folded for word in every):
            return ()
        found = tuple(word for word, plain in any_of if plain in folded)
        if self.any_of and not found:
            return ()
        return self.every + found

    @property
    def weight(self) -> tuple[int, int, int]:
        """More specific first: priority, then how many words must stand together, then the longest word."""
        longest = max((len(word) for word in self.any_of + self.every), default=0)
        return self.priority, len(self.every) + bool(self.any_of), longest


@dataclass(frozen=True)
class WordHit:
    """A rule that spoke, and the words that made it speak."""

    rule: WordRule
    words: tuple[str, ...]


def word_hits(text: str, rules: Iterable[WordRule]) -> list[WordHit]:
    """Which of the staff's rules speak of this text, the most specific first."""
    return folded_hits(fold(text), rules)


def folded_hits(folded: str, rules: Iterable[WordRule]) -> list[WordHit]:
    """The same for a text that is folded already."""
    hits = [WordHit(rule, words) for rule in rules if (words := rule.hits(folded))]
    return sorted(hits, key=lambda hit: (hit.rule.weight, len(hit.words), -hit.rule.id), reverse=True)


NO_WORDS = "…"  # a text without any word that a rule asks for or forbids
BETWEEN = "\x01"  # stands between words put side by side; no text holds it, and folding leaves it


def _least_texts(rule: WordRule) -> Iterable[str]:
    """The shortest texts of which a rule can speak: what must stand together, with one of its other words."""
    for one in rule.any_of or ("",):
        text = BETWEEN.join(filter(None, (*rule.every, one)))
        if rule.allows(fold(text)):
            yield text


def tied_words(one: WordRule, other: WordRule) -> str:
    """A text of which two rules of equal rank speak and that they lead to different categories; empty for none.

    Words of one alone must be enough to make the other speak as well. That a petition may hold the words of two rules
    by chance is no tie: then the desk decides.
    """
    if one.category == other.category or one.weight != other.weight:
        return ""
    for rule, rival in ((one, other), (other, one)):
        for text in _least_texts(rule):
            if rival.allows(fold(text)):
                return text.replace(BETWEEN, " ") or NO_WORDS
    return ""


def overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    """Whether there is a day on which both hold; both ends are in, and None is no end."""
    return (other[1] is None or one[0] <= other[1]) and (one[1] is None or other[0] <= one[1])


def words_in(text: str, words: Iterable[str]) -> tuple[str, ...]:
    """Which of the words stand in the text."""
    folded = fold(text)
    return tuple(word for word in words if fold_word(word) in folded)


# ---- places ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spot:
    """What is known of the place: area, border, and who manages the road there."""

    district: str = ""
    village: str = ""
    inside_city: bool = True
    metres_to_edge: float | None = None
    manager: str = ""
    manager_layer: str = ""
    known: bool = False


@dataclass(frozen=True)
class RouteRule:
    """Category and place decide the agency. Empty fields match anything."""

    id: int
    version: int
    agency: str
    category: str = ""
    district: str = ""
    manager: str = ""
    village: str = ""
    layer: str = ""
    any_of: tuple[str, ...] = ()
    every: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()

    def speaks_of(self, category: str, spot: Spot, folded: str = "") -> bool:
        return self.category in ("", category) and self.lies_at(spot) and self.reads(folded)

    @cached_property
    def words(self) -> WordRule | None:
        """What must stand in the text; None where it does not matter."""
        if not self.any_of and not self.every and not self.none_of:
            return None
        return WordRule(self.id, self.version, self.agency, self.any_of, self.every, self.none_of)

    def reads(self, folded: str) -> bool:
        """Whether the text is the rule's, whatever the place."""
        return self.words is None or self.words.allows(folded)

    def lies_at(self, spot: Spot) -> bool:
        """Whether the place is the rule's, whatever the matter."""
        return (
            self.district in ("", spot.district)
            and self.village in ("", spot.village)
            and self.manager in ("", spot.manager)
            and self.layer in ("", spot.manager_layer)
        )

    @property
    def scope(self) -> tuple[str, str, str, str, str]:
        """What it speaks of."""
        return self.category, self.district, self.village, self.manager, self.layer

    @property
    def weight(self) -> tuple[int, tuple[int, int, int]]:
        """category+manager before category+layer, village, district, before category before place alone (note 01 §5.5).

        A rule with words comes before all without, and one that asks for more words before one that asks for fewer.
        """
        fields = (
            32 * bool(self.any_of or self.every or self.none_of)
            + 16 * bool(self.category)
            + 8 * bool(self.manager)
            + 4 * bool(self.layer)
            + 2 * bool(self.village)
            + bool(self.district)
        )
        return fields, self.words.weight if self.words else (0, 0, 0)


class TiedRules(Exception):
    """Two rules of equal weight name different agencies for the same matter; refused when saved."""

    def __init__(self, one: RouteRule, other: RouteRule) -> None:
        super().__init__(f"{one.id} ties with {other.id}")
        self.one, self.other = one, other


def find_tie(rules: Sequence[RouteRule]) -> TiedRules | None:
    """Two rules for exactly the same category and place that read the same text and name different agencies.

    Rules of equal weight fill in the same fields; they meet at a spot only where these are the same.
    """
    seen: dict[tuple[str, ...], list[RouteRule]] = {}
    for rule in rules:
        for other in seen.setdefault(rule.scope, []):
            if tied_routes(other, rule):
                return TiedRules(other, rule)
        seen[rule.scope].append(rule)
    return None


def tied_routes(one: RouteRule, other: RouteRule) -> bool:
    """Whether two rules of equal rank speak of the same and name different agencies."""
    if one.agency == other.agency or one.scope != other.scope or one.weight != other.weight:
        return False
    return one.words is None or other.words is None or bool(tied_words(one.words, other.words))


class Routes(tuple[RouteRule, ...]):
    """A routing table that finds a category's rules at once."""

    @cached_property
    def _by_category(self) -> dict[str, tuple[RouteRule, ...]]:
        found = {
            name: tuple(rule for rule in self if rule.category in ("", name)) for name in {r.category for r in self}
        }
        return {"": (), **found}

    def of(self, category: str) -> tuple[RouteRule, ...]:
        """The rules for a category, and those for all."""
        return self._by_category.get(category, self._by_category[""])


def route(category: str, spot: Spot, rules: Iterable[RouteRule], folded: str = "") -> RouteRule | None:
    """The most specific rule for a category at a place, and for what the text says."""
    among = rules.of(category) if isinstance(rules, Routes) else rules
    of_category = (rule for rule in among if rule.agency and rule.category in ("", category))
    speaking = [rule for rule in of_category if rule.speaks_of(category, spot, folded)]
    return max(speaking, key=lambda rule: (rule.weight, -rule.id), default=None)


# ---- the decision ----------------------------------------------------------------------------------------------------


class Why(StrEnum):
    """Reasons of a dispatch; pages put them into sentences."""

    GIVEN = "given"  # the citizen or client named the category and the text does not contradict it
    WORDS = "words"  # a word rule
    MODEL = "model"  # the text model
    DISTRICT = "district"  # the place lies in the district of the office
    MANAGER = "manager"  # who manages the road there
    CATEGORY = "category"  # the agency in charge of the category
    WORDED = "worded"  # what the text says besides its category
    # reasons for the desk
    ALWAYS_PERSON = "always_person"
    CONFIDENTIAL = "confidential"
    OUTSIDE_CITY = "outside_city"
    NEAR_BORDER = "near_border"
    NO_PLACE = "no_place"  # the category needs a place to find its agency
    NO_CATEGORY = "no_category"
    NO_AGENCY = "no_agency"
    SEVERAL_RULES = "several_rules"
    RULE_AND_MODEL_DIFFER = "rule_and_model_differ"
    MODEL_DOUBTS = "model_doubts"
    MODEL_DOWN = "model_down"
    MODEL_WATCHED = "model_watched"  # it predicts, and nobody is shown what
    MANY_HOPS = "many_hops"
    STOPPED = "stopped"  # automatic dispatch is turned off
    WRITTEN_TO_ANOTHER = "written_to_another"  # the mailbox of an agency, and another one is in charge


@dataclass(frozen=True)
class Guess:
    """The text model's word: labels with probabilities, and whether its gate lets it dispatch."""

    top: tuple[tuple[str, float], ...] = ()
    automatic: bool = False
    doubts: tuple[str, ...] = ()
    live: bool = False  # False while it only shadows


@dataclass(frozen=True)
class Facts:
    """All that a decision may look at."""

    hits: tuple[WordHit, ...] = ()
    guess: Guess | None = None
    given_category: str = ""
    spot: Spot = field(default_factory=Spot)
    rules: tuple[RouteRule, ...] = ()
    needs_place: frozenset[str] = frozenset()  # categories whose agency depends on the place
    never_public: frozenset[str] = frozenset()  # categories such as the conduct of officers
    always_person: tuple[str, ...] = ()
    confidential: bool = False
    hops: int = 0
    addressed_to: str = ""  # the agency in whose own mailbox it was put
    folded: str = ""  # the text, as words are compared
    stopped: bool = False  # automatic dispatch is turned off: everything waits for a person


@dataclass(frozen=True)
class Verdict:
    """Where it goes, by itself or by the desk, and why."""

    category: str
    agency: str
    automatic: bool
    reasons: tuple[Why, ...]
    route: RouteRule | None = None
    hit: WordHit | None = None
    source: Why | None = None


SURE_AGAINST_RULE = 0.80  # so sure must the model be before it puts a word rule in doubt


def _category(facts: Facts) -> tuple[str, Why | None, list[Why]]:
    """Category, who said so, and what speaks against trusting it."""
    doubts: list[Why] = []
    best_hit = facts.hits[0] if facts.hits else None
    guess = facts.guess if facts.guess and facts.guess.live else None  # what is only watched has no say
    best_guess, best_probability = guess.top[0] if guess and guess.top else ("", 0.0)
    if best_hit:
        rivals = {hit.rule.category for hit in facts.hits if hit.rule.weight == best_hit.rule.weight}
        if len(rivals) > 1:
            doubts.append(Why.SEVERAL_RULES)
        if best_guess and best_guess != best_hit.rule.category and best_probability >= SURE_AGAINST_RULE:
            doubts.append(Why.RULE_AND_MODEL_DIFFER)
        if facts.given_category and facts.given_category != best_hit.rule.category:
            return facts.given_category, Why.GIVEN, [*doubts, Why.SEVERAL_RULES]
        return best_hit.rule.category, Why.WORDS, doubts
    if facts.given_category:
        if best_guess and best_guess != facts.given_category and best_probability >= SURE_AGAINST_RULE:
            doubts.append(Why.RULE_AND_MODEL_DIFFER)
        return facts.given_category, Why.GIVEN, doubts
    if guess is None:
        return "", None, [Why.MODEL_WATCHED if facts.guess else Why.MODEL_DOWN]
    if not best_guess:
        return "", None, [Why.NO_CATEGORY]
    if not guess.automatic:
        doubts.append(Why.MODEL_DOUBTS)
    return best_guess, Why.MODEL, doubts


@sentence("1.2.7", "依案件類別及地理資訊自動將市民的建議傳送至權管機關")
@sentence("1.2.7", "由系統自動初判並分派案件")
def decide(facts: Facts) -> Verdict:
    """Where a petition goes: rules first, then the model, then the gate; in doubt, a person.

    The place decides district office and road manager. A word rule may dispatch from the first day; the model only
    when its own gate lets it (note 07 §6.3). Confidential petitions and those with words that always need a person
    never go by themselves.
    """
    category, source, doubts = _category(facts)
    stops = list(doubts)
    if facts.always_person:
        stops.append(Why.ALWAYS_PERSON)
    if facts.confidential or category in facts.never_public:
        stops.append(Why.CONFIDENTIAL)
    if facts.hops >= MOST_HOPS:
        stops.append(Why.MANY_HOPS)
    if facts.spot.known and not facts.spot.inside_city:
        stops.append(Why.OUTSIDE_CITY)
    chosen = route(category, facts.spot, facts.rules, facts.folded) if category else None
    if category and chosen is None:
        stops.append(Why.NO_AGENCY)
    if facts.addressed_to and chosen and chosen.agency != facts.addressed_to:
        stops.append(Why.WRITTEN_TO_ANOTHER)
    if category in facts.needs_place:
        if not facts.spot.known:
            stops.append(Why.NO_PLACE)
        elif facts.spot.metres_to_edge is not None and facts.spot.metres_to_edge <= EDGE_METRES:
            stops.append(Why.NEAR_BORDER)
    if facts.stopped and not stops:
        stops.append(Why.STOPPED)
    because: list[Why] = [source] if source else []
    if chosen:
        because.append(
            Why.WORDED
            if chosen.words
            else Why.MANAGER
            if chosen.manager or chosen.layer
            else Why.DISTRICT
            if chosen.district or chosen.village
            else Why.CATEGORY
        )
    return Verdict(
        category=category,
        agency=chosen.agency if chosen else "",
        automatic=not stops,
        reasons=tuple(dict.fromkeys([*because, *stops])),
        route=chosen,
        hit=next((hit for hit in facts.hits if hit.rule.category == category), None),
        source=source,
    )


# ---- a change tried on past petitions --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decided:
    """Where a petition would go: by itself, or proposed to the desk."""

    category: str
    agency: str
    automatic: bool

    @classmethod
    def by(cls, verdict: Verdict) -> Decided:
        """What matters of a decision."""
        return cls(verdict.category, verdict.agency, verdict.automatic)

    def worth(self, category: str, agency: str) -> int:
        """How good it would have been, knowing where the petition belonged.

        Sent rightly by itself is best; a right proposal to the desk saves it the search; a wrong proposal costs a
        look; sent wrongly by itself costs days.
        """
        right = (self.category, self.agency) == (category, agency)
        if self.automatic:
            return 3 if right else 0
        return 2 if right else 1


def effect_of(before: Decided, now: Decided, *, category: str, agency: str) -> Effect | None:
    """What a change means for a past petition that belonged to a category and an agency; None where it changes nothing.

    Nobody can tell while it is not known where the petition belonged.
    """
    if before == now:
        return None
    if not category or not agency:
        return Effect.OTHER
    gain = now.worth(category, agency) - before.worth(category, agency)
    return Effect.BETTER if gain > 0 else Effect.WORSE if gain < 0 else Effect.OTHER


SURE_ENOUGH_TO_PRESELECT = 0.6  # below it a highlighted choice would lead the hand (note 07 §8)


def may_be_preselected(probability: float | None) -> bool:
    """Whether the desk's first proposal is offered as the main act: a rule's word, or a model that is sure enough."""
    return probability is None or probability >= SURE_ENOUGH_TO_PRESELECT


# ---- time ------------------------------------------------------------------------------------------------------------


@sentence("1.2.7", "第一階段需於 1 日內初步回復處理情形")
@sentence("1.2.7", "進入第二階段處理並依指定期限回復")
def stages_of(urgent: bool) -> tuple[int, ...]:
    """Which stages a petition passes: the urgent answer first within a day, all others once."""
    return (1, 2) if urgent else (2,)


def next_stage(urgent: bool, first_replied: bool) -> int:
    """Which stage a reply written now belongs to."""
    return 1 if urgent and not first_replied else 2


def may_be_promised(promised: int, limit: int) -> bool:
    """A promised day (as an ordinal) may be earlier than the limit, never later (PRACTICE, petitions)."""
    return promised <= limit


# ---- what stands in a reply ------------------------------------------------------------------------------------------


class Look(StrEnum):
    """What a reply is looked through for before it goes to its approver."""

    SLOTS = "SLOTS"  # 【…】 that nobody filled: it cannot go out
    PROMISE = "PROMISE"  # the promised day against the limit
    PERSONAL = "PERSONAL"  # telephone, e-mail or ID numbers of people
    DATE = "DATE"  # a day on which something was or will be done


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for: whether it is in order, and the words that say so or not."""

    look: Look
    fine: bool
    words: tuple[str, ...] = ()


SLOT = re.compile(r"【([^】\n]{1,40})】")
DAY = re.compile(
    r"\d{1,2}\s*月\s*\d{1,2}\s*日|\d{1,2}\s*/\s*\d{1,2}|[今昨明]（?\d{0,2}）?[日天]|\b\d{1,2} (?:January|February|March|April|May"
    r"|June|July|August|September|October|November|December)\b|\b(?:today|tomorrow|yesterday)\b"
)
PERSONAL = re.compile(
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+|(?<![A-Za-z0-9])[A-Z][12]\d{8}(?!\d)|(?<!\d)09\d{2}[-\s]?\d{3}[-\s]?\d{3}(?!\d)"
)


def open_slots(text: str) -> tuple[str, ...]:
    """The 【…】 of a template that are still to be filled."""
    return tuple(dict.fromkeys(SLOT.findall(text)))


REMEDIES = ("訴願", "訴訟", "國家賠償", "國賠", "appeal", "lawsuit", "court", "state compensation")


def names_remedy(text: str) -> bool:
    """Whether a reply says which procedure is open to the citizen (行政程序法 §172: 應告知陳情人)."""
    folded = text.lower()
    return any(word in folded for word in REMEDIES)


def look_through(text: str, *, promised: int | None = None, limit: int | None = None) -> list[Finding]:
    """What an approver would stumble over, most pressing first; days are ordinals."""
    if not text.strip():
        return []
    slots, personal = open_slots(text), tuple(dict.fromkeys(PERSONAL.findall(text)))
    found = [Finding(Look.SLOTS, False, slots)] if slots else []
    if promised is not None and limit is not None:
        found.append(Finding(Look.PROMISE, may_be_promised(promised, limit)))
    found.append(Finding(Look.PERSONAL, not personal, personal))
    found.append(Finding(Look.DATE, bool(DAY.search(text)) or promised is not None))
    return found
