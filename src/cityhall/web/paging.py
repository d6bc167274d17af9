"""Pages of lists that may be very long."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core import paginator

MOST = 10_000
MOST_BY_WORDS = 2_000
"""Of what was searched by words, which cost the more the further they are counted: whoever searches adds another word."""

if TYPE_CHECKING:
    _Paginator = paginator.Paginator[Any]
else:
    _Paginator = paginator.Paginator


class LongPaginator(_Paginator):
    """Counts `MOST` rows and no more: nobody turns two hundred pages, but counting a million rows keeps everybody waiting.

    For query sets. `more` says that there are more rows; whoever looks for those narrows the list.
    """

    def __init__(self, *args: Any, by_words: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = MOST_BY_WORDS if by_words else MOST

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: self.most + 1].count())

    @property
    def more(self) -> bool:
        """Whether there are more than are counted."""
        return self._counted > self.most

    @cached_property
    def count(self) -> int:
        """How many rows can be turned to."""
        return min(self._counted, self.most)
