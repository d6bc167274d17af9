"""What identity puts into the shared pages: the links at the right end of the header, and the desk's administration."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cityhall.web.navigation import account_menu, desk_menu


def _in(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated)


def _staff(request: HttpRequest) -> bool:
    return _in(request) and bool(getattr(request.user, "is_staff_member", False))


account_menu.add(10, _("登入"), "identity:sign_in", when=lambda request: not _in(request))
account_menu.add(20, _("我的帳號"), "identity:account", when=lambda request: _in(request) and not _staff(request))
account_menu.add(20, _("我的帳號"), "identity:staff_account", when=_staff)
account_menu.add(90, _("登出"), "identity:sign_out", when=_in, post=True)
desk_menu.add(910, _("同仁帳號"), "identity:desk_accounts", "/desk/accounts/", act="identity.accounts.read")
desk_menu.add(920, _("介接系統"), "identity:desk_clients", "/desk/clients/", act="identity.clients.read")
