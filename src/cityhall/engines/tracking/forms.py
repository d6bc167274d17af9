"""Forms of listed items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency, Person
from cityhall.web.charts import year_name
from cityhall.web.forms import Checkboxes, DateField, File, Files, FilesField, Form, Radios, Select, Text, Textarea

from .registry import Profile
from .rules import names_in
from .states import Part, Promise, Stage, Verdict

MOST_FILES = 5


class AnswerForm(Form):
    """What has been done, and the letter that says so."""

    text = forms.CharField(
        label=_("辦理情形"), max_length=10_000, widget=Textarea(attrs={"rows": 8}),
        help_text=_("先回答問的是什麼，再寫做了什麼、還要做什麼、哪一天完成。"),
    )  # fmt: skip
    letter_on = DateField(label=_("發文日期"), help_text=_("函復議會和議員的公文日期；以這一天算有沒有如期。"))
    letter_number = forms.CharField(label=_("發文字號"), max_length=60, widget=Text)
    uploads = FilesField(
        label=_("附件"), required=False, max_files=MOST_FILES, widget=Files,
        help_text=_("照片、PDF 或短片，最多5個。"),
    )  # fmt: skip

    def __init__(self, *args: Any, letter: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not letter:
            self.fields.pop("letter_on")
            self.fields.pop("letter_number")


YES_NO = [("yes", _("有")), ("no", _("沒有"))]


def _yes(value: str) -> bool:
    return value == "yes"


class ReviewForm(Form):
    """Three questions, and what is still missing."""

    answers = forms.TypedChoiceField(
        label=_("有沒有答到問題？"), choices=YES_NO, coerce=_yes, widget=Radios(inline=True)
    )
    complete = forms.TypedChoiceField(
        label=_("該說的有沒有說完整？"), choices=YES_NO, coerce=_yes, widget=Radios(inline=True)
    )
    promise = forms.ChoiceField(label=_("有沒有承諾以後要辦的事？"), choices=Promise.choices, widget=Radios)
    promised_on = DateField(label=_("承諾哪一天完成"), required=False, help_text=_("有寫明日期的才填。"))
    remark = forms.CharField(
        label=_("審核意見"), max_length=1000, required=False, widget=Textarea(attrs={"rows": 3}),
        help_text=_("三項有一項不行，就退回重新答復，並請寫明哪裡沒有答到、還缺什麼。"),
    )  # fmt: skip


class DecideForm(Form):
    """The grounds, the verdict and the reason."""

    grounds = forms.MultipleChoiceField(label=_("機關的答復屬於"), required=False, widget=Checkboxes)
    verdict = forms.ChoiceField(label=_("追蹤情形"), required=False, widget=Radios)
    reason = forms.CharField(label=_("理由"), max_length=1000, widget=Textarea(attrs={"rows": 3}))
    person = forms.ChoiceField(
        label=pgettext_lazy("tracking", "機關負責人員"), required=False, widget=Select,
        help_text=_("自行追蹤的，指定機關裡負責的人。"),
    )  # fmt: skip

    def __init__(self, *args: Any, kind: Profile, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = list(Verdict.choices)
        if kind.grounds:
            self.fields["grounds"].choices = [(one.code, one.label) for one in kind.grounds]
            choices = [("", _("依列管原則判定")), *choices]
        else:
            self.fields.pop("grounds")
            self.fields["verdict"].required = True
        self.fields["verdict"].choices = choices
        self.fields["person"].choices = [("", _("不指定")), *((str(one.pk), one.label) for one in people)]


class ReasonForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=1000, widget=Textarea(attrs={"rows": 3}))


class DutyForm(Form):
    """Another agency for an item."""

    part = forms.ChoiceField(label=_("分工"), choices=Part.choices, widget=Radios(inline=True))
    agency = forms.ChoiceField(label=_("機關"), widget=Select)
    words = forms.CharField(label=_("負責的部分"), max_length=300, required=False, widget=Text)
    due_on = DateField(label=_("函復期限"), required=False, help_text=_("不填就依規定的天數。"))

    def __init__(self, *args: Any, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [("", _("請選擇")), *((one.code, one.label) for one in agencies)]


class RegisterFilter(Form):
    """What the list of a register can be narrowed by."""

    q = forms.CharField(label=_("編號、案由或內容"), max_length=60, required=False, widget=Text)
    profile = forms.ChoiceField(label=_("列管類別"), required=False, widget=Select)
    standing = forms.ChoiceField(
        label=_("情形"), required=False, widget=Select,
        choices=[
            ("", _("全部")), ("open", _("還沒解除追蹤的")), ("late", _("逾期未函復")),
            *((one.value, one.label) for one in Stage if one != Stage.SETTLED), *Verdict.choices,
        ],
    )  # fmt: skip
    agency = forms.ChoiceField(label=_("機關"), required=False, widget=Select)
    year = forms.ChoiceField(label=_("列管年度"), required=False, widget=Select)

    def __init__(
        self, *args: Any, kinds: Sequence[Profile], years: Sequence[int], agencies: QuerySet[Agency], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        anything = ("", _("全部"))
        self.fields["profile"].choices = [anything, *((one.key, one.label) for one in kinds)]
        self.fields["agency"].choices = [
            anything, *((one.code, one.label) for one in agencies.order_by("order", "code"))
        ]  # fmt: skip
        self.fields["year"].choices = [anything, *((str(one), year_name(one)) for one in years)]


class AgenciesField(forms.CharField):
    """Names of agencies set apart by 、, each of which has to be known."""

    known: Mapping[str, Agency] = {}

    def clean(self, value: Any) -> list[Agency]:
        """The agencies; a name that is not known is said."""
        names = names_in(super().clean(value))
        if wrong := [name for name in names if name not in self.known]:
            raise ValidationError(_("查不到：%(names)s"), params={"names": "、".join(wrong)})
        return [self.known[name] for name in names]


class ItemForm(Form):
    """What is put under control by hand."""

    profile = forms.ChoiceField(label=_("列管類別"), widget=Radios)
    listed_on = DateField(label=_("列管日"))
    title = forms.CharField(label=_("案由"), max_length=200, widget=Text)
    text = forms.CharField(label=_("內容"), max_length=20_000, required=False, widget=Textarea(attrs={"rows": 5}))
    lead = forms.ChoiceField(label=_("主辦機關"), widget=Select)
    duty = forms.CharField(label=_("主辦機關負責的部分"), max_length=300, required=False, widget=Text)
    co = AgenciesField(
        label=_("協辦機關"), max_length=400, required=False, widget=Text,
        help_text=_("寫機關的全名或簡稱，幾個機關用「、」分開。"),
    )  # fmt: skip
    due_on = DateField(label=_("函復期限"), required=False, help_text=_("不填就依規定的天數。"))

    def __init__(self, *args: Any, kinds: Sequence[Profile], known: Mapping[str, Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = {one.pk: one for one in known.values()}
        in_order = sorted(there.values(), key=lambda one: (one.order, one.code))
        self.fields["profile"].choices = [(one.key, one.label) for one in kinds]
        self.fields["lead"].choices = [("", _("請選擇")), *((one.code, one.label) for one in in_order)]
        self.fields["co"].known = known


class SheetForm(Form):
    sheet = forms.FileField(
        label=_("檔案"), widget=File, help_text=_("CSV、ODS 或 XLSX；第一列是欄名。不能匯入的列會逐一說明。")
    )
