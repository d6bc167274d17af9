"""What of the text service names an agency when another agency carries on its work."""

from __future__ import annotations

from datetime import date

from cityhall.engines.directory.models import Agency
from cityhall.engines.rules.queries import Parameter, history

AGENCY = "chat.agency"


def answering(agency: Agency, on: date) -> list[Parameter]:
    """The parameter that says whose operators answer, where it says this agency."""
    newest = history(AGENCY)[0]
    return [newest] if newest.value == agency.code else []
