"""Addresses of Control Yuan visits; the visits themselves are gatherings."""

from django.urls import include, path

from . import views

desk_urls = [
    path("<uuid:reference>/petitioners/", views.receive, name="receive"),
    path("<uuid:reference>/petitioners/<int:n>/petition/", views.link, name="link"),
]

urlpatterns = [path("desk/control-yuan/", include((desk_urls, "control_yuan")))]
