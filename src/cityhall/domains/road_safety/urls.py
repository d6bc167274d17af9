"""Addresses of the road-safety evaluation."""

from django.urls import include, path

from . import views

desk_urls = [
    path("", views.years, name="years"),
    path("begin/", views.begin, name="begin"),
    path("<int:year>/", views.year, name="year"),
    path("<int:year>/results.<str:kind>", views.export, name="export"),
    path("<int:year>/ministry/", views.ministry, name="ministry"),
    path("<int:year>/send/", views.send, name="send"),
]

urlpatterns = [path("desk/road-safety/", include((desk_urls, "road_safety")))]
