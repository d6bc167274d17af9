"""Forms of the monthly check."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.engines.scoring.rules import Mark, MarkFault
from cityhall.web.charts import month_name
from cityhall.web.context import language
from cityhall.web.forms import Checkbox, Form, Radios, Select, Text, Textarea

from ..models import QualityRubric, QualitySheet
from ..quality import MOST
from ..states import AwardKind, SheetState

ANY = [("", _("全部"))]


def _agencies(pks: Any) -> list[tuple[str, Any]]:
    there = Agency.objects.filter(pk__in=pks).order_by("order", "code")
    return [*ANY, *((one.code, one.label) for one in there)]


class DrawForm(Form):
    """Which month is drawn."""

    month = forms.ChoiceField(label=_("抽哪一個月"), widget=Select)

    def __init__(self, *args: Any, months: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(f"{day:%Y-%m}", month_name(day)) for day in months]


class MonthFilter(Form):
    """What a month's sheets can be narrowed by."""

    q = forms.CharField(label=_("案件或評核表編號"), max_length=40, required=False, widget=Text)
    agency = forms.ChoiceField(label=_("主辦機關"), required=False, widget=Select)
    kind = forms.ChoiceField(
        label=_("抽查的理由"), required=False, widget=Select,
        choices=[*ANY, ("urgent", _("急迫案件")), ("sample", _("抽樣"))],
    )  # fmt: skip
    state = forms.ChoiceField(
        label=_("結果"), required=False, widget=Select,
        choices=[*ANY, ("scored", _("已評")), ("wanting", _("應予改善（全部）")), *SheetState.choices],
    )  # fmt: skip
    mine = forms.BooleanField(label=_("只看我評的"), required=False, widget=Checkbox)
    apart = forms.BooleanField(label=_("兩人結論不同的"), required=False, widget=Checkbox)

    def __init__(self, *args: Any, rows: QuerySet[QualitySheet], checks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = _agencies(rows.values("agency"))
        if not checks:
            del self.fields["mine"], self.fields["apart"]


FAULTS = {
    MarkFault.MISSING: _("請給分。"),
    MarkFault.OUTSIDE: _("請給0到5分。"),
    MarkFault.NO_REASON: _("低於%(n)s分要寫理由，機關會看到。"),
}


class ScoreForm(Form):
    """A mark for each criterion of the sheet's rubric, a reason where it is low, and a remark."""

    def __init__(self, *args: Any, rubric: QualityRubric, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rubric = rubric
        self.criteria = list(rubric.criteria.all())
        for one in self.criteria:
            weight = gettext("每分%(n)s點") % {"n": one.weight}
            must = gettext("零分就應予改善。") if one.must else ""
            self.fields[f"mark_{one.code}"] = forms.TypedChoiceField(
                label=f"{one.label} ({weight})" if language() == "en" else f"{one.label}（{weight}）",
                help_text=(f"{one.explained} {must}" if language() == "en" else one.explained + must).strip(), coerce=int, required=False, empty_value=None,
                choices=[(n, str(n)) for n in range(MOST + 1)], widget=Radios(inline=True, small=True),
            )  # fmt: skip
            self.fields[f"reason_{one.code}"] = forms.CharField(
                label=gettext("%(name)s的理由") % {"name": one.label}, max_length=300, required=False, widget=Text(),
            )  # fmt: skip
        self.fields["remark"] = forms.CharField(
            label=_("整體意見"), max_length=1000, required=False, widget=Textarea(attrs={"rows": 3})
        )

    def marks(self) -> dict[str, Mark]:
        """What was given so far."""
        given = self.cleaned_data
        return {
            one.code: Mark(given[f"mark_{one.code}"], given.get(f"reason_{one.code}", ""))
            for one in self.criteria
            if given.get(f"mark_{one.code}") is not None
        }

    def show(self, faults: Any) -> None:
        """Put what is missing beside its field."""
        for code, fault in faults.items():
            name = f"reason_{code}" if fault is MarkFault.NO_REASON else f"mark_{code}"
            words = FAULTS[fault]
            self.add_error(name, str(words) % {"n": self.rubric.reason_below} if "%" in str(words) else str(words))


class AcceptForm(Form):
    """Nothing more is asked."""


class ContestForm(Form):
    reason = forms.CharField(
        label=_("申復的理由"), max_length=2000, widget=Textarea(attrs={"rows": 6}),
        help_text=_("請指出評核表哪一項、哪裡與事實不符；申復以一次為限。"),
    )  # fmt: skip


class ContestDecisionForm(Form):
    granted = forms.TypedChoiceField(
        label=_("決定"),
        choices=[("yes", _("申復有理由，撤銷應予改善")), ("no", _("申復無理由，維持並退回重辦"))],
        coerce=lambda value: value == "yes",
        widget=Radios,
    )
    decision = forms.CharField(
        label=_("理由"), max_length=1000, widget=Textarea(attrs={"rows": 4}), help_text=_("機關會看到。")
    )


class BecauseForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=500, widget=Textarea(attrs={"rows": 4}))


class JudgeForm(Form):
    improved = forms.TypedChoiceField(
        label=_("重新回復之後"),
        choices=[("yes", _("已改善")), ("no", _("未改善"))],
        coerce=lambda value: value == "yes",
        widget=Radios,
    )
    remark = forms.CharField(
        label=_("說明"), max_length=1000, required=False, widget=Textarea(attrs={"rows": 3}),
        help_text=_("未改善時，請寫明還缺什麼。"),
    )  # fmt: skip


class ReturnForm(Form):
    """年度分析: what the numbers say, and what will be done."""

    analysis = forms.CharField(
        label=_("分析"), max_length=4000, widget=Textarea(attrs={"rows": 8}),
        help_text=_("件數、逾期、應予改善和民眾不滿意集中在哪裡，為什麼。"),
    )  # fmt: skip
    measures = forms.CharField(
        label=_("改善作法"), max_length=4000, widget=Textarea(attrs={"rows": 8}),
        help_text=_("做什麼、誰負責、什麼時候完成、怎麼知道有用。"),
    )  # fmt: skip


class AwardForm(Form):
    """獎懲建議: for an agency, or somebody of it."""

    agency = forms.ChoiceField(label=_("機關"), widget=Select)
    whom = forms.CharField(
        label=_("對象"),
        max_length=60,
        required=False,
        widget=Text,
        help_text=_("建議給機關時不必填；給個人時填職稱與姓名。"),
    )
    kind = forms.ChoiceField(label=_("建議"), choices=AwardKind.choices, widget=Select)
    reason = forms.CharField(
        label=_("理由"), max_length=1000, widget=Textarea(attrs={"rows": 4}),
        help_text=_("請寫明依據的件數與比率；系統只列數字，不會自動建議。"),
    )  # fmt: skip

    def __init__(self, *args: Any, rows: QuerySet[QualitySheet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = _agencies(rows.values("agency"))[1:]


class AwardDecisionForm(Form):
    approved = forms.TypedChoiceField(
        label=_("決定"),
        choices=[("yes", _("同意建議，送人事程序")), ("no", _("不採納"))],
        coerce=lambda value: value == "yes",
        widget=Radios,
    )
    decision = forms.CharField(label=_("理由"), max_length=500, widget=Textarea(attrs={"rows": 3}))
