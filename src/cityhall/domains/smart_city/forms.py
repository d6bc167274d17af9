"""Forms of the smart-city programme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.web.charts import year_name
from cityhall.web.forms import DateField, Digits, Files, FilesField, Form, Radios, Select, Text, Textarea

from .models import Indicator, SubProject
from .rules import Year
from .states import AwardStage, Facet, Factor, ValueKind

MOST_FILES = 5
YES_NO = [("yes", _("入選")), ("no", _("未入選"))]


class ProgrammeFilter(Form):
    """What the programme's page can be narrowed by."""

    q = forms.CharField(label=_("子計畫名稱或編號"), max_length=60, required=False, widget=Text)
    facet = forms.ChoiceField(
        label=_("面向"), required=False, widget=Select, choices=[("", _("全部")), *Facet.choices]
    )  # fmt: skip
    agency = forms.ChoiceField(label=_("執行機關"), required=False, widget=Select)

    def __init__(self, *args: Any, agencies: Iterable[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [("", _("全部")), *((one.code, one.label) for one in agencies)]


class YearsForm(Form):
    """A number for each year of the programme."""

    def __init__(self, *args: Any, years: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.years = list(years)
        for year in self.years:
            self.fields[f"y{year}"] = forms.DecimalField(
                label=year_name(year), min_value=0, max_digits=14, decimal_places=2, required=False,
                widget=Digits(attrs={"inputmode": "decimal"}, width=10),
            )  # fmt: skip

    def values(self) -> dict[int, Decimal]:
        """The years that were filled in."""
        given = {year: self.cleaned_data.get(f"y{year}") for year in self.years}
        return {year: value for year, value in given.items() if value is not None}


class IndicatorForm(YearsForm):
    """What is measured, and the values that are planned."""

    name = forms.CharField(label=pgettext_lazy("indicator", "指標"), max_length=120, widget=Text)
    unit = forms.CharField(label=pgettext_lazy("indicator", "單位"), max_length=20, widget=Text(width=10))
    lower = forms.ChoiceField(
        label=_("怎樣算達到"), widget=Radios, initial="higher",
        choices=[("higher", _("實際值等於或高於目標值")), ("lower", _("實際值等於或低於目標值"))],
    )  # fmt: skip


class ValuesForm(YearsForm):
    """What was reached, or what is planned from now on."""

    kind = forms.ChoiceField(label=_("登錄哪一種數值"), choices=ValueKind.choices, widget=Radios(inline=True))
    note = forms.CharField(
        label=_("說明"), max_length=300, required=False, widget=Textarea(attrs={"rows": 2}),
        help_text=_("更正已經登錄的數值，要寫原因；前後兩個數值都會留著。"),
    )  # fmt: skip

    def __init__(self, *args: Any, indicator: Indicator, known: Sequence[Year], plans: bool, **kwargs: Any) -> None:
        super().__init__(*args, years=[one.year for one in known], **kwargs)
        if not plans:
            self.fields.pop("kind")
        self.order_fields(["kind", *(f"y{year}" for year in self.years), "note"])
        for one in known:
            said = one.reached if one.reached is not None else "—"
            self.fields[f"y{one.year}"].widget.look["suffix"] = indicator.unit
            self.fields[f"y{one.year}"].help_text = _("目標 %(planned)s，實際 %(reached)s") % {
                "planned": one.planned if one.planned is not None else "—", "reached": said,
            }  # fmt: skip


class AwardForm(Form):
    """An award that the city competes for."""

    name = forms.CharField(label=_("評比名稱"), max_length=80, widget=Text)
    year = forms.TypedChoiceField(label=_("年度"), coerce=int, widget=Select)

    def __init__(self, *args: Any, years: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(str(one), year_name(one)) for one in years]


class ResultForm(Form):
    """The result of a round."""

    stage = forms.ChoiceField(label=_("評選階段"), choices=AwardStage.choices, widget=Radios)
    won = forms.ChoiceField(label=_("結果"), choices=YES_NO, widget=Radios(inline=True))
    announced_on = DateField(label=_("公布日"))


class EvidenceForm(Form):
    """What shows how the city does in a factor."""

    factor = forms.ChoiceField(label=_("構面"), choices=Factor.choices, widget=Radios)
    project = forms.ChoiceField(label=_("子計畫"), required=False, widget=Select)
    text = forms.CharField(label=_("佐證內容"), max_length=2000, widget=Textarea(attrs={"rows": 6}))
    uploads = FilesField(
        label=_("附件"), required=False, max_files=MOST_FILES, widget=Files, help_text=_("照片、PDF 或短片，最多5個。")
    )

    def __init__(self, *args: Any, projects: Iterable[SubProject], free: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].required = not free
        first = ("", _("不指定") if free else _("請選擇"))
        self.fields["project"].choices = [first, *((one.number, f"{one.number}　{one.plan.name}") for one in projects)]


class ReasonForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=300, widget=Textarea(attrs={"rows": 3}))
