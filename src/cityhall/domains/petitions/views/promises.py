"""承諾事項: what replies have promised, what comes, what is late, and how the agencies keep it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.queries import normal_number
from cityhall.engines.directory import queries as directory
from cityhall.engines.files import downloads
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import requires

from .. import pledges, queries
from ..forms.promises import WORDS, PromiseFilter
from ..models import FollowUp, FollowUpMove
from ..privacy import without_reporter
from ..promises import Keeping

TONES = {Keeping.OVERDUE: "red", Keeping.SOON: "amber", Keeping.KEPT: "", Keeping.KEPT_LATE: "amber"}


def _filtered(request: HttpRequest, at: datetime) -> tuple[PromiseFilter, QuerySet[FollowUp], QuerySet[FollowUp]]:
    everything = pledges.standing(pledges.visible_to(request.user, at), day_of(at))
    form, rows = PromiseFilter(request.GET or None, rows=everything), everything
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            said = wanted["q"].strip()
            rows = rows.filter(Q(petition__case__number=normal_number(said)) | Q(petition__case__title__icontains=said))
        if wanted["keeping"]:
            rows = rows.filter(keeping=wanted["keeping"])
        if wanted["agency"]:
            rows = rows.filter(petition__case__agency__code=wanted["agency"])
        if wanted["moved"]:
            rows = rows.filter(pk__in=FollowUpMove.objects.values("follow_up"))
    return form, pledges.with_everything(rows), everything


@requires("petitions.read")
def index(request: HttpRequest) -> HttpResponse:
    """The promises, the late ones first; each filter is a link."""
    now = timezone.now()
    form, rows, everything = _filtered(request, now)
    counts = dict(everything.order_by().values_list("keeping").annotate(n=Count("pk", distinct=True)))
    agencies = pledges.by_agency(everything)
    late = [charts.Point(one.label, one.overdue) for one in agencies if one.overdue][:12]
    shares = [charts.Point(one.label, round(one.percent, 1)) for one in agencies if one.percent is not None][:12]
    drawn = []
    if len(shares) > 1:
        source = _("市政廳陳情紀錄")
        drawn.append(
            charts.horizontal_bars(
                _("各機關如期完成的比率"), shares, unit="%", source=source, first_column=_("主辦機關")
            )
        )
        if len(late) > 1:
            drawn.append(
                charts.horizontal_bars(
                    _("各機關過期未完成的承諾"), late, unit=_("件"), source=source, first_column=_("主辦機關")
                )
            )
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.words, row.tone = WORDS[Keeping(row.keeping)], TONES.get(Keeping(row.keeping), "blue")
    context = {
        "form": form,
        "page": page,
        "filtered": bool(request.GET),
        "tabs": [(key.value, label, counts.get(key.value, 0)) for key, label in WORDS.items()],
        "agencies": agencies,
        "charts": drawn,
        "today": day_of(now),
        "may_export": bool(directory.reach(request.user, "petitions.export", now)),
    }
    return render(request, "petitions/desk/promises.html", context)


COLUMNS = (
    gettext_lazy("案件編號"), gettext_lazy("主旨"), gettext_lazy("類別"), gettext_lazy("主辦機關"), gettext_lazy("單位"),
    gettext_lazy("承辦人"), gettext_lazy("承諾日"), gettext_lazy("改期次數"), gettext_lazy("情形"), gettext_lazy("完成日"),
    gettext_lazy("完成情形"),
)  # fmt: skip


@requires("petitions.export")
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The filtered promises as CSV, ODS or XLSX, without reporters' data; written down."""
    now = timezone.now()
    _form, rows, _everything = _filtered(request, now)
    mine = queries.visible_to(request.user, now).filter(queries.within(request.user, "petitions.export", now))
    rows = rows.filter(petition__in=mine)
    audit.record("petition.promises_exported", None, by=request.user, at=now, new={"rows": rows.count(), "kind": kind})
    name = f"promises-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    return downloads.sheet(kind, name, [str(one) for one in COLUMNS], _cells(rows))


def _cells(rows: QuerySet[FollowUp]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=500):
        case, category = row.petition.case, row.petition.category
        yield [
            case.number, case.title, category.label if category else "", case.agency.label if case.agency else "",
            case.unit.label if case.unit else "", case.officer.label if case.officer else "", row.promised_on,
            row.times_moved, str(WORDS[Keeping(row.keeping)]), day_of(row.kept_at) if row.kept_at else None,  # type: ignore[attr-defined]
            without_reporter(row.proof, case.requester),
        ]  # fmt: skip
