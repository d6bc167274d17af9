"""Answers that are nobody's own are given again while what they tell of has not changed.

Programs and maps ask for the same things again and again: a tile of the city's middle, the features of one box. A view that
knows whether its answer still holds says so on its response (`repeats`); the answer is then kept as it left the house, with
its headers, and whoever asks the same, without a cookie and without a key, gets it again. The view's `Again` is asked each
time: it counts the request, sees to limits, and says no where something has changed, so nothing old is ever given. Each
process keeps its own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import ResolverMatch

Again = Callable[[HttpRequest], bool]
"""Whether the answer still holds for this request; it counts the request where it does."""
Key = tuple[str, ...]

AGAIN = "again"
DOOR = "/ogc/"
MOST_BYTES = 32 * 2**20
LARGEST = 2**20
OWN = (
    "HTTP_COOKIE",
    "HTTP_AUTHORIZATION",
    "HTTP_X_API_KEY",
    "HTTP_RANGE",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
)
TELLING = (
    "wsgi.url_scheme", "HTTP_HOST", "HTTP_X_FORWARDED_PROTO", "PATH_INFO", "QUERY_STRING", "HTTP_ACCEPT",
    "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_ORIGIN",
)  # fmt: skip


def repeats(response: HttpResponseBase, again: Again) -> None:
    """Say of an answer to nobody in particular how it is found whether it still holds."""
    response.__dict__[AGAIN] = again


@dataclass(frozen=True)
class Known:
    """An answer as it left the house."""

    content: bytes
    headers: dict[str, str]
    again: Again
    match: ResolverMatch | None
    language: str

    @property
    def size(self) -> int:
        """Bytes in memory, headers and all, about."""
        return len(self.content) + 2_000


class Memory:
    """The answers that were asked for last, up to so many bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self._lock = threading.Lock()
        self._known: OrderedDict[Key, Known] = OrderedDict()

    def get(self, key: Key) -> Known | None:
        """The answer, which is now the one asked for last."""
        with self._lock:
            if (found := self._known.get(key)) is not None:
                self._known.move_to_end(key)
            return found

    def keep(self, key: Key, one: Known) -> None:
        """Keep an answer; those longest unasked for go when there is no room."""
        with self._lock:
            self._drop(key)
            self._known[key] = one
            self.bytes += one.size
            while self.bytes > self.most_bytes:
                self._drop(next(iter(self._known)))

    def drop(self, key: Key) -> None:
        """Forget an answer."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        if (gone := self._known.pop(key, None)) is not None:
            self.bytes -= gone.size


class AnswersMiddleware:
    """Outermost but one: gives again what can be, with a line in the log and a count as any other answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.memory = Memory()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = key_of(request)
        if key is None:
            return self.get_response(request)
        if (known := self.memory.get(key)) is not None:
            if _holds(known, request):
                return _given(known, request)
            self.memory.drop(key)
        response = self.get_response(request)
        again: Again | None = response.__dict__.get(AGAIN)
        if again is not None and isinstance(response, HttpResponse) and _can_be_kept(response):
            language = getattr(request, "language", "")
            headers = dict(response.items())
            self.memory.keep(key, Known(response.content, headers, again, request.resolver_match, language))
        return response


def key_of(request: HttpRequest) -> Key | None:
    """All of a request that its answer depends on; None where the answer may be somebody's own."""
    meta = request.META
    if request.method != "GET" or not request.path_info.startswith(DOOR) or any(meta.get(name) for name in OWN):
        return None
    return tuple(str(meta.get(name, "")) for name in TELLING)


def _holds(known: Known, request: HttpRequest) -> bool:
    try:
        return known.again(request)
    except DatabaseError:  # the view is asked, and whatever meets it there has its page
        return False


def _can_be_kept(response: HttpResponse) -> bool:
    return response.status_code == 200 and len(response.content) <= LARGEST and not response.cookies


def _given(known: Known, request: HttpRequest) -> HttpResponse:
    request.resolver_match = known.match
    request.__dict__["language"] = known.language
    return HttpResponse(known.content, headers=known.headers)
