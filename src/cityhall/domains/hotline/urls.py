"""Addresses of the hotline: the desk's below /desk/calls/."""

from django.urls import include, path

from . import views

app_name = "hotline"
pages = [
    path("", views.index, name="calls"),
    path("export.<str:kind>", views.export, name="export"),
    path("statistics/", views.statistics, name="statistics"),
]
urlpatterns = [path("desk/calls/", include((pages, app_name)))]
