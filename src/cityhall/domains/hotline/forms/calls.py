"""The filter of the calls."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.web.forms import DateField, Form, Select

from ..models import Agent, Queue
from ..states import Outcome, Topic

WITHOUT = "-"
"""The topic of calls that have none, among the choices."""


class CallFilter(Form):
    """What the calls can be narrowed by."""

    outcome = forms.ChoiceField(
        label=pgettext_lazy("call", "結果"), required=False, widget=Select, choices=[("", _("全部")), *Outcome.choices]
    )
    topic = forms.ChoiceField(
        label=_("服務項目"), required=False, widget=Select,
        choices=[("", _("全部")), *Topic.choices, (WITHOUT, _("沒有記下項目"))],
    )  # fmt: skip
    queue = forms.ChoiceField(label=_("話務群組"), required=False, widget=Select)
    agent = forms.ChoiceField(label=_("話務席"), required=False, widget=Select)
    first = DateField(label=_("進線日從"), required=False)
    last = DateField(label=_("到"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("queue", Queue), ("agent", Agent)):
            self.fields[name].choices = [("", _("全部")), *((one.code, str(one)) for one in model.objects.all())]
