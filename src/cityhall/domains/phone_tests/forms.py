"""Forms of the telephone tests."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.engines.scoring.forms import MarksForm
from cityhall.foundation.clock import at as instant
from cityhall.web.charts import month_name, year_name
from cityhall.web.dates import as_date
from cityhall.web.forms import DateField, Form, Radios, Select, Text, Textarea

from .models import PhoneTest
from .states import CallState, ImprovementState, Topic, Trouble, Window

DAYS_BACK = 7
CLOCK = re.compile(r"(\d{1,2})[:：.]?(\d{2})")


def recording_field() -> forms.URLField:
    """Where the recording is, for the second tester."""
    return forms.URLField(
        label=_("錄音連結"), max_length=300, required=False, widget=Text, assume_scheme="https",
        help_text=_("這一通由另一位聽錄音再評一次，請貼錄音的連結，不要上傳檔案。"),
    )  # fmt: skip


class CalledForm(Form):
    """When the call was made: a day not long ago, and the time."""

    day = forms.TypedChoiceField(label=_("哪一天打的"), coerce=date.fromisoformat, widget=Select)
    clock = forms.CharField(label=_("幾點打的"), max_length=5, widget=Text(width=5), help_text=_("例如 10:05"))

    def __init__(self, *args: Any, now: datetime, today: date, **kwargs: Any) -> None:
        super().__init__(*args, initial={"day": today.isoformat(), "clock": f"{now:%H:%M}"}, **kwargs)
        days = [today - timedelta(days=n) for n in range(DAYS_BACK)]
        self.fields["day"].choices = [(day.isoformat(), as_date(day, weekday=True)) for day in days]

    def clean_clock(self) -> time:
        found = CLOCK.fullmatch(self.cleaned_data["clock"].strip())
        try:
            return time(int(found[1]), int(found[2])) if found else time.fromisoformat("")
        except ValueError:
            raise ValidationError(_("請填時和分，例如 10:05。")) from None

    @property
    def called_at(self) -> datetime:
        """The instant of the call."""
        clock = self.cleaned_data["clock"]
        return instant(self.cleaned_data["day"], clock.hour, clock.minute)


class TroubleForm(CalledForm):
    """Nobody was reached."""

    trouble = forms.ChoiceField(
        label=pgettext_lazy("phone test", "情形"), choices=Trouble.choices, widget=Radios(inline=True)
    )


class SheetForm(MarksForm, CalledForm):
    """The sheet of who called, with the time of the call and, where somebody scores it again, the recording."""

    def __init__(self, *args: Any, recorded: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if recorded:
            self.fields["recording"] = recording_field()


class AnswerForm(Form):
    answer = forms.CharField(label=_("改善作法"), max_length=2000, widget=Textarea(attrs={"rows": 6}))


class DecideForm(Form):
    accepted = forms.TypedChoiceField(
        label=pgettext_lazy("phone test", "機關的回復"), choices=[("yes", _("確認改善")), ("no", _("退請再回復"))],
        coerce=lambda value: value == "yes", widget=Radios,
    )  # fmt: skip
    remark = forms.CharField(
        label=_("意見"), max_length=1000, required=False, widget=Textarea(attrs={"rows": 3}),
        help_text=_("退請再回復時，請寫明還缺什麼。"),
    )  # fmt: skip


ANY = [("", _("全部"))]


class ResultFilter(Form):
    """What the results can be narrowed by."""

    q = forms.CharField(label=_("測試編號"), max_length=20, required=False, widget=Text)
    year = forms.ChoiceField(label=_("年度"), required=False, widget=Select)
    agency = forms.ChoiceField(label=_("受測機關"), required=False, widget=Select)
    state = forms.ChoiceField(
        label=pgettext_lazy("phone test", "結果"), required=False, widget=Select,
        choices=[*ANY, *((one.value, one.label) for one in CallState if one != CallState.WAITING)],
    )  # fmt: skip
    window = forms.ChoiceField(label=_("時段"), required=False, widget=Select, choices=[*ANY, *Window.choices])
    place = forms.ChoiceField(
        label=_("服務單位"), required=False, widget=Select,
        choices=[*ANY, ("yes", _("第一線服務單位")), ("no", _("其他單位"))],
    )  # fmt: skip
    improvement = forms.ChoiceField(
        label=pgettext_lazy("phone test", "改善回復"), required=False, widget=Select,
        choices=[*ANY, ("late", _("逾期未回復")), *ImprovementState.choices],
    )  # fmt: skip

    def __init__(self, *args: Any, rows: QuerySet[PhoneTest], years: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = Agency.objects.filter(pk__in=rows.values("agency")).order_by("order", "code")
        self.fields["agency"].choices = [*ANY, *((one.code, one.label) for one in there)]
        self.fields["year"].choices = [*ANY, *((str(one), year_name(one)) for one in years)]


class DrawForm(Form):
    """Which month is drawn."""

    month = forms.ChoiceField(label=_("抽哪一個月"), widget=Select)

    def __init__(self, *args: Any, months: list[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(f"{day:%Y-%m}", month_name(day)) for day in months]


class BecauseForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=500, widget=Textarea(attrs={"rows": 3}))


class CardForm(Form):
    """A new scenario card."""

    code = forms.SlugField(
        label=_("卡號"), max_length=20, widget=Text(width=10), help_text=_("英文字母與數字，例如 D05")
    )
    topic = forms.ChoiceField(label=_("主題"), choices=Topic.choices, widget=Select)
    agency = forms.ChoiceField(label=_("只問這個機關"), required=False, widget=Select)
    question = forms.CharField(label=_("怎麼問"), max_length=500, widget=Textarea(attrs={"rows": 3}))
    answer = forms.CharField(label=_("正確的答復要有"), max_length=1000, widget=Textarea(attrs={"rows": 5}))
    valid_from = DateField(label=_("自何日起"))

    def __init__(self, *args: Any, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [("", _("每個機關都問")), *((one.code, one.label) for one in agencies)]
