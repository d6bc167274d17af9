"""How grants look: `{% load grants %}`."""

from __future__ import annotations

from django import template

from ..models import Need, Proposal
from ..states import NeedState, ProposalState

register = template.Library()
NEEDS = {NeedState.SUBMITTED: "amber", NeedState.DECLINED: "grey"}
PROPOSALS = {ProposalState.SUBMITTED: "amber", ProposalState.SELECTED: "blue", ProposalState.REJECTED: "grey"}


@register.filter
def need_tone(need: Need) -> str:
    """The colour of a need's tag; its word says the same."""
    return NEEDS.get(NeedState(need.state), "")


@register.filter
def proposal_tone(row: Proposal) -> str:
    """The colour of a proposal's tag; its word says the same."""
    return PROPOSALS.get(ProposalState(row.state), "")
