"""What lies at outside bodies: the filter of the list, and what a body answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.web.forms import DateField, Form, Select, Text, Textarea

from ..models import PassedOn
from ..passed_on import Outward

WORDS = {
    Outward.LATE: pgettext_lazy("outside", "逾期未復"),
    Outward.WAITING: pgettext_lazy("outside", "等待回復"),
    Outward.ANSWERED: pgettext_lazy("outside", "已獲回復"),
    Outward.CAME_BACK: pgettext_lazy("outside", "已退回"),
}


LETTER, OPEN311 = "letter", "open311"
WAYS = {LETTER: pgettext_lazy("outside", "公文"), OPEN311: pgettext_lazy("outside", "Open311")}


class OutsideFilter(Form):
    """What the list can be narrowed by."""

    q = forms.CharField(label=_("案件編號或主旨"), max_length=100, required=False, widget=Text)
    where = forms.ChoiceField(
        label=_("情形"), required=False, widget=Select,
        choices=[("", _("全部")), *((key.value, label) for key, label in WORDS.items())],
    )  # fmt: skip
    way = forms.ChoiceField(label=_("怎麼送"), required=False, widget=Select, choices=[("", _("全部")), *WAYS.items()])
    agency = forms.ChoiceField(label=_("府外機關"), required=False, widget=Select)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = Agency.objects.filter(pk__in=PassedOn.objects.values("agency")).order_by("order", "code")
        self.fields["agency"].choices = [("", _("全部")), *((one.code, one.label) for one in there)]


class AnswerForm(Form):
    """The body's answer, as it came."""

    answered_on = DateField(label=_("對方回復的日期"))
    answer = forms.CharField(
        label=_("對方的回復"), max_length=4000, widget=Textarea(attrs={"rows": 8}),
        help_text=_("民眾會看到，請不要寫別人的個人資料。"),
    )  # fmt: skip
