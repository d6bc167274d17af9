"""The questions of a filing, each a form of its own: what may be answered, and the sentence for what may not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import (
    Checkbox,
    Checkboxes,
    Digits,
    Email,
    File,
    Files,
    FilesField,
    Form,
    Phone,
    Radios,
    Text,
    Textarea,
)

from ..models import Category, CategoryQuestion
from ..services.filing import LONGEST_PUBLIC

LONGEST_LINE = 200
_email = EmailValidator()
_digits = re.compile(r"\+?\d{8,15}")


class KindForm(Form):
    """Which kind of thing it is, for those who came by a topic; not knowing is an answer."""

    category = forms.ChoiceField(
        label=_("比較像哪一種？"), widget=Radios(label_size="xl", heading=True),
        error_messages={
            "required": _("請選一種；不確定就選「都不是，或不確定」"),
            "invalid_choice": _("這一類已經停用，請重新選擇"),
        },
    )  # fmt: skip

    def __init__(self, *args: Any, categories: Sequence[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        field.choices = [*((row.code, row.label) for row in categories), ("none", _("都不是，或不確定"))]  # type: ignore[attr-defined]
        field.widget.look["divider_before"] = "none"  # type: ignore[attr-defined]

    def clean_category(self) -> str:
        """Not knowing is kept as no category."""
        chosen: str = self.cleaned_data["category"]
        return "" if chosen == "none" else chosen


TOO_LONG = _("最多寫%(limit_value)d個字，現在有%(show_value)d個字，請刪短一些")


class WhatForm(Form):
    """What happened, in the citizen's own words."""

    text = forms.CharField(
        label=_("發生什麼事？"), max_length=LONGEST_PUBLIC,
        widget=Textarea(attrs={"rows": 7}, count=True, label_size="xl", heading=True),
        help_text=_("請寫看到什麼、從什麼時候開始。不必知道歸哪個機關管，我們來判斷。請不要寫身分證字號等用不到的個人資料。"),
        error_messages={"required": _("請寫下發生什麼事，幾句話就可以"), "max_length": TOO_LONG},
    )  # fmt: skip

    def clean_text(self) -> str:
        """Marks that nobody sees are no answer."""
        text: str = self.cleaned_data["text"]
        if not any(unicodedata.category(char)[0] not in "CZ" for char in text):
            raise ValidationError(self.fields["text"].error_messages["required"], code="required")
        return text


class WhatLineForm(WhatForm):
    """The same in one line, for 市容查報 from a phone."""

    text = forms.CharField(
        label=_("哪裡壞了或髒了？"), max_length=LONGEST_LINE,
        widget=Text(label_size="xl", heading=True, attrs={"maxlength": None}),
        help_text=_("一句話就好，例如「路燈不亮」「人行道地磚翹起來」。"),
        error_messages={"required": _("請用一句話說明，例如「路燈不亮」"), "max_length": TOO_LONG},
    )  # fmt: skip


class DangerForm(Form):
    """After words of danger: has somebody been called?"""

    answer = forms.ChoiceField(
        label=_("現在的情形是"),
        choices=[("called", _("已經打過電話，也要讓市府知道")), ("none", _("沒有人有危險，繼續反映"))],
        widget=Radios(label_size="m", hints={
            "called": _("我們會立刻通報值班人員去看，不等驗證。"),
            "none": _("和一般反映一樣處理。"),
        }),
        error_messages={"required": _("請選一項，我們才知道要不要立刻派人去看")},
    )  # fmt: skip


