"""Forms of counted use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.web.forms import DateField, File, Form, Radios, Select, Text

from .states import BatchState, Mode


class BatchFilter(Form):
    """What the list of batches can be narrowed by."""

    source = forms.ChoiceField(label=_("資料來源"), required=False, widget=Select)
    state = forms.ChoiceField(
        label=_("狀態"), required=False, widget=Select, choices=[("", _("全部")), *BatchState.choices]
    )

    def __init__(self, *args: Any, sources: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [("", _("全部")), *sources.items()]


class UploadForm(Form):
    """A file of an outside system."""

    source = forms.ChoiceField(label=_("資料來源"), widget=Select)
    mode = forms.ChoiceField(
        label=_("這一批是"), widget=Radios, initial=Mode.REPORT.value,
        choices=[
            (Mode.REPORT.value, _("整期資料：這段期間的全部；同一期間以前送過，就由這一批更正")),
            (Mode.ADDITION.value, _("補送資料：加在已經有的上面")),
        ],
    )  # fmt: skip
    first = DateField(
        label=pgettext_lazy("usage", "期間起日"), required=False, help_text=_("不填就用檔案裡最早的日期。")
    )
    last = DateField(
        label=pgettext_lazy("usage", "期間迄日"), required=False, help_text=_("不填就用檔案裡最晚的日期。")
    )
    file = forms.FileField(
        label=_("檔案"), widget=File,
        help_text=_("CSV（UTF-8 或 Big5）或 Parquet。欄位：日期、使用方式；時、使用者類別、對象類別、使用對象、使用地點、次數可以沒有。"),
    )  # fmt: skip

    def __init__(self, *args: Any, sources: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [("", _("請選擇")), *sources.items()]


class SystemForm(Form):
    """An outside system that sends batches."""

    name = forms.CharField(label=_("名稱"), max_length=60, widget=Text, help_text=_("例如：體育館門禁"))
    key = forms.CharField(
        label=_("代碼"), max_length=40, widget=Text(width=20, attrs={"spellcheck": "false"}),
        help_text=_("小寫英文字母、數字和 -，例如 gym-gates。"),
    )  # fmt: skip
