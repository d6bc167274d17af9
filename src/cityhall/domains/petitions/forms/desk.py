"""Forms of the officer's acts. Each asks for what the act needs and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.db.models import Case, Exists, OuterRef, Q, Subquery, When
from django.forms.models import ModelChoiceIterator
from django.utils import translation
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cityhall.engines.cases.models import Reply
from cityhall.engines.cases.queries import reply_in_work
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.directory.models import Agency, Appointment, Person, Unit
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.files.models import StoredFile
from cityhall.engines.files.queries import of as files_of
from cityhall.foundation.clock import start_of_day
from cityhall.web.dates import as_date
from cityhall.web.forms import Checkbox, Checkboxes, DateField, Files, FilesField, Form, Radios, Select, Text, Textarea

from .. import listings
from ..models import Category, Petition, ReplyTemplate, Restriction
from ..repeats import last_day
from ..services.handling import stage_now
from ..services.peers import bar_for
from ..states import Ground, Group, ListingGround, Outcome
from ..statistics import NoSuchCell, chosen

ACCEPTED = "image/*,.heic,.heif,application/pdf,video/mp4,video/quicktime"


class _Grouped(ModelChoiceIterator):
    """The choices of a field under headings; the queryset is ordered by them."""

    def __iter__(self) -> Iterator[Any]:
        field: GroupedField = self.field  # type: ignore[assignment]
        if field.empty_label is not None:
            yield ("", field.empty_label)
        for heading, rows in groupby(self.queryset, key=field.heading_of):
            yield (heading, [self.choice(row) for row in rows])


class GroupedField(forms.ModelChoiceField):
    """One record of many, found under headings: categories by topic, agencies by kind, officers by unit."""

    iterator = _Grouped  # type: ignore[assignment]
    widget = Select

    def __init__(self, *, heading: Callable[[Any], str], **kwargs: Any) -> None:
        self.heading_of = heading
        super().__init__(queryset=kwargs.pop("queryset", Category.objects.none()), **kwargs)


def _topic(category: Category) -> str:
    return str(Group(category.group).label)


def _kind(agency: Agency) -> str:
    return str(AgencyKind(agency.kind).label)


def category_field() -> GroupedField:
    """Which category, under its topic."""
    return GroupedField(heading=_topic, label=_("類別"), to_field_name="code", empty_label=_("請選擇類別"))


CHOOSE_AGENCY = _("請選擇機關")


def agency_field(label: Any, *, empty: Any = CHOOSE_AGENCY, **kwargs: Any) -> GroupedField:
    """Which agency, under its kind."""
    return GroupedField(
        heading=_kind, label=label, queryset=Agency.objects.none(), to_field_name="code", empty_label=empty, **kwargs
    )


def categories(on: date) -> Any:
    """The categories in use on a day, topic by topic."""
    order = {group: n for n, group in enumerate(Group.values)}
    return Category.objects.in_use(on).order_by(
        Case(*(When(group=group, then=n) for group, n in order.items()), default=len(order)), "order", "code"
    )


def agencies(on: date) -> Any:
    """The agencies that exist on a day, kind by kind."""
    order = {kind: n for n, kind in enumerate(AgencyKind.values)}
    return Agency.objects.as_of(on).order_by(
        Case(*(When(kind=kind, then=n) for kind, n in order.items()), default=len(order)), "order", "code"
    )


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

    category = category_field()
    agency = agency_field(_("機關"), empty=_("依類別與地點"), required=False)
    note = forms.CharField(label=_("說明（可不填）"), max_length=500, required=False, widget=Text)
    conference = forms.CharField(
        label=_("協調結果"), max_length=1000, required=False, widget=Textarea(attrs={"rows": 3}),
        help_text=_("和哪些機關談過、為什麼由這個機關辦理。派案後不能再退回改分。"),
    )  # fmt: skip

    def prepare(self) -> None:
        self.fields["category"].queryset = categories(self.on)
        self.fields["agency"].queryset = agencies(self.on)
        if self.petition.case.status != Status.RETURNED or not self.petition.conferences.filter(held_at=None).exists():
            del self.fields["conference"]


class CategoryForm(ActForm):
    category = category_field()

    def prepare(self) -> None:
        self.fields["category"].queryset = categories(self.on)


class ReturnForm(ActForm):
    proposed = agency_field(_("建議改分的機關"))
    reason = forms.CharField(label=_("退回改分的理由"), max_length=500, widget=Textarea(attrs={"rows": 3}))

    def prepare(self) -> None:
        case = self.petition.case
        self.fields["proposed"].queryset = agencies(self.on).exclude(pk=case.agency_id)


class AboutForm(ActForm):
    """Whom a complaint is about: an agency, or one unit of it. Empty: it is about nobody."""

    agency = agency_field(_("被反映的機關"), empty=_("不是反映機關或同仁"), required=False)
    unit = forms.ModelChoiceField(
        label=_("其中的單位（可不填）"), queryset=Unit.objects.none(), required=False, widget=Select,
        empty_label=_("整個機關"), help_text=_("填了單位，該單位的人看不到這件；不填，整個機關都看不到。"),
    )  # fmt: skip

    def prepare(self) -> None:
        self.fields["agency"].queryset = agencies(self.on)
        units = Unit.objects.select_related("agency").order_by("agency__order", "agency__code", "order", "code")
        self.fields["unit"].queryset = units.filter(Q(closed_on=None) | Q(closed_on__gt=self.on))
        self.fields["unit"].label_from_instance = lambda unit: f"{unit.agency.label}　{unit.label}"
        about = self.petition.about_agency
        self.initial.setdefault("agency", about.code if about else None)
        self.initial.setdefault("unit", self.petition.about_unit_id)


class AssignForm(ActForm):
    """An officer, or the 單位主管 who gives it on; the unit is theirs."""

    officer = GroupedField(
        heading=lambda person: person.unit_name or str(_("不屬單位")), label=_("承辦人"),
        empty_label=_("請選擇承辦人"), queryset=Person.objects.none(), to_field_name="code",
    )  # fmt: skip

    def prepare(self) -> None:
        usual = [Role.OFFICER, Role.UNIT_HEAD, Role.COORDINATOR]
        roles = [Role.ETHICS] if self.petition.sealed else usual
        seats = (
            Appointment.objects.as_of(self.on)
            .filter(agency=self.petition.case.agency, role__in=roles)
            .filter(person=OuterRef("pk"))
            .order_by("unit__order", "pk")
        )
        name = "unit__name_en" if (get_language() or "").startswith("en") else "unit__name"
        self.fields["officer"].queryset = (
            Person.objects.filter(Exists(seats))
            .annotate(unit_order=Subquery(seats.values("unit__order")[:1]), unit_name=Subquery(seats.values(name)[:1]))
            .order_by("unit_order", "unit_name", "code")
        )
        self.fields["officer"].label_from_instance = self._name

    def _name(self, person: Person) -> str:
        return f"{person.label}　{person.title_label}"


class ReplyForm(ActForm):
    """The reply; `promised_on` for a first reply or a promise of a later act."""

    text = forms.CharField(
        label=_("回復內容"), max_length=10_000, widget=Textarea(attrs={"rows": 9, "data-slots": True})
    )
    promised_on = DateField(label=_("承諾完成日"), required=False)
    outcome = forms.ChoiceField(
        label=_("辦理結果"), choices=[("", _("請選擇")), *Outcome.choices], required=False, widget=Select
    )
    before = FilesField(label=_("施作前照片"), required=False, max_files=5, widget=Files(attrs={"accept": ACCEPTED}))
    after = FilesField(label=_("施作後照片"), required=False, max_files=5, widget=Files(attrs={"accept": ACCEPTED}))
    drop = forms.ModelMultipleChoiceField(queryset=StoredFile.objects.none(), to_field_name="reference", required=False)
    template = forms.CharField(required=False, widget=forms.HiddenInput)
    draft_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        reply = reply_in_work(self.petition.case)
        if reply is not None:
            self.fields["drop"].queryset = files_of(reply)
        if stage_now(self.petition) == 1:
            del self.fields["outcome"]  # a first reply has no outcome yet


class QuestionForm(ActForm):
    text = forms.CharField(
        label=_("請民眾補充什麼"), max_length=1000, widget=Textarea(attrs={"rows": 4}),
        help_text=_("會寄給民眾；等待期間停止計時，最多等到補正期限。"),
    )  # fmt: skip


class NoteForm(ActForm):
    text = forms.CharField(
        label=_("內部備註"), max_length=4000, widget=Textarea(attrs={"rows": 3}), help_text=_("民眾看不到。")
    )


class FactsForm(ActForm):
    """What a citizen added by telephone or at the counter."""

    text = forms.CharField(
        label=_("民眾補充了什麼"), max_length=4000, widget=Textarea(attrs={"rows": 4}),
        help_text=_("寫民眾說的話；承辦人與民眾都看得到。"),
    )  # fmt: skip
    photos = FilesField(label=_("照片或文件"), required=False, max_files=5, widget=Files(attrs={"accept": ACCEPTED}))


class UrgeForm(ActForm):
    text = forms.CharField(
        label=_("民眾怎麼說（可不填）"), max_length=1000, required=False, widget=Textarea(attrs={"rows": 3}),
        help_text=_("承辦人與單位主管都會看到，並計入催辦次數。"),
    )  # fmt: skip


class CoHandlerForm(ActForm):
    agency = agency_field(_("協辦機關"))
    asked = forms.CharField(label=_("請對方協助什麼"), max_length=300, widget=Textarea(attrs={"rows": 3}))
    working_days = forms.IntegerField(
        label=_("幾個工作天內回覆"), min_value=1, max_value=30, initial=3, widget=Text(width=3)
    )

    def prepare(self) -> None:
        case = self.petition.case
        self.fields["agency"].queryset = agencies(self.on).exclude(pk=case.agency_id)


class ContractorForm(ActForm):
    """Whom to ask for photos, and of what; the contractor sees number, place and this."""

    contractor = forms.CharField(label=_("廠商名稱"), max_length=60, widget=Text(width=20))
    asked = forms.CharField(
        label=_("請廠商拍什麼"), max_length=300, widget=Textarea(attrs={"rows": 3}),
        help_text=_("廠商只看得到案件編號、地點和這段話。請不要寫民眾的資料。連結只能用一次。"),
    )  # fmt: skip


class CopyForm(ActForm):
    agency = agency_field(_("副知機關"))

    def prepare(self) -> None:
        case = self.petition.case
        self.fields["agency"].queryset = agencies(self.on).exclude(pk=case.agency_id)


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
    agency = agency_field(_("府外機關"))
    reason = forms.CharField(
        label=_("移送理由"), max_length=500, widget=Textarea(attrs={"rows": 3}), help_text=_("民眾會看到。")
    )
    document_number = forms.CharField(
        label=_("發文字號（可不填）"), max_length=40, required=False, widget=Text(width=20),
        help_text=_("對方有電子郵件就立即寄出；只有地址的，印成紙本郵寄。請求身分保密的，不會把姓名與聯絡資料交給對方。"),
    )  # fmt: skip

    way = forms.ChoiceField(
        label=_("怎麼送"), required=False, widget=Radios, initial="auto",
        choices=[("auto", _("能用 Open311 就用，不能就用公文")), ("letter", _("用公文"))],
    )  # fmt: skip

    def prepare(self) -> None:
        rows = agencies(self.on).filter(kind=AgencyKind.OUTSIDE_BODY)
        self.fields["agency"].queryset = rows
        there = [one for one in rows.filter(open311_endpoint__isnull=False) if bar_for(self.petition, one)[0] is None]
        if there:
            self.fields["way"].help_text = _(
                "這件可以用 Open311 送到：%(names)s。內容對方可能公開，不會寫民眾的姓名。"
            ) % {"names": _("、").join(one.label for one in there)}
        else:
            del self.fields["way"]


class MergeForm(ActForm):
    number = forms.CharField(label=_("併入哪一件（案件編號）"), max_length=20, widget=Text(width=20))
    reason = forms.CharField(label=_("理由"), max_length=500, widget=Textarea(attrs={"rows": 3}))


class GroundForm(ActForm):
    ground = forms.ChoiceField(label=_("事由"), choices=Ground.choices, widget=Radios)
    reason = forms.CharField(label=_("說明"), max_length=500, widget=Textarea(attrs={"rows": 3}))


class DeclineForm(ActForm):
    """By which listing of the person; the desk judges that it is the same matter."""

    restriction = forms.ModelChoiceField(
        label=_("哪一件列管"), queryset=Restriction.objects.none(), to_field_name="reference", empty_label=None,
        widget=Radios,
    )  # fmt: skip
    reason = forms.CharField(
        label=_("說明（可不填）"), max_length=500, required=False, widget=Textarea(attrs={"rows": 3}),
        help_text=_("民眾會看到。不填就寫明先前在哪一件回復過。"),
    )  # fmt: skip

    def prepare(self) -> None:
        field = self.fields["restriction"]
        listed = [one.pk for one in listings.that_may_decline(self.petition, start_of_day(self.on))]
        field.queryset = Restriction.objects.filter(pk__in=listed).order_by("pk")
        field.label_from_instance = lambda one: f"{one.number}　{one.matter}"
        if len(listed) == 1:
            self.initial["restriction"] = field.queryset.get().reference


class NewCauseForm(ActForm):
    reason = forms.CharField(
        label=_("為什麼是新的事由（可不填）"), max_length=500, required=False, widget=Textarea(attrs={"rows": 3}),
        help_text=_("民眾會看到。"),
    )  # fmt: skip


SEVERAL = re.compile(r"[、，,；;\s]+")


class RestrictForm(ActForm):
    """What the agency's head decides on: who wrote what how often, what was answered, and what the citizen will read."""

    ground = forms.ChoiceField(
        label=_("法定事由（行政程序法第 173 條）"), choices=ListingGround.choices, widget=Radios,
        initial=ListingGround.ANSWERED,
    )  # fmt: skip
    evidence = forms.ModelMultipleChoiceField(
        label=_("佐證：同一位民眾的陳情"), queryset=Petition.objects.none(), widget=Checkboxes
    )
    answer = forms.ModelChoiceField(
        label=_("先前明確的回復"), queryset=Reply.objects.none(), required=False, widget=Select,
        empty_label=_("沒有明確回復過"),
    )  # fmt: skip
    matter = forms.CharField(
        label=pgettext_lazy("listing", "事由"),
        max_length=100,
        widget=Text,
        help_text=_("寫成一句話，民眾會看到；不要寫姓名。"),
    )
    words = forms.CharField(
        label=_("事由的字詞（可不填）"), max_length=100, required=False, widget=Text,
        help_text=_("用頓號隔開。新的陳情要同時出現這些字詞，或文字和佐證相近，才算同一事由。"),
    )  # fmt: skip
    because = forms.CharField(
        label=_("提報理由"), max_length=1000, widget=Textarea(attrs={"rows": 3}), help_text=_("給機關首長看。")
    )
    notice = forms.CharField(
        label=_("給民眾的通知"), max_length=2000, widget=Textarea(attrs={"rows": 6}),
        help_text=_("核定後寄出；信裡另有期間、依據與怎麼申訴。請用這位民眾使用的語言。"),
    )  # fmt: skip
    starts_on = DateField(label=_("自何日起"))
    ends_on = DateField(label=_("至何日止"))
    review_on = DateField(label=_("檢討日"))

    def prepare(self) -> None:
        found = listings.series(self.petition, self.on)
        evidence, answer = self.fields["evidence"], self.fields["answer"]
        evidence.queryset = Petition.objects.filter(pk__in=[one.petition.pk for one in found]).select_related("case")
        evidence.label_from_instance = lambda one: f"{one.case.number}　{as_date(one.case.opened_on)}　{one.case.title}"
        replies = listings.answers_to(found)
        answer.queryset = Reply.objects.filter(pk__in=[one.pk for one in replies]).select_related("case")
        answer.label_from_instance = lambda one: f"{one.case.number}　{as_date(one.sent_at)}　{one.text[:40]}"
        case = self.petition.case
        language = case.requester.language if case.requester else case.language
        with translation.override(language):
            notice = gettext("您反映的「%(title)s」，本機關已處理並明確回復過。") % {"title": case.title}
        for name, value in {
            "evidence": [one.petition.pk for one in found],
            "answer": replies[0].pk if replies else None,
            "matter": case.title,
            "notice": notice,
            "starts_on": self.on,
            "ends_on": last_day(self.on, 6),
            "review_on": last_day(self.on, 3),
        }.items():
            self.initial.setdefault(name, value)

    def clean_words(self) -> list[str]:
        """The words one by one."""
        return [word for word in SEVERAL.split(self.cleaned_data["words"]) if word]


