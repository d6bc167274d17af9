"""What all tests share: the database to run on, a fixed clock, no network."""

import os
import tempfile

os.environ.setdefault("CITYHALL_DATA_DIR", tempfile.mkdtemp(prefix="cityhall-test-"))
os.environ.setdefault("CITYHALL_SECRET_KEY", "only-for-tests-" + "x" * 40)
if url := os.environ.get("CITYHALL_TEST_DATABASE_URL"):
    os.environ["CITYHALL_DATABASE_URL"] = url
else:
    os.environ.pop("CITYHALL_DATABASE_URL", None)

from pathlib import Path  # noqa: E402

import pytest  # noqa: E402


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of shared test data; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("CITYHALL_SHARED", Path(__file__).resolve().parent.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("the shared test data is absent: set CITYHALL_SHARED")
    return folder
