"""Forms of the calendar."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.foundation.clock import TAIPEI, start_of_day
from cityhall.web.forms import Checkbox, DateField, Form, Radios, Select, Text

from .models import CalendarDay

HOURS = [(hour, f"{hour:02}:00") for hour in range(25)]


class ClosureForm(Form):
    """停止上班: which day, from which hour to which, and whether hours stand still."""

    name = forms.CharField(label=_("名稱"), max_length=60, help_text=_("例如：山陀兒颱風停止上班"), widget=Text)
    day = DateField(label=_("哪一天"))
    from_hour = forms.TypedChoiceField(label=_("從幾點"), choices=HOURS[:24], coerce=int, initial=0, widget=Select)
    to_hour = forms.TypedChoiceField(label=_("到幾點"), choices=HOURS[1:], coerce=int, initial=24, widget=Select)
    stops_clock = forms.BooleanField(
        label=_("以小時計的期限也停止計時"),
        help_text=_("不勾選時，急迫案件的一日期限照常計算。"),
        required=False,
        initial=True,
        widget=Checkbox,
    )
    source = forms.CharField(
        label=_("依據"), max_length=100, help_text=_("例如：市府 115 年 9 月 30 日公告"), widget=Text
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (
            cleaned.get("from_hour") is not None
            and cleaned.get("to_hour") is not None
            and cleaned["from_hour"] >= cleaned["to_hour"]
        ):
            self.add_error("to_hour", _("結束時間要在開始時間之後"))
        return cleaned

    def span(self) -> tuple[datetime, datetime]:
        """The closure's first instant and the first after it."""
        start = start_of_day(self.cleaned_data["day"]).astimezone(TAIPEI)
        return (
            start + timedelta(hours=self.cleaned_data["from_hour"]),
            start + timedelta(hours=self.cleaned_data["to_hour"]),
        )


class DayForm(Form):
    """A day that differs from its weekday."""

    day = DateField(label=_("哪一天"))
    kind = forms.ChoiceField(
        label=_("這一天"),
        choices=[*CalendarDay.Kind.choices, ("", _("恢復為一般的平日或週末"))],
        required=False,
        widget=Radios,
    )
    name = forms.CharField(label=_("名稱"), max_length=60, required=False, widget=Text)
    source = forms.CharField(label=_("依據"), max_length=100, widget=Text)


class TryForm(Form):
    """Try out when something would be due."""

    day = DateField(label=_("哪一天收到"))
    hour = forms.TypedChoiceField(label=_("幾點"), choices=HOURS[:24], coerce=int, initial=9, widget=Select)
    amount = forms.IntegerField(label=_("期限"), min_value=1, max_value=365, widget=Text(width=4))
    unit = forms.ChoiceField(
        label=_("單位"),
        choices=[("WORKING_DAYS", _("工作天")), ("CLOCK_HOURS", _("小時")), ("CALENDAR_DAYS", _("日曆天"))],
        widget=Radios,
    )
