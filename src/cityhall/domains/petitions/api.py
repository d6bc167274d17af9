"""Petitions in the JSON API: categories and public rows for anyone, filing for programs with a key."""

from __future__ import annotations

import math
import uuid
from datetime import date, datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status
from ninja.decorators import decorate_view
from pydantic import field_validator, model_validator

from cityhall.engines.cases import queries as case_queries
from cityhall.engines.cases.models import Case
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import Channel, PlaceMethod
from cityhall.engines.idempotency.views import api_once
from cityhall.engines.identity import throttle
from cityhall.engines.identity.api import ClientKey, key_before
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.foundation.clock import day_of
from cityhall.web import errors
from cityhall.web.problems import WRITING, refusals

from . import lookup, queries
from .models import Category, Petition
from .services import clocks, filing
from .services.filing import Submission, Where, Who

router = Router(tags=["petitions"])
VOUCH, CARD_APP = "petitions.vouch", "petitions.card_app"
MOST_ON_PAGE = 200


class QuestionOut(Schema):
    code: str
    label: str
    datatype: str
    required: bool


class CategoryOut(Schema):
    code: str
    name: str
    group: str
    urgent: bool
    questions: list[QuestionOut]


class PetitionOut(Schema):
    """What anyone may know of a petition that has 成案 and is not confidential."""

    number: str
    opened_on: date
    category: str | None
    district: str | None
    agency: str | None
    channel: str
    status: str
    status_name: str


class PetitionPage(Schema):
    items: list[PetitionOut]
    page: int
    pages: int
    total: int


class PlaceIn(Schema):
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    words: str = Field("", max_length=200)

    @field_validator("words")
    @classmethod
    def can_be_kept(cls, value: str) -> str:
        return storable(value)


def storable(value: str) -> str:
    """Refuse what no database keeps."""
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError(_("文字裡有不能儲存的字元"))
    return value


class PetitionIn(Schema):
    """A filing by a program for somebody. Without e-mail the key must be allowed to vouch for them."""

    text: str = Field(min_length=1, max_length=4000)
    title: str = Field("", max_length=100)
    category: str = Field("", max_length=40)
    place: PlaceIn | None = None
    answers: dict[str, str] = Field(default_factory=dict, max_length=20)
    name: str = Field("", max_length=60)
    email: str = Field("", max_length=254)
    phone: str = Field("", max_length=30)
    language: str = Field("zh-hant", pattern="^(zh-hant|en)$")
    danger: bool = False
    keep_identity_secret: bool = False

    @field_validator("text", "title", "category", "name", "phone")
    @classmethod
    def can_be_kept(cls, value: str) -> str:
        return storable(value)

    @field_validator("email")
    @classmethod
    def looks_like_mail(cls, value: str) -> str:
        value = storable(value).strip()
        try:
            if value:
                validate_email(value)
        except ValidationError:
            raise ValueError(_("電子郵件的格式不對")) from None
        return value

    @field_validator("answers")
    @classmethod
    def short_answers(cls, value: dict[str, str]) -> dict[str, str]:
        if any(len(storable(key)) > 40 or len(storable(answer)) > 500 for key, answer in value.items()):
            raise ValueError(_("答案太長"))
        return value


class Filed(Schema):
    """`number` and `tracking_code` once it has 成案; until then `reference` is what to confirm."""

    reference: uuid.UUID
    status: str
    number: str | None = None
    tracking_code: str | None = None
    next: str


class CodeIn(Schema):
    code: str = Field(min_length=1, max_length=20)

    @field_validator("code")
    @classmethod
    def can_be_compared(cls, value: str) -> str:
        return storable(value)


class StepOut(Schema):
    at: datetime
    what: str


class Progress(Schema):
    number: str
    title: str
    status: str
    status_name: str
    agency: str | None
    due_at: datetime | None
    steps: list[StepOut]


