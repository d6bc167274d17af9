"""Tables of petitions; every change a dated row."""

from .catalogue import Category, CategoryQuerySet, CategoryQuestion, CategoryTerm, Dated, ReplyTemplate
from .dispatching import DispatchDecision, Label, ReplayDifference, Routing, RuleReplay, StaffRule, StaffWords
from .listings import Restriction, RestrictionAppeal, RestrictionKey, RestrictionQuerySet, RestrictionStep, SetAside
from .petitions import Alert, Draft, Extension, FollowUp, Petition, PetitionQuerySet, UploadLink

__all__ = [
    "Alert",
    "Category",
    "CategoryQuerySet",
    "CategoryQuestion",
    "CategoryTerm",
    "Dated",
    "DispatchDecision",
    "Draft",
    "Extension",
    "FollowUp",
    "Label",
    "Petition",
    "PetitionQuerySet",
    "ReplayDifference",
    "ReplyTemplate",
    "Restriction",
    "RestrictionAppeal",
    "RestrictionKey",
    "RestrictionQuerySet",
    "RestrictionStep",
    "Routing",
    "RuleReplay",
    "SetAside",
    "StaffRule",
    "StaffWords",
    "UploadLink",
]
