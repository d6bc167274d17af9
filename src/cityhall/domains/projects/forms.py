"""Forms of controlled projects."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.files.sheets import CellError
from cityhall.engines.milestones.models import Contract, CoordinationRequest
from cityhall.engines.milestones.rules import Milestone, Reported
from cityhall.engines.milestones.states import LandState, LightName, StandingName, TenderResult
from cityhall.web.charts import month_name
from cityhall.web.dates import as_date
from cityhall.web.forms import DateField, File, Form, Radios, Select, Text, Textarea

from . import sheets
from .profiles import Checkpoint, Facet, Profile
from .rules import Point, point_of

ANY = [("", _("全部"))]


def words(label: Any, most: int, *, rows: int = 3, required: bool = True, hint: Any = "") -> forms.CharField:
    """A field for some sentences."""
    return forms.CharField(
        label=label, max_length=most, required=required, widget=Textarea(attrs={"rows": rows}), help_text=hint
    )


class MoneyField(forms.CharField):
    """Whole dollars, grouped or not."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=Text(width=10, attrs={"inputmode": "numeric"}), max_length=20, **kwargs)

    def clean(self, value: Any) -> int | None:
        """A number of dollars; None where nothing was typed."""
        given = super().clean(value)
        if not given:
            return None
        try:
            return sheets.money(given)
        except CellError as refusal:
            raise ValidationError(str(refusal)) from None


class PercentField(forms.CharField):
    """A share of the whole to two decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=Text(width=5, attrs={"inputmode": "decimal"}), max_length=8, **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        """From 0 to 100."""
        given = super().clean(value)
        if not given:
            return None
        try:
            return sheets.percent(given)
        except CellError as refusal:
            raise ValidationError(str(refusal)) from None


# ---- lists -----------------------------------------------------------------------------------------------------------


def facet_field(facet: Facet, *, first: Any, required: bool = True) -> forms.ChoiceField:
    """A choice of what a profile asks besides."""
    return forms.ChoiceField(
        label=facet.label, required=required, widget=Select, choices=[("", first), *facet.choices.items()]
    )


class PortfolioFilter(Form):
    """What the list of a profile's projects can be narrowed by, and the month that is looked at."""

    profile = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    q = forms.CharField(label=_("計畫名稱或編號"), max_length=60, required=False, widget=Text)
    month = forms.ChoiceField(label=_("看哪一個月"), required=False, widget=Select)
    agency = forms.ChoiceField(label=_("主辦機關"), required=False, widget=Select)
    standing = forms.ChoiceField(
        label=_("辦理情形"), required=False, widget=Select,
        choices=[*ANY, ("D", _("落後")), *StandingName.choices],
    )  # fmt: skip
    light = forms.ChoiceField(label=_("燈號"), required=False, widget=Select, choices=[*ANY, *LightName.choices])
    kind = forms.ChoiceField(
        label=pgettext_lazy("project", "類別"), required=False, widget=Select,
        choices=[*ANY, ("works", _("工程")), ("other", _("非工程"))],
    )  # fmt: skip
    district = forms.ChoiceField(label=_("行政區"), required=False, widget=Select)

    def __init__(
        self, *args: Any, profile: Profile, agencies: Sequence[Agency], districts: Sequence[tuple[str, str]],
        months: Sequence[date], **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, initial=name_of(profile), **kwargs)
        self.fields["agency"].choices = [*ANY, *((one.code, one.label) for one in agencies)]
        self.fields["district"].choices = [*ANY, *districts]
        self.fields["month"].choices = [("", _("現在")), *month_choices(months)]
        self.facets = [f"facet_{one.key}" for one in profile.facets]
        for facet in profile.facets:
            self.fields[f"facet_{facet.key}"] = facet_field(facet, first=_("全部"), required=False)

    @property
    def facet_fields(self) -> list[Any]:
        """The profile's own."""
        return [self[name] for name in self.facets]


def name_of(profile: Profile) -> dict[str, str]:
    """What a form keeps of the profile; major projects need not be named."""
    return {"profile": profile.code} if profile.query else {}


def month_choices(months: Sequence[date]) -> list[tuple[str, str]]:
    """Months by their names."""
    return [(f"{day:%Y-%m}", month_name(day)) for day in months]


