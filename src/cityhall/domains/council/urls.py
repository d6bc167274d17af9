"""Addresses of council cases, below /desk/council/, and of the look-up by link, below /council/."""

from django.urls import include, path

from . import data, importing, mobile, papers, splitting, views

desk_urls = [
    path("items/", views.items, name="items"),
    path("items/export.<str:kind>", views.export, name="export"),
    path("items/new/", views.new, name="new"),
    path("items/transcript/", splitting.split, name="split"),
    path("items/<uuid:reference>/alike/", views.similar, name="similar"),
    path("items/sheet/", importing.sheet, name="sheet"),
    path("items/sheet/<uuid:reference>/", importing.one, name="import"),
    path("items/sheet/<uuid:reference>/start/", importing.start, name="import_start"),
    path("items/sheet/<uuid:reference>/discard/", importing.discard, name="import_discard"),
    path("items/sheet/<uuid:reference>/refused.<str:kind>", importing.rows, name="import_rows"),
    path("items/blank.<str:kind>", importing.blank, name="blank"),
    path("sessions/", views.council, name="council"),
    path("carried-out/", papers.index, name="reports"),
    path("carried-out/new/", papers.new, name="new_report"),
    path("carried-out/<uuid:reference>/", papers.one, name="report"),
    path("carried-out/<uuid:reference>.<str:kind>", papers.document, name="report_document"),
    path("sessions/new/", views.new_session, name="new_session"),
    path("councillors/new/", views.new_councillor, name="new_councillor"),
    path("councillors/<uuid:reference>/leave/", views.leave, name="leave"),
    path("readers/new/", views.new_reader, name="new_reader"),
    path("readers/<uuid:reference>/end/", views.end_reader, name="end_reader"),
    path("marks/<int:number>/", views.answer_mark, name="answer_mark"),
    path("look-up/replies/<uuid:reference>/mark/", views.mark, name="mark"),
    path("look-up/", views.look_up, name="look_up"),
    path("look-up/<uuid:reference>/", views.looked_up, name="looked_up"),
    path("inspections/", views.inspections, name="inspections"),
    path("inspections/export.<str:kind>", views.export_inspections, name="export_inspections"),
    path("inspections/new/", views.new_inspection, name="new_inspection"),
    path("inspections/month/", views.report_month, name="report_month"),
    path("inspections/<uuid:reference>/withdraw/", views.withdraw, name="withdraw"),
]

look_up_urls = [
    path("", mobile.ask, name="ask"),
    path("link/<str:token>/", mobile.link, name="link"),
    path("items/", mobile.items, name="items"),
    path("items/<uuid:reference>/", mobile.item, name="item"),
    path("items/replies/<uuid:reference>/mark/", mobile.mark, name="mark"),
    path("news/", mobile.news, name="news"),
    path("news/feed/", mobile.renew_feed, name="renew_feed"),
    path("news/<uuid:reference>/<str:key>/stop/", mobile.stop, name="stop"),
    path("leave/", mobile.leave, name="leave"),
    path("<str:token>.atom", mobile.feed, name="feed"),
]

machine_urlpatterns = [path("council/items.<str:kind>", data.items, name="council_open_data")]
urlpatterns = [
    path("desk/council/", include((desk_urls, "council"))),
    path("council/", include((look_up_urls, "council_look_up"))),
]
