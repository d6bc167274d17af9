"""Acts: make a survey, write its questions, open a wave, invite, answer once, look into a complaint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Model
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.identity import digests
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.services import CannotSend, Recipient
from cityhall.engines.letters.states import Channel, State
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.unit import act, insert_all

from . import rules
from .models import Answer, Choice, Invitation, Question, Questionnaire, Response, Survey, Wave
from .states import Kind, Way

LETTERS_KEPT = timedelta(days=60)
ABOUT = "surveys.invitation"
MOST_QUESTIONS = 30
_LETTERS = {Way.EMAIL: "surveys.invitation", Way.SMS: "surveys.invitation_sms"}


class CannotAct(Exception):
    """A refusal with a sentence for people."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class CannotChange(CannotAct):
    """The version is frozen, or the question is not whole."""


class CannotOpenWave(CannotAct):
    """There is nothing to ask, or the days are the wrong way round."""


class CannotInvite(CannotAct):
    """The wave is over, or the person cannot be reached."""


class CannotRespond(CannotAct):
    """The invitation has run out, or answers are wrong: then `faults` says which."""

    def __init__(self, sentence: str, faults: Mapping[str, rules.Fault] | None = None) -> None:
        super().__init__(sentence)
        self.faults = dict(faults or {})


# ---- surveys and their questions -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wording:
    """What a survey is called and why it is made, in both languages."""

    title: str
    title_en: str
    purpose: str = ""
    purpose_en: str = ""


@act
def create_survey(wording: Wording, *, owner: str, key: str = "", by: Any, at: datetime) -> Survey:
    """A new survey with an empty first version of its questions. With a key that is known: the survey that is there."""
    if key and (known := Survey.objects.filter(key=key).first()):
        return known
    survey = Survey.objects.create(
        key=key, owner=owner, title=wording.title.strip(), title_en=wording.title_en.strip(),
        purpose=wording.purpose.strip(), purpose_en=wording.purpose_en.strip(), created_at=at, created_by=by,
    )  # fmt: skip
    Questionnaire.objects.create(survey=survey, number=1, created_at=at, created_by=by)
    audit.record("survey.created", survey, by=by, at=at, new={"owner": owner})
    return survey


@act
def reword_survey(survey: Survey, wording: Wording, *, by: Any, at: datetime) -> Survey:
    """Another name or purpose; answers stay what they are."""
    survey.title, survey.title_en = wording.title.strip(), wording.title_en.strip()
    survey.purpose, survey.purpose_en = wording.purpose.strip(), wording.purpose_en.strip()
    survey.save(update_fields=["title", "title_en", "purpose", "purpose_en"])
    audit.record("survey.reworded", survey, by=by, at=at)
    return survey


@dataclass(frozen=True)
class Line:
    """One choice in both languages."""

    text: str
    text_en: str


@dataclass(frozen=True)
class Wanted:
    """A question as somebody writes it."""

    kind: str
    text: str
    text_en: str
    choices: Sequence[Line] = ()
    required: bool = True
    no_opinion: bool = False
    complaint_at_most: int | None = None
    key: str = ""


def _open_to_change(questionnaire: Questionnaire) -> Questionnaire:
    locked = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
    if locked.frozen_at is not None:
        raise CannotChange(_("這個版本已經有人作答，不能再改。請建立新版本。"))
    return locked


def _check(wanted: Wanted) -> None:
    if not wanted.text.strip() or not wanted.text_en.strip():
        raise CannotChange(_("題目要有中文和英文。"))
    if wanted.kind in (Kind.SINGLE, Kind.SEVERAL):
        if len(wanted.choices) < 2:
            raise CannotChange(_("單選和複選至少要有兩個選項。"))
        if any(not one.text.strip() or not one.text_en.strip() for one in wanted.choices):
            raise CannotChange(_("每個選項都要有中文和英文。"))
        if len({one.text.strip() for one in wanted.choices}) < len(wanted.choices):
            raise CannotChange(_("有兩個選項一樣。"))


