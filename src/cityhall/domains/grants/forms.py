"""Forms of grants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency, Person
from cityhall.web.charts import year_name
from cityhall.web.forms import Checkboxes, DateField, Digits, Files, FilesField, Form, Radios, Select, Text, Textarea

MOST_FILES = 5


class CallForm(Form):
    """A central call."""

    year = forms.TypedChoiceField(label=_("年度"), coerce=int, widget=Select)
    name = forms.CharField(label=_("徵案名稱"), max_length=120, widget=Text)
    sponsor = forms.CharField(label=_("補助機關"), max_length=80, widget=Text)
    about = forms.CharField(label=_("說明"), max_length=2000, required=False, widget=Textarea(attrs={"rows": 4}))
    needs_until = DateField(label=_("需求提出期限"))
    proposals_until = DateField(label=_("業者提案期限"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = (today.year, today.year + 1)
        self.fields["year"].choices = [(str(one), year_name(one)) for one in years]


def _uploads() -> FilesField:
    return FilesField(
        label=_("附件"), required=False, max_files=MOST_FILES, widget=Files, help_text=_("照片、PDF 或短片，最多5個。")
    )


class NeedForm(Form):
    """What an agency would have built."""

    agency = forms.ChoiceField(label=_("提出機關"), widget=Select)
    title = forms.CharField(label=_("需求名稱"), max_length=120, widget=Text)
    text = forms.CharField(
        label=_("需求規格"),
        max_length=4000,
        widget=Textarea(attrs={"rows": 8}),
        help_text=_("要解決什麼問題、給誰用、在哪裡做。"),
    )
    uploads = _uploads()

    def __init__(self, *args: Any, agencies: Iterable[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [(one.code, one.label) for one in agencies]
        self.fields["agency"].choices = own if len(own) == 1 else [("", _("請選擇")), *own]


class DecideForm(Form):
    """One of the steps that may follow, and why."""

    step = forms.ChoiceField(label=_("結果"), widget=Radios)
    reason = forms.CharField(label=_("審查意見"), max_length=500, widget=Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, steps: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step"].choices = steps


NEED_STEPS = [("recommend", pgettext_lazy("grants", "獲推薦")), ("decline", pgettext_lazy("grants", "未獲推薦"))]
PROPOSAL_STEPS = [("select", _("審查通過")), ("reject", _("審查未通過"))]


class ProposalForm(Form):
    """What a vendor offers."""

    vendor = forms.CharField(label=_("提案業者"), max_length=80, widget=Text)
    title = forms.CharField(label=_("計畫名稱"), max_length=120, widget=Text)
    text = forms.CharField(label=_("計畫內容"), max_length=4000, widget=Textarea(attrs={"rows": 8}))
    amount = forms.IntegerField(
        label=_("計畫經費"), min_value=1, max_value=10**12, widget=Digits(prefix="NT$", width=20)
    )
    uploads = _uploads()


class ReviewForm(Form):
    """Who judges, and until when."""

    judges = forms.MultipleChoiceField(label=_("評審委員"), widget=Checkboxes)
    due_on = DateField(label=_("審查期限"))

    def __init__(self, *args: Any, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["judges"].choices = [(str(one.pk), one.label) for one in people]


class SignForm(Form):
    """The contract."""

    document = forms.CharField(label=_("契約編號"), max_length=100, widget=Text)
    ends_on = DateField(label=_("契約結束日"))
