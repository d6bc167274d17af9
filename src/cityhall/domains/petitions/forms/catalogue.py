"""Forms of categories, their limits and questions, and of reply templates."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.web.forms import Checkbox, DateField, Digits, Form, Radios, Select, Text, Textarea

from ..models import Category, CategoryQuestion
from ..states import Group, Outcome

CHOICE = re.compile(r"([a-z0-9][a-z0-9_-]*)\s+([^/]+?)(?:\s*/\s*(.+))?")


class CategoryForm(Form):
    """What a category is called and where it stands."""

    name = forms.CharField(label=_("名稱"), max_length=40, widget=Text(width=20), help_text=_("民眾看得懂的話。"))
    name_en = forms.CharField(label=_("英文名稱"), max_length=80, widget=Text(width=30))
    group = forms.ChoiceField(label=_("主題"), choices=Group.choices, widget=Select)
    order = forms.IntegerField(
        label=_("排列順序"), min_value=0, max_value=9999, widget=Digits(width=4), help_text=_("數字小的排在前面。")
    )
    needs_place = forms.BooleanField(
        label=_("依地點決定機關"),
        required=False,
        widget=Checkbox,
        help_text=_("例如道路由養工處或區公所管，要先知道在哪裡。"),
    )
    confidential = forms.BooleanField(
        label=_("一律不公開"),
        required=False,
        widget=Checkbox,
        help_text=_("例如檢舉公務員；不會出現在公開的清單與 Open311。"),
    )


class NewCategoryForm(CategoryForm):
    """A category with its code, which programs use and which never changes."""

    code = forms.CharField(
        label=_("代碼"), max_length=40, widget=Text(width=20, attrs={"spellcheck": "false"}),
        help_text=_("小寫英文，例如 street-light。定了就不再改，介接的系統靠它辨認。"),
    )  # fmt: skip
    field_order = ["name", "name_en", "code"]


class TermForm(Form):
    """Limits from a day on."""

    valid_from = DateField(label=_("自何日起"), help_text=_("今天或以後。之前成案的案件照原來的期限。"))
    urgent = forms.TypedChoiceField(
        label=_("是不是急迫類別"), choices=[("1", _("是")), ("0", _("不是"))], coerce=lambda value: value == "1",
        widget=Radios(inline=True), help_text=_("急迫類別要先在幾小時內初步回復，並通知值班人員。"),
    )  # fmt: skip
    first_hours = forms.IntegerField(
        label=_("初步回復"), min_value=1, max_value=168, widget=Digits(width=3, suffix=_("小時")),
        help_text=_("只用於急迫類別；晚上和假日也計算。"),
    )  # fmt: skip
    final_working_days = forms.IntegerField(
        label=_("正式回復"), min_value=1, max_value=60, widget=Digits(width=3, suffix=_("個工作天"))
    )
    near_metres = forms.IntegerField(
        label=_("同一件事的距離"), min_value=10, max_value=2000, required=False,
        widget=Digits(width=4, suffix=_("公尺")),
        help_text=_("反映前，給民眾看這個範圍內同類的案件。路燈這類固定的設施用 50，其他用 250。空著就照原來的。"),
    )  # fmt: skip
    source = forms.CharField(label=_("依據"), max_length=200, help_text=_("法規名稱或簽准文號。"), widget=Text)


class RetireForm(Form):
    """From which day a category cannot be chosen any more."""

    on = DateField(label=_("自何日起停用"))


class QuestionForm(Form):
    """A question of a category."""

    label = forms.CharField(label=_("題目"), max_length=100, widget=Text, help_text=_("例如：路燈上的編號是幾號？"))
    label_en = forms.CharField(label=_("英文題目"), max_length=120, widget=Text)
    hint = forms.CharField(label=_("說明"), max_length=200, required=False, widget=Text)
    hint_en = forms.CharField(label=_("英文說明"), max_length=200, required=False, widget=Text)
    datatype = forms.ChoiceField(
        label=_("答案的種類"), choices=CategoryQuestion.Datatype.choices, widget=Radios(small=True)
    )
    choices = forms.CharField(
        label=_("選項"), required=False, widget=Textarea(attrs={"rows": 5}),
        help_text=_("單選與複選才需要。一行一個：代碼、空格、名稱、斜線、英文名稱，例如「off 不亮 / Not lit」。"),
    )  # fmt: skip
    required = forms.BooleanField(
        label=_("一定要答"), required=False, widget=Checkbox,
        help_text=_("由民眾自己選類別時才要求；系統判斷類別時不強迫。"),
    )  # fmt: skip

    def clean_choices(self) -> list[dict[str, str]]:
        """The lines as choices, the first line that is none named."""
        found = []
        for number, line in enumerate(self.cleaned_data["choices"].splitlines(), start=1):
            if not line.strip():
                continue
            match = CHOICE.fullmatch(line.strip())
            if match is None:
                raise forms.ValidationError(
                    _("第 %(n)d 行看不懂，請寫成「代碼 名稱 / 英文名稱」") % {"n": number}, code="line"
                )
            key, name, english = match.groups()
            found.append({"key": key, "name": name.strip(), "name_en": (english or name).strip()})
        return found


class NewQuestionForm(QuestionForm):
    """A question with its code, which answers are kept under."""

    code = forms.CharField(
        label=_("代碼"), max_length=40, widget=Text(width=20, attrs={"spellcheck": "false"}),
        help_text=_("小寫英文，例如 lamp-number；Open311 用它當欄位名稱。"),
    )  # fmt: skip
    field_order = ["label", "label_en", "code"]


def choice_lines(question: CategoryQuestion) -> str:
    """The choices as they are typed."""
    return "\n".join(f"{one['key']} {one['name']} / {one.get('name_en') or one['name']}" for one in question.choices)


class TemplateForm(Form):
    """A text that replies start from."""

    name = forms.CharField(label=_("名稱"), max_length=60, widget=Text, help_text=_("承辦人在清單上看到的名稱。"))
    stage = forms.TypedChoiceField(
        label=_("用在哪一階段"),
        choices=[(1, _("初步回復")), (2, _("正式回復"))],
        coerce=int,
        widget=Radios(inline=True),
    )
    category = forms.ModelChoiceField(
        label=_("類別"), queryset=Category.objects.none(), to_field_name="code", required=False, empty_label=_("所有類別"),
        widget=Select,
    )  # fmt: skip
    outcome = forms.ChoiceField(
        label=_("處理結果"), choices=[("", _("由承辦人選")), *Outcome.choices], required=False, widget=Select
    )
    text = forms.CharField(label=_("內容"), max_length=4000, widget=Textarea(attrs={"rows": 12}, count=True))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.filter(retired_on=None)

    def offer_agencies(self, agencies: QuerySet[Agency], *, everybody: bool) -> None:
        """Ask whose text it is; who writes for one agency is not asked for the whole city."""
        self.fields["agency"] = forms.ModelChoiceField(
            label=_("給哪些承辦人用"), queryset=agencies, to_field_name="code", required=not everybody,
            empty_label=_("所有機關") if everybody else None, widget=Select,
            initial=None if everybody else agencies.first(),
        )  # fmt: skip
        self.order_fields(["name", "agency"])


class TemplateFilterForm(Form):
    """Which templates to list."""

    category = forms.ChoiceField(label=_("類別"), required=False, widget=Select)
    stage = forms.ChoiceField(
        label=_("階段"), required=False, widget=Select,
        choices=[("", _("全部")), ("1", _("初步回復")), ("2", _("正式回復"))],
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [("", _("全部")), ("-", _("不分類別"))] + [(one.code, one.label) for one in Category.objects.all()]
        self.fields["category"].choices = options
