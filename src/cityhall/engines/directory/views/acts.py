"""What the directory's acting pages share: may they, the form, a confirmation, the act, the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from cityhall.web.forms import Form

from .. import queries, services
from ..models import Agency, Person, Unit

Row = tuple[Any, Any]


def must(request: HttpRequest, act: str, *, agency: Agency | None = None, unit: Unit | None = None) -> None:
    """Refuse with 403 unless the account may do the act there."""
    if not queries.may(request.user, act, agency=agency, unit=unit, on=timezone.now()):  # type: ignore[arg-type]
        raise PermissionDenied(act)


def must_for(request: HttpRequest, act: str, person: Person) -> None:
    """Refuse with 403 unless the account may do the act for the person, by any of the person's appointments."""
    if not queries.may_for(request.user, act, person, on=timezone.now()):  # type: ignore[arg-type]
        raise PermissionDenied(act)


def act_page(
    request: HttpRequest,
    *,
    form: Form,
    title: str,
    button: str,
    do: Callable[[dict[str, Any]], str],
    back: tuple[str, str],
    to: str,
    lead: str = "",
    summary: Sequence[Row] = (),
    confirm: Callable[[dict[str, Any]], Mapping[str, Any]] | None = None,
) -> HttpResponse:
    """Show the form; check it; where the act weighs more, show what will happen and ask; do it and say so.

    `do` gets what was filled in and answers the sentence of success; a refusal of the act comes back on the form with
    everything that was typed. `confirm` answers title, rows and the button of the page between.
    """
    status = 200
    if request.method == "POST" and "edit" not in request.POST:
        status = 422
        if form.is_valid():
            if confirm is not None and "confirmed" not in request.POST:
                asked = {"asked": confirm(form.cleaned_data), "sent": _sent(request), "back": back}
                return render(request, "directory/confirm.html", asked)
            try:
                sentence = do(form.cleaned_data)
            except services.CannotChangeDirectory as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, sentence)
                return HttpResponseRedirect(to)
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "button": button,
        "lead": lead,
        "summary": summary,
        "back": back,
        "multipart": form.is_multipart(),
    }
    return render(request, "directory/form.html", context, status=status)


def _sent(request: HttpRequest) -> list[tuple[str, str]]:
    """What was sent, to be sent again with the confirmation."""
    return [
        (name, value)
        for name in request.POST
        if name not in {"csrfmiddlewaretoken", "idempotency_key", "edit", "confirmed"}
        for value in request.POST.getlist(name)
    ]
