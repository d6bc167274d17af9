"""Pages of lists that may be very long."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core import paginator

MOST = 10_000

if TYPE_CHECKING:
    _Paginator = paginator.Paginator[Any]
else:
    _Paginator = paginator.Paginator


class LongPaginator(_Paginator):
    """Counts `MOST` rows and no more: nobody turns two hundred pages, but counting a million rows keeps everybody waiting.

    For query sets. `more` says that there are more rows; whoever looks for those narrows the list.
    """

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: MOST + 1].count())

    @property
    def more(self) -> bool:
        """Whether there are more than are counted."""
        return self._counted > MOST

    @cached_property
    def count(self) -> int:
        """How many rows can be turned to."""
        return min(self._counted, MOST)
