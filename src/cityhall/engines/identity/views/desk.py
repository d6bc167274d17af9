"""Administration at the desk: accounts of staff, and programs with their keys."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity import clients, passwords, queries, second_factor, services, sessions
from cityhall.engines.identity.forms import ClientForm, ExpiryForm, StaffAccountForm, StaffFilterForm
from cityhall.engines.identity.handing_over import hand_over, handed_over
from cityhall.engines.identity.limits import limit
from cityhall.engines.identity.models import Account, Client, ClientKey
from cityhall.engines.identity.states import STAFF, Kind
from cityhall.engines.identity.views.account import confirmed, me
from cityhall.engines.letters import queries as letters
from cityhall.web.access import allowed, requires
from cityhall.web.dates import as_date, as_near
from cityhall.web.templatetags.cityhall import number

PAGE = 50


def _page_of(request: HttpRequest, rows: Any) -> Any:
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


# --- accounts -----------------------------------------------------------------------------------------------


@requires("identity.accounts.read")
@require_http_methods(["GET", "HEAD"])
def accounts(request: HttpRequest) -> HttpResponse:
    """All accounts of officers and guests."""
    search, state = request.GET.get("q", "").strip()[:100], request.GET.get("state", "all")
    rows = queries.staff(search, state=state if state in {"active", "stopped"} else "")
    context = {
        "page": _page_of(request, rows),
        "filter": StaffFilterForm(initial={"q": search, "state": state}),
        "may_manage": allowed(request, "identity.accounts.manage"),
    }
    return render(request, "identity/desk_accounts.html", context)


@requires("identity.accounts.manage")
@confirmed
@form_once
@require_http_methods(["GET", "HEAD", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """An account for an officer or a guest, with an initial password to hand over."""
    form = StaffAccountForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        cleaned, password = form.cleaned_data, passwords.random_password()
        try:
            account = services.create_officer(
                email=cleaned["email"], name=cleaned["name"], kind=cleaned["kind"], expires_on=cleaned["expires_on"],
                password=password, by=me(request), at=timezone.now(),
            )  # fmt: skip
        except services.CannotChangeAccount as refusal:
            form.add_error("email", str(refusal.sentence))
        else:
            hand_over(request, f"account:{account.pk}", password)
            return HttpResponseRedirect(reverse("identity:desk_account", args=[account.pk]))
    return render(request, "identity/desk_account_new.html", {"form": form})


def _staff(pk: int) -> Account:
    return get_object_or_404(Account, pk=pk, kind__in=STAFF)


@requires("identity.accounts.read")
@require_http_methods(["GET", "HEAD"])
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: how it stands, how it signs in, and what can be done about it."""
    one, at = _staff(pk), timezone.now()
    may_manage = allowed(request, "identity.accounts.manage")
    context = {
        "one": one,
        "rows": _about(one, may_manage),
        "initial_password": handed_over(request, f"account:{one.pk}"),
        "sessions": sessions.live(one, at=at),
        "is_officer": one.kind == Kind.OFFICER,
        "may_manage": may_manage,
        "may_end_sessions": allowed(request, "identity.sessions.end"),
    }
    return render(request, "identity/desk_account.html", context)


def _about(one: Account, may_manage: bool) -> list[dict[str, Any]]:
    standing = queries.standing(one)
    state = _("使用中") if one.is_active else _("停用")
    if standing is not None:
        why = _("%(reason)s，%(when)s") % {"reason": standing.get_reason_display(), "when": as_near(standing.since)}
        state = f"{state}\n{why}"
    factors = [_("驗證器App")] if second_factor.has_totp(one) else []
    factors += [_("通行金鑰：%(name)s") % {"name": passkey.name} for passkey in second_factor.passkeys(one)]
    kind = one.get_kind_display() + (f"\n{_('系統管理員')}" if one.is_superuser else "")
    expiry = {"url": reverse("identity:desk_account_expiry", args=[one.pk])} if may_manage else {}
    mailbox = one.email or ""
    if lost := letters.came_back(one):
        why = _("最近寄去的信沒有收到：%(why)s，%(when)s") % {"why": lost.state_words, "when": as_near(lost.written_at)}
        mailbox = f"{mailbox}\n{why}"
    return [
        {"key": _("電子郵件"), "value": mailbox},
        {"key": _("電話"), "value": one.phone},
        {"key": _("種類"), "value": kind},
        {"key": _("狀態"), "value": state},
        {"key": _("使用期限"), "value": as_date(one.expires_on) if one.expires_on else _("沒有期限"), **expiry},
        {"key": _("雙因子驗證"), "value": "\n".join(factors) or _("還沒有設定")},
        {"key": _("最近登入"), "value": as_near(one.last_login) if one.last_login else _("還沒有")},
    ]


