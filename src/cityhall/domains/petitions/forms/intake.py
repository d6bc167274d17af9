"""What somebody at the desk writes down for a citizen: one page, because the citizen waits at the other end; and what is
added when it was read back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from cityhall.engines.cases.states import Channel
from cityhall.web.forms import Checkbox, Email, Files, FilesField, Form, Phone, Radios, Text, Textarea

from ..models import CategoryQuestion
from ..services.filing import LONGEST_PUBLIC
from .desk import ACCEPTED, categories, category_field
from .filing import DetailsForm

READ_BACK, ID_SEEN, LETTER, LATER = "read_back", "id_seen", "letter_named", "later"
CHANNELS = (Channel.PHONE, Channel.COUNTER, Channel.LETTER, Channel.EMAIL, Channel.FORWARDED)
VERIFIED = (
    (READ_BACK, _("電話：念一遍，對方確認無誤")),
    (ID_SEEN, _("臨櫃：看過身分證件，內容給對方看")),
    (LETTER, _("書面：來信有姓名與地址")),
    (LATER, _("還沒有：寄驗證碼到信箱，或由 1999 回電確認")),
)


class IntakeForm(Form):
    """Text, place, category and who; how it was verified decides whether it is a case at once."""

    channel = forms.ChoiceField(label=_("怎麼來的"), widget=Radios(inline=True, small=True))
    text = forms.CharField(
        label=_("發生什麼事"), max_length=LONGEST_PUBLIC, widget=Textarea(attrs={"rows": 6}),
        help_text=_("寫對方說的話，不必改成公文。"),
    )  # fmt: skip
    place = forms.CharField(
        label=_("地點（地址、路口或地標，沒有就空著）"), max_length=100, required=False, widget=Text()
    )
    choice = forms.ChoiceField(label=_("是哪一處？"), required=False, widget=Radios(small=True))
    category = category_field()
    name = forms.CharField(label=_("姓名"), max_length=60, required=False, widget=Text(width=20))
    phone = forms.CharField(label=_("電話"), max_length=30, required=False, widget=Phone(width=20))
    email = forms.EmailField(
        label=_("電子郵件"), required=False, widget=Email(width=30), error_messages={"invalid": _("電子郵件的格式不對")}
    )
    address = forms.CharField(label=_("回信地址"), max_length=200, required=False, widget=Text())
    secret = forms.BooleanField(label=_("身分保密"), required=False, widget=Checkbox(small=True))
    told = forms.BooleanField(
        label=_("已告知個人資料的用途與權利"), required=False, widget=Checkbox(small=True),
        help_text=_("姓名與聯絡方式只用來辦理並回復這件事；可以要求查詢、更正或刪除。"),
    )  # fmt: skip
    verified = forms.ChoiceField(label=_("怎麼確認是本人"), choices=VERIFIED, widget=Radios(small=True))

    def __init__(
        self, *args: Any, on: date, vouches: bool, spots: Sequence[Any] = (), questions: Sequence[CategoryQuestion] = (),
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs.setdefault("accesskey", "w")
        self.fields["category"].queryset = categories(on)
        self.fields["category"].empty_label = _("由系統判斷")
        self.fields["category"].required = False
        channels = CHANNELS if vouches else (Channel.ON_BEHALF,)
        self.fields["channel"].choices = [(one.value, one.label) for one in channels]
        self.fields["channel"].initial = channels[0].value
        if vouches:
            self.fields["verified"].initial = READ_BACK
        else:  # 里長 and 服務處 file on behalf: the citizen still says that it is theirs
            self.fields["verified"].choices = [VERIFIED[-1]]
            self.fields["verified"].initial = LATER
        if spots:
            self.fields["choice"].choices = [(spot.key, spot.label) for spot in spots]
        else:
            del self.fields["choice"]
        self.questions = list(questions)
        for question in self.questions:
            self.fields[f"q-{question.code}"] = DetailsForm._field(question, required=False)

    def clean_told(self) -> bool:
        """The notice of the 個人資料保護法 §8 was given."""
        if not self.cleaned_data["told"]:
            raise ValidationError(_("請先告知個人資料的用途與權利，再勾選"), code="told")
        return True

    def clean(self) -> dict[str, Any]:
        """Each way of verifying needs what it rests on."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        verified = data.get("verified")
        if not (data.get("phone") or data.get("email") or data.get("address")) and not self.errors.get("email"):
            self.add_error("phone", _("請至少留一種聯絡方式，才能回復"))
        elif verified == READ_BACK and not data.get("phone"):
            self.add_error("phone", _("電話確認的，請留下電話"))
        elif verified == LATER and not (data.get("email") or data.get("phone")):
            self.add_error("email", _("要寄驗證碼或回電，請留電子郵件或電話"))
        if verified in (ID_SEEN, LETTER) and not data.get("name", "").strip():
            self.add_error("name", _("請填姓名"))
        if verified == LETTER and not data.get("address", "").strip():
            self.add_error("address", _("請填來信的地址"))
        return data

    def kept(self) -> list[tuple[str, str]]:
        """What was typed, as hidden fields: nothing is stored before it is registered."""
        ours = {name for name in self.data if name in self.fields or name.rpartition("_")[0] in self.fields}
        return [(name, value) for name in sorted(ours) for value in self.data.getlist(name)]

    def turn_to(self, name: str) -> None:
        """Begin at a field: where a correction belongs."""
        field = self.fields.get(name)
        if field is not None:
            field.widget.attrs["autofocus"] = True

    @property
    def answered(self) -> list[tuple[str, str]]:
        """The answers to the category's questions, in the words in which they were asked."""
        return [
            (one.text, _in_words(one, self.answers[one.code])) for one in self.questions if one.code in self.answers
        ]

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered to the category's questions, as it is kept."""
        kept = {one.code: self.cleaned_data.get(f"q-{one.code}") for one in self.questions}
        return {
            code: value.isoformat() if hasattr(value, "isoformat") else value if isinstance(value, list) else str(value)
            for code, value in kept.items()
            if value not in (None, "", [])
        }


def _in_words(question: CategoryQuestion, answer: Any) -> str:
    names = {str(row["key"]): str(question.name_of(row)) for row in question.choices}
    many = answer if isinstance(answer, list) else [answer]
    return str(_("、")).join(names.get(str(one), str(one)) for one in many)


class ReadBackForm(Form):
    """What is added once it was read back or shown."""

    recording = forms.CharField(
        label=_("通話錄音編號（有就填）"), max_length=40, required=False, widget=Text(width=20),
        validators=[RegexValidator(r"^[\w-]+$", _("只能用字母、數字和「-」"))],
    )  # fmt: skip
    photos = FilesField(
        label=_("照片或來信掃描（可不加）"), required=False, max_files=5, widget=Files(attrs={"accept": ACCEPTED})
    )

    def __init__(self, *args: Any, by_phone: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not by_phone:
            del self.fields["recording"]
