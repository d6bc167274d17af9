"""Signing in: citizens by a code from a letter or a passkey, staff by two factors, and out again."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.identity import (
    codes,
    digests,
    notices,
    oidc,
    origin,
    passwords,
    queries,
    second_factor,
    services,
    signing_in,
    throttle,
)
from cityhall.engines.identity.adapters import totp_picture
from cityhall.engines.identity.forms import (
    AddressForm,
    AppCodeForm,
    CodeForm,
    NewAppCodeForm,
    NewPasskeyForm,
    NewPasswordForm,
    PasskeyForm,
    PasswordSignInForm,
)
from cityhall.engines.identity.models import Account
from cityhall.engines.identity.signing_in import CannotSignIn, Pending
from cityhall.engines.identity.states import Kind, Proof, Step
from cityhall.web.access import public
from cityhall.web.context import language

SIGN_IN = "sign-in"
FORGOTTEN = "forgotten-password"
WAITING = "identity.waiting"  # in the session: which mailbox a code was sent to, and where to go back
NEW_APP = "identity.new_app"  # in the session: the seed of an authenticator app that is not proved yet
AT_PROVIDER = "identity.at_provider"


# --- citizens: a code from a letter -------------------------------------------------------------------------


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Which mailbox? A code goes there, whether it has an account or not."""
    back = signing_in.safe_back(request, request.POST.get("next") or request.GET.get("next"))
    if signing_in.leads_to_desk(back):
        return HttpResponseRedirect(signing_in.with_back("identity:staff_sign_in", back))
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            _send_sign_in_code(request, email, at=timezone.now())
        except (codes.CannotIssueCode, throttle.CannotTryNow) as refusal:
            form.add_error("email", refusal.sentence)
        else:
            request.session[WAITING] = {"email": email, "next": back}
            return HttpResponseRedirect(reverse("identity:sign_in_code"))
    context = {"form": form, "back": back, "staff_url": signing_in.with_back("identity:staff_sign_in", back)}
    return render(request, "identity/sign_in.html", context)


