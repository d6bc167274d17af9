"""What a citizen does with a petition that is under way."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import Files, FilesField, Form, Radios, Text, Textarea

MOST_TEXT = 4000


class FollowForm(Form):
    """Number and code; nothing says which of the two was wrong."""

    number = forms.CharField(
        label=_("案件編號"), max_length=40, widget=Text(width=20, attrs={"spellcheck": "false", "autocomplete": "off"}),
        help_text=_("例如 106-0320-0147"), error_messages={"required": _("請填案件編號，信件的主旨裡有")},
    )  # fmt: skip
    code = forms.CharField(
        label=_("查詢碼"), max_length=40,
        widget=Text(
            width=10, spacing=True,
            attrs={"spellcheck": "false", "autocomplete": "off", "autocapitalize": "characters"},
        ),
        help_text=_("8 個字，例如 K7M4Q2RS"), error_messages={"required": _("請填查詢碼，「已成案」那封信裡有")},
    )  # fmt: skip


def _text(label: Any, *, required: Any = None, most: int = MOST_TEXT, rows: int = 5, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, required=required is not None, help_text=hint,
        widget=Textarea(attrs={"rows": rows, "maxlength": None}, count=True, label_size="s"),
        error_messages={
            **({"required": required} if required else {}),
            "max_length": _("最多寫%(limit_value)d個字，現在有%(show_value)d個字"),
        },
    )  # fmt: skip


class AddForm(Form):
    """補充: words, photos, or both."""

    text = _text(_("要補充什麼？"))
    files = FilesField(
        label=_("加照片或檔案"), required=False,
        widget=Files(attrs={"accept": "image/*,.heic,.heif,application/pdf,video/mp4,video/quicktime"}, label_size="s"),
        help_text=_("JPG、PNG、HEIC、PDF，或100MB以內的短片。一次最多5個。"),
    )  # fmt: skip

    def __init__(self, *args: Any, most_files: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"].max_files = most_files

    def clean(self) -> dict[str, Any]:
        """One of the two at least."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not data.get("text") and not data.get("files"):
            self.add_error("text", _("請寫要補充的內容，或加照片"))
        return data


class UrgeForm(Form):
    """催一下, with a word or without."""

    text = _text(_("想對承辦人說什麼？（可以不填）"), most=500, rows=3)


class AnswerForm(AddForm):
    """The answer to the officer's question."""

    text = _text(_("您的回答"), required=_("請寫您的回答"))


class WithdrawForm(Form):
    """撤案, and if they like, why."""

    text = _text(_("為什麼撤回？（可以不填）"), most=500, rows=3, hint=_("例如：已經修好了。"))


class RateForm(Form):
    """One to five, solved or not, and a word."""

    score = forms.TypedChoiceField(
        label=_("對這次的回復，您滿意嗎？"), coerce=int, widget=Radios(label_size="m"),
        choices=[
            (5, _("5分，很滿意")), (4, _("4分，滿意")), (3, _("3分，普通")), (2, _("2分，不滿意")),
            (1, _("1分，很不滿意")),
        ],
        error_messages={"required": _("請選1到5分"), "invalid_choice": _("請選1到5分")},
    )  # fmt: skip
    solved = forms.ChoiceField(
        label=_("事情解決了嗎？"), required=False, widget=Radios(label_size="m", keep_empty=True),
        choices=[("yes", _("解決了")), ("no", _("還沒有")), ("", _("不確定"))],
    )  # fmt: skip
    comment = forms.CharField(
        label=_("還想說什麼？（可以不填）"), max_length=1000, required=False,
        widget=Textarea(attrs={"rows": 3, "maxlength": None}, count=True, label_size="s"),
        error_messages={"max_length": _("最多寫%(limit_value)d個字，現在有%(show_value)d個字")},
    )  # fmt: skip

    @property
    def is_solved(self) -> bool | None:
        """Yes, no, or not said."""
        return {"yes": True, "no": False}.get(self.cleaned_data["solved"])


class ReopenForm(Form):
    """申請重新處理: what is not solved yet."""

    text = _text(
        _("哪裡還沒解決？"),
        required=_("請告訴我們哪裡還沒解決"),
        most=2000,
        hint=_("機關會重新看過，決定後把理由告訴您。"),
    )
