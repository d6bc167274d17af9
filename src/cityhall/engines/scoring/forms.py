"""Forms of scoring: a judge's sheet, and what an evaluation needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Person
from cityhall.web.charts import year_name
from cityhall.web.context import language
from cityhall.web.forms import Checkboxes, DateField, Digits, Form, Radios, Select, Text, Textarea

from .evaluating import Band
from .models import Scheme
from .registry import EvaluationKind, Line
from .rules import Mark, MarkFault

FAULTS = {
    MarkFault.MISSING: _("請給分。"),
    MarkFault.OUTSIDE: _("請給0到%(n)s分。"),
    MarkFault.NO_REASON: _("低於%(n)s分要寫理由，機關會看到。"),
}


class MarksForm(Form):
    """A mark for each criterion that is judged, a reason where it is low, and a remark."""

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scheme = scheme
        self.criteria = [one for one in scheme.criteria.all() if not one.formula]
        for one in self.criteria:
            share = gettext("占%(n)s分") % {"n": one.points}
            self.fields[f"mark_{one.code}"] = forms.TypedChoiceField(
                label=f"{one.label} ({share})" if language() == "en" else f"{one.label}（{share}）",
                help_text=one.explained, coerce=int, required=False, empty_value=None,
                choices=[(n, str(n)) for n in range(scheme.most + 1)], widget=Radios(inline=True, small=True),
            )  # fmt: skip
            self.fields[f"reason_{one.code}"] = forms.CharField(
                label=gettext("%(name)s的理由") % {"name": one.label}, max_length=300, required=False, widget=Text(),
            )  # fmt: skip
        self.fields["remark"] = forms.CharField(
            label=_("整體意見"), max_length=1000, required=False, widget=Textarea(attrs={"rows": 3})
        )

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """Mark and reason of each criterion."""
        return [(self[f"mark_{one.code}"], self[f"reason_{one.code}"]) for one in self.criteria]

    def marks(self) -> dict[str, Mark]:
        """What was given so far."""
        given = self.cleaned_data
        return {
            one.code: Mark(given[f"mark_{one.code}"], given.get(f"reason_{one.code}", ""))
            for one in self.criteria
            if given.get(f"mark_{one.code}") is not None
        }

    def show(self, faults: Mapping[str, MarkFault]) -> None:
        """Put what is missing beside its field."""
        limits = {MarkFault.OUTSIDE: self.scheme.most, MarkFault.NO_REASON: self.scheme.reason_below}
        for code, fault in faults.items():
            name = f"reason_{code}" if fault is MarkFault.NO_REASON else f"mark_{code}"
            words = str(FAULTS[fault])
            self.add_error(name, words % {"n": limits[fault]} if fault in limits else words)


class KindForm(Form):
    """Which evaluation, and of which year."""

    kind = forms.ChoiceField(label=_("哪一種評核"), widget=Select)
    year = forms.TypedChoiceField(label=_("年度"), coerce=int, widget=Select)

    def __init__(self, *args: Any, kinds: Sequence[EvaluationKind], years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(one.key, one.label) for one in kinds]
        self.fields["year"].choices = [(str(one), year_name(one)) for one in years]


class BeginForm(Form):
    """The days of the steps, and the judges."""

    def __init__(
        self, *args: Any, kind: EvaluationKind, judges: Sequence[tuple[Person, str]], days: Sequence[date] = (), **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.kind = kind
        for n, one in enumerate(kind.steps):
            self.fields[f"due_{one.code}"] = DateField(
                label=gettext("%(step)s的期限") % {"step": kind.step_label(one.code)}, initial=days[n] if days else None
            )
        if any(one.judged for one in kind.steps):
            self.fields["judges"] = forms.MultipleChoiceField(
                label=_("評審委員"), choices=[(str(one.pk), words) for one, words in judges], widget=Checkboxes,
                help_text=_("人員名單裡擔任「評審委員」的人；不評自己的機關。"),
            )  # fmt: skip

    @property
    def due(self) -> dict[str, date]:
        """The day of each step."""
        return {one.code: self.cleaned_data[f"due_{one.code}"] for one in self.kind.steps}


class WeightsForm(Form):
    """A new version of a scheme: the points of each criterion, from which points on each grade is given, from when and why.

    A criterion that an earlier version looked at can come back.
    """

    valid_from = DateField(label=_("自何日起"), help_text=_("明天以後；之前的照原來的配分評。"))
    source = forms.CharField(label=_("依據"), max_length=200, widget=Text, help_text=_("例如簽准的文號。"))

    def __init__(self, *args: Any, versions: Sequence[Scheme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        points = {one.code: one.points for one in versions[0].criteria.all()}
        known = {one.code: one for scheme in reversed(versions) for one in scheme.criteria.all()}
        self.criteria, self.old_bands = list(known.values()), versions[0].as_bands
        for one in self.criteria:
            self.fields[f"points_{one.code}"] = forms.IntegerField(
                label=one.label, help_text=one.explained, min_value=0, max_value=100,
                initial=points.get(one.code, 0), widget=Digits(width=3, suffix=_("分")),
            )  # fmt: skip
        for n, band in enumerate(self.old_bands[:-1]):
            self.fields[f"floor_{n}"] = forms.IntegerField(
                label=gettext("%(grade)s從幾分起") % {"grade": versions[0].grade_of(band.floor)}, min_value=1, max_value=100,
                initial=int(band.floor), widget=Digits(width=3, suffix=_("分")),
            )  # fmt: skip

    @property
    def lines(self) -> list[Line]:
        """The criteria with their new points; one with none is no longer looked at."""
        names = [one.name for one in fields(Line) if one.name != "points"]
        given = self.cleaned_data
        return [
            Line(points=given[f"points_{one.code}"], **{name: getattr(one, name) for name in names})
            for one in self.criteria
            if given[f"points_{one.code}"]
        ]

    @property
    def bands(self) -> list[Band]:
        """The grades with their new floors; the lowest begins at 0."""
        floors = [Decimal(self.cleaned_data[f"floor_{n}"]) for n in range(len(self.old_bands) - 1)]
        return [replace(one, floor=floor) for one, floor in zip(self.old_bands, [*floors, Decimal(0)], strict=False)]


class LetterForm(Form):
    """The letter on the results."""

    sent_on = DateField(label=_("發文日期"))
    document = forms.CharField(label=_("發文字號"), max_length=60, widget=Text)


class ReasonForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=300, widget=Textarea(attrs={"rows": 3}))
