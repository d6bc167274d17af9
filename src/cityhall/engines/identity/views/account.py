"""My account: the pages of citizens below /account/, and the same for staff below /desk/account/."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from cityhall.engines.identity import (
    codes,
    digests,
    notices,
    origin,
    passwords,
    second_factor,
    services,
    sessions,
    signing_in,
    throttle,
)
from cityhall.engines.identity.adapters import totp_picture
from cityhall.engines.identity.forms import (
    LANGUAGES,
    AddressForm,
    AppCodeForm,
    ChangePasswordForm,
    CodeForm,
    NewAppCodeForm,
    NewPasskeyForm,
    PasskeyForm,
    PasskeyNameForm,
    PhoneForm,
    ProfileForm,
    StaffProfileForm,
)
from cityhall.engines.identity.models import Account
from cityhall.web.access import signed_in
from cityhall.web.context import language
from cityhall.web.dates import as_near

NEW_EMAIL, NEW_PHONE, CONFIRM = "new-email", "new-phone", "confirm"
WAITING_EMAIL, WAITING_PHONE = "identity.new_email", "identity.new_phone"
NEW_APP = "identity.new_app"

View = Callable[..., HttpResponseBase]


def me(request: HttpRequest) -> Account:
    """The account of the request, of which `signed_in` made sure."""
    assert isinstance(request.user, Account)
    return request.user


def confirmed(view: View) -> View:
    """Ask once more who it is, unless that was proved within ten minutes: for what a passer-by must not change."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if signing_in.confirmed_lately(request, at=timezone.now()):
            return view(request, *args, **kwargs)
        # A button is pressed again afterwards, on the page where it stands.
        came_from = urlsplit(request.headers.get("Referer", ""))._replace(scheme="", netloc="").geturl()
        wanted = request.get_full_path() if request.method == "GET" else came_from
        back = signing_in.safe_back(request, wanted) or home(me(request))
        return HttpResponseRedirect(signing_in.with_back("identity:confirm", back))

    return guarded


def home(account: Account) -> str:
    """Where a person's own pages begin."""
    return reverse("identity:staff_account" if account.is_staff_member else "identity:account")


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """One of a person's own pages, in the frame of the portal or of the desk."""
    account = me(request)
    frame = "identity/frame_desk.html" if account.is_staff_member else "identity/frame_portal.html"
    context = {"account": account, "frame": frame, "home": home(account), **context}
    return render(request, f"identity/{template}.html", context, status=status)


@signed_in
@require_http_methods(["GET", "HEAD"])
def overview(request: HttpRequest) -> HttpResponse:
    """Everything about my account at a glance. Staff have their own address for it, below /desk/."""
    account = me(request)
    if request.path != home(account):
        return HttpResponseRedirect(home(account))
    at = timezone.now()
    has_app = second_factor.has_totp(account)
    context = {
        "about_me": _about(account),
        "ways_in": _ways_in(account, has_app),
        "offer_app": account.is_staff_member and not has_app,
        "sessions": sessions.live(account, at=at),
        "this_session": request.session.session_key,
    }
    return page(request, "account", context)


def _row(key: str, value: Any, name: str = "", action: str = "", about: str = "", *args: Any) -> dict[str, Any]:
    url = reverse(f"identity:{name}", args=args) if name else ""
    return {"key": key, "value": value, "url": url, "action": action, "about": about}


def _about(account: Account) -> list[dict[str, Any]]:
    rows = [_row(_("姓名"), account.name, "profile"), _row(_("電子郵件"), account.email, "new_email", _("更換"))]
    if account.is_staff_member:
        rows.append(_row(_("公務電話"), account.phone, "profile"))
    else:
        rows.append(_row(_("手機"), account.phone, "new_phone"))
        rows.append(_row(_("身分驗證"), account.get_assurance_display()))
    return [*rows, _row(_("語言"), dict(LANGUAGES).get(account.language, account.language), "profile")]


