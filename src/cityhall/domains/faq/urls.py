"""Addresses of the FAQ base, below /faq/."""

from django.urls import include, path

from . import views

faq_urls = [
    path("", views.search, name="search"),
    path("<slug:code>/", views.entry, name="entry"),
    path("<slug:code>/helped/", views.helped, name="helped"),
]

urlpatterns = [path("faq/", include((faq_urls, "faq")))]