class WhereForm(Form):
    """An address, a landmark, a pin, or no place. What it amounts to is decided by `views.where`."""

    place = forms.CharField(
        label=_("地址、路口或附近地標"), required=False, max_length=100,
        widget=Text(attrs={"autocomplete": "off"}, label_size="s"),
        error_messages={"max_length": _("地點最多寫%(limit_value)d個字；詳細的情形請寫在「發生什麼事」")},
    )  # fmt: skip
    lon = forms.CharField(label=_("經度"), required=False, widget=Digits(width=10, attrs={"inputmode": "decimal"}))
    lat = forms.CharField(label=_("緯度"), required=False, widget=Digits(width=10, attrs={"inputmode": "decimal"}))
    noplace = forms.BooleanField(
        label=_("找不到地點，或這件事沒有固定地點"), required=False, widget=Checkbox(small=True),
        help_text=_("沒關係，請在「發生什麼事」裡用文字描述；需要時我們再請教您。"),
    )  # fmt: skip
    searched = forms.CharField(required=False, widget=forms.HiddenInput)  # the words whose choices were shown
    pinned = forms.CharField(required=False, widget=forms.HiddenInput)  # the pin that was drawn
    outside = forms.CharField(required=False, widget=forms.HiddenInput)  # the place outside the city that was shown
    choice = forms.CharField(required=False)  # drawn by the page, among the places found

    def clean(self) -> dict[str, Any]:
        """Both halves of a point, or none; numbers, and no more of them than a degree has."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("lon", "lat"):
            typed = unicodedata.normalize("NFKC", str(data.get(name) or "")).strip()
            data[name] = None
            if typed:
                if not re.fullmatch(r"-?\d{1,3}(\.\d{1,15})?", typed):
                    self.add_error(name, _("請用數字，例如 121.3012"))
                else:
                    data[name] = round(float(typed), 6)
        if not self.errors and (data["lon"] is None) != (data["lat"] is None):
            missing = "lon" if data["lon"] is None else "lat"
            self.add_error(missing, _("經度和緯度要一起填；不知道的話，兩個都空著"))
        return data


class PhotosForm(Form):
    """Photos and other files; those already there are shown beside it."""

    files = FilesField(
        label=_("加照片或檔案"), required=False,
        widget=Files(attrs={"accept": "image/*,.heic,.heif,application/pdf,video/mp4,video/quicktime"}, label_size="s"),
        help_text=_("JPG、PNG、HEIC、PDF，或100MB以內的短片。我們會去掉照片裡隱藏的位置等資料。"),
    )  # fmt: skip


class CameraForm(Form):
    """One photo at a time, straight from the phone's camera."""

    files = FilesField(
        label=_("拍照或選照片"), required=False,
        widget=File(attrs={"accept": "image/*", "capture": "environment"}, label_size="s"),
        help_text=_("我們會去掉照片裡隱藏的位置等資料。"),
    )  # fmt: skip


class Moment(Text):
    """A day and a time, picked where the browser can; typed elsewhere."""

    input_type = "datetime-local"


