"""Questions: which records a query finds, and where its words stand in a text."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from cityhall.engines.textsearch import rules
from cityhall.engines.textsearch.indexes import index_in_use
from cityhall.engines.textsearch.models import Document
from cityhall.engines.textsearch.services import kind_of

M = TypeVar("M", bound=Model)


def matching(
    queryset: QuerySet[M], query: str, *, as_keys: bool = False, kind: type[Model] | None = None
) -> QuerySet[M]:
    """The records in which every word of the query stands; a query without a word leaves all.

    `kind` is what was indexed, where the rows are others with the same key (a petition has its case's).

    It becomes a part of the caller's own SQL, so permissions, order and paging hold for the one statement. Order by
    something that has an index and is the same everywhere, and last by the primary key. With `as_keys` it is a set of keys
    inside another condition, which has no order that could lead.
    """
    words = rules.words(query)
    if not words:
        return queryset
    number, chosen = kind_of(kind or queryset.model), index_in_use()
    for word in words:
        queryset = queryset.filter(chosen.holds(word, number, as_keys=as_keys))
    return queryset


def highlight(text: str, query: str) -> list[rules.Span]:
    """Where the words of the query stand in a text as it was written."""
    return rules.spans(text, query)


def needs_rebuild() -> bool:
    """Whether the index was written by a version of the program that cut texts in another way."""
    version: Any = Document.objects.order_by("id").values_list("version", flat=True).first()
    return version is not None and version != rules.VERSION
