"""Migrations in a fraction of the time: for `cityhall migrate`, and for a backup that comes up to date.

Django makes models anew after every step of a migration: the changed one and all that are related to it, near and far. In
a system where nearly everything has an agency or a person that is nearly every model, nine hundred times. What most steps
do to the database asks for the changed model only; the others are made anew when a step comes that may ask for more.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, AlterField, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

Key = tuple[str, str]
NEAR = (CreateModel, AddField, AddConstraint, AddIndex)
"""What these do to the database asks for nothing but the model that they change, and for the tables it points to."""


@contextmanager
def quickly() -> Iterator[None]:
    """Python would look for old models hundreds of times, and Django would ask for each foreign key anew which setting
    names its model, having forgotten it with every model made; and see above.
    """
    seldom, usual = (100_000, 10, 10), gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*seldom)
    try:
        with (
            patch.object(apps, "get_swappable_settings_name", cache(apps.get_swappable_settings_name)),
            patch.object(ProjectState, "reload_model", _reload_near),
            patch.object(ProjectState, "reload_models", _reload_near_of_many),
            _everything_is_made_before_what_may_ask_for_it(),
        ):
            yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _reload_near(state: Any, app_label: str, model_name: str, delay: bool = False) -> None:
    """Make the model and what points to it anew; the rest is out of date from now on."""
    _reload_near_of_many(state, {(app_label, model_name)})


def _reload_near_of_many(state: Any, models: set[Key], delay: bool = True) -> None:
    if "apps" in state.__dict__:
        state.is_delayed = True
        state._reload(set(models) | {key for key, model in state.models.items() if _points_to(key, model, models)})


def _points_to(key: Key, model: Any, models: set[Key]) -> bool:
    bases = {resolve_relation(base, *key) for base in model.bases if isinstance(base, str)}
    fields = (field.remote_field for field in model.fields.values() if field.is_relation)
    others = {resolve_relation(one.model, *key) for one in fields if one and one.model}
    return bool((bases | others) & models)


@contextmanager
def _everything_is_made_before_what_may_ask_for_it() -> Iterator[None]:
    with ExitStack() as changed:
        for kind in {one for one in _all_kinds(Operation) if one not in NEAR}:
            for way in {"database_forwards", "database_backwards"} & set(vars(kind)):
                changed.enter_context(patch.object(kind, way, _after_all(getattr(kind, way))))
        yield


def _all_kinds(kind: type[Operation]) -> Iterator[Any]:
    for one in kind.__subclasses__():
        yield one
        yield from _all_kinds(one)


def _after_all(step: Callable[..., None]) -> Callable[..., None]:
    def run(one: Any, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not (isinstance(one, AlterField) and not one.field.is_relation and not one.field.unique):
            for state in (from_state, to_state):
                state.clear_delayed_apps_cache()
                state.apps  # noqa: B018  # made now, in this order: new tables have their columns in that of making
        step(one, app_label, schema_editor, from_state, to_state)

    return run
