"""Forms of the rules of dispatch."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.engines.places import queries as places
from cityhall.web.forms import DateField, Digits, Form, Select, Text, Textarea

from ..models import Category, Routing, StaffWords
from ..rule_list import COMING, ENDED, HOLDING, makers, manager_layers


class WordsField(forms.CharField):
    """Words, one a line; | and 、 part them too."""

    widget = Textarea

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 2000)
        super().__init__(widget=Textarea(attrs={"rows": 4, "spellcheck": "false"}), **kwargs)

    def to_python(self, value: Any) -> Any:
        """As a list, each word once."""
        text = super().to_python(value)
        parts = text.replace("、", "\n").replace("|", "\n").splitlines()
        return list(dict.fromkeys(word.strip() for word in parts if word.strip()))

    def run_validators(self, value: Any) -> None:
        """What is checked is the text, word by word."""
        super().run_validators("\n".join(value))

    def prepare_value(self, value: Any) -> Any:
        """As it is typed."""
        return "\n".join(value) if isinstance(value, list) else value


class RuleForm(Form):
    """What every change of a rule says: from when, until when, and why.

    Each kind adds `content`: what the rule says, in codes; only of a form that is valid.
    """

    valid_from = DateField(label=_("自何日起"), help_text=_("今天或以後。已經派出的案件不會改變。"))
    valid_until = DateField(label=_("至何日止"), required=False, help_text=_("例如颱風期間的臨時規則。不知道就空著。"))
    reason = forms.CharField(
        label=_("為什麼"), max_length=200, widget=Text, help_text=_("給之後看這條規則的同事：例如哪一類案件常派錯。")
    )


class WordsForm(RuleForm):
    """Words that mean a category."""

    category = forms.ModelChoiceField(
        label=_("判為哪一類"),
        queryset=Category.objects.none(),
        to_field_name="code",
        empty_label=_("請選擇類別"),
        widget=Select,
    )
    any_of = WordsField(
        label=_("任一字詞"), required=False, help_text=_("有其中一個就算。一行一個，至少兩個字；全形半形、台臺不分。")
    )
    every = WordsField(label=_("全部字詞"), required=False, help_text=_("每一個都要有。"))
    none_of = WordsField(label=_("不含字詞"), required=False, help_text=_("有任何一個，這條規則就不算。"))
    priority = forms.IntegerField(
        label=_("優先序"), min_value=-99, max_value=99, widget=Digits(width=3), initial=1,
        help_text=_("幾條規則同時符合時，數字大的先；一樣大時，字詞要求多的、長的先。"),
    )  # fmt: skip
    field_order = ["category", "any_of", "every", "none_of", "priority", "valid_from", "valid_until", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.filter(retired_on=None)

    def clean(self) -> dict[str, Any]:
        """A rule without any word would speak of everything."""
        given = super().clean() or self.cleaned_data
        if not given.get("any_of") and not given.get("every") and not {"any_of", "every"} & set(self.errors):
            self.add_error("any_of", _("請至少填一個字詞"))
        return given

    @property
    def content(self) -> dict[str, Any]:
        """Category and words."""
        given = self.cleaned_data
        return {"category": given["category"].code} | {
            name: given[name] for name in ("any_of", "every", "none_of", "priority")
        }

    @staticmethod
    def initial_of(rule: StaffWords) -> dict[str, Any]:
        """A rule as the form shows it."""
        names = ("any_of", "every", "none_of", "priority")
        return {"category": rule.category.code} | {name: getattr(rule, name) for name in names}


class RoutingForm(RuleForm):
    """Category and place that mean an agency."""

    agency = forms.ModelChoiceField(
        label=_("派給哪個機關"),
        queryset=Agency.objects.none(),
        to_field_name="code",
        empty_label=_("請選擇機關"),
        widget=Select,
    )
    category = forms.ModelChoiceField(
        label=_("案件類別"), queryset=Category.objects.none(), to_field_name="code", required=False,
        empty_label=_("不論類別"), widget=Select,
    )  # fmt: skip
    district = forms.ChoiceField(label=_("行政區"), required=False, widget=Select)
    village = forms.CharField(
        label=_("里"), required=False, max_length=20, widget=Text(width=10), help_text=_("先選行政區；不分里就空著。")
    )
    manager = forms.ModelChoiceField(
        label=_("道路或設施的權管機關"), queryset=Agency.objects.none(), to_field_name="code", required=False,
        empty_label=_("不論權管"), widget=Select, help_text=_("依權管圖層，例如省道由公路局管。"),
    )  # fmt: skip
    any_of = WordsField(
        label=_("任一字詞"), required=False, help_text=_("只有寫到這些的才派給它，例如「產業道路」。不論寫什麼就空著。")
    )
    every = WordsField(label=_("全部字詞"), required=False, help_text=_("每一個都要有。"))
    none_of = WordsField(label=_("不含字詞"), required=False, help_text=_("有任何一個，這條規則就不算。"))
    layer = forms.ModelChoiceField(
        label=_("權管圖層"), queryset=manager_layers().none(), to_field_name="code", required=False,
        empty_label=_("不論圖層"), widget=Select, help_text=_("地點落在這個圖層裡就算，不論由誰權管。"),
    )  # fmt: skip
    field_order = [
        "agency", "category", "district", "village", "manager", "layer", "any_of", "every", "none_of", "valid_from",
        "valid_until", "reason",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = [("", _("不分區")), *((area.code, str(area)) for area in places.districts())]
        agencies = Agency.objects.at_work().order_by("short_name")
        self.fields["district"].choices = areas
        self.fields["agency"].queryset = agencies
        self.fields["manager"].queryset = agencies
        self.fields["layer"].queryset = manager_layers()
        self.fields["category"].queryset = Category.objects.filter(retired_on=None)

    def clean(self) -> dict[str, Any]:
        """A village lies in its district."""
        given = super().clean() or self.cleaned_data
        name, district = given.get("village", ""), given.get("district", "")
        given["village"] = ""
        if name and not district:
            self.add_error("district", _("要分里，請先選行政區"))
        elif name:
            known = {
                key: one.code
                for one in places.villages(district)
                for key in (one.name[:-1], one.name, str(one), one.code)  # with its last letter, 里, or without
            }
            given["village"] = known.get(name, "")
            if not given["village"]:
                self.add_error("village", _("這一區沒有這個里，請檢查里名"))
        return given

    @property
    def content(self) -> dict[str, Any]:
        """What it speaks of, and where that goes."""
        given = self.cleaned_data
        codes = {name: given[name].code if given[name] else "" for name in ("category", "manager", "layer", "agency")}
        words = {name: given[name] for name in ("any_of", "every", "none_of")}
        return codes | words | {"district": given["district"], "village": given["village"]}

    @staticmethod
    def initial_of(rule: Routing) -> dict[str, Any]:
        """A rule as the form shows it."""
        village = next((one for one in places.villages(rule.district_code) if one.code == rule.village_code), None)
        return {
            "agency": rule.agency.code,
            "category": rule.category.code if rule.category else "",
            "district": rule.district_code,
            "village": village.name if village else rule.village_code,
            "manager": rule.manager_code,
            "layer": rule.layer_code,
            "any_of": rule.any_of,
            "every": rule.every,
            "none_of": rule.none_of,
        }


class EndForm(Form):
    """From which day a rule holds no longer, and why."""

    valid_from = DateField(label=_("自何日起停用"), help_text=_("今天或以後。它派過的案件不會改變。"))
    reason = forms.CharField(label=_("為什麼"), max_length=200, widget=Text)


class ReviveForm(Form):
    """From which day an ended rule holds again, and why."""

    valid_from = DateField(label=_("自何日起恢復"), help_text=_("今天或以後。"))
    valid_until = DateField(label=_("至何日止"), required=False, help_text=_("不知道就空著。"))
    reason = forms.CharField(label=_("為什麼"), max_length=200, widget=Text)


class FilterForm(Form):
    """Which rules to list."""

    q = forms.CharField(
        label=_("字詞或名稱"),
        required=False,
        max_length=100,
        widget=Text,
        help_text=_("也可以貼一句話，看會用到哪幾條。"),
    )
    kind = forms.ChoiceField(
        label=_("種類"), required=False, widget=Select,
        choices=[("", _("全部")), ("words", _("關鍵詞規則")), ("routing", _("派案規則"))],
    )  # fmt: skip
    category = forms.ChoiceField(label=_("類別"), required=False, widget=Select)
    owner = forms.ChoiceField(label=_("誰訂的"), required=False, widget=Select)
    status = forms.ChoiceField(
        label=_("狀態"), required=False, widget=Select,
        choices=[
            ("", _("有效與即將生效")), (HOLDING, _("有效")), (COMING, _("尚未生效")), (ENDED, _("已結束")),
        ],
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [("", _("全部")), ("-", _("不論類別"))] + [(one.code, one.label) for one in Category.objects.all()]
        self.fields["category"].choices = options
        people = [("", _("任何人")), ("-", _("系統匯入"))] + [(str(pk), name) for pk, name in makers()]
        self.fields["owner"].choices = people


class RollBackForm(Form):
    """Why the version before is used again."""

    reason = forms.CharField(label=_("為什麼"), max_length=200, widget=Text)
