"""What an intermediary writes down for a citizen: the desk's form with the citizen's consent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import DateField, Form, Radios, Select, Text

from ..services.on_behalf import Given, fault_words
from ..states import ConsentHow, Shares
from .intake import IntakeForm


class OnBehalfForm(IntakeForm):
    """Who may not vouch says how and when the citizen agreed, and to what."""

    consent_how = forms.ChoiceField(
        label=_("民眾怎麼同意由您代為反映"), choices=ConsentHow.choices, widget=Radios(small=True),
        help_text=_("沒有同意就不能代為反映；可以請民眾自己打 1999 或上網。"),
    )  # fmt: skip
    consent_on = DateField(label=_("哪一天同意的"))
    consent_shares = forms.ChoiceField(
        label=_("民眾同意讓您看到"), choices=Shares.choices, initial=Shares.STATE, widget=Radios(small=True),
        help_text=_("不公開或身分保密的案件，您只看得到編號和進度。"),
    )  # fmt: skip

    def __init__(self, *args: Any, on: date, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, on=on, **kwargs)
        self.at = at
        self.fields["consent_on"].initial = on

    def clean_consent_on(self) -> date:
        """A day that has come, and not long ago."""
        obtained: date = self.cleaned_data["consent_on"]
        if fault := fault_words(obtained, at=self.at):
            raise ValidationError(fault)
        return obtained

    @property
    def consent(self) -> Given:
        """What the citizen agreed to."""
        data = self.cleaned_data
        return Given(how=data["consent_how"], obtained_on=data["consent_on"], shares=data["consent_shares"])


class OnBehalfFilter(Form):
    """What an intermediary's list can be narrowed by."""

    q = forms.CharField(label=_("案件編號"), max_length=20, required=False, widget=Text(width=20))
    state = forms.ChoiceField(
        label=_("進度"), required=False, widget=Select,
        choices=[("", _("全部")), ("waiting", _("等民眾確認")), ("open", _("處理中")), ("ended", _("已經結束"))],
    )  # fmt: skip