@act
def add_question(questionnaire: Questionnaire, wanted: Wanted, *, by: Any, at: datetime) -> Question:
    """A further question at the end. Raises CannotChange."""
    questionnaire = _open_to_change(questionnaire)
    _check(wanted)
    there = questionnaire.questions.aggregate(last=Max("position"))["last"] or 0
    if questionnaire.questions.count() >= MOST_QUESTIONS:
        raise CannotChange(_("一份問卷最多 %(most)d 題。") % {"most": MOST_QUESTIONS})
    question = Question(questionnaire=questionnaire, position=there + 1, key=wanted.key or _new_key(questionnaire))
    _fill(question, wanted)
    audit.record("survey.question_added", questionnaire, by=by, at=at, new={"question": question.key})
    return question


def _new_key(questionnaire: Questionnaire) -> str:
    """The first q1, q2, … that no version of the survey has used: answers under one key are compared."""
    used = set(Question.objects.filter(questionnaire__survey=questionnaire.survey_id).values_list("key", flat=True))
    return next(key for key in (f"q{n}" for n in range(1, len(used) + 2)) if key not in used)


def _fill(question: Question, wanted: Wanted) -> None:
    with_choices = wanted.kind in (Kind.SINGLE, Kind.SEVERAL)
    scale = wanted.kind == Kind.SCALE
    question.kind, question.text, question.text_en = Kind(wanted.kind), wanted.text.strip(), wanted.text_en.strip()
    question.required = wanted.required
    question.no_opinion = scale and wanted.no_opinion
    question.complaint_at_most = wanted.complaint_at_most if scale else None
    question.save()
    known = {one.text: one.code for one in question.choices.all()}
    numbers = [int(code[1:]) for code in known.values() if re.fullmatch(r"c\d+", code)]
    following = max(numbers, default=0)
    question.choices.all().delete()
    made = []
    for position, line in enumerate(wanted.choices if with_choices else (), start=1):
        code = known.get(line.text.strip(), "")
        if not code:  # another wording is another choice
            following += 1
            code = f"c{following}"
        made.append(
            Choice(
                question=question, position=position, code=code, text=line.text.strip(), text_en=line.text_en.strip()
            )
        )
    Choice.objects.bulk_create(made)


@act
def change_question(question: Question, wanted: Wanted, *, by: Any, at: datetime) -> Question:
    """Write a question anew. Raises CannotChange."""
    questionnaire = _open_to_change(question.questionnaire)
    _check(wanted)
    _fill(question, wanted)
    audit.record("survey.question_changed", questionnaire, by=by, at=at, new={"question": question.key})
    return question


@act
def remove_question(question: Question, *, by: Any, at: datetime) -> None:
    """Take a question out of a version that nobody has answered. Raises CannotChange."""
    questionnaire = _open_to_change(question.questionnaire)
    question.delete()
    audit.record("survey.question_removed", questionnaire, by=by, at=at, old={"question": question.key})


@act
def move_question(question: Question, *, up: bool, by: Any, at: datetime) -> None:
    """One place up or down; at the end it stays where it is. Raises CannotChange."""
    questionnaire = _open_to_change(question.questionnaire)
    order = list(questionnaire.questions.all())
    here = next(n for n, one in enumerate(order) if one.pk == question.pk)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(order):
        return
    order[here], order[there] = order[there], order[here]
    for position, one in enumerate(order, start=1):
        one.position = position
    Question.objects.bulk_update(order, ["position"])
    audit.record("survey.question_moved", questionnaire, by=by, at=at, new={"question": question.key})


@act
def new_version(survey: Survey, *, by: Any, at: datetime) -> Questionnaire:
    """The next version, with the questions of the newest one to begin with; one that is still open stays the newest."""
    Survey.objects.select_for_update().get(pk=survey.pk)
    newest = survey.questionnaires.latest("number")
    if newest.frozen_at is None:
        return newest
    number = newest.number + 1
    made = Questionnaire.objects.create(survey=survey, number=number, created_at=at, created_by=by)
    for one in newest.questions.prefetch_related("choices"):
        question = Question.objects.create(
            questionnaire=made, position=one.position, key=one.key, kind=one.kind, text=one.text, text_en=one.text_en,
            required=one.required, no_opinion=one.no_opinion, complaint_at_most=one.complaint_at_most,
        )  # fmt: skip
        Choice.objects.bulk_create(
            Choice(question=question, position=line.position, code=line.code, text=line.text, text_en=line.text_en)
            for line in one.choices.all()
        )
    audit.record("survey.version_begun", survey, by=by, at=at, new={"version": number})
    return made


# ---- waves and invitations -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """When a wave is, whom it asks, and for how many days an invitation holds."""

    name: str
    population: str
    sampling: str
    opens_at: datetime
    closes_at: datetime | None = None
    days: int = 14


