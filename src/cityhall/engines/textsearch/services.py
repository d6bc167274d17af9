"""Acts: put a record's text into the index, take it out, make the index anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete

from cityhall.engines.textsearch import ids
from cityhall.engines.textsearch.indexes import Text, index_in_use
from cityhall.foundation.unit import Appendix, act
from cityhall.foundation.workshop import LeftAside

TextOf = Callable[[Any], str]


@dataclass(frozen=True)
class Searched:
    """A kind of record that can be searched: what it is found by, and how a rebuild reads many of them at once."""

    text_of: TextOf
    records: Callable[[], QuerySet[Any]]


_registered: dict[type[Model], Searched] = {}
CHUNK = 500


class NotRegistered(LookupError):
    """The kind of record was never declared to the search."""


def register(model: type[Model], *, text_of: TextOf, records: Callable[[], QuerySet[Any]] | None = None) -> None:
    """Declare a kind of record to the search, once, when its app starts; its primary key is a whole number.

    `text_of` says what a record is found by, and `records` which ones with what they need beside them: a rebuild asks
    both. A deleted record is forgotten by itself.
    """
    _registered[model] = Searched(text_of, records or model._default_manager.all)
    post_delete.connect(_forget_deleted, sender=model, dispatch_uid=f"textsearch.{model._meta.label_lower}")


def registered() -> list[type[Model]]:
    """The kinds of record that can be searched."""
    return list(_registered)


def kind_of(model: type[Model]) -> int:
    """The number of a kind of record in the index. Raises NotRegistered."""
    concrete = model._meta.concrete_model or model
    if concrete not in _registered:
        raise NotRegistered(model._meta.label)
    return ContentType.objects.get_for_model(concrete).pk


@act
def index(subject: Model, text: str) -> None:
    """Make the record found by this text from now on, in the same transaction as the change that it tells of."""
    _texts.append((ids.first_id(kind_of(type(subject)), subject.pk), text))


def _write(texts: list[tuple[int, str]]) -> None:
    if _of_workshop.put(texts):
        return
    newest = dict(texts)  # a record that is indexed twice in one act is written once
    chosen = index_in_use()
    chosen.drop(list(newest))
    chosen.put([Text(first, text) for first, text in newest.items()])


def _take(texts: list[tuple[int, str]]) -> None:
    """Index the new records of a workshop: none of them was indexed before."""
    newest = {first: text for first, text in dict(texts).items() if text}
    index_in_use().put([Text(first, text) for first, text in newest.items()])


_of_workshop: LeftAside[tuple[int, str]] = LeftAside(_take)
_texts: Appendix[tuple[int, str]] = Appendix("textsearch_", _write)


@act
def forget(subject: Model) -> None:
    """Take a record out of the search."""
    first = ids.first_id(kind_of(type(subject)), subject.pk)
    if not _of_workshop.put([(first, "")]):
        index_in_use().drop([first])


def _forget_deleted(sender: type[Model], instance: Model, **_signal: Any) -> None:
    forget(instance)


def rebuild() -> Iterator[tuple[type[Model], int]]:
    """Empty the index and fill it from the records; yields how many of a kind are done, after every chunk.

    Each chunk is a transaction of its own, so that others can write in between; until the end a search finds less.
    """
    chosen = index_in_use()
    with transaction.atomic():
        chosen.clear()
    for model, searched in _registered.items():
        kind, done, last = kind_of(model), 0, -1
        while True:
            with transaction.atomic():
                records = list(searched.records().filter(pk__gt=last).order_by("pk")[:CHUNK])
                # Somebody may have written them since the index was emptied.
                chosen.drop([ids.first_id(kind, record.pk) for record in records])
                chosen.put([Text(ids.first_id(kind, record.pk), searched.text_of(record)) for record in records])
            if not records:
                break
            done, last = done + len(records), records[-1].pk
            yield model, done
