"""The door of the FAQ base for other domains.

`find` answers everybody: the public search, the operator's desk, the bot and the API; `used` counts what was answered.
"""

from .answering import Found, Hit, find, used
from .queries import Answer, count, published, search
from .services import record_unanswered, record_use

__all__ = ["Answer", "Found", "Hit", "count", "find", "published", "record_unanswered", "record_use", "search", "used"]
