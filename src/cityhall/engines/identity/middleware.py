"""What identity does around every request: it notes that a session is used, and says why one has ended."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.identity.sessions import SessionStore

BACKGROUND = "X-Background"
"""A page that asks for news by itself sends this header; it does not keep a session alive."""


class SessionMiddleware:
    """After Django's session, authentication and message middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)  # nobody's answer need not vary by cookie
        session = request.session
        assert isinstance(session, SessionStore)
        if request.user.is_authenticated and BACKGROUND not in request.headers:
            session.touch(timezone.now())
        if session.ended_idle:
            messages.info(request, _("為了保護資料，閒置太久已自動登出，請重新登入。"))
        return self.get_response(request)
