"""The door of /admin/ is the door of the desk."""

from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from cityhall.engines.identity.signing_in import safe_back, with_back
from cityhall.web.access import public


@public
def to_our_sign_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Send anybody who may not use /admin/ to sign in; who is signed in already is told that they may not."""
    if request.user.is_authenticated:
        raise PermissionDenied
    back = safe_back(request, request.GET.get(REDIRECT_FIELD_NAME)) or reverse("admin:index")
    return HttpResponseRedirect(with_back("identity:staff_sign_in", back))
