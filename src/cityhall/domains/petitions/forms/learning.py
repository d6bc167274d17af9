"""Forms of automatic dispatch: the switch, the precision of an agency, the weekly sample, labels that were stopped at."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.engines.classify.making import TARGETS
from cityhall.engines.directory.models import Agency
from cityhall.web.forms import Checkbox, Form, Radios, Select, Text, Textarea

from ..states import LabelCheck
from .desk import agencies, agency_field, categories, category_field


class StopForm(Form):
    reason = forms.CharField(
        label=_("為什麼停用"), max_length=500, widget=Textarea(attrs={"rows": 3}),
        help_text=_("給之後看監看頁的同事：例如某一類突然派錯很多。"),
    )  # fmt: skip


class RestartForm(Form):
    reason = forms.CharField(
        label=_("為什麼可以恢復"), max_length=500, widget=Textarea(attrs={"rows": 3}),
        help_text=_("例如：哪一條規則改好了，或已回到前一版字詞模型。"),
    )  # fmt: skip


class PrecisionForm(Form):
    """Which precision an agency asks for."""

    agency = agency_field(_("機關"))
    percent = forms.TypedChoiceField(
        label=_("要多準才自動派案"), coerce=int, empty_value=None, required=False, widget=Select,
        help_text=_("愈高派錯愈少，由分文人員看的也愈多。只管字詞模型判的；規則不受影響。"),
    )  # fmt: skip
    reason = forms.CharField(label=_("為什麼"), max_length=500, widget=Text)

    def __init__(self, *args: Any, on: date, usual: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies(on)
        choices = [("", _("照一般設定（%(n)d%%）") % {"n": usual}), *((str(n), f"{n}%") for n in TARGETS)]
        self.fields["percent"].choices = choices


class WrongForm(Form):
    """What would have been right."""

    category = category_field()
    agency = agency_field(_("正確的機關"), empty=_("依類別與地點"), required=False)
    note = forms.CharField(label=_("說明（可不填）"), max_length=500, required=False, widget=Text)
    send_anew = forms.BooleanField(label=_("現在就改派"), required=False, widget=Checkbox)

    def __init__(self, *args: Any, on: date, may_send: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = categories(on)
        self.fields["category"].label = _("正確的類別")
        self.fields["agency"].queryset = agencies(on)
        if not may_send:
            del self.fields["send_anew"]


class LabelsForm(Form):
    """What somebody found who looked at labels that the guard stopped at."""

    verdict = forms.ChoiceField(label=_("您的判斷"), choices=LabelCheck.choices, widget=Radios)
    reason = forms.CharField(label=_("為什麼"), max_length=300, widget=Textarea(attrs={"rows": 3}))


def agencies_that_ask(codes: list[str]) -> list[Agency]:
    """Those with a precision of their own, in the order of the directory."""
    return list(Agency.objects.filter(code__in=codes).order_by("order", "code"))
