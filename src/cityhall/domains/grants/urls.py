"""Addresses of grants, below /desk/grants/."""

from django.urls import include, path

from . import views

desk_urls = [
    path("", views.calls, name="calls"),
    path("new/", views.new, name="new"),
    path("<uuid:reference>/", views.call, name="call"),
    path("<uuid:reference>/export.<str:kind>", views.export, name="export"),
    path("<uuid:reference>/needs/", views.submit_need, name="submit_need"),
    path("<uuid:reference>/review/", views.review, name="review"),
    path("needs/<uuid:reference>/decide/", views.decide_need, name="decide_need"),
    path("needs/<uuid:reference>/proposals/", views.propose, name="propose"),
    path("proposals/<uuid:reference>/decide/", views.decide, name="decide"),
    path("proposals/<uuid:reference>/sign/", views.sign, name="sign"),
]

urlpatterns = [path("desk/grants/", include((desk_urls, "grants")))]
