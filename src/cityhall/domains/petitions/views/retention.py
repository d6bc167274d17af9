"""保存期限: what personal data goes this month, how much and why; what is held back; what went."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from cityhall.engines.audit import services as audit
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.requests import account_of
from cityhall.foundation.clock import TAIPEI, day_of
from cityhall.web import charts
from cityhall.web.access import allowed, requires
from cityhall.web.dates import as_date

from .. import removals
from ..forms import retention as forms
from ..models import Petition, Removal, RetentionHold
from ..queries import FULL, is_open_to
from ..removals import KEEP, READ, Ahead
from ..retention import KeptKind, KeptWhere, Stay, months_after
from ..services import retention
from ..states import HoldGround, KeptAs, KeptIn

MOST = 5_000
STAYS = {
    Stay.OPEN: gettext_lazy("併入的案件還沒結案"),
    Stay.HELD: gettext_lazy("保全中"),
    Stay.PROMISED: gettext_lazy("承諾事項還沒完成"),
    Stay.LISTED: gettext_lazy("列管還沒結束"),
    Stay.CHECKED: gettext_lazy("品質抽查還沒結束"),
}


def _asked(request: HttpRequest, today: date) -> tuple[forms.PreviewForm, date, str]:
    """The form, the last day of the month asked for, and the agency; what cannot be read is this month."""
    given = {name: request.GET.get(name, "") for name in ("month", "agency")}
    given["month"] = given["month"] or f"{today:%Y-%m}"
    form = forms.PreviewForm(given, today=today)
    wanted = form.cleaned_data if form.is_valid() else {}
    first = date.fromisoformat(f"{wanted.get('month') or f'{today:%Y-%m}'}-01")
    return form, months_after(first, 1) - timedelta(days=1), wanted.get("agency") or ""


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The preview of a month, the periods, the holds, and the last nights."""
    now = timezone.now()
    today = day_of(now)
    form, last, agency = _asked(request, today)
    ahead = removals.foreseen(last, agency=agency, most=MOST)
    periods = removals.periods_on(last)
    page = Paginator(ahead.fates, 50).get_page(request.GET.get("page"))
    holds = RetentionHold.objects.on(today).select_related("petition__case", "by").order_by("until", "pk")
    context = {
        "form": form,
        "last": last,
        "ahead": ahead,
        "most": MOST,
        "page": page,
        "rows": [(fate, fate.day(periods)) for fate in page],
        "table": _table(ahead),
        "periods": _periods(periods),
        "wheres": [KeptIn(where.value).label for where in KeptWhere],
        "chart": _chart(ahead, last),
        "stays": [(STAYS[stay], n) for stay, n in sorted(ahead.by_stay.items())],
        "held_back": [(fate, STAYS[fate.stay]) for fate in ahead.held_back[:50] if fate.stay],
        "holds": holds,
        "soon": today + timedelta(days=30),
        "nights": _nights(),
        "keeps": allowed(request, KEEP),
        "filtered": bool(agency),
    }
    return render(request, "petitions/desk/retention/list.html", context)


def _table(ahead: Ahead) -> list[tuple[str, list[int]]]:
    rows = [(kind, [ahead.by_place[kind, where] for where in KeptWhere]) for kind in KeptKind]
    return [(str(KeptAs(kind.value).label), counts) for kind, counts in rows if any(counts)]


def _periods(periods: dict[KeptKind, Any]) -> list[tuple[str, list[int]]]:
    return [(str(KeptAs(kind.value).label), [months[where] for where in KeptWhere]) for kind, months in periods.items()]


def _chart(ahead: Ahead, last: date) -> Any:
    """Where it goes, drawn."""
    points = [
        charts.Point(str(KeptIn(where.value).label), n)
        for where in KeptWhere
        if (n := sum(ahead.by_place[kind, where] for kind in KeptKind))
    ]
    if len(points) < 2:
        return None
    return charts.horizontal_bars(
        _("%(month)s要移除個人資料的案件") % {"month": charts.month_name(last)}, points, unit=_("件"),
        source=_("市政廳陳情紀錄"), first_column=_("資料所在"),
    ).figure  # fmt: skip


