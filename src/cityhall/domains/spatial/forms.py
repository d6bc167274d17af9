"""Forms of the spatial platform's keepers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.identity.clients import Quota
from cityhall.engines.layers.registry import Source
from cityhall.web.forms import DateField, Digits, File, Form, Radios, Select, Text, Textarea

from .models import Layer
from .states import AreaLevel, ClientKind, FileState, Licence, Rights, StatisticClass, Theme, Upkeep

ALL = ("", _("全部"))


class LayerFilter(Form):
    """What the catalogue can be narrowed by."""

    q = forms.CharField(label=_("圖資名稱或代碼"), max_length=60, required=False, widget=Text)
    theme = forms.ChoiceField(label=_("主題"), required=False, widget=Select, choices=[ALL, *Theme.choices])
    rights = forms.ChoiceField(label=_("使用權限"), required=False, widget=Select, choices=[ALL, *Rights.choices])
    agency = forms.ChoiceField(label=_("提供機關"), required=False, widget=Select)
    gone = forms.ChoiceField(
        label=_("是否下架"), required=False, widget=Select, choices=[("", _("目前的圖資")), ("1", _("下架的圖資"))]
    )

    def __init__(self, *args: Any, agencies: Iterable[Agency], keeper: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not keeper:
            self.fields.pop("gone")
        self.fields["agency"].choices = [ALL, *((one.code, one.label) for one in agencies)]


def _choose(rows: Iterable[Any], name: Any) -> list[tuple[str, Any]]:
    return [("", _("請選擇")), *((str(one.pk), name(one)) for one in rows)]


class LayerForm(Form):
    """What the catalogue says of a layer."""

    code = forms.ChoiceField(label=_("圖資來源"), widget=Select, help_text=_("各系統已經備妥、還沒登錄的圖資。"))
    title = forms.CharField(label=_("圖資名稱"), max_length=80, widget=Text)
    title_en = forms.CharField(label=_("英文名稱"), max_length=120, required=False, widget=Text)
    about = forms.CharField(label=_("說明"), max_length=1000, required=False, widget=Textarea(attrs={"rows": 4}))
    theme = forms.ChoiceField(label=_("主題"), choices=Theme.choices, widget=Radios)
    agency = forms.ChoiceField(label=_("提供機關"), widget=Select)
    owner = forms.ChoiceField(label=_("維護人員"), required=False, widget=Select)
    rights = forms.ChoiceField(
        label=_("使用權限"), choices=Rights.choices, widget=Radios,
        help_text=_("市府內部：登入的公務人員看得到，介接對象要另外授權。指定介接對象：只有授權的系統或專案看得到。"),
    )  # fmt: skip
    licence = forms.ChoiceField(label=_("授權方式"), choices=Licence.choices, widget=Radios)
    scale = forms.IntegerField(
        label=_("比例尺分母"), required=False, min_value=100, max_value=100_000_000, widget=Digits(width=10),
        help_text=_("例如1:5000就填5000；不是由地圖數化的不必填。"),
    )  # fmt: skip
    dated_on = DateField(label=_("資料日期"))
    upkeep = forms.ChoiceField(label=_("更新頻率"), choices=Upkeep.choices, widget=Radios)

    def __init__(
        self, *args: Any, sources: Iterable[Source] | None, agencies: Iterable[Agency], people: Iterable[Person], **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.agencies, self.people = {str(one.pk): one for one in agencies}, {str(one.pk): one for one in people}
        if sources is None:
            self.fields.pop("code")
        else:
            self.fields["code"].choices = [
                ("", _("請選擇")),
                *((one.code, f"{one.title}（{one.code}）") for one in sources),
            ]
        self.fields["agency"].choices = _choose(self.agencies.values(), lambda one: one.label)
        self.fields["owner"].choices = _choose(self.people.values(), str)

    def clean(self) -> dict[str, Any]:
        """The licence must fit the rights."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("licence") == Licence.OPEN and given.get("rights") not in (None, Rights.PUBLIC):
            self.add_error("licence", _("不公開的圖資不能用開放授權，請改選「僅供公務使用」。"))
        return given

    def given(self) -> dict[str, Any]:
        """What was filled in, with records for their keys."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "code"}
        return said | {"agency": self.agencies[said["agency"]], "owner": self.people.get(said["owner"])}


class NewLayerForm(LayerForm):
    """What the catalogue says of a layer that is no other system's: its code is chosen here."""

    def __init__(self, *args: Any, dated: bool, **kwargs: Any) -> None:
        super().__init__(*args, sources=None, **kwargs)
        self.fields["code"] = forms.SlugField(
            label=_("代碼"), max_length=60, widget=Text,
            help_text=_("英文小寫字母、數字和「-」，例如 bus-stops；登錄以後不能改，網址裡會用到。"),
        )  # fmt: skip
        self.order_fields(["code", *self.fields])
        if not dated:
            self.fields.pop("dated_on")

    def clean_code(self) -> str:
        """Small letters: it stands in addresses."""
        return str(self.cleaned_data["code"]).lower()


