"""What the citizen is told at each step, in their language. Texts stand in templates/letters/petitions/."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.http import urlencode
from django.utils.translation import gettext

from cityhall.engines.cases.models import Case, Question, ReopenRequest, Reply
from cityhall.engines.cases.states import Channel
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.directory.models import Person
from cityhall.engines.letters import services as letters
from cityhall.engines.letters.services import Recipient
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import remembered
from cityhall.web import maps
from cityhall.web.dates import as_date

from .. import abuse, on_behalf
from ..area_news import MOST_LISTED, Thing
from ..models import (
    AreaSubscription,
    ClusterStep,
    Consent,
    DispatchSetting,
    Draft,
    Extension,
    FollowUp,
    PassedOn,
    Petition,
    Referral,
    Restriction,
    Supporter,
)
from ..neighbours import public_title, support_key
from ..privacy import for_others
from ..queries import follow_key
from ..states import ClusterKind
from . import clocks, todos, words
from .outside_steps import may_be_told

BY_MAIL = (Channel.EMAIL, Channel.FORWARDED)
MOBILE = re.compile(r"09\d{8}")


def _context(petition: Petition) -> dict[str, Any]:
    """What every letter may use. No more of the petition than its heading: mail is read by others too."""
    case = petition.case
    language = case.requester.language if case.requester else case.language
    with translation.override(language):
        due = clocks.next_due(petition) if case.is_confirmed else None
        return {
            "number": case.number or "",
            "title": gettext("您反映的事項") if petition.sealed else _heading(case),
            "name": case.requester.name if case.requester else "",
            "code": case.tracking_code,
            "agency": case.agency.full_label if case.agency else "",
            "due_at": due,
            "urgent": petition.urgent,
            "follow_url": remembered(
                (Case, (case.pk, "follow", language)),
                lambda: page("petitions:follow_by_letter", case.reference, follow_key(case)),
            ),
            "look_up_url": remembered((Case, ("look up", language)), lambda: page("petitions:follow")),
        }


def _heading(case: Case) -> str:
    """The heading of the citizen's own matter. Officers read letters too: where it is covered, neither form is quoted."""
    plain = gettext("您反映的事項")
    return (
        plain if abuse.may_be_covered(case.title) and words.own(case, "title", case.title) != case.title else case.title
    )


def page(name: str, *args: Any) -> str:
    """The full address of a page, in the language that is active."""
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def _tell(petition: Petition, template: str, *, step: str, at: datetime, **more: Any) -> None:
    """Send one letter of a step; a step tells once.

    Without e-mail, a letter on paper where the citizen asked for one, or a short message to a mobile telephone.
    """
    case = petition.case
    requester = case.requester
    if case.channel == Channel.ON_BEHALF and template in TO_INTERMEDIARIES:
        _tell_intermediary(petition, template, step=step, at=at)
    if requester is None:
        return
    if requester.email:
        channel = "email"
    elif requester.wants_letter and requester.address:
        channel = "paper"
    elif MOBILE.fullmatch(re.sub(r"[\s()-]", "", requester.phone)):
        channel = "sms"
    else:
        return
    letters.send(
        f"petitions.{template}" if channel != "sms" else "petitions.news",
        to=Recipient(
            email=requester.email,
            phone=requester.phone,
            name=requester.name,
            language=requester.language,
            account_id=requester.account_id,
            address=requester.address,
        ),
        context={**_context(petition), **more, **({"step": template} if channel == "sms" else {})},
        about=case,
        key=f"petition:{case.reference}:{step}",
        channel=channel,
        at=at,
    )


TO_INTERMEDIARIES = {"opened", "first_reply", "final_reply", "extended", "ended", "declined", "reopen", "again"}
"""The letters to a citizen of which whoever reported for them is told as well."""


