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
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from cityhall.web import errors

api = NinjaAPI(
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
    """Pydantic's findings without the values that were sent: those may be personal data."""
    return [{"field": ".".join(str(part) for part in one["loc"]), "message": str(one["msg"])} for one in found]


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
    """What ninja itself refuses, as a body that is no JSON."""
    return errors.problem(request, error.status_code, str(error))


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
