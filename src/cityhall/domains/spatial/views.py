"""空間圖資 at the desk: the catalogue with its layers, and the systems and projects that read them."""

from __future__ import annotations

import uuid
from calendar import monthrange
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.identity.handing_over import hand_over, handed_over
from cityhall.engines.identity.requests import account_of
from cityhall.engines.identity.views.account import confirmed
from cityhall.engines.tables import published
from cityhall.foundation.clock import day_of
from cityhall.web import charts
from cityhall.web.access import allowed, requires

from . import forms, queries, rules, services
from .handing_in import HAND_IN
from .models import Client, Grant, Layer, LayerFile
from .refusals import CannotList
from .states import FileState, Operation, Rights

READ, MANAGE = "spatial.read", "spatial.manage"


def agencies() -> QuerySet[Agency]:
    """The agencies that may supply a layer or ask for one."""
    return Agency.objects.filter(closed_on=None).order_by("order", "code")


def people() -> QuerySet[Person]:
    """The officers who may look after one."""
    return Person.objects.filter(account__is_active=True).order_by("name", "pk")


# ---- layers ----------------------------------------------------------------------------------------------------------


def seen(request: HttpRequest, *, gone: bool = False) -> QuerySet[Layer]:
    """The layers that this officer may know of: named ones, and those that were withdrawn, only the keepers."""
    rows = Layer.objects.filter(withdrawn_on__isnull=not gone).select_related("agency", "owner")
    if allowed(request, MANAGE):
        return rows
    return rows.none() if gone else rows.exclude(rights=Rights.NAMED)


def _narrowed(request: HttpRequest) -> tuple[forms.LayerFilter, QuerySet[Layer]]:
    rows = seen(request, gone=request.GET.get("gone") == "1")
    agencies = Agency.objects.filter(pk__in=rows.order_by().values("agency")).order_by("order", "code")
    form = forms.LayerFilter(request.GET or None, agencies=agencies, keeper=allowed(request, MANAGE))
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        if words := given["q"].strip():
            rows = rows.filter(Q(title__icontains=words) | Q(title_en__icontains=words) | Q(code__icontains=words))
        for name, field in (("theme", "theme"), ("rights", "rights"), ("agency", "agency__code")):
            rows = rows.filter(**{field: given[name]}) if given[name] else rows
    return form, rows


@requires(READ)
def layers(request: HttpRequest) -> HttpResponse:
    """The catalogue by theme, narrowed by the form."""
    form, rows = _narrowed(request)
    today, manages = day_of(timezone.now()), allowed(request, MANAGE)
    there = [(one, rules.is_stale(one.upkeep, one.dated_on, today)) for one in rows]
    context = {
        "form": form, "filtered": bool(request.GET), "rows": there, "manages": manages,
        "hands_in": allowed(request, HAND_IN),
        "waiting": LayerFile.objects.filter(state=FileState.READ).count() if manages else 0,
        "unlisted": len(queries.unlisted()) if manages else 0, "chart": _by_agency([one for one, _stale in there]),
    }  # fmt: skip
    return render(request, "spatial/layers.html", context)


