"""What anybody asks for by a form, at a mailbox of theirs: data, a showcase, a team's place, a seat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from cityhall.engines.subscriptions import views as subscriptions
from cityhall.engines.subscriptions.models import Subscription
from cityhall.web.context import language
from cityhall.web.forms import Form

from ..refusals import CannotCatalogue


def mailbox(request: HttpRequest) -> str:
    """The mailbox of whoever is signed in, to begin with."""
    return request.user.email if request.user.is_authenticated else ""


def answer(request: HttpRequest, form: Form, ask: Callable[..., Subscription], **page: Any) -> HttpResponse:
    """Ask for what a right form says, and on to the code of its mailbox; else the form, with what is wrong.

    `ask` is told who asks: `account`, `language`, `at`.
    """
    if request.method == "POST" and form.is_valid():
        account = request.user if request.user.is_authenticated else None
        try:
            asked = ask(account=account, language=language(), at=timezone.now())
        except (CannotCatalogue, *subscriptions.REFUSALS) as refusal:
            form.add_error(None, getattr(refusal, "sentence", str(refusal)))
        else:
            return subscriptions.after(request, asked)
    return shown(request, form, **page)


def shown(request: HttpRequest, form: Form, **page: Any) -> HttpResponse:
    """The form's page: `title`, `lead`, `button` and the way `back`."""
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "open_data/ask.html", {"form": form, **page}, status=status)
