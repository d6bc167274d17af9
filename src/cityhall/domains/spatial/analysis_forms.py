"""What is asked for each decision tool. The choices are what every officer may see: layers, their columns, statistics, results."""

from __future__ import annotations

import io
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.files import sheets
from cityhall.engines.layers.registry import Column
from cityhall.web.forms import DateField, Digits, File, Form, Radios, Select, Text

from . import open_tables, queries, rules, statistics
from .computing import LEAST_RADIUS, MOST_RADIUS
from .measuring import OFFICER
from .models import Analysis
from .states import AnalysisState, AreaLevel, Tool

LEVELS = [(AreaLevel.VILLAGE.value, AreaLevel.VILLAGE.label), (AreaLevel.DISTRICT.value, AreaLevel.DISTRICT.label)]
CRITERIA = 5
MOST_AREAS = 2_000
MOST_RESULTS = 100
Choices = list[tuple[str, Any]]
MORE, FEWER = "more", "fewer"


class Offered:
    """What can be chosen, read once for a form."""

    def __init__(self) -> None:
        self.shown = queries.visible(OFFICER)

    def layers(self) -> Choices:
        """Layers by their code."""
        return [("", _("請選擇")), *((one.layer.code, str(one.layer)) for one in self.shown)]

    def classes(self) -> Choices:
        """Columns of words, by the code of their layer."""
        return [("", _("請選擇")), *self._columns("", "string")]

    def _columns(self, before: str, *kinds: str) -> Choices:
        def fits(column: Column) -> bool:
            return column.kind in kinds and column.name not in ("code", "name_en", "district_code")

        return [
            (str(one.layer), [(f"{before}{one.layer.code}:{column.name}", f"{one.layer}：{column.title}") for column in found])
            for one in self.shown
            if (found := [column for column in one.source.columns if fits(column)])
        ]  # fmt: skip

    def people(self, empty: str = "") -> Choices:
        """Statistics of people and of households, by item and period."""
        found = [one for one in self._releases() if one.statistic.of_people or one.statistic.code == "households"]
        return [("", empty or _("請選擇")), *dict(self._stat(one) for one in found).items()]

    def _releases(self) -> list[Any]:
        levels = (AreaLevel.VILLAGE, AreaLevel.DISTRICT)
        return list(statistics.current().filter(level__in=levels).order_by("statistic_id", "-dated_on", "-level"))

    @staticmethod
    def _stat(one: Any) -> tuple[str, str]:
        return f"stat:{one.statistic.code}:{one.period}", f"{one.statistic}（{one.period}）"

    def measures(self, *, table: bool = False) -> Choices:
        """Whatever gives a number by area."""
        groups: Choices = [("", _("請選擇"))]
        if table:
            groups.append(("table:", _("我上傳的表")))
        groups.append(
            (
                _("圖資的數量"),
                [(f"count:{one.layer.code}", _("%(name)s的數量") % {"name": one.layer}) for one in self.shown],
            )
        )
        numbers = [choice for _name, columns in self._columns("column:", "integer", "number") for choice in columns]
        if numbers:
            groups.append((_("圖資的欄位"), numbers))
        if there := list(dict(self._stat(one) for one in self._releases()).items()):
            groups.append((_("社會經濟統計"), there))
        groups.append(
            (
                _("到最近的距離"),
                [(f"near:{one.layer.code}", _("到最近的%(name)s") % {"name": one.layer}) for one in self.shown],
            )
        )
        if results := self._results():
            groups.append((_("已存的分析"), results))
        return groups

    @staticmethod
    def _results() -> Choices:
        done = Analysis.objects.filter(state=AnalysisState.DONE).order_by("-asked_at")[:MOST_RESULTS]
        return [
            (f"result:{one.number}:{column['name']}", f"{one.number} {one.title}：{column['zh']}")
            for one in done
            if any(each["name"] == "code" for each in one.columns) and one.tool != Tool.OVERLAY
            for column in one.columns
            if column["kind"] in ("integer", "number")
        ]


