"""Forms of the officer's acts. Each asks for what the act needs and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.web.forms import Checkbox, DateField, Form, Radios, Select, Text, Textarea

from ..models import Category, Petition, ReplyTemplate
from ..states import Ground, Group, Outcome


def agencies(on: date) -> Any:
    """The agencies that exist on a day."""
    return Agency.objects.as_of(on)


class ActForm(Form):
    """An act on one petition; `petition` and `on` decide what can be chosen."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, petition: Petition, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.petition, self.on = petition, on
        self.prepare()

    def prepare(self) -> None:
        """Fill the choices."""


class ReasonForm(ActForm):
    reason = forms.CharField(label=_("理由"), max_length=500, widget=Textarea(attrs={"rows": 3}))


class DispatchForm(ActForm):
    """Category first; the agency follows from it and the place unless another is named."""

    category = forms.ModelChoiceField(
        label=_("類別"), queryset=Category.objects.none(), to_field_name="code", widget=Select
    )
    agency = forms.ModelChoiceField(
        label=_("機關"), queryset=Agency.objects.none(), to_field_name="code", required=False, widget=Select,
        help_text=_("不選時，依類別與地點決定。"),
    )  # fmt: skip
    note = forms.CharField(label=_("說明"), max_length=500, required=False, widget=Text)

    def prepare(self) -> None:
        rows = Category.objects.filter(Q(retired_on=None) | Q(retired_on__gt=self.on))
        self.fields["category"].queryset = rows  # type: ignore[attr-defined]
        self.fields["agency"].queryset = agencies(self.on)  # type: ignore[attr-defined]


class CategoryForm(ActForm):
    category = forms.ModelChoiceField(
        label=_("類別"), queryset=Category.objects.none(), to_field_name="code", widget=Select
    )

    def prepare(self) -> None:
        rows = Category.objects.filter(Q(retired_on=None) | Q(retired_on__gt=self.on))
        self.fields["category"].queryset = rows  # type: ignore[attr-defined]


class ReturnForm(ActForm):
    proposed = forms.ModelChoiceField(
        label=_("建議改分的機關"), queryset=Agency.objects.none(), to_field_name="code", widget=Select
    )
    reason = forms.CharField(label=_("退回改分的理由"), max_length=500, widget=Textarea(attrs={"rows": 3}))

    def prepare(self) -> None:
        case = self.petition.case
        self.fields["proposed"].queryset = agencies(self.on).exclude(pk=case.agency_id)  # type: ignore[attr-defined]


class AssignForm(ActForm):
    officer = forms.ModelChoiceField(
        label=_("承辦人"), queryset=Person.objects.none(), to_field_name="code", widget=Select
    )
    unit = forms.ModelChoiceField(
        label=_("單位"),
        queryset=Unit.objects.none(),
        required=False,
        widget=Select,
        help_text=_("不選時，依承辦人的單位。"),
    )

    def prepare(self) -> None:
        agency = self.petition.case.agency
        serving = Person.objects.filter(
            appointments__agency=agency, appointments__starts_on__lte=self.on,
            appointments__role__in=[Role.OFFICER, Role.UNIT_HEAD, Role.COORDINATOR],
        ).filter(Q(appointments__ends_on=None) | Q(appointments__ends_on__gte=self.on))  # fmt: skip
        field = self.fields["officer"]
        field.queryset = serving.distinct()  # type: ignore[attr-defined]
        field.label_from_instance = self._name  # type: ignore[attr-defined]
        self.fields["unit"].queryset = Unit.objects.as_of(self.on).filter(agency=agency)  # type: ignore[attr-defined]

    def _name(self, person: Person) -> str:
        seat = next((row for row in person.appointments.all() if row.unit_id), None)
        return f"{person.label}　{person.title_label}" + (f"（{seat.unit.label}）" if seat and seat.unit else "")


class ReplyForm(ActForm):
    """The reply; `promised_on` for a first reply or a promise of a later act."""

    text = forms.CharField(
        label=_("回復內容"), max_length=10_000, widget=Textarea(attrs={"rows": 12, "class": "dk-txt"})
    )
    promised_on = DateField(
        label=_("承諾完成日"), required=False, help_text=_("可比期限早，不能晚；送出後會追蹤到完成。")
    )
    outcome = forms.ChoiceField(
        label=_("辦理結果"), choices=[("", _("（初步回復免選）")), *Outcome.choices], required=False, widget=Select
    )
    template = forms.CharField(required=False, widget=forms.HiddenInput)
    draft_version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class QuestionForm(ActForm):
    text = forms.CharField(
        label=_("請民眾補充什麼"), max_length=1000, widget=Textarea(attrs={"rows": 4}),
        help_text=_("會寄給民眾；等待期間停止計時，最多等到補正期限。"),
    )  # fmt: skip


class NoteForm(ActForm):
    text = forms.CharField(
        label=_("內部備註"), max_length=4000, widget=Textarea(attrs={"rows": 3}), help_text=_("民眾看不到。")
    )


