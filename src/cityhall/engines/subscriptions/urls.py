"""Addresses of subscriptions: links of letters lead here."""

from django.urls import include, path

from . import views

pages = [
    path("<uuid:reference>/", views.confirm, name="confirm"),
    path("<uuid:reference>/<str:key>/", views.manage, name="manage"),
    path("<uuid:reference>/<str:key>/stop/", views.stop, name="stop"),
]

urlpatterns = [path("subscriptions/", include((pages, "subscriptions")))]