class AnalysisForm(Form):
    """What every tool asks: a title, and by which areas."""

    title = forms.CharField(label=gettext_lazy("分析名稱"), max_length=80, widget=Text)
    level = forms.ChoiceField(
        label=pgettext_lazy("analysis", "依什麼區域"),
        choices=LEVELS,
        initial=AreaLevel.VILLAGE.value,
        widget=Radios(inline=True),
    )

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered
        self.offer()

    def offer(self) -> None:
        """Fill the choices."""

    def _choose(self, **choices: Choices) -> None:
        for name, given in choices.items():
            self.fields[name].choices = given

    def asked(self) -> dict[str, Any]:
        """What is kept of the form."""
        return {name: value for name, value in self.cleaned_data.items() if name != "title" and value not in ("", None)}


def _select(label: Any, *, required: bool = True, about: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, widget=Select, required=required, help_text=about)


def _radius() -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("半徑（公尺）"),
        min_value=LEAST_RADIUS,
        max_value=MOST_RADIUS,
        initial=500,
        widget=Digits(width=5),
    )


class OverlayForm(AnalysisForm):
    classes = _select(
        gettext_lazy("圖資與分類欄位"), about=gettext_lazy("要是面的圖資，例如土地使用分區；同一類的面積會加在一起。")
    )

    def offer(self) -> None:
        self._choose(classes=self.offered.classes())


class CountForm(AnalysisForm):
    layer = _select(gettext_lazy("要數的圖資"))

    def offer(self) -> None:
        self._choose(layer=self.offered.layers())


class RateForm(AnalysisForm):
    measure = _select(gettext_lazy("指標"))
    people = _select(gettext_lazy("人口"))

    def offer(self) -> None:
        self._choose(measure=self.offered.measures(), people=self.offered.people())


class NearestForm(AnalysisForm):
    layer = _select(gettext_lazy("從哪一種圖資"))
    other = _select(gettext_lazy("到哪一種圖資"))
    radius = _radius()
    level = None  # type: ignore[assignment]  # told by feature, not by area

    def offer(self) -> None:
        self._choose(layer=self.offered.layers(), other=self.offered.layers())


class CoverageForm(AnalysisForm):
    layer = _select(gettext_lazy("服務據點的圖資"))
    radius = _radius()
    people = _select(gettext_lazy("人口（選填）"), required=False, about=gettext_lazy("選了就一併估計涵蓋的人數。"))

    def offer(self) -> None:
        self._choose(layer=self.offered.layers(), people=self.offered.people(_("不估計人數")))


