"""The door of the FAQ base for other domains.

`find` answers everybody: the public search, the operator's desk, the bot and the API; `used` counts what was answered.
`ask` and `search_in` are for whoever must be able to replay an answer: they tell and take the versions that were searched.
"""

from .answering import Found, Hit, find, used
from .queries import Answer, ask, asked, count, most_asked, published, search, search_in, topic_label
from .services import record_unanswered, record_use

__all__ = [
    "Answer",
    "Found",
    "Hit",
    "ask",
    "asked",
    "count",
    "find",
    "most_asked",
    "published",
    "record_unanswered",
    "record_use",
    "search",
    "search_in",
    "topic_label",
    "used",
]
