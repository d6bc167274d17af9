"""Kinds of promises that only these tests keep."""

from collections.abc import Callable, Iterator

import pytest

from cityhall.engines.outbox import registry


@pytest.fixture
def keep() -> Iterator[Callable]:
    """Declare a handler for the length of one test: `keep("kind", handler, retry=(…))`."""
    keepers, rhythms = dict(registry.keepers), dict(registry.rhythms)
    yield lambda kind, handler, **options: registry.keeps(kind, **options)(handler)
    registry.keepers.clear()
    registry.keepers.update(keepers)
    registry.rhythms.clear()
    registry.rhythms.update(rhythms)
