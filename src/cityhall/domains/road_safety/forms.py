"""Forms of the road-safety evaluation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
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


class SendForm(Form):
    """The letter to the ministry."""

    sent_on = DateField(label=_("發文日期"))
    document = forms.CharField(label=_("發文字號"), max_length=60, widget=Text)
