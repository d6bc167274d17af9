"""What somebody who wants news of an area fills in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from cityhall.engines.places import queries as places
from cityhall.web import maps
from cityhall.web.forms import Checkboxes, Email, Form, Radios, Select, Text

from ..area_news import MOST_METRES, Area
from ..models import Category
from ..states import DigestRhythm


class AreaForm(Form):
    """The area (district, village or a circle), the categories, how often, and where to."""

    district = forms.ChoiceField(label=_("行政區"), required=False, widget=Select)
    village = forms.ChoiceField(label=_("里"), required=False, widget=Select, help_text=_("不選就是整個行政區。"))
    place = forms.CharField(
        label=_("或者，一個地點的附近"), required=False, max_length=100, widget=Text,
        help_text=_("路名加門牌、路口或地標，例如：中山路200號。填了這一欄，就不看上面的行政區。"),
    )  # fmt: skip
    metres = forms.TypedChoiceField(
        label=_("多遠以內"), coerce=int, empty_value=500, required=False, widget=Select,
        choices=[(n, format_lazy("{} {}", n, _("公尺"))) for n in (250, 500, 1000, MOST_METRES)],
        initial=500,
    )  # fmt: skip
    rhythm = forms.ChoiceField(label=_("多久寄一次"), choices=DigestRhythm.choices, widget=Radios, initial="WEEKLY")
    email = forms.EmailField(
        label=_("電子郵件"), widget=Email(), help_text=_("先寄一組驗證碼，確認是您本人。每封通知都可以一鍵取消。"),
        error_messages={
            "required": _("請填電子郵件，通知才寄得到"),
            "invalid": _("電子郵件的格式不對，應該像 ming@example.org"),
        },
    )  # fmt: skip
    categories = forms.MultipleChoiceField(
        label=_("類別"), required=False, widget=Checkboxes, help_text=_("都不選就是全部類別。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        districts = [(area.code, maps.area_name(area.code) or area.name) for area in places.districts()]
        villages = [
            (maps.area_name(district.code) or district.name,
             [(one.code, maps.area_name(one.code) or one.name) for one in places.villages(district.code)])
            for district in places.districts()
        ]  # fmt: skip
        self.fields["district"].choices = [("", _("全市")), *districts]
        self.fields["village"].choices = [("", _("整個行政區")), *villages]
        self.fields["categories"].choices = [(one.code, one.label) for one in Category.objects.filter(retired_on=None)]

    def clean(self) -> dict[str, Any]:
        """Find the place; a village names its district."""
        given = super().clean() or self.cleaned_data
        district, village = given.get("district") or "", given.get("village") or ""
        given["area"] = Area(district, village)
        if place := (given.get("place") or "").strip():
            found = places.find(place, limit=1)
            if not found:
                self.add_error("place", _("找不到這個地點，請換一個寫法，或改選行政區。"))
            else:
                point = found[0].point
                given["area"] = Area(centre=(point.lon, point.lat), metres=given.get("metres") or 500)
        elif village:
            of = {one.code: one.district_code for area in places.districts() for one in places.villages(area.code)}
            if district and of.get(village) != district:
                self.add_error("village", _("這個里不在所選的行政區。"))
            given["area"] = Area(of.get(village, ""), village)
        return given


class RhythmForm(Form):
    rhythm = forms.ChoiceField(label=_("多久寄一次"), choices=DigestRhythm.choices, widget=Radios)
