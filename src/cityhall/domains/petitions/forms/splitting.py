"""拆案: as many parts as the desk says, each with its words, category and agency."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from cityhall.engines.files.queries import of as files_of
from cityhall.foundation.clock import start_of_day
from cityhall.web.forms import Checkbox, Text, Textarea

from ..services.filing import LONGEST_PUBLIC
from ..services.splitting import Part, most_parts
from ..splitting import LEAST_PARTS
from .desk import ActForm, agencies, agency_field, categories, category_field

FIELDS = ("title", "text", "category", "agency")


class SplitForm(ActForm):
    """How many parts there are is a field of its own (`parts`); another number keeps what was typed."""

    parts = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("拆案的理由"), max_length=500, widget=Textarea(attrs={"rows": 2}), help_text=_("民眾會看到。"),
        initial=_("您反映的事分屬不同機關，分開處理比較快。"),
    )  # fmt: skip
    with_files = forms.BooleanField(label=_("照片和附件也給每一件"), required=False, initial=True, widget=Checkbox)

    def prepare(self) -> None:
        most = most_parts(start_of_day(self.on))
        self.size = min(max(self._wanted(), LEAST_PARTS), most)
        self.sizes = range(LEAST_PARTS, most + 1)
        self.initial["parts"] = self.size
        for n in range(1, self.size + 1):
            self._add(n)
        self.order_fields([f"{name}_{n}" for n in range(1, self.size + 1) for name in FIELDS])
        if not files_of(self.petition.case):
            del self.fields["with_files"]

    def _wanted(self) -> int:
        """The number asked for; what is no number is two."""
        given = self.data.get("parts") if self.is_bound else self.initial.get("of", self.initial.get("parts"))
        return int(given) if str(given or "").isdecimal() and len(str(given)) < 4 else LEAST_PARTS

    def _add(self, n: int) -> None:
        case = self.petition.case
        self.fields[f"title_{n}"] = forms.CharField(
            label=_("主旨（可不填）"), max_length=100, required=False, widget=Text,
            help_text=_("不填就用內容的第一句。"),
        )  # fmt: skip
        self.fields[f"text_{n}"] = forms.CharField(
            label=_("這一件的內容"), max_length=LONGEST_PUBLIC, widget=Textarea(attrs={"rows": 4}),
            help_text=_("已帶入民眾原文，請刪去不屬於這一件的部分；不要改寫民眾的話。"), initial=case.text,
        )  # fmt: skip
        category, agency = category_field(), agency_field(_("機關（可不填）"), empty=_("依類別"), required=False)
        category.queryset, agency.queryset = categories(self.on), agencies(self.on)
        self.fields[f"category_{n}"], self.fields[f"agency_{n}"] = category, agency

    @property
    def groups(self) -> Iterator[tuple[int, list[BoundField]]]:
        """The fields of each part."""
        for n in range(1, self.size + 1):
            yield n, [self[f"{name}_{n}"] for name in FIELDS]

    @property
    def rest(self) -> list[BoundField]:
        """The fields of all."""
        return [self[name] for name in ("with_files", "reason") if name in self.fields]

    def clean(self) -> dict[str, Any]:
        """The parts, as the act takes them."""
        given = super().clean() or {}
        if not self.errors:
            given["parts"] = [Part(*(given[f"{name}_{n}"] for name in FIELDS)) for n in range(1, self.size + 1)]
        return given
