"""Addresses of public wireless access: everybody's below /wifi/, the desk's below /desk/wifi/."""

from django.urls import include, path

from . import portal, views

portal_urls = [
    path("", portal.index, name="index"),
    path("list.<str:kind>", portal.export, name="export"),
    path("<slug:code>/", portal.hotspot, name="hotspot"),
]

desk_urls = [
    path("", views.index, name="index"),
    path("export.<str:kind>", views.export, name="export"),
    path("new/", views.add, name="new"),
    path("import/", views.bring, name="import"),
    path("hotspots/<slug:code>/", views.hotspot, name="hotspot"),
    path("hotspots/<slug:code>/change/", views.change, name="change"),
    path("hotspots/<slug:code>/state/", views.state, name="state"),
]

urlpatterns = [
    path("wifi/", include((portal_urls, "wifi"))),
    path("desk/wifi/", include((desk_urls, "wifi_desk"))),
]
