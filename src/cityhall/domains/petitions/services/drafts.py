"""What somebody has filled in so far: kept step by step, taken up again on another day, sent once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel
from cityhall.engines.files import queries as files
from cityhall.engines.files import services as file_acts
from cityhall.engines.files.models import StoredFile
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from .. import arrivals
from ..models import Draft, Petition
from . import filing, letters
from .filing import Submission, Where, Who

SALT = "petitions.draft"


class CannotKeepDraft(CannotAct):
    """The draft was sent meanwhile, or what should be added to it cannot be."""


class AlreadySent(CannotKeepDraft):
    """It has become a petition; there is nothing left to change."""

    def __init__(self, petition: Petition) -> None:
        super().__init__(_("這份已經送出了。"))
        self.petition = petition


def days_kept(at: datetime) -> int:
    """How many days a draft waits for its writer."""
    return int(parameter("petitions.draft_days", on=day_of(at)).value)


def most_photos(at: datetime) -> int:
    """How many photos and files go with one petition."""
    return int(parameter("petitions.most_photos", on=day_of(at)).value)


def new(*, channel: Channel, account: Account | None, data: Mapping[str, Any] | None = None, at: datetime) -> Draft:
    """A draft that is not written down yet: looking at the first question leaves nothing behind."""
    return Draft(account=account, data={"channel": str(channel), **(data or {})}, started_at=at, changed_at=at)


def unsent(token: uuid.UUID, *, at: datetime) -> Draft | None:
    """The draft of a token, if it still waits to be sent."""
    since = at - timedelta(days=days_kept(at))
    return Draft.objects.filter(token=token, sent=None, changed_at__gte=since).first()


def of_account(account: Account, *, at: datetime) -> list[Draft]:
    """What an account began to write, newest first."""
    since = at - timedelta(days=days_kept(at))
    return list(Draft.objects.filter(account=account, sent=None, changed_at__gte=since).order_by("-changed_at")[:10])


def sent_as(token: uuid.UUID) -> Petition | None:
    """What the draft of a token became."""
    return Petition.objects.select_related("case").filter(case__draft__token=token).first()


@act
def keep(draft: Draft, *, step: str, values: Any, at: datetime) -> Draft:
    """Write down the answer to one question. Raises AlreadySent."""
    draft = _locked(draft)
    draft.data[step] = values
    draft.changed_at = at
    draft.save()
    return draft


@act
def belongs_to(draft: Draft, account: Account, *, at: datetime) -> Draft:
    """Whoever signs in while writing finds the draft in their account from then on."""
    draft = _locked(draft)
    draft.account, draft.changed_at = account, at
    draft.save()
    return draft


def _locked(draft: Draft) -> Draft:
    if draft.pk is None:
        return draft
    fresh = Draft.objects.select_for_update().get(pk=draft.pk)
    if fresh.sent:
        raise AlreadySent(fresh.sent.petition)
    return fresh


@act
def attach(draft: Draft, content: BinaryIO, *, name: str, by: Account | None, at: datetime) -> StoredFile:
    """Add a photo or file. The place that a photo remembers is noted apart, to be offered; the photo loses it.

    Raises CannotKeepDraft beyond the number allowed, CannotStoreFile for what is not taken, AlreadySent.
    """
    draft = _locked(draft)
    if draft.pk is None:
        draft.save()
    most = most_photos(at)
    if files.of(draft).count() >= most:
        raise CannotKeepDraft(
            ngettext("最多放 %(most)d 個檔案，請先移除一個再加。", "最多放 %(most)d 個檔案，請先移除一個再加。", most)
            % {"most": most}
        )
    place = file_acts.exif_place(content)
    stored = file_acts.store(content, name=name, owner=draft, by=by, at=at)
    if place and filing.near_taiwan(*place):
        draft.data.setdefault("photo_places", {})[str(stored.reference)] = list(place)
    draft.changed_at = at
    draft.save()
    return stored


@act
def detach(draft: Draft, reference: uuid.UUID, *, by: Account | None, at: datetime) -> None:
    """Take a file away again; one that is gone already is no error."""
    draft = _locked(draft)
    if stored := files.of(draft).filter(reference=reference).first():
        file_acts.remove(stored, why="taken out of the draft", by=by, at=at)
    draft.data.get("photo_places", {}).pop(str(reference), None)
    draft.changed_at = at
    draft.save()


@act
def throw_away(draft: Draft, *, by: Account | None, at: datetime) -> None:
    """Forget a draft at its writer's wish, with its photos. Raises AlreadySent."""
    draft = _locked(draft)
    for stored in files.of(draft):
        file_acts.remove(stored, why="draft thrown away", by=by, at=at)
    draft.delete()


# ---- taking it up on another day -----------------------------------------------------------------------------------


def link_token(draft: Draft) -> str:
    """What a letter's link carries: the token, signed."""
    return signing.dumps(str(draft.token), salt=SALT)


def by_link(signed: str, *, at: datetime) -> Draft | None:
    """The draft of such a link, as long as it is kept."""
    try:
        token = signing.loads(signed, salt=SALT, max_age=timedelta(days=days_kept(at) * 2))
    except signing.BadSignature:
        return None
    return unsent(uuid.UUID(token), at=at)


@act
def send_link(draft: Draft, *, email: str, language: str, at: datetime) -> None:
    """先存起來，晚點再填: a letter with the link that opens the draft anywhere."""
    draft = _locked(draft)
    draft.changed_at = at
    draft.save()
    until = at + timedelta(days=days_kept(at))
    letters.draft_link(draft, token=link_token(draft), email=email, language=language, until=until, at=at)
    audit.record("petition.draft_sent", draft, by=draft.account, at=at)


# ---- sending -------------------------------------------------------------------------------------------------------


def submission_of(draft: Draft, *, language: str, account: Account | None) -> Submission:
    """Everything that the draft says, as a filing."""
    data = draft.data
    who, where = data.get("who", {}), data.get("where", {})
    details = data.get("details") or {}
    return Submission(
        text=data.get("what", {}).get("text", ""),
        channel=data.get("channel", Channel.WEB),
        language=language,
        category=data.get("kind", {}).get("category", ""),
        addressed_to=data.get("agency", ""),
        answers=details.get("answers", {}),
        danger={"none": False, "called": True}.get(data.get("danger", {}).get("answer", "")),
        keep_identity_secret=bool(who.get("secret")),
        where=Where(
            **{
                key: where[key]
                for key in ("method", "lon", "lat", "words", "label", "road", "accuracy_m")
                if key in where
            }
        ),
        who=Who(
            name=who.get("name", ""),
            email=who.get("email", ""),
            phone=who.get("phone", ""),
            address=who.get("address", ""),
            wants_letter=who.get("reply") == "letter",
            account=account,
        ),
        filed_by=account,
    )


@act
def send(draft: Draft, *, language: str, account: Account | None, at: datetime) -> Petition:
    """Make the draft a petition. A second time gives the same petition, whatever was clicked twice.

    The draft is emptied: what the citizen wrote stands in the petition alone. Raises what `filing.file` raises.
    """
    try:
        draft = _locked(draft)
    except AlreadySent as sent:
        return sent.petition
    petition = filing.file(
        submission_of(draft, language=language, account=account), stored=list(files.of(draft)), at=at
    )
    if about := draft.data.get("about"):
        arrivals.tell_of_thing(about["kind"], about["key"], petition.case, at)
    draft.sent, draft.data, draft.changed_at = petition.case, {}, at
    draft.save()
    return petition
