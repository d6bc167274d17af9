"""The door of petitions for other domains: file one, prove the sender, and how it stands."""

from __future__ import annotations

import uuid
from datetime import datetime

from cityhall.engines.cases.models import Case
from cityhall.engines.cases.services import CannotAct
from cityhall.web.dates import as_date, as_datetime

from .arrivals import Source, Thing, Things, declare_source, declare_things
from .callers import may_look, recent_by_keys
from .following import next_step, standing
from .lookup import followed_from
from .models import Petition
from .queries import public_by_village
from .services.dispatch import untold, when_placed
from .services.filing import Submission, Where, Who, confirm_by_code, file

__all__ = [
    "CannotAct",
    "Petition",
    "Source",
    "Submission",
    "Thing",
    "Things",
    "Where",
    "Who",
    "confirm_by_code",
    "declare_source",
    "declare_things",
    "file",
    "followed_from",
    "may_look",
    "next_step",
    "numbered",
    "of_reference",
    "public_by_village",
    "recent_by_keys",
    "standing",
    "untold",
    "when_placed",
    "stands",
]


def of_reference(reference: uuid.UUID) -> Petition | None:
    """The petition that was filed under a reference."""
    return Petition.objects.filter(case__reference=reference).select_related("case__requester").first()


def numbered(number: str) -> Petition | None:
    """The petition of that number."""
    return Petition.objects.filter(case__number=number).select_related("case").first()


def stands(case: Case, *, at: datetime) -> tuple[str, str]:
    """How a petition stands and what happens next, in the citizen's words."""
    petition = Petition.objects.select_related("case").get(case=case)
    then = next_step(petition, at=at)
    when = as_datetime(then.when) if isinstance(then.when, datetime) else as_date(then.when) if then.when else ""
    return str(standing(case).words), str(then.sentence).replace("{when}", when)
