"""The lists by which the base is kept right, as sheets: what agencies have to look at, and proposals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.web.access import requires

from ..models import Proposal, Version
from ..queries import READ, WRITE
from . import keeping


@requires(READ)
def chased(request: HttpRequest, kind: str) -> HttpResponseBase:
    """待確認與矛盾 within one's rights as CSV, ODS or XLSX. Written down."""
    now = timezone.now()
    audit.record("faq.chased_exported", None, by=request.user, at=now, new={"kind": kind})
    columns = [
        pgettext("faq", "情形"), _("編號"), _("問題"), _("負責機關"), _("日期"), _("和這一題"), _("問題"), _("負責機關"), _("矛盾"),
    ]  # fmt: skip
    return downloads.sheet(kind, f"faq-chased.{kind}", columns, _chased(request, now))


def _chased(request: HttpRequest, now: datetime) -> Iterator[list[Any]]:
    late, ending, pairs = keeping.mine(request.user, now)
    for words, rows, day in ((_("已過確認期限"), late, "review_by"), (_("適用期間快結束"), ending, "valid_until")):
        for row in rows.iterator(chunk_size=500):
            own = [row.entry.code, row.title, row.entry.agency.label]
            yield [words, *own, getattr(row, day), "", "", "", ""]
    found = list(pairs)
    keys = {key for pair in found for key in (pair.first_id, pair.second_id)}
    titles = {row.entry_id: row.title for row in Version.objects.standing().filter(entry__in=keys)}
    for pair in found:
        first, second = ([one.code, titles.get(one.pk, ""), one.agency.label] for one in (pair.first, pair.second))
        yield [_("可能互相矛盾"), *first, timezone.localtime(pair.found_at).date(), *second, pair.get_clash_display()]


@requires(WRITE)
def proposals(request: HttpRequest, kind: str) -> HttpResponseBase:
    """新增建議 that wait, or were decided, as CSV, ODS or XLSX. Written down."""
    now, decided = timezone.now(), request.GET.get("decided") == "1"
    audit.record("faq.proposals_exported", None, by=request.user, at=now, new={"kind": kind, "decided": decided})
    columns = [
        _("問法"), _("問過幾次"), _("最近一次"), _("最接近的問題"), pgettext("faq", "決定"), _("編號"), _("理由"), _("決定時間"),
    ]  # fmt: skip
    rows = keeping.proposed(decided=decided, now=now).iterator(chunk_size=500)
    return downloads.sheet(kind, f"faq-proposals.{kind}", columns, (_proposal(row) for row in rows))


def _proposal(row: Proposal) -> list[Any]:
    def when(at: datetime | None) -> str:
        return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""

    return [
        row.text, row.count, when(row.last_at), row.near.code if row.near else "", row.get_fate_display(),
        row.entry.code if row.entry else "", row.reason, when(row.decided_at),
    ]  # fmt: skip
