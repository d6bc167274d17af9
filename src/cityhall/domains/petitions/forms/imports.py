"""Forms of petitions that come by file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cityhall.engines.directory.models import Agency
from cityhall.engines.files.imports import ImportKind
from cityhall.web.forms import File, Form, Select, Text, Textarea

from ..models import Category, Forwarder

MOST_NAMES = 100
"""So many unknown names are asked for at a time; the most frequent first."""


class CentralFileForm(Form):
    """Who passed them on, the sheet, and the attachments beside it."""

    forwarder = forms.ModelChoiceField(
        label=_("由哪個機關轉來"), queryset=Forwarder.objects.none(), widget=Select, empty_label=_("請選擇"),
        help_text=_("回復民眾時，同一份回復也寄給這個機關。名單在「轉送來信的機關」。"),
    )  # fmt: skip
    sheet = forms.FileField(
        label=_("案件清單"), widget=File,
        help_text=_("CSV、ODS 或 XLSX，最多 20 MB、100,000 列。一列一件，第一列是欄位名稱。"),
    )  # fmt: skip
    archive = forms.FileField(
        label=_("附件壓縮檔"), widget=File, required=False,
        help_text=_("ZIP，最多 50 MB。檔名要和清單的「附件檔名」相同；沒有附件就不用選。"),
    )  # fmt: skip

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["forwarder"]
        field.queryset = Forwarder.objects.on(on).select_related("agency")
        field.label_from_instance = lambda one: f"{one.agency.label}（{one.address}）"


class OldSystemForm(Form):
    """Which system the numbers are of, and the sheet."""

    system = forms.CharField(
        label=_("舊系統的名稱"), max_length=40, widget=Text(width=20),
        help_text=_("同一個系統每次寫同一個名稱：同一個系統的同一個案號只會移入一次。"),
    )  # fmt: skip
    sheet = forms.FileField(
        label=_("案件清單"), widget=File,
        help_text=_("CSV、ODS 或 XLSX，最多 20 MB、100,000 列。一列一件，第一列是欄位名稱。"),
    )  # fmt: skip


class NamesForm(Form):
    """What the unknown names of a sheet are."""

    def __init__(self, *args: Any, unknown: Mapping[str, Counter[str]], on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked: dict[str, tuple[str, str]] = {}
        choices = {
            "agency": [(one.code, one.label) for one in Agency.objects.order_by("order", "code")],
            "category": [(one.code, one.label) for one in Category.objects.order_by("order", "code")],
        }
        for column, names in unknown.items():
            for n, (name, rows) in enumerate(names.most_common(MOST_NAMES)):
                self.asked[f"{column}_{n}"] = column, name
                self.fields[f"{column}_{n}"] = forms.ChoiceField(
                    label=f"{name}（{ngettext('%(n)d 列', '%(n)d 列', rows) % {'n': rows}}）",
                    choices=[("", _("不指定")), *choices[column]], required=False, widget=Select,
                )  # fmt: skip

    def said(self, column: str) -> dict[str, str]:
        """The codes that were named, by the names in the sheet."""
        return {
            name: self.cleaned_data[field]
            for field, (of, name) in self.asked.items()
            if of == column and self.cleaned_data[field]
        }


class ColumnsForm(Form):
    """Which column each heading of a sheet is."""

    def __init__(
        self, *args: Any, kind: ImportKind, headings: Sequence[str], mapping: Sequence[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("不使用")), *((one.key, one.label) for one in kind.columns)]
        for n, heading in enumerate(headings):
            self.fields[f"column_{n}"] = forms.ChoiceField(
                label=heading[:60] or _("第 %(n)d 欄（沒有名稱）") % {"n": n + 1}, choices=choices, required=False,
                initial=mapping[n] if n < len(mapping) else "", widget=Select,
            )  # fmt: skip

    def mapping(self) -> list[str]:
        """The columns' keys, in the order of the sheet."""
        return [self.cleaned_data[name] for name in self.fields]


class TakeBackForm(Form):
    """Why a whole import is taken back."""

    reason = forms.CharField(
        label=_("理由"), max_length=500, widget=Textarea(attrs={"rows": 3}),
    )  # fmt: skip