def _nights() -> list[dict[str, Any]]:
    """What the last nights removed: petitions by day, newest first."""
    rows = (
        Removal.objects.annotate(day=TruncDate("at", tzinfo=TAIPEI))
        .values("day")
        .annotate(petitions=Count("petition", distinct=True), places=Count("pk"))
        .order_by("-day")
    )
    return list(rows[:14])


COLUMNS = (
    gettext_lazy("案件編號"), gettext_lazy("類別"), gettext_lazy("主辦機關"), gettext_lazy("保存類別"),
    gettext_lazy("起算日"), gettext_lazy("移除的資料"), gettext_lazy("最早移除日"), gettext_lazy("暫不移除的原因"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Everything whose time is over by the end of the month, as CSV, ODS or XLSX; written down."""
    now = timezone.now()
    _form, last, agency = _asked(request, day_of(now))
    audit.record("petition.retention_exported", None, by=request.user, at=now, new={"month": f"{last:%Y-%m}"})
    name = f"retention-{last:%Y-%m}-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    return downloads.sheet(kind, name, [str(column) for column in COLUMNS], _cells(last, agency))


def _cells(last: date, agency: str) -> Iterator[list[Any]]:
    periods = removals.periods_on(last)
    for fate in removals.ahead(last, agency=agency):
        yield [
            *_named(fate.petition),
            str(KeptAs(fate.kept.kind.value).label), fate.kept.ended_on, _("、").join(map(str, fate.words)),
            fate.day(periods), str(STAYS[fate.stay]) if fate.stay else "",
        ]  # fmt: skip


def _named(petition: Petition) -> tuple[str, str, str]:
    """Number, category and agency; of what is the ethics office's, no more than that it is."""
    if petition.sealed:
        return _("政風案件"), "", ""
    case, category = petition.case, petition.category
    return case.number or "", category.label if category else "", case.agency.label if case.agency else ""


# ---- 保全 -------------------------------------------------------------------------------------------------------------


@requires(KEEP)
@form_once
def hold(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """保全 one petition's data, or renew a hold."""
    now = timezone.now()
    petition = Petition.objects.select_related(*FULL).filter(case__reference=reference).first()
    if petition is None or not is_open_to(account_of(request), petition, now):
        raise Http404
    held = [
        (HoldGround(one.ground).label, _("保全到%(day)s") % {"day": as_date(one.until)})
        for one in removals.holds_of(petition).on(day_of(now))
    ]
    back = reverse("petitions:record", args=[reference])
    if petition.case.confidential:
        back = reverse("petitions:retention")

    def do(given: dict[str, Any]) -> str:
        retention.hold(petition, **given, by=account_of(request), at=now)
        return _("已保全到%(day)s；在那之前，這件的個人資料不會移除。") % {"day": as_date(given["until"])}

    return act_page(
        request, form=forms.HoldForm(request.POST or None), title=_("保全資料"), button=_("保全"), do=do,
        back=(back, petition.case.number or _("案件")), to=back, refused=retention.CannotHold,
        lead=_("訴訟、國家賠償或調查需要時，先不移除這件案件的個人資料。"), summary=held,
    )  # fmt: skip


@requires(KEEP)
@form_once
def release(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """The hold is needed no longer."""
    now: datetime = timezone.now()
    rows = RetentionHold.objects.select_related("petition__case", "by")
    found = get_object_or_404(rows, reference=reference)
    back = reverse("petitions:retention")

    def do(given: dict[str, Any]) -> str:
        retention.release(found, reason=given["reason"], by=account_of(request), at=now)
        return _("已解除保全。逾期的個人資料會在今晚移除。")

    summary = [
        (_("案件"), found.petition.case.number or ""),
        (_("為了什麼保全"), HoldGround(found.ground).label),
        (pgettext("hold", "說明"), found.reason),
        (_("保全到"), as_date(found.until)),
    ]
    return act_page(
        request, form=forms.ReleaseForm(request.POST or None), title=_("解除資料保全"), button=_("解除保全"), do=do,
        back=(back, _("保存期限")), to=back, refused=retention.CannotHold, summary=summary,
    )  # fmt: skip
