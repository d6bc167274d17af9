"""Forms of the desk's incoming mail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cityhall.engines.cases.models import Case
from cityhall.engines.cases.queries import normal_number
from cityhall.engines.directory.models import Agency
from cityhall.engines.mailbox.rules import base
from cityhall.engines.mailbox.states import Door, Fate
from cityhall.web.forms import DateField, Email, Form, Phone, Select, Text, Textarea

from ..models import Forwarder
from ..services.filing import LONGEST_PUBLIC
from .desk import agencies, agency_field

DOMAIN = re.compile(r"^(?:[^\s@<>\"(),;:]+)?@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$")


OUR_OWN = "own"
"""The city's own mailbox, among the choices."""


class MailFilter(Form):
    """What the list can be narrowed by."""

    q = forms.CharField(label=_("寄件人、主旨或內容"), max_length=100, required=False, widget=Text)
    fate = forms.ChoiceField(label=_("結果"), choices=[("", _("全部")), *Fate.choices], required=False, widget=Select)
    door = forms.ChoiceField(
        label=_("怎麼來的"), choices=[("", _("全部")), *Door.choices], required=False, widget=Select
    )
    box = forms.ChoiceField(label=_("信箱"), required=False, widget=Select)
    first = DateField(label=_("收到日從"), required=False)
    last = DateField(label=_("到"), required=False)

    def __init__(self, *args: Any, boxes: Iterable[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(base(agency.email), agency.label) for agency in boxes]
        self.fields["box"].choices = [("", _("全部")), (OUR_OWN, _("服務信箱")), *named]


class OpenForm(Form):
    """What becomes a report: the words, whose they are, and who passed them on."""

    text = forms.CharField(
        label=_("民眾反映的內容"), max_length=LONGEST_PUBLIC, widget=Textarea(attrs={"rows": 8}),
        help_text=_("已放入信的內容；引用的舊信、簽名可以刪去。原始信件會完整保存。"),
    )  # fmt: skip
    name = forms.CharField(label=_("民眾姓名"), max_length=60, required=False, widget=Text(width=20))
    email = forms.EmailField(
        label=_("民眾的電子郵件"), required=False, widget=Email(width=30), help_text=_("驗證碼會寄到這裡。"),
        error_messages={"invalid": _("電子郵件的格式不對")},
    )  # fmt: skip
    phone = forms.CharField(
        label=_("民眾電話"), max_length=30, required=False, widget=Phone(width=20),
        help_text=_("沒有電子郵件時，由 1999 回電確認。"),
    )  # fmt: skip
    forwarder = forms.ModelChoiceField(
        label=_("由哪個機關轉來"), queryset=Forwarder.objects.none(), required=False, widget=Select,
        empty_label=_("不是轉來的"),
    )  # fmt: skip
    document_number = forms.CharField(label=_("來文字號"), max_length=40, required=False, widget=Text(width=20))

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["forwarder"]
        field.queryset = Forwarder.objects.on(on).select_related("agency")
        field.label_from_instance = lambda one: f"{one.agency.label}（{one.address}）"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("email") and not given.get("phone") and "email" not in self.errors:
            self.add_error("email", _("請填民眾的電子郵件或電話，才能驗證和回復"))
        return given


class AttachForm(Form):
    """To which case it belongs."""

    number = forms.CharField(
        label=_("案件編號"), max_length=20, widget=Text(width=20), help_text=_("例如 115-1123-0147")
    )

    def clean_number(self) -> Case:
        number = normal_number(self.cleaned_data["number"])
        case = Case.objects.filter(kind="petition", number=number).select_related("petition").first()
        if case is None:
            raise ValidationError(_("找不到這個編號的案件，請再看一次編號"))
        return case


class ReasonForm(Form):
    """Why."""

    reason = forms.CharField(label=_("理由"), max_length=500, widget=Textarea(attrs={"rows": 3}))


class ForwarderForm(Form):
    """An authority that passes citizens' mail on."""

    address = forms.CharField(
        label=_("寄件地址或網域"), max_length=254, widget=Text(width=30),
        help_text=_("例如 petition@ministry.example；整個機關都算時，寫 @ministry.example。"),
    )  # fmt: skip
    agency = agency_field(_("機關"))
    working_days = forms.IntegerField(
        label=_("要求幾個工作天內回復"), min_value=1, max_value=60, widget=Text(width=4), initial=10
    )
    answer_to = forms.EmailField(
        label=_("回復寄到"), required=False, widget=Email(width=30), help_text=_("空著就寄回轉送的地址。"),
        error_messages={"invalid": _("電子郵件的格式不對")},
    )  # fmt: skip
    ended_on = DateField(label=_("停用日"), required=False, help_text=_("從這一天起，從這裡來的信當作一般來信。"))

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies(on)

    def clean_address(self) -> str:
        address = self.cleaned_data["address"].strip().lower()
        if not DOMAIN.match(address):
            raise ValidationError(_("請寫完整的電子郵件地址，或 @ 開頭的網域"))
        return address