def _tell_intermediary(petition: Petition, template: str, *, step: str, at: datetime) -> None:
    """That there is news, to who reported it for the citizen: the number and no word of the petition."""
    consent = Consent.objects.filter(petition=petition, withdrawn_at=None).select_related("intermediary").first()
    account = consent.intermediary if consent else None
    if consent is None or account is None or not account.email:
        return
    letters.send(
        "petitions.on_behalf_news",
        to=Recipient(email=account.email, name=account.name, account_id=account.pk),
        context={
            "number": petition.case.number or "", "step": template,
            "on_behalf_url": page("petitions:on_behalf_one", petition.case.reference),
        },
        about=petition.case,
        key=f"consent:{consent.pk}:{step}",
        channel="email",
        at=at,
    )  # fmt: skip


def confirmation(petition: Petition, *, code: Any, at: datetime) -> None:
    """The 6-digit code, the page where it is typed, and a link for another browser."""
    case = petition.case
    with translation.override(case.requester.language if case.requester else case.language):
        url, link = (
            page("petitions:confirm", case.reference),
            page("petitions:confirm_link", case.reference, code.link_token),
        )
    _tell(
        petition, "confirmation", step=f"code:{code.pk}", at=at, confirm_code=code.plain, confirm_url=url,
        confirm_link=link, expires_at=code.expires_at,
        by_mail=bool(settings.MAIL_BOX) and case.channel in BY_MAIL,
        filed_for_you_by=on_behalf.intermediary_of(case),
    )  # fmt: skip


def draft_link(draft: Draft, *, token: str, email: str, language: str, until: datetime, at: datetime) -> None:
    """The link that opens a draft again; nothing of what was written stands in the letter."""
    with translation.override(language):
        url = page("petitions:resume", token)
    letters.send(
        "petitions.draft",
        to=Recipient(email=email, language=language, account_id=draft.account_id),
        context={"resume_url": url, "until": until},
        about=draft,
        key=f"draft:{draft.token}:{at.isoformat()}",
        channel="email",
        at=at,
    )


def opened(petition: Petition, *, at: datetime) -> None:
    """成案: number, code to follow it, where it went and by when an answer comes."""
    _tell(petition, "opened", step="opened", at=at)


def dispatched(petition: Petition, *, at: datetime) -> None:
    """The desk has found, or changed, the agency."""
    _tell(petition, "dispatched", step=f"dispatched:{petition.case.version}", at=at)


def _part(petition: Petition) -> dict[str, Any]:
    """A part as the letter about a split names it: number, heading, agency, until when, and its page."""
    case = petition.case
    return {
        "number": case.number or "",
        "title": _heading(case),
        "agency": case.agency.full_label if case.agency else "",
        "due_at": clocks.next_due(petition),
        "url": page("petitions:follow_by_letter", case.reference, follow_key(case)),
    }


def split(petition: Petition, parts: Sequence[Petition], *, reason: str, at: datetime) -> None:
    """拆案: told once, with the number of each part."""
    requester = petition.case.requester
    with translation.override(requester.language if requester else petition.case.language):
        lines = [_part(part) for part in parts]
    _tell(petition, "split", step=f"split:{petition.case.version}", at=at, parts=lines, reason=reason)


def unsplit(petition: Petition, parts: Sequence[Petition], *, reason: str, at: datetime) -> None:
    """The split was taken back: which numbers hold no more."""
    numbers = [part.case.number for part in parts]
    _tell(petition, "unsplit", step=f"unsplit:{petition.case.version}", at=at, numbers=numbers, reason=reason)


def question(petition: Petition, *, question: Question, at: datetime) -> None:
    """補正: what is missing and by when."""
    _tell(
        petition,
        "question",
        step=f"question:{question.pk}",
        at=at,
        question=question.text,
        answer_by=question.answer_by,
    )


