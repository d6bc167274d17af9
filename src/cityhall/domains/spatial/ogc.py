"""`/ogc`: layers by the standards that maps and programs speak. Rights, parameters, forms and codes; the engine answers.

Everything is asked by GET. What somebody may not see is not there (404). An unknown parameter is refused: answering all
features to a question that was not understood is a wrong answer (research note 03 §3d).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cityhall.engines.identity import keyless
from cityhall.engines.identity.api import problem as refused_key
from cityhall.engines.identity.clients import CannotUseKey, authenticate_key
from cityhall.engines.layers import cql, crs, memory, selecting, tiles
from cityhall.engines.layers.refusals import CannotAsk
from cityhall.engines.layers.registry import UnfitTable
from cityhall.engines.layers.selecting import Asked
from cityhall.foundation.clock import day_of
from cityhall.web import errors
from cityhall.web.access import allowed, public_to_programs
from cityhall.web.answers import repeats
from cityhall.web.context import HTML_LANGUAGES, LANGUAGE_NAMES

from . import documents, queries, rules, services, use
from .documents import DEFAULT_LIMIT, GEOJSON, HTML, JSON, MVT, OPENAPI, QUAD, SCHEMA
from .models import Client
from .queries import Reader, Shown
from .states import Operation, Rights

log = logging.getLogger("cityhall.spatial")

READ = "spatial.read"
LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)
LONGEST = 30_000
CHUNK = 1 << 18
_EDITION = hashlib.sha256(Path(__file__).read_bytes() + Path(documents.__file__).read_bytes()).hexdigest()[:12]
PMTILES = "application/vnd.pmtiles"


class Refused(Exception):
    """A question that is not answered: the code, and why."""

    def __init__(
        self, status: int, sentence: str, *, retry_after: int | None = None, allow: str = "GET, HEAD, OPTIONS"
    ) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.retry_after, self.allow = status, sentence, retry_after, allow


@dataclass
class Call:
    """One question: who asks, in which form the answer is wanted."""

    request: HttpRequest
    reader: Reader
    form: str

    @property
    def base(self) -> str:
        """Where the service stands."""
        return self.request.build_absolute_uri("/ogc")

    @property
    def here(self) -> str:
        """The address without its question."""
        return self.request.build_absolute_uri(quote(self.request.path))

    def page(self, path: str) -> str:
        """A page of the service, in the language that was asked for."""
        said = self.request.GET.get("lang")
        return f"{self.base}{path}?f=html" + (f"&lang={said}" if said else "")

    @property
    def asked(self) -> dict[str, str]:
        """The parameters, each once."""
        return self.request.GET.dict()

    def shown(self, code: str, operation: str = Operation.ABOUT) -> Shown:
        """The layer, counted where a client asks; refused as not found where it is not for this reader."""
        found = queries.shown(code, self.reader)
        if found is None:
            raise Refused(404, _("沒有這種圖資，或您沒有使用的權限。"))
        if self.reader.client is not None:
            services.count(self.reader.client, found.layer, operation, on=day_of(timezone.now()))
        if operation in use.ACTS:
            use.note(self.request, use.ACTS[Operation(operation)], code, client=self.reader.client is not None)
        return found

    def held(self, one: Shown) -> memory.Held:
        """The layer's content; refused where its source gives what is no layer, which the log names."""
        try:
            return memory.held(one.source, one.version)
        except UnfitTable:
            log.exception("no layer")
            raise Refused(503, _("這種圖資的內容目前無法讀取，請稍後再試。"), retry_after=300) from None


def reader_of(request: HttpRequest) -> Reader:
    """Who asks. Raises CannotUseKey: 401, 403, or 429 over the quota."""
    now = timezone.now()
    program = authenticate_key(request, scope=services.SCOPE, at=now)
    if program is None:
        _admit(request, now)
        return Reader(officer=allowed(request, READ))
    client = Client.objects.filter(program=program).first()
    if client is None:
        raise CannotUseKey(403, _("這把金鑰沒有登記為空間圖資的介接對象，請洽研考會。"))
    if not rules.is_live(starts_on=client.starts_on, ends_on=client.ends_on, day=day_of(now)):
        raise CannotUseKey(403, _("這個介接對象還沒開始，或已經過了最後一天，請洽研考會。"))
    return Reader(client=client, granted=queries.granted(client))


