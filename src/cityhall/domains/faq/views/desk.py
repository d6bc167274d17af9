"""常見問題 at the desk: the list with its download, an entry with its versions, and two versions side by side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.engines.worklist.services import mark_seen_by
from cityhall.foundation.clock import day_of
from cityhall.foundation.differences import difference
from cityhall.web.access import allowed, requires

from .. import forms, queries, sheets
from ..models import Entry, Move, Version
from ..queries import EXPORT, IMPORT, READ, REVIEW, WITHDRAW, WRITE
from ..services import TEXTS
from ..states import State

A_PAGE = 50
SOON = timedelta(days=30)


# ---- the list --------------------------------------------------------------------------------------------------------


def _filtered(request: HttpRequest, at: datetime) -> tuple[forms.EntryFilter, QuerySet[Version]]:
    rows = queries.newest(request.user, at)
    form = forms.EntryFilter(request.GET or None, rows=rows)
    if form.is_bound and form.is_valid():
        rows = narrowed(rows, form.cleaned_data, at)
    return form, rows


def narrowed(rows: QuerySet[Version], wanted: dict[str, Any], at: datetime) -> QuerySet[Version]:
    """The rows that fit every condition."""
    today = day_of(at)
    for word in wanted["q"].split():
        rows = rows.filter(
            Q(entry__code__icontains=word) | Q(question__icontains=word) | Q(answer__icontains=word)
            | Q(aliases__icontains=word) | Q(question_en__icontains=word)
        )  # fmt: skip
    for name, field in (("agency", "entry__agency__code"), ("topic", "entry__topic__code")):
        if wanted[name]:
            rows = rows.filter(**{field: wanted[name]})
    if wanted["state"] == "WITHDRAWN":
        rows = rows.filter(state=State.PUBLISHED, superseded_on__isnull=False)
    elif wanted["state"]:
        rows = rows.filter(state=wanted["state"], superseded_on=None)
    days = {
        "late": Q(review_by__lt=today), "soon": Q(review_by__range=(today, today + SOON)),
        "now": Q(valid_from__lte=today) & (Q(valid_until=None) | Q(valid_until__gte=today)),
        "coming": Q(valid_from__gt=today), "ending": Q(valid_until__range=(today, today + SOON)),
        "over": Q(valid_until__lt=today),
    }  # fmt: skip
    for name in ("review", "valid"):
        if wanted[name]:
            rows = rows.filter(days[wanted[name]])
    return rows


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The entries that somebody may read, with the newest version of each."""
    now = timezone.now()
    form, rows = _filtered(request, now)
    context = {
        "form": form,
        "filtered": any(request.GET.values()),
        "page": Paginator(rows.order_by("entry__code"), A_PAGE).get_page(request.GET.get("page")),
        "writes": allowed(request, WRITE),
        "imports": allowed(request, IMPORT),
        "exports": allowed(request, EXPORT),
        "today": day_of(now),
    }
    return render(request, "faq/desk/list.html", context)


