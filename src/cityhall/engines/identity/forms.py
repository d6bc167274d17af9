"""Forms of sign-in, account pages and administration; drawn by the renderer in `web`."""

import json
from typing import Any

from django import forms as fields
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cityhall.engines.identity import clients, passwords, rules
from cityhall.engines.identity.models import Account
from cityhall.engines.identity.states import STAFF, Kind
from cityhall.web import forms

WRITE_EMAIL = _("請填電子郵件，例如ming@example.com")
WRITE_CODE = _("請填6個數字的驗證碼")


class Address(fields.EmailField):
    """An address in its one form: full-width letters of a Chinese keyboard are no mistake."""

    def to_python(self, value: Any) -> str:
        """Normal before it is looked at."""
        text = super().to_python(value)
        return rules.normalise_email(text) if text else ""


class AddressForm(forms.Form):
    """Which mailbox?"""

    email = Address(
        label=_("電子郵件"),
        max_length=254,
        widget=forms.Email(width=30),
        error_messages={"required": WRITE_EMAIL, "invalid": WRITE_EMAIL},
    )


class CodeForm(forms.Form):
    """The six digits."""

    code = fields.CharField(
        label=_("驗證碼"),
        max_length=20,
        widget=forms.Digits(width=10, spacing=True, attrs={"autocomplete": "one-time-code"}),
        error_messages={"required": WRITE_CODE},
    )


class AppCodeForm(forms.Form):
    """The six digits of an authenticator app, or a recovery code."""

    code = fields.CharField(
        label=_("驗證器App上的6個數字"),
        help_text=_("手機不在身邊？也可以填一組救援碼。"),
        max_length=20,
        widget=forms.Digits(width=10, spacing=True, attrs={"autocomplete": "one-time-code"}),
        error_messages={"required": _("請填驗證器App上的6個數字，或一組救援碼")},
    )


class NewAppCodeForm(forms.Form):
    """The first code of a new authenticator app."""

    code = fields.CharField(
        label=_("App顯示的6個數字"),
        max_length=20,
        widget=forms.Digits(width=10, spacing=True, attrs={"autocomplete": "one-time-code"}),
        error_messages={"required": _("請填App顯示的6個數字")},
    )


class PasswordSignInForm(AddressForm):
    """Address and password of staff."""

    password = fields.CharField(
        label=_("密碼"),
        max_length=256,
        strip=False,
        widget=forms.Password(width=30),
        error_messages={"required": _("請填密碼")},
    )


class NewPasswordForm(forms.Form):
    """A new password, typed twice."""

    password = fields.CharField(
        label=_("新密碼"),
        max_length=256,
        strip=False,
        widget=forms.Password(width=30, attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("請填新密碼")},
    )
    again = fields.CharField(
        label=_("再填一次新密碼"),
        max_length=256,
        strip=False,
        widget=forms.Password(width=30, attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("請再填一次新密碼")},
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_password(self) -> str:
        """By the rules for passwords."""
        password: str = self.cleaned_data["password"]
        passwords.check_rules(password, self.account)
        return password

    def clean(self) -> dict[str, Any]:
        """Both alike."""
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("兩次填的密碼不一樣，請再填一次"))
        return cleaned


class ChangePasswordForm(NewPasswordForm):
    """The present password first."""

    present = fields.CharField(
        label=_("現在的密碼"),
        max_length=256,
        strip=False,
        widget=forms.Password(width=30),
        error_messages={"required": _("請填現在的密碼")},
    )
    field_order = ["present", "password", "again"]


class PasskeyForm(forms.Form):
    """What the browser made or proved; a script fills it in."""

    credential = fields.CharField(widget=fields.HiddenInput, max_length=20_000)

    def clean_credential(self) -> Any:
        """The JSON of the browser's answer."""
        try:
            credential = json.loads(self.cleaned_data["credential"])
        except ValueError:
            raise ValidationError(_("通行金鑰沒有完成，請再試一次。")) from None
        if not isinstance(credential, dict):
            raise ValidationError(_("通行金鑰沒有完成，請再試一次。"))
        return credential


class NewPasskeyForm(PasskeyForm):
    """A new passkey and its name."""

    name = fields.CharField(
        label=_("這把通行金鑰的名稱"),
        help_text=_("讓您日後認得，例如「我的手機」。"),
        max_length=60,
        widget=forms.Text(width=20),
        error_messages={"required": _("請幫這把通行金鑰取個名稱")},
    )


class PasskeyNameForm(forms.Form):
    """Another name for a passkey."""

    name = fields.CharField(
        label=_("名稱"),
        max_length=60,
        widget=forms.Text(width=20),
        error_messages={"required": _("請填名稱")},
    )


LANGUAGES = [("zh-hant", "中文"), ("en", "English")]