def _answer(reply: Reply, answering: Petition, *, at: datetime) -> dict[str, Any]:
    """What every letter with an answer says: the text, who wrote it, where to call."""
    case = answering.case
    officer = case.officer
    return {
        "text": reply.text,
        "promised_on": reply.promised_on,
        "agency": case.agency.full_label if case.agency else "",
        "unit": case.unit.label if case.unit else "",
        "officer": officer.label if officer else "",
        "phone": officer.phone if officer else "",
        "extension": officer.extension if officer else "",
        "corrects": reply.corrects_id is not None,
    }


def reply(petition: Petition, *, reply: Reply, at: datetime, answering: Petition | None = None) -> None:
    """The answer, with agency, unit, officer and telephone: those of the petition that was answered for all, if any."""
    reopen_days = parameter("petitions.reopen_days", on=day_of(at)).value
    _tell(
        petition, "first_reply" if reply.stage == 1 else "final_reply", step=f"reply:{reply.pk}", at=at,
        reopen_until=day_of(at + timedelta(days=reopen_days)), **_answer(reply, answering or petition, at=at),
    )  # fmt: skip


def joined_reply(petition: Petition, *, reply: Reply, main: Petition, at: datetime) -> None:
    """併案: the answer to the main petition, told to the reporter of one that was joined to it."""
    given = _answer(reply, main, at=at) | {"text": for_others(reply.text, main.case.requester)}
    _tell(
        petition, "joined_reply", step=f"joined:{reply.pk}", at=at, main=main.case.number, final=reply.stage == 2,
        **given,
    )  # fmt: skip


def supported_reply(supporter: Supporter, *, reply: Reply, main: Petition, at: datetime) -> None:
    """附議: the answer to a petition, told to somebody who said that it is their matter too."""
    given = _answer(reply, main, at=at) | {"text": for_others(reply.text, main.case.requester)}
    _tell_supporter(
        supporter, "supported_reply", step=f"reply:{reply.pk}", at=at, main=main, final=reply.stage == 2, **given
    )


def _news(step: ClusterStep, language: str) -> dict[str, Any]:
    """What an incident's news says, with its public page; a campaign has none."""
    cluster = step.cluster
    with translation.override(language):
        incident = cluster.kind == ClusterKind.INCIDENT
        url = page("petitions:incident", cluster.reference) if incident else ""
    return {"incident": cluster.title, "text": step.text, "incident_url": url}


def incident_news(petition: Petition, *, step: ClusterStep) -> None:
    """What is published on the incident that a petition belongs to, told to its reporter."""
    requester = petition.case.requester
    if requester is not None:
        _tell(petition, "incident_news", step=f"news:{step.pk}", at=step.at, **_news(step, requester.language))


def supported_news(supporter: Supporter, *, step: ClusterStep, main: Petition) -> None:
    """The same, to somebody who said that the petition is their matter too."""
    _tell_supporter(
        supporter, "supported_news", step=f"news:{step.pk}", at=step.at, main=main, **_news(step, supporter.language)
    )


def support_code(supporter: Supporter, *, code: Any, main: Petition, at: datetime) -> None:
    """The 6-digit code that shows that the address is theirs."""
    _tell_supporter(
        supporter, "support_code", step=f"code:{code.pk}", at=at, main=main, confirm_code=code.plain,
        expires_at=code.expires_at,
    )  # fmt: skip


def supporting(supporter: Supporter, *, main: Petition, at: datetime) -> None:
    """They are told from now on, and how to leave."""
    _tell_supporter(supporter, "supporting", step="confirmed", at=at, main=main)


def _tell_supporter(
    supporter: Supporter, template: str, *, step: str, at: datetime, main: Petition, **more: Any
) -> None:
    """Nothing of the reporter stands in what a supporter is told: the heading is what everybody saw before joining."""
    with translation.override(supporter.language):
        context = {
            "number": main.case.number or "",
            "title": public_title(main),
            "support_url": page("petitions:supported", supporter.reference, support_key(supporter)),
            "confirm_url": page("petitions:confirm_support", supporter.reference),
        }
    by_mail = bool(supporter.email)
    letters.send(
        f"petitions.{template}" if by_mail else "petitions.supporter_news",
        to=Recipient(
            email=supporter.email, phone=supporter.phone, language=supporter.language, account_id=supporter.account_id
        ),
        context={**context, **more, "step": template},
        about=main.case,
        key=f"supporter:{supporter.pk}:{step}",
        channel="email" if by_mail else "sms",
        at=at,
    )


