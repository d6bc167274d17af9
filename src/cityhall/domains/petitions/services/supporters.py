"""附議: "this is mine too". Told of the replies, counted, without a petition of their own; confirmed, and free to leave."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases import services as cases
from cityhall.engines.cases.contacts import one_form
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.identity import codes
from cityhall.engines.identity.models import Account
from cityhall.foundation.unit import act

from .. import neighbours
from ..models import Petition, Supporter
from ..reading import mobile
from . import letters

CODES = "petition.support"


class CannotSupport(CannotAct):
    """The petition takes no supporters, or the code is wrong."""


@act
def ask(petition: Petition, *, email: str, account: Account | None, language: str, at: datetime) -> Supporter:
    """Somebody says that it is their matter too. Whoever signed in with that mailbox is confirmed at once.

    Raises CannotSupport, and identity's refusal beyond the letters allowed.
    """
    case = cases.lock(petition.case)
    if case.is_ended or not neighbours.supportable().filter(pk=petition.pk).exists():
        raise CannotSupport(_("這件已經結束，或不能附議；請改為自己反映。"))
    email = email.strip().lower()
    found = petition.supporters.filter(email=email, left_at=None).first()
    supporter = found or Supporter.objects.create(
        petition=petition, email=email, account=account, language=language, asked_at=at
    )
    if account and account.email and account.email.lower() == email:
        return _confirmed(supporter, petition, by=account, at=at)
    code = codes.issue_code(CODES, email, str(supporter.reference), at=at)
    letters.support_code(supporter, code=code, main=petition, at=at)
    return supporter


@act
def at_desk(
    petition: Petition, *, email: str, phone: str, proved: str, language: str, by: Account, at: datetime
) -> Supporter:
    """Somebody at the telephone or the counter says that it is their matter too: by e-mail, else by their mobile.

    `proved`: how the desk made sure of them; without it the code goes to the mailbox. Raises CannotSupport.
    """
    email, number = email.strip().lower(), one_form(phone)
    if not email and not mobile(number):
        raise CannotSupport(_("附議的通知用電子郵件或手機簡訊；對方都沒有的話，請照常登錄成一件。"))
    if not proved:
        if not email:
            raise CannotSupport(_("只留手機的附議要當場念給對方確認；不能的話，請照常登錄成一件。"))
        return ask(petition, email=email, account=None, language=language, at=at)
    case = cases.lock(petition.case)
    if case.is_ended or not neighbours.supportable().filter(pk=petition.pk).exists():
        raise CannotSupport(_("這件已經結束，或不能附議；請照常登錄成一件。"))
    who = {"email": email} if email else {"phone": number}
    found = petition.supporters.filter(**who, left_at=None).first()
    supporter = found or Supporter.objects.create(petition=petition, **who, language=language, asked_at=at)
    return _confirmed(supporter, petition, by=by, at=at)


def confirm_by_code(supporter: Supporter, *, code: str, at: datetime) -> Supporter:
    """The 6 digits of the letter. Not atomic on purpose: a wrong try must be counted although the act is refused."""
    check = codes.check_code(CODES, supporter.email, code, str(supporter.reference), at=at)
    if not check:
        raise CannotSupport(str(check.sentence))
    return _confirm(supporter, at=at)


@act
def _confirm(supporter: Supporter, *, at: datetime) -> Supporter:
    petition = Petition.objects.select_related("case__requester").get(pk=supporter.petition_id)
    return _confirmed(supporter, petition, by=None, at=at)


def _confirmed(supporter: Supporter, petition: Petition, *, by: Account | None, at: datetime) -> Supporter:
    """Counted and told from now on; confirming twice is the same act."""
    case = cases.lock(petition.case)
    supporter = Supporter.objects.select_for_update(of=("self",)).get(pk=supporter.pk)
    if supporter.left_at:
        raise CannotSupport(_("您已經取消了；想再收到通知，請重新附議。"))
    if supporter.confirmed_at is None:
        supporter.confirmed_at = at
        supporter.save(update_fields=["confirmed_at"])
        _count(petition)
        cases.add_event(case, "supported", by=by, at=at, payload={"people": petition.followers}, public=False)
        audit.record("petition.supported", case, by=by, at=at, new={"people": petition.followers})
        letters.supporting(supporter, main=petition, at=at)
    return supporter


@act
def leave(supporter: Supporter, *, by: Account | None, at: datetime) -> Supporter:
    """They want no more news of it; leaving twice is the same act."""
    petition = Petition.objects.select_related("case").get(pk=supporter.petition_id)
    case = cases.lock(petition.case)
    supporter = Supporter.objects.select_for_update(of=("self",)).get(pk=supporter.pk)
    if supporter.left_at is None:
        supporter.left_at = at
        supporter.save(update_fields=["left_at"])
        _count(petition)
        cases.add_event(case, "support_ended", by=by, at=at, payload={"people": petition.followers}, public=False)
        audit.record("petition.support_ended", case, by=by, at=at, new={"people": petition.followers})
    return supporter


def _count(petition: Petition) -> None:
    """Whose matter it is: the reporter and the confirmed supporters."""
    petition.followers = 1 + petition.supporters.filter(left_at=None).exclude(confirmed_at=None).count()
    petition.save(update_fields=["followers"])


def forget_unconfirmed(*, before: datetime) -> int:
    """Addresses that nobody confirmed are not kept."""
    return Supporter.objects.filter(confirmed_at=None, asked_at__lt=before).delete()[0]
