"""Open311 GeoReport v2, as other cities' apps and clients speak it (research note 01 §3.1).

XML and JSON say the same; lists are top-level arrays in JSON, codes and ids are strings. Unconfirmed and confidential
petitions are not there, and no reporter is.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent, ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from cityhall.engines.audit import queries as audit
from cityhall.engines.audit.catalogue import sentence
from cityhall.engines.cases.models import Case, Event
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.cases.states import ENDED, Channel, PlaceMethod
from cityhall.engines.deadlines.models import LIVE, Clock
from cityhall.engines.files import queries as files
from cityhall.engines.files.services import CannotStoreFile
from cityhall.engines.identity.api import with_key
from cityhall.engines.identity.clients import CannotUseKey
from cityhall.engines.identity.codes import CannotIssueCode
from cityhall.foundation.clock import TAIPEI, day_of
from cityhall.foundation.unit import act
from cityhall.web.access import public, public_to_programs
from cityhall.web.kept import Kept

from .models import Category, CategoryQuestion, Petition
from .privacy import without_reporter
from .services import filing
from .services.filing import Submission, Where, Who

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-01T00:00:00+08:00"
MOST = 1000
SPAN = timedelta(days=90)
LONGEST = 4000
LONGEST_KEPT, LARGEST_KEPT = 300, 512 * 1024
ANYBODY = {"Access-Control-Allow-Origin": "*"}
MOST_ATTRIBUTES = 20
LONGEST_EMAIL = 254
MOST_PHOTOS = 5
YEARS = (1911, 9000)  # dates that every database can hold, with room for the span
_UNREADABLE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent, MultiPartParserError)
VOUCH = "open311.vouch"


class Refused(Exception):
    """One or more errors in the protocol's own form."""

    def __init__(self, code: int, *sentences: str) -> None:
        super().__init__(*sentences)
        self.code, self.sentences = code, sentences


# ---- writing XML and JSON --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What is answered: in XML below `root` with items named `item`; in JSON as it is."""

    root: str
    item: str
    value: Any
    status: int = 200


