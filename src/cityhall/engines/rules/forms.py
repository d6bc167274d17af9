"""The form that changes a parameter from a day on."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import DateField, Digits, Form, Text, Textarea

from .registry import Declaration


class ParameterForm(Form):
    """Value, first day and source. Lists are written one word a line."""

    valid_from = DateField(label=_("自何日起"), help_text=_("可以是今天或以後的日子；之前決定的事不受影響。"))
    source = forms.CharField(
        label=_("依據"), max_length=200, help_text=_("法規名稱或簽准文號。"), widget=Text(width=30)
    )

    field_order = ["value", "valid_from", "source"]

    def __init__(self, *args: Any, declared: Declaration, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = _("新的值")
        if declared.kind == "int":
            self.fields["value"] = forms.IntegerField(
                label=label, min_value=0, max_value=1_000_000, widget=Digits(width=5, suffix=declared.unit)
            )
        elif declared.kind == "list":
            self.fields["value"] = forms.CharField(
                label=label, widget=Textarea(attrs={"rows": 10}), help_text=_("一行一個字詞。")
            )
        else:
            self.fields["value"] = forms.CharField(label=label, max_length=500, widget=Text(width=30))
        self.order_fields(self.field_order)
