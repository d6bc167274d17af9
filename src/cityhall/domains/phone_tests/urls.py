"""Addresses of the telephone tests, below /desk/phone-tests/."""

from django.urls import include, path

from .views import calling, plans, results, scheme

desk_urls = [
    path("", calling.mine, name="mine"),
    path("tests/<uuid:reference>/", calling.test, name="test"),
    path("tests/<uuid:reference>/unreached/", calling.unreached, name="unreached"),
    path("tests/<uuid:reference>/again/", calling.again, name="again"),
    path("tests/<uuid:reference>/answer/", calling.answer, name="answer"),
    path("tests/<uuid:reference>/decide/", calling.decide, name="decide"),
    path("results/", results.results, name="results"),
    path("results/export.<str:kind>", results.export, name="export"),
    path("plans/", plans.index, name="plans"),
    path("plans/draw/", plans.draw, name="draw"),
    path("plans/<str:month>/", plans.plan, name="plan"),
    path("plans/<str:month>/redraw/", plans.redraw, name="redraw"),
    path("scheme/", scheme.index, name="scheme"),
    path("scheme/new/", scheme.new, name="new_scheme"),
    path("scheme/<int:version>/back/", scheme.take_back, name="take_back_scheme"),
    path("cards/", plans.cards, name="cards"),
    path("cards/new/", plans.new_card, name="new_card"),
    path("cards/<slug:code>/retire/", plans.retire_card, name="retire_card"),
]

urlpatterns = [path("desk/phone-tests/", include((desk_urls, "phone_tests")))]