@act
def open_wave(questionnaire: Questionnaire, plan: Plan, *, by: Any, at: datetime) -> Wave:
    """Ask the questions of a version of some people in some time. Raises CannotOpenWave."""
    if not questionnaire.questions.exists():
        raise CannotOpenWave(_("這個版本還沒有題目。"))
    if plan.closes_at is not None and plan.closes_at <= max(plan.opens_at, at):
        raise CannotOpenWave(_("截止日要在開始日之後，也要在今天之後。"))
    wave = Wave.objects.create(
        survey=questionnaire.survey, questionnaire=questionnaire, name=plan.name.strip(),
        population=plan.population.strip(), sampling=plan.sampling, opens_at=plan.opens_at, closes_at=plan.closes_at,
        days=plan.days, created_at=at, created_by=by,
    )  # fmt: skip
    audit.record("survey.wave_opened", wave, by=by, at=at, new={"version": questionnaire.number})
    return wave


@act
def close_wave(wave: Wave, *, by: Any, at: datetime) -> Wave:
    """No more answers from now on; closing twice is closing once. One that had not begun begins never."""
    wave = Wave.objects.select_for_update().get(pk=wave.pk)
    if wave.closes_at is not None and wave.closes_at <= at:
        return wave
    wave.opens_at, wave.closes_at = min(wave.opens_at, at - timedelta(microseconds=1)), at
    wave.save(update_fields=["opens_at", "closes_at"])
    audit.record("survey.wave_closed", wave, by=by, at=at)
    return wave


@act
def invite(
    wave: Wave, to: Recipient, *, source: str, about: Model | None = None, way: str = Way.EMAIL, by: Any, at: datetime
) -> Invitation:
    """Ask somebody by letter. `source` says who or what it is about (a mailbox, a call): twice is the same invitation.

    Raises CannotInvite when the wave is over, or for somebody who cannot be reached.
    """
    if not is_open(wave, at):
        raise CannotInvite(_("這個波次不在調查期間。"))
    invitation, is_new = take_invitation(wave, source, way=way, about=about, language=to.language, at=at)
    if is_new:
        _write(invitation, to, at=at)
        audit.record("survey.invited", invitation, by=by, at=at, new={"wave": wave.pk, "way": str(way)})
    return invitation


@act
def invite_many(wave: Wave, people: Iterable[Recipient], *, by: Any, at: datetime) -> int:
    """Ask many by e-mail, each mailbox once. Returns how many were not asked before. Raises CannotInvite."""
    if not is_open(wave, at):
        raise CannotInvite(_("這個波次不在調查期間。"))
    asked = 0
    for to in people:
        source = to.email.strip().lower()
        invitation, is_new = take_invitation(wave, source, way=Way.EMAIL, language=to.language, at=at)
        if is_new:
            _write(invitation, to, at=at)
            asked += 1
    audit.record("survey.invited", wave, by=by, at=at, new={"wave": wave.pk, "people": asked})
    return asked


def take_invitation(
    wave: Wave, source: str, *, way: str, about: Model | None = None, language: str = "zh-hant", at: datetime
) -> tuple[Invitation, bool]:
    """The invitation of that source, and whether it is new. It writes to nobody."""
    known = Invitation.objects.filter(wave=wave, source__in=digests.keyed_by_any("survey.source", source)).first()
    if known is not None:
        return known, False
    return Invitation.objects.get_or_create(
        wave=wave,
        source=digests.keyed("survey.source", source),
        defaults=_begin_with(wave, way=way, about=about, language=language, at=at),
    )


def _begin_with(wave: Wave, *, way: str, about: Model | None, language: str, at: datetime) -> dict[str, Any]:
    """What a new invitation has beside its wave and its source."""
    return {
        "way": way, "about_type": about._meta.label_lower if about is not None else "",
        "about_id": str(about.pk) if about is not None else "", "language": language, "invited_at": at,
        "expires_at": ends_at(wave, at),
    }  # fmt: skip


