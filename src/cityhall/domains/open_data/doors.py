"""What the doors of programs share: whose key a call brings, and that pages of other sites may read the answer."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from cityhall.engines.identity import keyless
from cityhall.engines.identity.clients import CannotUseKey, authenticate_key
from cityhall.web.access import public_to_programs

from .queries import SCOPE

View = Callable[..., HttpResponseBase]
ALLOWED = "Authorization, Content-Type, X-API-Key"


def reference_in(text: str) -> uuid.UUID | None:
    """The reference that a text is; None where it is none."""
    try:
        return uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def door(refused: Callable[[HttpRequest, CannotUseKey], HttpResponse], *methods: str) -> Callable[[View], View]:
    """A view that everybody may call, so often a minute; a key that comes along counts against its own quota and must be right."""

    def mark(view: View) -> View:
        @public_to_programs
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            answer: HttpResponseBase
            if request.method == "OPTIONS":
                answer = HttpResponse(status=204)
            elif request.method not in methods:
                answer = HttpResponse(status=405)
            else:
                try:
                    if authenticate_key(request, scope=SCOPE) is None:
                        keyless.admit(request)
                    answer = view(request, *args, **kwargs)
                except CannotUseKey as refusal:
                    answer = refused(request, refusal)
                    if refusal.retry_after is not None:
                        answer["Retry-After"] = str(refusal.retry_after)
            answer["Access-Control-Allow-Origin"] = "*"
            answer["Access-Control-Allow-Methods"] = answer["Allow"] = ", ".join((*methods, "OPTIONS"))
            answer["Access-Control-Allow-Headers"] = ALLOWED
            return answer

        return opened

    return mark
