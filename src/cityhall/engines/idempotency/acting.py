"""A page of one act: the form, a page between where the act weighs more, the act, and its answer. Once a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from cityhall.web.forms import Form

from .views import FIELD

Row = tuple[Any, Any]


def act_page(
    request: HttpRequest,
    *,
    form: Form,
    title: str,
    button: str,
    do: Callable[[dict[str, Any]], str],
    back: tuple[str, str],
    to: str,
    refused: type[Exception],
    lead: str = "",
    summary: Sequence[Row] = (),
    confirm: Callable[[dict[str, Any]], Mapping[str, Any]] | None = None,
    template: str = "idempotency/act.html",
) -> HttpResponse:
    """Show the form; check it; where the act weighs more, show what will happen and ask; do it and say so.

    `do` gets what was filled in and answers the sentence of success; a refusal of the act, an exception of the kind
    `refused`, comes back on the form with everything that was typed. `confirm` answers title, rows and the button of
    the page between. `template` extends `idempotency/act.html` where fields stand in groups.
    """
    status = 200
    if request.method == "POST" and "edit" not in request.POST:
        status = 422
        if form.is_valid():
            if confirm is not None and "confirmed" not in request.POST:
                asked = {"asked": confirm(form.cleaned_data), "sent": _sent(request), "back": back}
                return render(request, "idempotency/confirm.html", asked)
            try:
                sentence = do(form.cleaned_data)
            except refused as refusal:
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
    return render(request, template, context, status=status)


def _sent(request: HttpRequest) -> list[tuple[str, str]]:
    """What was sent, to be sent again with the confirmation."""
    return [
        (name, value)
        for name in request.POST
        if name not in {"csrfmiddlewaretoken", FIELD, "edit", "confirmed"}
        for value in request.POST.getlist(name)
    ]