def _admit(request: HttpRequest, at: datetime) -> None:
    """Let in who brings no key. Raises CannotUseKey: 429."""
    if request.headers.get("Sec-Fetch-Site") != "same-origin":  # the tiles of our own maps are no program's calls
        keyless.admit(request, at=at)


View = Callable[..., HttpResponseBase]


def door(
    *parameters: str, forms: tuple[str, ...] = ("json", "html"), free: bool = False, post: bool = False
) -> Callable[[Any], View]:
    """A view that answers GET, HEAD and OPTIONS to anybody, from any site, with the parameters that it knows.

    `free` views look at their parameters themselves; `post` views are asked by POST, since places are no matter for addresses.
    """
    known = {*parameters, "f", "lang"} if len(forms) > 1 else set(parameters)

    def mark(view: Any) -> View:
        def answer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if post and request.method != "POST":
                raise Refused(405, _("請用 POST 查詢，地點寫在內容裡。"), allow="POST, OPTIONS")
            if not post and request.method not in ("GET", "HEAD"):
                raise Refused(405, _("這個位址只能讀取。"))
            _plain(request, known, free=free)
            return view(Call(request, reader_of(request), _form(request, forms)), **kwargs)

        @public_to_programs
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if request.method == "OPTIONS":
                return _open(HttpResponse(status=204))
            asked = request.GET.get("lang", "").lower()
            with translation.override(asked if asked in LANGUAGES else translation.get_language()):
                try:
                    response = answer(request, **kwargs)
                except CannotUseKey as refusal:
                    response = refused_key(request, refusal)
                except CannotAsk as refusal:
                    response = errors.problem(request, 400, str(refusal))
                except Refused as refusal:
                    response = _refused(request, refusal)
            return _open(response)

        return guarded

    return mark


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponseBase:
    response = errors.problem(request, refusal.status, refusal.sentence)
    if refusal.status == 405:
        response["Allow"] = refusal.allow
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    return response


def _open(response: HttpResponseBase) -> HttpResponseBase:
    """Any site may ask; cookies are not sent along, keys are."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Headers"] = "Authorization, Content-Type, X-API-Key, Range, If-None-Match"
    response["Access-Control-Expose-Headers"] = "Content-Crs, Content-Range, ETag, Link, Retry-After"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept", "Accept-Language", "Authorization", "Cookie", "X-API-Key"])
    return response


def _plain(request: HttpRequest, known: set[str], *, free: bool) -> None:
    if len(request.META.get("QUERY_STRING", "")) > LONGEST:
        raise Refused(400, _("網址太長。"))
    for name, values in request.GET.lists():
        if not free and name not in known:
            raise unknown(name, known)
        if len(values) > 1:
            raise Refused(400, _("參數「%(name)s」重複了。") % {"name": name[:60]})
        if name == "lang" and values[0].lower() not in LANGUAGES:
            raise Refused(400, _("參數 lang 只能是 zh-hant 或 en。"))
        if "\x00" in name or "\x00" in values[0]:
            raise Refused(400, _("參數裡有不能查詢的字元。"))


def unknown(name: str, known: Any) -> Refused:
    """Refuse a parameter that the address does not know, and say which it does."""
    there = "、".join(sorted(known)) or _("沒有")
    return Refused(400, _("不認得參數「%(name)s」。可以用的有：%(known)s。") % {"name": name[:60], "known": there})


def _form(request: HttpRequest, forms: tuple[str, ...]) -> str:
    """json or html, by `f` or by what is accepted."""
    if len(forms) == 1:
        return forms[0]
    if asked := request.GET.get("f"):
        if asked not in forms:
            raise Refused(400, _("參數 f 只能是 json 或 html。"))
        return asked
    accept = request.headers.get("Accept", "")
    page, data = accept.find("text/html"), accept.find("json")
    return "html" if page >= 0 and (data < 0 or page < data) else "json"


def _tag(call: Call, *parts: object) -> str:
    said = "\n".join(map(str, (_EDITION, call.form, get_language(), call.request.build_absolute_uri(), *parts)))
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:24]}"'


def _unchanged(call: Call, etag: str, *shown: Shown) -> HttpResponseBase | None:
    """304 for who has it already."""
    response = get_conditional_response(call.request, etag=etag)
    if response is not None:
        _keep(response, etag, shown)
    return response


def _keep(response: HttpResponseBase, etag: str, shown: tuple[Shown, ...]) -> None:
    """Everybody's caches may keep what is public, and ask again whether it is still so."""
    response["ETag"] = etag
    everybody = all(one.layer.rights == Rights.PUBLIC for one in shown)
    response["Cache-Control"] = "public, no-cache" if everybody else "private, no-cache"


