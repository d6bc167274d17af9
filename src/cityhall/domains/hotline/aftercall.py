"""The surveys after a call: asked by keys at its end or by a link, joined to the call; and what is noted by hand.

Two surveys: what callers think of 1999, and, when a call was put through, how the agency dealt with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Model
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.letters.services import Recipient
from cityhall.engines.surveys import queries as surveys
from cityhall.engines.surveys import services
from cityhall.engines.surveys.models import Invitation, Response, Wave
from cityhall.engines.surveys.services import CannotInvite, CannotRespond, Plan, Wanted, Wording
from cityhall.engines.surveys.states import Kind, Sampling, Way
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import Appendix, act

from .models import Call, CallRating, TopicChange
from .states import REACHED, Outcome, RatingAbout, Topic

OWNER = "hotline"
KEYS = {RatingAbout.CALL: "hotline.after_call", RatingAbout.TRANSFER: "hotline.after_transfer"}
DAYS = 14
POINTS = ("overall", "handling", "attitude")


class CannotNote(Exception):
    """There is nothing to be noted of such a call."""


def _scale(key: str, text: str, text_en: str) -> Wanted:
    return Wanted(Kind.SCALE, text, text_en, complaint_at_most=2, key=key)


def _written() -> dict[RatingAbout, tuple[Wording, tuple[Wanted, ...], tuple[str, str]]]:
    """The words of both surveys, Chinese beside English."""
    return {
        RatingAbout.CALL: (
            Wording(
                _("1999話後滿意度調查"), "After your call to 1999",
                _("想知道1999的服務好不好，只有一題。"), "One question on how 1999 served you.",
            ),
            (_scale("overall", _("整體來說，您對1999的服務滿意嗎？"), "Overall, how satisfied are you with 1999?"),),
            (_("持續辦理"), _("通話結束時願意填答的來電者")),
        ),
        RatingAbout.TRANSFER: (
            Wording(
                _("1999轉接後續訪問"), "After you were put through",
                _("想知道電話轉到機關之後，處理得好不好。"), "How the agency dealt with the call that was put through.",
            ),
            (
                _scale("handling", _("您對機關的處理方式滿意嗎？"), "How satisfied are you with how it was handled?"),
                _scale("attitude", _("您對機關人員的服務態度滿意嗎？"), "How satisfied are you with the staff's manner?"),
            ),
            (_("持續辦理"), _("電話轉接到機關、願意接受訪問的來電者")),
        ),
    }  # fmt: skip


@act
def wave_of(about: RatingAbout, *, at: datetime) -> Wave:
    """The wave of that survey that is open; survey and wave are made when they are first needed."""
    survey = surveys.survey_of(KEYS[about])
    if survey is None:
        with _in_chinese():
            wording, questions, _wave = _written()[about]
        survey = services.create_survey(wording, owner=OWNER, key=KEYS[about], by=None, at=at)
        for one in questions:
            services.add_question(survey.questionnaires.latest("number"), one, by=None, at=at)
    for wave in survey.waves.order_by("-pk"):
        if services.is_open(wave, at):
            return wave
    with _in_chinese():
        name, population = _written()[about][2]
    plan = Plan(name, population, Sampling.VOLUNTARY, at, days=DAYS)
    return services.open_wave(survey.questionnaires.latest("number"), plan, by=None, at=at)


def _in_chinese() -> Any:
    """What is kept beside English words is Chinese, whoever asks first."""
    return translation.override("zh-hant")


def calls_of(numbers: Sequence[str]) -> Mapping[str, Call]:
    """The calls that the exchange's file of keys speaks of, by its numbers."""
    rows = Call.objects.filter(callid__in=list(numbers), again=False).defer("events").order_by("-pk")
    return {row.callid: row for row in rows}


def note(response: Response, given: Mapping[str, Any], at: datetime) -> None:
    """Keep what was answered beside the call that it is about."""
    invitation = response.invitation
    key = invitation.wave.survey.key
    about = next((one for one, name in KEYS.items() if name == key), None)
    if about is not None:
        row = rating_of(response, about, given, at)
        row.call_id = int(invitation.about_id) if invitation.about_type == Call._meta.label_lower else None
        _ratings.append(row)


_ratings = Appendix(CallRating._meta.db_table, partial(CallRating.objects.bulk_create, batch_size=500))
"""A file of keys brings many."""


def rating_of(response: Response, about: RatingAbout, given: Mapping[str, Any], at: datetime) -> CallRating:
    """The row that keeps an answer, not saved. Whoever has no opinion gave no points."""
    points = {name: given.get(name) or None for name in POINTS}
    return CallRating(response=response, about=about, answered_on=day_of(at), **points)


@act
def ask(call: Call, to: Recipient, *, about: RatingAbout, by: Any, at: datetime) -> Invitation:
    """Send the link to whoever called and told where; a call is asked about once. Raises CannotInvite."""
    if call.outcome not in REACHED or (about == RatingAbout.TRANSFER and call.outcome != Outcome.TRANSFERRED):
        raise CannotInvite(_("這通電話沒有接聽，或沒有轉接，不能問。"))
    way = Way.EMAIL if to.email else Way.SMS
    return services.invite(wave_of(about, at=at), to, source=call.callid, about=call, way=way, by=by, at=at)


@act
def interviewed(source: str, about: Model, given: Mapping[str, int], *, at: datetime) -> Response:
    """What somebody who was put through told an interviewer: the same survey as by keys or link, once a call.

    `source` is the exchange's name of the call where it has one; `about` is the call, or the contact while no file of
    the exchange has brought it. Raises CannotRespond where the caller has answered before, or a point is none.
    """
    call = Call.objects.filter(callid=source, again=False).defer("events").order_by("-pk").first()
    invitation, _new = services.take_invitation(
        wave_of(RatingAbout.TRANSFER, at=at), source, way=Way.SPOKEN, about=call or about, at=at
    )
    if Response.objects.filter(invitation=invitation).exists():
        raise CannotRespond(_("這通電話的轉接後續訪問已經填答過了。"))
    return services.respond(invitation, given, at=at)


# ---- topics by hand --------------------------------------------------------------------------------------------------


@act
def set_topic(call: Call, topic: str, *, by: Any, at: datetime) -> TopicChange | None:
    """Note what a call was about; what was noted before is kept beside. None where nothing changes. Raises CannotNote."""
    call = Call.objects.select_for_update().get(pk=call.pk)
    if call.outcome in (Outcome.MENU, Outcome.OPEN):
        raise CannotNote(_("只有要求話務人員應答、已經結束的電話可以記服務項目。"))
    if topic and topic not in Topic.values:
        raise CannotNote(_("沒有這個服務項目。"))
    if call.topic == topic:
        return None
    change = TopicChange.objects.create(call=call, before=call.topic, after=topic, by=by, at=at)
    call.topic = topic
    call.save(update_fields=["topic"])
    audit.record("hotline.topic_set", call, by=by, at=at, old={"topic": change.before}, new={"topic": topic})
    return change


@act
def take_back(call: Call, *, by: Any, at: datetime) -> TopicChange | None:
    """Undo the last change by hand, by another one. Raises CannotNote where there was none."""
    last = TopicChange.objects.filter(call=call).first()
    if last is None:
        raise CannotNote(_("這通電話的服務項目沒有人工改過。"))
    return set_topic(call, last.before, by=by, at=at)
