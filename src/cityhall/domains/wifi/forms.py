"""Forms of hotspots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.web.forms import DateField, Digits, File, Form, Radios, Select, Text, Textarea

from .states import Builder, Finding, HotspotState, SiteKind

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
