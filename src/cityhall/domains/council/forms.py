"""Forms of council cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.engines.tracking.states import Stage, Verdict
from cityhall.web.charts import month_name, year_name
from cityhall.web.forms import DateField, File, Form, Radios, Select, Text, Textarea

from .models import CouncilItem, Councillor, CouncilSession
from .queries import Known, names_in
from .states import SessionKind

ANY = [("", _("全部"))]
CHOOSE = [("", _("請選擇"))]


def _agencies(rows: QuerySet[Agency]) -> list[tuple[str, str]]:
    return [(one.code, one.label) for one in rows.order_by("order", "code")]


class ItemFilter(Form):
    """What the list of items can be narrowed by."""

    q = forms.CharField(label=_("編號、案由、內容或議員"), max_length=60, required=False, widget=Text)
    session = forms.ChoiceField(label=_("會期"), required=False, widget=Select)
    kind = forms.ChoiceField(label=_("案件類別"), required=False, widget=Select)
    agency = forms.ChoiceField(label=_("機關"), required=False, widget=Select)
    standing = forms.ChoiceField(
        label=_("情形"), required=False, widget=Select,
        choices=[
            *ANY, ("late", _("逾期未函復")), *((one.value, one.label) for one in Stage if one != Stage.SETTLED),
            *Verdict.choices,
        ],
    )  # fmt: skip
    district = forms.ChoiceField(label=_("行政區"), required=False, widget=Select)

    def __init__(
        self, *args: Any, kinds: Sequence[str], agencies: QuerySet[Agency], districts: Sequence[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["session"].choices = [*ANY, *((str(one.pk), one.label) for one in CouncilSession.objects.all())]
        self.fields["kind"].choices = [*ANY, *((one, gettext(one)) for one in kinds)]
        self.fields["agency"].choices = [*ANY, *_agencies(agencies)]
        self.fields["district"].choices = [*ANY, *((one, one) for one in districts)]


class NamesField(forms.CharField):
    """Names set apart by 、, each of which has to be known."""

    known: Mapping[str, Any] = {}

    def clean(self, value: Any) -> list[Any]:
        """The records of the names; a name that is not known is said."""
        names = names_in(super().clean(value))
        if wrong := [name for name in names if name not in self.known]:
            raise ValidationError(_("查不到：%(names)s"), params={"names": "、".join(wrong)})
        return [self.known[name] for name in names]


class ItemForm(Form):
    """A question or resolution to be listed."""

    kind = forms.ChoiceField(label=_("案件類別"), widget=Select)
    session = forms.ChoiceField(label=_("會期"), required=False, widget=Select)
    raised_on = DateField(label=_("質詢或議決日"))
    askers = NamesField(
        label=_("議員"), max_length=400, required=False, widget=Text, help_text=_("幾位議員用「、」分開。")
    )
    title = forms.CharField(
        label=_("案由"), max_length=200, widget=Text, help_text=_("案由會公開，不要寫民眾的姓名和聯絡方式。")
    )
    text = forms.CharField(label=_("內容"), max_length=20_000, required=False, widget=Textarea(attrs={"rows": 6}))
    lead = forms.ChoiceField(label=_("主辦機關"), widget=Select)
    co = NamesField(
        label=_("協辦機關"), max_length=400, required=False, widget=Text,
        help_text=_("寫機關的全名或簡稱，幾個機關用「、」分開。"),
    )  # fmt: skip
    district = forms.CharField(label=_("行政區"), max_length=20, required=False, widget=Text)
    about = forms.CharField(
        label=_("相關的案號或文號"), max_length=100, required=False, widget=Text,
        help_text=_("說到的計畫、陳情或公文的編號。"),
    )  # fmt: skip
    due_on = DateField(label=_("函復期限"), required=False, help_text=_("不填就依規定的天數。"))

    def __init__(self, *args: Any, kinds: Sequence[str], known: Known, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [*CHOOSE, *((one, gettext(one)) for one in kinds)]
        self.fields["session"].choices = [*CHOOSE, *((one, one) for one in known.sessions)]
        self.fields["lead"].choices = [*CHOOSE, *_leads(known)]
        self.fields["askers"].known = known.councillors
        self.fields["co"].known = known.agencies


def _leads(known: Known) -> list[tuple[str, str]]:
    there = {one.pk: one for one in known.agencies.values()}
    return [(one.code, one.label) for one in sorted(there.values(), key=lambda one: (one.order, one.code))]


class SheetForm(Form):
    sheet = forms.FileField(
        label=_("檔案"), widget=File, help_text=_("CSV、ODS 或 XLSX；第一列是欄名。不能匯入的列會逐一說明。")
    )


class SessionForm(Form):
    """A session that the council has called."""

    term = forms.IntegerField(label=_("屆"), min_value=1, max_value=99, widget=Text(width=2))
    kind = forms.ChoiceField(label=_("會別"), choices=SessionKind.choices, widget=Select)
    n = forms.IntegerField(label=_("次"), min_value=1, max_value=99, widget=Text(width=2))
    starts_on = DateField(label=_("開會日"))
    ends_on = DateField(label=_("閉會日"))


class CouncillorForm(Form):
    """A councillor who takes office."""

    name = forms.CharField(label=_("姓名"), max_length=60, widget=Text)
    party = forms.CharField(label=_("政黨"), max_length=40, widget=Text)
    constituency = forms.CharField(label=_("選區"), max_length=40, widget=Text)
    starts_on = DateField(label=_("就任日"))


class LeaveForm(Form):
    ends_on = DateField(label=_("離任日"))


class InspectionFilter(Form):
    """What the list of inspections can be narrowed by."""

    q = forms.CharField(label=_("事由、地點或議員"), max_length=60, required=False, widget=Text)
    year = forms.ChoiceField(label=_("年度"), required=False, widget=Select)
    agency = forms.ChoiceField(label=_("辦理機關"), required=False, widget=Select)

    def __init__(self, *args: Any, years: Sequence[int], agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [*ANY, *((str(one), year_name(one)) for one in years)]
        self.fields["agency"].choices = [*ANY, *_agencies(agencies)]


class InspectionForm(Form):
    """A joint inspection that was held."""

    agency = forms.ChoiceField(label=_("辦理機關"), widget=Select)
    held_on = DateField(label=_("會勘日期"))
    matter = forms.CharField(label=_("會勘事由"), max_length=200, widget=Text)
    place = forms.CharField(label=_("地點"), max_length=200, widget=Text)
    district = forms.CharField(label=_("行政區"), max_length=20, required=False, widget=Text)
    councillors = NamesField(label=_("參加的議員"), max_length=400, widget=Text, help_text=_("幾位議員用「、」分開。"))
    notice_number = forms.CharField(label=_("開會通知文號"), max_length=60, required=False, widget=Text)
    participants = forms.CharField(label=_("參加的機關"), max_length=300, required=False, widget=Text)
    minutes = forms.CharField(label=_("會勘結論"), max_length=4000, required=False, widget=Textarea(attrs={"rows": 4}))
    follow_up = forms.CharField(
        label=_("後續辦理"), max_length=2000, required=False, widget=Textarea(attrs={"rows": 3})
    )
    item = forms.CharField(
        label=_("相關的議會案件"), max_length=20, required=False, widget=Text(width=10), help_text=_("例如 C115-0042")
    )

    def __init__(self, *args: Any, agencies: QuerySet[Agency], known: Known, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = _agencies(agencies)
        self.fields["agency"].choices = own if len(own) == 1 else [*CHOOSE, *own]
        self.fields["councillors"].known = known.councillors

    def clean_item(self) -> CouncilItem | None:
        number = self.cleaned_data["item"].strip().upper()
        found = CouncilItem.objects.filter(tracked__number=number).first() if number else None
        if number and found is None:
            raise ValidationError(_("沒有這個編號的議會案件。"))
        return found


class MonthForm(Form):
    """Whose month is reported, and which."""

    agency = forms.ChoiceField(label=_("機關"), widget=Select)
    month = forms.ChoiceField(label=_("月份"), widget=Select)

    def __init__(self, *args: Any, agencies: QuerySet[Agency], months: Sequence[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = _agencies(agencies)
        self.fields["agency"].choices = own if len(own) == 1 else [*CHOOSE, *own]
        self.fields["month"].choices = [(f"{one:%Y-%m}", month_name(one)) for one in months]


class ReasonForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=300, widget=Textarea(attrs={"rows": 3}))


class ReaderForm(Form):
    """Who may look up by links, and for whom."""

    name = forms.CharField(label=_("姓名"), max_length=60, widget=Text)
    email = forms.EmailField(
        label=_("電子郵件"), max_length=254, widget=Text, help_text=_("查詢的連結只寄到這個信箱。")
    )
    councillor = forms.ChoiceField(label=_("議員"), required=False, widget=Select)

    def __init__(self, *args: Any, councillors: QuerySet[Councillor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(str(one.reference), f"{one.name}（{one.constituency}）") for one in councillors.order_by("name")]
        self.fields["councillor"].choices = [("", _("不是哪一位議員的服務處")), *rows]


class NothingForm(Form):
    """Nothing to fill in: it carries the sentence of a refusal."""


class LinkForm(Form):
    email = forms.EmailField(label=_("電子郵件"), max_length=254, widget=Text)


class NewsForm(Form):
    """What a reader is told by mail."""

    news = forms.TypedChoiceField(
        label=_("案件有變動，要不要寄信給您？"), coerce=lambda value: value == "yes", widget=Radios,
        choices=[("yes", _("要，有變動的日子每天一封")), ("no", _("不要"))],
    )  # fmt: skip
    own_only = forms.TypedChoiceField(
        label=_("哪些案件"), coerce=lambda value: value == "own", widget=Radios,
        choices=[("own", _("只要自己提出的")), ("all", _("全部"))],
    )  # fmt: skip

    def __init__(self, *args: Any, councillor: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not councillor:
            self.fields.pop("own_only")


class MarkForm(Form):
    text = forms.CharField(
        label=_("哪裡沒有答到？"), max_length=1000, widget=Textarea(attrs={"rows": 4}),
        help_text=_("寫明問的是什麼、還缺什麼；研考會會處理。"),
    )  # fmt: skip


class MarkAnswerForm(Form):
    """What the commission does about a mark."""

    returned = forms.TypedChoiceField(
        label=_("怎麼處理"), coerce=lambda value: value == "yes", widget=Radios,
        choices=[("yes", _("退回，請機關重新答復")), ("no", _("函復維持"))],
    )  # fmt: skip
    text = forms.CharField(
        label=_("理由"), max_length=1000, widget=Textarea(attrs={"rows": 3}), help_text=_("標記的議員和服務處會看到。")
    )
