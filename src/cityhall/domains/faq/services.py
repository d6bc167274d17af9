"""Acts of the FAQ base: write, submit, publish; count what was answered and what was not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.classify.reading import mask
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .models import Entry, Unanswered, Use, Version
from .states import State


class CannotPublish(Exception):
    """The version is not at that point of its way."""


@act
def write(
    *, code: str, agency: Agency, texts: dict[str, Any], generated: bool = False, by: Account | None, at: datetime
) -> Version:
    """A draft: the first version of a new entry, or the next of one that exists."""
    entry, _new = Entry.objects.get_or_create(code=code, defaults={"agency": agency, "generated": generated})
    before = entry.versions.order_by("-number").first()
    number = before.number + 1 if before else 1
    version = Version.objects.create(
        entry=entry, number=number, written_by=by, written_at=at, **{"valid_from": day_of(at), **texts}
    )
    audit.record("faq.written", version, by=by, at=at, new={"code": code, "number": number})
    return version


@act
def submit(version: Version, *, by: Account | None, at: datetime) -> Version:
    """To the agency, whose word it becomes."""
    return _moved(version, State.DRAFT, State.REVIEW, "faq.submitted", by=by, at=at)


@act
def publish(version: Version, *, by: Account | None, at: datetime) -> Version:
    """The agency agrees: from today it is read by everybody, and the version before gives way."""
    today = day_of(at)
    Version.objects.filter(entry=version.entry_id, state=State.PUBLISHED, superseded_on=None).update(
        superseded_on=today
    )
    return _moved(
        version, State.REVIEW, State.PUBLISHED, "faq.published", by=by, at=at, published_on=today, published_by=by
    )


def _moved(
    version: Version, old: State, new: State, event: str, *, by: Account | None, at: datetime, **more: Any
) -> Version:
    if not Version.objects.filter(pk=version.pk, state=old).update(state=new, **more):
        raise CannotPublish(_("這個版本現在不能這樣做，請重新整理頁面看看它的狀態。"))
    version.refresh_from_db()
    audit.record(event, version, by=by, at=at, old={"state": str(old)}, new={"state": str(new)})
    return version


def record_use(version: Version, *, channel: str, helped: bool | None = None, at: datetime) -> Use:
    """Count that an entry was given as an answer, and whether it helped."""
    return Use.objects.create(entry_id=version.entry_id, version=version, channel=channel, helped=helped, at=at)


def record_unanswered(question: str, *, channel: str, at: datetime) -> Unanswered:
    """Keep what nobody could answer, without personal data."""
    return Unanswered.objects.create(text=mask(question.strip())[:200], channel=channel, at=at)