def _by_agency(rows: list[Layer]) -> charts.Chart | None:
    counts: dict[str, int] = {}
    for one in rows:
        counts[one.agency.label] = counts.get(one.agency.label, 0) + 1
    if len(counts) < 2:
        return None
    points = [charts.Point(name, n) for name, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
    return charts.horizontal_bars(
        _("各機關提供的圖資"), points, unit=_("種"), source=_("市政廳空間圖資目錄"), first_column=_("提供機關")
    )


COLUMNS = (
    gettext_lazy("代碼"), gettext_lazy("圖資名稱"), gettext_lazy("英文名稱"), gettext_lazy("主題"), gettext_lazy("提供機關"),
    gettext_lazy("維護人員"), gettext_lazy("使用權限"), gettext_lazy("授權方式"), gettext_lazy("比例尺分母"),
    gettext_lazy("資料日期"), gettext_lazy("更新頻率"), gettext_lazy("登錄日"),
)  # fmt: skip


@requires(READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The narrowed catalogue as CSV, ODS or XLSX; written down."""
    _form, rows = _narrowed(request)
    found = [
        [
            one.code, one.title, one.title_en, one.get_theme_display(), one.agency.label, str(one.owner or ""),
            one.get_rights_display(), one.get_licence_display(), one.scale, one.dated_on, one.get_upkeep_display(),
            one.listed_on,
        ]
        for one in rows
    ]  # fmt: skip
    new = {"rows": len(found), "kind": kind}
    audit.record("spatial.exported", None, by=request.user, at=timezone.now(), new=new)
    return downloads.sheet(kind, f"spatial-layers.{kind}", [str(one) for one in COLUMNS], found)


@requires(READ)
def layer(request: HttpRequest, code: str) -> HttpResponse:
    """One layer: what is said of it, its columns, who reads it by name."""
    one = get_object_or_404(seen(request) | seen(request, gone=True), code=code)
    manages = allowed(request, MANAGE)
    shown = next((each for each in queries.catalogue() if each.layer.pk == one.pk), None)
    absences = one.absences.all() if manages else ()
    grants = one.grants.filter(ended_on=None).select_related("client__agency") if manages else ()
    context = {
        "one": one, "manages": manages, "absences": absences, "columns": shown.source.columns if shown else (), "grants": grants,
        "stale": rules.is_stale(one.upkeep, one.dated_on, day_of(timezone.now())),
        "about": one.about or (str(shown.source.about) if shown else ""), "named": one.rights == Rights.NAMED,
        "open_data": published.get(one.resource) if one.resource else None,
    }  # fmt: skip
    return render(request, "spatial/layer.html", context)


@requires(MANAGE)
@form_once
def list_layer(request: HttpRequest) -> HttpResponse:
    """Put a declared layer into the catalogue."""
    now = timezone.now()
    posted = request.POST if request.method == "POST" else None
    first = {"dated_on": day_of(now)}
    form = forms.LayerForm(posted, sources=queries.unlisted(), agencies=agencies(), people=people(), initial=first)

    def do(given: dict[str, Any]) -> str:
        services.list_layer(given["code"], by=request.user, at=now, **form.given())
        return _("已登錄圖資。")

    here = reverse("spatial:layers")
    return act_page(
        request, form=form, title=_("登錄空間圖資"), button=_("登錄"), do=do, back=(here, _("空間圖資")), to=here,
        refused=CannotList, lead=_("登錄以後，有權限的人和系統馬上查得到。"),
    )  # fmt: skip


def _present(one: Layer) -> dict[str, Any]:
    names = ("title", "title_en", "about", "theme", "rights", "licence", "scale", "dated_on", "upkeep")
    told = {name: getattr(one, name) for name in names}
    return told | {"agency": str(one.agency_id), "owner": str(one.owner_id or "")}


@requires(MANAGE)
@form_once
def change_layer(request: HttpRequest, code: str) -> HttpResponse:
    """Say something else of a layer."""
    one, now = get_object_or_404(seen(request), code=code), timezone.now()
    posted = request.POST if request.method == "POST" else None
    form = forms.LayerForm(posted, sources=None, agencies=agencies(), people=people(), initial=_present(one))

    def do(given: dict[str, Any]) -> str:
        services.change_layer(one, by=request.user, at=now, **form.given())
        return _("圖資的說明已更新。")

    here = reverse("spatial:layer", args=[code])
    return act_page(
        request, form=form, title=_("修改圖資說明"), button=_("儲存"), do=do, back=(here, str(one)), to=here,
        refused=CannotList,
    )  # fmt: skip


@requires(MANAGE)
@form_once
def withdraw_layer(request: HttpRequest, code: str) -> HttpResponse:
    """Take a layer out of the catalogue."""
    one, now = get_object_or_404(seen(request), code=code), timezone.now()
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.withdraw_layer(one, why=given["reason"], by=request.user, at=now)
        return _("已下架圖資。")

    here = reverse("spatial:layer", args=[code])
    return act_page(
        request, form=form, title=_("下架空間圖資"), button=_("下架"), do=do, back=(here, str(one)),
        to=reverse("spatial:layers"), refused=CannotList, lead=_("下架以後誰都查不到；以前的使用次數會留著。"),
    )  # fmt: skip


@requires(MANAGE)
@form_once
def bring_back(request: HttpRequest, code: str) -> HttpResponse:
    """Put a withdrawn layer into the catalogue again."""
    one, now = get_object_or_404(seen(request, gone=True), code=code), timezone.now()
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.bring_back(one, why=given["reason"], by=account_of(request), at=now)
        return _("已恢復圖資。")

    here = reverse("spatial:layer", args=[code])
    return act_page(
        request, form=form, title=_("恢復下架的圖資"), button=_("恢復"), do=do, back=(here, str(one)), to=here,
        refused=CannotList, lead=_("恢復以後馬上查得到，權限和授權照舊；下架的期間會留在紀錄裡。"),
        summary=[(_("下架的理由"), one.why)],
    )  # fmt: skip


# ---- clients ---------------------------------------------------------------------------------------------------------


@requires(MANAGE)
def clients(request: HttpRequest) -> HttpResponse:
    """Systems and projects, with how they stand today."""
    today = day_of(timezone.now())
    rows = [
        (one, rules.is_live(starts_on=one.starts_on, ends_on=one.ends_on, day=today))
        for one in Client.objects.select_related("agency", "contact", "program")
    ]
    return render(request, "spatial/clients.html", {"rows": rows})


def _client(reference: uuid.UUID) -> Client:
    rows = Client.objects.select_related("agency", "contact", "program")
    return get_object_or_404(rows, reference=reference)


@requires(MANAGE)
def client(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """One client: its quota, what it may read, its months."""
    one = _client(reference)
    now = timezone.now()
    months = queries.months(one)
    points = [charts.Point(month.strftime("%Y-%m"), calls) for month, calls in reversed(months[:12])]
    chart = None
    if len(points) > 1:
        chart = charts.bars(
            _("每月查詢次數"), points, unit=_("次"), source=_("市政廳空間圖資服務"), first_column=_("月份")
        )
    context = {
        "one": one, "months": [(month, month.strftime("%Y-%m"), calls) for month, calls in months], "chart": chart,
        "new_key": handed_over(request, f"spatial:{one.pk}"),
        "grants": one.grants.filter(ended_on=None).select_related("layer"),
        "live": rules.is_live(starts_on=one.starts_on, ends_on=one.ends_on, day=day_of(now)),
        "open": one.program.revoked_at is None,
    }  # fmt: skip
    return render(request, "spatial/client.html", context)


@requires(MANAGE)
@confirmed
@form_once
def add_client(request: HttpRequest) -> HttpResponse:
    """A system or a project; its key is shown once on its page."""
    now = timezone.now()
    posted = request.POST if request.method == "POST" else None
    form = forms.ClientForm(posted, agencies=agencies(), people=people(), initial={"starts_on": day_of(now)})
    here = reverse("spatial:clients")

    def do(given: dict[str, Any]) -> str:
        made, key = services.add_client(by=request.user, at=now, **form.given())
        hand_over(request, f"spatial:{made.pk}", key)
        return _("已新增介接對象，請到它的頁面抄下金鑰。")

    return act_page(
        request, form=form, title=_("新增空間介接對象"), button=_("新增"), do=do, back=(here, _("空間介接對象")), to=here,
        refused=CannotList, lead=_("公開的圖資都可以查；其他圖資在新增以後逐一授權。"),
    )  # fmt: skip


@requires(MANAGE)
@confirmed
@form_once
def new_key(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Another key; the old ones work on for some days."""
    one, now = _client(reference), timezone.now()
    form = forms.SureForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        hand_over(request, f"spatial:{one.pk}", services.new_key(one, by=request.user, at=now))
        return _("已換發金鑰。")

    return _act(
        request, one, form=form, title=_("換發金鑰"), button=_("換發"), do=do,
        lead=_("舊金鑰還可以用幾天，讓系統慢慢換。"),
    )  # fmt: skip


def _act(request: HttpRequest, one: Client, **given: Any) -> HttpResponse:
    here = reverse("spatial:client", args=[one.reference])
    return act_page(request, back=(here, one.name), to=here, refused=CannotList, **given)


@requires(MANAGE)
@form_once
def end_client(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """End a client with its keys."""
    one, now = _client(reference), timezone.now()
    form = forms.SureForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.end_client(one, by=account_of(request), at=now)
        return _("介接對象已停用，所有金鑰都失效了。")

    return _act(
        request, one, form=form, title=_("停用空間介接對象"), button=_("停用"), do=do,
        lead=_("停用以後不能恢復，要用請重新新增。月報表會留著。"),
    )  # fmt: skip


@requires(MANAGE)
@form_once
def grant(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Let a client read a layer."""
    one, now = _client(reference), timezone.now()
    held = one.grants.filter(ended_on=None).values("layer")
    layers = Layer.objects.filter(withdrawn_on=None).exclude(rights=Rights.PUBLIC).exclude(pk__in=held)
    form = forms.GrantForm(request.POST if request.method == "POST" else None, layers=layers)

    def do(given: dict[str, Any]) -> str:
        services.grant(one, form.layers[given["layer"]], purpose=given["purpose"], by=request.user, at=now)
        return _("已授權。")

    return _act(request, one, form=form, title=_("授權使用圖資"), button=_("授權"), do=do)


@requires(MANAGE)
@form_once
def end_grant(request: HttpRequest, reference: uuid.UUID, pk: int) -> HttpResponse:
    """Take a grant back."""
    one, now = _client(reference), timezone.now()
    held = get_object_or_404(Grant.objects.select_related("layer", "client"), pk=pk, client=one, ended_on=None)
    form = forms.SureForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.end_grant(held, by=request.user, at=now)
        return _("已收回授權。")

    return _act(
        request, one, form=form, title=_("收回圖資的授權"), button=_("收回"), do=do,
        summary=[(_("圖資"), str(held.layer)), (_("使用目的"), held.purpose)],
    )  # fmt: skip


STATEMENT = (gettext_lazy("代碼"), gettext_lazy("圖資名稱"), pgettext_lazy("calls", "合計"))


@requires(MANAGE)
def statement(request: HttpRequest, reference: uuid.UUID, month: str, kind: str) -> HttpResponseBase:
    """A client's month by layer, as CSV, ODS or XLSX; written down."""
    one = _client(reference)
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Http404 from None
    lines = queries.statement(one, first, first.replace(day=monthrange(first.year, first.month)[1]))
    headings = [*map(str, STATEMENT), *(str(each.label) for each in Operation)]
    rows = [[line.code, line.title, line.total, *(line.calls.get(each, 0) for each in Operation)] for line in lines]
    new = {"month": month, "kind": kind}
    audit.record("spatial.statement_exported", one, by=request.user, at=timezone.now(), new=new)
    return downloads.sheet(kind, f"spatial-{month}.{kind}", headings, rows)
