"""Who may open a page. Every view says it; a test refuses a view that does not.

The mark is read by the view itself (a refusal is 403 or a way to sign in) and by the permission matrix in the tests.
Whether an account may do an act is decided by a policy that the directory installs: this package knows no roles.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

View = Callable[..., HttpResponse]
Policy = Callable[[Any, str, HttpRequest], bool]

_policy: Policy | None = None


def set_policy(policy: Policy) -> None:
    """Install the one function that decides whether an account may do an act."""
    global _policy
    _policy = policy


def allowed(request: HttpRequest, act: str) -> bool:
    """Whether the request's account may do the act at all, somewhere; the record decides the rest."""
    return bool(request.user.is_authenticated and _policy and _policy(request.user, act, request))


def public(view: View) -> View:
    """Anyone may open this page."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Any signed-in account may open this page; it sees its own records only."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return view(request, *args, **kwargs)

    guarded.access = "signed_in"  # type: ignore[attr-defined]
    return guarded


def requires(*acts: str) -> Callable[[View], View]:
    """Officers who may do one of the acts, such as `petitions.dispatch`, may open this page."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if not any(allowed(request, act) for act in acts):
                raise PermissionDenied(acts[0])
            return view(request, *args, **kwargs)

        guarded.access = "requires:" + "|".join(acts)  # type: ignore[attr-defined]
        return guarded

    return mark


def machine(scope: str) -> Callable[[View], View]:
    """A program with a key of this scope may call; the API checks the key itself."""

    def mark(view: View) -> View:
        view.access = f"machine:{scope}"  # type: ignore[attr-defined]
        return view

    return mark


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send the person to sign in and back here."""
    back = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"{reverse('identity:sign_in')}?{urlencode({'next': back})}")
