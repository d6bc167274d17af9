"""The desk: the list, what is done with it, and the one search box."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.files import downloads, sheets
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.web import access, charts
from cityhall.web.access import requires

from . import digest, queries, registry, rules, services
from .forms import LateFilter, LetterWish
from .listing import HEADINGS, Counted, Listing, in_language
from .models import Todo
from .overview import Overview
from .rules import group_of, read_filter
from .states import Age, Part, Rhythm

MIME = {
    "csv": "text/csv; charset=utf-8",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_EXPORTED = 10_000
MOST_TICKED = 200
HITS_EACH = 20
OVERSEE = "worklist.oversee"


@requires("worklist.use")
def desk(request: HttpRequest) -> HttpResponse:
    """The list left; right, how to begin. Opening a line shows its record there."""
    return render(
        request,
        "worklist/desk.html",
        {
            "listing": Listing(request),
            "notices": registry.notices(request),
            "oversees": access.allowed(request, OVERSEE),
        },
    )


@requires("worklist.use")
@require_POST
@form_once
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep the filter of the list under a name."""
    asked = read_filter(_asked(request), set(Part.values))
    try:
        person = directory.person_of(_account(request))
        if person is None:
            raise PermissionDenied("worklist.use")
        saved = services.save_filter(person=person, name=request.POST.get("name", ""), query=asked.query())
    except services.CannotSaveFilter as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已存成篩選「%(name)s」。") % {"name": saved.name})
    return HttpResponseRedirect(_list_url(asked.query()))


