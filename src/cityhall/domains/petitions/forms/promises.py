"""The filter of the promises."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.web.forms import Checkbox, Form, Select, Text

from ..models import FollowUp
from ..promises import Keeping

WORDS = {
    Keeping.OVERDUE: pgettext_lazy("promise", "已過期"),
    Keeping.SOON: pgettext_lazy("promise", "快到了"),
    Keeping.OPEN: pgettext_lazy("promise", "還早"),
    Keeping.KEPT: pgettext_lazy("promise", "如期完成"),
    Keeping.KEPT_LATE: pgettext_lazy("promise", "晚了才完成"),
}


class PromiseFilter(Form):
    """What the promises can be narrowed by."""

    q = forms.CharField(label=_("案件編號或主旨"), max_length=100, required=False, widget=Text)
    keeping = forms.ChoiceField(
        label=_("情形"), required=False, widget=Select,
        choices=[("", _("全部")), *((key.value, label) for key, label in WORDS.items())],
    )  # fmt: skip
    agency = forms.ChoiceField(label=_("主辦機關"), required=False, widget=Select)
    moved = forms.BooleanField(label=_("只看改期過的"), required=False, widget=Checkbox)

    def __init__(self, *args: Any, rows: QuerySet[FollowUp], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = Agency.objects.filter(pk__in=rows.values("petition__case__agency")).order_by("order", "code")
        self.fields["agency"].choices = [("", _("全部")), *((one.code, one.label) for one in there)]
