"""Addresses that exist for the tests of this package only: views that fail in every way."""

from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from cityhall.project import urls as ours
from cityhall.web import access, errors


@access.public
def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret of the house: SELECT password FROM account")


@access.public
def locked(request: HttpRequest) -> HttpResponse:
    raise OperationalError("database is locked")


@access.public
def too_many(request: HttpRequest) -> HttpResponse:
    raise errors.TooMany("今天查詢太多次，請明天再試。", retry_after=3600)


@access.public
def gone(request: HttpRequest) -> HttpResponse:
    raise Http404("這個案件已經移走。")


@access.public
def no_record(request: HttpRequest) -> HttpResponse:
    raise Http404("No Petition matches the given query.")


@access.public
def bad(request: HttpRequest) -> HttpResponse:
    raise BadRequest("no detail please")


@access.public
@require_POST
def post_only(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@access.signed_in
def mine(request: HttpRequest) -> HttpResponse:
    return HttpResponse("mine")


@access.requires("petitions.dispatch", "petitions.assign")
def dispatch(request: HttpRequest) -> HttpResponse:
    return HttpResponse("dispatched")


urlpatterns = [
    path("test/crash/", crash),
    path("test/database/", locked),
    path("test/too-many/", too_many),
    path("test/gone/", gone),
    path("test/no-record/", no_record),
    path("test/bad/", bad),
    path("test/post-only/", post_only),
    path("test/mine/", mine),
    path("test/dispatch/", dispatch),
    path("api/test/crash/", crash),
    *ours.urlpatterns,
]
handler400, handler403, handler404, handler500 = ours.handler400, ours.handler403, ours.handler404, ours.handler500
