"""A sign-in under way: what was proved so far, what comes next, and the one door to a session.

Until the last step the browser is nobody: a member of staff without a second factor has no session, so no page of the
desk can forget to ask. `next_step` in `rules.py` decides the way.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit import services as audit
from cityhall.engines.identity import digests, origin, rules, second_factor, throttle
from cityhall.engines.identity.models import Account
from cityhall.engines.identity.states import Kind, Proof, Step
from cityhall.foundation.clock import day_of

LASTS = timedelta(minutes=15)
BACKEND = "django.contrib.auth.backends.ModelBackend"
PENDING = "identity.pending"
CODES = "identity.codes"
CONFIRMED = "identity.confirmed_at"

PAGES = {
    Step.SECOND_FACTOR: "identity:second_factor",
    Step.CHANGE_PASSWORD: "identity:first_password",
    Step.SET_UP: "identity:set_up",
    Step.KEEP_CODES: "identity:keep_codes",
}


class CannotSignIn(Exception):
    """The person proved who they are, but the account may not be used."""

    sentence = _("這個帳號目前不能使用，請洽機關的系統管理員，或撥打1999。")


@dataclass(frozen=True)
class Pending:
    """What a browser has proved so far."""

    account: Account
    proofs: tuple[str, ...]
    back: str
    began_at: datetime


def begin(request: HttpRequest, account: Account, proof: Proof, *, back: str, at: datetime) -> HttpResponse:
    """The first proof was given: go on to what is missing. Raises CannotSignIn for an account that may not be used."""
    if not usable(account, at):
        audit.record("account.sign_in_refused", account, by=None, at=at, new={"reason": "stopped"})
        raise CannotSignIn
    # From here on the browser knows something that it should not share with whoever gave it its cookie.
    request.session.cycle_key()
    request.session.pop(CODES, None)
    return _go_on(request, Pending(account, (proof,), back, at), at)


def prove(request: HttpRequest, pending: Pending, proof: Proof, *, at: datetime) -> HttpResponse:
    """One more proof was given: go on."""
    return _go_on(request, replace(pending, proofs=(*pending.proofs, proof)), at)


def go_on(request: HttpRequest, pending: Pending, *, at: datetime) -> HttpResponse:
    """Something else changed (the password was changed, the codes are kept): go on."""
    return _go_on(request, pending, at)


def current(request: HttpRequest, *, at: datetime) -> Pending | None:
    """The sign-in that this browser has under way; it ends after a quarter of an hour."""
    kept = request.session.get(PENDING)
    if not isinstance(kept, dict):
        return None
    began_at = datetime.fromisoformat(kept["at"])
    account = Account.objects.filter(pk=kept["account"]).first()
    if at >= began_at + LASTS or account is None or not usable(account, at):
        forget(request)
        return None
    return Pending(account, tuple(kept["proofs"]), kept["back"], began_at)


def forget(request: HttpRequest) -> None:
    """Give a sign-in up."""
    for key in (PENDING, CODES):
        request.session.pop(key, None)


def step_of(request: HttpRequest, pending: Pending) -> str:
    """What comes next."""
    step = rules.next_step(
        staff=pending.account.is_staff_member,
        must_change_password=pending.account.must_change_password,
        has_second_factor=second_factor.has_factor(pending.account),
        proofs=pending.proofs,
    )
    return Step.KEEP_CODES if step == Step.DONE and CODES in request.session else step


def usable(account: Account, at: datetime) -> bool:
    """Whether an account may sign in at all."""
    expired = account.expires_on is not None and account.expires_on < day_of(at)
    return account.is_active and not expired and account.kind != Kind.CLIENT


def _go_on(request: HttpRequest, pending: Pending, at: datetime) -> HttpResponse:
    step = step_of(request, pending)
    if step == Step.DONE:
        return _open_session(request, pending, at)
    request.session[PENDING] = {
        "account": pending.account.pk,
        "proofs": list(pending.proofs),
        "back": pending.back,
        "at": pending.began_at.isoformat(),
    }
    return HttpResponseRedirect(reverse(PAGES[Step(step)]))


def _open_session(request: HttpRequest, pending: Pending, at: datetime) -> HttpResponse:
    """The one place where a browser becomes somebody."""
    forget(request)
    request.proofs = pending.proofs  # type: ignore[attr-defined]  # for the session's row
    login(request, pending.account, backend=BACKEND)
    request.session[CONFIRMED] = at.isoformat()
    audit.record("account.signed_in", pending.account, by=pending.account, at=at, new={"proofs": list(pending.proofs)})
    return HttpResponseRedirect(landing(request, pending.account, pending.back))


# --- recovery codes between their making and the moment their owner has kept them ---------------------------


def show_codes_once(request: HttpRequest, codes: Iterable[str]) -> None:
    """Hold fresh recovery codes for the page that shows them."""
    request.session[CODES] = digests.encrypt(json.dumps(list(codes)))


def codes_to_show(request: HttpRequest) -> list[str]:
    """The fresh codes, if any."""
    kept = request.session.get(CODES)
    return list(json.loads(digests.decrypt(kept))) if kept else []


def codes_are_kept(request: HttpRequest) -> None:
    """Their owner has written them down: forget them."""
    request.session.pop(CODES, None)


# --- where to -----------------------------------------------------------------------------------------------


def safe_back(request: HttpRequest, url: str | None) -> str:
    """The page to come back to, if it is one of ours; else nothing."""
    fits = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return url if url and fits and url.startswith("/") else ""


def with_back(name: str, back: str) -> str:
    """The address of a page of ours that leads back to another."""
    if not back:
        return reverse(name)
    query = QueryDict(mutable=True)
    query["next"] = back
    return f"{reverse(name)}?{query.urlencode(safe='/')}"


def landing(request: HttpRequest, account: Account, back: str) -> str:
    """Where a person arrives: the page they wanted, else the desk or their own pages."""
    if back:
        return back
    if not account.is_staff_member:
        return reverse("identity:account")
    return "/en/desk/" if get_language() == "en" else "/desk/"


def leads_to_desk(url: str) -> bool:
    """Whether a page is for staff, so that its visitor is asked for a password and not for a code."""
    path = url.removeprefix("/en")
    return path.startswith(("/desk/", "/admin/"))


# --- asking once more before what matters -------------------------------------------------------------------

CONFIRMATION_LASTS = timedelta(minutes=10)


def confirmed_lately(request: HttpRequest, *, at: datetime) -> bool:
    """Whether this session proved who it is within the last ten minutes."""
    kept = request.session.get(CONFIRMED)
    return isinstance(kept, str) and at < datetime.fromisoformat(kept) + CONFIRMATION_LASTS


def confirm(request: HttpRequest, *, at: datetime) -> None:
    """It did so now."""
    request.session[CONFIRMED] = at.isoformat()


# --- failures -----------------------------------------------------------------------------------------------


def failed(request: HttpRequest, scope: str, key: str, account: Account | None, *, at: datetime) -> None:
    """Record a failure, and the lock if this one closed it. The same entry whether the account exists or not."""
    network = origin.network(request)
    audit.record("account.sign_in_failed", account, by=None, at=at, new={"by": scope, "network": network})
    if throttle.locked(scope, key, at=at):
        audit.record("account.locked", account, by=None, at=at, new={"by": scope, "network": network})
