"""Forms of the operator's desk."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import day_of
from cityhall.web.dates import as_date
from cityhall.web.forms import Checkbox, DateField, Form, Phone, Radios, Select, Text, Textarea

from .states import CHOSEN, CallBackState, InterviewState, Nuisance, Outcome, TransferFate, TransferKind, WrapUp


class ContactFilter(Form):
    """What contacts can be narrowed by."""

    q = forms.CharField(label=_("接觸編號"), max_length=20, required=False, widget=Text(width=10))
    outcome = forms.ChoiceField(
        label=pgettext_lazy("contact", "結果"),
        required=False,
        widget=Select,
        choices=[("", _("全部")), *Outcome.choices],
    )
    wrap_up = forms.ChoiceField(
        label=_("話後碼"), required=False, widget=Select, choices=[("", _("全部")), *WrapUp.choices]
    )
    first = DateField(label=_("日期從"), required=False)
    last = DateField(label=_("到"), required=False)


class PresenceForm(Form):
    """What the operator does from now on, and where they sit."""

    seat = forms.CharField(label=_("話務席"), max_length=80, required=False, widget=Text(width=5))
    state = forms.ChoiceField(label=_("狀態"), choices=[(one.value, one.label) for one in CHOSEN], widget=Select)


class WrapUpForm(Form):
    """Note and code: one form, so that one key ends the contact."""

    note = forms.CharField(
        label=_("備註"), max_length=1000, required=False, widget=Textarea(attrs={"rows": 3, "data-key": "n"}),
        help_text=_("不要寫電話、證號；寫了也會遮起來。"),
    )  # fmt: skip
    code = forms.ChoiceField(label=_("話後碼"), choices=WrapUp.choices, widget=Radios(inline=True, small=True))


HOURS = [(f"{hour:02}", f"{hour:02}:00") for hour in range(8, 22)]


class CallBackForm(Form):
    """Where and until when to call back."""

    phone = forms.CharField(
        label=_("對方要我們回的電話"), max_length=30, widget=Phone(width=20),
        help_text=_("只有回電的人看得到，回過就刪除。"),
    )  # fmt: skip
    about = forms.CharField(label=_("回電要說什麼"), max_length=200, widget=Text())
    day = forms.TypedChoiceField(label=_("哪一天以前"), coerce=date.fromisoformat, widget=Select)
    hour = forms.TypedChoiceField(label=_("幾點以前"), coerce=int, choices=HOURS, initial="17", widget=Select)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = [day_of(now) + timedelta(days=n) for n in range(8)]
        self.fields["day"].choices = [(day.isoformat(), as_date(day, weekday=True)) for day in days]
        self.fields["day"].initial = days[1].isoformat()

    @property
    def due_at(self) -> datetime:
        """The instant by which to call."""
        return instant(self.cleaned_data["day"], self.cleaned_data["hour"])


class CalledBackForm(Form):
    """What came of a try."""

    result = forms.ChoiceField(
        label=_("回電的結果"), widget=Radios,
        choices=[
            (CallBackState.REACHED.value, _("已說明清楚")), ("missed", _("沒有人接，再找時間打")),
            (CallBackState.STOPPED.value, _("對方說不必回了")),
        ],
    )  # fmt: skip


class NuisanceForm(Form):
    """What kind it was, and whether it was warned of."""

    kind = forms.ChoiceField(label=pgettext_lazy("nuisance", "情形"), choices=Nuisance.choices, widget=Radios)
    warned = forms.BooleanField(label=_("已照稿警告兩次"), required=False, widget=Checkbox)


class NuisanceDecision(Form):
    """The supervisor's word."""

    upheld = forms.TypedChoiceField(
        label=_("複核結果"), coerce=lambda value: value == "yes", widget=Radios,
        choices=[("yes", pgettext_lazy("nuisance", "確認")), ("no", pgettext_lazy("nuisance", "不成立"))],
    )  # fmt: skip
    remark = forms.CharField(label=_("複核意見"), max_length=300, required=False, widget=Text())


class TransferForm(Form):
    """To which agency, and how."""

    agency = forms.ModelChoiceField(label=_("轉給哪個機關"), queryset=Agency.objects.none(), widget=Select)
    kind = forms.ChoiceField(
        label=_("轉接方式"), widget=Radios, initial=TransferKind.WARM,
        choices=[
            (TransferKind.WARM.value, _("暖轉接：先和機關說明，再接給對方")), (TransferKind.BLIND.value, _("盲轉接：直接轉過去")),
        ],
    )  # fmt: skip

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = Agency.objects.as_of(on).exclude(phone="").order_by("kind", "code")
        self.fields["agency"].empty_label = _("請選擇機關")
        self.fields["agency"].label_from_instance = lambda one: f"{one.label}　{one.phone}"


class FateForm(Form):
    """What became of a transfer, where the operator heard it."""

    fate = forms.ChoiceField(
        label=pgettext_lazy("transfer", "結果"), widget=Radios,
        choices=[one for one in TransferFate.choices if one[0] != TransferFate.WAITING],
    )  # fmt: skip


class TransferFilter(Form):
    """What transfers can be narrowed by."""

    agency = forms.ModelChoiceField(label=_("機關"), queryset=Agency.objects.none(), required=False, widget=Select)
    fate = forms.ChoiceField(
        label=pgettext_lazy("transfer", "結果"), required=False, widget=Select,
        choices=[("", _("全部")), *TransferFate.choices],
    )  # fmt: skip
    first = DateField(label=_("日期從"), required=False)
    last = DateField(label=_("到"), required=False)

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies
        self.fields["agency"].empty_label = _("全部")
        self.fields["agency"].label_from_instance = lambda one: one.label


class AnswerForm(Form):
    """What the agency does about it."""

    answer = forms.CharField(label=_("改善作法"), max_length=2000, widget=Textarea(attrs={"rows": 6}))


SCALE = [("", _("沒有回答")), *((str(n), str(n)) for n in range(5, 0, -1))]


class InterviewForm(Form):
    """What somebody who was transferred thought of it."""

    state = forms.ChoiceField(
        label=_("訪問的結果"), widget=Radios,
        choices=[one for one in InterviewState.choices if one[0] != InterviewState.WAITING],
    )  # fmt: skip
    handling = forms.TypedChoiceField(
        label=_("處理滿意度（5最滿意）"), coerce=int, empty_value=None, required=False, choices=SCALE, widget=Select
    )
    attitude = forms.TypedChoiceField(
        label=_("態度滿意度（5最滿意）"), coerce=int, empty_value=None, required=False, choices=SCALE, widget=Select
    )
