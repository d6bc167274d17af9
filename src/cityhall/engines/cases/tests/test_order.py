"""Lists and searches show the newest cases first: the database reads them in that order and sorts nothing."""

import pytest
from django.db import connection

from cityhall.engines.cases.models import Case


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole, whatever its indexes")
def test_newest_first_is_read_from_an_index():
    plan = Case.objects.filter(confidential=False).order_by("-received_at", "-pk").explain()

    assert "case_newest_first" in plan
    assert "TEMP B-TREE" not in plan
