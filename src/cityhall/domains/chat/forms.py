"""Forms of the text service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Person
from cityhall.web.forms import Email, Form, Phone, Radios, Select, Text, Textarea

from .states import Source, Way


class LeaveForm(Form):
    """留言: what is asked, and how to answer."""

    text = forms.CharField(label=_("想問什麼"), max_length=2000, widget=Textarea)
    way = forms.ChoiceField(label=pgettext_lazy("chat", "怎麼回復您"), choices=Way.choices, widget=Radios())
    email = forms.EmailField(label=_("電子郵件"), max_length=254, required=False, widget=Email())
    phone = forms.CharField(label=_("電話"), max_length=30, required=False, widget=Phone())
    name = forms.CharField(label=_("怎麼稱呼您"), max_length=60, required=False, widget=Text())

    def clean(self) -> dict[str, Any]:
        """The address that the way needs."""
        given = super().clean() or {}
        if given.get("way") == Way.MAIL and not given.get("email") and "email" not in self.errors:
            self.add_error("email", _("請填電子郵件，我們才能寄給您。"))
        if given.get("way") == Way.CALL and sum(char.isdigit() for char in given.get("phone", "")) < 7:
            self.add_error("phone", _("請填電話，例如 0912-345-678 或 03-332-2101。"))
        return given


def from_where() -> forms.ChoiceField:
    """Where people write: on our page, on another site's or on LINE."""
    return forms.ChoiceField(label=_("來源"), required=False, widget=Select, choices=[("", _("全部")), *Source.choices])


class BoardFilter(Form):
    """Which conversations the operator's board shows."""

    source = from_where()


class LeftFilter(Form):
    """Which messages that were left are listed."""

    state = forms.ChoiceField(
        label=_("回復了沒"), required=False, widget=Select,
        choices=[("", _("還沒回復")), ("done", _("已回復")), ("all", _("全部"))],
    )  # fmt: skip
    way = forms.ChoiceField(label=_("回復方式"), required=False, widget=Select, choices=[("", _("全部")), *Way.choices])
    source = from_where()


class AnswerForm(Form):
    """The answer to a message that was left."""

    answer = forms.CharField(label=_("回復內容"), max_length=4000, widget=Textarea)

    def __init__(self, *args: Any, mail: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not mail:
            self.fields["answer"].label = _("通話結果")


class TranscriptForm(Form):
    """Where what was said is sent."""

    email = forms.EmailField(label=_("電子郵件"), max_length=254, widget=Email())


class HandoverForm(Form):
    """Which colleague goes on, and what they should know."""

    to = forms.ChoiceField(label=_("轉給誰"), widget=Radios())
    note = forms.CharField(label=_("要交代的事"), max_length=500, required=False, widget=Textarea)

    def __init__(self, *args: Any, people: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in people}
        self.fields["to"].choices = [(str(one.pk), one.name) for one in people]
        self.fields["note"].help_text = _("民眾看不到這段話。")


class CannedForm(Form):
    """A line that operators often use."""

    title = forms.CharField(label=_("名稱"), max_length=40, widget=Text(width=20))
    text = forms.CharField(label=_("內容"), max_length=1000, widget=Textarea)
    text_en = forms.CharField(label=_("內容的英文"), max_length=2000, widget=Textarea)


class NoForm(Form):
    """Nothing to fill in."""


class AnswerFilter(Form):
    """Which of the bot's answers are listed."""

    kind = forms.ChoiceField(
        label=_("哪些"), required=False, widget=Select,
        choices=[
            ("", _("全部")), ("answered", pgettext_lazy("chat", "已回答")), ("offered", _("列出選項")), ("refused", _("說不知道")),
            ("handed", _("轉真人")), ("wrong", _("答錯")), ("sample", pgettext_lazy("chat", "抽查")),
        ],
    )  # fmt: skip
    week = forms.DateField(
        label=_("哪一週（週一的日期）"), required=False, widget=Text(width=10), help_text=_("例如 2026-11-16")
    )
    source = from_where()


class ReviewForm(Form):
    """A person's word on an answer."""

    right = forms.ChoiceField(
        label=_("答得對嗎？"), widget=Radios(inline=True), choices=[("yes", _("對")), ("no", _("不對"))]
    )
    remark = forms.CharField(label=_("說明"), max_length=300, required=False, widget=Text())
