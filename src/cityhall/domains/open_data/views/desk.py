"""開放資料 at the desk: the agency's datasets, the metadata form, resources with their versions, review, lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cityhall.engines.audit import services as audit
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.idempotency.acting import act_page
from cityhall.engines.idempotency.views import form_once
from cityhall.engines.tables.reading import KIND_NAMES
from cityhall.engines.tables.rules import Kind
from cityhall.engines.textsearch import queries as textsearch
from cityhall.engines.worklist.services import mark_seen_by
from cityhall.foundation.clock import day_of
from cityhall.web.access import allowed, requires

from .. import chasing, forms, intake, listing, queries, rules, services
from ..models import Dataset, ListedCount, Resource, ResourceVersion
from ..queries import AGREE, EDIT, IMPORT, PUBLISH, READ, WITHDRAW
from ..refusals import CannotCatalogue
from ..requesting import MODERATE
from ..states import State, TableState
from .quality import checks as quality_checks

A_PAGE = 50


# ---- the list --------------------------------------------------------------------------------------------------------


def _filtered(request: HttpRequest, at: datetime) -> tuple[forms.DatasetFilter, QuerySet[Dataset]]:
    mine = Dataset.objects.filter(queries.within(request.user, READ, at))
    agencies = Agency.objects.filter(pk__in=mine.order_by().values("agency")).order_by("order", "code")
    form, rows = forms.DatasetFilter(request.GET or None, agencies=agencies), mine
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        rows = textsearch.matching(rows, rules.joined(wanted["q"]))
        for name, column in (("agency", "agency__code"), ("state", "state"), ("category", "category__code")):
            rows = rows.filter(**{column: wanted[name]}) if wanted[name] else rows
        rows = rows.filter(pk__in=chasing.late(day_of(at)).values("pk")) if wanted["updated"] else rows
    return form, rows


@requires(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The datasets that somebody may read, the newest change first."""
    now = timezone.now()
    form, rows = _filtered(request, now)
    rows = rows.select_related("agency", "category").order_by("-modified_at", "-pk")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    shown = [one.pk for one in page.object_list]
    context = {
        "form": form,
        "filtered": any(request.GET.values()),
        "page": page,
        "late": set(chasing.late(day_of(now)).filter(pk__in=shown).values_list("pk", flat=True)),
        "edits": allowed(request, EDIT),
        "imports": allowed(request, IMPORT),
        "moderates": allowed(request, MODERATE),
    }
    return render(request, "open_data/desk/list.html", context)


def _month(request: HttpRequest) -> date:
    """The month of the counts: the one asked for, else the newest that there is."""
    try:
        return date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        last = ListedCount.objects.order_by("-month").values_list("month", flat=True).first()
        return last or day_of(timezone.now()).replace(day=1)


@requires(READ)
def export(request: HttpRequest) -> HttpResponseBase:
    """The filtered datasets in the portal's columns; written down."""
    now = timezone.now()
    _form, rows = _filtered(request, now)
    audit.record("open_data.exported", None, by=request.user, at=now, new={"rows": rows.count()})
    month = _month(request)
    return downloads.sheet("csv", "datasets.csv", listing.heading(month), listing.rows(month, rows))


@requires(IMPORT)
@form_once
def bring(request: HttpRequest) -> HttpResponse:
    """A portal's list comes in; what was refused is told line by line."""
    form = forms.ListForm(request.POST if request.method == "POST" else None, request.FILES or None)
    outcome, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                data = form.cleaned_data["upload"].read()
                outcome = listing.take_in(data, by=request.user, at=timezone.now())
                status = 200
            except CannotCatalogue as refusal:
                form.add_error("upload", refusal.sentence)
    return render(request, "open_data/desk/import.html", {"form": form, "outcome": outcome}, status=status)


# ---- a dataset -------------------------------------------------------------------------------------------------------


def _one(request: HttpRequest, number: int, act: str, at: datetime) -> Dataset:
    """The dataset, for those who may do an act with it; for others it does not exist."""
    found = queries.whole(Dataset.objects.filter(number=number)).first()
    if found is None or not queries.may(request.user, act, found, at):
        raise Http404
    return found


