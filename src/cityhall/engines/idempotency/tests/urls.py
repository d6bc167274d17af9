"""A page and a program's door that each make one group, and fail when a test says so."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template import RequestContext, Template
from django.urls import path
from ninja import NinjaAPI, Schema, Status
from ninja.decorators import decorate_view
from ninja.errors import HttpError

from cityhall.engines.idempotency.views import api_once, done, form_once


class Trouble:
    """What goes wrong in the next request: before the work, in its middle, or after it."""

    before: Callable[[], None] = staticmethod(lambda: None)
    amid: Callable[[], None] = staticmethod(lambda: None)
    after: Callable[[], None] = staticmethod(lambda: None)


def work(name: str) -> Group:
    Trouble.before()
    group = Group.objects.create(name=name)
    Trouble.amid()
    group.name += f" #{group.pk}"
    group.save()
    Trouble.after()
    return group


api = NinjaAPI(urls_namespace="idempotency-test")


class Wish(Schema):
    name: str


@api.post("/groups", response={201: dict, 422: dict})
@decorate_view(api_once)
def make_group(request: HttpRequest, wish: Wish) -> Any:
    if wish.name == "refused":
        return Status(422, {"detail": "這個名稱不能用"})
    return Status(201, {"made": work(wish.name).name})


@api.post("/raises")
@decorate_view(api_once)
def raises(request: HttpRequest, wish: Wish) -> Any:
    Group.objects.create(name=f"tries of {wish.name}")
    raise HttpError(403, "counted and refused")


@api_once
def plain(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"made": work(request.POST["name"]).name}, status=201)


@api_once
def unwell(request: HttpRequest) -> HttpResponse:
    Group.objects.create(name="half")
    return HttpResponse(status=503)


class NameForm(forms.Form):
    name = forms.CharField(max_length=20)


@form_once
def page(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST or None)
    if form.is_valid():
        return HttpResponseRedirect(f"/made/{work(form.cleaned_data['name']).pk}")
    template = Template("{% load idempotency %}<form>{% once %}{{ form }}</form>")
    return HttpResponse(template.render(RequestContext(request, {"form": form})))


@form_once
def fragment(request: HttpRequest) -> HttpResponse:
    return done(HttpResponse(f"<li>{work(request.POST['name']).name}</li>"))


urlpatterns = [
    path("api/test/", api.urls),
    path("plain", plain),
    path("unwell", unwell),
    path("page", page),
    path("fragment", fragment),
    *import_module("cityhall.project.urls").urlpatterns,  # what the base page links to
]
