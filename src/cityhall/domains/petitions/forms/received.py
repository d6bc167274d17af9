"""Forms of the 收文簿: the stamp, what is typed from the scan, and what else may become of a letter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.directory.models import Agency
from cityhall.web.forms import Checkbox, DateField, Digits, Files, FilesField, Form, Radios, Select, Text, Textarea

from ..services.received import MOST_SCANS
from ..states import LetterFate, LetterWay
from .intake import LATER, LETTER, VERIFIED, IntakeForm
from .mail import AttachForm, ReasonForm

TIME = re.compile(r"^([01]?\d|2[0-3])[:：]?([0-5]\d)$")
SCANS = "image/jpeg,image/png,image/heic,image/webp,application/pdf"


class StampForm(Form):
    """The received stamp, and what stands on the envelope."""

    desk = forms.ModelChoiceField(
        label=_("收文機關"), queryset=Agency.objects.none(), to_field_name="code", widget=Select
    )
    received_on = DateField(label=_("收文日"))
    clock = forms.CharField(label=_("收文時刻"), max_length=5, widget=Text(width=5), help_text=_("例如 14:30"))
    way = forms.ChoiceField(label=_("怎麼送來的"), choices=LetterWay.choices, widget=Radios(inline=True, small=True))
    registered_number = forms.CharField(
        label=_("掛號號碼"), max_length=30, required=False, widget=Text(width=20),
        help_text=_("可以用條碼槍掃郵件條碼。"),
    )  # fmt: skip
    postmark_on = DateField(label=_("郵戳日（看不清楚就空著）"), required=False)
    pages = forms.IntegerField(
        label=_("信件頁數"), min_value=1, max_value=999, widget=Digits(width=4), help_text=_("不算信封。")
    )
    sender_name = forms.CharField(
        label=_("寄件人（照信上寫）"), max_length=60, required=False, widget=Text(width=20),
        help_text=_("信上沒有就空著。"),
    )  # fmt: skip
    sender_address = forms.CharField(label=_("寄件地址（照信上寫）"), max_length=200, required=False, widget=Text())
    scans = FilesField(
        label=_("掃描檔"), required=False, max_files=MOST_SCANS, widget=Files(attrs={"accept": SCANS}),
        help_text=_("PDF 或照片；第一頁放第一個。"),
    )  # fmt: skip
    old_is_right = forms.BooleanField(
        label=_("收文日沒有寫錯，確實是很久以前收到的"), required=False, widget=Checkbox(small=True)
    )
    reason = forms.CharField(label=_("更正的理由"), max_length=500, widget=Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, desks: Any, correcting: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["desk"].queryset = desks
        self.fields["desk"].label_from_instance = lambda one: one.label
        self.fields["desk"].empty_label = None
        if correcting:
            del self.fields["scans"]
        else:
            del self.fields["reason"]

    def clean_clock(self) -> time:
        """The hour and minute, as typed with or without a colon."""
        found = TIME.match(self.cleaned_data["clock"].strip())
        if not found:
            raise ValidationError(_("請填時與分，例如 14:30"))
        return time(int(found[1]), int(found[2]))

    def clean(self) -> dict[str, Any]:
        """A registered letter has a number."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("way") == LetterWay.REGISTERED and not data.get("registered_number", "").strip():
            self.add_error("registered_number", _("掛號信請填掛號號碼"))
        return data


class LetterForm(IntakeForm):
    """What is typed from the scan: the desk's form without what a letter answers by itself."""

    def __init__(self, *args: Any, on: date, spots: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, on=on, vouches=True, spots=spots, **kwargs)
        for name in ("channel", "told"):  # known; told in our answer
            del self.fields[name]
        words = dict(VERIFIED)
        self.fields["verified"].choices = [
            (LETTER, _("信上有姓名與地址，視為本人陳情，自收文起算期限")), (LATER, words[LATER]),
        ]  # fmt: skip
        self.fields["verified"].initial = LETTER
        self.fields["text"].help_text = _("照信上的話打，看不清楚的字用□。")
        self.fields["text"].widget.attrs["rows"] = 12


class AddForm(AttachForm):
    """To which case it belongs, and what it says."""

    words = forms.CharField(label=_("信裡說的"), max_length=4000, widget=Textarea(attrs={"rows": 6}))


class ScansForm(Form):
    """Pages that were not there when it was stamped."""

    scans = FilesField(label=_("掃描檔"), max_files=MOST_SCANS, widget=Files(attrs={"accept": SCANS}))


class AsideForm(ReasonForm):
    """Why nothing comes of it."""


class BookFilter(Form):
    """What the book can be narrowed by: numbers, never a name, for the words stand in the address."""

    q = forms.CharField(
        label=_("收文號、案件編號或掛號號碼"), max_length=40, required=False, widget=Text,
        help_text=_("可以用條碼槍掃收文單。"),
    )  # fmt: skip
    fate = forms.ChoiceField(
        label=_("處理情形"), choices=[("", _("全部")), *LetterFate.choices], required=False, widget=Select
    )
    way = forms.ChoiceField(
        label=_("怎麼送來的"), choices=[("", _("全部")), *LetterWay.choices], required=False, widget=Select
    )
    first = DateField(label=pgettext_lazy("letters", "收文日從"), required=False)
    last = DateField(label=_("到"), required=False)
    late = forms.BooleanField(label=_("只看隔日以後才登錄的"), required=False, widget=Checkbox)
