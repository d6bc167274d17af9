"""Forms of gatherings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.foundation.clock import at as instant
from cityhall.web.charts import year_name
from cityhall.web.forms import DateField, Digits, Email, File, Form, Radios, Select, Text, Textarea

from .models import AgendaPoint, CheckMark, Gathering, Participant
from .registry import Profile, Sheet
from .registry import profiles as declared
from .rules import Came, Gap, Unchecked
from .states import Part, PointKind, Presence, State, Verdict

CLOCK = re.compile(r"(\d{1,2})[:：.]?(\d{2})")
ANY = [("", _("全部"))]


class ClockField(forms.CharField):
    """An hour and a minute."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=5, widget=Text(width=5), help_text=_("例如 14:00"), **kwargs)

    def clean(self, value: Any) -> Any:
        """The time, or the sentence that says how it is written."""
        text = super().clean(value).strip()
        found = CLOCK.fullmatch(text)
        try:
            return time(int(found[1]), int(found[2])) if found else time.fromisoformat("")
        except ValueError:
            raise ValidationError(_("請填時和分，例如 14:00。")) from None


def agency_choices(rows: Iterable[Agency], none: Any = None) -> list[tuple[str, Any]]:
    """Agencies by their codes, and what choosing none means."""
    return [*([("", none)] if none is not None else []), *((one.code, one.label) for one in rows)]