def _here(one: Dataset) -> str:
    return reverse("open_data_desk:dataset", args=[one.number])


@requires(READ)
def dataset(request: HttpRequest, number: int) -> HttpResponse:
    """A dataset with what can be done now, its resources and versions, and what was done to it."""
    now = timezone.now()
    one = _one(request, number, READ, now)
    mark_seen_by(one, request.user, at=now)
    moves = [
        {"title": row.get_step_display(), "at": row.at, "byline": row.by.name if row.by else "", "text": row.reason}
        for row in one.moves.select_related("by").order_by("-on", "-pk")[:100]
    ]
    result = one.quality_results.current().first() if one.is_public else None
    context = {
        "one": one,
        "quality": result,
        "quality_checks": quality_checks(result) if result else [],
        "acts": _acts(request, one, now),
        "edits": _edits(request, one, now),
        "moves": moves,
        "rows": _said(one),
    }
    return render(request, "open_data/desk/dataset.html", context)


def _edits(request: HttpRequest, one: Dataset, at: datetime) -> bool:
    reviewed = one.state in (State.AGENCY_REVIEW, State.COMMISSION_REVIEW)
    return not reviewed and queries.may(request.user, EDIT, one, at)


def _said(one: Dataset) -> list[tuple[str, Any]]:
    """What the metadata say, in the order of the form."""
    names = [name for name in services.TEXTS if name not in ("title", "category", "licence")]
    shown = {"frequency": one.get_frequency_display(), "kind": one.get_kind_display()}
    rows = [(str(Dataset._meta.get_field(name).verbose_name), shown.get(name, getattr(one, name))) for name in names]
    rows += [
        (pgettext("dataset", "服務分類"), one.category.label if one.category else ""),
        (_("授權方式"), one.licence.label if one.licence else ""), (_("標籤／關鍵字"), "、".join(one.tag_names)),
    ]  # fmt: skip
    return rows


def _acts(request: HttpRequest, one: Dataset, at: datetime) -> list[tuple[str, str]]:
    """What somebody may do with it in this state: address and button."""
    offered = {
        State.DRAFT: [("submit", _("送機關審核"), EDIT), ("edit", _("修改詮釋資料"), EDIT)],
        State.AGENCY_REVIEW: [("agree", _("審核"), AGREE)],
        State.COMMISSION_REVIEW: [("publish", _("審核上架"), PUBLISH)],
        State.PUBLISHED: [("edit", _("修改詮釋資料"), EDIT), ("withdraw", pgettext("dataset", "下架"), WITHDRAW)],
        State.WITHDRAWN: [("bring_back", pgettext("dataset", "重新上架"), PUBLISH), ("edit", _("修改詮釋資料"), EDIT)],
    }[State(one.state)]
    return [
        (reverse(f"open_data_desk:{name}", args=[one.number]), label)
        for name, label, act in offered if queries.may(request.user, act, one, at)
    ]  # fmt: skip


def _agencies(request: HttpRequest, at: datetime) -> QuerySet[Agency]:
    reach = directory.reach(request.user, EDIT, at)
    rows = Agency.objects.as_of(day_of(at)).filter(reach.within(agency="pk", unit="", person=""))
    return rows.order_by("order", "code")


@requires(EDIT)
@form_once
def new(request: HttpRequest) -> HttpResponse:
    """A draft."""
    now = timezone.now()
    agencies = list(_agencies(request, now))
    initial = {"agency": agencies[0].code if len(agencies) == 1 else "", "kind": "rawData", "licence": "OGDL-1.0"}
    form = forms.MetadataForm(
        request.POST if request.method == "POST" else None,
        agencies=agencies,
        initial={**initial, "spatial": _("桃園市")},
    )
    made: list[Dataset] = []

    def do(given: dict[str, Any]) -> str:
        texts = form.texts()
        made.append(
            services.enter(agency=form.agency_chosen, texts=texts, tags=form.tag_names(), by=request.user, at=now)
        )
        return _("已建立草稿。請新增資料資源，再送機關審核。")

    back = (reverse("open_data_desk:index"), _("開放資料"))
    answer = act_page(
        request, form=form, title=_("新增資料集"), button=_("存成草稿"), do=do, back=back, to="", refused=CannotCatalogue,
    )  # fmt: skip
    if made:
        answer["Location"] = _here(made[0])
    return answer