class ChoroplethForm(AnalysisForm):
    measure = _select(gettext_lazy("指標"))
    upload = forms.FileField(
        label=gettext_lazy("我的表（選填）"), required=False, widget=File,
        help_text=gettext_lazy("指標選「我上傳的表」時用。CSV、ODS 或 XLSX，第一欄是村里或行政區代碼，第二欄是數字。"),
    )  # fmt: skip

    coded_on = DateField(
        label=gettext_lazy("代碼是哪一天的（選填）"), required=False,
        help_text=gettext_lazy("那一天以後改過的代碼，會換成現在的。不填就只換已經停用的代碼。"),
    )  # fmt: skip

    def offer(self) -> None:
        self._choose(measure=self.offered.measures(table=True))

    def asked(self) -> dict[str, Any]:
        """Days as text."""
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in super().asked().items()
        }

    def clean(self) -> dict[str, Any]:
        """A table is read when it is the measure."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        upload = given.pop("upload", None)
        if given.get("measure") == "table:":
            if upload is None:
                self.add_error("upload", _("請選一個檔案"))
            else:
                try:
                    given["table"] = table_of(upload, given.get("level", ""))
                except (ValidationError, sheets.CannotReadSheet) as refusal:
                    self.add_error("upload", refusal if isinstance(refusal, ValidationError) else str(refusal))
        return given


class OpenTableForm(AnalysisForm):
    """A map straight from a published table: which column names the areas, which numbers are told."""

    area = _select(gettext_lazy("村里或行政區的欄位"))
    number = _select(gettext_lazy("數字"), required=False)
    period = _select(
        gettext_lazy("哪一期"), required=False, about=gettext_lazy("資料有很多期，選一期才不會把各期加在一起。")
    )
    how = forms.ChoiceField(
        label=gettext_lazy("同一個區域有幾列時"), choices=[(open_tables.SUM, gettext_lazy("加總")), (open_tables.MEAN, gettext_lazy("平均"))],
        initial=open_tables.SUM, widget=Radios(inline=True), help_text=gettext_lazy("比率、平均這類不能相加的數字，請選平均。"),
    )  # fmt: skip
    coded_on = DateField(
        label=gettext_lazy("代碼是哪一天的（選填）"), required=False,
        help_text=gettext_lazy("那一天以後改過的代碼，會換成現在的。不填就只換已經停用的代碼。"),
    )  # fmt: skip

    def __init__(self, *args: Any, table: open_tables.Offered, **kwargs: Any) -> None:
        self.table = table
        super().__init__(*args, offered=Offered(), **kwargs)

    def offer(self) -> None:
        areas = [(one.column.name, open_tables.choice_of(one)) for one in self.table.areas]
        numbers = [(one.column.name, one.column.header or one.column.name) for one in self.table.measures]
        if self.table.periods:
            self._choose(period=[*((one, one) for one in self.table.periods), ("", _("全部"))])
        else:
            self.fields.pop("period")
        self._choose(area=[("", _("請選擇")), *areas], number=[("", _("不用數字，算有幾列")), *numbers])

    def clean(self) -> dict[str, Any]:
        """Districts know no villages."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = next((one for one in self.table.areas if one.column.name == given.get("area")), None)
        if chosen is not None and not open_tables.fits(given.get("level", ""), chosen):
            self.add_error("level", _("這個欄位只分行政區，請選行政區。"))
        return given

    def asked(self) -> dict[str, Any]:
        """What the analysis keeps: the table by its key, its columns by their names."""
        given = self.cleaned_data
        said = {"key": self.table.one.key, "area": given["area"], "number": given["number"]}
        said["how"] = given["how"] if given["number"] else open_tables.COUNT
        if given.get("period"):
            said |= {"period": given["period"], "period_column": self.table.period}
        if given["coded_on"]:
            said["coded_on"] = given["coded_on"].isoformat()
        return {"level": given["level"], "measure": "open:", "open": said}


def table_of(upload: Any, level: str) -> dict[str, float]:
    """Numbers by code from the first two columns of a sheet. Raises ValidationError or CannotReadSheet."""
    found: dict[str, float] = {}
    content = io.BytesIO(upload.read(sheets.MOST_BYTES + 1))
    for number, cells in sheets.read_table(content, most=MOST_AREAS):
        code = rules.area_code(level, cells[0]) if cells else ""
        try:
            value = sheets.decimal(cells[1]) if len(cells) > 1 else None
        except sheets.CellError:
            if not found:  # the heading
                continue
            raise ValidationError(_("第%(n)d列的數字看不懂：%(cell)s") % {"n": number, "cell": cells[1][:40]}) from None
        if value is None or not code:
            continue
        if code in found:
            raise ValidationError(_("代碼%(code)s出現兩次。") % {"code": code[:24]})
        found[code] = float(value)
    if not found:
        raise ValidationError(_("表裡沒有代碼與數字。第一欄是代碼，第二欄是數字。"))
    return found


