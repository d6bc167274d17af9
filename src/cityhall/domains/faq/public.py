"""The door of the FAQ base for other domains."""

from .queries import Answer, Found, count, search
from .services import record_unanswered, record_use

__all__ = ["Answer", "Found", "count", "record_unanswered", "record_use", "search"]
