"""The door of the hotline for other domains."""

from .aftercall import interviewed
from .models import Call
from .notices import address_of_new
from .passed_on import declare_reviewed
from .queries import ANNOUNCE, limits, tally
from .states import Outcome

__all__ = ["ANNOUNCE", "Call", "Outcome", "address_of_new", "declare_reviewed", "interviewed", "limits", "tally"]