class ResultForm(ActForm):
    result = forms.CharField(label=_("現場處理情形"), max_length=2000, widget=Textarea(attrs={"rows": 4}))


class ProofForm(ActForm):
    """What was promised is done; the citizen reads it and sees the photos."""

    proof = forms.CharField(
        label=_("完成情形"), max_length=2000, widget=Textarea(attrs={"rows": 4}), help_text=_("民眾會看到。")
    )
    photos = FilesField(label=_("完成的照片"), required=False, max_files=5, widget=Files(attrs={"accept": ACCEPTED}))


class PutOffForm(ActForm):
    """承諾改期: another day, and why."""

    promised_on = DateField(label=_("改到哪一天"))
    reason = forms.CharField(
        label=_("改期的理由"), max_length=500, widget=Textarea(attrs={"rows": 4}), help_text=_("民眾會看到。")
    )


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
    measure = forms.CharField(required=False, widget=forms.HiddenInput)  # a cell of the statistics
    opened = forms.CharField(required=False, widget=forms.HiddenInput)
    by = forms.CharField(required=False, widget=forms.HiddenInput)
    part = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", _("全部"))]
        self.fields["category"].choices = everything + [(c.code, c.label) for c in Category.objects.all()]
        self.fields["agency"].choices = everything + [(a.code, a.label) for a in Agency.objects.all()]

    def clean(self) -> dict[str, Any]:
        """A cell of the statistics is read as a whole; one that there is not is refused."""
        given = super().clean() or {}
        given["cell"] = None
        if given.get("measure"):
            try:
                given["cell"] = chosen(given["measure"], given["opened"], given["by"], given["part"])
            except NoSuchCell:
                raise forms.ValidationError(_("沒有這一格統計，請回到統計頁重新點選。")) from None
        return given


def templates_for(petition: Petition, stage: int) -> list[ReplyTemplate]:
    """The texts that fit the petition's category, stage and agency, the nearest first."""
    rows = ReplyTemplate.objects.filter(
        Q(category=petition.category) | Q(category=None),
        Q(agency=petition.case.agency) | Q(agency=None),
        stage=stage,
        retired_on=None,
    )
    return sorted(rows, key=lambda row: (row.category_id is None, row.agency_id is None, row.code))
