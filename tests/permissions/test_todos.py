"""What waits in the world waits for whom docs/to-dos.csv says, and is on the list of everybody who holds that seat."""

import pytest

from cityhall.engines.directory import queries as directory
from cityhall.engines.worklist import queries
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of
from tests.architecture.test_todos import listed

from .world import NOW, World

BESIDE_PETITIONS = {"tracking.answer", "projects.select"}
"""Of the kinds beside petitions, those that wait in this world."""


@pytest.mark.django_db
def test_everything_waits_for_whom_it_should(world: World) -> None:
    known = listed()
    waiting = list(Todo.objects.open().select_related("agency", "person__account"))

    wrong = {
        (todo.kind, todo.role or "PERSON")
        for todo in waiting
        if (todo.role if todo.person_id is None else "PERSON") not in known[todo.kind]["for"].split("|")
    }
    lost = set()
    for todo in {one.kind: one for one in waiting}.values():
        people = [todo.person] if todo.person else directory.who_holds(todo.role, todo.agency, on=day_of(NOW))
        accounts = [one.account for one in people if one.account]
        if accounts and not any(queries.waiting_for(one, NOW).filter(pk=todo.pk).exists() for one in accounts):
            lost.add(todo.kind)

    assert wrong == set()
    assert lost == set()
    assert BESIDE_PETITIONS - {todo.kind for todo in Todo.objects.all()} == set()
