"""Forms of hotspots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.foundation.clock import at as instant
from cityhall.web.charts import month_name
from cityhall.web.forms import DateField, Digits, File, Form, Radios, Select, Text, Textarea

from .states import Builder, Cause, Finding, HotspotState, SiteKind

ALL = ("", _("全部"))


def _text(label: Any, most: int, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, widget=Text, **more)


def _choice(label: Any, choices: Iterable[Any]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, widget=Select, choices=[ALL, *choices])


class HotspotFilter(Form):
    """What the list can be narrowed by."""

    q = _text(_("名稱、代碼、地址或機關"), 60, required=False)
    builder = _choice(_("建置單位別"), Builder.choices)
    district = _choice(_("行政區"), ())
    kind = _choice(_("場所類別"), SiteKind.choices)
    state = _choice(pgettext_lazy("hotspot", "狀態"), HotspotState.choices)
    found = _choice(_("檢查結果"), [("any", _("有任何問題")), *Finding.choices])

    def __init__(self, *args: Any, districts: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["district"].choices = [ALL, *districts.items()]


class HotspotForm(Form):
    """What is known of a hotspot."""

    name = _text(_("熱點名稱"), 120)
    builder = forms.ChoiceField(label=_("建置單位別"), choices=Builder.choices, widget=Radios(inline=True))
    operator = _text(_("主管機關名稱"), 60)
    agency = forms.ChoiceField(
        label=_("維護機關"), required=False, widget=Select, help_text=_("本市建置的熱點，由哪個機關維護。")
    )
    kind = forms.ChoiceField(label=_("場所類別"), choices=SiteKind.choices, widget=Select)
    address = _text(pgettext_lazy("hotspot", "地址"), 200)
    lon = forms.FloatField(label=_("經度"), widget=Digits(attrs={"inputmode": "decimal"}, width=10))
    lat = forms.FloatField(label=_("緯度"), widget=Digits(attrs={"inputmode": "decimal"}, width=10))
    zone = _text(_("熱區"), 60, required=False, help_text=_("在戶外熱區裡才填。"))
    access_points = forms.IntegerField(
        label=_("基地臺數"), min_value=1, max_value=1000, initial=1, widget=Digits(width=5)
    )
    mbps = forms.IntegerField(
        label=_("每人頻寬"), min_value=1, max_value=10_000, required=False, widget=Digits(width=5),
        help_text=_("Mbps。和全市規定相同時不必填。"),
    )  # fmt: skip
    contract = _text(_("契約編號"), 40, required=False)
    contract_from = DateField(label=_("契約起日"), required=False)
    contract_to = DateField(label=_("契約迄日"), required=False)
    promised = forms.DecimalField(
        label=_("約定可用率"), min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False,
        widget=Digits(attrs={"inputmode": "decimal"}, width=5), help_text=_("契約約定一個月至少可用的百分比。"),
    )  # fmt: skip

    def __init__(self, *args: Any, agencies: Iterable[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = {one.code: one for one in agencies}
        none = ("", _("不指定"))
        self.fields["agency"].choices = [none, *((code, one.label) for code, one in self.agencies.items())]

    def values(self) -> dict[str, Any]:
        """What was filled in, with the agency as a record."""
        return {**self.cleaned_data, "agency": self.agencies.get(self.cleaned_data["agency"])}


class NewHotspotForm(HotspotForm):
    """A hotspot with its first state."""

    code = forms.SlugField(
        label=_("熱點代碼"), max_length=20, required=False, widget=Text, help_text=_("英文字母、數字與連字號。留空時由系統編號。")
    )  # fmt: skip
    state = forms.ChoiceField(
        label=pgettext_lazy("hotspot", "狀態"), widget=Radios, initial=HotspotState.OPEN,
        choices=[(one.value, one.label) for one in (HotspotState.PLANNED, HotspotState.OPEN)],
    )  # fmt: skip
    since = DateField(label=_("起算日"))
    field_order = ("code", "name", "builder")


class StateForm(Form):
    """How it is from a day on."""

    state = forms.ChoiceField(label=pgettext_lazy("hotspot", "狀態"), widget=Radios)
    since = DateField(label=_("起算日"))
    reason = forms.CharField(
        label=_("理由"), max_length=300, required=False, widget=Textarea(attrs={"rows": 3}), help_text=_("暫停或撤除時要寫。")
    )  # fmt: skip

    def __init__(self, *args: Any, states: Iterable[HotspotState], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [(one.value, one.label) for one in states]


class ListForm(Form):
    """A list to take in."""

    upload = forms.FileField(
        label=_("熱點清單"), widget=File,
        help_text=_("CSV、ODS 或 XLSX。欄位和下載的清單一樣，或國家清單的 Unit、Station、Addr、Lat、Lon。"),
    )  # fmt: skip


# ---- how they ran ----------------------------------------------------------------------------------------------------


class MonthFilter(Form):
    """Which month, of whose hotspots, where."""

    month = forms.ChoiceField(label=_("月份"), required=False, widget=Select)
    agency = _choice(_("維護機關"), ())
    district = _choice(_("行政區"), ())

    def __init__(
        self, *args: Any, months: Sequence[date], agencies: Iterable[Agency], districts: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(f"{one:%Y-%m}", month_name(one)) for one in months]
        self.fields["agency"].choices = [ALL, *((one.code, one.label) for one in agencies)]
        self.fields["district"].choices = [ALL, *districts.items()]


class UseForm(Form):
    """What the controllers report."""

    upload = forms.FileField(
        label=_("使用與可用率"), widget=File,
        help_text=_("CSV、ODS、XLSX 或 Parquet，一個熱點一天或一個月一列。同一個月再送一次整份，就更正前一次。"),
    )  # fmt: skip


class OutageFilter(Form):
    """Which outages."""

    state = forms.ChoiceField(
        label=_("要看的"), required=False, widget=Select, choices=[("", _("還沒恢復的")), ("all", _("全部"))]
    )
    agency = _choice(_("維護機關"), ())
    district = _choice(_("行政區"), ())

    def __init__(self, *args: Any, agencies: Iterable[Agency], districts: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [ALL, *((one.code, one.label) for one in agencies)]
        self.fields["district"].choices = [ALL, *districts.items()]


class OutagesForm(Form):
    """A list of outages."""

    upload = forms.FileField(
        label=_("中斷紀錄"), widget=File, help_text=_("CSV、ODS 或 XLSX。欄位：熱點代碼、中斷時間、恢復時間、原因。時間寫成 106/2/20 17:30。")
    )  # fmt: skip


def _clock(label: Any, **more: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label, input_formats=["%H:%M"], widget=Text(width=5, attrs={"inputmode": "numeric"}),
        error_messages={"invalid": _("請寫24小時制的時間，例如 17:30")}, **more,
    )  # fmt: skip


def _together(day: date | None, clock: time | None) -> datetime | None:
    return instant(day, clock.hour, clock.minute) if day is not None and clock is not None else None


class MendedForm(Form):
    """When it worked again."""

    ended_on = DateField(label=_("恢復日期"))
    ended_time = _clock(_("恢復的時間"))
    cause = forms.ChoiceField(label=pgettext_lazy("outage", "原因"), widget=Select, choices=Cause.choices)

    @property
    def ended_at(self) -> datetime:
        """The instant."""
        found = _together(self.cleaned_data["ended_on"], self.cleaned_data["ended_time"])
        assert found
        return found


class OutageForm(Form):
    """From when until when it was out."""

    began_on = DateField(label=_("中斷日期"))
    began_time = _clock(_("中斷的時間"))
    ended_on = DateField(label=_("恢復日期"), required=False, help_text=_("還沒恢復就留空。"))
    ended_time = _clock(_("恢復的時間"), required=False)
    cause = forms.ChoiceField(label=pgettext_lazy("outage", "原因"), widget=Select, choices=Cause.choices)

    @property
    def began_at(self) -> datetime:
        """The instant when it began."""
        found = _together(self.cleaned_data["began_on"], self.cleaned_data["began_time"])
        assert found
        return found

    @property
    def ended_at(self) -> datetime | None:
        """The instant when it was over, if it is."""
        return _together(self.cleaned_data["ended_on"], self.cleaned_data["ended_time"])

    def clean(self) -> dict[str, Any]:
        """Day and time of the end go together."""
        given: dict[str, Any] = super().clean() or {}
        if bool(given.get("ended_on")) != bool(given.get("ended_time")) and "ended_time" not in self.errors:
            self.add_error("ended_time", _("恢復日期和時間要一起填，或都留空"))
        return given


class PeopleForm(Form):
    """The household registers' table of people by village."""

    upload = forms.FileField(
        label=_("村里人口"), widget=File, help_text=_("CSV、ODS 或 XLSX，戶政的村里人口統計。欄位：年月、村里代碼、人口。")
    )  # fmt: skip


class PlaceFilter(Form):
    """Where a hotspot may be wanted."""

    district = _choice(_("行政區"), ())

    def __init__(self, *args: Any, districts: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["district"].choices = [ALL, *districts.items()]