@requires(EXPORT)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered entries as CSV, ODS or XLSX, in the columns that come in again; written down."""
    now = timezone.now()
    _form, rows = _filtered(request, now)
    rows = rows.filter(queries.within(request.user, EXPORT, now)).order_by("entry__code")
    audit.record("faq.exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    headings = [str(column.label) for column in sheets.COLUMNS]
    return downloads.sheet(kind, f"faq.{kind}", headings, _cells(rows))


def _cells(rows: QuerySet[Version]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=500):
        yield sheets.cells(row)


# ---- an entry --------------------------------------------------------------------------------------------------------


def entry_for(request: HttpRequest, code: str, at: datetime, act: str = READ) -> Entry:
    """The entry, for those who may do the act with it; for others it does not exist."""
    found = Entry.objects.select_related("agency", "topic").filter(code=code).first()
    if found is None or not queries.may(request.user, act, found, at):
        raise Http404
    return found


def _number(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 6 else 0


@requires(READ)
def entry(request: HttpRequest, code: str) -> HttpResponse:
    """An entry: a version of it with all its fields, what can be done now, every version, and what was done to it."""
    now = timezone.now()
    one = entry_for(request, code, now)
    versions = list(one.versions.select_related("written_by", "published_by").order_by("-number"))
    shown = _chosen(versions, request.GET.get("version", ""))
    _mark_replaced(versions)
    for version in versions:
        version.entry = one
        if version.state in (State.DRAFT, State.REVIEW):
            mark_seen_by(version, request.user, at=now)
    counted = one.uses.aggregate(many=Count("pk"), solved=Count("pk", filter=Q(helped=True)), not_solved=Count("pk", filter=Q(helped=False)))  # fmt: skip
    context = {
        "one": one,
        "shown": shown,
        "versions": versions,
        "public": next((v for v in versions if v.state == State.PUBLISHED and v.superseded_on is None), None),
        "acts": _acts(request, one, versions, now),
        "moves": list(_moves(one)),
        "uses": counted,
        "today": day_of(now),
    }
    return render(request, "faq/desk/entry.html", context)


def _mark_replaced(versions: list[Version]) -> None:
    """A version that gave way to a later one was not withdrawn."""
    last = max((one.number for one in versions if one.state == State.PUBLISHED), default=0)
    for one in versions:
        one.replaced = one.state == State.PUBLISHED and one.number < last


def _chosen(versions: list[Version], given: str) -> Version:
    """The version that is asked for, else the newest that was not thrown away."""
    kept = [one for one in versions if one.state != State.DISCARDED] or versions
    number = _number(given)
    return next((one for one in versions if one.number == number), kept[0])


def _moves(one: Entry) -> Iterator[dict[str, Any]]:
    rows = Move.objects.filter(version__entry=one).select_related("version", "by").order_by("-at", "-pk")
    for row in rows:
        who = row.by.name if row.by else _("系統")
        title = _("第%(n)s版：%(step)s") % {"n": row.version.number, "step": row.get_step_display()}
        yield {"title": title, "at": row.at, "byline": who, "text": row.reason}


def _acts(request: HttpRequest, one: Entry, versions: list[Version], at: datetime) -> list[tuple[str, str]]:
    """What can be done now, the likeliest first: the page, and what its button says."""
    may = {act: queries.may(request.user, act, one, at) for act in (WRITE, REVIEW, WITHDRAW)}
    opened = next((v for v in versions if v.state in (State.DRAFT, State.REVIEW)), None)
    public = next((v for v in versions if v.state == State.PUBLISHED and v.superseded_on is None), None)
    gone = public is None and any(v.state == State.PUBLISHED for v in versions)
    found: list[tuple[str, str]] = []

    def offer(act: str, name: str, label: str) -> None:
        if may[act]:
            found.append((reverse(f"faq_desk:{name}", args=[one.code]), label))

    if opened is not None and opened.state == State.REVIEW:
        offer(REVIEW, "review", _("審核這個版本"))
    elif opened is not None:
        offer(WRITE, "submit", _("送機關審核"))
        offer(WRITE, "write", _("修改草稿"))
        offer(WRITE, "discard", _("作廢草稿"))
    else:
        offer(WRITE, "write", _("寫新版本"))
    if public is not None:
        offer(REVIEW, "confirm", _("確認內容還正確"))
        offer(WITHDRAW, "withdraw", _("下架"))
    elif gone and opened is None:
        offer(WITHDRAW, "bring_back", _("重新上架"))
    return found


@requires(READ)
def compare(request: HttpRequest, code: str) -> HttpResponse:
    """Two versions side by side, field by field, with who wrote each and when."""
    now = timezone.now()
    one = entry_for(request, code, now)
    versions = list(one.versions.select_related("written_by", "published_by").order_by("number"))
    _mark_replaced(versions)
    for version in versions:
        version.entry = one
    if len(versions) < 2:
        raise Http404
    by_number = {version.number: version for version in versions}
    after = by_number.get(_number(request.GET.get("b", "")), versions[-1])
    before = by_number.get(_number(request.GET.get("a", "")))
    if before is None:
        before = next((v for v in reversed(versions) if v.number < after.number), versions[0])
    context = {
        "one": one, "versions": versions, "before": before, "after": after, "sides": (before, after),
        "rows": [row for name in TEXTS if (row := _differs(name, before, after))],
    }  # fmt: skip
    return render(request, "faq/desk/compare.html", context)


def _differs(name: str, before: Version, after: Version) -> dict[str, Any] | None:
    """A field that is not the same in both."""
    a, b = getattr(before, name), getattr(after, name)
    if a == b:
        return None
    label = Version._meta.get_field(name).verbose_name
    if name in ("valid_from", "valid_until", "review_by"):
        return {"label": label, "days": ((before, a), (after, b))}
    texts = ["" if one is None else str(one) for one in (a, b)]
    return {"label": label, "pieces": difference(*texts), "texts": texts}
