"""The five JSON Schemas of GeoReport v2, for tests: `conforms = pytest.fixture(schemas)`."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest


def schemas(shared_data: Path) -> Callable[[str, object], None]:
    """`conforms("requests.json", answer)`."""
    folder = shared_data / "schemas" / "georeport-v2"
    if not folder.is_dir():
        pytest.skip("the schemas of GeoReport v2 are absent")

    def check(name: str, answer: object) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the resolver that can follow a $ref to a file
            resolver = jsonschema.RefResolver(f"{folder.as_uri()}/", None)
            schema = json.loads((folder / name).read_text())
            checker = jsonschema.Draft4Validator.FORMAT_CHECKER
            jsonschema.Draft4Validator(schema, resolver=resolver, format_checker=checker).validate(answer)
        items = answer if isinstance(answer, list) else [answer]
        assert items
        assert all(isinstance(one, dict) for one in items)  # which the schemas forget to ask

    return check