@requires("identity.accounts.manage")
@confirmed
@form_once
@require_http_methods(["GET", "HEAD", "POST"])
def account_expiry(request: HttpRequest, pk: int) -> HttpResponse:
    """The last day of an account."""
    one = _staff(pk)
    form = ExpiryForm(request.POST if request.method == "POST" else None, initial={"expires_on": one.expires_on})
    if request.method == "POST" and form.is_valid():
        try:
            services.set_expiry(one, form.cleaned_data["expires_on"], by=me(request), at=timezone.now())
        except services.CannotChangeAccount as refusal:
            form.add_error("expires_on", str(refusal.sentence))
        else:
            messages.success(request, _("使用期限已更新。"))
            return HttpResponseRedirect(reverse("identity:desk_account", args=[pk]))
    return render(request, "identity/desk_account_expiry.html", {"form": form, "one": one})


@requires("identity.accounts.manage")
@confirmed
@form_once
@require_POST
def account_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Do one thing to an account; the page says what came of it."""
    one, by, at = _staff(pk), me(request), timezone.now()
    try:
        if act == "disable":
            services.disable(one, by=by, at=at)
            done = _("帳號已停用，所有裝置都已登出。")
        elif act == "enable":
            services.enable(one, by=by, at=at)
            done = _("帳號已重新啟用。")
        elif act == "password":
            hand_over(request, f"account:{one.pk}", services.reset_password(one, by=by, at=at))
            done = _("已重設密碼。")
        elif act == "factors":
            services.reset_factors(one, by=by, at=at)
            done = _("已清除雙因子驗證，下次登入會請本人重新設定。")
        elif act == "make_administrator":
            services.make_administrator(one, by=by, at=at)
            done = _("已指定為系統管理員。")
        else:
            services.remove_administrator(one, by=by, at=at)
            done = _("已取消系統管理員。")
    except services.CannotChangeAccount as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        messages.success(request, done)
    return HttpResponseRedirect(reverse("identity:desk_account", args=[pk]))


@requires("identity.sessions.end")
@confirmed
@form_once
@require_POST
def account_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    """End all sessions of an account."""
    sessions.end_all(_staff(pk), by=me(request), at=timezone.now())
    messages.success(request, _("所有裝置都已登出。"))
    return HttpResponseRedirect(reverse("identity:desk_account", args=[pk]))


# --- programs -----------------------------------------------------------------------------------------------


@requires("identity.clients.read")
@require_http_methods(["GET", "HEAD"])
def client_list(request: HttpRequest) -> HttpResponse:
    """All programs that may call us."""
    context = {
        "page": _page_of(request, Client.objects.all()),
        "may_manage": allowed(request, "identity.clients.manage"),
    }
    return render(request, "identity/desk_clients.html", context)


@requires("identity.clients.manage")
@confirmed
@form_once
@require_http_methods(["GET", "HEAD", "POST"])
def new_client(request: HttpRequest) -> HttpResponse:
    """A program, and its first key to hand over."""
    form = ClientForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            client, key = clients.create_client(
                name=cleaned["name"], purpose=cleaned["purpose"], contact=cleaned["contact"], scopes=cleaned["scopes"],
                quota=form.quota(), by=me(request), at=timezone.now(),
            )  # fmt: skip
        except clients.CannotMakeClient as refusal:
            form.add_error("name", str(refusal.sentence))
        else:
            hand_over(request, f"client:{client.pk}", key)
            return HttpResponseRedirect(reverse("identity:desk_client", args=[client.pk]))
    return render(request, "identity/desk_client_form.html", {"form": form})


@requires("identity.clients.read")
@require_http_methods(["GET", "HEAD"])
def client(request: HttpRequest, pk: int) -> HttpResponse:
    """One program: what it may, its keys, its last use."""
    one, at = get_object_or_404(Client, pk=pk), timezone.now()
    scopes = [clients.in_words(scope) for scope in one.scopes]
    rows = [
        {"key": _("用途"), "value": one.purpose},
        {"key": _("聯絡信箱"), "value": one.contact},
        {"key": _("可以使用的服務"), "value": "\n".join(scopes)},
        {"key": _("每分鐘上限"), "value": number(one.per_minute)},
        {"key": _("每日上限"), "value": number(one.per_day)},
        {"key": _("最近使用"), "value": as_near(one.last_used_at) if one.last_used_at else _("還沒有")},
    ]
    if one.revoked_at is not None:
        rows.append({"key": _("停用"), "value": as_near(one.revoked_at)})
    context = {
        "one": one,
        "rows": rows,
        "new_key": handed_over(request, f"client:{one.pk}"),
        "keys": [(key, key.valid(at)) for key in one.keys.all()],
        "overlap": limit("key_overlap_days", at),
        "may_manage": allowed(request, "identity.clients.manage"),
    }
    return render(request, "identity/desk_client.html", context)


@requires("identity.clients.manage")
@confirmed
@form_once
@require_http_methods(["GET", "HEAD", "POST"])
def change_client(request: HttpRequest, pk: int) -> HttpResponse:
    """Other scopes or limits; the name stays, because the trail knows the program by it."""
    one = get_object_or_404(Client, pk=pk, revoked_at=None)
    present = {
        "name": one.name, "purpose": one.purpose, "contact": one.contact, "scopes": one.scopes,
        "per_minute": one.per_minute, "per_day": one.per_day,
    }  # fmt: skip
    form = ClientForm(request.POST if request.method == "POST" else None, initial=present)
    form.fields["name"].disabled = True
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        clients.change_client(
            one, scopes=cleaned["scopes"], quota=form.quota(), purpose=cleaned["purpose"], contact=cleaned["contact"],
            by=me(request), at=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("設定已更新。"))
        return HttpResponseRedirect(reverse("identity:desk_client", args=[pk]))
    return render(request, "identity/desk_client_form.html", {"form": form, "one": one})


@requires("identity.clients.manage")
@confirmed
@form_once
@require_POST
def rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """A new key; the old ones work on for some days."""
    one = get_object_or_404(Client, pk=pk, revoked_at=None)
    hand_over(request, f"client:{one.pk}", clients.rotate_key(one, by=me(request), at=timezone.now()))
    return HttpResponseRedirect(reverse("identity:desk_client", args=[pk]))


@requires("identity.clients.manage")
@confirmed
@form_once
@require_POST
def revoke_key(request: HttpRequest, pk: int, key_pk: int) -> HttpResponse:
    """End one key now."""
    key = get_object_or_404(ClientKey, pk=key_pk, client=pk)
    clients.revoke_key(key, by=me(request), at=timezone.now())
    messages.success(request, _("金鑰%(prefix)s已撤銷。") % {"prefix": key.prefix})
    return HttpResponseRedirect(reverse("identity:desk_client", args=[pk]))


@requires("identity.clients.manage")
@confirmed
@form_once
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_client(request: HttpRequest, pk: int) -> HttpResponse:
    """End a program with all its keys; asked once more, because it cannot be taken back."""
    one = get_object_or_404(Client, pk=pk, revoked_at=None)
    if request.method == "POST":
        clients.revoke_client(one, by=me(request), at=timezone.now())
        messages.success(request, _("介接系統已停用，所有金鑰都失效了。"))
        return HttpResponseRedirect(reverse("identity:desk_client", args=[pk]))
    return render(request, "identity/desk_client_revoke.html", {"one": one})
