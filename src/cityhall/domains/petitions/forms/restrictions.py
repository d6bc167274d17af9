"""Forms of the register of listings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.web.forms import Checkbox, DateField, Form, Radios, Select, Text, Textarea

from ..models import Restriction
from ..states import ListingGround, RestrictionState


class ApproveForm(Form):
    """Nothing more is asked: what is approved stands above the button."""


class BecauseForm(Form):
    """Why it is sent back, or lifted."""

    reason = forms.CharField(label=_("理由"), max_length=500, widget=Textarea(attrs={"rows": 4}))


class LiftForm(Form):
    reason = forms.CharField(
        label=_("解除的理由"), max_length=500, widget=Textarea(attrs={"rows": 4}), help_text=_("民眾會看到。")
    )


class ReviewForm(Form):
    finding = forms.CharField(
        label=_("檢討的結果"), max_length=1000, widget=Textarea(attrs={"rows": 4}),
        help_text=_("仍有需要時寫明理由；不需要了，請改按「解除列管」。"),
    )  # fmt: skip


class AppealForm(Form):
    """What the citizen says, however it came."""

    received_on = DateField(label=_("收到日"))
    text = forms.CharField(label=_("申訴內容"), max_length=4000, widget=Textarea(attrs={"rows": 6}))


class AppealDecisionForm(Form):
    granted = forms.TypedChoiceField(
        label=_("決定"),
        choices=[("yes", _("申訴有理由，解除列管")), ("no", _("申訴無理由，維持列管"))],
        coerce=lambda value: value == "yes",
        widget=Radios,
    )
    decision = forms.CharField(
        label=_("理由"), max_length=1000, widget=Textarea(attrs={"rows": 4}), help_text=_("民眾會看到。")
    )


class RegisterFilter(Form):
    """What the register can be narrowed by."""

    q = forms.CharField(label=_("列管編號或事由"), max_length=100, required=False, widget=Text)
    state = forms.ChoiceField(
        label=_("狀態"), choices=[("", _("全部")), *RestrictionState.choices], required=False, widget=Select
    )
    ground = forms.ChoiceField(
        label=_("法定事由"), choices=[("", _("全部")), *ListingGround.choices], required=False, widget=Select
    )
    agency = forms.ChoiceField(label=_("提報機關"), required=False, widget=Select)
    due = forms.BooleanField(label=_("只看該檢討的"), required=False, widget=Checkbox)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = Agency.objects.filter(pk__in=Restriction.objects.values("agency")).order_by("order", "code")
        self.fields["agency"].choices = [("", _("全部")), *((one.code, one.label) for one in there)]
