"""Addresses of evaluations, below /desk/evaluations/."""

from django.urls import include, path

from . import views

pages = [
    path("", views.index, name="index"),
    path("choose/", views.choose, name="choose"),
    path("begin/", views.begin, name="begin"),
    path("schemes/<str:kind>/", views.scheme, name="scheme"),
    path("schemes/<str:kind>/new/", views.new_scheme, name="new_scheme"),
    path("<uuid:reference>/", views.evaluation, name="evaluation"),
    path("<uuid:reference>/end/", views.end_step, name="end_step"),
    path("<uuid:reference>/close/", views.close, name="close"),
    path("<uuid:reference>/reopen/", views.reopen, name="reopen"),
    path("<uuid:reference>/letters/", views.send_results, name="letters"),
    path("<uuid:reference>/letters/<slug:agency>/<int:n>.pdf", views.letter, name="letter"),
    path("<uuid:reference>/measure/", views.measure, name="measure"),
    path("<uuid:reference>/results.<str:kind>", views.export, name="export"),
    path("<uuid:reference>/<int:n>/", views.candidate, name="candidate"),
    path("<uuid:reference>/<int:n>/recuse/", views.recuse, name="recuse"),
]

urlpatterns = [path("desk/evaluations/", include((pages, "scoring")))]
