"""The questions of a survey as a form, and the forms of the desk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import Checkbox, Checkboxes, DateField, Digits, File, Form, Radios, Select, Text, Textarea

from . import rules
from .models import Question
from .services import Line, Wanted, Wording
from .states import Kind, Sampling

POINTS = {
    5: _("5分，很滿意"), 4: _("4分，滿意"), 3: _("3分，普通"), 2: _("2分，不滿意"), 1: _("1分，很不滿意"),
}  # fmt: skip
NO_OPINION = _("沒有意見")


class AnswerForm(Form):
    """A field for each question, called by its key."""

    def __init__(self, *args: Any, questions: Sequence[Question], **kwargs: Any) -> None:
        self.base_fields = {one.key: _field(one, number) for number, one in enumerate(questions, start=1)}
        self.questions = list(questions)
        super().__init__(*args, **kwargs)

    @property
    def given(self) -> dict[str, Any]:
        """The answers as the act takes them; what was left out is not there."""
        found: dict[str, Any] = {}
        for one in self.questions:
            value = self.cleaned_data.get(one.key)
            if not rules.is_empty(value):
                found[one.key] = value
        return found


def _field(question: Question, number: int) -> forms.Field:
    label, common = f"{number}. {question}", {"required": question.required}
    if not question.required:
        label = _("%(question)s（可以不填）") % {"question": label}
    wrong = _("第%(n)d題：請從選項中選一個") % {"n": number}
    chosen = {"required": _("第%(n)d題：請選一個答案") % {"n": number}, "invalid_choice": wrong}
    if question.kind == Kind.SCALE:
        points: list[tuple[int, Any]] = list(POINTS.items())
        if question.no_opinion:
            points.append((rules.NO_OPINION, NO_OPINION))
        return forms.TypedChoiceField(
            label=label, coerce=int, empty_value=None, choices=points, widget=Radios(label_size="m"),
            error_messages=chosen, **common,
        )  # fmt: skip
    if question.kind == Kind.TEXT:
        return forms.CharField(
            label=label, max_length=rules.MOST_LETTERS,
            widget=Textarea(attrs={"rows": 4, "maxlength": None}, count=True, label_size="m"),
            help_text=_("請不要寫姓名、電話或身分證字號。"),
            error_messages={
                "required": _("第%(n)d題：請寫下您的回答") % {"n": number},
                "max_length": _("最多寫%(limit_value)d個字，現在有%(show_value)d個字"),
            }, **common,
        )  # fmt: skip
    choices = [(one.code, str(one)) for one in question.choices.all()]
    if question.kind == Kind.SEVERAL:
        return forms.MultipleChoiceField(
            label=label, choices=choices, widget=Checkboxes(label_size="m"), help_text=_("可以選好幾個。"),
            error_messages={"required": _("第%(n)d題：請至少選一個") % {"n": number}, "invalid_choice": wrong}, **common,
        )  # fmt: skip
    return forms.ChoiceField(
        label=label, choices=choices, widget=Radios(label_size="m"), error_messages=chosen, **common
    )


# ---- the desk --------------------------------------------------------------------------------------------------------


class SurveyForm(Form):
    """What a survey is called and why it is made, in both languages."""

    title = forms.CharField(label=_("名稱"), max_length=100, widget=Text())
    title_en = forms.CharField(label=_("英文名稱"), max_length=150, widget=Text())
    purpose = forms.CharField(
        label=_("調查目的（可以不填）"), max_length=500, required=False, widget=Textarea(attrs={"rows": 3}),
        help_text=_("寫在邀請信和問卷開頭，讓人知道為什麼要問。"),
    )  # fmt: skip
    purpose_en = forms.CharField(
        label=_("調查目的的英文（可以不填）"), max_length=800, required=False, widget=Textarea(attrs={"rows": 3})
    )

    def clean(self) -> dict[str, Any]:
        """A purpose is given in both languages or in none."""
        given = self.cleaned_data
        if bool(given.get("purpose")) != bool(given.get("purpose_en")) and not self.errors:
            self.add_error("purpose_en" if given.get("purpose") else "purpose", _("中文和英文要一起填"))
        return given

    @property
    def wording(self) -> Wording:
        """As the act takes it."""
        return Wording(**self.cleaned_data)


COMPLAINTS = {"": _("不用"), "1": _("1分"), "2": _("1分和2分"), "3": _("1分到3分")}


class QuestionForm(Form):
    """A question in both languages, with its choices a line each."""

    kind = forms.ChoiceField(
        label=_("怎麼回答"), choices=Kind.choices,
        widget=Radios(reveals={Kind.SCALE.value: ["no_opinion", "complaint"]}),
    )  # fmt: skip
    no_opinion = forms.BooleanField(label=_("可以選「沒有意見」"), required=False, widget=Checkbox(small=True))
    complaint = forms.ChoiceField(
        label=_("幾分以下要有人處理"), choices=list(COMPLAINTS.items()), required=False, widget=Select(),
        help_text=_("有人填了這個分數，就開一件待辦。"),
    )  # fmt: skip
    text = forms.CharField(label=_("題目內容"), max_length=200, widget=Text())
    text_en = forms.CharField(label=_("題目的英文"), max_length=300, widget=Text())
    choices = forms.CharField(
        label=_("選項（單選、複選才要填）"), required=False, max_length=4000, strip=False, widget=Textarea(attrs={"rows": 5}),
        help_text=_("一行一個，中文和英文用直線 | 分開，例如：電話 | By telephone"),
    )  # fmt: skip
    required = forms.BooleanField(label=_("必答"), required=False, widget=Checkbox(small=True))

    def clean_choices(self) -> list[Line]:
        """Each line in two languages."""
        found = []
        for n, line in enumerate(self.cleaned_data["choices"].splitlines(), start=1):
            if not line.strip():
                continue
            parts = [part.strip() for part in re.split(r"[|｜]", line)]
            if len(parts) != 2 or not all(parts):
                raise ValidationError(gettext("第%(n)d行要有中文和英文，用 | 分開") % {"n": n})
            if len(parts[0]) > 100 or len(parts[1]) > 150:
                raise ValidationError(gettext("第%(n)d行太長") % {"n": n})
            found.append(Line(*parts))
        return found

    @property
    def wanted(self) -> Wanted:
        """As the act takes it."""
        given = self.cleaned_data
        return Wanted(
            given["kind"], given["text"], given["text_en"], given["choices"], given["required"], given["no_opinion"],
            int(given["complaint"]) if given["complaint"] else None,
        )  # fmt: skip

    @classmethod
    def values_of(cls, question: Question) -> dict[str, Any]:
        """What stands in the form for a question that is there."""
        lines = "\n".join(f"{one.text} | {one.text_en}" for one in question.choices.all())
        return {
            "kind": question.kind, "text": question.text, "text_en": question.text_en, "choices": lines,
            "required": question.required, "no_opinion": question.no_opinion,
            "complaint": str(question.complaint_at_most or ""),
        }  # fmt: skip


class WaveForm(Form):
    """When, whom, and how they were chosen."""

    name = forms.CharField(label=_("波次名稱"), max_length=60, widget=Text(width=20), help_text=_("例如：115年第1次"))
    population = forms.CharField(
        label=_("調查對象"), max_length=200, widget=Text(), help_text=_("問的是誰，名單從哪裡來。")
    )
    sampling = forms.ChoiceField(
        label=_("抽樣方式"), choices=Sampling.choices,
        widget=Radios(
            hints={
                Sampling.RANDOM.value: _("從名單中隨機抽出，結果附95%信賴區間。"),
                Sampling.EVERYONE.value: _("名單上的人都問，結果附95%信賴區間。"),
                Sampling.VOLUNTARY.value: _("願意的人自己來填，不能代表全體，不附區間。"),
            }
        ),
    )  # fmt: skip
    opens_on = DateField(label=_("開始日"))
    closes_on = DateField(label=_("截止日（可以不填）"), required=False, help_text=_("不填就一直進行，直到您按結束。"))
    days = forms.IntegerField(
        label=_("每份邀請幾天內有效"), min_value=1, max_value=90, initial=14, widget=Digits(width=3, suffix=_("天"))
    )


MOST_PEOPLE = 2000


class InviteForm(Form):
    """The mailboxes of those who are asked, one a line."""

    people = forms.CharField(
        label=_("電子郵件"),
        strip=False,
        widget=Textarea(attrs={"rows": 10}),
        help_text=_("一行一個。同一個信箱只會收到一封。"),
    )
    language = forms.ChoiceField(
        label=_("邀請信的語言"), choices=settings.LANGUAGES, widget=Radios(inline=True, small=True)
    )

    def clean_people(self) -> list[str]:
        """Each line is a mailbox; the first that are none are named by their lines, not repeated."""
        lines = [line.strip() for line in self.cleaned_data["people"].splitlines()]
        if len(lines) > MOST_PEOPLE:
            raise ValidationError(gettext("一次最多%(n)d個信箱") % {"n": MOST_PEOPLE})
        wrong = [str(n) for n, line in enumerate(lines, start=1) if line and not _is_mailbox(line)]
        if wrong:
            raise ValidationError(gettext("這幾行不是電子郵件地址：第%(lines)s行") % {"lines": "、".join(wrong[:10])})
        if not any(lines):
            raise ValidationError(self.fields["people"].error_messages["required"], code="required")
        return list(dict.fromkeys(line for line in lines if line))


def _is_mailbox(line: str) -> bool:
    try:
        validate_email(line)
    except ValidationError:
        return False
    return len(line) <= 254


class KeypadForm(Form):
    """The file of the exchange."""

    file = forms.FileField(label=_("按鍵結果檔案"), widget=File(), help_text=_("CSV、ODS或XLSX，最多2,000列。"))


class HandlingForm(Form):
    """What was done about a complaint."""

    words = forms.CharField(
        label=_("處理情形"), max_length=1000, widget=Textarea(attrs={"rows": 4, "maxlength": None}, count=True),
        help_text=_("請不要寫民眾的姓名或電話。"),
    )  # fmt: skip
