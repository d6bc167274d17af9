"""每月摘要: the filter of the archive, and how one was handed over that did not arrive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.web.forms import Form, Select, Text

from ..states import Delivery


class DigestFilter(Form):
    """What the archive can be narrowed by."""

    month = forms.ChoiceField(label=pgettext_lazy("statistics", "月份"), required=False, widget=Select)
    agency = forms.ChoiceField(label=_("機關"), required=False, widget=Select)
    sent = forms.ChoiceField(
        label=_("寄送情形"), required=False, widget=Select, choices=[("", _("全部")), *Delivery.choices]
    )

    def __init__(
        self, *args: Any, months: Sequence[tuple[str, str]], agencies: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [("", _("全部")), *months]
        self.fields["agency"].choices = [("", _("全部")), *agencies]


class OtherwiseForm(Form):
    """How the agency has it, or why it need not have it."""

    how = forms.CharField(
        label=_("怎麼送達"), max_length=200, widget=Text,
        help_text=_("例如：列印後交給該機關、機關已裁撤不必寄。"),
    )  # fmt: skip
