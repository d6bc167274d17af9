"""Addresses of the web layer; `urlpatterns` have languages, `machine_urlpatterns` have none."""

from django.urls import include, path

from cityhall.web import views

pages = [
    path("", views.home, name="home"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("about/", views.about, name="about"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("styleguide/desk/", views.styleguide_desk, name="styleguide_desk"),
]
urlpatterns = [path("", include((pages, "web")))]

machine_urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
]