def _refuse(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    return errors.problem(request, status, sentence)


@router.get("/categories", response=list[CategoryOut], summary="Categories that can be reported today")
def categories(request: HttpRequest) -> Any:
    today = day_of(timezone.now())
    urgent = set(queries.urgent_terms(today).values_list("category_id", flat=True))
    rows = Category.objects.prefetch_related("questions")
    return [
        {
            "code": row.code,
            "name": row.label,
            "group": row.get_group_display(),
            "urgent": row.pk in urgent,
            "questions": [
                {"code": one.code, "label": one.text, "datatype": one.datatype, "required": one.required}
                for one in row.asked
            ],
        }
        for row in rows
        if row.retired_on is None or row.retired_on > today
    ]


def _public() -> Any:
    return Petition.objects.filter(case__in=Case.objects.filter(kind="petition").public()).select_related(
        "case__place", "case__agency", "category"
    )


def _shown(petition: Petition) -> dict[str, Any]:
    case = petition.case
    return {
        "number": case.number,
        "opened_on": case.opened_on,
        "category": petition.category.code if petition.category else None,
        "district": (case.place.district_name or None) if case.place else None,
        "agency": case.agency.code if case.agency else None,
        "channel": case.channel,
        "status": case.status,
        "status_name": case.get_status_display(),
    }


class Filters(Schema):
    page: int = Field(1, ge=1, le=1_000_000)
    page_size: int = Field(50, ge=1, le=MOST_ON_PAGE)
    category: str = Field("", max_length=40)
    district: str = Field("", max_length=20)
    first: date | None = None
    last: date | None = None

    @field_validator("category", "district")
    @classmethod
    def can_be_asked(cls, value: str) -> str:
        return storable(value)

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.first and self.last and self.first > self.last:
            raise ValueError(_("first 不能晚於 last"))
        return self


@router.get("/petitions", response={200: PetitionPage, **refusals(422)}, summary="Petitions, without reporters")
def listed(request: HttpRequest, wanted: Query[Filters]) -> Any:
    rows = _public()
    if wanted.category:
        rows = rows.filter(category__code=wanted.category)
    if wanted.district:
        rows = rows.filter(case__place__district_name=wanted.district)
    if wanted.first:
        rows = rows.filter(case__opened_on__gte=wanted.first)
    if wanted.last:
        rows = rows.filter(case__opened_on__lte=wanted.last)
    total = rows.count()
    start = (wanted.page - 1) * wanted.page_size
    page = rows.order_by("-case__confirmed_at", "-pk")[start : start + wanted.page_size]
    pages = max(1, math.ceil(total / wanted.page_size))
    return {"items": [_shown(row) for row in page], "page": wanted.page, "pages": pages, "total": total}


@router.get("/petitions/{number}", response={200: PetitionOut, **refusals(404)}, summary="One petition")
def one(request: HttpRequest, number: str) -> Any:
    if "\x00" in number:
        raise Http404
    petition = _public().filter(case__number=case_queries.normal_number(number)).first()
    if petition is None:
        raise Http404
    return _shown(petition)


@router.get(
    "/petitions/{number}/progress", response={200: Progress, **refusals(404, 422, 429)},
    summary="What the citizen sees, by number and tracking code",
)  # fmt: skip
def progress(request: HttpRequest, number: str, code: str = Query(max_length=20)) -> Any:  # type: ignore[type-arg]
    if "\x00" in number + code:
        raise Http404
    try:
        case = lookup.followed(request, number, code, at=timezone.now())
    except throttle.CannotTryNow as locked:
        raise errors.TooMany(locked.sentence, retry_after=locked.seconds) from locked
    if case is None:
        raise Http404
    due = clocks.next_due(case.petition)
    return {
        "number": case.number,
        "title": case.title,
        "status": case.status,
        "status_name": case.get_status_display(),
        "agency": case.agency.full_label if case.agency else None,
        "due_at": due,
        "steps": [
            {"at": event.at, "what": queries.event_words(event)}
            for event in case_queries.timeline(case, public_only=True)
        ],
    }


@router.post(
    "/petitions", auth=ClientKey("petitions.write"), response={201: Filed, **WRITING}, summary="File a petition"
)
@decorate_view(key_before)
@decorate_view(api_once)
def file(request: HttpRequest, body: PetitionIn) -> Any:
    client = request.client  # type: ignore[attr-defined]
    vouched = not body.email and VOUCH in client.scopes
    if not body.email and not body.phone and not vouched:
        return _refuse(request, 422, _("請提供 email，我們會寄驗證碼；或改用經核可代為驗證的金鑰。"))
    place = body.place or PlaceIn()
    where = Where(
        method=PlaceMethod.PIN if place.lon is not None else PlaceMethod.TEXT if place.words else PlaceMethod.NONE,
        lon=place.lon, lat=place.lat, words=place.words,
    )  # fmt: skip
    submission = Submission(
        text=body.text, title=body.title, category=body.category, answers=body.answers, danger=body.danger,
        channel=Channel.APP if CARD_APP in client.scopes else Channel.API, language=body.language, where=where,
        who=Who(name=body.name, email=body.email, phone=body.phone or ("" if body.email else client.name[:30])),
        keep_identity_secret=body.keep_identity_secret, filed_by=client.account,
    )  # fmt: skip
    now = timezone.now()
    try:
        petition = filing.file(submission, vouched=vouched, at=now)
    except (CannotAct, CannotIssueCode) as refusal:
        return _refuse(request, 422, refusal.sentence)
    return Status(201, _filed(petition))


def _filed(petition: Petition) -> dict[str, Any]:
    case = petition.case
    if case.is_confirmed:
        return {
            "reference": case.reference, "status": case.status, "number": case.number,
            "tracking_code": case.tracking_code, "next": _("已成案，可用編號與查詢碼查進度。"),
        }  # fmt: skip
    return {"reference": case.reference, "status": case.status, "next": _("請用信中的驗證碼確認，完成後才成案。")}


@router.post(
    "/petitions/{reference}/confirm", auth=ClientKey("petitions.write"), response={200: Filed, **refusals(404), **WRITING},
    summary="Confirm with the code from the letter",
)  # fmt: skip
@decorate_view(api_once)
def confirm(request: HttpRequest, reference: uuid.UUID, body: CodeIn) -> Any:
    filed = Petition.objects.select_related("case__requester").filter(case__reference=reference)
    petition = filed.filter(case__filed_by=request.client.account).first()  # type: ignore[attr-defined]
    if petition is None:
        raise Http404
    try:
        return _filed(filing.confirm_by_code(petition, code=body.code, at=timezone.now()))
    except CannotAct as refusal:
        return _refuse(request, 422, refusal.sentence)
