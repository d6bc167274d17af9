"""Addresses of listed items, below /desk/tracked/."""

from django.urls import include, path

from . import register_views, views

desk_urls = [
    path("lists/<slug:key>/", register_views.items, name="register"),
    path("lists/<slug:key>/export.<str:kind>", register_views.export, name="export"),
    path("lists/<slug:key>/agencies/", register_views.agencies, name="agencies"),
    path("lists/<slug:key>/agencies.<str:kind>", register_views.export_agencies, name="export_agencies"),
    path("lists/<slug:key>/month.pdf", register_views.month, name="month"),
    path("lists/<slug:key>/new/", register_views.new, name="new"),
    path("lists/<slug:key>/sheet/", register_views.sheet, name="sheet"),
    path("lists/<slug:key>/blank.<str:kind>", register_views.blank, name="blank"),
    path("<uuid:reference>/", views.item, name="item"),
    path("<uuid:reference>/decide/", views.decide, name="decide"),
    path("<uuid:reference>/reopen/", views.reopen, name="reopen"),
    path("<uuid:reference>/agencies/", views.duty, name="duty"),
    path("<uuid:reference>/agencies/<int:number>/end/", views.end_duty, name="end_duty"),
    path("replies/<uuid:reference>/answer/", views.answer, name="answer"),
    path("replies/<uuid:reference>/review/", views.review, name="review"),
]

urlpatterns = [path("desk/tracked/", include((desk_urls, "tracking")))]
