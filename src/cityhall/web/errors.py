"""Pages for what went wrong: an id to quote, what to do next, and nothing of the machine's inside.

Controls 識別 48-53 of 資通系統防護基準: short error pages without detail (research note 08 §2.2).
"""

from __future__ import annotations

import errno
import logging
import re
import sys
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cityhall.web import access

log = logging.getLogger("cityhall.request")

_DJANGOS_OWN = re.compile(r"matches the given query|matching the query|^Invalid page|^Page is not")


class TooMany(Exception):
    """Too many requests in a short time; `retry_after` seconds from now it will work again."""

    def __init__(self, sentence: str = "", *, retry_after: int = 60) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.retry_after = retry_after


class Unavailable(Exception):
    """Something that we stand on does not answer now."""

    def __init__(self, sentence: str = "", *, retry_after: int = 60) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.retry_after = retry_after


def titles(status: int) -> str:
    """The headline of an error, for page and API."""
    return {
        400: _("這個要求我們看不懂"),
        401: _("請先登入"),
        403: _("您不能使用這一頁"),
        404: _("找不到這一頁"),
        405: _("這一頁不能這樣使用"),
        409: _("同一件事正在處理"),
        413: _("送來的資料太大"),
        422: _("送出的內容不能辦理"),
        429: _("請稍等一下再試"),
        500: _("這一頁暫時打不開，是我們的問題"),
        503: _("系統暫時忙不過來"),
    }.get(status, _("這一頁暫時打不開，是我們的問題"))


def page(
    request: HttpRequest, status: int, *, sentence: str = "", retry_after: int | None = None, **extra: Any
) -> HttpResponse:
    """The error as a page, or as problem+json where a program is asking."""
    response: HttpResponse
    if wants_problem(request):
        response = problem(request, status, sentence)
    else:
        context = {
            "status": status,
            "headline": titles(status),
            "sentence": sentence,
            "request_id": getattr(request, "id", ""),
            "now": timezone.now(),
            "retry_url": request.get_full_path() if request.method in {"GET", "HEAD"} else request.path,
            # No menu after a failure, which may be the database's, or before anybody knows who is asking.
            "quiet": status >= 500 or not hasattr(request, "user"),
            **extra,
        }
        template = f"web/errors/{status}.html" if status in TEMPLATES else "web/errors/error.html"
        response = HttpResponse(loader.render_to_string(template, context, request), status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


TEMPLATES = frozenset({400, 403, 404, 405, 429, 500, 503})


def problem(request: HttpRequest, status: int, sentence: str = "", **more: Any) -> JsonResponse:
    """RFC 9457: a title, a sentence that says what to do, and the id."""
    body = {
        "type": "about:blank",
        "title": titles(status),
        "status": status,
        "detail": sentence or titles(status),
        "instance": request.path,
        "request_id": getattr(request, "id", ""),
        **more,
    }
    return JsonResponse(
        body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
    )


def wants_problem(request: HttpRequest) -> bool:
    """Whether a program is asking: our API, or somebody who accepts JSON and not HTML."""
    accept = request.headers.get("Accept", "")
    return request.path_info.startswith("/api/") or ("json" in accept and "html" not in accept)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400; what is too large says so (413)."""
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return too_large(request)
    return page(request, 400)


def too_large(request: HttpRequest) -> HttpResponse:
    """413: more than anybody needs to send at once."""
    return page(request, 413, sentence=_("請縮小照片、減少檔案或縮短內容後再送一次。"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403: says who can."""
    act = getattr(exception, "act", "")
    return page(
        request, 403, sentence=str(getattr(exception, "sentence", "") or ""), holders=list(access.who_may(act)), act=act
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or that came from elsewhere (setting CSRF_FAILURE_VIEW)."""
    return page(
        request,
        403,
        sentence=_("這個表單開太久了，請回上一頁重新整理後再送一次；您填的內容還在上一頁。"),
        holders=[],
        stale=True,
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404; a view may give a sentence: `raise Http404(sentence)`. Django's own name models and are left out."""
    sentence = ""
    if isinstance(exception, Http404) and exception.args and isinstance(exception.args[0], (str, Promise)):
        sentence = str(exception.args[0])
        if _DJANGOS_OWN.search(sentence):
            sentence = ""
    return page(request, 404, sentence=sentence)


# A read-only database is one that was just taken over by its standby, or one whose disk was saved from running full.
_READ_ONLY = "25006"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


def not_now(request: HttpRequest, exception: BaseException | None) -> HttpResponse | None:
    """503 for what passes: the database does not answer or takes no more, the disk is full. None for anything else."""
    if isinstance(exception, (OperationalError, InterfaceError)) or (
        isinstance(exception, InternalError) and getattr(exception.__cause__, "sqlstate", "") == _READ_ONLY
    ):
        log.error("database did not answer", exc_info=exception)
        sentence = _("資料庫暫時沒有回應。您填的內容還在，請等一分鐘再送一次。")
    elif isinstance(exception, OSError) and exception.errno in _NO_ROOM:
        log.error("no room on the disk", exc_info=exception)
        sentence = _("系統暫時無法存放檔案。這次送出的內容沒有存下來，請稍後再送一次。")
    else:
        return None
    return page(request, 503, sentence=sentence, retry_after=30)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500; if even the page fails, plain words with the id.

    What broke before a view was reached (a form that was being read) comes here too.
    """
    try:
        return not_now(request, sys.exc_info()[1]) or page(request, 500)
    except Exception:  # the last net: nothing may stand between the reader and the id
        text = f"系統剛才出了狀況，是我們的問題。代碼 {getattr(request, 'id', '')}\n"
        return HttpResponse(text, status=500, content_type="text/plain; charset=utf-8")
