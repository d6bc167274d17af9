"""A city with as many petitions as one likes: those that the product's own acts made, copied inside the database.

What is measured on it is reading: lists, pages, exports, the clocks' sweep. Everything that hangs on a petition is copied
with it (people, places, events, replies, clocks, to-dos), each row under a key of its own.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection
from django.db.models import ForeignKey, Max, Model

from cityhall.domains.petitions import models as petitions
from cityhall.domains.petitions.models import Petition
from cityhall.engines.cases import models as cases
from cityhall.engines.cases.models import Case
from cityhall.engines.deadlines.models import Clock
from cityhall.engines.worklist.models import Todo

GENERIC = {"object_id": "content_type_id", "subject_id": "subject_type_id"}


def models() -> list[type[Model]]:
    """The tables that are copied, each after those it points to."""
    return [
        cases.Requester, cases.Place, cases.Case, petitions.Petition, cases.Event, cases.Assignment, cases.Reply,
        cases.Rating, petitions.DispatchDecision, Clock, Todo,
    ]  # fmt: skip


def _unique(column: str) -> str:
    """A value that no other copy has."""
    if column.endswith('"number"'):
        return f"{column} || '-' || copies.n"
    if connection.vendor == "sqlite":
        return f"substr({column}, 1, 24) || printf('%08x', copies.n)"
    return f"(substr(replace({column}::text, '-', ''), 1, 24) || lpad(to_hex(copies.n), 8, '0'))::uuid"


def _columns(model: type[Model], steps: dict[type[Model], int]) -> Iterator[tuple[str, str]]:
    """Each column, and what a copy has in it."""
    kinds = _kinds(steps)
    for field in model._meta.concrete_fields:
        name = f"t.{connection.ops.quote_name(field.column)}"
        target = field.related_model if isinstance(field, ForeignKey) else model if field.primary_key else None
        if target in steps:
            yield field.column, f"{name} + copies.n * {steps[target]}"
        elif field.column in GENERIC:
            cases = " ".join(f"WHEN {kind} THEN {step}" for kind, step in kinds.items())
            yield field.column, f"{name} + copies.n * (CASE t.{GENERIC[field.column]} {cases} ELSE 0 END)"
        elif field.unique and field.column in {"number", "reference"}:
            yield field.column, _unique(name)
        else:
            yield field.column, name


def _kinds(steps: dict[type[Model], int]) -> dict[int, int]:
    """The step of each content type that is copied."""
    return {ContentType.objects.get_for_model(one).pk: step for one, step in steps.items()}


def _only_about(model: type[Model], steps: dict[type[Model], int]) -> str:
    """Rows about records that are not copied (a to-do about a listing) stay single."""
    kinds = ", ".join(map(str, _kinds(steps)))
    about = [kind for name, kind in GENERIC.items() if any(one.column == name for one in model._meta.concrete_fields)]
    return "".join(f" AND t.{kind} IN ({kinds})" for kind in about)


def _first_key_after(model: type[Model]) -> int:
    return (model._base_manager.aggregate(last=Max("pk"))["last"] or 0) + 1


def _steps(every: list[type[Model]]) -> dict[type[Model], int]:
    """How far the keys of a copy lie from those of the copy before; as they were before the first one."""
    kept = Path(settings.DATA_DIR) / "multiplied.json"
    if not kept.exists():
        kept.write_text(json.dumps({model._meta.label: _first_key_after(model) for model in every}))
    known = json.loads(kept.read_text())
    steps = {model: known[model._meta.label] for model in every}
    return steps | {Petition: steps[Case]}  # one key


def multiply(times: int) -> int:
    """Add so many copies of the petitions that there were at first; returns how many petitions there are then."""
    every = models()
    steps = _steps(every)
    first = max(-(-_first_key_after(model) // step) for model, step in steps.items())
    quote: Any = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET statement_timeout = 0")
        for model in every:
            table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
            columns = dict(_columns(model, steps))
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(map(quote, columns))})"
                f" WITH RECURSIVE copies(n) AS"
                f" (SELECT {first} UNION ALL SELECT n + 1 FROM copies WHERE n < {first + times - 1})"
                f" SELECT {', '.join(columns.values())} FROM {table} t, copies"
                f" WHERE t.{key} < {steps[model]}{_only_about(model, steps)}"
            )
        for statement in connection.ops.sequence_reset_sql(no_style(), every):
            cursor.execute(statement)
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    return Case.objects.count()