def _act(
    request: HttpRequest, one: Dataset, *, form: Any, title: str, button: str, do: Callable[[dict[str, Any]], str],
    lead: str = "",
) -> HttpResponse:  # fmt: skip
    return act_page(
        request, form=form, title=title, button=button, do=do, back=(_here(one), one.title), to=_here(one),
        refused=CannotCatalogue, lead=lead,
    )  # fmt: skip


@requires(EDIT)
@form_once
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """What is said of a dataset."""
    now = timezone.now()
    one = _one(request, number, EDIT, now)
    form = forms.MetadataForm(
        request.POST if request.method == "POST" else None,
        agencies=_agencies(request, now),
        initial=forms.initial_of(one),
    )

    def do(given: dict[str, Any]) -> str:
        services.revise(
            one, agency=form.agency_chosen, texts=form.texts(), tags=form.tag_names(), by=request.user, at=now
        )
        return _("已存下修改。")

    lead = _("這個資料集已經公開，修改會馬上生效。") if one.is_public else ""
    return _act(request, one, form=form, title=_("修改詮釋資料"), button=_("存下修改"), do=do, lead=lead)


@requires(EDIT)
@form_once
def submit(request: HttpRequest, number: int) -> HttpResponse:
    """To the agency's word."""
    now = timezone.now()
    one = _one(request, number, EDIT, now)
    form = forms.ConfirmForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.submit(one, by=request.user, at=now)
        return _("已送機關審核。")

    lead = _("機關的研考窗口審核後，再由研考會審核上架。審核中不能修改。")
    return _act(request, one, form=form, title=_("送資料集給機關審核"), button=_("送出審核"), do=do, lead=lead)


def _review(
    request: HttpRequest, number: int, act: str, *, title: str, said: str, step: Callable[..., Any]
) -> HttpResponse:
    now = timezone.now()
    one = _one(request, number, act, now)
    form = forms.ReviewForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        if given["verdict"] == "no":
            services.send_back(one, reason=given["reason"], by=request.user, at=now)
            return _("已退回，承辦人會在待辦看到理由。")
        step(one, by=request.user, at=now)
        return said

    return _act(request, one, form=form, title=title, button=_("送出審核結果"), do=do)


@requires(AGREE)
@form_once
def agree(request: HttpRequest, number: int) -> HttpResponse:
    """The agency's word."""
    said = _("已同意，送研考會審核上架。")
    return _review(request, number, AGREE, title=_("審核資料集"), said=said, step=services.agree)


@requires(PUBLISH)
@form_once
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """The commission's word."""
    said = _("已上架，民眾現在就看得到。")
    return _review(request, number, PUBLISH, title=_("審核資料集上架"), said=said, step=services.publish)


@requires(WITHDRAW)
@form_once
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """It is not offered any more."""
    now = timezone.now()
    one = _one(request, number, WITHDRAW, now)
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.withdraw(one, reason=given["reason"], by=request.user, at=now)
        return _("已下架。")

    lead = _("理由會公開在原來的網址。")
    return _act(request, one, form=form, title=_("下架資料集"), button=pgettext("dataset", "下架"), do=do, lead=lead)


@requires(PUBLISH)
@form_once
def bring_back(request: HttpRequest, number: int) -> HttpResponse:
    """A withdrawn one is offered again."""
    now = timezone.now()
    one = _one(request, number, PUBLISH, now)
    form = forms.ConfirmForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.bring_back(one, by=request.user, at=now)
        return _("已重新上架。")

    return _act(request, one, form=form, title=_("重新上架資料集"), button=pgettext("dataset", "重新上架"), do=do)


# ---- resources -------------------------------------------------------------------------------------------------------


@requires(EDIT)
@form_once
def add_resource(request: HttpRequest, number: int) -> HttpResponse:
    """Another way in which it is had."""
    now = timezone.now()
    one = _one(request, number, EDIT, now)
    form = forms.ResourceForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.add_resource(one, **given, by=request.user, at=now)
        return _("已新增資料資源。")

    return _act(request, one, form=form, title=_("新增資料資源"), button=_("新增"), do=do)


