"""Calls that schemathesis makes up from the OpenAPI document of the spatial service: no 500, and no answer that the document
does not know; of layers that nobody has, and of one that is there.
"""

import json
import warnings

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings

from cityhall.domains.spatial import documents
from cityhall.domains.spatial.tests import city as cities
from cityhall.domains.spatial.tests.city import NINE, make_city
from cityhall.project.wsgi import application

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what it and its parts say of themselves at import
    import schemathesis
    from schemathesis.specs.openapi import checks

CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
THERE = {
    "collectionId": "villages", "featureId": "v1", "tileMatrix": "12", "tileRow": "1754", "tileCol": "3427",
    "tileMatrixSetId": "WebMercatorQuad",
}  # fmt: skip


def document():
    """The service's document with whole addresses."""
    found = json.loads(json.dumps(documents.openapi("/ogc"), default=str))
    found["paths"] = {f"/ogc{path}": one for path, one in found["paths"].items()}
    del found["servers"]
    return found


OPERATIONS = [(method.upper(), path) for path, one in document()["paths"].items() for method in one]


@pytest.fixture
def schema(db, monkeypatch, tmp_path, settings):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    settings.DATA_DIR = tmp_path
    for signal in (request_started, request_finished):  # a real server closes connections; a test's transaction may not
        signal.disconnect(close_old_connections)
    make_city()
    found = schemathesis.openapi.from_dict(document())
    found.app, found.location = application, "/ogc/api"
    yield found
    cities.clean()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("there", [False, True], ids=["anything", "there"])
def test_answers_as_documented(schema, there):
    for method, path in OPERATIONS:
        operation = schema[path][method]

        @settings(
            max_examples=6, derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate], database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def calls(case):
            if there and case.path_parameters:
                case.path_parameters |= {name: THERE[name] for name in case.path_parameters if name in THERE}
            response = case.call(headers={"Accept-Encoding": "identity"})
            case.validate_response(response, checks=CHECKS)
            assert response.status_code < 500 or (response.status_code, "retry-after" in response.headers) == (
                503,
                True,
            )

        calls()
