"""Forms of the layers of places."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import DateField, Files, FilesField, Form, Radios, Text

from .states import Level


class LayerForm(Form):
    """A layer that says who manages what."""

    name = forms.CharField(label=_("名稱"), max_length=60, widget=Text(width=20), help_text=_("例如：重劃區代管道路"))
    name_en = forms.CharField(label=_("英文名稱"), max_length=100, required=False, widget=Text(width=30))
    code = forms.CharField(
        label=_("代碼"), max_length=40, widget=Text(width=20, attrs={"spellcheck": "false"}),
        help_text=_("小寫英文字母、數字和 -，例如 rezoning-roads。"),
    )  # fmt: skip
    level = forms.ChoiceField(
        label=_("權管層級"), choices=Level.choices, widget=Radios(small=True),
        help_text=_("同一處有兩個權管機關時，排在前面的優先。"),
    )  # fmt: skip


class ImportForm(Form):
    """Files of a layer."""

    files = FilesField(
        label=_("檔案"), max_files=4, widget=Files,
        help_text=_("CSV、ODS、XLSX 或 GeoJSON，每個最多 20 MB；坐標用經緯度或 TWD97。"),
    )  # fmt: skip
    source = forms.CharField(
        label=_("資料來源"), max_length=200, widget=Text, help_text=_("哪個機關、哪份資料，例如：民政局門牌檔。")
    )
    dated_on = DateField(label=_("資料日期"), required=False, help_text=_("資料描述的是哪一天的情形；不知道可以不填。"))


class TryForm(Form):
    """A text or a point, to see what the layers in force say."""

    place = forms.CharField(
        label=_("地址、路口、地標，或經緯度"), max_length=100, widget=Text,
        help_text=_("例如：中山路200號，或 121.301, 24.993"),
    )  # fmt: skip
