"""Acts of the FAQ base: a version is written, reviewed by its agency, published, withdrawn; answers are counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.classify.reading import mask
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import Role
from cityhall.engines.identity import digests
from cityhall.engines.identity.models import Account
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act, insert_all

from .models import Entry, Move, Topic, Unanswered, Use, Version
from .states import State, Step

REVIEW, MEND, CHECK, ENDING, CLASH = "faq.review", "faq.mend", "faq.check", "faq.ending", "faq.clash"
"""Kinds of to-do: a version waits for its agency's word; one came back to who wrote it; a published entry is to be looked
at again, is about to end, contradicts another.
"""
TEXTS = (
    "question", "answer", "question_en", "answer_en", "aliases", "steps", "steps_en", "fee", "fee_en", "days", "procedure",
    "link", "links", "valid_from", "valid_until", "review_by",
)  # fmt: skip
"""What a version says, and until when."""


class CannotPublish(Exception):
    """The version is not at that point of its way; the sentence says what to do."""


# ---- writing ---------------------------------------------------------------------------------------------------------


@act
def write(
    *, code: str, agency: Agency, texts: dict[str, Any], topic: Topic | None = None, generated: bool = False,
    by: Account | None, at: datetime,
) -> Version:  # fmt: skip
    """A draft: the first version of a new entry, or the next of one that exists and has no open one."""
    entry, new = Entry.objects.select_for_update().get_or_create(
        code=code, defaults={"agency": agency, "topic": topic, "generated": generated}
    )
    if entry.versions.filter(state__in=[State.DRAFT, State.REVIEW]).exists():
        raise CannotPublish(_("這一題已經有還沒公布的版本，請改那一份。"))
    if not new and (entry.agency_id != agency.pk or (topic is not None and entry.topic_id != topic.pk)):
        entry.agency, entry.topic = agency, topic or entry.topic
        entry.save(update_fields=["agency", "topic"])
    before = entry.versions.order_by("-number").first()
    number = before.number + 1 if before else 1
    version = Version.objects.create(
        entry=entry, number=number, written_by=by, written_at=at, **{"valid_from": day_of(at), **texts}
    )
    _note(version, Step.WRITTEN, by=by, at=at)
    audit.record("faq.written", version, by=by, at=at, new={"code": code, "number": number})
    return version


@act
def revise(
    version: Version, *, agency: Agency, topic: Topic | None, texts: dict[str, Any], by: Account, at: datetime
) -> Version:
    """Change a draft: what it says, whose it is and what it is about."""
    version = Version.objects.select_for_update(of=("self",)).select_related("entry").get(pk=version.pk)
    if version.state != State.DRAFT:
        raise CannotPublish(_("只有草稿可以修改。已公布的，請另寫一個新版本。"))
    changed = [name for name in TEXTS if name in texts and texts[name] != getattr(version, name)]
    entry = version.entry
    if not changed and (entry.agency_id, entry.topic_id) == (agency.pk, topic.pk if topic else None):
        return version
    for name in changed:
        setattr(version, name, texts[name])
    version.save(update_fields=changed or None)
    entry.agency, entry.topic = agency, topic
    entry.save(update_fields=["agency", "topic"])
    _note(version, Step.REVISED, by=by, at=at)
    audit.record("faq.revised", version, by=by, at=at, new={"fields": changed, "agency": agency.code})
    return version


@act
def discard(version: Version, *, by: Account, at: datetime) -> Version:
    """Throw a draft away; what is published stays as it is."""
    version = _moved(version, State.DRAFT, State.DISCARDED, "faq.discarded", by=by, at=at)
    _note(version, Step.DISCARDED, by=by, at=at)
    worklist.close_all(version, at=at)
    return version


# ---- the agency's word -----------------------------------------------------------------------------------------------


@act
def submit(version: Version, *, by: Account | None, at: datetime) -> Version:
    """To the agency, whose word it becomes: it finds it on its list."""
    version = _moved(version, State.DRAFT, State.REVIEW, "faq.submitted", by=by, at=at)
    _note(version, Step.SUBMITTED, by=by, at=at)
    worklist.close_todo(MEND, version, at=at)
    worklist.open_todo(
        REVIEW, version, title=version.question, reference=version.entry.code, agency=version.entry.agency,
        role=Role.COORDINATOR, url=page_of(version.entry), at=at,
    )  # fmt: skip
    return version


@act
def send_back(version: Version, *, reason: str, by: Account | None, at: datetime) -> Version:
    """The agency does not agree: it says why, and whoever wrote it finds it on their list."""
    if not reason.strip():
        raise CannotPublish(_("請寫明哪裡要改。"))
    version = _moved(version, State.REVIEW, State.DRAFT, "faq.sent_back", by=by, at=at)
    _note(version, Step.SENT_BACK, reason=reason, by=by, at=at)
    worklist.close_todo(REVIEW, version, at=at)
    writer = directory.person_of(version.written_by)
    served = directory.appointments_of(version.written_by, day_of(at)).first() if version.written_by else None
    if writer is not None and served is not None:
        worklist.open_todo(
            MEND, version, title=version.question, detail=reason, reference=version.entry.code, agency=served.agency,
            person=writer, url=page_of(version.entry), at=at,
        )  # fmt: skip
    return version


@act
def publish(version: Version, *, by: Account | None, at: datetime) -> Version:
    """The agency agrees: from today it is read by everybody, and the version before gives way."""
    today = day_of(at)
    Version.objects.standing().filter(entry=version.entry_id).update(superseded_on=today)
    version = _moved(
        version, State.REVIEW, State.PUBLISHED, "faq.published", by=by, at=at, published_on=today, published_by=by
    )
    _note(version, Step.PUBLISHED, by=by, at=at)
    worklist.close_todo(REVIEW, version, at=at)
    worklist.close_all(version.entry, at=at)  # what was chased of the version before; the night looks again
    return version


@act
def confirm(entry: Entry, *, until: date, by: Account, at: datetime) -> Version:
    """The agency has read what is published and it is still right: until when it need not look again."""
    version = Version.objects.select_for_update().standing().filter(entry=entry).first()
    if version is None:
        raise CannotPublish(_("這一題現在沒有公布，不必確認。"))
    if until <= day_of(at):
        raise CannotPublish(_("請填今天以後的日子。"))
    old, version.review_by = version.review_by, until
    version.save(update_fields=["review_by"])
    _note(version, Step.CONFIRMED, by=by, at=at)
    worklist.close_todo(CHECK, entry, at=at)
    audit.record(
        "faq.confirmed", version, by=by, at=at, old={"review_by": old.isoformat() if old else None},
        new={"review_by": until.isoformat()},
    )  # fmt: skip
    return version


@act
def withdraw(entry: Entry, *, reason: str, by: Account, at: datetime) -> Version:
    """下架: from today nobody reads it, with a reason; what was read before is kept."""
    if not reason.strip():
        raise CannotPublish(_("請寫明為什麼下架。"))
    version = Version.objects.select_for_update().standing().filter(entry=entry).first()
    if version is None:
        raise CannotPublish(_("這一題現在沒有公布，不必下架。"))
    version.superseded_on = day_of(at)
    version.save(update_fields=["superseded_on"])
    _note(version, Step.WITHDRAWN, reason=reason, by=by, at=at)
    worklist.close_all(entry, at=at)
    audit.record("faq.withdrawn", version, by=by, at=at, new={"code": entry.code, "reason": reason.strip()[:500]})
    return version


@act
def bring_back(entry: Entry, *, by: Account, at: datetime) -> Version:
    """重新上架: the words that the agency agreed to are read again, as a version of their own."""
    entry = Entry.objects.select_for_update().get(pk=entry.pk)
    last = entry.versions.filter(state=State.PUBLISHED).order_by("-number").first()
    if last is None or last.superseded_on is None:
        raise CannotPublish(_("這一題沒有下架，不必重新上架。"))
    if entry.versions.filter(state__in=[State.DRAFT, State.REVIEW]).exists():
        raise CannotPublish(_("這一題已經有還沒公布的版本，請讓那一份通過審核。"))
    today = day_of(at)
    number = (entry.versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    version = Version.objects.create(
        entry=entry, number=number, state=State.PUBLISHED, written_by=last.written_by, written_at=last.written_at,
        published_by=by, published_on=today, **{name: getattr(last, name) for name in TEXTS},
    )  # fmt: skip
    _note(version, Step.BROUGHT_BACK, by=by, at=at)
    audit.record("faq.brought_back", version, by=by, at=at, new={"code": entry.code, "number": number})
    return version


def page_of(entry: Entry) -> str:
    """Where the desk reads an entry."""
    with translation.override("zh-hant"):
        return reverse("faq_desk:entry", args=[entry.code])


def _note(version: Version, step: Step, *, reason: str = "", by: Account | None, at: datetime) -> None:
    Move.objects.create(version=version, step=step, reason=reason.strip()[:500], by=by, at=at)


def _moved(
    version: Version, old: State, new: State, event: str, *, by: Account | None, at: datetime, **more: Any
) -> Version:
    if not Version.objects.filter(pk=version.pk, state=old).update(state=new, **more):
        raise CannotPublish(_("這個版本現在不能這樣做，請重新整理頁面看看它的狀態。"))
    version.refresh_from_db()
    audit.record(event, version, by=by, at=at, old={"state": str(old)}, new={"state": str(new)})
    return version


# ---- what came of answers --------------------------------------------------------------------------------------------


def record_use(version: Version, *, channel: str, helped: bool | None = None, at: datetime) -> Use:
    """Count that an entry was given as an answer, and whether it helped."""
    return Use.objects.create(entry_id=version.entry_id, version=version, channel=channel, helped=helped, at=at)


def record_uses(given: Iterable[tuple[Version, datetime]], *, channel: str, helped: bool | None) -> int:
    """Count many answers of one channel by few statements; how many there were."""
    rows = [
        Use(entry_id=version.entry_id, version=version, channel=channel, helped=helped, at=at) for version, at in given
    ]
    insert_all(rows)
    return len(rows)


def record_unanswered(question: str, *, channel: str, at: datetime, talk: str = "") -> Unanswered:
    """Keep what nobody could answer, without personal data; the same words in the same talk once."""
    text = mask(question.strip())[:200]
    if not talk:
        return Unanswered.objects.create(text=text, channel=channel, at=at)
    once = digests.keyed("faq.unanswered", f"{talk} {text.casefold()}")
    return Unanswered.objects.get_or_create(once=once, defaults={"text": text, "channel": channel, "at": at})[0]
