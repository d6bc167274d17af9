"""Addresses of counted use, below /desk/usage/."""

from django.urls import include, path

from . import views

desk_urls = [
    path("", views.batches, name="batches"),
    path("import/", views.upload, name="upload"),
    path("systems/add/", views.add_system, name="add_system"),
    path("batches/<int:pk>/", views.batch, name="batch"),
    path("batches/<int:pk>/refused.csv", views.refused, name="refused"),
]

urlpatterns = [path("desk/usage/", include((desk_urls, "usage")))]
