"""Whose request it is, with its type."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from .models import Account


def account_of(request: HttpRequest) -> Account:
    """The account that is signed in, on pages that only such an account opens (`web.access.requires`)."""
    return cast(Account, request.user)
