"""Addresses of public wireless access: everybody's below /wifi/, the desk's below /desk/wifi/."""

from django.urls import include, path

from . import placing, portal, running, views

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
    path("use/", running.month, name="month"),
    path("use/export.<str:kind>", running.export_month, name="export_month"),
    path("use/import/", running.bring_use, name="import_use"),
    path("placement/", placing.index, name="placement"),
    path("placement/export.<str:kind>", placing.export, name="export_placement"),
    path("placement/people/", placing.bring_people, name="import_people"),
    path("outages/", running.outage_list, name="outages"),
    path("outages/export.<str:kind>", running.export_outages, name="export_outages"),
    path("outages/import/", running.bring_outages, name="import_outages"),
    path("outages/<int:pk>/end/", running.end_outage, name="end_outage"),
    path("hotspots/<slug:code>/outage/", running.record_outage, name="record_outage"),
    path("hotspots/<slug:code>/", views.hotspot, name="hotspot"),
    path("hotspots/<slug:code>/change/", views.change, name="change"),
    path("hotspots/<slug:code>/state/", views.state, name="state"),
]

urlpatterns = [
    path("wifi/", include((portal_urls, "wifi"))),
    path("desk/wifi/", include((desk_urls, "wifi_desk"))),
]
