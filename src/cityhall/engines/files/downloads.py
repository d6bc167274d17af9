"""Sheets as downloads: one place for their names and types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import FileResponse, Http404, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from . import sheets

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def sheet(kind: str, name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponseBase:
    """Rows as a CSV that streams, or as an ODS or XLSX book. An unknown kind is not found."""
    if kind not in TYPES:
        raise Http404
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    if kind == "csv":
        return StreamingHttpResponse(sheets.write_csv(headings, rows), content_type=TYPES[kind], headers=headers)
    write = sheets.write_ods if kind == "ods" else sheets.write_xlsx
    return FileResponse(write(headings, rows), content_type=TYPES[kind], headers=headers)
