"""Acts: put a record's text into the index, take it out, make the index anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_delete

from cityhall.engines.textsearch import ids, rules
from cityhall.engines.textsearch.indexes import index_in_use

TextOf = Callable[[Any], str]

_registered: dict[type[Model], TextOf] = {}
CHUNK = 200


class NotRegistered(LookupError):
    """The kind of record was never declared to the search."""


def register(model: type[Model], *, text_of: TextOf) -> None:
    """Declare a kind of record to the search, once, when its app starts; its primary key is a whole number.

    `text_of` says what a record is found by; a rebuild asks it. A deleted record is forgotten by itself.
    """
    _registered[model] = text_of
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


@transaction.atomic
def index(subject: Model, text: str) -> None:
    """Make the record found by this text from now on, in the same transaction as the change that it tells of."""
    within = ids.range_of(subject.pk, kind_of(type(subject)))
    pieces = rules.parts(rules.fold(text))
    if len(pieces) > ids.MOST_PARTS:
        raise ValueError("the text is too long to be indexed")
    chosen = index_in_use()
    chosen.drop(within)
    chosen.put([(within.first + number, piece) for number, piece in enumerate(pieces)])


@transaction.atomic
def forget(subject: Model) -> None:
    """Take a record out of the search."""
    index_in_use().drop(ids.range_of(subject.pk, kind_of(type(subject))))


def _forget_deleted(sender: type[Model], instance: Model, **_signal: Any) -> None:
    forget(instance)


def rebuild() -> Iterator[tuple[type[Model], int]]:
    """Empty the index and fill it from the records; yields how many of a kind are done, after every chunk.

    Each chunk is a transaction of its own, so that others can write in between; until the end a search finds less.
    """
    with transaction.atomic():
        index_in_use().clear()
    for model, text_of in _registered.items():
        done, last = 0, 0
        while True:
            with transaction.atomic():
                records = list(model._default_manager.filter(pk__gt=last).order_by("pk")[:CHUNK])
                for record in records:
                    index(record, text_of(record))
            if not records:
                break
            done, last = done + len(records), records[-1].pk
            yield model, done