def area_words(found: AreaSubscription) -> str:
    """The area of a subscription in the reader's language."""
    if found.metres:
        place = found.place or f"{found.lat:.5f}, {found.lon:.5f}"
        return gettext("%(place)s 方圓 %(metres)s 公尺") % {"place": place, "metres": found.metres}
    names = [maps.area_name(code) or code for code in (found.district_code, found.village_code) if code]
    if (translation.get_language() or "").startswith("en"):
        return ", ".join(reversed(names)) or gettext("全市")
    return "".join(names) or gettext("全市")


def _tell_subscriber(found: AreaSubscription, template: str, *, step: str, at: datetime, **more: Any) -> None:
    """A letter about an area: nothing of anybody who reported, and the way out in every one."""
    key = salted_hmac("petitions.area", str(found.reference), algorithm="sha256").hexdigest()[:32]
    with translation.override(found.language):
        context = {
            "area": area_words(found),
            "manage_url": page("petitions:area_manage", found.reference, key),
            "stop_url": page("petitions:area_stop", found.reference, key),
            "confirm_url": page("petitions:area_confirm", found.reference),
        }
    letters.send(
        f"petitions.{template}", to=Recipient(email=found.email, language=found.language, account_id=found.account_id),
        context={**context, **more}, about=found, key=f"area:{found.pk}:{step}", channel="email", at=at,
        unsubscribe_url="" if template == "area_code" else context["stop_url"],
    )  # fmt: skip


def area_code(found: AreaSubscription, *, code: Any, at: datetime) -> None:
    """The 6-digit code that shows that the address is theirs."""
    _tell_subscriber(
        found, "area_code", step=f"code:{code.pk}", at=at, confirm_code=code.plain, expires_at=code.expires_at
    )


def area_subscribed(found: AreaSubscription, *, at: datetime) -> None:
    """They are told from tomorrow on, and how to end it."""
    with translation.override(found.language):
        rhythm = str(found.get_rhythm_display())
    _tell_subscriber(found, "area_subscribed", step="confirmed", at=at, rhythm=rhythm)


def area_digest(found: AreaSubscription, told: Sequence[Thing], *, first: date, last: date, at: datetime) -> None:
    """What was reported there on those days: number, day, category and village of each, the newest first."""
    rows = Petition.objects.select_related("case__place", "category").in_bulk([one.key for one in told[:MOST_LISTED]])
    with translation.override(found.language):
        lines = [_digest_line(rows[one.key]) for one in told[:MOST_LISTED] if one.key in rows]
        url = (
            f"{page('petitions:around')}?{urlencode({'district': found.district_code, 'village': found.village_code})}"
        )
    _tell_subscriber(
        found, "area_digest", step=last.isoformat(), at=at, lines=lines, count=len(told), more=len(told) - len(lines),
        first=first, last=last, list_url=url,
    )  # fmt: skip


def _digest_line(petition: Petition) -> str:
    case, place = petition.case, petition.case.place
    about = petition.category.label if petition.category else gettext("尚未分類")
    codes = (place.district_code, place.village_code) if place else ()
    names = [name for code in codes if (name := maps.area_name(code))]
    where = ", ".join(reversed(names)) if (translation.get_language() or "").startswith("en") else "".join(names)
    return "　".join(
        part for part in (case.number or "", as_date(case.opened_on) if case.opened_on else "", about, where) if part
    )