def _repeats(response: HttpResponseBase, one: Shown, operation: Operation) -> None:
    """An answer of one layer that everybody may see holds until the layer changes."""
    code, version = one.layer.code, _version(one)

    def again(request: HttpRequest) -> bool:
        now = queries.shown(code, Reader())
        if now is None or _version(now) != version:
            return False
        try:
            _admit(request, timezone.now())
        except CannotUseKey:  # the view says so
            return False
        use.note(request, use.ACTS[operation], code, client=False)
        return True

    if one.layer.rights == Rights.PUBLIC:
        repeats(response, again)


def _said(value: Any, kind: str = JSON) -> HttpResponse:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(body, content_type=kind)


def _page(call: Call, title: str, **context: Any) -> HttpResponse:
    def here(**changed: str) -> str:
        query = call.request.GET.copy()
        for name, value in changed.items():
            query[name] = value
        return f"{call.here}?{query.urlencode()}"

    others = [
        {"code": HTML_LANGUAGES[code], "name": LANGUAGE_NAMES[code], "url": here(f="html", lang=code)}
        for code in sorted(LANGUAGES - {get_language()})
    ]
    given = {"title": title, "as_json": here(f="json"), "other_languages": others, **context}
    return render(call.request, "spatial/ogc.html", given)


def _answer(call: Call, value: Any, kind: str, title: str, *, tag: tuple[object, ...], shown: tuple[Shown, ...] = (), **page: Any) -> HttpResponseBase:  # fmt: skip
    etag = _tag(call, *tag)
    if response := _unchanged(call, etag, *shown):
        return response
    made = _page(call, title, **page) if call.form == "html" else _said(value(), kind)
    if call.form == "json":  # a page shows who is signed in: it is nobody else's
        _keep(made, etag, shown)
    return made


def _version(one: Shown) -> tuple[object, ...]:
    return one.version, one.layer.changed_at.isoformat()


# ---- what the service is ---------------------------------------------------------------------------------------------


@door()
def landing(call: Call) -> HttpResponseBase:
    """The first page of the service."""
    said = documents.landing(call.base, call.form)
    links = [
        (one["title"], call.page(one["href"].partition("?")[0].removeprefix(call.base)))
        for one in said["links"][2:]
        if "title" in one
    ]
    links.pop(0)  # the OpenAPI document has its page in the next
    return _answer(
        call, lambda: said, JSON, said["title"], tag=(), lead=said["description"], links=links, note=said["attribution"]
    )


@door()
def conformance(call: Call) -> HttpResponseBase:
    """Which standards hold."""
    rows = [[one] for one in documents.CONFORMS]
    return _answer(
        call, lambda: {"conformsTo": documents.CONFORMS}, JSON, _("符合的標準"), tag=(), columns=[_("標準")], rows=rows
    )  # fmt: skip


@door()
def api(call: Call) -> HttpResponseBase:
    """The OpenAPI document."""
    said = documents.openapi(call.base)
    rows = [[f"/ogc{path}", next(iter(one.values()))["summary"]] for path, one in said["paths"].items()]
    return _answer(
        call, lambda: said, OPENAPI, _("空間圖資服務的用法"), tag=(), lead=said["info"]["description"],
        columns=[_("位址"), _("用途")], rows=rows,
    )  # fmt: skip


@door()
def collections(call: Call) -> HttpResponseBase:
    """The layers that are there for who asks."""
    there = queries.visible(call.reader)

    def said() -> dict[str, Any]:
        known = {one.layer.code: memory.shelf.copies.get(one.layer.code) for one in there}
        return {
            "links": documents.both(f"{call.base}/collections", asked=call.form),
            "crs": list(crs.SYSTEMS),
            "collections": [documents.collection(call.base, one, known[one.layer.code], "") for one in there],
        }

    rows = [
        [
            (str(one.layer), call.page(f"/collections/{one.layer.code}")), one.layer.get_theme_display(),
            one.layer.agency.label, one.layer.get_rights_display(),
        ]
        for one in there
    ]  # fmt: skip
    return _answer(
        call, said, JSON, _("空間圖資目錄"), tag=tuple(map(_version, there)), shown=tuple(there),
        columns=[_("圖資名稱"), _("主題"), _("提供機關"), _("使用權限")], rows=rows,
    )  # fmt: skip


