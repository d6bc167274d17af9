"""A contractor hands in photos of the work through a link that works once (PRACTICE, petitions).

The link shows number, place and what to photograph; nothing of the citizen and nothing of the case beyond that.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory import queries as directory
from cityhall.engines.files import services as files
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of

from ..models import Petition, UploadLink
from . import todos


class LinkIsSpent(CannotAct):
    """The link was used, has run out, or never was."""


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_link(petition: Petition, *, contractor: str, asked: str, by: Account, at: datetime) -> str:
    """A new link's token, told once: only its digest is kept."""
    case = cases.lock(petition.case)
    if case.is_ended:
        raise CannotAct(_("案件已經結束，不能再請廠商上傳。"))
    token = secrets.token_urlsafe(24)
    days = parameter("petitions.upload_link_days", on=day_of(at)).value
    link = UploadLink.objects.create(
        petition=petition, digest=_digest(token), contractor=contractor.strip(), asked=asked.strip(),
        made_by=directory.person_of(by), made_at=at, expires_at=at + timedelta(days=days),
    )  # fmt: skip
    cases.add_event(
        case,
        "contractor_asked",
        by=by,
        at=at,
        payload={"link": link.pk, "reason": f"{contractor}：{asked}"},
        public=False,
    )
    audit.record("petition.upload_link_made", case, by=by, at=at, new={"link": link.pk})
    return token


def live_link(token: str, *, at: datetime) -> UploadLink:
    """The link of a token. Raises LinkIsSpent, with the same sentence whatever is wrong with it."""
    link = (
        UploadLink.objects.select_related("petition__case__place", "petition__case__agency")
        .filter(digest=_digest(token), used_at=None, expires_at__gt=at)
        .first()
    )
    if link is None or link.petition.case.is_ended:
        raise LinkIsSpent(_("這個連結已經用過或過期了。請向給您連結的承辦人要一個新的。"))
    return link


@transaction.atomic
def hand_in(token: str, *, photos: Sequence[Any], remark: str, at: datetime) -> UploadLink:
    """The photos come to the case, the link is spent, and the officer finds the case unread again."""
    link = live_link(token, at=at)
    petition = link.petition
    case = cases.lock(petition.case)
    # Two hands with one link: whoever locks first has it.
    if not UploadLink.objects.filter(pk=link.pk, used_at=None).update(used_at=at, remark=remark.strip()):
        raise LinkIsSpent(_("這個連結已經用過或過期了。請向給您連結的承辦人要一個新的。"))
    if not photos:
        raise CannotAct(_("請至少選一張照片。"))
    for photo in photos:
        files.store(
            photo, name=getattr(photo, "name", "photo"), owner=case, caption=link.contractor,
            label=f"contractor:{link.pk}", by=None, at=at,
        )  # fmt: skip
    cases.add_event(
        case, "contractor_handed_in", by=None, at=at,
        payload={"link": link.pk, "photos": len(photos), "reason": remark.strip() or link.contractor}, public=False,
    )  # fmt: skip
    audit.record("petition.upload_link_used", case, by=None, at=at, new={"link": link.pk, "photos": len(photos)})
    todos.news(petition)
    link.refresh_from_db()
    return link