def referral_reply(referral: Referral, *, reply: Reply, at: datetime) -> None:
    """The same answer, to the authority that passed the petition on."""
    petition = referral.petition
    officer, unit = petition.case.officer, petition.case.unit
    _tell_forwarder(
        referral, "referral_reply", step=f"reply:{reply.pk}", at=at, text=reply.text, final=reply.stage == 2,
        corrects=reply.corrects_id is not None, agency=petition.case.agency.full_label if petition.case.agency else "",
        unit=unit.label if unit else "", officer=officer.label if officer else "", phone=officer.phone if officer else "",
        extension=officer.extension if officer else "",
    )  # fmt: skip


def referral_ended(referral: Referral, *, how: str, reason: str, at: datetime) -> None:
    """To the same: that no answer will come, and why."""
    _tell_forwarder(referral, "referral_ended", step=f"ended:{how}", at=at, how=how, reason=reason)


def _tell_forwarder(referral: Referral, template: str, *, step: str, at: datetime, **more: Any) -> None:
    """A letter to an authority: it names the petition by number, heading and their own document; nothing of the citizen."""
    case = referral.petition.case
    letters.send(
        f"petitions.{template}",
        to=Recipient(email=referral.answer_to, name=referral.forwarder.agency.full_label, language="zh-hant"),
        context={
            "number": case.number or "", "title": case.title, "received_at": referral.received_at,
            "document_number": referral.document_number, **more,
        },
        about=case,
        key=f"petition:{case.reference}:referral:{referral.pk}:{step}",
        channel="email",
        at=at,
    )  # fmt: skip


def outside(row: PassedOn, template: str, *, step: str, at: datetime) -> None:
    """To the outside body: by mail, else on paper; a body that the directory has no address of is written to by hand."""
    agency, case = row.agency, row.petition.case
    channel = "email" if agency.email else "paper" if agency.address else ""
    if not channel:
        return
    may = may_be_told(row)
    letters.send(
        f"petitions.{template}",
        to=Recipient(email=agency.email, address=agency.address, name=agency.full_label, language="zh-hant"),
        context={
            "number": case.number or "", "title": case.title, "text": may.text, "reason": row.reason, "place": may.place,
            "document_number": row.document_number, "answer_by": row.answer_by, "sent_on": day_of(row.sent_at),
            "times": row.reminders, "sender": may.sender, "desk": todos.desk(at).name,
        },
        about=case,
        key=f"outside:{row.pk}:{step}",
        channel=channel,
        at=at,
    )  # fmt: skip


def outside_answer(row: PassedOn, *, at: datetime) -> None:
    """To the citizen: what the body that it was passed on to has answered."""
    requester = row.petition.case.requester
    with translation.override(requester.language if requester else row.petition.case.language):
        body = row.agency.full_label
    _tell(
        row.petition, "outside_answer", step=f"outside:{row.pk}", at=at, answer=row.answer, body=body,
        answered_on=row.answered_on,
    )  # fmt: skip


def extended(petition: Petition, *, extension: Extension, at: datetime) -> None:
    """展期: the new day and why."""
    _tell(petition, "extended", step=f"extension:{extension.pk}", at=at, reason=extension.reason)


def ended(petition: Petition, *, how: str, reason: str, at: datetime) -> None:
    """撤案, 移送, 併案, 不予處理: that it ended and what to do next."""
    _tell(petition, "ended", step=f"ended:{petition.case.version}", at=at, how=how, reason=reason)


def declined(petition: Petition, *, restriction: Restriction, reason: str, at: datetime) -> None:
    """不予處理 because of a listing: the number, the earlier answer once more, and what to do if it is something new."""
    answer = restriction.answer
    _tell(
        petition, "declined", step=f"declined:{petition.case.version}", at=at, reason=reason,
        answer=answer.text if answer else "", answered_at=answer.sent_at if answer else None,
        answered_number=answer.case.number if answer else "", listing=restriction.number, until=restriction.ends_on,
    )  # fmt: skip


def again(petition: Petition, *, sheet: int, at: datetime) -> None:
    """The monthly check found the answer wanting: a better one comes, and by when."""
    _tell(petition, "again", step=f"again:{sheet}", at=at)


