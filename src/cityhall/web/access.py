"""Who may open a page. Every view says it; a test refuses a view that does not.

The mark is read by the view itself (a refusal is 403 or a way to sign in) and by the permission matrix in the tests.
Whether an account may do an act is decided by a policy that the directory installs: this package knows no roles.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., Any]
Policy = Callable[[Any, str, HttpRequest], bool]
WhoMay = Callable[[str], Sequence[str]]

_policy: Policy | None = None
_who_may: WhoMay | None = None


class Forbidden(PermissionDenied):
    """The account is known but may not do this; the 403 page shows the sentence and who can."""

    def __init__(self, act: str = "", sentence: str = "") -> None:
        super().__init__(str(sentence) or act)
        self.act = act
        self.sentence = sentence


def set_policy(policy: Policy, *, who_may: WhoMay | None = None) -> None:
    """Install the one function that decides whether an account may do an act, and one that names who may."""
    global _policy, _who_may
    _policy = policy
    _who_may = who_may


def allowed(request: HttpRequest, act: str) -> bool:
    """Whether the request's account may do the act at all, somewhere; the record decides the rest."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or _policy is None:
        return False
    answers: dict[str, bool] = request.__dict__.setdefault("_allowed", {})  # menus ask the same again and again
    if act not in answers:
        answers[act] = bool(_policy(user, act, request))
    return answers[act]


def who_may(act: str) -> Sequence[str]:
    """Names of the roles that may do the act, for the 403 page."""
    return _who_may(act) if act and _who_may else ()


def public(view: View) -> View:
    """Anyone may open this page."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def public_to_programs(view: View) -> View:
    """Anyone may open this, and programs may post to it, which have no form of ours and so no token.

    What they may do is proven by a key, by a signature or by an address that is one; a session counts for nothing there.
    """
    return csrf_exempt(public(view))  # nosemgrep: forgery  (tests/security/test_source.py says which views these are)


def signed_in(view: View) -> View:
    """Any signed-in account may open this page; it sees its own records only."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return _private(view(request, *args, **kwargs))

    guarded.access = "signed_in"  # type: ignore[attr-defined]
    return guarded


def requires(*acts: str) -> Callable[[View], View]:
    """Officers who may do one of the acts, such as `petitions.dispatch`, may open this page."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if not any(allowed(request, act) for act in acts):
                raise Forbidden(acts[0])
            return _private(view(request, *args, **kwargs))

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
    """Send the person to sign in and back here; htmx is told to move the whole window."""
    query = QueryDict(mutable=True)
    query["next"] = request.get_full_path() if request.method == "GET" else "/"
    url = f"{resolve_url(settings.LOGIN_URL)}?{query.urlencode(safe='/')}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def _private(response: HttpResponseBase) -> HttpResponseBase:
    """Keep what somebody saw while signed in out of shared caches, and from the Back button after signing out."""
    if isinstance(response, HttpResponse) and not response.has_header("Cache-Control"):
        add_never_cache_headers(response)
    return response
