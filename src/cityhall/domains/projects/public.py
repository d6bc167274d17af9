"""The door of controlled projects for other domains."""

from .explaining import why
from .models import Candidacy, Project, ProjectQuerySet
from .profiles import PROFILES, Facet, Profile
from .queries import CONTROL, READ, REPORT, Moment, Position, may, moment, positions, with_plan, within_rights
from .services import propose, select
from .states import Decision, EndKind

__all__ = [
    "CONTROL",
    "PROFILES",
    "READ",
    "REPORT",
    "Candidacy",
    "Decision",
    "EndKind",
    "Facet",
    "Moment",
    "Position",
    "Profile",
    "Project",
    "ProjectQuerySet",
    "may",
    "moment",
    "positions",
    "propose",
    "select",
    "why",
    "with_plan",
    "within_rights",
]
