"""What contacts declare to the engines and to the pages at start."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cityhall.domains.hotline import public as hotline
from cityhall.domains.petitions import public as petitions
from cityhall.engines.cases.models import Case
from cityhall.engines.directory import registry as directory
from cityhall.engines.identity.models import Account
from cityhall.engines.worklist import registry as worklist
from cityhall.engines.worklist.states import Part
from cityhall.web.navigation import desk_menu

from . import figure_rows, queries, services, transfers
from .models import ContactMoment


def _begin(reference: uuid.UUID, account: Account, at: datetime) -> Mapping[str, str] | None:
    """What the petition form is filled in with: what was noted so far. The number is asked: caller id is no proof."""
    contact = ContactMoment.objects.filter(reference=reference).first()
    return {"channel": "PHONE", "text": contact.note} if contact else None


def _filed(reference: uuid.UUID, case: Case, account: Account, at: datetime) -> str:
    contact = ContactMoment.objects.filter(reference=reference).first()
    if contact is None or contact.case_id is not None:
        return reverse("petitions:intake")
    services.link_case(contact, case, by=account, at=at)
    return f"{reverse('contacts:desk')}?contact={reference}"


def install() -> None:
    """Menu, to-do kinds, where petitions come from."""
    desk_menu.add(15, _("1999服務台"), "contacts:desk", "=", act=queries.DESK)
    desk_menu.add(61, _("1999接觸紀錄"), "contacts:contacts", "/desk/hotline/contacts/", act=queries.READ)
    worklist.kind(services.CALL_BACK, _("回電"), part=Part.HANDLE)
    desk_menu.add(17, _("話務戰情板"), "contacts:wallboard", "/desk/hotline/wallboard/", act=queries.SUPERVISE)
    desk_menu.add(61, _("1999轉接"), "contacts:transfers", "/desk/hotline/transfers/", act=queries.TRANSFERS)
    worklist.kind(transfers.IMPROVE, _("回復轉接未接通的改善"), part=Part.HANDLE)
    directory.names_agency_for_ever(
        {
            "contacts.Transfer.agency": _("轉接過的機關是當時的機關。"),
            "contacts.TransferLetter.agency": _("通知寄給當時的機關；還沒回復的，待辦隨承接機關移轉。"),
        }
    )
    worklist.kind(services.NUISANCE, _("複核騷擾電話"), part=Part.HANDLE)
    figure_rows.declare()
    hotline.declare_reviewed(queries.reviewed)
    petitions.declare_source("contact", petitions.Source(_begin, _filed))
