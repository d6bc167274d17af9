"""Forms of the desk: the filter of what is late in the whole city, and when the daily letter comes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import Form, Radios, Select, Text

from .overview import Overview
from .states import Age, Rhythm

ANY = [("", _("全部"))]


class LateFilter(Form):
    """Agencies and kinds of which something is late, for how long, and words."""

    text = forms.CharField(label=_("字詞或編號"), max_length=100, required=False, widget=Text)
    agency = forms.ChoiceField(label=_("機關"), required=False, widget=Select)
    kind = forms.ChoiceField(label=_("種類"), required=False, widget=Select)
    age = forms.ChoiceField(label=_("逾期多久"), required=False, widget=Select, choices=[*ANY, *Age.choices])
    urgent = forms.ChoiceField(label=_("急迫"), required=False, widget=Select, choices=[*ANY, ("1", _("只看急迫"))])

    def __init__(self, *args: Any, seen: Overview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [*ANY, *((line.agency.code, line.agency.label) for line in seen.lines)]
        self.fields["kind"].choices = [*ANY, *((code, label) for code, label, _n in seen.kinds)]


class LetterWish(Form):
    """When the daily letter comes; only some may go without it."""

    rhythm = forms.ChoiceField(label=_("什麼時候寄"), widget=Radios)

    def __init__(self, *args: Any, may_refuse: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rhythm"].choices = [one for one in Rhythm.choices if may_refuse or one[0] != Rhythm.OFF]
