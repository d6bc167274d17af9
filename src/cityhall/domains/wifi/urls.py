"""Addresses of public wireless access: the desk's below /desk/wifi/."""

from django.urls import include, path

from . import views

desk_urls = [
    path("", views.index, name="index"),
    path("export.<str:kind>", views.export, name="export"),
    path("new/", views.add, name="new"),
    path("import/", views.bring, name="import"),
    path("hotspots/<slug:code>/", views.hotspot, name="hotspot"),
    path("hotspots/<slug:code>/change/", views.change, name="change"),
    path("hotspots/<slug:code>/state/", views.state, name="state"),
]

urlpatterns = [path("desk/wifi/", include((desk_urls, "wifi_desk")))]
