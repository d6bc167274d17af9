"""Files leave through here only, after the owner's right was asked."""

import uuid
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from cityhall.engines.audit import catalogue
from cityhall.engines.audit import queries as audit_trail
from cityhall.engines.audit import services as audit
from cityhall.engines.audit.forms import SearchForm
from cityhall.engines.audit.models import Entry
from cityhall.foundation.clock import TAIPEI, day_of
from cityhall.web.access import public, requires

from . import sheets
from .models import StoredFile, path_of
from .queries import may_look

MOST_IN_ODS = 50_000
"""Rows of the trail that an ODS holds; a CSV is written line by line and holds all."""


@requires("audit.read")
def trail(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """What the search of the audit trail finds, as CSV or ODS, with the hashes by which anybody can walk the chain."""
    if file_format not in {"csv", "ods"}:
        raise Http404(file_format)
    form = SearchForm(request.GET or None)
    if form.is_bound and not form.is_valid():
        return redirect("audit:trail")
    terms = {name: value for name, value in form.cleaned_data.items() if value} if form.is_bound else {}
    now, entries = timezone.now(), audit_trail.search(**terms).order_by("seq")
    # Up to here and no further: the export's own entry comes after it.
    last = entries.values_list("seq", flat=True).last() or 0
    entries = entries.filter(seq__lte=last)
    if file_format == "ods":
        entries = entries[:MOST_IN_ODS]
    audit.record(
        "audit.exported", None, by=request.user, at=now,
        new={"fields": sorted(terms), "format": file_format, "rows": entries.count()},
    )  # fmt: skip
    columns = [
        _("序號"), _("時間"), _("事件代碼"), _("事件"), _("資料種類"), _("資料識別碼"), _("帳號識別碼"), _("內容"),
        _("前一筆的雜湊值"), _("雜湊值"),
    ]  # fmt: skip
    name = f"{_('稽核軌跡')}-{day_of(now):%Y%m%d}.{file_format}"
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    if file_format == "ods":
        book = sheets.write_ods(columns, _cells(entries.iterator()), title=_("稽核軌跡"))
        return FileResponse(book, content_type="application/vnd.oasis.opendocument.spreadsheet", headers=headers)
    lines = sheets.write_csv(columns, _cells(entries.iterator(chunk_size=2000)))
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _cells(entries: Iterator[Entry]) -> Iterator[list[str | int]]:
    for one in entries:
        yield [
            one.seq, one.at.astimezone(TAIPEI).isoformat(), one.event, catalogue.sentence(one.event),
            one.subject_type, one.subject_id, one.actor, one.payload, one.previous_hash, one.hash,
        ]  # fmt: skip


@public
def download(request: HttpRequest, reference: uuid.UUID, size: str = "full") -> HttpResponseBase:
    """The file, or its thumbnail. Whoever may not look gets the same answer as for a file that does not exist."""
    stored = StoredFile.objects.filter(reference=reference, removed_at=None).first()
    if stored is None or not may_look(stored, request):
        raise Http404
    small = size == "small" and stored.thumbnail_digest
    path = path_of(stored.thumbnail_digest if small else stored.digest)
    if not path.exists():
        raise Http404
    response = FileResponse(path.open("rb"), content_type=stored.media_type)
    # Pictures are ours (drawn anew); everything else is saved, never opened inside our pages.
    # A name that somebody gave to their photo is theirs; strangers get a plain one.
    name = f"{reference}{Path(stored.name).suffix}" if stored.public else stored.name
    response["Content-Disposition"] = content_disposition_header(not stored.is_picture, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response
