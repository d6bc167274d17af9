"""What all tests share: the database to run on, a fixed clock, no network.

The settings module is named here and not in pyproject.toml: there pytest-django would read the settings before the
environment below is set, and tests would run on the developer's own data folder.
"""

import os
import tempfile

os.environ["DJANGO_SETTINGS_MODULE"] = "cityhall.project.settings"
# One for each worker: files lie by their digest, and what no row of one database names may be in use in another.
os.environ["CITYHALL_DATA_DIR"] = tempfile.mkdtemp(prefix="cityhall-test-")
os.environ.setdefault("CITYHALL_SECRET_KEY", "only-for-tests-" + "x" * 40)
if url := os.environ.get("CITYHALL_TEST_DATABASE_URL"):
    os.environ["CITYHALL_DATABASE_URL"] = url
else:
    os.environ.pop("CITYHALL_DATABASE_URL", None)

from collections.abc import Iterator
from pathlib import Path

import django
import hypothesis
import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

django.setup()

# No test depends on how quick the machine is: a busy one is no failure.
hypothesis.settings.register_profile("cityhall", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("cityhall")


LONGEST = ("test_every_page.py", "test_older.py", "test_migrations.py", "test_backup.py", "test_tutorial.py")
"""Files that take minutes: begun first, so that no worker is left with one when the others are done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    turn = {name: n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: turn.get(item.path.name, len(turn)))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of shared test data; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("CITYHALL_SHARED", Path(__file__).resolve().parent.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("the shared test data is absent: set CITYHALL_SHARED")
    return folder


@pytest.fixture(autouse=True, scope="session")
def audit_trail_may_be_emptied_after_a_test() -> Iterator[None]:
    """Tests with real transactions empty all tables afterwards; the audit trail's triggers refuse that in use."""
    from cityhall.engines.audit import guards

    def empty(self: TransactionTestCase) -> None:
        with guards.lifted():
            original(self)

    original = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = empty
    yield
    TransactionTestCase._fixture_teardown = original


@pytest.fixture(autouse=True, scope="session")
def kinds_of_records_keep_their_numbers() -> Iterator[None]:
    """Emptying all tables gives every content type a higher number each time; the ids of the search index have room for
    those of a city, not for those of a hundred emptied ones.
    """
    from django.contrib.contenttypes.models import ContentType
    from django.core.management.commands import flush

    def all_but_kinds(
        style: object, connection: BaseDatabaseWrapper, reset_sequences: bool = True, allow_cascade: bool = False
    ) -> list[str]:
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        kept = [table for table in tables if table != ContentType._meta.db_table]
        return connection.ops.sql_flush(style, kept, reset_sequences=reset_sequences, allow_cascade=allow_cascade)

    original, flush.sql_flush = flush.sql_flush, all_but_kinds
    yield
    flush.sql_flush = original


@pytest.fixture(autouse=True, scope="session")
def static_files_are_looked_at_once() -> Iterator[None]:
    """Each test client makes its middleware anew; looking at every static file for each takes longer than the tests."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    known: dict[tuple[str, str], dict[str, object]] = {}

    def look(self: WhiteNoiseMiddleware, root: str, prefix: str) -> None:
        if (root, prefix) not in known:
            own, self.files = self.files, {}
            original(self, root, prefix)
            known[root, prefix], self.files = self.files, own
        self.files.update(known[root, prefix])

    original = WhiteNoiseMiddleware.update_files_dictionary
    WhiteNoiseMiddleware.update_files_dictionary = look
    yield
    WhiteNoiseMiddleware.update_files_dictionary = original


@pytest.fixture(autouse=True)
def own_settings():
    """Each test begins without another test's calendar, parameters, rules, language and anchors of the audit trail."""
    from django.conf import settings
    from django.contrib.contenttypes.models import ContentType
    from django.utils import translation

    from cityhall.engines.audit.services import anchor_file
    from cityhall.foundation.unit import Setting
    from cityhall.web.kept import Kept

    for remembered in (*Setting.everything, *Kept.everything):
        remembered.forget()
    # Tests with real transactions empty the table of content types; its numbers are kept in memory.
    ContentType.objects.clear_cache()
    # What a day's work anchored is the end of a chain that is gone.
    anchor_file().unlink(missing_ok=True)
    # A request leaves its language behind for the next address that a test builds.
    translation.activate(settings.LANGUAGE_CODE)
