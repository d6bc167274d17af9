"""Addresses of the FAQ base: below /faq/ for everybody, below /desk/faq/ for officers."""

from django.urls import include, path

from .views import asking, bringing, desk, exporting, keeping, moving

faq_urls = [
    path("", asking.search, name="search"),
    path("<slug:code>/", asking.entry, name="entry"),
    path("<slug:code>/helped/", asking.helped, name="helped"),
]

desk_urls = [
    path("", desk.index, name="index"),
    path("export.<str:kind>", desk.export, name="export"),
    path("import/", bringing.bring, name="import"),
    path("import/template.<str:kind>", bringing.template, name="template"),
    path("chased/", keeping.chased, name="chased"),
    path("chased/export.<str:kind>", exporting.chased, name="export_chased"),
    path("chased/<int:pk>/settle/", keeping.settle, name="settle"),
    path("proposals/", keeping.proposals, name="proposals"),
    path("proposals/export.<str:kind>", exporting.proposals, name="export_proposals"),
    path("proposals/<int:pk>/", keeping.decide, name="decide"),
    path("proposals/<int:pk>/reopen/", keeping.reopen, name="reopen"),
    path("used/", keeping.used, name="used"),
    path("new/", moving.new, name="new"),
    path("entries/<slug:code>/", desk.entry, name="entry"),
    path("entries/<slug:code>/compare/", desk.compare, name="compare"),
    path("entries/<slug:code>/write/", moving.write, name="write"),
    path("entries/<slug:code>/submit/", moving.submit, name="submit"),
    path("entries/<slug:code>/review/", moving.review, name="review"),
    path("entries/<slug:code>/discard/", moving.discard, name="discard"),
    path("entries/<slug:code>/confirm/", keeping.confirm, name="confirm"),
    path("entries/<slug:code>/withdraw/", moving.withdraw, name="withdraw"),
    path("entries/<slug:code>/bring-back/", moving.bring_back, name="bring_back"),
]

urlpatterns = [
    path("faq/", include((faq_urls, "faq"))),
    path("desk/faq/", include((desk_urls, "faq_desk"))),
]
