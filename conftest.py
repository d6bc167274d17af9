"""What all tests share: the database to run on, a fixed clock, no network.

The settings module is named here and not in pyproject.toml: there pytest-django would read the settings before the
environment below is set, and tests would run on the developer's own data folder.
"""

import os

from tests.support.folders import own_folder

os.environ["DJANGO_SETTINGS_MODULE"] = "cityhall.project.settings"
# One for each worker: files lie by their digest, and what no row of one database names may be in use in another.
os.environ["CITYHALL_DATA_DIR"] = own_folder()
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
from django.test import TransactionTestCase

django.setup()

# No test depends on how quick the machine is: a busy one is no failure.
hypothesis.settings.register_profile("cityhall", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("cityhall")


def pytest_xdist_setupnodes() -> None:
    """Workers are to name the settings themselves: with a name in what they inherit, pytest-django reads the settings before
    the lines above have run there, and all workers share the first process's folder."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


LONGEST = ("test_every_page.py", "test_older.py", "test_migrations.py", "test_backup.py", "test_tutorial.py")
"""Files that take minutes: begun first, so that no worker is left with one when the others are done."""


ASKING = {"db", "transactional_db", "django_db_setup", "databases"}
SERVED = ("tests/faults", "tests/backup", "tests/served")
"""Folders of tests with databases of their own."""


def asks_a_database(item: pytest.Item) -> bool:
    """Whether a test says something about the database that it runs on."""
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or fixtures & ASKING) or item.nodeid.startswith(SERVED)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("CITYHALL_TEST_DATABASE_URL"):  # what asks no database was asked on SQLite
        left = [item for item in items if not asks_a_database(item)]
        items[:] = [item for item in items if asks_a_database(item)]
        config.hook.pytest_deselected(items=left)
    turn = {name: n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: turn.get(item.path.name, len(turn)))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of shared test data; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("CITYHALL_SHARED", Path(__file__).resolve().parent.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("the shared test data is absent: set CITYHALL_SHARED")
    return folder


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The test database is there before Django makes one: see below."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A copy of a migrated database: see tests/support/migrated.py."""
    from django.db import connection
    from tests.support import migrated

    name = connection.creation._get_test_db_name()
    if connection.vendor == "sqlite":
        migrated.sqlite_file(Path(name))
    else:
        migrated.postgres_database(os.environ["CITYHALL_TEST_DATABASE_URL"], name)


@pytest.fixture(autouse=True, scope="session")
def databases_are_emptied_quickly() -> Iterator[None]:
    """After a test with real transactions: see tests/support/emptying.py."""
    from tests.support import emptying

    def empty(self: TransactionTestCase) -> None:
        for alias in self._databases_names(include_mirrors=False):
            emptying.empty(alias)

    original = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = empty
    yield
    TransactionTestCase._fixture_teardown = original


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
    """Each test begins without another test's calendar, parameters, rules, indexes, language and anchors of the trail."""
    from django.conf import settings
    from django.contrib.contenttypes.models import ContentType
    from django.utils import translation

    from cityhall.engines.audit.services import anchor_file
    from cityhall.engines.retrieval.keeping import Kept as KeptIndex
    from cityhall.foundation.unit import Setting
    from cityhall.web.kept import Kept

    for remembered in (*Setting.everything, *Kept.everything, *KeptIndex.everything):
        remembered.forget()
    # Tests with real transactions empty the table of content types; its numbers are kept in memory.
    ContentType.objects.clear_cache()
    # What a day's work anchored is the end of a chain that is gone.
    anchor_file().unlink(missing_ok=True)
    # A request leaves its language behind for the next address that a test builds.
    translation.activate(settings.LANGUAGE_CODE)
