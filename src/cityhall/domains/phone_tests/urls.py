"""Addresses of the telephone tests, below /desk/phone-tests/."""

from django.urls import include, path

from . import views

desk_urls = [
    path("", views.mine, name="mine"),
    path("tests/<uuid:reference>/", views.test, name="test"),
    path("tests/<uuid:reference>/unreached/", views.unreached, name="unreached"),
]

urlpatterns = [path("desk/phone-tests/", include((desk_urls, "phone_tests")))]
