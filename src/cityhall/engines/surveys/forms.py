"""The questions of a survey as a form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import Checkboxes, Form, Radios, Textarea

from . import rules
from .models import Question
from .states import Kind

POINTS = {
    5: _("5分，很滿意"), 4: _("4分，滿意"), 3: _("3分，普通"), 2: _("2分，不滿意"), 1: _("1分，很不滿意"),
}  # fmt: skip
NO_OPINION = _("沒有意見")


class AnswerForm(Form):
    """A field for each question, called by its key."""

    def __init__(self, *args: Any, questions: Sequence[Question], **kwargs: Any) -> None:
        self.base_fields = {one.key: _field(one) for one in questions}
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


def _field(question: Question) -> forms.Field:
    label, common = str(question), {"required": question.required}
    if not question.required:
        label = _("%(question)s（可以不填）") % {"question": label}
    chosen = {"required": _("請選一個答案"), "invalid_choice": _("請從選項中選一個")}
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
            error_messages={"max_length": _("最多寫%(limit_value)d個字，現在有%(show_value)d個字")}, **common,
        )  # fmt: skip
    choices = [(one.code, str(one)) for one in question.choices.all()]
    if question.kind == Kind.SEVERAL:
        return forms.MultipleChoiceField(
            label=label, choices=choices, widget=Checkboxes(label_size="m"), help_text=_("可以選好幾個。"),
            error_messages={"required": _("請至少選一個"), "invalid_choice": _("請從選項中選一個")}, **common,
        )  # fmt: skip
    return forms.ChoiceField(
        label=label, choices=choices, widget=Radios(label_size="m"), error_messages=chosen, **common
    )