def _ways_in(account: Account, has_app: bool) -> list[dict[str, Any]]:
    rows = []
    if account.has_usable_password():
        rows.append(_row(_("密碼"), "••••••••••••", "password", _("更換")))
    if not account.is_staff_member:
        rows.append(_row(_("電子郵件驗證碼"), account.email))
    if has_app:
        rows.append(_row(_("驗證器App"), _("已設定"), "remove_app", _("移除")))
    for one in second_factor.passkeys(account):
        used = _("最後使用%(when)s") % {"when": as_near(one.used_at)} if one.used_at else _("還沒有用過")
        rows.append(_row(_("通行金鑰"), f"{one.name}\n{used}", "passkey", _("修改"), one.name, one.pk))
    if second_factor.has_factor(account) and account.is_staff_member:
        left = second_factor.recovery_codes_left(account)
        shown = ngettext("還有%(left)d組", "還有%(left)d組", left) % {"left": left}
        rows.append(_row(_("救援碼"), shown, "recovery_codes", _("產生新的")))
    return rows


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, language and, for staff, telephone."""
    account = me(request)
    kind = StaffProfileForm if account.is_staff_member else ProfileForm
    present = {"name": account.name, "language": account.language, "phone": account.phone}
    form = kind(request.POST if request.method == "POST" else None, initial=present)
    if request.method == "POST" and form.is_valid():
        services.change_profile(account, by=account, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("資料已更新。"))
        return HttpResponseRedirect(home(account))
    return page(request, "profile", {"form": form})


# --- address and telephone: proved before they are taken ----------------------------------------------------


@signed_in
@confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def new_email(request: HttpRequest) -> HttpResponse:
    """Another mailbox: a code goes there first."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email, at = form.cleaned_data["email"], timezone.now()
        try:
            throttle.admit(("codes-sent", origin.network(request)), at=at)
            code = codes.issue_code(NEW_EMAIL, email, f"account:{me(request).pk}", at=at)
        except (codes.CannotIssueCode, throttle.CannotTryNow) as refusal:
            form.add_error("email", refusal.sentence)
        else:
            key = f"new-email-{code.pk}"
            notices.send_code("new_email_code", email, code=code.plain, language=language(), key=key, at=at)
            request.session[WAITING_EMAIL] = email
            return HttpResponseRedirect(reverse("identity:new_email_code"))
    return page(request, "new_email", {"form": form})


