"""Addresses of the road-safety evaluation."""

from django.urls import include, path

from . import views

desk_urls = [
    path("", views.years, name="years"),
    path("begin/", views.begin, name="begin"),
    path("<int:year>/send/", views.send, name="send"),
]

urlpatterns = [path("desk/road-safety/", include((desk_urls, "road_safety")))]