class WhenForm(Form):
    """What it is called, when and where."""

    title = forms.CharField(label=_("名稱"), max_length=200, widget=Text)
    day = DateField(label=_("日期"))
    starts = ClockField(label=_("開始"))
    ends = ClockField(label=_("結束"))
    venue = forms.CharField(label=pgettext_lazy("gathering", "地點"), max_length=200, widget=Text,
                            help_text=_("例如：市府12樓會議室"))  # fmt: skip
    address = forms.CharField(label=_("地址"), max_length=200, required=False, widget=Text,
                              help_text=_("到現場的才要填；會標在地圖上。"))  # fmt: skip
    purpose = forms.CharField(
        label=pgettext_lazy("gathering", "目的"), max_length=2000, required=False, widget=Textarea(attrs={"rows": 3})
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if {"day", "starts", "ends"} <= set(given):
            given["starts_at"], given["ends_at"] = (
                instant(given["day"], one.hour, one.minute) for one in (given["starts"], given["ends"])
            )
            if given["ends_at"] <= given["starts_at"]:
                self.add_error("ends", gettext("結束時間要晚於開始時間。"))
        return given

    @property
    def facts(self) -> dict[str, Any]:
        """What the act wants to know."""
        return {
            name: self.cleaned_data[name] for name in ("title", "starts_at", "ends_at", "venue", "address", "purpose")
        }


class PlanForm(WhenForm):
    """A new gathering."""

    year = forms.ChoiceField(label=_("年度"), widget=Select)
    number = forms.IntegerField(
        label=_("次別"), required=False, min_value=1, max_value=999, widget=Digits(width=3),
        help_text=_("不填就接著這個年度的上一次"),
    )  # fmt: skip
    series = forms.CharField(
        label=_("系列"), max_length=60, required=False, widget=Text,
        help_text=_("同一種會議分幾組各自編號的，填組名，例如「智慧交通分組」"),
    )  # fmt: skip
    host = forms.ChoiceField(label=_("主辦機關"), widget=Select)
    field_order = ("title", "year", "number", "series", "host", "day", "starts", "ends", "venue", "address", "purpose")

    def __init__(self, *args: Any, today: date, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = range(today.year + 1, today.year - 3, -1)
        self.fields["year"].choices = [(str(one), year_name(one)) for one in years]
        self.fields["host"].choices = agency_choices(agencies)


class ChangeForm(WhenForm):
    """Another time or place."""

    reason = forms.CharField(
        label=_("為什麼改"),
        max_length=300,
        required=False,
        widget=Text,
        help_text=_("已經通知過的，要寫明，會一併通知。"),
    )


class ReasonForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=500, widget=Textarea(attrs={"rows": 3}))


class PointForm(Form):
    """A point of the agenda."""

    kind = forms.ChoiceField(label=pgettext_lazy("agenda", "類別"), widget=Radios(inline=True))
    title = forms.CharField(label=_("案由"), max_length=300, widget=Text)
    text = forms.CharField(label=_("說明"), max_length=4000, required=False, widget=Textarea(attrs={"rows": 4}))
    agency = forms.ChoiceField(label=_("報告機關"), required=False, widget=Select)

    def __init__(self, *args: Any, profile: Profile, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(one.value, PointKind(one).label) for one in profile.points]
        self.fields["kind"].initial = profile.points[0].value
        self.fields["agency"].choices = agency_choices(agencies, _("不指定"))


class ParticipantForm(Form):
    """Somebody on the list."""

    part = forms.ChoiceField(label=_("身分"), choices=Part.choices, initial=Part.AGENCY, widget=Radios)
    agency = forms.ChoiceField(label=_("機關"), required=False, widget=Select)
    name = forms.CharField(
        label=_("姓名與職稱"), max_length=80, required=False, widget=Text,
        help_text=_("機關代表不必寫，由機關回復；府外的人請寫。"),
    )  # fmt: skip
    email = forms.EmailField(
        label=_("電子郵件"), required=False, widget=Email, help_text=_("府外的人通知到這裡；機關通知到研考窗口。")
    )

    def __init__(self, *args: Any, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = agency_choices(agencies, _("不屬於機關"))


class AnswerForm(Form):
    """Who comes for an agency."""

    name = forms.CharField(label=_("出席人的姓名與職稱"), max_length=80, widget=Text)
    deputy = forms.CharField(
        label=_("由誰代理"), max_length=80, required=False, widget=Text, help_text=_("首長不能親自出席時才填。")
    )
    reason = forms.CharField(label=_("代理的理由"), max_length=300, required=False, widget=Text)


GAPS = {
    Gap.UNKNOWN: _("請選有沒有出席。"),
    Gap.NO_REASON: _("主持人或機關首長由他人代理的，請寫明理由。"),
    Gap.NOBODY: _("有出席的，人數至少是1。"),
}


class HoldForm(Form):
    """The day, and of each line of the list whether somebody came."""

    held_on = DateField(label=pgettext_lazy("gathering", "辦理日"))
    others = forms.IntegerField(
        label=_("名單以外的人數"), required=False, min_value=0, max_value=99_999, widget=Digits(width=5),
        help_text=_("例如教育訓練現場簽到的人數"),
    )  # fmt: skip

    def __init__(self, *args: Any, rows: list[Participant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            said = Presence.DEPUTY if row.deputy else Presence.PRESENT
            self.fields[f"presence_{row.n}"] = forms.ChoiceField(
                label=row.label, choices=Presence.choices, initial=said, required=False,
                widget=Radios(inline=True, small=True),
            )  # fmt: skip
            self.fields[f"people_{row.n}"] = forms.IntegerField(
                label=_("人數"), initial=1, min_value=0, max_value=9_999, required=False, widget=Digits(width=4)
            )
            self.fields[f"deputy_{row.n}"] = forms.CharField(
                label=pgettext_lazy("gathering", "代理人"),
                max_length=80,
                required=False,
                initial=row.deputy,
                widget=Text,
            )
            self.fields[f"reason_{row.n}"] = forms.CharField(
                label=_("代理的理由"), max_length=300, required=False, initial=row.reason, widget=Text
            )

    @property
    def lines(self) -> list[tuple[Participant, Any, Any, Any, Any]]:
        """Each line of the list with its four fields."""
        names = ("presence", "people", "deputy", "reason")
        return [(row, *(self[f"{name}_{row.n}"] for name in names)) for row in self.rows]

    def came(self) -> dict[int, tuple[Came, str]]:
        """What was filled in of each line."""
        given = self.cleaned_data
        return {
            row.n: (
                Came(given[f"presence_{row.n}"], given[f"people_{row.n}"] or 0, given[f"reason_{row.n}"]),
                given[f"deputy_{row.n}"],
            )
            for row in self.rows
        }

    def show(self, gaps: Mapping[int, Gap]) -> None:
        """Put what is missing beside its field."""
        field = {Gap.UNKNOWN: "presence", Gap.NO_REASON: "reason", Gap.NOBODY: "people"}
        for n, gap in gaps.items():
            self.add_error(f"{field[gap]}_{n}", str(GAPS[gap]))


class ConcludeForm(Form):
    """What an agency is to do."""

    text = forms.CharField(label=pgettext_lazy("outcome", "內容"), max_length=2000, widget=Textarea(attrs={"rows": 4}))
    agency = forms.ChoiceField(label=_("辦理機關"), widget=Select)
    due_on = DateField(label=_("辦理期限"))
    point = forms.ChoiceField(label=_("哪一項議程"), required=False, widget=Select)

    def __init__(self, *args: Any, agencies: QuerySet[Agency], points: list[AgendaPoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = agency_choices(agencies, _("請選擇"))
        self.fields["point"].choices = [("", _("不屬於哪一項")), *((str(one.n), one.title) for one in points)]


class FindingsForm(Form):
    """To whom what is wanting goes."""

    agency = forms.ChoiceField(label=_("辦理機關"), widget=Select)
    due_on = DateField(label=_("改善期限"))

    def __init__(self, *args: Any, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = agency_choices(agencies, _("請選擇"))


class MinutesForm(Form):
    text = forms.CharField(label=_("紀錄"), max_length=20_000, widget=Textarea(attrs={"rows": 14}))
    issued_on = DateField(label=_("發文日期"))
    document = forms.CharField(label=_("發文字號"), max_length=60, required=False, widget=Text)


class CorrectionForm(MinutesForm):
    reason = forms.CharField(label=_("更正的理由"), max_length=500, widget=Text)


class GatheringFilter(Form):
    """What the list can be narrowed by."""

    q = forms.CharField(label=_("名稱或地點"), max_length=50, required=False, widget=Text)
    profile = forms.ChoiceField(label=pgettext_lazy("gathering", "種類"), required=False, widget=Select)
    year = forms.ChoiceField(label=_("年度"), required=False, widget=Select)
    state = forms.ChoiceField(
        label=pgettext_lazy("gathering", "狀態"), required=False, widget=Select, choices=[*ANY, *State.choices]
    )
    left = forms.ChoiceField(
        label=_("裁示與建議"), required=False, widget=Select, choices=[*ANY, ("open", _("還有沒辦完的"))]
    )

    def __init__(self, *args: Any, rows: QuerySet[Gathering], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = rows.order_by("-year").values_list("year", flat=True).distinct()
        self.fields["year"].choices = [*ANY, *((str(one), year_name(one)) for one in years)]
        self.fields["profile"].choices = [*ANY, *((one.key, one.label) for one in declared())]


# ---- a visit ---------------------------------------------------------------------------------------------------------


class WhereForm(Form):
    """Where the telephone is, if it says so."""

    lon = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)

    @property
    def where(self) -> tuple[float, float] | None:
        """Longitude and latitude, both or none."""
        lon, lat = self.cleaned_data.get("lon"), self.cleaned_data.get("lat")
        return (lon, lat) if lon is not None and lat is not None else None


FAULTS = {Unchecked.NO_VERDICT: _("請選情形。"), Unchecked.NO_NOTE: _("待改善的，請寫明哪裡不好。")}


class ChecklistForm(WhereForm):
    """The checklist of a visit; what is not filled in yet may come later."""

    def __init__(self, *args: Any, profile: Profile, marks: Mapping[str, CheckMark], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.profile = profile
        for code, line in profile.lines.items():
            known = marks.get(code)
            name = code.replace(".", "__")
            self.fields[f"verdict_{name}"] = forms.ChoiceField(
                label=line.label, help_text=line.explained, choices=Verdict.choices, required=False,
                initial=known.verdict if known else None, widget=Radios(inline=True, small=True),
            )  # fmt: skip
            self.fields[f"note_{name}"] = forms.CharField(
                label=gettext("%(line)s的說明") % {"line": line.label}, max_length=1000, required=False,
                initial=known.note if known else "", widget=Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    @property
    def sheets(self) -> list[tuple[Sheet, list[tuple[Any, Any]]]]:
        """The parts of the checklist, each line with its two fields."""
        return [
            (sheet, [
                (self[f"verdict_{sheet.code}__{line.code}"], self[f"note_{sheet.code}__{line.code}"]) for line in sheet.lines
            ])
            for sheet in self.profile.checklist
        ]  # fmt: skip

    def marks(self) -> dict[str, tuple[str, str]]:
        """What was filled in so far."""
        given = self.cleaned_data
        names = {code: code.replace(".", "__") for code in self.profile.lines}
        return {code: (given[f"verdict_{name}"], given[f"note_{name}"]) for code, name in names.items()}

    def show(self, gaps: Mapping[str, Unchecked]) -> None:
        """Put what is missing beside its field."""
        for code, gap in gaps.items():
            part = "note" if gap is Unchecked.NO_NOTE else "verdict"
            self.add_error(f"{part}_{code.replace('.', '__')}", str(FAULTS[gap]))


class PhotoForm(WhereForm):
    """One photo, of one line or of the whole place."""

    photo = forms.FileField(
        label=pgettext_lazy("gathering", "照片"), widget=File(attrs={"accept": "image/*", "capture": "environment"})
    )
    line = forms.ChoiceField(label=_("哪一項"), required=False, widget=Select)
    caption = forms.CharField(label=pgettext_lazy("gathering", "照片說明"), max_length=200, required=False, widget=Text)

    def __init__(self, *args: Any, profile: Profile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].choices = [("", _("整體")), *((code, one.label) for code, one in profile.lines.items())]
