"""Addresses of controlled projects, below /desk/projects/."""

from django.urls import include, path

from .views import acting, controlling, looking, months, photos, portfolio, record

desk_urls = [
    path("", portfolio.index, name="index"),
    path("export.<str:kind>", portfolio.export, name="export"),
    path("table/", portfolio.table, name="table"),
    path("table.<str:kind>", portfolio.export_table, name="export_table"),
    path("map/", looking.on_map, name="map"),
    path("gantt/", looking.gantt, name="gantt"),
    path("compare/", looking.compare, name="compare"),
    path("requests/", looking.requests, name="requests"),
    path("requests.<str:kind>", looking.export_requests, name="export_requests"),
    path("hits/", controlling.hits, name="hits"),
    path("hits.<str:kind>", controlling.export_hits, name="export_hits"),
    path("what-if/", controlling.what_if, name="what_if"),
    path("candidates/", controlling.candidates, name="candidates"),
    path("reviews/<uuid:reference>/agenda/", controlling.review, name="review"),
    path("new/", acting.propose, name="new"),
    path("months/", months.bring, name="bring"),
    path("months/<uuid:reference>/", months.bringing, name="import"),
    path("months.<str:kind>", months.export, name="export_months"),
    path("<slug:number>/", record.project, name="project"),
    path("<slug:number>/photos/", photos.photos, name="photos"),
    path("<slug:number>/months/<str:month>/", months.month, name="month"),
    path("<slug:number>/months/<str:month>/reopen/", controlling.reopen, name="reopen"),
    path("<slug:number>/record/<slug:what>/", acting.record, name="record"),
    path("<slug:number>/apply/<slug:kind>/", acting.apply, name="apply"),
    path("<slug:number>/select/", controlling.select, name="select"),
    path("<slug:number>/leave/", controlling.leave, name="leave"),
    path("<slug:number>/decide/", controlling.decide, name="decide"),
    path("<slug:number>/hits/<uuid:reference>/clear/", controlling.clear, name="clear"),
]

urlpatterns = [path("desk/projects/", include((desk_urls, "projects")))]
