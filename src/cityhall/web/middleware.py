"""What happens around every request: an id, headers that protect, one log line, counters, and error pages."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation

from cityhall.web import errors, health
from cityhall.web.context import language
from cityhall.web.logs import current_request_id

ID_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that can be misheard as another on the telephone

HEADERS = {
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

MACHINES = ("/api/", "/open311/", "/ogc/")  # addresses without a language: there Accept-Language decides

log = logging.getLogger("cityhall.request")


def new_id() -> str:
    """A code that a caller can read out: 7F3K-92QD."""
    code = "".join(secrets.choice(ID_LETTERS) for _ in range(8))
    return f"{code[:4]}-{code[4:]}"


class RequestMiddleware:
    """Outermost: gives the request its id and language, then logs and counts the answer.

    It comes first in MIDDLEWARE, so that the line is written whatever the others do.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request.id = new_id()  # type: ignore[attr-defined]
        token = current_request_id.set(request.id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            self._record(request, response, time.perf_counter() - started)
            return response
        finally:
            current_request_id.reset(token)

    @staticmethod
    def _record(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        route = route_of(request)
        health.count_request(request.method or "", route, response.status_code, seconds)
        user = getattr(request, "user", None)
        account = getattr(user, "pk", None) if user is not None and user.is_authenticated else None
        log.log(
            logging.ERROR if response.status_code >= 500 else logging.INFO,
            "request",
            extra={
                "method": request.method,
                "route": route,
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
                "account": account,
                "language": getattr(request, "language", ""),
            },
        )


class PageMiddleware:
    """Innermost but one: knows the language, and turns refusals and bare answers into pages.

    It comes after LocaleMiddleware, which took the language from the path: zh-TW has no prefix, English is /en/.
    Programs have one path for all languages and say theirs in Accept-Language.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(MACHINES):
            translation.activate(translation.get_language_from_request(request))
        request.language = language()  # type: ignore[attr-defined]
        response = self.get_response(request)
        bare = isinstance(response, HttpResponse) and (not response.content or request.path_info.startswith("/api/"))
        if response.status_code == 405 and bare:
            page = errors.page(request, 405)
            page["Allow"] = response.get("Allow", "")
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Give the pages for "too many" and "not now"; everything else goes on to Django's handlers."""
        if isinstance(exception, errors.TooMany):
            return errors.page(request, 429, sentence=exception.sentence, retry_after=exception.retry_after)
        if isinstance(exception, errors.Unavailable):
            return errors.page(request, 503, sentence=exception.sentence, retry_after=exception.retry_after)
        return errors.not_now(request, exception)


def route_of(request: HttpRequest) -> str:
    """The route's name or pattern, never the path: `petitions:follow`, not the number in it."""
    match = request.resolver_match
    if match is None:
        return "unmatched"
    return match.view_name or match.route
