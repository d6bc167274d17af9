"""The world, made once for this folder's modules; what a test does to it is undone."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from .world import NOW, World, make_world


@pytest.fixture(scope="package")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Real records and people."""
    patch = pytest.MonkeyPatch()
    patch.setattr("django.utils.timezone.now", lambda: NOW)
    # Drawing takes a while; whether it is drawn is what is asked here.
    patch.setattr("cityhall.domains.petitions.papers.sheet", lambda petition, *, at: b"%PDF-1.7")
    with django_db_blocker.unblock():
        outermost = transaction.atomic()
        outermost._from_testcase = True
        with outermost:
            yield make_world()
            transaction.set_rollback(True)
    patch.undo()
