"""每月摘要: the archive, a page for each, the petitions behind its figures, and sending it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.engines.letters import queries as letters
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.foundation.period import NotAPeriod, Period
from cityhall.web import charts
from cityhall.web.access import allowed, requires
from cityhall.web.charts import month_name

from .. import queries
from .. import statistics as counting
from ..digests import FINAL_LATE, FIRST_LATE, HOPS, REDO, Compared, share
from ..forms.digest import DigestFilter, OtherwiseForm
from ..models import AgencyDigest, Petition
from ..services import digest as digests
from ..services.digest import CannotSendDigest
from ..states import Delivery

READ = "petitions.statistics"
SEND = "petitions.digest.send"
TONES = {Delivery.WAITING: "grey", Delivery.SENT: "", Delivery.LOST: "red", Delivery.OTHERWISE: "grey"}


@dataclass(frozen=True)
class Named:
    """What a figure is called, and what it is of."""

    label: Any
    of_label: Any
    about: Any


OWN = {
    FIRST_LATE: Named(
        gettext_lazy("初步回復逾期"), gettext_lazy("該初步回復的"), gettext_lazy("有初步回復，但期限已經過了。"),
    ),
    FINAL_LATE: Named(
        gettext_lazy("正式回復逾期"), gettext_lazy("該正式回復的"), gettext_lazy("有正式回復，但期限已經過了。"),
    ),
    HOPS: Named(
        gettext_lazy("本機關退回改分"), gettext_lazy("曾分到本機關的"),
        gettext_lazy("這個月成案、曾分到本機關，本機關退回改分的；現在在哪個機關都算。"),
    ),
    REDO: Named(
        gettext_lazy("品質抽查退回重辦"), "",
        gettext_lazy("這個月裡，品質抽查退回請本機關重新回復的；不論哪個月成案。"),
    ),
}  # fmt: skip
MEASURES: dict[str, Any] = {**counting.BY_CODE, **OWN}


def _visible(request: HttpRequest, at: datetime) -> QuerySet[AgencyDigest]:
    """The commission sees all, an agency its own and those of the agencies whose place it took."""
    reach = directory.reach(account_of(request), READ, at)
    rows = AgencyDigest.objects.with_delivery().select_related("frozen", "agency__successor")
    return rows if reach.everywhere else rows.filter(agency__in=reach.agencies)


def _filtered(
    request: HttpRequest, at: datetime
) -> tuple[DigestFilter, QuerySet[AgencyDigest], QuerySet[AgencyDigest]]:
    everything = _visible(request, at)
    months = everything.order_by("-frozen__month").values_list("frozen__month", flat=True).distinct()
    agencies = Agency.objects.filter(pk__in=everything.order_by().values("agency")).order_by("order", "code")
    form = DigestFilter(
        request.GET or None, months=[(f"{one:%Y-%m}", month_name(one)) for one in months],
        agencies=[(one.code, one.label) for one in agencies],
    )  # fmt: skip
    rows = everything
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["month"]:
            rows = rows.filter(frozen__month=Period.parse(wanted["month"]).first_day)
        if wanted["agency"]:
            rows = rows.filter(agency__code=wanted["agency"])
        if wanted["sent"]:
            rows = rows.filter(delivery=wanted["sent"])
    return form, rows.order_by("-frozen__month", "agency__order", "agency__code"), everything


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The archive, the newest month first."""
    now = timezone.now()
    form, rows, everything = _filtered(request, now)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "lines": [_listed(digest, lines) for digest, lines in digests.compared(page.object_list)],
        "filtered": bool(request.GET),
        "lost": everything.filter(delivery=Delivery.LOST).count(),
        "nth": parameter("petitions.digest_working_day", on=day_of(now)).value,
        "everywhere": directory.reach(account_of(request), READ, now).everywhere,
    }
    return render(request, "petitions/desk/digest/list.html", context)


def _listed(digest: AgencyDigest, lines: list[Compared]) -> dict[str, Any]:
    """A line of the archive: the month's three figures that tell most."""
    figures = {one.code: one.now for one in lines}
    late = sum(figures[code].number for code in (FIRST_LATE, FINAL_LATE, "overdue"))
    return {
        "digest": digest, "name": month_name(digest.frozen.month), "slug": _slug(digest),
        "received": figures["received"].number, "in_time": share(figures["final_in_time"]), "late": late,
        **_standing(digest),
    }  # fmt: skip


def _standing(digest: AgencyDigest) -> dict[str, Any]:
    delivery = Delivery(digest.delivery)  # type: ignore[attr-defined]
    return {"delivery": delivery, "tone": TONES[delivery]}