def _send_sign_in_code(request: HttpRequest, email: str, *, at: datetime) -> None:
    """Send a code, or tell staff where their own entrance is: the same work and the same answer for every address."""
    throttle.admit(("codes-sent", origin.network(request)), at=at)
    code = codes.issue_code(SIGN_IN, email, at=at, valid_for=codes.sign_in_lasts(at))
    account = queries.by_email(email)
    template = "staff_entrance" if account is not None and account.is_staff_member else "sign_in_code"
    notices.send_code(
        template, email, code=code.plain, language=language(), key=f"sign-in-{code.pk}", at=at,
        minutes=int(codes.sign_in_lasts(at).total_seconds() // 60),
    )  # fmt: skip


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The code from the letter."""
    waiting = request.session.get(WAITING)
    if not isinstance(waiting, dict):
        return HttpResponseRedirect(reverse("identity:sign_in"))
    email, back, at = waiting["email"], waiting["next"], timezone.now()
    sent_again, form = False, CodeForm()
    if request.POST.get("act") == "resend":
        try:
            _send_sign_in_code(request, email, at=at)
            sent_again = True
        except (codes.CannotIssueCode, throttle.CannotTryNow) as refusal:
            form = CodeForm({"code": ""})
            form.errors.clear()
            form.add_error("code", refusal.sentence)
    elif request.method == "POST":
        form = CodeForm(request.POST)
        if form.is_valid():
            try:
                return _sign_in_by_code(request, email, form.cleaned_data["code"], back, at)
            except (_Wrong, throttle.CannotTryNow, CannotSignIn) as refusal:
                form.add_error("code", refusal.sentence)
    context = {"form": form, "email": email, "sent_again": sent_again, "back": back}
    return render(request, "identity/sign_in_code.html", context)


class _Wrong(Exception):
    def __init__(self, sentence: Any) -> None:
        self.sentence = sentence
        super().__init__(str(sentence))


def _sign_in_by_code(request: HttpRequest, email: str, code: str, back: str, at: datetime) -> HttpResponse:
    keys = ("code", email), ("network", origin.network(request))
    throttle.admit(*keys, at=at)
    check = codes.check_code(SIGN_IN, email, code, at=at)
    account = queries.by_email(email)
    if not check or (account is not None and account.kind != Kind.CITIZEN):
        # Staff have been sent no code here; should one be guessed, it still opens nothing.
        signing_in.failed(request, "code", email, account, at=at)
        raise _Wrong(check.sentence or _("這個驗證碼不能用了，請重新寄一次。"))
    throttle.succeed(*keys, at=at)
    account = services.open_citizen_account(email=email, at=at, language=language())
    request.session.pop(WAITING, None)
    return signing_in.begin(request, account, Proof.EMAIL_CODE, back=back, at=at)


# --- passkeys: everybody ------------------------------------------------------------------------------------


@public
@never_cache
@require_GET
def passkey_options(request: HttpRequest) -> JsonResponse:
    """What the browser needs to use a passkey: of the account whose sign-in is under way, else any of this site."""
    pending = signing_in.current(request, at=timezone.now())
    account = pending.account if pending else request.user if request.user.is_authenticated else None
    return JsonResponse(second_factor.begin_using_passkey(account))


@public
@never_cache
@require_POST
def sign_in_passkey(request: HttpRequest) -> HttpResponse:
    """A passkey instead of everything else."""
    at = timezone.now()
    back = signing_in.safe_back(request, request.POST.get("next"))
    entrance = "identity:staff_sign_in" if request.POST.get("entrance") == "staff" else "identity:sign_in"
    form = PasskeyForm(request.POST)
    network = "network", origin.network(request)
    sentence: Any = second_factor.CannotUsePasskey.sentence
    if form.is_valid():
        try:
            throttle.admit(network, at=at)
            account = second_factor.use_passkey(form.cleaned_data["credential"], at=at)
            throttle.succeed(network, at=at)
            return signing_in.begin(request, account, Proof.PASSKEY, back=back, at=at)
        except (second_factor.CannotUsePasskey, throttle.CannotTryNow, CannotSignIn) as refusal:
            sentence = refusal.sentence
    return _refused(request, sentence, signing_in.with_back(entrance, back))


def _refused(request: HttpRequest, sentence: Any, again: str) -> HttpResponse:
    messages.error(request, str(sentence))
    return HttpResponseRedirect(again)


# --- staff: a password, then a second factor ----------------------------------------------------------------


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def staff_sign_in(request: HttpRequest) -> HttpResponse:
    """Address and password of staff; the same answer and the same work whether the account exists or not."""
    back = signing_in.safe_back(request, request.POST.get("next") or request.GET.get("next"))
    form = PasswordSignInForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            account = _by_password(request, form.cleaned_data["email"], form.cleaned_data["password"], at)
            return signing_in.begin(request, account, Proof.PASSWORD, back=back, at=at)
        except (_Wrong, throttle.CannotTryNow, CannotSignIn) as refusal:
            form.add_error(None, refusal.sentence)
    provider = _provider()
    context = {
        "form": form,
        "back": back,
        "provider": provider,
        "provider_url": signing_in.with_back("identity:provider_sign_in", back) if provider else "",
        "citizen_url": reverse("identity:sign_in"),
    }
    return render(request, "identity/staff_sign_in.html", context)


def _by_password(request: HttpRequest, email: str, password: str, at: datetime) -> Account:
    keys = ("password", email), ("network", origin.network(request))
    throttle.admit(*keys, at=at)
    account = queries.by_email(email)
    staff = account if account is not None and account.is_staff_member else None
    if not passwords.verify(staff, password) or staff is None:
        signing_in.failed(request, "password", email, account, at=at)
        raise _Wrong(_("電子郵件或密碼不對，請再試一次。"))
    throttle.succeed(*keys, at=at)
    return staff


def _pending(request: HttpRequest, step: Step, at: datetime) -> Pending | HttpResponse:
    """The sign-in under way if it waits for this step; else the way to where it waits."""
    pending = signing_in.current(request, at=at)
    if pending is None:
        return HttpResponseRedirect(reverse("identity:staff_sign_in"))
    if signing_in.step_of(request, pending) != step:
        return signing_in.go_on(request, pending, at=at)
    return pending


@public
@never_cache
@sensitive_post_parameters("code", "credential")
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """The second factor of a sign-in under way."""
    at = timezone.now()
    pending = _pending(request, Step.SECOND_FACTOR, at)
    if isinstance(pending, HttpResponse):
        return pending
    account = pending.account
    form = AppCodeForm(request.POST if "code" in request.POST else None)
    sentence: Any = ""
    if request.method == "POST":
        try:
            proof = _second_factor(request, account, form, at)
            if proof is not None:
                return signing_in.prove(request, pending, proof, at=at)
        except (_Wrong, second_factor.CannotUsePasskey, throttle.CannotTryNow) as refusal:
            if form.is_bound:
                form.add_error("code", refusal.sentence)
            else:
                sentence = refusal.sentence
    context = {
        "form": form,
        "sentence": sentence,
        "has_app": second_factor.has_totp(account),
        "has_passkey": bool(second_factor.passkeys(account)),
    }
    return render(request, "identity/second_factor.html", context)


def _second_factor(request: HttpRequest, account: Account, form: AppCodeForm, at: datetime) -> Proof | None:
    """What was proved; None if the form needs another look."""
    keys = ("second-factor", str(account.pk)), ("network", origin.network(request))
    if form.is_bound:
        if not form.is_valid():
            return None
        throttle.admit(*keys, at=at)
        proof = second_factor.check_code(account, form.cleaned_data["code"], at=at)
        if proof is None:
            signing_in.failed(request, "second-factor", str(account.pk), account, at=at)
            raise _Wrong(_("驗證碼不對或已經用過，請看App上最新的6個數字。"))
    else:
        passkey = PasskeyForm(request.POST)
        if not passkey.is_valid():
            raise second_factor.CannotUsePasskey
        throttle.admit(*keys, at=at)
        second_factor.use_passkey(passkey.cleaned_data["credential"], account=account, at=at)
        proof = Proof.PASSKEY
    throttle.succeed(*keys, at=at)
    return proof


@public
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def first_password(request: HttpRequest) -> HttpResponse:
    """The initial password, or a forgotten one, gives way to one of the officer's own."""
    at = timezone.now()
    pending = _pending(request, Step.CHANGE_PASSWORD, at)
    if isinstance(pending, HttpResponse):
        return pending
    form = NewPasswordForm(request.POST if request.method == "POST" else None, account=pending.account)
    if request.method == "POST" and form.is_valid():
        services.change_password(pending.account, form.cleaned_data["password"], at=at)
        return signing_in.prove(request, pending, Proof.PASSWORD, at=at)
    return render(request, "identity/first_password.html", {"form": form, "rules": passwords.in_words()})


@public
@never_cache
@sensitive_post_parameters("code", "credential")
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Staff without a second factor set one up before they reach any page."""
    at = timezone.now()
    pending = _pending(request, Step.SET_UP, at)
    if isinstance(pending, HttpResponse):
        return pending
    account = pending.account
    form = NewAppCodeForm(request.POST if "code" in request.POST else None)
    passkey = NewPasskeyForm(
        request.POST if "credential" in request.POST else None, initial={"name": origin.device(request)}
    )
    secret = _new_app(request)
    if form.is_bound and form.is_valid():
        if second_factor.totp_matches(secret, form.cleaned_data["code"], at=at) is None:
            form.add_error("code", _("數字不對。請確認掃的是這一頁的圖，手機時間設為自動，再填最新的6個數字。"))
        else:
            second_factor.set_totp(account, secret, by=account, at=at)
            return _set_up_done(request, pending, Proof.TOTP, at)
    if passkey.is_bound and passkey.is_valid():
        try:
            second_factor.add_passkey(
                account, passkey.cleaned_data["credential"], name=passkey.cleaned_data["name"], by=account, at=at
            )
            return _set_up_done(request, pending, Proof.PASSKEY, at)
        except second_factor.CannotUsePasskey as refusal:
            passkey.add_error("name", refusal.sentence)
    context = {"form": form, "passkey": passkey, "secret": secret, "picture": totp_picture(account, secret)}
    return render(request, "identity/set_up.html", context)


def _set_up_done(request: HttpRequest, pending: Pending, proof: Proof, at: datetime) -> HttpResponse:
    request.session.pop(NEW_APP, None)
    codes_made = second_factor.new_recovery_codes(pending.account, by=pending.account, at=at)
    signing_in.show_codes_once(request, codes_made)
    return signing_in.prove(request, pending, proof, at=at)


def _new_app(request: HttpRequest) -> str:
    """The seed on the page; the same one when the page is shown again."""
    if kept := request.session.get(NEW_APP):
        return digests.decrypt(kept)
    secret = second_factor.new_totp_secret()
    request.session[NEW_APP] = digests.encrypt(secret)
    return secret


@public
@never_cache
@require_GET
def set_up_options(request: HttpRequest) -> JsonResponse:
    """What the browser needs to make a passkey, for a sign-in that waits for one or for a signed-in person."""
    pending = signing_in.current(request, at=timezone.now())
    if pending is not None and signing_in.step_of(request, pending) == Step.SET_UP:
        return JsonResponse(second_factor.begin_adding_passkey(pending.account))
    if request.user.is_authenticated and signing_in.confirmed_lately(request, at=timezone.now()):
        return JsonResponse(second_factor.begin_adding_passkey(request.user))
    return JsonResponse({}, status=403)


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def keep_codes(request: HttpRequest) -> HttpResponse:
    """The recovery codes, once; the sign-in goes on when they are kept."""
    at = timezone.now()
    pending = _pending(request, Step.KEEP_CODES, at)
    if isinstance(pending, HttpResponse):
        return pending
    if request.method == "POST":
        signing_in.codes_are_kept(request)
        return signing_in.go_on(request, pending, at=at)
    return render(request, "identity/keep_codes.html", {"codes": signing_in.codes_to_show(request)})


# --- a forgotten password -----------------------------------------------------------------------------------


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Which mailbox? A code goes there if it belongs to staff; the answer is the same if not."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email, at = form.cleaned_data["email"], timezone.now()
        try:
            throttle.admit(("codes-sent", origin.network(request)), at=at)
            code = codes.issue_code(FORGOTTEN, email, at=at, valid_for=codes.sign_in_lasts(at))
        except (codes.CannotIssueCode, throttle.CannotTryNow) as refusal:
            form.add_error("email", refusal.sentence)
        else:
            template = "forgotten_code" if _has_password(queries.by_email(email)) else "forgotten_nobody"
            notices.send_code(
                template, email, code=code.plain, language=language(), key=f"forgotten-{code.pk}", at=at,
                minutes=int(codes.sign_in_lasts(at).total_seconds() // 60),
            )  # fmt: skip
            request.session[WAITING] = {"email": email, "next": ""}
            return HttpResponseRedirect(reverse("identity:forgotten_code"))
    return render(request, "identity/forgotten.html", {"form": form})


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten_code(request: HttpRequest) -> HttpResponse:
    """The code from the letter; then comes the second factor, then a new password."""
    waiting = request.session.get(WAITING)
    if not isinstance(waiting, dict):
        return HttpResponseRedirect(reverse("identity:forgotten"))
    email, at = waiting["email"], timezone.now()
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        keys = ("code", email), ("network", origin.network(request))
        try:
            throttle.admit(*keys, at=at)
            check = codes.check_code(FORGOTTEN, email, form.cleaned_data["code"], at=at)
            account = queries.by_email(email)
            if not check or account is None or not _has_password(account):
                signing_in.failed(request, "code", email, account, at=at)
                raise _Wrong(check.sentence or _("這個驗證碼不能用了，請重新寄一次。"))
            throttle.succeed(*keys, at=at)
            request.session.pop(WAITING, None)
            return signing_in.begin(request, account, Proof.EMAIL_CODE, back="", at=at)
        except (_Wrong, throttle.CannotTryNow, CannotSignIn) as refusal:
            form.add_error("code", refusal.sentence)
    return render(request, "identity/forgotten_code.html", {"form": form, "email": email})


def _has_password(account: Account | None) -> bool:
    return account is not None and account.is_staff_member and account.has_usable_password()


# --- the city's own provider --------------------------------------------------------------------------------


def _provider() -> oidc.Provider | None:
    try:
        return oidc.configured()
    except oidc.CannotSignInByProvider:
        return None


@public
@never_cache
@require_GET
def provider_sign_in(request: HttpRequest) -> HttpResponse:
    """To the city's own provider."""
    back = signing_in.safe_back(request, request.GET.get("next"))
    provider = _provider()
    if provider is None:
        return HttpResponseRedirect(signing_in.with_back("identity:staff_sign_in", back))
    try:
        url, departure = oidc.depart(provider, redirect_uri=_redirect_uri(request))
    except oidc.CannotSignInByProvider as refusal:
        return _refused(request, refusal.sentence, signing_in.with_back("identity:staff_sign_in", back))
    request.session[AT_PROVIDER] = {**departure.to_session(), "next": back, "language": language()}
    return HttpResponseRedirect(url)


@public
@never_cache
@require_GET
def provider_callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider: check everything, find the account, go on."""
    at = timezone.now()
    kept = request.session.pop(AT_PROVIDER, None)
    provider = _provider()
    if isinstance(kept, dict):
        translation.activate(kept["language"])  # this address has no language of its own
    if not isinstance(kept, dict) or provider is None:
        return HttpResponseRedirect(reverse("identity:staff_sign_in"))
    departure = oidc.Departure(kept["state"], kept["nonce"], kept["verifier"])
    again = signing_in.with_back("identity:staff_sign_in", kept["next"])
    try:
        arrival = oidc.arrive(provider, departure, request.GET.dict(), redirect_uri=_redirect_uri(request), at=at)
        account = services.account_of_arrival(arrival, at=at)
        proof = Proof.PROVIDER_STRONG if arrival.strong else Proof.PROVIDER
        return signing_in.begin(request, account, proof, back=kept["next"], at=at)
    except oidc.CannotSignInByProvider as refusal:
        audit.record("account.provider_refused", None, by=None, at=at, new={"reason": refusal.reason})
        return _refused(request, refusal.sentence, again)
    except (services.CannotChangeAccount, CannotSignIn) as refusal:
        return _refused(request, refusal.sentence, again)


def _redirect_uri(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("identity_provider_callback"))


# --- out ----------------------------------------------------------------------------------------------------


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Out by POST; a link gets a page with the button, so that no picture on another site signs anybody out."""
    if request.method == "POST":
        account = request.user if request.user.is_authenticated else None
        if account is not None:
            audit.record("account.signed_out", account, by=account, at=timezone.now())
        logout(request)
        return HttpResponseRedirect(reverse("identity:signed_out"))
    if not request.user.is_authenticated:
        return HttpResponseRedirect(reverse("identity:signed_out"))
    return render(request, "identity/sign_out.html")


@public
@never_cache
@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    """You are out."""
    return render(request, "identity/signed_out.html")
