"""Forms of the road-safety evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.web.charts import year_name
from cityhall.web.forms import Checkboxes, DateField, Form, Select, Text


class BeginForm(Form):
    """A year and its agencies."""

    year = forms.TypedChoiceField(label=_("年度"), coerce=int, widget=Select)
    agencies = forms.MultipleChoiceField(label=_("受評機關"), widget=Checkboxes)

    def __init__(self, *args: Any, years: list[int], agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(str(one), year_name(one)) for one in years]
        self.fields["agencies"].choices = [(one.code, one.label) for one in agencies]


class MinistryForm(Form):
    """The ministry's own evaluation: its letter, and the points of each agency."""

    received_on = DateField(label=_("來文日期"))
    document = forms.CharField(label=_("來文字號"), max_length=60, widget=Text)

    def __init__(self, *args: Any, agencies: Sequence[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [one.code for one in agencies]
        for one in agencies:
            self.fields[f"points_{one.code}"] = forms.DecimalField(
                label=gettext("%(agency)s的複評分數") % {"agency": one.label}, min_value=0, max_value=100, decimal_places=2,
                widget=Text(attrs={"inputmode": "decimal"}),
            )  # fmt: skip

    @property
    def points(self) -> dict[str, Decimal]:
        """By the agency's code."""
        return {code: self.cleaned_data[f"points_{code}"] for code in self.codes}


class SendForm(Form):
    """The letter to the ministry."""

    sent_on = DateField(label=_("發文日期"))
    document = forms.CharField(label=_("發文字號"), max_length=60, widget=Text)