@door()
def collection(call: Call, code: str) -> HttpResponseBase:
    """One layer: what it is, where it lies, in which systems it is answered."""
    one = call.shown(code)
    layer = one.layer
    facts = [
        (_("代碼"), layer.code), (_("主題"), layer.get_theme_display()), (_("提供機關"), layer.agency.label),
        (_("使用權限"), layer.get_rights_display()), (_("授權方式"), layer.get_licence_display()),
        (_("資料日期"), layer.dated_on), (_("更新頻率"), layer.get_upkeep_display()),
    ]  # fmt: skip
    href = f"/collections/{code}"
    return _answer(
        call, lambda: documents.collection(call.base, one, call.held(one), call.form), JSON, str(layer),
        tag=_version(one), shown=(one,), lead=layer.about or str(one.source.about), facts=facts,
        links=[(_("圖徵"), call.page(f"{href}/items")), (_("可以查詢的欄位"), call.page(f"{href}/queryables"))],
        back=(_("空間圖資目錄"), call.page("/collections")),
    )  # fmt: skip


def _columns(call: Call, code: str, make: Any, title: str) -> HttpResponseBase:
    one = call.shown(code)
    rows = [[column.name, str(column.title), column.kind] for column in one.source.columns]
    return _answer(
        call, lambda: make(call.here, one), SCHEMA, f"{one.layer}　{title}", tag=_version(one), shown=(one,),
        columns=[_("欄位"), _("名稱"), _("型別")], rows=rows, back=(str(one.layer), call.page(f"/collections/{code}")),
    )  # fmt: skip


@door()
def queryables(call: Call, code: str) -> HttpResponseBase:
    """By which properties a layer can be asked."""
    return _columns(call, code, documents.queryables, _("可以查詢的欄位"))


@door()
def schema(call: Call, code: str) -> HttpResponseBase:
    """What a feature holds."""
    return _columns(call, code, documents.schema, _("欄位說明"))


# ---- features --------------------------------------------------------------------------------------------------------


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit()) or int(text[:12]) < 1:
        raise Refused(400, _("limit 要是大於0的整數。"))
    return min(int(text[:12]), selecting.MOST)


def _asked(call: Call, one: Shown) -> Asked:
    """The question, from its parameters. Raises CannotAsk or Refused."""
    given, known = call.asked, {*documents.ITEMS, *(column.name for column in one.source.columns)}
    for name in given:
        if name not in known:
            raise unknown(name, known)
    if given.get("filter-lang", "cql2-text") != "cql2-text":
        raise Refused(400, _("filter-lang 只能是 cql2-text。"))
    box_system, filter_system = crs.system(given.get("bbox-crs")), crs.system(given.get("filter-crs"))
    values = tuple(
        (name, selecting.value_of(one.source, name, given[name])) for name in given if name not in documents.ITEMS
    )
    return Asked(
        box=crs.box(given["bbox"], box_system) if "bbox" in given else None,
        between=selecting.moments(given["datetime"]) if "datetime" in given else None,
        values=values,
        filter=cql.parse(given["filter"], one.source, filter_system) if "filter" in given else None,
    )


@door(free=True)
def items(call: Call, code: str) -> HttpResponseBase:
    """A page of features."""
    one = call.shown(code, Operation.FEATURES)
    asked, system, limit = _asked(call, one), crs.system(call.asked.get("crs")), _limit(call.asked.get("limit"))
    after = selecting.id_of(one.source, call.asked["after"]) if "after" in call.asked else None
    etag = _tag(call, *_version(one))
    if call.form == "json" and (response := _unchanged(call, etag, one)):
        return response
    layer = call.held(one)
    page = selecting.select(layer, asked, limit=limit, after=after)
    links = _links(call, code, page.after)
    if call.form == "html":
        return _table(call, one, layer, page, links)
    tail = {"numberMatched": page.matched, "numberReturned": len(page.places), "links": links}
    body = b"".join(
        (
            b'{"type":"FeatureCollection","features":[', b",".join(layer.features(page.places, system)), b"],",
            json.dumps(tail, ensure_ascii=False, separators=(",", ":")).encode()[1:],
        )
    )  # fmt: skip
    response = HttpResponse(body, content_type=GEOJSON)
    response["Content-Crs"] = f"<{system.uri}>"
    _keep(response, etag, (one,))
    _repeats(response, one, Operation.FEATURES)
    return response


