"""Decorators that make a view happen once for each key: `form_once` for pages, `api_once` for programs.

@requires("petitions.dispatch")
@form_once
def dispatch(request, number): ...          # the form holds {% once %}

@router.post("/petitions", …)
@decorate_view(api_once)
def file_petition(request, …): ...          # the client sends Idempotency-Key
"""

import hashlib
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.idempotency import rules, services
from cityhall.engines.idempotency.services import Answer
from cityhall.web import errors

View = Callable[..., HttpResponseBase]

FIELD = "idempotency_key"
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_HEADERS = ("Content-Type", "Content-Language", "Location", "HX-Redirect", "HX-Location", "HX-Trigger")
RETRY_AFTER_SECONDS = 2
_NOT_CONTENT = frozenset({FIELD, "csrfmiddlewaretoken"})
_UNREADABLE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent, MultiPartParserError)


def done(response: HttpResponse) -> HttpResponse:
    """Mark a page that is no redirect as the final answer of its act (a fragment for htmx, for instance)."""
    response.is_final = True  # type: ignore[attr-defined]
    return response


def form_once(view: View) -> View:
    """Make a page's POST happen once for the key in its hidden field, so that a double click is one act.

    The answer of a done act is a redirect, or is marked with `done`; a page that shows the form again is not kept.
    A second click waits for the first and gets its answer.
    """

    @wraps(view)
    def once(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = request.POST.get(FIELD, "") if request.method == "POST" else ""
        if not rules.well_formed(key):
            return view(request, *args, **kwargs)
        try:
            return _answer(request, key, lambda: view(request, *args, **kwargs), _form_is_done, wait=True)
        except services.KeyMeansAnother:
            return render(request, "idempotency/sent_before.html", status=422)
        except services.StillWorking:
            sentence = _("您剛才送出的內容還在處理，不會重複送出。請稍候幾秒，再重新整理這一頁。")
            return errors.page(request, 409, sentence=sentence, retry_after=RETRY_AFTER_SECONDS)

    return once


def api_once(view: View) -> View:
    """Make a program's write happen once for its Idempotency-Key header; without the header, as often as asked.

    Goes around a view or, by `ninja.decorators.decorate_view`, around an operation. Successes are kept; a refusal may
    be corrected under the same key.
    """

    @wraps(view)
    def once(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        if key is None or request.method in {"GET", "HEAD", "OPTIONS"}:
            return view(request, *args, **kwargs)
        if not rules.well_formed(key):
            return errors.problem(request, 400, _("Idempotency-Key 須為 8 到 200 個可見的 ASCII 字元，建議使用 UUID。"))
        try:
            return _answer(request, key, lambda: view(request, *args, **kwargs), _api_is_done, wait=False)
        except services.KeyMeansAnother:
            sentence = _("這個 Idempotency-Key 已用於內容不同的請求。新的請求請使用新的 Idempotency-Key。")
            return errors.problem(request, 422, sentence)
        except services.StillWorking:
            sentence = _("同一個 Idempotency-Key 的請求還在處理中，請稍後以相同的值再試一次。")
            response = errors.problem(request, 409, sentence)
            response["Retry-After"] = str(RETRY_AFTER_SECONDS)
            return response

    return once


class _Stopped(Exception):
    """Carries an answer of the server's own failure out of the transaction, so that everything is undone."""

    def __init__(self, response: HttpResponseBase) -> None:
        self.response = response


def _answer(
    request: HttpRequest,
    key: str,
    view: Callable[[], HttpResponseBase],
    is_done: Callable[[HttpResponse], bool],
    wait: bool,
) -> HttpResponseBase:
    try:
        asked = fingerprint_of(request)
    except _UNREADABLE:
        return view()  # the view meets the same trouble and tells it in its own way
    given: list[HttpResponseBase] = []

    def work() -> Answer:
        response = view()
        if response.status_code >= 500:
            raise _Stopped(response)
        given.append(response)
        if not isinstance(response, HttpResponse) or not is_done(response):
            return Answer(response.status_code, final=False)
        headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        return Answer(response.status_code, response.content, headers)

    try:
        answer = services.answer_once(
            actor=actor_of(request), key=key, fingerprint=asked, at=timezone.now(), work=work, wait=wait
        )
    except _Stopped as stopped:
        return stopped.response
    if not answer.replayed:
        return given[0]
    replay = HttpResponse(answer.body, status=answer.status, headers=answer.headers)
    replay[REPLAYED] = "true"
    return replay


def _form_is_done(response: HttpResponse) -> bool:
    return getattr(response, "is_final", False) or 300 <= response.status_code < 400


def _api_is_done(response: HttpResponse) -> bool:
    return 200 <= response.status_code < 400


def actor_of(request: HttpRequest) -> str:
    """Whose keys these are: an account's, an API key's, a browser session's, or nobody's."""
    if request.user.is_authenticated:
        return f"account:{request.user.pk}"
    for header in ("Authorization", "X-API-Key"):
        if secret := request.headers.get(header):
            return "key:" + hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
    session = getattr(request, "session", None)
    if session is not None and session.session_key:
        return f"session:{session.session_key}"
    return "anonymous"


def fingerprint_of(request: HttpRequest) -> str:
    """What a request asks: a form by its fields and files in any order, anything else by its bytes."""
    return rules.fingerprint(request.method or "", request.get_full_path(), _content(request))


def _content(request: HttpRequest) -> Iterator[bytes]:
    if request.content_type not in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        yield request.body
        return
    for name in sorted(set(request.POST) - _NOT_CONTENT):
        for value in request.POST.getlist(name):
            yield f"{name}={value}".encode("utf-8", "surrogatepass")
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            digest = hashlib.sha256()
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
            yield f"{name}:{file.name}:{digest.hexdigest()}".encode("utf-8", "surrogatepass")
