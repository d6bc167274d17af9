"""Forms of subsidised projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.web.charts import year_name
from cityhall.web.forms import DateField, Form, Select


class RatesFilter(Form):
    """Of which year's projects, as they stood on which day."""

    year = forms.ChoiceField(label=_("年度"), required=False, widget=Select)
    day = DateField(label=_("截至"), required=False, help_text=_("留空就是今天。"))

    def __init__(self, *args: Any, years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(one, year_name(one)) for one in years]
