"""The JSON API below /api/v1/: one OpenAPI document over the routers that the apps bring in their `api.py`.

Errors are application/problem+json with a sentence that says what to do (RFC 9457); lists are paged; writes honour an
Idempotency-Key (see `engines.idempotency.views.api_once`).
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from cityhall.web import errors
from cityhall.web.problems import PROBLEM


class CityAPI(NinjaAPI):
    """Ninja's, with a document that says what really comes: problem+json, and the header that makes writes safe."""

    def get_openapi_schema(self, **asked: Any) -> Any:
        """The OpenAPI document."""
        document = super().get_openapi_schema(**asked)
        for path in document["paths"].values():
            for method, operation in path.items():
                for status, response in operation["responses"].items():
                    if int(status) >= 400:
                        response["content"] = dict.fromkeys([PROBLEM], *response["content"].values())
                    if int(status) == 429:
                        response["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}}
                if method == "post":
                    operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        return document


IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body again give the same answer, and nothing is done twice.",
    "schema": {"type": "string", "pattern": "^[!-~]{8,200}$"},
}

api = CityAPI(
    title="CityHall 市政廳",
    version="1",
    description="Petitions, figures and places of the city. Errors are application/problem+json.",
    urls_namespace="api",
    docs_url=None,  # the document is at openapi.json; a page from a foreign host is not ours to serve
)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """422: which field, and what is wrong with it."""
    return errors.problem(request, 422, _("送來的資料不完整或格式不對，請看 errors。"), errors=readable(error.errors))


def readable(found: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Pydantic's findings in the reader's language, without the values that were sent: those may be personal data."""
    return [{"field": ".".join(str(part) for part in one["loc"]), "message": _said(one)} for one in found]


def _said(one: dict[str, Any]) -> str:
    """One finding; what our own validators say comes after "Value error, "."""
    kind, limits = str(one["type"]), one.get("ctx") or {}
    if kind == "value_error":
        return str(one["msg"]).removeprefix("Value error, ")
    for begins, sentence in _SENTENCES.items():
        if kind.startswith(begins):
            return str(sentence) % limits
    return _("格式不對")


# By how pydantic's kinds of error begin, the longer first.
_SENTENCES: dict[str, Any] = {
    "missing": gettext_lazy("必填"),
    "string_too_long": gettext_lazy("最多 %(max_length)s 個字"),
    "string_too_short": gettext_lazy("至少 %(min_length)s 個字"),
    "string_pattern": gettext_lazy("不是可用的寫法"),
    "string_unicode": gettext_lazy("文字裡有不能儲存的字元"),
    "string": gettext_lazy("要是文字"),
    "too_long": gettext_lazy("最多 %(max_length)s 項"),
    "greater_than_equal": gettext_lazy("不能小於 %(ge)s"),
    "less_than_equal": gettext_lazy("不能大於 %(le)s"),
    "int": gettext_lazy("要是整數"),
    "float": gettext_lazy("要是數字"),
    "finite_number": gettext_lazy("要是數字"),
    "bool": gettext_lazy("要是 true 或 false"),
    "date": gettext_lazy("要是日期，例如 2026-11-23"),
    "uuid": gettext_lazy("要是 UUID"),
    "dict": gettext_lazy("要是物件"),
    "model": gettext_lazy("要是物件"),
}


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """401: a key is needed."""
    response = errors.problem(request, 401, _("請在 Authorization 標頭附上 API 金鑰。"))
    response["WWW-Authenticate"] = 'Bearer realm="CityHall"'
    return response


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """404: no such record, or not for you."""
    return errors.problem(request, 404, _("找不到這筆資料。"))


@api.exception_handler(PermissionDenied)
def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    """403: the key has no such scope."""
    return errors.problem(request, 403, _("這把金鑰沒有這項權限。"))


@api.exception_handler(HttpError)
def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What ninja itself refuses: a body that is no JSON."""
    return errors.problem(request, error.status_code, _("送來的內容不是 JSON，或太大。"))


def collect() -> NinjaAPI:
    """Add every app's router, and its own ways of refusing (`refuse_with_problems`)."""
    for app in apps.get_app_configs():
        if app.name.startswith("cityhall.") and app.name != "cityhall.project" and find_spec(f"{app.name}.api"):
            module = import_module(f"{app.name}.api")
            if hasattr(module, "router"):
                api.add_router("", module.router)
            if hasattr(module, "refuse_with_problems"):
                module.refuse_with_problems(api)
    return api