class DetailsForm(Form):
    """The questions that go with a category; who does not know leaves them empty."""

    def __init__(self, *args: Any, questions: Sequence[CategoryQuestion], must: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in questions:
            self.fields[question.code] = self._field(question, required=must and question.required)

    @staticmethod
    def _field(question: CategoryQuestion, *, required: bool) -> forms.Field:
        kind = CategoryQuestion.Datatype(question.datatype)
        given: dict[str, Any] = {"label": question.text, "help_text": question.hint_text, "required": required}
        given["error_messages"] = {"required": _("請填「%(question)s」") % {"question": question.text}}
        choices = [(str(row["key"]), question.name_of(row)) for row in question.choices]
        if kind is CategoryQuestion.Datatype.SINGLE:
            empty = [] if required else [("", _("不知道"))]
            return forms.ChoiceField(choices=[*choices, *empty], widget=Radios(keep_empty=True), **given)
        if kind is CategoryQuestion.Datatype.MULTI:
            return forms.MultipleChoiceField(choices=choices, widget=Checkboxes(), **given)
        if kind is CategoryQuestion.Datatype.NUMBER:
            given["error_messages"]["invalid"] = _("請填數字")
            return forms.DecimalField(max_digits=12, widget=Digits(width=10), **given)
        if kind is CategoryQuestion.Datatype.DATETIME:
            given["error_messages"]["invalid"] = _("請填日期和時間，例如 2017-03-20 17:30")
            return forms.DateTimeField(
                input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
                widget=Moment(width=20), **given,
            )  # fmt: skip
        if kind is CategoryQuestion.Datatype.TEXT:
            return forms.CharField(max_length=1000, widget=Textarea(attrs={"rows": 3}, count=True), **given)
        return forms.CharField(max_length=100, widget=Text(width=20), **given)

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered, as it is kept."""
        kept: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            if value not in (None, "", []):
                kept[name] = (
                    value
                    if isinstance(value, (str, list))
                    else value.isoformat()
                    if hasattr(value, "isoformat")
                    else str(value)
                )
        return kept


class WhoForm(Form):
    """Who asks, and how to answer them."""

    name = forms.CharField(
        label=_("姓名"), max_length=60, widget=Text(attrs={"autocomplete": "name", "spellcheck": "false"}, width=20),
        error_messages={
            "required": _("請填姓名；不想讓承辦人看到的話，請勾「身分保密」"),
            "max_length": _("姓名最多%(limit_value)d個字"),
        },
    )  # fmt: skip
    reply = forms.ChoiceField(
        label=_("怎麼回復您？"), choices=[("email", _("電子郵件")), ("phone", _("電話")), ("letter", _("寄信"))],
        widget=Radios(
            reveals={"email": ["email"], "phone": ["phone"], "letter": ["address", "letter_email", "letter_phone"]},
            hints={"email": _("最快。等一下會寄驗證碼給您。"), "phone": _("1999會先打電話向您確認，之後才開始處理。")},
        ),
        error_messages={"required": _("請選一種回復方式，我們才能告訴您結果")},
    )  # fmt: skip
    email = forms.CharField(label=_("電子郵件"), max_length=254, required=False, widget=Email())
    phone = forms.CharField(label=_("電話"), max_length=30, required=False, widget=Phone(width=20))
    address = forms.CharField(
        label=_("寄到哪裡"), max_length=200, required=False, widget=Text(attrs={"autocomplete": "street-address"})
    )
    letter_email = forms.CharField(
        label=_("電子郵件"), max_length=254, required=False, widget=Email(attrs={"autocomplete": "off"}),
        help_text=_("電子郵件和電話請留一種，用來確認是您本人。"),
    )  # fmt: skip
    letter_phone = forms.CharField(
        label=_("電話（或）"), max_length=30, required=False, widget=Phone(width=20, attrs={"autocomplete": "off"})
    )
    secret = forms.BooleanField(
        label=_("身分保密"), required=False, widget=Checkbox(),
        help_text=_("承辦機關看不到您的姓名和聯絡方式，需要聯絡時由指定的人轉達，每次查看都會留下紀錄。"),
    )  # fmt: skip

    def __init__(self, data: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> None:
        initial = dict(kwargs.pop("initial", None) or {})
        if initial.get("reply") == "letter":
            initial["letter_email"], initial["letter_phone"] = initial.get("email", ""), initial.get("phone", "")
        super().__init__(data, *args, initial=initial, **kwargs)

    def clean_name(self) -> str:
        """A name that can be seen."""
        name: str = self.cleaned_data["name"]
        if not any(unicodedata.category(char)[0] not in "CZ" for char in name):
            raise ValidationError(self.fields["name"].error_messages["required"], code="required")
        return name

    def clean(self) -> dict[str, Any]:
        """What the chosen way of answering needs; what belongs to another way is left out."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        reply = data.get("reply")
        email, phone, address = self._email("email"), self._phone("phone"), str(data.get("address") or "").strip()
        if reply == "letter":
            email, phone = self._email("letter_email"), self._phone("letter_phone")
            if not address:
                self.add_error("address", _("請填收信地址"))
            if not (email or phone or self.errors.get("letter_email") or self.errors.get("letter_phone")):
                self.add_error("letter_email", _("請留電子郵件或電話其中一種，我們要先確認是您本人"))
        elif reply == "email":
            phone, address = "", ""
            if not email and "email" not in self.errors:
                self.add_error("email", _("請填電子郵件，例如 ming@example.org"))
        elif reply == "phone":
            email, address = "", ""
            if not phone and "phone" not in self.errors:
                self.add_error("phone", _("請填電話，例如 0912345678 或 03-3322101"))
        return {**data, "email": email, "phone": phone, "address": address}

    def _email(self, name: str) -> str:
        email = unicodedata.normalize("NFKC", str(self.cleaned_data.get(name) or "")).strip().lower()
        if email and self._asked(name):
            try:
                _email(email)
            except ValidationError:
                self.add_error(name, _("電子郵件的格式不對，應該像 ming@example.org"))
                return ""
        return email

    def _phone(self, name: str) -> str:
        phone = unicodedata.normalize("NFKC", str(self.cleaned_data.get(name) or "")).strip()
        if phone and self._asked(name) and not _digits.fullmatch(re.sub(r"[\s()\-.#]", "", phone)):
            self.add_error(name, _("電話的格式不對，應該像 0912345678 或 03-3322101"))
            return ""
        return phone

    def _asked(self, name: str) -> bool:
        reply = self.cleaned_data.get("reply")
        return name.startswith("letter_") == (reply == "letter") and (reply == "letter" or name == reply)

    @property
    def answers(self) -> dict[str, Any]:
        """What is kept of it."""
        return {key: self.cleaned_data[key] for key in ("name", "reply", "email", "phone", "address", "secret")}


class SaveForm(Form):
    """Where to send the link with which the filing goes on later."""

    email = forms.EmailField(
        label=_("電子郵件"), widget=Email(),
        error_messages={
            "required": _("請填電子郵件，我們把連結寄給您"),
            "invalid": _("電子郵件的格式不對，應該像 ming@example.org"),
        },
    )  # fmt: skip


class CodeForm(Form):
    """The six digits from the letter."""

    code = forms.CharField(
        label=_("驗證碼"), max_length=40,
        widget=Digits(width=10, spacing=True, attrs={"autocomplete": "one-time-code"}),
        help_text=_("信裡的6位數字"), error_messages={"required": _("請輸入信裡的6位數字")},
    )  # fmt: skip

    def clean_code(self) -> str:
        """Six digits, however they were typed."""
        code = "".join(char for char in unicodedata.normalize("NFKC", self.cleaned_data["code"]) if char.isdecimal())
        if len(code) != 6:
            raise ValidationError(_("驗證碼是6位數字，請再看一次信件"), code="length")
        return code
