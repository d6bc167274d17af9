"""Forms for joining petitions that are about the same matter."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.engines.places import queries as places
from cityhall.web.forms import Form, Select, Textarea

from ..models import Category

REASON = _("與另一件為同一事由，併同處理。")


class JoinForm(Form):
    """Why two petitions are joined, and which of them stays."""

    reason = forms.CharField(
        label=_("說明"), max_length=500, widget=Textarea(attrs={"rows": 2}), help_text=_("併入的民眾會看到。"),
        initial=REASON,
    )  # fmt: skip


class JoinManyForm(Form):
    """The ticked petitions of a group, and the one that takes them."""

    parent = forms.UUIDField(error_messages={"required": _("請選主案：其他的會併入它。")})
    petition = forms.TypedMultipleChoiceField(error_messages={"required": _("請勾選要併入的案件。")})
    reason = forms.CharField(
        label=_("說明"), max_length=500, initial=REASON, error_messages={"required": _("請寫說明，併入的民眾會看到。")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.data.getlist("petition") if hasattr(self.data, "getlist") else []
        self.fields["petition"].choices = [(one, one) for one in sent[:200]]


class SuspectedFilter(Form):
    """What the groups can be narrowed by."""

    agency = forms.ChoiceField(label=_("主辦機關"), required=False, widget=Select)
    category = forms.ChoiceField(label=_("類別"), required=False, widget=Select)
    district = forms.ChoiceField(label=_("行政區"), required=False, widget=Select)
    least = forms.TypedChoiceField(
        label=_("至少多相近"), required=False, coerce=int, empty_value=None, widget=Select,
        choices=[("", _("疑似同案以上")), ("70", "70%"), ("80", "80%"), ("90", "90%")],
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offers = {
            "agency": [(one.code, one.label) for one in Agency.objects.at_work().order_by("order", "code")],
            "category": [(one.code, one.label) for one in Category.objects.all()],
            "district": [(area.code, area.name) for area in places.districts()],
        }
        for name, rows in offers.items():
            self.fields[name].choices = [("", _("全部")), *rows]