def _links(call: Call, code: str, after: Any) -> list[dict[str, Any]]:
    def address(**changed: Any) -> str:
        query = call.request.GET.copy()
        for name, value in changed.items():
            query[name] = str(value)
        return f"{call.here}?{query.urlencode()}" if query else call.here

    other = "html" if call.form == "json" else "json"
    kinds = {"json": GEOJSON, "html": HTML}
    found = [
        documents.link(address(), "self", kinds[call.form], _("這一頁")),
        documents.link(address(f=other), "alternate", kinds[other], _("這一頁的另一種格式")),
        documents.link(f"{call.base}/collections/{code}", "collection", JSON, _("這種圖資")),
    ]
    if after is not None:
        found.append(documents.link(address(after=after), "next", kinds[call.form], _("下一頁")))
    return found


def _table(call: Call, one: Shown, layer: memory.Held, page: selecting.Selected, links: list[dict[str, Any]]) -> HttpResponse:  # fmt: skip
    rows = layer.table.take(page.places).to_pylist()
    there = [
        [(str(row["id"]), call.page(f"/collections/{one.layer.code}/items/{quote(str(row['id']), safe='')}"))]
        + [memory.written(row[column.name]) for column in one.source.columns]
        for row in rows
    ]
    onward = [(_("下一頁"), each["href"]) for each in links if each["rel"] == "next"]
    return _page(
        call, f"{one.layer}　{_('圖徵')}", lead=_("符合的有 %(n)s 筆。") % {"n": page.matched}, rows=there,
        columns=[_("編號"), *(str(column.title or column.name) for column in one.source.columns)], links=onward,
        back=(str(one.layer), call.page(f"/collections/{one.layer.code}")),
    )  # fmt: skip


@door("crs")
def item(call: Call, code: str, feature: str) -> HttpResponseBase:
    """One feature."""
    one = call.shown(code, Operation.FEATURES)
    system = crs.system(call.asked.get("crs"))
    layer = call.held(one)
    try:
        place = layer.place_of[selecting.id_of(one.source, feature)]
    except (CannotAsk, KeyError):
        raise Refused(404, _("這種圖資裡沒有這個編號。")) from None
    if call.form == "html":
        row = layer.table.slice(place, 1).to_pylist()[0]
        facts = [(str(column.title or column.name), memory.written(row[column.name])) for column in one.source.columns]
        back = (f"{one.layer}　{_('圖徵')}", call.page(f"/collections/{code}/items"))
        return _page(call, f"{one.layer}　{feature}", facts=facts, back=back)
    etag = _tag(call, *_version(one))
    if response := _unchanged(call, etag, one):
        return response
    links = [
        documents.link(call.request.build_absolute_uri(), "self", GEOJSON),
        documents.link(f"{call.here}?f=html", "alternate", HTML),
        documents.link(f"{call.base}/collections/{code}", "collection", JSON),
    ]
    body = layer.feature(place, system)[:-1] + b',"links":' + json.dumps(links, ensure_ascii=False).encode() + b"}"
    response = HttpResponse(body, content_type=GEOJSON)
    response["Content-Crs"] = f"<{system.uri}>"
    _keep(response, etag, (one,))
    _repeats(response, one, Operation.FEATURES)
    return response


# ---- tiles -----------------------------------------------------------------------------------------------------------


@door()
def tile_matrix_sets(call: Call) -> HttpResponseBase:
    """The ways in which tiles are cut."""
    return _answer(
        call, lambda: documents.tile_matrix_sets(call.base), JSON, _("圖磚的切法"), tag=(), columns=[_("名稱")],
        rows=[[(QUAD, call.page(f"/tileMatrixSets/{QUAD}"))]],
    )  # fmt: skip


@door()
def tile_matrix_set(call: Call) -> HttpResponseBase:
    """Web Mercator in squares."""
    said = documents.tile_matrix_set()
    rows = [[one["id"], f"{one['cellSize']:.2f}", f"{one['scaleDenominator']:,.0f}"] for one in said["tileMatrices"]]
    return _answer(
        call, lambda: said, JSON, QUAD, tag=(), columns=[_("層級"), _("每格公尺"), _("比例尺分母")], rows=rows
    )


