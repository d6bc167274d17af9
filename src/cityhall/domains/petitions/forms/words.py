"""The form of the list of words that are covered for handlers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import DateField, Form, Text, Textarea

from ..services import words
from ..services.words import CannotSetWords


class WordsForm(Form):
    """The list, one word a line; from when on; by what."""

    lines = forms.CharField(
        label=_("字詞表"), max_length=60_000, widget=Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        help_text=_("一行一個字詞。會誤傷的，在「｜」後面寫出包含它的平常詞，例如：靠北｜靠北側、靠北邊。空格、全形字和夾在中間的符號不必另外寫。"),
    )  # fmt: skip
    valid_from = DateField(label=_("自何日起"), help_text=_("可以是今天或以後。之前收到的案件不受影響。"))
    source = forms.CharField(
        label=_("依據"), max_length=200, help_text=_("法規名稱或簽准文號。"), widget=Text(width=30)
    )

    def clean_lines(self) -> Any:
        """Every line must be usable."""
        try:
            return words.read_lines(self.cleaned_data["lines"].splitlines())
        except CannotSetWords as refusal:
            raise ValidationError(str(refusal)) from refusal
