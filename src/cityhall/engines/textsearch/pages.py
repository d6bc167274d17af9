"""What the operations page knows of the search."""

from cityhall.engines.textsearch import queries
from cityhall.web import health


def current() -> health.Status:
    """Whether the index was made by this version of the program."""
    if queries.needs_rebuild():
        return health.Status.warn("run `cityhall search rebuild`: texts are cut in another way now")
    return health.Status.ok()


health.check("search", current)
