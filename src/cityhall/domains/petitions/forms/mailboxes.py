"""Forms of the agencies' mailboxes."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import Digits, Form, Password, Radios, Text

from ..states import MailSecurity

HOST = re.compile(r"^(?=.{1,200}$)[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?$")


class MailboxForm(Form):
    """How a mailbox is read. The password is never shown; an empty one leaves what is kept."""

    host = forms.CharField(
        label=_("郵件伺服器"), max_length=200, widget=Text(width=30), help_text=_("例如 imap.example.gov.tw")
    )
    security = forms.ChoiceField(label=_("加密方式"), choices=MailSecurity, widget=Radios, initial=MailSecurity.TLS)
    port = forms.IntegerField(label=_("連接埠"), min_value=1, max_value=65535, widget=Digits(width=5), initial=993)
    user = forms.CharField(label=_("帳號"), max_length=200, widget=Text({"autocomplete": "off"}, width=30))
    password = forms.CharField(
        label=_("密碼"), max_length=200, strip=False, widget=Password({"autocomplete": "new-password"}, width=30),
        help_text=_("加密保存，之後不會再顯示。"),
    )  # fmt: skip
    folder = forms.CharField(label=_("收信資料夾"), max_length=100, widget=Text(width=20), initial="INBOX")
    move = forms.CharField(
        label=_("收過的信移到（可不填）"), max_length=100, required=False, widget=Text(width=20),
        help_text=_("空著就留在原處，標成已讀。"),
    )  # fmt: skip

    def __init__(self, *args: Any, kept: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kept:
            self.fields["password"].required = False
            self.fields["password"].help_text = _("空著就用原來的密碼。換了伺服器要再填一次。")

    def clean_host(self) -> str:
        host = self.cleaned_data["host"].strip().lower()
        if not HOST.match(host):
            raise ValidationError(_("請寫主機名稱，例如 imap.example.gov.tw，不要寫 https:// 或帳號"))
        return host

    def clean(self) -> dict[str, Any]:
        """No line breaks in what is sent as a command."""
        given = super().clean() or {}
        for name in ("user", "password", "folder", "move"):
            if any(ord(char) < 32 for char in given.get(name) or ""):
                self.add_error(name, _("這一格有不能用的字元"))
        return given