def take_invitations(
    wave: Wave, sources: Mapping[str, tuple[Model | None, datetime]], *, way: str
) -> dict[str, tuple[Invitation, bool]]:
    """The same for many, by as few statements as for one: what each source is about, and when it was asked.

    They stay locked until the act ends, so that nobody answers one meanwhile. Only within an act.
    """
    digest_of = {source: digests.keyed_by_any("survey.source", source) for source in sources}
    wanted = Invitation.objects.filter(wave=wave, source__in={one for many in digest_of.values() for one in many})
    known = set(wanted.values_list("source", flat=True))
    made = {
        source: Invitation(
            wave=wave, source=digests.keyed("survey.source", source),
            **_begin_with(wave, way=way, about=about, language="zh-hant", at=at),
        )
        for source, (about, at) in sources.items()
        if known.isdisjoint(digest_of[source])
    }  # fmt: skip
    Invitation.objects.bulk_create(made.values(), batch_size=500, ignore_conflicts=True)
    there = {row.source: row for row in wanted.select_for_update().order_by("pk")}
    found = {}
    for source, keys in digest_of.items():
        row = next(there[key] for key in keys if key in there)
        row.wave = wave
        found[source] = row, source in made and made[source].reference == row.reference
    return found


def ends_at(wave: Wave, invited_at: datetime) -> datetime:
    """Until when an invitation of that instant can be answered."""
    last = invited_at + timedelta(days=wave.days)
    return min(last, wave.closes_at) if wave.closes_at is not None else last


def is_open(wave: Wave, at: datetime) -> bool:
    """Whether a wave takes answers."""
    return wave.opens_at <= at and (wave.closes_at is None or at < wave.closes_at)


def _write(invitation: Invitation, to: Recipient, *, at: datetime) -> None:
    wave, english = invitation.wave, to.language == "en"
    survey = wave.survey
    try:
        letters.send(
            _LETTERS[Way(invitation.way)],
            to=to,
            context={
                "survey": survey.title_en if english else survey.title,
                "purpose": survey.purpose_en if english else survey.purpose,
                "url": link_of(invitation),
                "until": invitation.expires_at,
            },
            about=invitation,
            key=f"{ABOUT}:{invitation.pk}",
            at=at,
            channel=Channel.SMS if invitation.way == Way.SMS else Channel.EMAIL,
        )
    except CannotSend as refusal:
        raise CannotInvite(str(refusal)) from refusal


def link_of(invitation: Invitation) -> str:
    """The address that stands in the letter."""
    with translation.override(invitation.language):
        path = reverse("surveys:answer", args=[invitation.reference, key_of(invitation)])
    return f"{settings.SITE_URL}{path}"


def key_of(invitation: Invitation) -> str:
    """What the link carries beside the reference."""
    return digests.keyed("survey.invitation", str(invitation.reference))[:32]


def by_link(reference: Any, key: str) -> Invitation | None:
    """The invitation that a link names."""
    found = (
        Invitation.objects.select_related("wave__survey", "wave__questionnaire", "response")
        .filter(reference=reference)
        .first()
    )
    if found is None:
        return None
    keys = (one[:32] for one in digests.keyed_by_any("survey.invitation", str(found.reference)))
    return found if any(constant_time_compare(one, key) for one in keys) else None


def letter_came_back(sender: Any, letter: Letter, at: datetime, **more: Any) -> None:
    """Who could not be reached was not asked: it does not count where the response rate is taken of."""
    if letter.about_type == ABOUT and letter.state in (State.REFUSED, State.RETURNED, State.FAILED):
        Invitation.objects.filter(pk=letter.about_id, undeliverable_at=None).update(undeliverable_at=at)


def forget(at: datetime, *, most: int = 2000) -> int:
    """To whom invitations went is of no use two months later."""
    old = Letter.objects.filter(about_type=ABOUT, forgotten_at=None, written_at__lt=at - LETTERS_KEPT).order_by("pk")
    found = list(old[:most])
    for letter in found:
        letters.forget(letter, at=at)
    return len(found)


# ---- answering -------------------------------------------------------------------------------------------------------


def questions_of(questionnaire: Questionnaire) -> list[Question]:
    """The questions in their order with their choices."""
    return list(questionnaire.questions.prefetch_related("choices"))


@act
def respond(invitation: Invitation, given: Mapping[str, Any], *, language: str = "", at: datetime) -> Response:
    """Take somebody's answers, by the key of the question. A second time is the first: what was answered stays.

    The version is frozen from now on. Raises CannotRespond when the invitation has run out, and with the faults of the
    answers. A complaint opens what the survey's owner declared.
    """
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if (known := Response.objects.filter(invitation=invitation).first()) is not None:
        return known
    wave = Wave.objects.select_related("survey", "questionnaire").get(pk=invitation.wave_id)
    if at >= invitation.expires_at or not is_open(wave, at):
        raise CannotRespond(_("填答期間已經過了。"))
    return _record(wave, [Given(invitation, given, at)], language=language)[0]