def _resource(request: HttpRequest, number: int, n: int, act: str, at: datetime) -> Resource:
    one = _one(request, number, act, at)
    return get_object_or_404(one.resources.select_related("dataset__agency"), n=n)


@requires(EDIT)
@form_once
def upload(request: HttpRequest, number: int, n: int) -> HttpResponse:
    """New bytes."""
    now = timezone.now()
    row = _resource(request, number, n, EDIT, now)
    form = forms.UploadForm(request.POST if request.method == "POST" else None, request.FILES or None)

    def do(given: dict[str, Any]) -> str:
        file = given["upload"]
        made = services.add_version(row, name=file.name, content=file, note=given["note"], by=request.user, at=now)
        if made.reading == TableState.WAITING:
            return _("已存成第%(n)s版，原始檔案照原樣保留。正在讀取，讀好以後才會公開。") % {"n": made.number}
        return _("已存成第%(n)s版，原始檔案照原樣保留。") % {"n": made.number}

    return _act(request, row.dataset, form=form, title=_("上傳新版本"), button=_("上傳"), do=do, lead=row.name)


@requires(EDIT)
@form_once
def remove_resource(request: HttpRequest, number: int, n: int) -> HttpResponse:
    """It is not offered any more."""
    now = timezone.now()
    row = _resource(request, number, n, EDIT, now)
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        services.remove_resource(row, reason=given["reason"], by=request.user, at=now)
        return _("已移除資源。")

    return _act(request, row.dataset, form=form, title=_("移除資料資源"), button=_("移除"), do=do, lead=row.name)


def _version(request: HttpRequest, number: int, n: int, version: int, act: str, at: datetime) -> ResourceVersion:
    row = _resource(request, number, n, act, at)
    return get_object_or_404(row.versions.select_related("resource__dataset__agency", "made_by"), number=version)


@requires(READ)
def version(request: HttpRequest, number: int, n: int, version: int) -> HttpResponse:
    """A version: how far it was read, what was repaired, what stands in the way, and what is other than before."""
    now = timezone.now()
    found = _version(request, number, n, version, READ, now)
    mark_seen_by(found.resource, request.user, at=now)
    last = found.resource.versions.first() == found
    asks = found.reading in (TableState.ASKS, TableState.REFUSED) and last
    context = {
        "one": found.resource.dataset, "resource": found.resource, "version": found,
        "columns": [(name, KIND_NAMES[Kind(kind)]) for name, kind in found.columns],
        "confirms": asks and queries.may(request.user, EDIT, found.resource.dataset, now),
    }  # fmt: skip
    return render(request, "open_data/desk/version.html", context)


@requires(EDIT)
@form_once
def confirm_version(request: HttpRequest, number: int, n: int, version: int) -> HttpResponse:
    """Other columns are meant so; or a file that is no table is offered as it is."""
    now = timezone.now()
    found = _version(request, number, n, version, EDIT, now)
    changed = found.reading == TableState.ASKS
    form = forms.ConfirmForm(request.POST if request.method == "POST" else None)

    def do(given: dict[str, Any]) -> str:
        intake.confirm(found, by=request.user, at=now)
        return _("已確認，這一版現在公開。")

    lead = (
        _("欄位和上一版不同，使用這份資料的程式可能無法運作。確認後，這一版取代上一版。")
        if changed else _("這個檔案讀不成表格，不能預覽和查詢。確認後，只提供下載原始檔。")
    )  # fmt: skip
    title = _("確認欄位變更") if changed else _("只提供原始檔")
    return _act(request, found.resource.dataset, form=form, title=title, button=_("確認公開這一版"), do=do, lead=lead)


@requires(READ)
def download(request: HttpRequest, number: int, n: int, version: int) -> HttpResponseBase:
    """The bytes of a version, published or not."""
    row = _resource(request, number, n, READ, timezone.now())
    found = get_object_or_404(row.versions.all(), number=version)
    return FileResponse(
        found.path.open("rb"), as_attachment=True, filename=found.file_name, content_type=found.media_type
    )
