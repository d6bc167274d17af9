"""Addresses of council cases, below /desk/council/."""

from django.urls import include, path

from . import views

desk_urls = [
    path("items/", views.items, name="items"),
    path("items/export.<str:kind>", views.export, name="export"),
    path("items/new/", views.new, name="new"),
    path("items/sheet/", views.sheet, name="sheet"),
    path("items/blank.<str:kind>", views.blank, name="blank"),
    path("sessions/", views.council, name="council"),
    path("sessions/new/", views.new_session, name="new_session"),
    path("councillors/new/", views.new_councillor, name="new_councillor"),
    path("councillors/<uuid:reference>/leave/", views.leave, name="leave"),
    path("look-up/", views.look_up, name="look_up"),
    path("look-up/<uuid:reference>/", views.looked_up, name="looked_up"),
    path("inspections/", views.inspections, name="inspections"),
    path("inspections/export.<str:kind>", views.export_inspections, name="export_inspections"),
    path("inspections/new/", views.new_inspection, name="new_inspection"),
    path("inspections/month/", views.report_month, name="report_month"),
    path("inspections/<uuid:reference>/withdraw/", views.withdraw, name="withdraw"),
]

urlpatterns = [path("desk/council/", include((desk_urls, "council")))]
