"""Council items and sessions in the JSON API, for anyone: fields of OParl 1.1 where they fit."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from pydantic import field_validator

from cityhall.foundation.clock import day_of
from cityhall.web.problems import refusals

from . import publishing, queries
from .models import CouncilItem, CouncilSession

router = Router(tags=["council"])
MOST_ON_PAGE = 200


class Paper(Schema):
    """A council item, as OParl's Paper."""

    id: str
    type: str
    reference: str
    name: str
    paperType: str
    date: dt.date
    created: dt.datetime
    originatorPerson: list[str]
    underDirectionOf: list[str]
    listed_on: dt.date = Field(alias="cityhall:listedOn")
    session: str | None = Field(alias="cityhall:session")
    co_agencies: list[str] = Field(alias="cityhall:coAgencies")
    district: str | None = Field(alias="cityhall:district")
    stage: str = Field(alias="cityhall:stage")
    verdict: str | None = Field(alias="cityhall:verdict")
    verdict_on: dt.date | None = Field(alias="cityhall:verdictOn")


class Meeting(Schema):
    """A session, as OParl's Meeting."""

    id: str
    type: str
    reference: str
    name: str
    start: dt.date
    end: dt.date
    items: int = Field(alias="cityhall:items")


class Pagination(Schema):
    """OParl's, of an external list."""

    totalElements: int
    elementsPerPage: int
    currentPage: int
    totalPages: int


class Papers(Schema):
    data: list[Paper]
    pagination: Pagination


class Meetings(Schema):
    data: list[Meeting]
    pagination: Pagination


class Pages(Schema):
    page: int = Field(1, ge=1, le=1_000_000)
    page_size: int = Field(50, ge=1, le=MOST_ON_PAGE)


class Wanted(Pages):
    """What the list is narrowed by; the same as in the look-up."""

    q: str = Field("", max_length=60)
    session: str = Field("", max_length=40)
    kind: str = Field("", max_length=20)
    agency: str = Field("", max_length=40)
    district: str = Field("", max_length=20)
    standing: str = Field("", max_length=20)

    @field_validator("q", "session", "kind", "agency", "district", "standing")
    @classmethod
    def can_be_asked(cls, value: str) -> str:
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise ValueError("?")
        return value


def _paged(rows: Any, wanted: Pages) -> tuple[list[Any], dict[str, int]]:
    total = rows.count()
    start = (wanted.page - 1) * wanted.page_size
    pages = max(1, math.ceil(total / wanted.page_size))
    return list(rows[start : start + wanted.page_size]), {
        "totalElements": total, "elementsPerPage": wanted.page_size, "currentPage": wanted.page, "totalPages": pages,
    }  # fmt: skip


@router.get(
    "/council/items", response={200: Papers, **refusals(422)}, by_alias=True, url_name="council_items",
    summary="Council items, without the words of questions and replies",
)  # fmt: skip
def items(request: HttpRequest, wanted: Query[Wanted]) -> Any:
    given = wanted.dict(exclude={"page", "page_size", "session"})
    session = _session(wanted.session) if wanted.session else None
    rows = queries.narrowed(
        publishing.items(), {**given, "session": session.pk if session else None}, day_of(timezone.now())
    )
    if wanted.session and session is None:
        rows = rows.none()
    page, pagination = _paged(rows, wanted)
    return {"data": publishing.shown(page), "pagination": pagination}


@router.get(
    "/council/items/{number}", response={200: Paper, **refusals(404)}, by_alias=True, url_name="one_council_item",
    summary="One council item",
)  # fmt: skip
def item(request: HttpRequest, number: str) -> Any:
    if "\x00" in number:
        raise Http404
    rows: list[CouncilItem] = list(publishing.items().filter(tracked__number=number.upper()))
    if not rows:
        raise Http404
    return publishing.shown(rows)[0]


def _session(name: str) -> Any:
    """The session of a reference such as 1-REGULAR-4, with how `many` items it has; None where there is none."""
    term, _dash, rest = name.partition("-")
    kind, _dash, n = rest.partition("-")
    if not (term.isascii() and term.isdigit() and n.isascii() and n.isdigit()) or len(term) > 4 or len(n) > 4:
        return None
    rows = CouncilSession.objects.annotate(many=Count("items"))
    return rows.filter(term=int(term), kind=kind.replace("\x00", ""), n=int(n)).first()


@router.get(
    "/council/sessions", response={200: Meetings, **refusals(422)}, by_alias=True, url_name="council_sessions",
    summary="Sessions of the council",
)  # fmt: skip
def sessions(request: HttpRequest, wanted: Query[Pages]) -> Any:
    rows = CouncilSession.objects.annotate(many=Count("items")).order_by("-starts_on", "-pk")
    page, pagination = _paged(rows, wanted)
    return {"data": [publishing.session_shown(one, one.many) for one in page], "pagination": pagination}


@router.get(
    "/council/sessions/{reference}", response={200: Meeting, **refusals(404)}, by_alias=True,
    url_name="one_council_session", summary="One session of the council",
)  # fmt: skip
def session(request: HttpRequest, reference: str) -> Any:
    found = _session(reference)
    if found is None:
        raise Http404
    return publishing.session_shown(found, found.many)
