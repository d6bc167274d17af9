"""Addresses of the desk."""

from django.urls import include, path

from . import views

pages = [
    path("desk/", views.desk, name="list"),
    path("desk/late/", views.overview, name="overview"),
    path("desk/late/export.<str:kind>", views.export_overview, name="export_overview"),
    path("desk/search", views.search, name="search"),
    path("desk/todos/bulk/", views.bulk, name="bulk"),
    path("desk/todos/export.<str:file_format>", views.export, name="export"),
    path("desk/todos/letter/", views.daily_letter, name="digest"),
    path("desk/todos/filters/", views.save_filter, name="save_filter"),
    path("desk/todos/filters/<int:pk>/forget/", views.forget_filter, name="forget_filter"),
]
urlpatterns = [path("", include((pages, "worklist")))]
