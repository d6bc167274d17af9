"""Addresses of the smart-city programme, below /desk/smart-city/."""

from django.urls import include, path

from . import views

desk_urls = [
    path("", views.programme, name="programme"),
    path("export.<str:kind>", views.export, name="export"),
    path("awards/", views.awards, name="awards"),
    path("awards/new/", views.enter_award, name="enter_award"),
    path("awards/<uuid:reference>/", views.award, name="award"),
    path("awards/<uuid:reference>/result/", views.record_result, name="record_result"),
    path("awards/<uuid:reference>/evidence/", views.add_evidence, name="add_evidence"),
    path("awards/evidence/<uuid:reference>/withdraw/", views.withdraw_evidence, name="withdraw_evidence"),
    path("<slug:number>/", views.sub_project, name="sub_project"),
    path("<slug:number>/indicators/", views.add_indicator, name="add_indicator"),
    path("<slug:number>/indicators/<int:n>/", views.values, name="values"),
]

urlpatterns = [path("desk/smart-city/", include((desk_urls, "smart_city")))]