def _slug(digest: AgencyDigest) -> str:
    return f"{digest.frozen.month:%Y-%m}"


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered digests with their figures as a sheet, a row for each figure; that it left is written down."""
    now = timezone.now()
    _form, rows, _everything = _filtered(request, now)
    audit.record("petition.digests_exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    headings = [_("月份"), _("機關"), _("統計"), _("件數"), _("分母"), _("上個月"), _("上個月分母"), _("寄送情形")]
    return downloads.sheet(kind, f"digests-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}", headings, _cells(rows))


def _cells(rows: QuerySet[AgencyDigest]) -> Iterator[list[Any]]:
    for row, lines in digests.compared(rows.iterator(chunk_size=500)):
        delivery = str(_standing(row)["delivery"].label)
        for one in lines:
            before = one.before
            yield [
                _slug(row), row.agency.label, str(MEASURES[one.code].label), one.now.number, one.now.whole,
                before.number if before else None, before.whole if before else None, delivery,
            ]  # fmt: skip


def _one(request: HttpRequest, month: str, code: str, at: datetime) -> AgencyDigest:
    try:
        first = Period.parse(month).first_day
    except NotAPeriod as problem:
        raise Http404 from problem
    found = _visible(request, at).filter(frozen__month=first, agency__code=code).first()
    if found is None or _slug(found) != month:
        raise Http404
    return found


@dataclass(frozen=True)
class Row:
    """A line of the page."""

    one: Compared
    named: Any
    share: float | None
    share_before: float | None


@requires(READ)
def one(request: HttpRequest, month: str, code: str) -> HttpResponse:
    """An agency's month beside the month before: as it was sent, to whom, and what did not arrive."""
    now = timezone.now()
    digest = _one(request, month, code, now)
    ((_digest, lines),) = digests.compared([digest])
    carried_on, _unit = directory.carried_on(digest.agency, None, on=day_of(now))
    context = {
        "digest": digest,
        "month": month_name(digest.frozen.month),
        "slug": month,
        "rows": [Row(line, MEASURES[line.code], share(line.now), share(line.before)) for line in lines],
        "known_before": any(line.before for line in lines),
        "charts": _charts(digest),
        "sendings": digest.sendings.select_related("by").order_by("-n"),
        "letters": letters.about(digest).order_by("-pk"),
        "successor": carried_on if carried_on != digest.agency else None,
        "to": carried_on,
        "may_send": allowed(request, SEND),
        "may_letters": allowed(request, "letters.list"),
        "may_directory": allowed(request, "directory.read"),
        **_standing(digest),
    }
    return render(request, "petitions/desk/digest/one.html", context)


def _charts(digest: AgencyDigest) -> list[charts.Chart]:
    """How many were opened each month, and which share was answered in time, as far as months are printed."""
    received = [(month, number) for month, number, _of in digests.trend(digest, measure="received")]
    if len(received) < 2:
        return []
    source = _("定版的統計，依成案月份")
    drawn = [charts.bar_by_month(_("每月成案"), received, unit=_("件"), source=source, average=False)]
    in_time = digests.trend(digest, measure="final_in_time")
    shares = [(month, round(number * 100 / of, 1)) for month, number, of in in_time if of]
    if len(shares) > 1:
        drawn.append(charts.line(_("正式回復準時的比率"), shares, unit="%", source=source, places=1))
    return drawn


@requires(READ)
def behind(request: HttpRequest, month: str, code: str, measure: str) -> HttpResponse:
    """The very petitions that a printed figure counts; those that the reader may not open are only counted."""
    now = timezone.now()
    digest = _one(request, month, code, now)
    figure = digests.figures_of(digest).get(measure)
    if figure is None:
        raise Http404
    keys = sorted(figure.keys)
    visible = queries.visible_to(account_of(request), now)
    readable = {key for n in range(0, len(keys), 500) for key in _readable(visible, keys[n : n + 500])}
    shown = [key for key in reversed(keys) if key in readable]
    page = Paginator(shown, 50).get_page(request.GET.get("page"))
    found = Petition.objects.select_related("case__agency", "category").in_bulk(list(page.object_list))
    context = {
        "digest": digest,
        "month": month_name(digest.frozen.month),
        "slug": month,
        "named": MEASURES[measure],
        "figure": figure,
        "page": page,
        "petitions": [found[key] for key in page.object_list],
        "hidden": figure.number - len(shown),
    }
    return render(request, "petitions/desk/digest/behind.html", context)


def _readable(visible: QuerySet[Petition], keys: list[int]) -> QuerySet[Any]:
    return visible.filter(pk__in=keys).values_list("pk", flat=True)


@requires(SEND)
@require_POST
@form_once
def send(request: HttpRequest, month: str, code: str) -> HttpResponse:
    """Send it once more."""
    now = timezone.now()
    digest = _one(request, month, code, now)
    try:
        n = digests.send_again(digest, by=account_of(request), at=now)
        messages.success(request, _("已再寄一次，共 %(n)s 封。") % {"n": n})
    except CannotSendDigest as refusal:
        messages.warning(request, refusal.sentence)
    return HttpResponseRedirect(reverse("petitions:digest", args=[month, code]))


@requires(SEND)
@form_once
def otherwise(request: HttpRequest, month: str, code: str) -> HttpResponse:
    """Write down how the agency has got what did not arrive."""
    now = timezone.now()
    digest = _one(request, month, code, now)
    name = _("%(agency)s %(month)s摘要") % {"agency": digest.agency.label, "month": month_name(digest.frozen.month)}
    back = reverse("petitions:digest", args=[month, code])

    def do(given: dict[str, Any]) -> str:
        digests.told_otherwise(digest, **given, by=account_of(request), at=now)
        return _("已記下，不再列入待辦。")

    return act_page(
        request, form=OtherwiseForm(request.POST or None), title=_("%(name)s：另行送達") % {"name": name},
        button=_("記下"), do=do, back=(back, name), to=back, refused=CannotSendDigest,
        lead=_("信件沒有寄達，已用別的方式送到，或是不必送了。"),
    )  # fmt: skip