class HandInForm(Form):
    """A file of places, and of which layer it is."""

    agency = forms.ChoiceField(label=_("提供機關"), widget=Select)
    layer = forms.ChoiceField(label=_("哪一個圖資"), required=False, widget=Select)
    title = forms.CharField(
        label=_("圖資名稱"), max_length=80, required=False, widget=Text, help_text=_("新的圖資才要填。")
    )
    note = forms.CharField(
        label=_("給研考會的說明（選填）"), max_length=300, required=False, widget=Textarea(attrs={"rows": 3})
    )
    upload = forms.FileField(
        label=_("檔案"), widget=File,
        help_text=_("Shapefile（zip）、GeoJSON、KML、GeoParquet，或有經度與緯度欄位的 CSV、XLSX、ODS，最多100 MB。"),
    )  # fmt: skip

    def __init__(self, *args: Any, agencies: Iterable[Agency], layers: Iterable[Layer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = {str(one.pk): one for one in agencies}
        self.layers = {one.code: one for one in layers}
        self.fields["agency"].choices = [(key, one.label) for key, one in self.agencies.items()]
        known = [(one.code, f"{one}（{one.agency.label}）") for one in self.layers.values()]
        self.fields["layer"].choices = [("", _("新的圖資")), *known]

    def clean(self) -> dict[str, Any]:
        """A new layer is named; one that is there belongs to the agency."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        layer = self.layers.get(given.get("layer", ""))
        if layer is None and not given.get("title", "").strip():
            self.add_error("title", _("請填圖資名稱。"))
        if layer is not None and str(layer.agency_id) != given.get("agency"):
            self.add_error("layer", _("這個圖資是別的機關提供的。"))
        return given


class DatedForm(Form):
    dated_on = DateField(label=_("資料日期"))


class FileFilter(Form):
    """What the list of files can be narrowed by."""

    state = forms.ChoiceField(label=_("狀態"), required=False, widget=Select, choices=[ALL, *FileState.choices])


class ClientForm(Form):
    """A system or a project that reads layers."""

    kind = forms.ChoiceField(label=_("種類"), choices=ClientKind.choices, widget=Radios(inline=True))
    name = forms.CharField(label=_("名稱"), max_length=80, widget=Text)
    agency = forms.ChoiceField(label=_("申請機關"), widget=Select)
    contact = forms.ChoiceField(label=_("聯絡人"), required=False, widget=Select)
    purpose = forms.CharField(label=_("用途"), max_length=200, widget=Textarea(attrs={"rows": 2}))
    starts_on = DateField(label=_("開始日"))
    ends_on = DateField(label=_("最後一天"), required=False, help_text=_("專案必填；系統沒有期限就不填。"))
    per_minute = forms.IntegerField(
        label=_("每分鐘最多查詢幾次"), min_value=1, max_value=100_000, initial=300, widget=Digits(width=5)
    )
    per_day = forms.IntegerField(
        label=_("每天最多查詢幾次"), min_value=1, max_value=100_000_000, initial=50_000, widget=Digits(width=10)
    )

    def __init__(self, *args: Any, agencies: Iterable[Agency], people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies, self.people = {str(one.pk): one for one in agencies}, {str(one.pk): one for one in people}
        self.fields["agency"].choices = _choose(self.agencies.values(), lambda one: one.label)
        self.fields["contact"].choices = _choose(self.people.values(), str)

    def clean(self) -> dict[str, Any]:
        """A project has an end, and an end comes after a beginning."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        starts, ends = given.get("starts_on"), given.get("ends_on")
        if given.get("kind") == ClientKind.PROJECT and not ends and "ends_on" not in self.errors:
            self.add_error("ends_on", _("專案要有最後一天。"))
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("最後一天不能早於開始日。"))
        return given

    def given(self) -> dict[str, Any]:
        """What was filled in, with records for their keys."""
        said = dict(self.cleaned_data)
        quota = Quota(said.pop("per_minute"), said.pop("per_day"))
        kind = ClientKind(said.pop("kind"))
        records = {"agency": self.agencies[said["agency"]], "contact": self.people.get(said["contact"])}
        return said | records | {"quota": quota, "kind": kind}


class GrantForm(Form):
    """A layer for a client."""

    layer = forms.ChoiceField(label=_("圖資"), widget=Select)
    purpose = forms.CharField(label=_("使用目的"), max_length=200, widget=Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, layers: Iterable[Layer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.layers = {one.code: one for one in layers}
        self.fields["layer"].choices = [("", _("請選擇")), *((one.code, str(one)) for one in self.layers.values())]


class WordsForm(Form):
    q = forms.CharField(label=_("資料集名稱"), max_length=60, required=False, widget=Text)


class ReasonForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=300, widget=Textarea(attrs={"rows": 3}))


class SureForm(Form):
    """Nothing to fill in: only to be sent."""


class StatisticFilter(Form):
    """What the list of statistics can be narrowed by."""

    q = forms.CharField(label=_("項目名稱或代碼"), max_length=60, required=False, widget=Text)
    kind = forms.ChoiceField(label=_("類別"), required=False, widget=Select, choices=[ALL, *StatisticClass.choices])


class SheetForm(Form):
    """A sheet to take in."""

    upload = forms.FileField(label=_("檔案"), widget=File, help_text=_("CSV、ODS 或 XLSX，最多20 MB。"))


class NumbersForm(SheetForm):
    """Numbers of statistics by area."""

    level = forms.ChoiceField(label=_("層級"), choices=AreaLevel.choices, widget=Radios)
    source = forms.CharField(label=_("資料來源"), max_length=120, widget=Text, help_text=_("例如：內政部戶政司。"))
    field_order = ("level", "source", "upload")
