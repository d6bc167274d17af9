"""Values as they were given out. What is issued stays; what changes later is listed beside it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cityhall.engines.figures import registry
from cityhall.foundation.period import Period


class Issue(models.Model):
    """A report given out on a day: from then on its numbers stand."""

    title = models.CharField(_("名稱"), max_length=120)
    period_spec = models.CharField(_("期間"), max_length=60)
    edition = models.PositiveIntegerField(_("版次"), default=1)
    issued_at = models.DateTimeField(_("發布時間"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("說明"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("發布的報告")
        verbose_name_plural = _("發布的報告")
        ordering = ["-issued_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["period_spec", "edition"], name="figures_one_issue_an_edition")]

    def __str__(self) -> str:
        return f"{self.title} {self.period_spec} #{self.edition}"

    @property
    def period(self) -> Period:
        """The period that the report speaks of."""
        return Period.parse(self.period_spec)


class IssuedValue(models.Model):
    """One value of an issue, with the rows it was counted from and the code that counted it."""

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="values")
    figure = models.CharField(max_length=80)
    of = models.CharField(max_length=80, blank=True)
    period_spec = models.CharField(max_length=60)
    exact = models.CharField(max_length=400, null=True)  # null: nothing could be said
    row_count = models.PositiveIntegerField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    packed_rows = models.BinaryField(default=bytes, editable=False)
    code_version = models.CharField(max_length=12)
    source = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("發布的數字")
        verbose_name_plural = _("發布的數字")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["issue", "figure", "of", "period_spec"], name="figures_issued_once")
        ]
        indexes = [models.Index(fields=["figure", "of", "period_spec"], name="figures_issued_figure")]

    def __str__(self) -> str:
        return f"{self.figure} {self.period_spec}: {self.exact}"

    @property
    def period(self) -> Period:
        """The period that the value speaks of."""
        return Period.parse(self.period_spec)

    @property
    def value(self) -> Decimal | str | None:
        """The exact value, names as they are; None where nothing could be said."""
        if self.exact is None:
            return None
        figure = registry.figures.get(self.figure)
        return self.exact if figure and figure.ranks(self.of) else Decimal(self.exact)

    @property
    def row_ids(self) -> list[str]:
        """The ids of the rows that were counted."""
        packed = bytes(self.packed_rows)
        return zlib.decompress(packed).decode().split("\n") if packed else []


def pack(ids: Iterable[Any]) -> bytes:
    """Ids of rows as they are stored: about two bytes a row."""
    text = "\n".join(str(one) for one in ids)
    return zlib.compress(text.encode(), 9) if text else b""