class ChangeForm(AnalysisForm):
    before = _select(gettext_lazy("前"))
    before_from = DateField(
        label=gettext_lazy("前：起日（選填）"),
        required=False,
        help_text=gettext_lazy("圖資的數量才要填，依圖資的日期。"),
    )
    before_to = DateField(label=gettext_lazy("前：迄日（選填）"), required=False)
    after = _select(gettext_lazy("後"))
    after_from = DateField(label=gettext_lazy("後：起日（選填）"), required=False)
    after_to = DateField(label=gettext_lazy("後：迄日（選填）"), required=False)

    def offer(self) -> None:
        choices = self.offered.measures()
        self._choose(before=choices, after=choices)

    def clean(self) -> dict[str, Any]:
        """An end comes after its beginning."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("before", "after"):
            first, last = given.get(f"{name}_from"), given.get(f"{name}_to")
            if first and last and last < first:
                self.add_error(f"{name}_to", _("迄日不能早於起日。"))
        return given

    def asked(self) -> dict[str, Any]:
        """Days as text."""
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in super().asked().items()
        }


class SiteForm(AnalysisForm):
    """Up to five criteria; the first is needed."""

    def offer(self) -> None:
        choices = self.offered.measures()
        for n in range(1, CRITERIA + 1):
            said = {"n": n}
            self.fields[f"measure_{n}"] = _select(_("第%(n)s項指標") % said, required=n == 1)
            self.fields[f"weight_{n}"] = forms.IntegerField(
                label=_("第%(n)s項權重") % said,
                required=n == 1,
                min_value=1,
                max_value=100,
                widget=Digits(width=3),
                initial=10,
            )
            self.fields[f"way_{n}"] = forms.ChoiceField(
                label=_("第%(n)s項怎麼算好") % said, choices=[(MORE, _("越多越好")), (FEWER, _("越少越好"))], initial=MORE,
                required=False, widget=Radios(inline=True),
            )  # fmt: skip
            self._choose(**{f"measure_{n}": choices})

    def asked(self) -> dict[str, Any]:
        """The criteria that were filled in."""
        given = self.cleaned_data
        criteria = [
            {"measure": given[f"measure_{n}"], "weight": given.get(f"weight_{n}") or 10, "more": given.get(f"way_{n}") != FEWER}
            for n in range(1, CRITERIA + 1)
            if given.get(f"measure_{n}")
        ]  # fmt: skip
        return {"level": given["level"], "criteria": criteria}


class HotSpotsForm(AnalysisForm):
    measure = _select(gettext_lazy("指標"))
    people = _select(
        gettext_lazy("人口（選填）"),
        required=False,
        about=gettext_lazy("選了就先換算成每千人的比率，熱區才不只是人多的地方。"),
    )

    def offer(self) -> None:
        self._choose(measure=self.offered.measures(), people=self.offered.people(_("不換算")))


FORMS: dict[Tool, type[AnalysisForm]] = {
    Tool.OVERLAY: OverlayForm,
    Tool.COUNT: CountForm,
    Tool.RATE: RateForm,
    Tool.NEAREST: NearestForm,
    Tool.COVERAGE: CoverageForm,
    Tool.CHOROPLETH: ChoroplethForm,
    Tool.CHANGE: ChangeForm,
    Tool.SITE: SiteForm,
    Tool.HOT_SPOTS: HotSpotsForm,
}
ABOUT: dict[Tool, Any] = {
    Tool.OVERLAY: gettext_lazy("每個村里或行政區裡，每一類各有多少面積。"),
    Tool.COUNT: gettext_lazy("每個區域裡有多少，每平方公里多少。"),
    Tool.RATE: gettext_lazy("數量除以人口：人多的地方才不會看起來總是最嚴重。"),
    Tool.NEAREST: gettext_lazy("每個地點離最近的設施多遠，附近有幾個。"),
    Tool.COVERAGE: gettext_lazy("據點周圍多遠以內算服務得到，各區涵蓋多少面積與人口。"),
    Tool.CHOROPLETH: gettext_lazy("把有村里或行政區代碼的數字畫成地圖，也可以上傳自己的表。"),
    Tool.CHANGE: gettext_lazy("兩個時間或兩份資料，各區增減多少。"),
    Tool.SITE: gettext_lazy("幾項指標加上權重，比較哪裡最合適。"),
    Tool.HOT_SPOTS: gettext_lazy("哪些地方和鄰近一起偏高或偏低，不是偶然（Getis-Ord Gi*）。"),
}


class AnalysisFilter(Form):
    """What the list of analyses can be narrowed by."""

    q = forms.CharField(label=gettext_lazy("分析名稱或編號"), max_length=60, required=False, widget=Text)
    tool = forms.ChoiceField(
        label=gettext_lazy("分析方法"),
        required=False,
        widget=Select,
        choices=[("", gettext_lazy("全部")), *Tool.choices],
    )
    mine = forms.ChoiceField(
        label=gettext_lazy("誰的分析"),
        required=False,
        widget=Select,
        choices=[("", gettext_lazy("全部")), ("1", gettext_lazy("我的"))],
    )
