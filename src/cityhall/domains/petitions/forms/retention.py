"""Forms of retention: the month that is previewed, and what holds data back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.web.charts import month_name
from cityhall.web.forms import DateField, Form, Radios, Select, Textarea

from ..models import Petition
from ..retention import months_after
from ..states import HoldGround

MONTHS = 36


class PreviewForm(Form):
    """Which month, and whose petitions."""

    month = forms.ChoiceField(label=_("月份"), required=False, widget=Select)
    agency = forms.ChoiceField(label=_("主辦機關"), required=False, widget=Select)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = [months_after(today.replace(day=1), n) for n in range(MONTHS)]
        self.fields["month"].choices = [(f"{one:%Y-%m}", month_name(one)) for one in months]
        there = Agency.objects.filter(pk__in=Petition.objects.values("case__agency")).order_by("order", "code")
        self.fields["agency"].choices = [("", _("全部")), *((one.code, one.label) for one in there)]


class HoldForm(Form):
    """保全: what for, why, until when."""

    ground = forms.ChoiceField(label=_("為了什麼保全"), choices=HoldGround.choices, widget=Radios)
    reason = forms.CharField(
        label=pgettext_lazy("hold", "說明"), max_length=300, widget=Textarea(attrs={"rows": 3}),
        help_text=_("例如案號、來文字號。請不要寫民眾的姓名與聯絡資料。"),
    )  # fmt: skip
    until = DateField(label=_("保全到"), help_text=_("這一天過後，逾期的個人資料才會移除。到期前可以延長。"))


class ReleaseForm(Form):
    reason = forms.CharField(label=_("為什麼可以解除"), max_length=300, widget=Textarea(attrs={"rows": 3}))