@signed_in
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def new_email_code(request: HttpRequest) -> HttpResponse:
    """The code from the new mailbox."""
    account, email = me(request), request.session.get(WAITING_EMAIL)
    if not isinstance(email, str):
        return HttpResponseRedirect(reverse("identity:new_email"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        check = codes.check_code(NEW_EMAIL, email, form.cleaned_data["code"], f"account:{account.pk}", at=at)
        if check:
            request.session.pop(WAITING_EMAIL, None)
            try:
                services.change_email(account, email, by=account, at=at)
            except services.CannotChangeAccount as refusal:
                messages.error(request, str(refusal.sentence))
            else:
                messages.success(request, _("電子郵件已更換。"))
            return HttpResponseRedirect(home(account))
        form.add_error("code", check.sentence)
    return page(request, "new_email_code", {"form": form, "email": email})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new_phone(request: HttpRequest) -> HttpResponse:
    """A mobile number: a text message goes there first."""
    account = me(request)
    form = PhoneForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        phone, at = form.cleaned_data["phone"], timezone.now()
        try:
            throttle.admit(("codes-sent", origin.network(request)), at=at)
            code = codes.issue_code(NEW_PHONE, phone, f"account:{account.pk}", at=at, valid_for=codes.sign_in_lasts(at))
        except (codes.CannotIssueCode, throttle.CannotTryNow) as refusal:
            form.add_error("phone", refusal.sentence)
        else:
            key = f"new-phone-{code.pk}"
            notices.send_text_code(phone, code=code.plain, language=language(), key=key, at=at, account=account)
            request.session[WAITING_PHONE] = phone
            return HttpResponseRedirect(reverse("identity:new_phone_code"))
    return page(request, "new_phone", {"form": form})


@signed_in
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def new_phone_code(request: HttpRequest) -> HttpResponse:
    """The code from the text message."""
    account, phone = me(request), request.session.get(WAITING_PHONE)
    if not isinstance(phone, str):
        return HttpResponseRedirect(reverse("identity:new_phone"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        check = codes.check_code(NEW_PHONE, phone, form.cleaned_data["code"], f"account:{account.pk}", at=at)
        if check:
            request.session.pop(WAITING_PHONE, None)
            services.change_phone(account, phone, at=at)
            messages.success(request, _("手機號碼已驗證。"))
            return HttpResponseRedirect(home(account))
        form.add_error("code", check.sentence)
    return page(request, "new_phone_code", {"form": form, "phone": phone})


# --- password, authenticator app, recovery codes ------------------------------------------------------------


@signed_in
@sensitive_post_parameters("present", "password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Another password; the present one is asked for, and all other sessions end."""
    account = me(request)
    if not account.has_usable_password():
        raise Http404(_("您的帳號沒有密碼，用通行金鑰或驗證碼登入。"))
    form = ChangePasswordForm(request.POST if request.method == "POST" else None, account=account)
    if request.method == "POST":
        at = timezone.now()
        try:
            if _present_password(account, request.POST.get("present", ""), at=at):
                if form.is_valid():
                    services.change_password(account, form.cleaned_data["password"], at=at)
                    sessions.end_all(account, but=request.session.session_key, by=account, at=at)
                    update_session_auth_hash(request, account)
                    messages.success(request, _("密碼已更換，其他裝置都已登出。"))
                    return HttpResponseRedirect(home(account))
            else:
                form = ChangePasswordForm({}, account=account)
                form.errors.clear()
                form.add_error("present", _("現在的密碼不對，請再試一次"))
        except throttle.CannotTryNow as refusal:
            form = ChangePasswordForm({}, account=account)
            form.errors.clear()
            form.add_error("present", refusal.sentence)
    return page(request, "password", {"form": form, "rules": passwords.in_words()})


def _present_password(account: Account, given: str, *, at: Any) -> bool:
    """Checked before the new one is looked at: the rules must tell a passer-by nothing about old passwords."""
    if not given:
        return True  # the form says that it is missing
    key = "password", account.email or str(account.pk)
    throttle.admit(key, at=at)
    if not passwords.verify(account, given):
        return False
    throttle.succeed(key, at=at)
    return True


@signed_in
@confirmed
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def new_app(request: HttpRequest) -> HttpResponse:
    """An authenticator app, in place of the one there may be."""
    account, at = me(request), timezone.now()
    form = NewAppCodeForm(request.POST if request.method == "POST" else None)
    kept = request.session.get(NEW_APP)
    secret = digests.decrypt(kept) if kept else second_factor.new_totp_secret()
    request.session[NEW_APP] = digests.encrypt(secret)
    if request.method == "POST" and form.is_valid():
        if second_factor.totp_matches(secret, form.cleaned_data["code"], at=at) is None:
            form.add_error("code", _("數字不對。請確認掃的是這一頁的圖，手機時間設為自動，再填最新的6個數字。"))
        else:
            second_factor.set_totp(account, secret, by=account, at=at)
            services.tell_factor_added(account, at=at)
            request.session.pop(NEW_APP, None)
            messages.success(request, _("驗證器App已設定好。"))
            return HttpResponseRedirect(home(account))
    context = {"form": form, "secret": secret, "picture": totp_picture(account, secret)}
    return page(request, "new_app", context)


@signed_in
@confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def remove_app(request: HttpRequest) -> HttpResponse:
    """Without the authenticator app from now on."""
    account = me(request)
    if request.method == "POST":
        try:
            second_factor.remove_totp(account, by=account, at=timezone.now())
        except second_factor.CannotRemoveFactor as refusal:
            messages.error(request, str(refusal.sentence))
        else:
            messages.success(request, _("驗證器App已移除。"))
        return HttpResponseRedirect(home(account))
    return page(request, "remove_app", {})


@signed_in
@confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Fresh recovery codes, shown once."""
    account, at = me(request), timezone.now()
    if not second_factor.has_factor(account):
        raise Http404(_("請先設定驗證器App或通行金鑰。"))
    if request.method == "POST":
        if request.POST.get("act") == "kept":
            signing_in.codes_are_kept(request)
            return HttpResponseRedirect(home(account))
        signing_in.show_codes_once(request, second_factor.new_recovery_codes(account, by=account, at=at))
        return HttpResponseRedirect(reverse("identity:recovery_codes"))
    context = {"codes": signing_in.codes_to_show(request), "left": second_factor.recovery_codes_left(account)}
    return page(request, "recovery_codes", context)


# --- passkeys -----------------------------------------------------------------------------------------------


@signed_in
@confirmed
@sensitive_post_parameters("credential")
@require_http_methods(["GET", "HEAD", "POST"])
def new_passkey(request: HttpRequest) -> HttpResponse:
    """A passkey on this device or on a key."""
    account, at = me(request), timezone.now()
    form = NewPasskeyForm(request.POST if request.method == "POST" else None, initial={"name": origin.device(request)})
    if request.method == "POST" and form.is_valid():
        try:
            second_factor.add_passkey(
                account, form.cleaned_data["credential"], name=form.cleaned_data["name"], by=account, at=at
            )
            services.tell_factor_added(account, at=at)
            messages.success(request, _("通行金鑰已加上，下次可以直接用它登入。"))
            return HttpResponseRedirect(home(account))
        except second_factor.CannotUsePasskey as refusal:
            form.add_error("name", refusal.sentence)
    return page(request, "new_passkey", {"form": form})


def _my_passkey(account: Account, pk: int) -> second_factor.Passkey:
    for passkey in second_factor.passkeys(account):
        if passkey.pk == pk:
            return passkey
    raise Http404(_("找不到這把通行金鑰，可能已經移除了。"))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def passkey(request: HttpRequest, pk: int) -> HttpResponse:
    """One passkey: another name."""
    account = me(request)
    one = _my_passkey(account, pk)
    form = PasskeyNameForm(request.POST if request.method == "POST" else None, initial={"name": one.name})
    if request.method == "POST" and form.is_valid():
        second_factor.rename_passkey(account, pk, form.cleaned_data["name"])
        messages.success(request, _("名稱已更新。"))
        return HttpResponseRedirect(home(account))
    return page(request, "passkey", {"form": form, "passkey": one})


@signed_in
@confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def remove_passkey(request: HttpRequest, pk: int) -> HttpResponse:
    """Without this passkey from now on."""
    account = me(request)
    one = _my_passkey(account, pk)
    if request.method == "POST":
        try:
            second_factor.remove_passkey(account, pk, by=account, at=timezone.now())
        except second_factor.CannotRemoveFactor as refusal:
            messages.error(request, str(refusal.sentence))
        else:
            messages.success(request, _("通行金鑰已移除。"))
        return HttpResponseRedirect(home(account))
    return page(request, "remove_passkey", {"passkey": one})


# --- sessions -----------------------------------------------------------------------------------------------


@signed_in
@require_POST
def end_session(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    """End one session; it may be this one."""
    account = me(request)
    if sessions.end(account, number, by=account, at=timezone.now()):
        messages.success(request, _("那個裝置已登出。"))
    return HttpResponseRedirect(home(account))


@signed_in
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all sessions but this one."""
    account = me(request)
    sessions.end_all(account, but=request.session.session_key, by=account, at=timezone.now())
    messages.success(request, _("其他裝置都已登出。"))
    return HttpResponseRedirect(home(account))


# --- once more: who are you? --------------------------------------------------------------------------------


@signed_in
@sensitive_post_parameters("code", "credential")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Prove once more who it is: staff by app or passkey, citizens by passkey or a code from a letter."""
    account, at = me(request), timezone.now()
    back = signing_in.safe_back(request, request.POST.get("next") or request.GET.get("next")) or home(account)
    has_app = second_factor.has_totp(account)
    form: Any = AppCodeForm() if has_app else CodeForm()
    sentence: Any = ""
    sent = False
    if request.method == "POST":
        try:
            if request.POST.get("act") == "send" and not account.is_staff_member:
                _send_confirmation(request, account, at=at)
                sent = True
            elif "code" in request.POST:
                form = (AppCodeForm if has_app else CodeForm)(request.POST)
                if form.is_valid():
                    _confirm_by_code(account, form.cleaned_data["code"], has_app=has_app, at=at)
                    return _confirmed(request, account, back, at=at)
            else:
                answer = PasskeyForm(request.POST)
                if not answer.is_valid():
                    raise second_factor.CannotUsePasskey
                second_factor.use_passkey(answer.cleaned_data["credential"], account=account, at=at)
                return _confirmed(request, account, back, at=at)
        except (codes.CannotIssueCode, throttle.CannotTryNow, second_factor.CannotUsePasskey, _Wrong) as refusal:
            if form.is_bound:
                form.add_error("code", refusal.sentence)
            else:
                sentence = refusal.sentence
    context = {
        "form": form,
        "back": back,
        "sentence": sentence,
        "sent": sent or form.is_bound,
        "by_app": has_app,
        "by_letter": not account.is_staff_member and not has_app,
        "by_passkey": bool(second_factor.passkeys(account)),
    }
    return page(request, "confirm", context)


class _Wrong(Exception):
    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def _send_confirmation(request: HttpRequest, account: Account, *, at: Any) -> None:
    throttle.admit(("codes-sent", origin.network(request)), at=at)
    assert account.email is not None
    code = codes.issue_code(CONFIRM, account.email, at=at, valid_for=codes.sign_in_lasts(at))
    key = f"confirm-{code.pk}"
    notices.send_code("confirm_code", account.email, code=code.plain, language=language(), key=key, at=at)


def _confirm_by_code(account: Account, code: str, *, has_app: bool, at: Any) -> None:
    key = "second-factor", str(account.pk)
    throttle.admit(key, at=at)
    if has_app:
        if second_factor.check_code(account, code, at=at) is None:
            raise _Wrong(_("驗證碼不對或已經用過，請看App上最新的6個數字。"))
    elif not (check := codes.check_code(CONFIRM, account.email or "", code, at=at)):
        raise _Wrong(check.sentence)
    throttle.succeed(key, at=at)


def _confirmed(request: HttpRequest, account: Account, back: str, *, at: Any) -> HttpResponse:
    signing_in.confirm(request, at=at)
    return HttpResponseRedirect(back)