def promise_kept(row: FollowUp, *, at: datetime) -> None:
    """What was promised has been done."""
    _tell(
        row.petition, "promise_kept", step=f"promise:{row.pk}:kept", at=at, proof=row.proof,
        promised_on=row.promised_on,
    )  # fmt: skip


def promise_moved(row: FollowUp, *, reason: str, before: date, at: datetime) -> None:
    """The promised day is put off: why, and until when."""
    _tell(
        row.petition, "promise_moved", step=f"promise:{row.pk}:{row.promised_on}", at=at, reason=reason,
        promised_on=row.promised_on, before=before,
    )  # fmt: skip


def restricted(restriction: Restriction, *, at: datetime) -> None:
    """列管: on what ground, for what matter, from when until when, and how to appeal."""
    petition = restriction.petition
    _tell(
        petition, "restricted", step=f"restricted:{restriction.pk}", at=at, notice=restriction.notice,
        matter=restriction.matter, listing=restriction.number, ground=restriction.ground,
        starts_on=restriction.starts_on, ends_on=restriction.ends_on, review_on=restriction.review_on,
        by_agency=restriction.agency.full_label, appeal_to=todos.desk(at).name,
    )  # fmt: skip


def restriction_news(restriction: Restriction, *, how: str, reason: str, at: datetime) -> None:
    """解除列管, or what became of an appeal."""
    _tell(
        restriction.petition, "restriction_news", step=f"restriction:{restriction.pk}:{how}:{at.isoformat()}", at=at,
        how=how, reason=reason, matter=restriction.matter, listing=restriction.number, ends_on=restriction.ends_on,
    )  # fmt: skip


def reopen_decided(petition: Petition, *, request: ReopenRequest, at: datetime) -> None:
    """Whether it is taken up again, and why."""
    _tell(
        petition, "reopen", step=f"reopen:{request.pk}", at=at, granted=bool(request.granted), decision=request.decision
    )


def alert_sms(petition: Petition, *, to: Person, at: datetime) -> None:
    """The officer on duty is called to look at once; no reporter's data in the message."""
    place = petition.case.place
    letters.send(
        "petitions.alert",
        to=Recipient(phone=to.mobile or to.phone, name=to.name, language="zh-hant", account_id=to.account_id),
        context={"title": petition.case.title, "place": (place.label or place.words or place.road) if place else ""},
        about=petition.case,
        key=f"petition:{petition.case.reference}:alert",
        channel="sms",
        at=at,
    )


def warning(petition: Petition, *, clock: Clock, level: int, to: Person, at: datetime) -> None:
    """An officer or chief is told that time is running out, once a level."""
    address = to.email or (to.account.email if to.account else "") or ""
    if not address:
        return
    letters.send(
        "petitions.warning",
        to=Recipient(email=address, name=to.name, language="zh-hant", account_id=to.account_id),
        context={
            "number": petition.case.number or "", "title": gettext("政風案件") if petition.sealed else petition.case.title, "level": level,
            "stage": clock.stage, "due_at": clock.due_at,
            "url": f"{settings.SITE_URL}{reverse('petitions:record', args=[petition.case.reference])}",
        },
        about=petition.case,
        key=f"clock:{clock.pk}:{level}:{to.pk}",
        at=at,
    )  # fmt: skip


def automatic_stopped(switch: DispatchSetting, *, to: Person, at: datetime) -> None:
    """A dispatcher is told that automatic dispatch stopped by itself, and why."""
    address = to.email or (to.account.email if to.account else "") or ""
    if not address:
        return
    letters.send(
        "petitions.automatic_stopped",
        to=Recipient(email=address, name=to.name, language="zh-hant", account_id=to.account_id),
        context={"reason": switch.reason, "url": page("petitions:watch")},
        about=switch,
        key=f"dispatch-switch:{switch.pk}:{to.pk}",
        at=at,
    )
