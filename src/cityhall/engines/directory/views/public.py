"""The contact list that anybody may read: search, one page an agency, and the same as ODT, PDF, ODS and CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from cityhall.engines.files import sheets
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.clock import day_of
from cityhall.web.access import public

from .. import contacts, documents, queries
from ..contacts import AgencyContacts
from ..models import Agency
from ..states import SEVERAL, AgencyKind

FORMATS = {
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv; charset=utf-8",
}


def names_are_masked(day: date) -> bool:
    """Whether the public list masks names on that day; officials' business contact is public unless a city decides."""
    return str(parameter("directory.public_names", on=day).value).strip().casefold() == "masked"


@public
def index(request: HttpRequest) -> HttpResponse:
    """All agencies by kind, or what a search found."""
    today = day_of(timezone.now())
    text = " ".join(contacts.words(request.GET.get("q", "")[:100]))
    context: dict[str, object] = {"text": text, "today": today}
    if text:
        masked = names_are_masked(today)
        found = contacts.search(text, today, names=not masked)
        context |= {"found": found, "masked": masked}
    else:
        context["kinds"] = by_kind(Agency.objects.as_of(today).select_related("parent"))
    return render(request, "directory/index.html", context)


def by_kind(agencies: Iterable[Agency]) -> list[tuple[str, list[Agency]]]:
    """The agencies under the names of their kinds, in the order of the kinds."""
    listed: dict[str, list[Agency]] = {}
    for agency in agencies:
        listed.setdefault(agency.kind, []).append(agency)
    return [(str(SEVERAL[kind]), listed[kind]) for kind in AgencyKind if kind in listed]


@public
def agency(request: HttpRequest, code: str) -> HttpResponse:
    """One agency: how to reach it, and its people by unit. An old code leads on to the successor."""
    today = day_of(timezone.now())
    found = _agency(code)
    if not found.exists_on(today):
        return _gone(request, found, today)
    listed = contacts.contacts([found], today, masked=names_are_masked(today))[0]
    context = {
        "agency": found,
        "listed": listed,
        "columns": contacts.COLUMNS,
        "children": found.children.as_of(today),
        "predecessors": found.predecessors.filter(closed_on__lte=today),
        "formats": FORMATS,
    }
    return render(request, "directory/agency.html", context)


def _agency(code: str) -> Agency:
    found = queries.agency(code)
    if found is None:
        raise Http404(code)
    return found


def _gone(request: HttpRequest, found: Agency, today: date) -> HttpResponse:
    successor = queries.successor_on(found, today)
    if successor.pk != found.pk and successor.exists_on(today):
        return render(request, "directory/succeeded.html", {"agency": found, "successor": successor})
    return render(request, "directory/succeeded.html", {"agency": found, "successor": None}, status=410)


@public
def download(request: HttpRequest, kind: str, code: str = "") -> HttpResponseBase:
    """The contact list of an agency, or of the city, as a file."""
    if kind not in FORMATS:
        raise Http404(kind)
    at = timezone.now()
    today = day_of(at)
    if code:
        agencies = [_agency(code)]
        if not agencies[0].exists_on(today):
            return redirect("directory:agency", code=code)
    else:
        agencies = list(Agency.objects.as_of(today))
    listed = contacts.contacts(agencies, today, masked=names_are_masked(today))
    try:
        return _file(listed, kind, at)
    except documents.CannotMakeDocument as refusal:
        context = {"sentence": str(refusal), "code": code}
        return render(request, "directory/no_document.html", context, status=503)


def _file(listed: Sequence[AgencyContacts], kind: str, at: datetime) -> HttpResponseBase:
    today = day_of(at)
    name = content_disposition_header(True, f"{documents.title(listed)}-{today:%Y%m%d}.{kind}") or "attachment"
    headers = {"Content-Disposition": name}
    if kind == "odt":
        return HttpResponse(documents.as_odt(listed, on=today), content_type=FORMATS[kind], headers=headers)
    if kind == "pdf":
        return HttpResponse(documents.as_pdf(listed, on=today, at=at), content_type=FORMATS[kind], headers=headers)
    columns = [_("機關"), *(str(column) for column in contacts.COLUMNS)]
    rows = [(one.agency.full_label, *line.cells) for one in listed for line in one.contacts]
    if kind == "csv":
        return StreamingHttpResponse(sheets.write_csv(columns, rows), content_type=FORMATS[kind], headers=headers)
    book = sheets.write_ods(columns, rows, title=_("聯絡電話一覽表"))
    return FileResponse(book, content_type=FORMATS[kind], headers=headers)
