"""A database that takes no more writes, as a standby that was not promoted yet: reading goes on, writing is told to wait."""

import json
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client as Browser

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.tests.city import NINE, make_city, opened
from cityhall.engines.identity.clients import Quota, create_client

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

SWITCH = {
    "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
    "postgresql": ("SET default_transaction_read_only = on", "RESET default_transaction_read_only"),
}


@pytest.fixture
def key() -> str:
    make_city()
    opened()
    scopes = ["petitions.write", "petitions.vouch", "petitions.read"]
    return create_client(name="read only", scopes=scopes, quota=Quota(60, 1000), by=None, at=NINE)[1]


@pytest.fixture
def read_only(key: str) -> Iterator[str]:
    on, off = SWITCH[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(on)
    yield key
    with connection.cursor() as cursor:
        cursor.execute(off)


def test_writing_is_refused_for_now(read_only):
    body = json.dumps({"text": "中山路 200 號前路燈不亮三天了", "name": "王小明"})

    answer = Browser().post(
        "/api/v1/petitions", body, content_type="application/json", headers={"Authorization": f"Bearer {read_only}"}
    )

    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert answer["Content-Type"] == "application/problem+json"
    assert "暫時" in answer.json()["detail"]
    assert Petition.objects.count() == 1


@pytest.mark.parametrize("page", ["/", "/petitions/around/", "/report/", "/healthz"])
def test_pages_are_still_read(read_only, page):
    assert Browser().get(page).status_code == 200