class RequestFilter(Form):
    """Which requests between agencies are shown."""

    state = forms.ChoiceField(
        label=_("情形"), required=False, widget=Select,
        choices=[("", _("還沒解決")), ("settled", _("已解決")), ("all", _("全部"))],
    )  # fmt: skip
    agency = forms.ChoiceField(label=_("要協調的機關"), required=False, widget=Select)

    def __init__(self, *args: Any, agencies: Sequence[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [*ANY, *((one.code, one.label) for one in agencies)]


class MonthFilter(Form):
    """Which month of a profile's projects is looked at."""

    profile = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    month = forms.ChoiceField(label=_("看哪一個月"), required=False, widget=Select)

    def __init__(self, *args: Any, profile: Profile, months: Sequence[date], now: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, initial=name_of(profile), **kwargs)
        first = [("", _("現在"))] if now else []
        self.fields["month"].choices = [*first, *month_choices(months)]


class WhatIfForm(Form):
    """Thresholds to try; the rulebook's stand in the boxes."""

    late_months = forms.IntegerField(label=_("檢核點逾期幾個月"), min_value=0, max_value=24, widget=Text(width=3))
    behind_points = forms.DecimalField(
        label=_("工程進度落後幾個百分點"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        widget=Text(width=4),
    )
    behind_months = forms.IntegerField(label=_("連續落後幾個月"), min_value=1, max_value=24, widget=Text(width=3))
    missing_counts = forms.TypedChoiceField(
        label=_("連續落後時，未填報的月份"), coerce=lambda value: value == "yes", widget=Radios(inline=True),
        choices=[("no", _("不算落後")), ("yes", _("算落後"))],
    )  # fmt: skip
    failed_tenders = forms.IntegerField(
        label=_("同一標案累計流標幾次"), min_value=1, max_value=20, widget=Text(width=3)
    )
    stopped_months = forms.IntegerField(label=_("停工幾個月"), min_value=1, max_value=24, widget=Text(width=3))


class SheetForm(Form):
    """A sheet of months."""

    sheet = forms.FileField(label=_("月進度檔案"), widget=File, help_text=_("ODS、XLSX 或 CSV，用下載的檔案填寫。"))


# ---- plans -----------------------------------------------------------------------------------------------------------

MONTHS_HINT = _(
    "一列一個月：月份、累計預定進度（%）、累計分配預算（元），用空格隔開，例如「106/3 12.5 3000000」。最後一個月是100。"
)


def read_months(given: str) -> list[tuple[date, Decimal, int]]:
    """Months as somebody typed them. Raises ValidationError that names the line."""
    found = []
    for n, line in enumerate(unicodedata.normalize("NFKC", given).splitlines(), 1):
        parts = line.replace("\t", " ").split()
        if not parts:
            continue
        try:
            day, percent, money = (parts[0], parts[1], parts[2] if len(parts) > 2 else "0")
            month, share = sheets.month(day), sheets.percent(percent)
            if month is None or share is None or len(parts) > 3:
                raise IndexError
            found.append((month, share, sheets.money(money)))
        except (CellError, InvalidOperation) as refusal:
            raise ValidationError(gettext("第%(n)s列：%(why)s") % {"n": n, "why": refusal}) from None
        except IndexError:
            raise ValidationError(gettext("第%(n)s列要有月份、進度、金額三項。") % {"n": n}) from None
    return found


def write_months(months: Sequence[tuple[date, Decimal, int]]) -> str:
    """Months as they are typed."""
    return "\n".join(f"{day.year - 1911}/{day.month} {percent.normalize():f} {money}" for day, percent, money in months)


class PlanForm(Form):
    """Checkpoints and months of a plan: those that it has, or those that its profile may have."""

    def __init__(
        self, *args: Any, points: Sequence[Milestone] = (), checkpoints: Sequence[Checkpoint] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        known = points or [Milestone(one.code, date.min, None, one.stage, str(one.label)) for one in checkpoints]
        for one in known:
            label = gettext("%(name)s的預定日") % {"name": one.name}
            self.fields[f"on_{one.code}"] = DateField(label=label, required=bool(points))
        self.known = known
        self.fields["months"] = words(_("每個月的預定進度"), 6000, rows=12, hint=MONTHS_HINT)

    def clean_months(self) -> list[tuple[date, Decimal, int]]:
        return read_months(self.cleaned_data["months"])

    @property
    def milestones(self) -> list[Milestone]:
        """The checkpoints that have a day."""
        found = []
        for one in self.known:
            if day := self.cleaned_data.get(f"on_{one.code}"):
                found.append(Milestone(one.code, day, None, one.stage, one.name))
        return found


class ProposeForm(PlanForm):
    """A project of a profile, proposed for a year's list."""

    name = forms.CharField(label=_("計畫名稱"), max_length=120, widget=Text)
    agency = forms.ChoiceField(label=_("主辦機關"), widget=Select)
    year = forms.TypedChoiceField(label=_("年度"), coerce=int, widget=Select)
    works = forms.TypedChoiceField(
        label=pgettext_lazy("project", "類別"), coerce=lambda value: value == "works", widget=Radios(inline=True),
        choices=[("works", _("工程")), ("other", _("非工程"))],
    )  # fmt: skip
    total_budget = MoneyField(label=_("總預算（元）"))
    district = forms.ChoiceField(label=_("行政區"), required=False, widget=Select)
    place = forms.CharField(label=_("地點"), max_length=120, required=False, widget=Text)
    about = words(_("計畫內容"), 2000, required=False)

    def __init__(
        self, *args: Any, profile: Profile, agencies: Sequence[Agency], districts: Sequence[tuple[str, str]],
        years: Sequence[tuple[int, str]], **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, checkpoints=profile.checkpoints, **kwargs)
        self.profile = profile
        self.fields["agency"].choices = [(one.code, one.label) for one in agencies]
        self.fields["district"].choices = [("", _("全市或不限地點")), *districts]
        self.fields["year"].choices = list(years)
        for facet in profile.facets:
            self.fields[f"facet_{facet.key}"] = facet_field(facet, first="—")

    def facets(self) -> dict[str, str]:
        """What was chosen for the profile."""
        return {one.key: self.cleaned_data[f"facet_{one.key}"] for one in self.profile.facets}


class ChangeForm(PlanForm):
    """A changed plan, with its reason."""

    reason = words(_("為什麼要修正"), 1000)


class BecauseForm(Form):
    """A reason."""

    reason = words(_("理由"), 1000)


class ClearForm(Form):
    """Why a hit is cleared."""

    reason = words(_("解除的理由"), 500)


class DecideForm(Form):
    """The commission's decision on an application."""

    approved = forms.TypedChoiceField(
        label=_("核定"), choices=[("yes", pgettext_lazy("project", "同意")), ("no", pgettext_lazy("project", "不同意"))],
        coerce=lambda value: value == "yes", widget=Radios,
    )  # fmt: skip
    remark = words(_("核定意見"), 500, required=False, hint=_("不同意時，請寫明理由。"))


class SelectForm(Form):
    """From when on a project is listed, and why."""

    on = DateField(label=_("列管起日"))
    reason = words(_("挑錄的理由"), 500)


class LeaveForm(Form):
    """Who keeps a project that is not listed."""

    keeper = forms.ChoiceField(label=_("自主管理的專人"), widget=Select)
    reason = words(_("不列為府列管的理由"), 500)

    def __init__(self, *args: Any, people: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keeper"].choices = [(one.pk, f"{one.name}　{one.title}".strip("　")) for one in people]


class ReopenForm(Form):
    """Until when a month may be corrected, and why."""

    until = DateField(label=_("開放到哪一天"))
    reason = words(_("為什麼重新開放"), 500)


# ---- what happens to a project ---------------------------------------------------------------------------------------


class MonthForm(Form):
    """A month's report; per cent and money are of the whole project so far."""

    percent = PercentField(label=_("實際進度（%）"), help_text=_("從開始到月底的累計。"))
    paid = MoneyField(label=_("實支數（元）"), required=False, help_text=_("從開始到月底的累計，以下三項也是。"))
    unpaid = MoneyField(label=_("已估驗未付款（元）"), required=False)
    retained = MoneyField(label=_("估驗保留款（元）"), required=False)
    surplus = MoneyField(label=_("節餘款（元）"), required=False)
    reason = words(_("落後原因"), 1000, required=False, hint=_("進度比預定少時要寫。"))
    measure = words(_("因應對策"), 1000, required=False, hint=_("進度比預定少時要寫。"))
    help_needed = words(_("需要協助的事"), 1000, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def reported(self) -> Reported:
        """What was typed."""
        given = self.cleaned_data
        money = (given[name] or 0 for name in ("paid", "unpaid", "retained", "surplus"))
        return Reported(given["percent"], *money, reason=given["reason"], measure=given["measure"])


class MetForm(Form):
    """When a checkpoint was reached."""

    code = forms.ChoiceField(label=_("檢核點"), widget=Select)
    on = DateField(label=_("完成日"), required=False, help_text=_("留空表示收回先前登錄的完成日。"))

    def __init__(self, *args: Any, points: Sequence[Milestone], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [
            (one.code, gettext("%(name)s（預定%(day)s）") % {"name": one.name, "day": as_date(one.planned_on)})
            for one in points
        ]


class TenderForm(Form):
    """What came of an opening of bids."""

    package = forms.CharField(label=_("標案名稱"), max_length=60, widget=Text)
    on = DateField(label=_("開標日"))
    result = forms.ChoiceField(label=_("開標結果"), choices=TenderResult.choices, widget=Radios(inline=True))
    amount = MoneyField(label=_("決標金額（元）"), required=False)
    contractor = forms.CharField(label=_("得標廠商"), max_length=80, required=False, widget=Text)


class ContractForm(Form):
    """What was agreed for a package that was awarded."""

    package = forms.ChoiceField(label=_("標案名稱"), widget=Select)
    on = DateField(label=_("簽約日"))
    amount = MoneyField(label=_("契約金額（元）"))
    due_on = DateField(label=_("履約期限"))
    contractor = forms.CharField(
        label=_("承攬廠商"), max_length=80, required=False, widget=Text, help_text=_("留空就是得標廠商。")
    )

    def __init__(self, *args: Any, packages: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["package"].choices = [(one, one) for one in packages]


class ContractChangeForm(Form):
    """What a contract says from now on, and why."""

    contract = forms.ChoiceField(label=_("哪一份契約"), widget=Select)
    on = DateField(label=_("變更日"))
    amount = MoneyField(label=_("變更後的契約金額（元）"))
    due_on = DateField(label=_("變更後的履約期限"))
    reason = words(_("變更的理由"), 300)

    def __init__(self, *args: Any, contracts: Sequence[Contract], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contract"].choices = [
            (str(one.reference), f"{one.package}　{one.contractor}　{as_date(one.signed_on)}") for one in contracts
        ]


class PlaceForm(Form):
    """Where a project stands: points, or words that are looked up."""

    district = forms.ChoiceField(label=_("行政區"), required=False, widget=Select)
    address = forms.CharField(
        label=_("地點"),
        max_length=120,
        required=False,
        widget=Text,
        help_text=_("門牌、路口或地標；沒填座標時，依這裡找位置。"),
    )
    points = words(
        _("座標"), 8000, rows=4, required=False,
        hint=_("一列一點：經度與緯度，例如「121.3013 24.9932」。道路、水路依序填幾點，就畫成線。"),
    )  # fmt: skip

    def __init__(self, *args: Any, districts: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["district"].choices = [("", _("依座標")), *districts]

    def clean_points(self) -> list[Point]:
        found = []
        for n, line in enumerate(unicodedata.normalize("NFKC", self.cleaned_data["points"]).splitlines(), 1):
            parts = line.replace(",", " ").split()
            if not parts:
                continue
            point = point_of(parts)
            if point is None:
                raise ValidationError(gettext("第%(n)s列不是臺灣的經度與緯度。") % {"n": n})
            found.append(point)
        return found


class PhotoForm(Form):
    """A picture of a project, with its day."""

    photo = forms.FileField(label=_("照片"), widget=File(attrs={"accept": "image/*"}))
    taken_on = DateField(label=_("拍攝日"))
    caption = forms.CharField(label=_("照片說明"), max_length=200, required=False, widget=Text)


class StopForm(Form):
    """Works stand still."""

    on = DateField(label=_("停工日"))
    reason = words(_("停工原因"), 300)


class ResumeForm(Form):
    """Works go on."""

    on = DateField(label=_("復工日"))


class LandForm(Form):
    """How the land is obtained."""

    state = forms.ChoiceField(label=_("用地取得"), choices=LandState.choices, widget=Radios)
    note = forms.CharField(label=_("說明"), max_length=300, required=False, widget=Text)


class AskForm(Form):
    """Coordination between agencies is needed."""

    matter = words(_("要協調的事"), 300)
    asked_of = forms.ChoiceField(label=_("要協調的機關"), required=False, widget=Select)
    on = DateField(label=_("提出日"))

    def __init__(self, *args: Any, agencies: Sequence[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asked_of"].choices = [("", _("還不確定")), *((one.code, one.label) for one in agencies)]


class SettleForm(Form):
    """What was asked of others is settled."""

    request = forms.ChoiceField(label=_("哪一件"), widget=Select)
    on = DateField(label=_("解決日"))
    how = words(_("怎麼解決"), 300)

    def __init__(self, *args: Any, asked: Sequence[CoordinationRequest], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["request"].choices = [(one.pk, one.matter[:60]) for one in asked]
