"""Addresses of petitions: the citizen's below /petitions/, the officer's below /desk/petitions/."""

from django.urls import include, path

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
