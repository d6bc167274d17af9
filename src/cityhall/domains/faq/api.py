"""The FAQ base in the JSON API: what answers a question, and an entry, for anyone."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema
from pydantic import field_validator

from cityhall.foundation.clock import day_of
from cityhall.web.problems import refusals

from . import answering, queries
from .models import Version
from .states import Channel

router = Router(tags=["faq"])
MOST_ON_PAGE = 50


class HitOut(Schema):
    """An entry that fits a question, in the language that was asked for."""

    code: str
    version: int
    question: str
    answer: str
    score: float
    url: str


class FoundOut(Schema):
    """`verdict` says how sure the base is of the first item: KNOWN, SEVERAL or UNKNOWN. Without `q`, all entries, page by page."""

    verdict: str | None
    items: list[HitOut]
    page: int
    pages: int
    total: int


class LinkOut(Schema):
    name: str
    url: str


class EntryOut(Schema):
    """What the agency stands by; `link` is where the procedure is applied for."""

    code: str
    version: int
    question: str
    answer: str
    steps: list[str]
    fee: str
    days: int | None
    procedure: str
    link: str
    links: list[LinkOut]
    topic: str | None
    agency: str
    published_on: date
    valid_until: date | None
    url: str


class Asked(Schema):
    q: str = Field("", max_length=200)
    page: int = Field(1, ge=1, le=1_000_000)
    page_size: int = Field(20, ge=1, le=MOST_ON_PAGE)

    @field_validator("q")
    @classmethod
    def can_be_kept(cls, value: str) -> str:
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise ValueError(_("文字裡有不能儲存的字元"))
        return value


def _url(request: HttpRequest, code: str) -> str:
    return request.build_absolute_uri(reverse("faq:entry", args=[code]))


@router.get("/faq", response={200: FoundOut, **refusals(422)}, summary="Entries that answer a question, or all of them")
def search(request: HttpRequest, wanted: Query[Asked]) -> Any:
    now, question = timezone.now(), wanted.q.strip()
    if question:
        found = answering.find(
            question, language=get_language() or "zh-hant", channel=Channel.API, at=now, limit=wanted.page_size
        )
        items = [
            {
                "code": one.entry, "version": one.version, "question": one.question, "answer": one.answer,
                "score": one.score, "url": _url(request, one.entry),
            }
            for one in found.hits
        ]  # fmt: skip
        return {"verdict": found.verdict.value, "items": items, "page": 1, "pages": 1, "total": len(items)}
    rows = queries.published(day_of(now)).order_by("entry__code")
    total, start = rows.count(), (wanted.page - 1) * wanted.page_size
    items = [
        {
            "code": one.entry.code, "version": one.number, "question": one.title, "answer": one.text, "score": 0.0,
            "url": _url(request, one.entry.code),
        }
        for one in rows[start : start + wanted.page_size]
    ]  # fmt: skip
    pages = max(1, -(-total // wanted.page_size))
    return {"verdict": None, "items": items, "page": wanted.page, "pages": pages, "total": total}


@router.get("/faq/{code}", response={200: EntryOut, **refusals(404)}, summary="One entry")
def one(request: HttpRequest, code: str) -> Any:
    now = timezone.now()
    if "\x00" in code:
        raise Http404
    rows = queries.published(day_of(now)).select_related("entry__topic")
    version = rows.filter(entry__code=code).first()
    if version is None:
        raise Http404
    answering.used(code, channel=Channel.API, solved=None, at=now)
    return _told(request, version)


def _told(request: HttpRequest, version: Version) -> dict[str, Any]:
    entry = version.entry
    return {
        "code": entry.code, "version": version.number, "question": version.title, "answer": version.text,
        "steps": version.way, "fee": version.price, "days": version.days, "procedure": version.procedure,
        "link": version.link, "links": [{"name": page.name, "url": page.address} for page in version.other_pages],
        "topic": entry.topic.label if entry.topic else None, "agency": entry.agency.label,
        "published_on": version.published_on, "valid_until": version.valid_until, "url": _url(request, entry.code),
    }  # fmt: skip
