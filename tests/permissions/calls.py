"""Calls as somebody, each undone."""

from __future__ import annotations

from collections import deque
from typing import Any

from django.db import transaction
from django.test import Client as Browser

from cityhall.domains.petitions.tests import city
from cityhall.engines.identity.models import Account

# A refusal as problem+json, and the record alone: quicker than whole pages.
QUICK = {"Accept": "application/json", "HX-Target": "record"}


def signed_in(account: Account) -> Browser:
    return city.signed_in(account, headers=QUICK)


def ask(browser: Browser, method: str, path: str, *args: Any, **more: Any) -> int:
    """The status of a call, which is undone."""
    point = transaction.savepoint()
    try:
        response = getattr(browser, method)(path, *args, **more)
        if response.streaming:
            deque(response.streaming_content, 0)  # to the end, which closes the file
        return response.status_code
    finally:
        transaction.savepoint_rollback(point)
