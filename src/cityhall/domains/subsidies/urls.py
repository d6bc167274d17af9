"""Addresses of subsidised projects, below /desk/subsidies/."""

from django.urls import include, path

from . import views

desk_urls = [
    path("", views.rates, name="rates"),
    path("export.<str:kind>", views.export, name="export"),
    path("projects/", views.projects, name="projects"),
    path("projects.<str:kind>", views.export_projects, name="export_projects"),
]

urlpatterns = [path("desk/subsidies/", include((desk_urls, "subsidies")))]
