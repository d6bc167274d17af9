"""The report as pages: to read, for any period, as documents, issued, and what has changed since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cityhall.engines.figures import asking, queries
from cityhall.engines.figures.asking import CannotReadPeriod
from cityhall.engines.figures.models import Issue
from cityhall.engines.figures.queries import Difference
from cityhall.engines.figures.services import CannotIssue
from cityhall.engines.figures.templatetags.figures import period_query
from cityhall.engines.idempotency.views import form_once
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import Period
from cityhall.report import services
from cityhall.report.documents import FORMATS, CannotMakeDocument, about, not_built, text_of
from cityhall.report.edition import Edition, slots
from cityhall.report.forms import IssueForm
from cityhall.report.sections import CHAPTERS, Section, section
from cityhall.web.access import allowed, public, requires
from cityhall.web.context import language
from cityhall.web.errors import Unavailable

MOST_ISSUES = 20
MOST_ROWS_NAMED = 200


def _period(request: HttpRequest, *, at: datetime) -> Period:
    """The period asked for, with both its ends; the running year up to today where none is.

    Raises CannotReadPeriod.
    """
    period = asking.period_of(request.GET.get("from", ""), request.GET.get("to", ""), at=at)
    if period.first_day is None:
        raise CannotReadPeriod(_("報告需要開始的日子。請選「從」哪一個月。"))
    if period.first_day > day_of(at):
        raise CannotReadPeriod(_("這段期間還沒有開始。請選已經開始的期間。"))
    return period.until(day_of(at))


# --- reading ----------------------------------------------------------------------------------------------------------


@public
def home(request: HttpRequest) -> HttpResponse:
    """The whole report for a period: every built section, the others named."""
    at = timezone.now()
    try:
        return _read(request, Edition(_period(request, at=at), at))
    except CannotReadPeriod as refusal:
        edition = Edition(queries.running_year(at).until(day_of(at)), at)
        return _read(request, edition, problem=refusal.sentence)


@public
def one_section(request: HttpRequest, number: str) -> HttpResponse:
    """One section, for a period."""
    at = timezone.now()
    try:
        return _read(request, Edition(_period(request, at=at), at), _found(number))
    except CannotReadPeriod as refusal:
        edition = Edition(queries.running_year(at).until(day_of(at)), at)
        return _read(request, edition, _found(number), problem=refusal.sentence)


@public
def issued(request: HttpRequest, pk: int, number: str = "") -> HttpResponse:
    """An issued report, or one section of it, with the numbers as they were given out."""
    issue = get_object_or_404(Issue, pk=pk)
    return _read(request, Edition(issue.period, timezone.now(), issue), _found(number) if number else None)


def _found(number: str) -> Section:
    found = section(number)
    if found is None:
        raise Http404
    return found


def _read(request: HttpRequest, edition: Edition, only: Section | None = None, problem: str = "") -> HttpResponse:
    period = edition.period
    assert period
    level = 2 if only else 3
    texts = {
        one.number: text_of(one, edition, medium="page", level=level)
        for chapter in CHAPTERS
        for one in chapter.built
        if only is None or one == only
    }
    context = {
        "edition": edition,
        "about": about(edition),
        "only": only,
        "chapters": [
            (chapter, [texts.get(one.number) for one in chapter.built], not_built(chapter)) for chapter in CHAPTERS
        ],
        "text": texts.get(only.number) if only else None,
        "later": edition.later(only) if only and not only.is_built else [],
        "problem": problem,
        "from_choices": asking.month_choices(period.first_day, at=edition.at, ends=False),
        "to_choices": asking.month_choices(period.last_day, at=edition.at, ends=True),
        "issues": list(Issue.objects.all()[:MOST_ISSUES]),
        "downloads": _downloads(edition),
        "query": "" if edition.issue else period_query(period),
        "may_issue": allowed(request, "report.issue"),
        "crumbs": _crumbs(edition, only),
    }
    return render(request, "report/report.html", context, status=400 if problem else 200)


def _crumbs(edition: Edition, only: Section | None) -> list[tuple[str, str]]:
    crumbs = [(_("工作報告"), reverse("report:home"))]
    if edition.issue:
        crumbs.append((issue_name(edition.issue), reverse("report:issued", args=[edition.issue.pk])))
    if only:
        return [*crumbs, (f"{only.number} {only.name}", "")]
    return [*crumbs[:-1], (crumbs[-1][0], "")]


def issue_name(issue: Issue) -> str:
    """What an issued report is called where several stand together: its period, and its edition from the second on."""
    name = issue.period.label(language())
    return name if issue.edition == 1 else f"{name} {_('第%(edition)s版') % {'edition': issue.edition}}"


def _downloads(edition: Edition) -> list[tuple[str, str]]:
    if edition.issue:
        return [(name.upper(), reverse("report:issued_download", args=[edition.issue.pk, name])) for name in FORMATS]
    assert edition.period
    query = period_query(edition.period)
    return [(name.upper(), reverse("report:download", args=[name]) + query) for name in FORMATS]


# --- documents --------------------------------------------------------------------------------------------------------


@public
def download(request: HttpRequest, name: str) -> HttpResponse:
    """The report as a file, for a period."""
    at = timezone.now()
    try:
        edition = Edition(_period(request, at=at), at, absolute=_site(request))
    except CannotReadPeriod:
        raise Http404 from None
    return _file(edition, name)


@public
def issued_download(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """An issued report as a file."""
    issue = get_object_or_404(Issue, pk=pk)
    return _file(Edition(issue.period, timezone.now(), issue, absolute=_site(request)), name)


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _file(edition: Edition, name: str) -> HttpResponse:
    if name not in FORMATS:
        raise Http404
    build, mime = FORMATS[name]
    try:
        content = build(edition)
    except CannotMakeDocument as refusal:
        raise Unavailable(refusal.sentence) from None
    assert edition.period
    number = f"_no{edition.issue.edition}" if edition.issue else ""
    stem = (
        f"report_{edition.period.first_day}_{edition.period.last_day}{number}_{'en' if language() == 'en' else 'zh-TW'}"
    )
    response = HttpResponse(content, content_type=mime)
    response["Content-Disposition"] = f'attachment; filename="{stem}.{name}"'
    return response


# --- issuing ----------------------------------------------------------------------------------------------------------


@requires("report.issue")
@form_once
def issue(request: HttpRequest) -> HttpResponse:
    """Give the report out: its values are shown first, then frozen."""
    at = timezone.now()
    try:
        period = _period(request, at=at)
    except CannotReadPeriod:
        return HttpResponseRedirect(reverse("report:home"))
    form = IssueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.issue_report(period=period, note=form.cleaned_data["note"], by=request.user, at=at)
        except CannotIssue as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, _("報告已發布，數字從現在起凍結。"))
            return HttpResponseRedirect(reverse("report:issued", args=[made.pk]))
    wanted = {(slot.figure, slot.of) for slot in slots(period) if slot.period == period}
    found = [one for key, of in sorted(wanted) if (one := queries.value_or_none(key, period, of, at=at))]
    context = {
        "form": form,
        "period": period,
        "values": found,
        "query": period_query(period),
        "earlier": Issue.objects.filter(period_spec=period.spec).count(),
        "crumbs": [(_("工作報告"), reverse("report:home") + period_query(period)), (_("發布報告"), "")],
    }
    return render(request, "report/issue.html", context, status=422 if form.is_bound and form.errors else 200)


@public
def changes(request: HttpRequest, pk: int) -> HttpResponse:
    """What the records say today where they no longer give the issued number: which rows came, which left."""
    found = get_object_or_404(Issue, pk=pk)
    at = timezone.now()
    account = request.user if allowed(request, "figures.rows.read") else None
    context = {
        "issue": found,
        "differences": [
            (one, _named(one, one.added, account, at), _named(one, one.left, account, at))
            for one in queries.differences(found, at=at)
        ],
        "at": at,
        "crumbs": [
            (_("工作報告"), reverse("report:home")),
            (issue_name(found), reverse("report:issued", args=[found.pk])),
            (_("發布後的變動"), ""),
        ],
    }
    return render(request, "report/changes.html", context)


def _named(one: Difference, ids: Any, account: Any, at: datetime) -> dict[str, Any]:
    """The rows that the reader may see by their first column, and how many are withheld or gone."""
    view = one.now.view
    if not ids or view is None:
        return {"names": [], "more": len(ids)}
    model: type[Model] = view.model
    found = view.visible(model._default_manager.filter(pk__in=ids[:MOST_ROWS_NAMED]), account=account, at=at)
    names = [str(view.columns[0].value(row)) for row in view.listed(found)]
    return {"names": names, "more": len(ids) - len(names)}