@door()
def tilesets(call: Call, code: str) -> HttpResponseBase:
    """The tile sets of a layer."""
    one = call.shown(code)
    return _answer(
        call, lambda: documents.tilesets(call.base, one), JSON, f"{one.layer}　{_('向量圖磚')}", tag=_version(one),
        shown=(one,), columns=[_("圖磚的切法")], rows=[[(QUAD, call.page(f"/collections/{code}/tiles/{QUAD}"))]],
        back=(str(one.layer), call.page(f"/collections/{code}")),
    )  # fmt: skip


@door()
def tileset(call: Call, code: str) -> HttpResponseBase:
    """One tile set."""
    one = call.shown(code)
    href = f"{call.base}/collections/{code}/tiles/{QUAD}/{{z}}/{{y}}/{{x}}"
    return _answer(
        call, lambda: documents.tileset(call.base, one, call.held(one)), JSON, f"{one.layer}　{QUAD}", tag=_version(one),
        shown=(one,), facts=[(_("位址"), href), (_("層級"), f"{tiles.LOWEST}–{tiles.HIGHEST}")],
        back=(str(one.layer), call.page(f"/collections/{code}")),
    )  # fmt: skip


def _archive(one: Shown) -> Path:
    """The layer's archive; promised where the worker has not made it yet."""
    path = tiles.archive(one.source)
    if path is None:
        tiles.promise_archive(one.source, at=timezone.now())
        raise Refused(503, _("圖磚正在製作，請稍候再試。"), retry_after=10)
    return path


@door(forms=("mvt",))
def tile(call: Call, code: str, z: int, y: int, x: int) -> HttpResponseBase:
    """One tile; nothing (204) where nothing of the layer lies."""
    one = call.shown(code, Operation.TILES)
    if z > 24 or x >= 2**z or y >= 2**z:
        raise Refused(404, _("沒有這張圖磚。"))
    etag = _tag(call, *_version(one), "gzip" in call.request.headers.get("Accept-Encoding", ""))
    if response := _unchanged(call, etag, one):
        return response
    data = tiles.tile(_archive(one), z, x, y)
    if data is None:
        response = HttpResponse(status=204)
    elif "gzip" in call.request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(data, content_type=MVT, headers={"Content-Encoding": "gzip"})
    else:
        response = HttpResponse(gzip.decompress(data), content_type=MVT)
    _keep(response, etag, (one,))
    _repeats(response, one, Operation.TILES)
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@door(forms=("pmtiles",))
def archive(call: Call, code: str) -> HttpResponseBase:
    """All tiles of a layer as one file, whole or by ranges."""
    one = call.shown(code, Operation.TILES)
    path = _archive(one)
    size = path.stat().st_size
    etag = f'"{path.name.split(".")[1]}"'
    if response := _unchanged(call, etag, one):
        return response
    wanted = call.request.headers.get("Range", "")
    if call.request.headers.get("If-Range", etag) != etag:
        wanted = ""
    part = byte_range(wanted, size)
    if part is None:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        return response
    start, end = part
    # Said to be as it is: a compressed piece of a file is no piece of it.
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(end - start), "Content-Encoding": "identity"}
    made = StreamingHttpResponse(_bytes(path, start, end), content_type=PMTILES, headers=headers)
    if wanted and wanted.startswith("bytes=") and "," not in wanted:
        made.status_code = 206
        made["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    _keep(made, etag, (one,))
    return made


def byte_range(text: str, size: int) -> tuple[int, int] | None:
    """From and up to where of a file `Range: bytes=…` asks: all of it for none, several or another unit; None beyond it."""
    unit, _equals, span = text.partition("=")
    start, dash, end = span.strip().partition("-")
    readable = unit == "bytes" and dash and all(not one or (one.isascii() and one.isdigit()) for one in (start, end))
    if not readable or not (start or end):
        return 0, size
    if not start:
        last = int(end[:18])
        return (max(size - last, 0), size) if last else None
    first, after = int(start[:18]), min(int(end[:18]) + 1, size) if end else size
    return (first, after) if first < after else None


def _bytes(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < end and (piece := file.read(min(CHUNK, end - start))):
            start += len(piece)
            yield piece
