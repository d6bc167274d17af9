"""評分標準 as a form: the criteria of the last version, and room for new ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.web.forms import Checkbox, DateField, Digits, Form, Text, Textarea

from ..quality import MOST
from ..services.rubric import Line, Version

ROOM = 2
"""Lines that are empty at first."""
FIELDS = ("name", "name_en", "about", "about_en", "weight", "must")


class RubricForm(Form):
    """Version, day and source; then each criterion. A criterion without a name is left out."""

    valid_from = DateField(label=_("自何日起"), help_text=_("明天以後。之前抽出的評核表照原來的版次評。"))
    source = forms.CharField(label=_("依據"), max_length=200, widget=Text, help_text=_("例如簽准的文號。"))
    enough = forms.IntegerField(
        label=_("幾分以上符合"), min_value=1, max_value=100, widget=Digits(width=3, suffix=_("分"))
    )
    reason_below = forms.IntegerField(
        label=_("低於幾分要寫理由"), min_value=0, max_value=MOST, widget=Digits(width=2, suffix=_("分"))
    )

    def __init__(self, *args: Any, before: Version, **kwargs: Any) -> None:
        given = {"enough": before.enough, "reason_below": before.reason_below}
        for n, line in enumerate(before.lines):
            given |= {f"{name}_{n}": getattr(line, name) for name in FIELDS}
        super().__init__(*args, initial={**given, **kwargs.pop("initial", {})}, **kwargs)
        self.codes = [line.code for line in before.lines] + [""] * ROOM
        for n in range(len(self.codes)):
            self._add(n)

    def _add(self, n: int) -> None:
        text = {"required": False}
        self.fields[f"name_{n}"] = forms.CharField(label=_("項目"), max_length=20, widget=Text(width=20), **text)
        self.fields[f"name_en_{n}"] = forms.CharField(label=_("英文名稱"), max_length=40, widget=Text(width=20), **text)
        self.fields[f"about_{n}"] = forms.CharField(
            label=_("看什麼"), max_length=200, widget=Textarea(attrs={"rows": 2}), **text
        )
        self.fields[f"about_en_{n}"] = forms.CharField(
            label=_("英文說明"), max_length=200, widget=Textarea(attrs={"rows": 2}), **text
        )
        self.fields[f"weight_{n}"] = forms.IntegerField(
            label=_("權重"), min_value=1, max_value=20, widget=Digits(width=2), **text
        )
        self.fields[f"must_{n}"] = forms.BooleanField(label=_("零分就應予改善"), widget=Checkbox, **text)

    @property
    def first(self) -> list[BoundField]:
        """The fields of the version."""
        return [self[name] for name in ("valid_from", "source", "enough", "reason_below")]

    @property
    def groups(self) -> Iterator[tuple[str, list[BoundField], list[BoundField]]]:
        """The short and the long fields of each criterion, with what stands above them."""
        for n, code in enumerate(self.codes):
            heading = gettext("第%(n)s項") % {"n": n + 1} if code else gettext("再加一項（可不填）")
            short = [self[f"{name}_{n}"] for name in ("name", "name_en", "weight", "must")]
            yield heading, short, [self[f"{name}_{n}"] for name in ("about", "about_en")]

    def clean(self) -> dict[str, Any]:
        """What a named criterion needs, and the version as the act takes it."""
        given = super().clean() or {}
        for n in range(len(self.codes)):
            if given.get(f"name_{n}"):
                for name in ("name_en", "about", "about_en", "weight"):
                    if not given.get(f"{name}_{n}") and f"{name}_{n}" not in self.errors:
                        self.add_error(f"{name}_{n}", _("有名稱的項目，這一格也要填"))
        if not self.errors:
            given["wanted"] = Version(
                tuple(self._lines(given)), given["enough"], given["reason_below"], given["valid_from"], given["source"]
            )
        return given

    def _lines(self, given: dict[str, Any]) -> Iterator[Line]:
        for n, code in enumerate(self.codes):
            if given[f"name_{n}"]:
                yield Line(code, **{name: given[f"{name}_{n}"] for name in FIELDS})