def _xml(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        body = "".join(_xml(key, inner) for key, inner in value.items())
    elif isinstance(value, (list, tuple)):
        body = "".join(_xml(_ITEMS.get(name, "item"), inner) for inner in value)
    elif isinstance(value, bool):
        body = "true" if value else "false"
    else:
        body = "" if value is None else escape(_storable(str(value)))
    return f"<{name}>{body}</{name}>"


_ITEMS = {
    "services": "service", "attributes": "attribute", "values": "value", "service_requests": "request",
    "errors": "error", "endpoints": "endpoint", "formats": "format", "notes": "note", "photos": "photo",
}  # fmt: skip
_BAD_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _storable(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return _BAD_XML.sub("", text)


def respond(answer: Answer, fmt: str) -> HttpResponse:
    """The answer in the format that the path asked for."""
    if fmt == "json":
        response: HttpResponse = JsonResponse(
            answer.value, safe=False, status=answer.status, json_dumps_params={"ensure_ascii": False}
        )
        response["Content-Type"] = "application/json; charset=utf-8"
    else:
        body = f"<?xml version={quoteattr('1.0')} encoding={quoteattr('utf-8')}?>\n{_xml(answer.root, answer.value)}"
        response = HttpResponse(body, status=answer.status, content_type="text/xml; charset=utf-8")
    for name, value in ANYBODY.items():
        response[name] = value
    return response


def _errors(refused: Refused, fmt: str) -> HttpResponse:
    found = [{"code": refused.code, "description": sentence} for sentence in refused.sentences]
    return respond(Answer("errors", "error", found, refused.code), fmt)


def protocol(view: Any, *, methods: tuple[str, ...] = ("GET", "HEAD")) -> Any:
    """Language by `locale` or Accept-Language, errors in the protocol's form, nothing that no database can hold."""

    def speaking(request: HttpRequest, fmt: str = "xml", **kwargs: Any) -> HttpResponse:
        language = "en" if (request.GET.get("locale") or "").lower().startswith("en") else translation.get_language()
        with translation.override(language):
            try:
                if request.method not in methods:
                    raise Refused(400, _("這個位址不接受 %(method)s。") % {"method": request.method})
                if any("\x00" in given for _name, values in request.GET.lists() for given in values):
                    raise Refused(400, _("參數裡有不能查詢的字元。"))
                if any("\x00" in str(part) for part in kwargs.values()):
                    raise Refused(404, _("找不到這筆資料。"))
                found = view(request, **kwargs)
                return found if isinstance(found, HttpResponse) else respond(found, fmt)
            except Refused as refused:
                return _errors(refused, fmt)
            except _UNREADABLE:
                return _errors(Refused(400, _("送來的資料太大或格式不對。")), fmt)

    return speaking


# ---- reading ---------------------------------------------------------------------------------------------------------


@public
@protocol
def discovery(request: HttpRequest) -> Answer:
    """What this endpoint is."""
    base = f"{settings.SITE_URL}/open311/v2"
    endpoint = {
        "specification": SPECIFICATION, "url": base, "changeset": CHANGESET, "type": "production",
        "formats": ["text/xml", "application/json"],
    }  # fmt: skip
    return Answer(
        "discovery",
        "endpoint",
        {
            "changeset": CHANGESET,
            "contact": _("1999 市民專線"),
            "key_service": f"{settings.SITE_URL}{reverse('web:about')}",
            "endpoints": [endpoint, {**endpoint, "type": "test"}],
        },
    )


def in_use() -> list[Category]:
    """The categories that can be reported today."""
    today = day_of(timezone.now())
    rows = Category.objects.prefetch_related("questions")
    return [row for row in rows if row.retired_on is None or row.retired_on > today]


def service(category: Category) -> dict[str, Any]:
    """A category as a service."""
    return {
        "service_code": category.code,
        "service_name": category.label,
        "description": category.label,
        "metadata": bool(category.asked),
        "type": "batch",
        "keywords": category.name if category.label != category.name else category.name_en,
        "group": category.get_group_display(),
    }


@public
@protocol
def services(request: HttpRequest) -> Answer:
    """All services."""
    return Answer("services", "service", [service(category) for category in in_use()])


@public
@protocol
def definition(request: HttpRequest, code: str) -> Answer:
    """The questions of a service."""
    category = next((one for one in in_use() if one.code == code), None)
    if category is None:
        raise Refused(404, _("沒有「%(code)s」這個服務代碼。") % {"code": code})
    attributes = [attribute(question) for question in category.asked]
    return Answer("service_definition", "attribute", {"service_code": category.code, "attributes": attributes})


def attribute(question: CategoryQuestion) -> dict[str, Any]:
    """A question as an attribute."""
    found: dict[str, Any] = {
        "variable": True,
        "code": question.code,
        "datatype": question.datatype,
        "required": question.required,
        "datatype_description": question.hint_text or None,
        "order": question.order,
        "description": question.text,
    }
    if question.choices:
        found["values"] = [{"key": str(one["key"]), "name": question.name_of(one)} for one in question.choices]
    return found


def _stamp(instant: datetime | None) -> str | None:
    return instant.astimezone(TAIPEI).isoformat(timespec="seconds") if instant else None


def described(cases: Sequence[Case], *, extended: bool = False) -> list[dict[str, Any]]:
    """Public petitions in the protocol's words; a constant number of queries."""
    pks = [case.pk for case in cases]
    due: dict[int, datetime] = {}
    for clock in Clock.objects.filter(subject_type__model="case", subject_id__in=pks, state__in=LIVE):
        due[clock.subject_id] = min(due.get(clock.subject_id, clock.due_at), clock.due_at)
    updated: dict[int, datetime] = {}
    events: dict[int, list[Any]] = {}
    for event in Event.objects.filter(case__in=pks, public=True).order_by("case", "n"):
        updated[event.case_id] = event.at
        events.setdefault(event.case_id, []).append(event)
    media: dict[int, list[str]] = {}
    for file in files.public_of(Case, pks):
        media.setdefault(file.owner_id, []).insert(0, _link(file))
    return [_request(case, due, updated, events, media, extended) for case in cases]


def _request(
    case: Case,
    due: Mapping[int, datetime],
    updated: Mapping[int, datetime],
    events: Mapping[int, list[Any]],
    media: Mapping[int, Sequence[str]],
    extended: bool,
) -> dict[str, Any]:
    petition, place = case.petition, case.place
    closed = case.status in ENDED
    category = petition.category
    found: dict[str, Any] = {
        "service_request_id": case.number,
        "status": "closed" if closed else "open",
        "status_notes": case.get_status_display(),
        "service_name": category.label if category else _("待分類"),
        "service_code": category.code if category else "unclassified",
        "description": _said(case, case.text)[:LONGEST],
        "agency_responsible": case.agency.full_label if case.agency else None,
        "service_notice": None,
        "requested_datetime": _stamp(case.received_at),
        "updated_datetime": _stamp(case.ended_at if closed else updated.get(case.pk, case.received_at)),
        "expected_datetime": _stamp(due.get(case.pk)),
        "address": _said(case, place.label or place.words) or None if place else None,
        "address_id": None,
        "zipcode": None,
        "lat": place.lat if place else None,
        "long": place.lon if place else None,
        "media_url": next(iter(media.get(case.pk, ())), None),
    }
    if extended:
        found["extended_attributes"] = {"channel": case.channel, "photos": media.get(case.pk, [])}
        found["notes"] = [
            {"datetime": _stamp(event.at), "description": _note(event), "type": event.type}
            for event in events.get(case.pk, [])
        ]
    return found


def _note(event: Any) -> str:
    return str(sentence(f"case.{event.type}"))


def _link(file: Any) -> str:
    """The address of a photo that the city has made public."""
    return f"{settings.SITE_URL}{reverse('files:download', args=[file.reference])}"


def _said(case: Case, text: str) -> str:
    """What somebody wrote, without whoever wrote it."""
    return without_reporter(text, case.requester)


def _instant(request: HttpRequest, name: str) -> datetime | None:
    given = (request.GET.get(name) or "").strip()
    if not given:
        return None
    try:
        found = parse_datetime(given.replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not YEARS[0] <= found.year <= YEARS[1]:
        raise Refused(400, _("%(name)s 要用 ISO 8601 並帶時區，例如 2026-11-23T08:00:00+08:00。") % {"name": name})
    return found


def _whole(request: HttpRequest, name: str, default: int, most: int) -> int:
    given = (request.GET.get(name) or "").strip()
    if not given:
        return default
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 10**6:
        raise Refused(400, _("%(name)s 要是 1 以上的整數。") % {"name": name})
    return min(int(given), most)


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _visible() -> Any:
    return (
        Case.objects.filter(kind="petition")
        .public()
        .select_related("petition__category", "place", "agency", "requester")
        .order_by("-received_at", "-pk")
    )


def _index(request: HttpRequest) -> Answer:
    extended = request.GET.get("extensions") == "true"
    numbers = _listed(request.GET.get("service_request_id"))
    if numbers:
        cases = list(_visible().filter(number__in=numbers[:MOST]))
        return Answer("service_requests", "request", described(cases, extended=extended))
    first, last = _instant(request, "start_date"), _instant(request, "end_date")
    if first and last and first > last:
        raise Refused(400, _("start_date 不能晚於 end_date。"))
    if first and last and last - first > SPAN:
        raise Refused(400, _("一次最多查 90 天。"))
    if first and not last:
        last = first + SPAN
    if last and not first:
        first = last - SPAN
    if not first or not last:
        last = timezone.now()
        first = last - SPAN
    cases = _visible().filter(received_at__gte=first, received_at__lte=last)
    if codes := _listed(request.GET.get("service_code")):
        known = set(Category.objects.filter(code__in=codes).values_list("code", flat=True))
        if unknown := [code for code in codes if code not in known]:
            raise Refused(404, _("沒有「%(code)s」這個服務代碼。") % {"code": unknown[0]})
        cases = cases.filter(petition__category__code__in=codes)
    if wanted := _listed(request.GET.get("status")):
        if set(wanted) - {"open", "closed"}:
            raise Refused(400, _("status 只能是 open 或 closed。"))
        if set(wanted) == {"open"}:
            cases = cases.exclude(status__in=ENDED)
        elif set(wanted) == {"closed"}:
            cases = cases.filter(status__in=ENDED)
    size = _whole(request, "page_size", MOST, MOST)
    start = (_whole(request, "page", 1, 10**6) - 1) * size
    return Answer("service_requests", "request", described(list(cases[start : start + size]), extended=extended))


_listed_now: Any = protocol(_index)


@public
@protocol
def one(request: HttpRequest, number: str) -> Answer:
    """One petition: still a list."""
    case = _visible().filter(number=number).first()
    if case is None:
        raise Refused(404, _("找不到編號「%(number)s」的案件。") % {"number": number[:40]})
    extended = request.GET.get("extensions") == "true"
    return Answer("service_requests", "request", described([case], extended=extended))


@public
@protocol
def token(request: HttpRequest, token: str) -> Answer:
    """What became of a report that waits for its confirmation."""
    try:
        case = Case.objects.filter(kind="petition", reference=uuid.UUID(token)).first()
    except ValueError:
        case = None
    if case is None:
        raise Refused(404, _("找不到這個代碼。"))
    number = case.number if case.is_confirmed and not case.confidential else None
    return Answer("service_requests", "request", [{"service_request_id": number, "token": token}])


# ---- writing ---------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"^\s*[+-]?\d{1,15}(\.\d{1,9})?\s*$", re.ASCII)
_ATTRIBUTE = re.compile(r"^attribute\[([A-Za-z0-9_-]{1,40})\](\[\])?$")


def _answers(request: HttpRequest, category: Category) -> dict[str, Any]:
    questions = {question.code: question for question in category.asked}
    given: dict[str, list[str]] = {}
    for key in request.POST:
        match = _ATTRIBUTE.match(key)
        if match is None:
            if key.startswith("attribute"):
                raise Refused(400, _("看不懂欄位「%(name)s」。") % {"name": key[:60]})
            continue
        given.setdefault(match[1], []).extend(value for value in request.POST.getlist(key) if value.strip())
    if len(given) > MOST_ATTRIBUTES:
        raise Refused(400, _("attribute 太多，最多 %(most)d 個。") % {"most": MOST_ATTRIBUTES})
    found: dict[str, Any] = {}
    for code, values in given.items():
        question = questions.get(code)
        if question is None:
            raise Refused(400, _("這個服務沒有「%(code)s」這個 attribute。") % {"code": code})
        multi = question.datatype == CategoryQuestion.Datatype.MULTI
        if len(values) > 1 and not multi:
            raise Refused(400, _("attribute「%(code)s」只能有一個值。") % {"code": code})
        keys = {str(choice["key"]) for choice in question.choices}
        if keys and set(values) - keys:
            raise Refused(400, _("attribute「%(code)s」的值不在清單裡。") % {"code": code})
        if question.datatype == CategoryQuestion.Datatype.NUMBER and values and not _NUMBER.match(values[0]):
            raise Refused(400, _("attribute「%(code)s」要是數字。") % {"code": code})
        if values:
            found[code] = values if multi else values[0][:500]
    if missing := [code for code, question in questions.items() if question.required and code not in found]:
        raise Refused(400, _("缺少必填的 attribute「%(code)s」。") % {"code": missing[0]})
    return found


def _number(request: HttpRequest, name: str) -> float | None:
    given = (request.POST.get(name) or "").strip()
    if not given:
        return None
    try:
        value = float(given)
    except ValueError:
        value = float("nan")
    if value != value or value in (float("inf"), float("-inf")):
        raise Refused(400, _("%(name)s 不是數字。") % {"name": name})
    return value


def _submission(request: HttpRequest) -> Submission:
    code = (request.POST.get("service_code") or "").strip()
    if not code:
        raise Refused(400, _("缺少 service_code。"))
    category = next((one for one in in_use() if one.code == code), None)
    if category is None:
        raise Refused(404, _("沒有「%(code)s」這個服務代碼。") % {"code": code[:40]})
    for name, value in ((key, str(text)) for key, text in request.POST.items()):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise Refused(400, _("欄位「%(name)s」有不能儲存的字元。") % {"name": name[:60]})
    text = (request.POST.get("description") or "").strip() or category.label
    if len(text) > LONGEST:
        raise Refused(400, _("description 最多 %(most)d 個字。") % {"most": LONGEST})
    lat, lon = _number(request, "lat"), _number(request, "long")
    address = (request.POST.get("address_string") or request.POST.get("address_id") or "").strip()
    if (lat is None) != (lon is None):
        raise Refused(400, _("lat 和 long 要一起提供。"))
    if lat is None and not address:
        raise Refused(400, _("請提供 lat 與 long，或 address_string。"))
    first, last = request.POST.get("first_name", "").strip(), request.POST.get("last_name", "").strip()
    name = f"{first} {last}".strip() if f"{first}{last}".isascii() else f"{last}{first}"
    email = (request.POST.get("email") or "").strip()
    phone = (request.POST.get("phone") or "").strip()
    client = request.client  # type: ignore[attr-defined]
    if not email and not phone and VOUCH not in client.scopes:
        raise Refused(400, _("請提供 email，我們會寄驗證碼確認；或改用經核可代為驗證的金鑰。"))
    if len(email) > LONGEST_EMAIL:
        raise Refused(400, _("email 的格式不對。"))
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise Refused(400, _("email 的格式不對。")) from None
    answers = _answers(request, category)
    if link := (request.POST.get("media_url") or "").strip():
        if not re.match(r"^https?://\S{1,480}$", link):
            raise Refused(400, _("media_url 要是 http 或 https 的網址。"))
        answers["media_url"] = link
    return Submission(
        text=text,
        channel=Channel.OPEN311,
        who=Who(name=name[:60], email=email, phone=phone[:30] or ("" if email else client.name[:30])),
        where=Where(
            method=PlaceMethod.PIN if lat is not None else PlaceMethod.TEXT, lat=lat, lon=lon, words=address[:200]
        ),
        category=category.code,
        answers=answers,
        filed_by=client.account,
        language="en" if (translation.get_language() or "").startswith("en") else "zh-hant",
    )


@act
def _file(request: HttpRequest) -> Answer:
    submission = _submission(request)
    now = timezone.now()
    client = request.client  # type: ignore[attr-defined]
    photos = request.FILES.getlist("media")
    if len(photos) > MOST_PHOTOS:
        raise Refused(400, _("照片一次最多 %(most)d 張。") % {"most": MOST_PHOTOS})
    try:
        petition = filing.file(submission, photos=photos, at=now)
        if not submission.who.email and VOUCH in client.scopes:
            filing.confirm(petition, how="client", by=client.account, at=now)
    except (CannotStoreFile, CannotAct, CannotIssueCode) as refusal:
        raise Refused(400, refusal.sentence) from None
    case = get_object_or_404(Petition.objects.select_related("case"), pk=petition.pk).case
    notice = _("已成案。") if case.is_confirmed else _("已寄出驗證碼，驗證完成後才成案。")
    answer: dict[str, Any] = {"service_notice": notice, "account_id": None}
    if case.is_confirmed and not case.confidential:
        answer = {"service_request_id": case.number, **answer}
    else:
        answer = {"token": str(case.reference), **answer}
    return Answer("service_requests", "request", [answer], 201)


def _format(request: HttpRequest) -> str:
    return "json" if request.path.endswith(".json") else "xml"


def _refused_key(request: HttpRequest, refusal: CannotUseKey) -> HttpResponse:
    status = 429 if refusal.status == 429 else 403
    response = _errors(Refused(status, str(refusal.sentence)), _format(request))
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    return response


_keyed = with_key("open311.write", parameter="api_key", refused=_refused_key)(protocol(_file, methods=("POST",)))
# Outside of the key's check too: to find the key, the form must be read, and the refusal speaks the asked language.
_posted = protocol(lambda request: _keyed(request, fmt=_format(request)), methods=("POST",))


# Whoever files here brings a key in the form; a browser's session counts for nothing.
@public_to_programs
def requests(request: HttpRequest, fmt: str = "xml") -> HttpResponse:
    """GET lists, POST files."""
    if request.method == "POST":
        return _posted(request, fmt=fmt)
    asked = request.META.get("QUERY_STRING", "")
    if request.method != "GET" or len(asked) > LONGEST_KEPT:
        return _listed_now(request, fmt=fmt)
    key = fmt, translation.get_language(), asked
    try:
        body, kind = _lists.give(key, lambda: _as_sent(_listed_now(request, fmt=fmt)))
    except _Refusal as refusal:
        return refusal.answer
    return HttpResponse(body, content_type=kind, headers=ANYBODY)


class _Refusal(Exception):
    """An answer that is not kept."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__()
        self.answer = answer


def _as_sent(answer: HttpResponse) -> tuple[bytes, str]:
    if answer.status_code != 200 or len(answer.content) > LARGEST_KEPT:
        raise _Refusal(answer)
    return answer.content, answer.headers["Content-Type"]


_lists: Kept[tuple[bytes, str]] = Kept(audit.end_of_chain)  # every act on a petition has its entry there