class ProfileForm(forms.Form):
    """Name and language."""

    name = fields.CharField(
        label=_("姓名"),
        max_length=100,
        required=False,
        widget=forms.Text(width=20, attrs={"autocomplete": "name"}),
        help_text=_("回復您的信會用這個稱呼。"),
    )
    language = fields.ChoiceField(
        label=_("我們寫信給您用哪種語言？"), choices=LANGUAGES, widget=forms.Radios(inline=True)
    )


class StaffProfileForm(ProfileForm):
    """Name, office telephone and language."""

    name = fields.CharField(
        label=_("姓名"),
        max_length=100,
        widget=forms.Text(width=20, attrs={"autocomplete": "name"}),
        error_messages={"required": _("請填姓名")},
    )
    phone = fields.CharField(label=_("公務電話"), max_length=30, required=False, widget=forms.Phone(width=20))
    language = fields.ChoiceField(label=_("通知信用哪種語言？"), choices=LANGUAGES, widget=forms.Radios(inline=True))
    field_order = ["name", "phone", "language"]


class PhoneForm(forms.Form):
    """A mobile number that a text message can reach."""

    phone = fields.CharField(
        label=_("手機號碼"),
        max_length=30,
        widget=forms.Phone(width=20),
        help_text=_("例如0912 345 678。國外的號碼請加國碼，例如+81。"),
        error_messages={"required": _("請填手機號碼，例如0912 345 678")},
    )

    def clean_phone(self) -> str:
        """In its one form, and only a mobile."""
        phone = rules.normalise_phone(self.cleaned_data["phone"])
        if not rules.is_mobile(phone):
            raise ValidationError(_("這不像手機號碼，請填像0912 345 678的號碼"))
        return phone


# --- administration -----------------------------------------------------------------------------------------


class StaffAccountForm(AddressForm):
    """A new account for an officer or a guest."""

    name = fields.CharField(
        label=_("姓名"),
        max_length=100,
        widget=forms.Text(width=20),
        error_messages={"required": _("請填姓名")},
    )
    kind = fields.ChoiceField(
        label=_("哪一種帳號？"),
        choices=[(kind.value, kind.label) for kind in Kind if kind in STAFF],
        widget=forms.Radios(hints={Kind.GUEST.value: _("中央機關、國營事業、監理站等，以訪客帳號參與。")}),
        initial=Kind.OFFICER,
        error_messages={"required": _("請選帳號種類")},
    )
    expires_on = forms.DateField(
        label=_("使用期限"), required=False, help_text=_("訪客或約聘人員請填最後一天；不填就沒有期限。")
    )
    field_order = ["name", "email", "kind", "expires_on"]


class StaffFilterForm(forms.Form):
    """Which accounts?"""

    q = fields.CharField(label=_("姓名或電子郵件"), required=False, max_length=100, widget=forms.Text(width=20))
    state = fields.ChoiceField(
        label=_("狀態"),
        required=False,
        choices=[("all", _("全部")), ("active", _("使用中")), ("stopped", _("停用"))],
        widget=forms.Radios(inline=True, small=True),
    )


class ExpiryForm(forms.Form):
    """The last day of an account."""

    expires_on = forms.DateField(label=_("使用期限"), required=False, help_text=_("最後一天；不填就沒有期限。"))


class ClientForm(forms.Form):
    """A program that calls our APIs."""

    name = fields.CharField(
        label=_("名稱"),
        max_length=100,
        widget=forms.Text(width=20),
        help_text=_("系統的名稱，例如「市民卡App」。"),
        error_messages={"required": _("請填名稱")},
    )
    purpose = fields.CharField(label=_("用途"), max_length=200, required=False, widget=forms.Text())
    contact = Address(label=_("聯絡信箱"), max_length=254, required=False, widget=forms.Email(width=30))
    scopes = fields.MultipleChoiceField(
        label=_("可以使用的服務"), widget=forms.Checkboxes(), error_messages={"required": _("請至少選一項服務")}
    )
    per_minute = fields.IntegerField(
        label=_("每分鐘最多呼叫幾次"),
        min_value=1,
        max_value=100_000,
        initial=60,
        widget=forms.Digits(width=5),
        error_messages={"required": _("請填每分鐘上限"), "invalid": _("請填數字")},
    )
    per_day = fields.IntegerField(
        label=_("每天最多呼叫幾次"),
        min_value=1,
        max_value=100_000_000,
        initial=10_000,
        widget=forms.Digits(width=10),
        error_messages={"required": _("請填每日上限"), "invalid": _("請填數字")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(scope, clients.in_words(scope)) for scope in sorted(clients.scopes)]
        self.fields["scopes"].choices = choices

    def quota(self) -> clients.Quota:
        """The limits that were typed."""
        return clients.Quota(self.cleaned_data["per_minute"], self.cleaned_data["per_day"])
