"""Insults in what citizens write: covered for handlers as it comes in, kept as it was written, shown on one click."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.models import Case, Place
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.identity.models import Account
from cityhall.engines.rules import services as rules
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, insert

from .. import abuse
from ..abuse import NotAWord, Word
from ..models import KeptWords, Petition

KEY = "petitions.abusive_words"
MOST_WORDS, LONGEST_LINE = 500, 200
ONCE = ("title", "text")  # written when the petition is filed, and never again


class CannotSetWords(CannotAct):
    """A line cannot be used, or the list was not tried as it is."""


@dataclass(frozen=True)
class WordList:
    """The list of a day."""

    words: tuple[Word, ...]
    version: int
    valid_from: date


def on(day: date) -> WordList:
    """The words that are covered in what comes in on a day."""
    held = parameter(KEY, on=day)
    return WordList(_read(tuple(held.value)), held.version, held.valid_from)


@lru_cache(maxsize=8)
def _read(lines: tuple[str, ...]) -> tuple[Word, ...]:
    return tuple(abuse.read(line) for line in lines)


@dataclass
class Guard:
    """Covers the texts of one filing, or of one thing that was added, and remembers what they were."""

    at: datetime
    keep: tuple[str, ...] = ()
    kept: dict[str, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.list = on(day_of(self.at))

    def __call__(self, name: str, text: str) -> str:
        """The text as handlers read it."""
        spans = abuse.spans_of(text, self.list.words, keep=self.keep)
        if not spans:
            return text
        self.kept[name] = (text, len(spans))
        return abuse.covered(text, spans)

    def answers(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The answers to a category's questions; only what was typed can hold such words."""
        return {
            code: self(f"answer:{code}"[:80], answer) if isinstance(answer, str) else answer
            for code, answer in given.items()
        }

    def store(self, case: Case) -> None:
        """Keep what was covered, word for word."""
        for name, (text, count) in self.kept.items():
            new = {"text": text, "count": count, "version": self.list.version, "at": self.at}
            if name in ONCE:
                insert(KeptWords(case=case, field=name, **new))
            else:
                KeptWords.objects.update_or_create(case=case, field=name, defaults=new)


def guard(place: Place | None, *, at: datetime) -> Guard:
    """A guard for what comes in now; the place's own names, as the city knows them, are never covered."""
    names = (place.road, place.village_name, place.district_name) if place else ()
    return Guard(at, tuple(name for name in names if len(name) > 1))


def guard_field(case: Case, row: Any, attribute: str, name: str, *, at: datetime) -> None:
    """Cover what has just been stored in a row of a case: an addition, an answer, a reason."""
    text = getattr(row, attribute)
    if not text or not abuse.spans_of(text, on(day_of(at)).words):
        return
    cover = guard(case.place, at=at)  # only now: nearly all texts hold nothing
    shown = cover(f"{name}:{row.pk}", text)
    if cover.kept:
        setattr(row, attribute, shown)
        row.save(update_fields=[attribute])
        cover.store(case)


def carry_over(case: Case, to: Case) -> None:
    """What was covered in words that another case takes over as they are can be read there, too."""
    for kept in KeptWords.objects.filter(case=case, field__in=ONCE):
        if getattr(to, kept.field) == getattr(case, kept.field):
            given = {"text": kept.text, "count": kept.count, "version": kept.version, "at": kept.at}
            KeptWords.objects.update_or_create(case=to, field=kept.field, defaults=given)


# ---- reading the original --------------------------------------------------------------------------------------------


@act
def show_original(petition: Petition, *, by: Account, at: datetime) -> dict[str, str]:
    """The texts as they were written, by field; that somebody looked is written down, each time."""
    rows = kept_of(petition.case)
    if not rows:
        raise CannotAct(_("這件沒有遮蔽的字詞。"))
    audit.record("petition.original_seen", petition.case, by=by, at=at, new={"texts": len(rows)})
    return {row.field: row.text for row in rows}


