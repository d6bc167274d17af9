"""What acts on projects refuse. What the engine refuses is a refusal of the same kind."""

from cityhall.engines.milestones.refusals import CannotControl


class CannotList(CannotControl):
    """The step with a proposal or an application is not possible; the sentence says why."""