@dataclass(frozen=True)
class Given:
    """Whose answers, by the key of the question, and when they were given."""

    invitation: Invitation
    answers: Mapping[str, Any]
    at: datetime


def record_keys(wave: Wave, many: Sequence[Given]) -> list[Response]:
    """What callers answered by keys at those times, which are past: the file says so, not the clock."""
    return _record(wave, many, language="") if many else []


def given_in(response: Response) -> dict[str, Any]:
    """What somebody answered, by the key of the question, as `respond` takes it."""
    return given_in_all([response])[response.pk]


def given_in_all(responses: Sequence[Response]) -> dict[int, dict[str, Any]]:
    """The same of many, by the key of the response."""
    found: dict[int, dict[str, Any]] = {one.pk: {} for one in responses}
    rows: Any = Answer.objects.filter(response__in=list(found)).select_related("question", "choice")
    for row in rows.order_by("choice__position", "pk"):
        given = found[row.response_id]
        if row.choice is None:
            given[row.question.key] = row.text if row.number is None else row.number
        elif row.question.kind == Kind.SINGLE:
            given[row.question.key] = row.choice.code
        else:
            given.setdefault(row.question.key, []).append(row.choice.code)
    return found


def _record(wave: Wave, many: Sequence[Given], *, language: str) -> list[Response]:
    # Before the questions are read: whoever changes one meanwhile waits here, or is waited for.
    first = min(one.at for one in many)
    Questionnaire.objects.filter(pk=wave.questionnaire_id, frozen_at=None).update(frozen_at=first)
    questions = questions_of(wave.questionnaire)
    asked = [one.asked for one in questions]
    for one in many:
        if faults := rules.faults(asked, one.answers):
            raise CannotRespond(_("有些題目的答案不對，請看各題的說明。"), faults)
        if all(rules.is_empty(value) for value in one.answers.values()):
            raise CannotRespond(_("請至少回答一題。"))
    responses = [
        Response(
            invitation=one.invitation, answered_at=one.at, language=language,
            complaint=rules.is_complaint(asked, one.answers),
        )
        for one in many
    ]  # fmt: skip
    insert_all(responses)
    pairs = list(zip(responses, many, strict=True))
    rows = [
        row for response, one in pairs for question in questions
        for row in _answers(response, question, one.answers.get(question.key))
    ]  # fmt: skip
    insert_all(rows)
    note, tell = wave.survey.declared.on_answer, wave.survey.declared.on_complaint
    for response, one in pairs:
        audit.record(
            "survey.answered", response, by=None, at=one.at, new={"wave": wave.pk, "complaint": response.complaint}
        )
        if note is not None:
            note(response, one.answers, one.at)
        if response.complaint and tell is not None:
            tell(response, one.at)
    return responses


def _answers(response: Response, question: Question, value: Any) -> list[Answer]:
    if rules.is_empty(value):
        return []
    if question.kind == Kind.SCALE:
        return [Answer(response=response, question=question, number=value)]
    if question.kind == Kind.TEXT:
        return [Answer(response=response, question=question, text=value.strip())]
    chosen = {value} if question.kind == Kind.SINGLE else set(value)
    return [
        Answer(response=response, question=question, choice=one) for one in question.choices.all() if one.code in chosen
    ]


@act
def handle_complaint(response: Response, *, words: str, by: Any, at: datetime) -> Response:
    """Note what was done about a complaint. Raises CannotAct where there is none, or it was noted before."""
    response = Response.objects.select_for_update(of=("self",)).get(pk=response.pk)
    if not response.complaint:
        raise CannotAct(_("這份填答沒有不滿意的題目。"))
    if response.handled_at is not None:
        raise CannotAct(_("這份填答已經有人處理。"))
    if not words.strip():
        raise CannotAct(_("請寫下處理情形。"))
    response.handled_at, response.handled_by, response.handling = at, by, words.strip()
    response.save(update_fields=["handled_at", "handled_by", "handling"])
    worklist.close_all(response, at=at)
    audit.record("survey.complaint_handled", response, by=by, at=at)
    return response
