"""Calls that schemathesis makes up from the OpenAPI document: no 500, and no answer that the document does not know.

Every operation as a stranger and with a key that may do everything; operations that ask for a key also with keys that may
less, with one that was revoked, and with what is no key.
"""

import json
import warnings
from datetime import timedelta

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client as Browser
from hypothesis import HealthCheck, Phase, given, settings

from cityhall.domains.petitions.tests.city import NINE, file, make_city, opened
from cityhall.engines.identity.clients import Quota, create_client, revoke_client, scopes
from cityhall.engines.identity.models import Account, Client
from cityhall.project.urls import api
from cityhall.project.wsgi import application

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what it and its parts say of themselves at import
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

DOCUMENT = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), default=str))
OPERATIONS = [(method.upper(), path) for path, found in DOCUMENT["paths"].items() for method in found]
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
NOW = NINE + timedelta(hours=1)
SCOPES = {
    "everything": sorted(scopes), "vouching": ["petitions.write", "petitions.vouch"], "writing": ["petitions.write"],
    "elsewhere": ["open311.write"], "nothing": [], "revoked": sorted(scopes),
}  # fmt: skip
EXAMPLES = {
    "everything": 14,
    "vouching": 8,
    "writing": 8,
    "none": 3,
    "elsewhere": 2,
    "nothing": 2,
    "revoked": 2,
    "wrong": 2,
}
CALLS = [
    (method, path, key)
    for method, path in OPERATIONS
    for key in (EXAMPLES if DOCUMENT["paths"][path][method.lower()].get("security") else ("everything", "none"))
]


@pytest.fixture
def city(db, monkeypatch):
    """A city with a petition, one that waits, and a key that may write and never runs out; e-mail as usual."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    for signal in (request_started, request_finished):  # a real server closes connections; a test's transaction may not
        signal.disconnect(close_old_connections)
    make_city()
    opened()
    file()
    keys = {name: made(name, scopes) for name, scopes in SCOPES.items()}
    revoke_client(Client.objects.get(name="revoked"), by=Account.objects.get(client__name="revoked"), at=NINE)
    yield {**keys, "none": None, "wrong": "ch_00000000_wrong"}
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def made(name, scopes):
    return create_client(name=name, scopes=scopes, quota=Quota(10**6, 10**6), by=None, at=NINE)[1]


@pytest.fixture
def schema():
    found = schemathesis.openapi.from_dict(DOCUMENT)
    found.app = application
    found.location = "/api/v1/openapi.json"
    return found


@pytest.mark.django_db
def test_the_document_is_the_one_that_is_served():
    assert Browser().get("/api/v1/openapi.json").json() == DOCUMENT
    assert {path.split("/")[3] for _method, path in OPERATIONS} >= {"petitions", "categories", "figures"}


@pytest.mark.parametrize(("method", "path", "key"), CALLS)
def test_answers_as_documented(city, schema, method, path, key):
    headers = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {city[key]}"} if city[key] else {})}
    operation = schema[path][method]

    @settings(
        max_examples=EXAMPLES[key], derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate],
        database=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def calls(case):
        case.headers.pop("Authorization", None) if case.headers else None
        # The test transport does not unpack what is compressed on the way.
        response = case.call(headers={**headers, "Accept-Encoding": "identity"})
        case.validate_response(response, checks=CHECKS)

    calls()
