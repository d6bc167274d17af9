"""Keys of programs at our APIs: for django-ninja, and for views of protocols with forms of their own."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.security.http import HttpAuthBase

from cityhall.engines.identity.clients import CannotUseKey, authenticate_key, look_up_key
from cityhall.engines.identity.models import Client
from cityhall.web import errors
from cityhall.web.access import machine

View = Callable[..., HttpResponse]


class ClientKey(HttpAuthBase):
    """`auth=ClientKey("petitions.write")` of a ninja operation: a key whose client has the scope.

    `request.auth` and `request.client` are the client; acts are done `by=request.client.account`. A refusal raises
    CannotUseKey: `refuse_with_problems(api)` turns it into 401, 403 or 429. Without a key ninja answers 401.
    """

    openapi_scheme = "bearer"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Client | None:
        """The client of the call, or None without a key."""
        client = authenticate_key(request, scope=self.scope)
        request.client = client  # type: ignore[attr-defined]
        return client


def key_before(view: View) -> View:
    """Look the key up before what is inside begins its transaction: where one writes at a time, others wait for that one."""

    @wraps(view)
    def known(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        look_up_key(request)
        return view(request, *args, **kwargs)

    return known


def refuse_with_problems(api: NinjaAPI) -> None:
    """Answer refused keys as problem+json (RFC 9457), with Retry-After where one may come again."""

    @api.exception_handler(CannotUseKey)
    def refuse(request: HttpRequest, refusal: CannotUseKey) -> HttpResponse:
        return problem(request, refusal)


def problem(request: HttpRequest, refusal: CannotUseKey) -> HttpResponse:
    """A refused key as problem+json."""
    response = errors.problem(request, refusal.status, str(refusal.sentence))
    if refusal.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="CityHall"'
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    return response


def with_key(
    scope: str,
    *,
    parameter: str | None = None,
    required: bool = True,
    refused: Callable[[HttpRequest, CannotUseKey], HttpResponse] | None = None,
) -> Callable[[View], View]:
    """For a plain view: a key of this scope, marked `machine(scope)`; `request.client` is the client.

    `parameter` is where the protocol sends the key (Open311: `api_key`); `refused` gives the protocol's own error;
    with `required=False` a call without a key passes as nobody.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                client = authenticate_key(request, scope=scope, parameter=parameter)
                if client is None and required:
                    raise CannotUseKey.missing()
            except CannotUseKey as refusal:
                return refused(request, refusal) if refused else problem(request, refusal)
            request.client = client  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        return machine(scope)(guarded)

    return mark
