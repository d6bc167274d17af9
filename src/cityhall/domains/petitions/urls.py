"""Addresses of petitions: the citizen's below /petitions/, the officer's below /desk/petitions/."""

from django.urls import include, path, re_path

from . import open311
from .views import desk

citizen_urls: list = []  # type: ignore[type-arg]

desk_urls = [
    path("", desk.index, name="list"),
    path("export.<str:kind>", desk.export, name="export"),
    path("<uuid:reference>/", desk.record, name="record"),
    path("<uuid:reference>/timeline/", desk.timeline, name="timeline"),
    path("<uuid:reference>/reporter/", desk.look, name="look"),
    path("<uuid:reference>/to/<slug:category>/", desk.quick_dispatch, name="quick_dispatch"),
    path("<uuid:reference>/<str:code>/", desk.act, name="act"),
]

urlpatterns = [
    path("", include(([*citizen_urls, path("desk/petitions/", include(desk_urls))], "petitions"))),
]

# GeoReport v2: the extension selects the format.
_FMT = r"\.(?P<fmt>json|xml)$"
machine_urlpatterns = [
    re_path(
        r"^open311/v2/",
        include(
            (
                [
                    re_path(rf"^discovery{_FMT}", open311.discovery, name="discovery"),
                    re_path(rf"^services{_FMT}", open311.services, name="services"),
                    re_path(rf"^services/(?P<code>[^/]+?){_FMT}", open311.definition, name="definition"),
                    re_path(rf"^requests{_FMT}", open311.requests, name="requests"),
                    re_path(rf"^requests/(?P<number>[^/]+?){_FMT}", open311.one, name="request"),
                    re_path(rf"^tokens/(?P<token>[^/]+?){_FMT}", open311.token, name="token"),
                ],
                "open311",
            )
        ),
    )
]
