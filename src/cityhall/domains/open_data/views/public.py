"""開放資料 for everybody: search with facets and why it matched, a dataset, an agency, downloads."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from cityhall.engines.directory.models import Agency
from cityhall.engines.files import downloads
from cityhall.engines.identity.limits import limit
from cityhall.web.access import public

from .. import queries, use
from ..models import Dataset, Licence, Resource, versions
from ..states import State

A_PAGE = 20


@public
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Datasets with the words sought, how they are spread, and where each word stands; without words, the newest."""
    given = queries.asked(request.GET)
    rows = queries.found(given)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    there = {one.pk: one for one in queries.listed(Dataset.objects.filter(pk__in=[row.pk for row in page.object_list]))}
    names = queries.facet_labels()
    facets = queries.facets(rows, given)
    context = {
        "asked": given,
        "page": page,
        "found": [queries.why(there[row.pk], given.words) for row in page.object_list],
        "facets": facets,
        "chosen": [
            (names[facet.name], choice.label, choice.query)
            for facet in facets
            for choice in facet.choices
            if choice.chosen
        ],
        "sorts": _sorts(given),
    }
    return render(request, "open_data/search.html", context)


def _sorts(given: queries.Asked) -> list[tuple[str, str, bool]]:
    names = {"relevance": _("最符合"), "newest": _("最近更新"), "created": _("最近建立"), "title": _("依名稱")}
    now = given.sort or ("relevance" if given.words.strip() else "newest")
    return [
        (label, given.query(sort=name), name == now)
        for name, label in names.items() if name != "relevance" or given.words.strip()
    ]  # fmt: skip


def _public(name: str) -> Dataset:
    """A dataset by its address; one that was withdrawn is shown with the reason alone."""
    rows = Dataset.objects.filter(identifier__iexact=name, state__in=[State.PUBLISHED, State.WITHDRAWN])
    return get_object_or_404(queries.whole(rows))


@public
@require_safe
def dataset(request: HttpRequest, name: str) -> HttpResponse:
    """A dataset: what it is, how it is had, its columns and licence, how to cite it, what is like it."""
    one = _public(name)
    if not one.is_public:
        last = one.moves.filter(state=State.WITHDRAWN).order_by("-on", "-pk").first()
        return render(request, "open_data/gone.html", {"one": one, "last": last}, status=410)
    use.note(request, "view", one)
    here = request.build_absolute_uri(reverse("open_data:dataset", args=[one.name]))
    context = {
        "one": one,
        "here": here,
        "related": queries.related(one),
        "today": timezone.now(),
        "uses": use.by_month(one)[:12],
        "showcases": one.showcases.filter(state="SHOWN").order_by("-number")[:5],
        "quality": one.quality_results.current().first(),
        "first": one.moves.filter(state=State.PUBLISHED).order_by("on", "pk").first(),
    }
    return render(request, "open_data/dataset.html", context)


@public
@require_safe
def agencies(request: HttpRequest) -> HttpResponse:
    """Agencies that published anything."""
    many = queries.many_of()
    rows = [(one, many.get(one.pk, 0)) for one in queries.agencies()]
    return render(request, "open_data/agencies.html", {"rows": rows})


@public
@require_safe
def agency(request: HttpRequest, code: str) -> HttpResponse:
    """What an agency published."""
    one = get_object_or_404(Agency, code=code)
    rows = Dataset.objects.published().filter(agency=one).select_related("category").prefetch_related("resources")
    page = Paginator(rows.order_by("title", "pk"), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "open_data/agency.html", {"one": one, "page": page})


@public
@require_safe
def download(request: HttpRequest, name: str, reference: str, number: int | None = None) -> HttpResponseBase:
    """The bytes as they were handed in: the newest at an address that stays, an older one by its number.

    Programs of other sites may fetch it (CORS); who has these bytes already is told so (ETag).
    """
    rows = Resource.objects.filter(dataset__identifier__iexact=name, dataset__state=State.PUBLISHED, removed_on=None)
    rows = rows.select_related("dataset").prefetch_related(versions())
    resource = get_object_or_404(rows, reference=reference)
    found = next((one for one in resource.offered if one.number == number), None) if number else resource.newest
    if found is None:
        raise Http404
    tag = f'"{found.digest}"'
    answer: HttpResponseBase
    if tag in request.headers.get("If-None-Match", ""):
        answer = HttpResponseNotModified()
    else:
        use.note(request, "download", resource.dataset)
        answer = FileResponse(
            found.path.open("rb"), as_attachment=True, filename=found.file_name, content_type=found.media_type
        )
    answer["ETag"] = tag
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cache-Control"] = "public, max-age=300" if number is None else "public, max-age=86400"
    return answer


@public
@require_safe
def licence(request: HttpRequest) -> HttpResponse:
    """What people may do with the data, what they owe, and how often programs may ask."""
    many = dict(Dataset.objects.published().order_by().values_list("licence").annotate(many=Count("pk")))
    context = {
        "licences": [(one, many.get(one.pk, 0)) for one in Licence.objects.all()],
        "keyless": limit("keyless_per_minute", timezone.now()),
        "scope": queries.SCOPE,
    }
    return render(request, "open_data/licence.html", context)


@public
@require_safe
def uses(request: HttpRequest) -> HttpResponse:
    """How often the city's data were used, by month."""
    return render(request, "open_data/use.html", {"uses": use.by_month()})


@public
@require_safe
def uses_sheet(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same by dataset, as a sheet."""
    headings = [
        pgettext("use", "月份"), _("資料集識別碼"), _("資料集名稱"), *(str(name) for name in use.SOURCE.acts.values()),
    ]  # fmt: skip
    return downloads.sheet(kind, f"open-data-use.{kind}", headings, use.sheet())
