"""Acts: keep the print of a record's text, forget it, make what is missing."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from cityhall.foundation.unit import Appendix, act, gives_keys, written_in_bulk

from .grams import grams, packed
from .models import Print

CHUNK = 1_000


def _write(rows: list[Print]) -> None:
    """A record that is printed twice in one act is written once; an older print of it goes."""
    newest = {(row.subject_type_id, row.subject_id): row for row in rows}
    for kind in {kind for kind, _subject in newest}:
        subjects = [subject for of, subject in newest if of == kind]
        for at in range(0, len(subjects), CHUNK):
            Print.objects.filter(subject_type=kind, subject_id__in=subjects[at : at + CHUNK]).delete()
    Print.objects.bulk_create(newest.values(), batch_size=CHUNK)


_prints: Appendix[Print] = Appendix(Print._meta.db_table, _write)


_write_new = written_in_bulk(Print)


def _write_first(rows: list[Print]) -> None:
    """Write prints of new records; where nobody else writes, none is there already."""
    if gives_keys():
        _write_new(rows)
    else:
        Print.objects.bulk_create(rows, batch_size=CHUNK, ignore_conflicts=True)


_first_prints: Appendix[Print] = Appendix(Print._meta.db_table, _write_first)


def _print(subject: Model, text: str, day: date) -> Print:
    found = grams(text)
    return Print(
        subject_type_id=ContentType.objects.get_for_model(type(subject)).pk,
        subject_id=subject.pk,
        day=day,
        stamp=secrets.randbits(62),
        sketch=found.sketch.astype("<u4").tobytes(),
        grams=packed(found),
    )


@act
def index(subject: Model, text: str, *, day: date) -> None:
    """Let others find the record by its text from now on, in the same transaction as the change that it tells of."""
    _prints.append(_print(subject, text, day))


@act
def index_new(subject: Model, text: str, *, day: date) -> None:
    """The same for a record that cannot have a print yet: one statement less."""
    _first_prints.append(_print(subject, text, day))


@act
def index_many(texts: Iterable[tuple[Model, str]], *, day: date) -> int:
    """The same for many records, in one act."""
    rows = [_print(subject, text, day) for subject, text in texts]
    _write(rows)
    return len(rows)


@act
def forget(subject: Model) -> None:
    """Take a record out."""
    kind = ContentType.objects.get_for_model(type(subject)).pk
    Print.objects.filter(subject_type=kind, subject_id=subject.pk).delete()


def missing(model: type[Model], subjects: Sequence[int]) -> list[int]:
    """Those of the records that have no print yet."""
    kind = ContentType.objects.get_for_model(model).pk
    there = set(Print.objects.filter(subject_type=kind, subject_id__in=subjects).values_list("subject_id", flat=True))
    return [one for one in subjects if one not in there]


def forget_old(model: type[Model], *, before: date, chunk: int = 5_000) -> int:
    """Take out what is too old to be asked for, so that the index stays as large as it must be."""
    kind = ContentType.objects.get_for_model(model).pk
    gone = 0
    while keys := list(Print.objects.filter(subject_type=kind, day__lt=before).values_list("pk", flat=True)[:chunk]):
        gone += Print.objects.filter(pk__in=keys).delete()[0]
    return gone
