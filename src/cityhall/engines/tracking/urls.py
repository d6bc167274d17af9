"""Addresses of listed items, below /desk/tracked/."""

from django.urls import include, path

from . import views

desk_urls = [
    path("<uuid:reference>/", views.item, name="item"),
    path("<uuid:reference>/decide/", views.decide, name="decide"),
    path("<uuid:reference>/reopen/", views.reopen, name="reopen"),
    path("<uuid:reference>/agencies/", views.duty, name="duty"),
    path("<uuid:reference>/agencies/<int:number>/end/", views.end_duty, name="end_duty"),
    path("replies/<uuid:reference>/answer/", views.answer, name="answer"),
    path("replies/<uuid:reference>/review/", views.review, name="review"),
]

urlpatterns = [path("desk/tracked/", include((desk_urls, "tracking")))]