@requires("worklist.use")
@require_POST
@form_once
def forget_filter(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a kept filter away."""
    person = directory.person_of(_account(request))
    if person is not None:
        services.forget_filter(person=person, pk=pk)
        messages.success(request, _("已刪除這個篩選。"))
    return redirect("worklist:list")


def _account(request: HttpRequest) -> Any:
    return request.user


def _asked(request: HttpRequest) -> dict[str, str]:
    return {key: str(value) for key, value in request.POST.items()}


def _list_url(query: str) -> str:
    url = reverse("worklist:list")
    return f"{url}?{query}" if query else url


@requires("worklist.use")
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """An act on the ticked lines: the act's own page asks for what is missing, then does it."""
    act = registry.bulk_act(request.POST.get("bulk", ""))
    if act is None:
        raise Http404("bulk")
    if not access.allowed(request, act.act):
        raise PermissionDenied(act.act)
    ticked = [int(key) for key in request.POST.getlist("todo")[:MOST_TICKED] if key.isascii() and key.isdigit()]
    at = timezone.now()
    todos = queries.waiting_for(_account(request), at).filter(pk__in=ticked, kind=act.kind)
    number = todos.count()
    if not number:
        messages.error(request, _("請先在清單裡勾選可以「%(act)s」的事項。") % {"act": act.label})
        return redirect("worklist:list")
    if (left := len(set(ticked)) - number) and "confirmed" not in request.POST:
        messages.warning(
            request,
            ngettext("其中 %(n)d 件不適用，已略過。", "其中 %(n)d 件不適用，已略過。", left) % {"n": left},
        )
    return act.view(request, todos)


# Export

COLUMNS = (
    gettext_lazy("編號"),
    gettext_lazy("主旨"),
    gettext_lazy("說明"),
    gettext_lazy("種類"),
    gettext_lazy("階段"),
    gettext_lazy("急迫"),
    gettext_lazy("期限"),
    gettext_lazy("期限分組"),
    gettext_lazy("機關"),
    gettext_lazy("單位"),
    gettext_lazy("承辦人"),
    gettext_lazy("開始時間"),
)


@requires("worklist.export")
def export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """The filtered list as a file, masked; that it left is noted."""
    if file_format not in MIME:
        raise Http404(file_format)
    at = timezone.now()
    account = _account(request)
    asked = read_filter(request.GET.dict(), set(Part.values))
    found = queries.filtered(queries.waiting_for(account, at), asked, account, at)
    todos = list(found.select_related("agency", "unit", "person")[:MOST_EXPORTED])
    audit.record(
        "worklist.exported",
        None,
        by=account,
        at=at,
        new={"rows": len(todos), "format": file_format, "filter": _kept(asked)},
    )
    name = f"{_('待辦事項')}-{day_of(at):%Y%m%d}.{file_format}"
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    rows = _rows(todos, at)
    if file_format == "csv":
        return StreamingHttpResponse(sheets.write_csv(COLUMNS, rows), content_type=MIME["csv"], headers=headers)
    write = sheets.write_ods if file_format == "ods" else sheets.write_xlsx
    return FileResponse(write(COLUMNS, rows, title=_("待辦事項")), content_type=MIME[file_format], headers=headers)


def _kept(asked: rules.Filter) -> str:
    """The filter for the trail: that words were searched, not which."""
    return asked.without_text().query() + ("&text=…" if asked.text else "")


def _rows(todos: list[Todo], at: Any) -> Iterator[tuple[sheets.Cell, ...]]:
    for todo in todos:
        yield (
            todo.reference,
            rules.masked(todo.title),
            rules.masked(todo.detail),
            str(todo.kind_label),
            str(todo.stage_label),
            todo.urgent,
            todo.due_at,
            str(HEADINGS[group_of(todo.due_at, at)]),
            todo.agency.label,
            todo.unit.label if todo.unit else "",
            todo.person.label if todo.person else "",
            todo.opened_at,
        )


# The whole city

A_PAGE = 50
MOST_BARS = 15
NEEDED = 5


@requires(OVERSEE)
def overview(request: HttpRequest) -> HttpResponse:
    """What a commissioner opens each morning: first what needs them, then what is late, by agency and one by one."""
    at = timezone.now()
    seen = Overview(rules.read_watch(request.GET.dict()), at)
    mine = queries.waiting_for(_account(request), at)
    page: Page = Counted(seen.rows.select_related("agency", "unit", "person"), A_PAGE, seen.number).get_page(
        request.GET.get("page")
    )
    context = {
        "seen": seen,
        "sizes": queries.sizes(mine, at),
        "needed": [(todo, in_language(todo.url)) for todo in mine.select_related("agency")[:NEEDED]],
        "form": LateFilter(request.GET or None, seen=seen),
        "filtered": bool(seen.asked.query()),
        "page": page,
        "lines": [(todo, in_language(todo.url)) for todo in page.object_list],
        "charts": _charts(seen) if seen.total else [],
        "table": [(line, [(code, n) for code, n in line.numbers]) for line in seen.lines],
        "at": at,
    }
    return render(request, "worklist/overview.html", context)


def _charts(seen: Overview) -> list[charts.Chart]:
    """By agency, by age, and how much was late at the end of each of the last weeks."""
    source = _("市政廳待辦事項")
    ages = dict(Age.choices)
    return [
        charts.horizontal_bars(
            _("各機關逾期的事項"),
            [charts.Point(line.agency.label, line.total) for line in seen.lines[:MOST_BARS]],
            unit=pgettext("to-do", "件"), source=source, first_column=_("機關"),
        ),
        charts.bars(
            _("近12週，每週此時逾期的事項"),
            [charts.Point(f"{day_of(end):%-m/%-d}", number) for end, number in seen.weeks],
            unit=pgettext("to-do", "件"), source=source, first_column=_("日期"),
        ),
        charts.horizontal_bars(
            _("逾期多久"), [charts.Point(str(ages[key]), number) for key, number in seen.ages.items()],
            unit=pgettext("to-do", "件"), source=source, first_column=_("逾期多久"),
        ),
    ]  # fmt: skip


LATE_COLUMNS = (
    gettext_lazy("機關"), gettext_lazy("單位"), gettext_lazy("承辦人"), gettext_lazy("編號"), gettext_lazy("主旨"),
    gettext_lazy("說明"), gettext_lazy("種類"), gettext_lazy("階段"), gettext_lazy("急迫"), gettext_lazy("期限"),
    gettext_lazy("逾期幾天"), gettext_lazy("開始時間"),
)  # fmt: skip


@requires(OVERSEE)
def export_overview(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered list of what is late as a file, masked; that it left is noted."""
    at = timezone.now()
    asked = rules.read_watch(request.GET.dict())
    todos = list(Overview(asked, at).rows.select_related("agency", "unit", "person")[:MOST_EXPORTED])
    kept = asked.without_text().query() + ("&text=…" if asked.text else "")
    new = {"rows": len(todos), "format": kind, "filter": kept, "late": True}
    audit.record("worklist.exported", None, by=_account(request), at=at, new=new)
    name = f"{_('全府逾期事項')}-{day_of(at):%Y%m%d}.{kind}"
    return downloads.sheet(kind, name, [str(one) for one in LATE_COLUMNS], _late_cells(todos, at))


def _late_cells(todos: list[Todo], at: datetime) -> Iterator[tuple[sheets.Cell, ...]]:
    for todo in todos:
        yield (
            todo.agency.label, todo.unit.label if todo.unit else "", todo.person.label if todo.person else "",
            todo.reference, rules.masked(todo.title), rules.masked(todo.detail), str(todo.kind_label),
            str(todo.stage_label), todo.urgent, todo.due_at, rules.days_late(todo.due_at, at), todo.opened_at,
        )  # fmt: skip


# The daily letter


@requires("worklist.use")
@form_once
def daily_letter(request: HttpRequest) -> HttpResponse:
    """When the reader has the letter that lists what is due."""
    account, at = _account(request), timezone.now()
    person = directory.person_of(account)
    if person is None:
        raise PermissionDenied("worklist.use")
    may_refuse = directory.may(account, digest.REFUSE, on=at)
    form = LetterWish(request.POST or None, may_refuse=may_refuse, initial={"rhythm": digest.wish_of(person)})
    if form.is_valid():
        try:
            digest.choose(person=person, rhythm=Rhythm(form.cleaned_data["rhythm"]), by=account, at=at)
        except digest.CannotChoose as refusal:
            form.add_error("rhythm", str(refusal))
        else:
            messages.success(request, _("已儲存。下一封信就照這個選擇。"))
            return redirect("worklist:digest")
    context = {
        "form": form, "may_refuse": may_refuse, "days": digest.soon_days(day_of(at)),
        "address": person.email or account.email,
    }  # fmt: skip
    return render(request, "worklist/digest.html", context)


# Search


@requires("worklist.use")
def search(request: HttpRequest) -> HttpResponse:
    """One box over everything that may be searched, each as far as the officer's rights go."""
    text = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]
    found: list[dict[str, Any]] = []
    if text:
        at = timezone.now()
        for one in registry.searchables():
            hits = one.find(_account(request), text, at, HITS_EACH + 1)
            if hits:
                shown = [(hit, in_language(hit.url)) for hit in hits[:HITS_EACH]]
                found.append({"label": one.label, "hits": shown, "more": len(hits) > HITS_EACH})
        exact = [url for kind in found for hit, url in kind["hits"] if hit.exact]
        if len(exact) == 1:
            return HttpResponseRedirect(exact[0])
    return render(request, "worklist/search.html", {"text": text, "found": found})
