"""Bulk work waits as long as it takes, in its own transaction alone."""

import pytest
from django.db import connection, transaction

from cityhall.foundation.patience import no_limits


@pytest.mark.django_db(transaction=True)
def test_limits_are_lifted_until_the_transaction_ends():
    if connection.vendor != "postgresql":
        no_limits()
        return
    shown = []
    with connection.cursor() as cursor:
        for lift in (False, True, False):
            with transaction.atomic():
                if lift:
                    no_limits()
                cursor.execute("SHOW lock_timeout")
                shown.append(cursor.fetchone()[0])

    assert shown[1] == "0"
    assert shown[0] == shown[2] != "0"
