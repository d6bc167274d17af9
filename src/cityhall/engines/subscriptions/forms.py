"""Forms of subscriptions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import Digits, Email, Form, Radios

from .states import Rhythm


def email_field(help_text: object = _("先寄一組驗證碼，確認是您本人。每封信都可以一鍵取消。")) -> forms.EmailField:
    """The mailbox that is told."""
    return forms.EmailField(
        label=_("電子郵件"), widget=Email(), help_text=help_text, max_length=254,
        error_messages={
            "required": _("請填電子郵件，通知才寄得到"), "invalid": _("電子郵件的格式不對，應該像 ming@example.org"),
        },
    )  # fmt: skip


class RhythmForm(Form):
    """How often."""

    rhythm = forms.ChoiceField(label=_("多久寄一次"), choices=Rhythm.choices, widget=Radios, initial=Rhythm.WEEKLY)


class SubscribeForm(RhythmForm):
    """How often, and where to."""

    email = email_field()


class CodeForm(Form):
    """The six digits of the letter."""

    code = forms.CharField(
        label=_("驗證碼"), widget=Digits(width=5), max_length=20, help_text=_("信裡的 6 個數字。"),
        error_messages={"required": _("請填信裡的 6 個數字")},
    )  # fmt: skip