def kept_of(case: Case) -> list[KeptWords]:
    """What is kept of a case, in the order in which it came in."""
    return list(KeptWords.objects.filter(case=case))


def covered_in(case: Case, *texts: str) -> int:
    """How many places are covered in what is shown of a case."""
    return sum(row.count for row in kept_of(case)) if abuse.may_be_covered(*texts) else 0


def own(case: Case, name: str, shown: str) -> str:
    """A text as its own writer reads it: never covered."""
    if not abuse.may_be_covered(shown):
        return shown
    held = case.__dict__.setdefault("_own_words", {row.field: row.text for row in kept_of(case)})
    return str(held.get(name, shown))


def forget(case: Case) -> None:
    """With the text of a case its original goes too."""
    KeptWords.objects.filter(case=case).delete()


def unabused(text: str, *, on_day: date) -> str:
    """A text that is no petition, such as a message that waits at the desk, as it is shown there."""
    return abuse.covered(text, abuse.spans_of(text, on(on_day).words))


# ---- the list --------------------------------------------------------------------------------------------------------


def read_lines(lines: Iterable[str]) -> tuple[Word, ...]:
    """The list as it was typed, one word a line. Raises CannotSetWords with the line that cannot be used."""
    found: dict[str, Word] = {}
    for line in lines:
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:
            raise CannotSetWords(
                _("「%(line)s…」太長了，一行最多 %(most)s 個字。") % {"line": line[:20], "most": LONGEST_LINE}
            )
        try:
            word = abuse.read(line)
        except NotAWord as wrong:
            raise CannotSetWords(
                _("「%(line)s」不能用：字詞至少兩個字；「｜」後面的詞要包含這個字詞。")
                % {"line": wrong.line.strip()[:60]}
            ) from wrong
        found[word.text] = word
    if not found:
        raise CannotSetWords(_("字詞表不能是空的。"))
    if len(found) > MOST_WORDS:
        raise CannotSetWords(_("字詞表最多 %(most)s 個字詞。") % {"most": MOST_WORDS})
    return tuple(found.values())


@dataclass(frozen=True)
class Found:
    """A few words around the first place in a petition, and where in them it stands."""

    petition: Petition
    piece: str
    start: int
    end: int


@dataclass
class Trial:
    """What a list would have covered in past petitions, beside the list of today."""

    looked_at: int = 0
    now: int = 0
    then: int = 0
    by_word: dict[str, int] = field(default_factory=dict)
    newly: list[Found] = field(default_factory=list)
    no_more: list[Found] = field(default_factory=list)


def try_out(words: Sequence[Word], petitions: Iterable[Petition], *, on_day: date) -> Trial:
    """Read past petitions, as they were written, with a list that does not hold yet."""
    today, trial = on(on_day).words, Trial()
    for petition in petitions:
        case = petition.case
        text = f"{own(case, 'title', case.title)}\n{own(case, 'text', case.text)}"
        keep = [case.place.road, case.place.village_name] if case.place else []
        keep = [name for name in keep if len(name) > 1]
        before, after = (abuse.spans_of(text, one, keep=keep) for one in (today, words))
        trial.looked_at += 1
        trial.now += bool(before)
        trial.then += bool(after)
        for said in {text[span.start : span.end] for span in after}:
            trial.by_word[said] = trial.by_word.get(said, 0) + 1
        for rows, one, other in ((trial.newly, after, before), (trial.no_more, before, after)):
            if one and not other:
                start, end = one[0]
                first = max(0, start - 15)
                piece = text[first : end + 15].replace("\n", " ")
                rows.append(Found(petition, piece, start - first, end - first))
    return trial


@act
def set_words(words: Sequence[Word], *, valid_from: date, source: str, by: Account, at: datetime) -> None:
    """Let the list hold from a day on. What came in before stays as it is. The page lets nobody here without a trial."""
    try:
        rules.set_parameter(KEY, [str(word) for word in words], valid_from=valid_from, source=source, by=by, at=at)
    except rules.CannotSetParameter as refusal:
        raise CannotSetWords(refusal.sentence) from refusal
