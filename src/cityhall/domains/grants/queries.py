"""Questions about grants: who sees which, what a call waits for, who is judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Q, QuerySet

from cityhall.domains.projects.public import READ, REPORT
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.engines.scoring.registry import Given
from cityhall.foundation.clock import day_of

from . import rules
from .models import Call, Proposal
from .rules import Stage
from .states import ProposalState

REVIEW = "grants.review"


def within_rights(account: Account | None, at: datetime) -> Q:
    """The needs that an officer may read: the commission all, an agency its own."""
    reach = directory.reach(account, READ, at)
    return Q() if reach.everywhere else Q(agency__in=reach.agencies)


def agencies_of(account: Account | None, at: datetime, *, everywhere: bool) -> QuerySet[Agency]:
    """The agencies for which somebody may put a need forward."""
    rows = Agency.objects.as_of(day_of(at)).order_by("order", "code")
    reach = directory.reach(account, REPORT, at)
    return rows if everywhere else rows.filter(Q(pk__in=reach.agencies) | Q(units__in=reach.units)).distinct()


def stage(call: Call, today: date) -> Stage:
    """What a call waits for."""
    return rules.stage(
        today, needs_until=call.needs_until, proposals_until=call.proposals_until, begun=call.review_id is not None,
        closed=call.review is not None and call.review.closed_on is not None,
    )  # fmt: skip


def candidates(year: int) -> Sequence[Given]:
    """The proposals that judges score, of a year's call."""
    rows = Proposal.objects.filter(need__call__year=year, state=ProposalState.SUBMITTED)
    return [
        Given(one, one.need.agency, one.title)
        for one in rows.select_related("need__agency").order_by("need__n", "n")
    ]  # fmt: skip