class CoHandlerForm(ActForm):
    agency = forms.ModelChoiceField(
        label=_("協辦機關"), queryset=Agency.objects.none(), to_field_name="code", widget=Select
    )
    asked = forms.CharField(label=_("請對方協助什麼"), max_length=300, widget=Textarea(attrs={"rows": 3}))
    working_days = forms.IntegerField(
        label=_("幾個工作天內回覆"), min_value=1, max_value=30, initial=3, widget=Text(width=3)
    )

    def prepare(self) -> None:
        case = self.petition.case
        self.fields["agency"].queryset = agencies(self.on).exclude(pk=case.agency_id)  # type: ignore[attr-defined]


class CopyForm(ActForm):
    agency = forms.ModelChoiceField(
        label=_("副知機關"), queryset=Agency.objects.none(), to_field_name="code", widget=Select
    )

    def prepare(self) -> None:
        case = self.petition.case
        self.fields["agency"].queryset = agencies(self.on).exclude(pk=case.agency_id)  # type: ignore[attr-defined]


class OpinionForm(ActForm):
    answer = forms.CharField(label=_("協辦意見"), max_length=4000, widget=Textarea(attrs={"rows": 4}))


class ExtensionForm(ActForm):
    working_days = forms.IntegerField(label=_("展期幾個工作天"), min_value=1, max_value=30, widget=Text(width=3))
    reason = forms.CharField(
        label=_("展期理由"), max_length=1000, widget=Textarea(attrs={"rows": 3}), help_text=_("民眾會看到。")
    )


class DecisionForm(ActForm):
    granted = forms.ChoiceField(
        label=_("決定"), choices=[("yes", _("同意")), ("no", _("不同意"))], widget=Radios(inline=True)
    )
    decision = forms.CharField(label=_("理由"), max_length=500, required=False, widget=Textarea(attrs={"rows": 3}))


class TransferForm(ActForm):
    agency = forms.ModelChoiceField(
        label=_("府外機關"), queryset=Agency.objects.none(), to_field_name="code", widget=Select
    )
    reason = forms.CharField(
        label=_("移送理由"), max_length=500, widget=Textarea(attrs={"rows": 3}), help_text=_("民眾會看到。")
    )

    def prepare(self) -> None:
        rows = agencies(self.on).filter(kind=AgencyKind.OUTSIDE_BODY)
        self.fields["agency"].queryset = rows  # type: ignore[attr-defined]


class MergeForm(ActForm):
    number = forms.CharField(label=_("併入哪一件（案件編號）"), max_length=20, widget=Text(width=20))
    reason = forms.CharField(label=_("理由"), max_length=500, widget=Textarea(attrs={"rows": 3}))


class GroundForm(ActForm):
    ground = forms.ChoiceField(label=_("事由"), choices=Ground.choices, widget=Radios)
    reason = forms.CharField(label=_("說明"), max_length=500, widget=Textarea(attrs={"rows": 3}))


class ResultForm(ActForm):
    result = forms.CharField(label=_("現場處理情形"), max_length=2000, widget=Textarea(attrs={"rows": 4}))


class ProofForm(ActForm):
    proof = forms.CharField(label=_("完成情形"), max_length=2000, widget=Textarea(attrs={"rows": 4}))


class LookForm(ActForm):
    """Why somebody wants to see the reporter's contact data; it is written down."""

    purpose = forms.ChoiceField(
        label=_("查看聯絡資料的目的"),
        choices=[
            ("reply", _("聯繫民眾、回復案件")),
            ("site", _("約定現場會勘")),
            ("verify", _("查證身分")),
            ("other", _("其他公務需要")),
        ],
        widget=Radios,
    )


class ListFilter(Form):
    """What the list of petitions can be narrowed by."""

    q = forms.CharField(label=_("號碼、字詞或地點"), max_length=100, required=False, widget=Text)
    status = forms.ChoiceField(
        label=_("狀態"), choices=[("", _("全部")), *Status.choices], required=False, widget=Select
    )
    category = forms.ChoiceField(label=_("類別"), required=False, widget=Select)
    group = forms.ChoiceField(label=_("主題"), choices=[("", _("全部")), *Group.choices], required=False, widget=Select)
    channel = forms.ChoiceField(
        label=_("管道"), choices=[("", _("全部")), *Channel.choices], required=False, widget=Select
    )
    agency = forms.ChoiceField(label=_("主辦機關"), required=False, widget=Select)
    urgent = forms.BooleanField(label=_("只看急迫類別"), required=False, widget=Checkbox)
    first = DateField(label=_("收件日從"), required=False)
    last = DateField(label=_("到"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", _("全部"))]
        self.fields["category"].choices = everything + [(c.code, c.label) for c in Category.objects.all()]  # type: ignore[attr-defined]
        self.fields["agency"].choices = everything + [(a.code, a.label) for a in Agency.objects.all()]  # type: ignore[attr-defined]


def templates_for(petition: Petition, stage: int) -> list[ReplyTemplate]:
    """The texts that fit the petition's category and stage, the category's own first."""
    rows = ReplyTemplate.objects.filter(Q(category=petition.category) | Q(category=None), stage=stage, retired_on=None)
    return sorted(rows, key=lambda row: (row.category_id is None, row.code))
