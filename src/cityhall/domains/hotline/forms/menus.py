"""Forms of announcements and of the voice menu."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.web.forms import Checkbox, DateField, Form, Select, Text, Textarea

from ..menus import KEYS
from ..models import Announcement, MenuNode
from ..states import AnnouncementState, NodeKind

EXPIRED = "EXPIRED"
STATES = (
    *AnnouncementState.choices[:2],
    (EXPIRED, pgettext_lazy("announcement", "已過期")),
    *AnnouncementState.choices[2:],
)
"""What the list says of an announcement: one that was published has expired when its days are over."""


class AnnouncementFilter(Form):
    """What the announcements can be narrowed by."""

    state = forms.ChoiceField(label=_("狀態"), required=False, widget=Select, choices=[("", _("全部")), *STATES])
    q = forms.CharField(label=_("標題或內容"), max_length=40, required=False, widget=Text(width=20))


class AnnouncementForm(Form):
    """An announcement in both languages."""

    title = forms.CharField(label=_("標題"), max_length=60, widget=Text)
    text = forms.CharField(
        label=_("內容"), max_length=500, widget=Textarea(attrs={"rows": 4}),
        help_text=_("語音選單照著念，請寫成聽得懂的話：先說什麼事、什麼時候、在哪裡。"),
    )  # fmt: skip
    title_en = forms.CharField(label=_("英文標題"), max_length=120, widget=Text)
    text_en = forms.CharField(label=_("英文內容"), max_length=1000, widget=Textarea(attrs={"rows": 4}))
    valid_from = DateField(label=_("自何日起"))
    valid_until = DateField(label=_("至何日止"), help_text=_("這一天還會播放，隔天起不再播放。"))
    played = forms.BooleanField(label=_("語音選單也播放"), required=False, widget=Checkbox)


def values_of(row: Announcement) -> dict[str, Any]:
    """What stands in the form at first."""
    names = ("title", "text", "title_en", "text_en", "valid_from", "valid_until", "played")
    return {name: getattr(row, name) for name in names}


class WithdrawForm(Form):
    reason = forms.CharField(label=_("撤下的原因"), max_length=200, widget=Text)


class NodeForm(Form):
    """A node of the menu."""

    key = forms.ChoiceField(label=_("按鍵"), choices=[(key, key) for key in KEYS], widget=Select)
    kind = forms.ChoiceField(label=pgettext_lazy("voice menu", "做什麼"), choices=NodeKind.choices, widget=Select)
    title = forms.CharField(label=_("名稱"), max_length=40, widget=Text(width=20))
    title_en = forms.CharField(label=_("英文名稱"), max_length=80, widget=Text)
    prompt = forms.CharField(
        label=_("語音內容"), max_length=500, required=False, widget=Textarea(attrs={"rows": 3}),
        help_text=_("來電者聽到的話。播放活動訊息、接話務人員的節點可以不寫。"),
    )  # fmt: skip
    prompt_en = forms.CharField(
        label=_("英文語音內容"), max_length=1000, required=False, widget=Textarea(attrs={"rows": 3})
    )
    code = forms.SlugField(
        label=_("代碼"), max_length=30, widget=Text(width=20),
        help_text=_("交換機的紀錄用這個代碼，例如 news；次數依代碼計算，換版本時請沿用。"),
    )  # fmt: skip

    def __init__(self, *args: Any, node: MenuNode | None = None, top: bool = False, **kwargs: Any) -> None:
        names = ("key", "kind", "title", "title_en", "prompt", "prompt_en", "code")
        initial = {name: getattr(node, name) for name in names} if node else {}
        super().__init__(*args, initial=initial, **kwargs)
        if top:
            del self.fields["key"]
