"""Addresses of open data: pages below /data/ and /desk/open-data/, and the doors of programs."""

from django.urls import include, path

from .views import (
    ckan,
    desk,
    following,
    linked,
    national,
    public,
    quality,
    requests,
    rows,
    showcases,
)

public_urls = [
    path("", public.search, name="search"),
    path("requests/", requests.index, name="requests"),
    path("requests/new/", requests.new, name="new_request"),
    path("requests/<int:number>/", requests.one, name="request"),
    path("requests/<int:number>/join/", requests.join, name="join_request"),
    path("showcases/", showcases.index, name="showcases"),
    path("showcases/new/", showcases.new, name="new_showcase"),
    path("showcases/<int:number>/", showcases.one, name="showcase"),
    path("follow/", following.follow, name="follow_search"),
    path("feed.atom", following.search_feed, name="search_feed"),
    path("agencies/<slug:code>/follow/", following.follow, name="follow_agency"),
    path("agencies/<slug:code>/feed.atom", following.agency_feed, name="agency_feed"),
    path("<slug:name>/follow/", following.follow, name="follow_dataset"),
    path("<slug:name>/feed.atom", following.dataset_feed, name="dataset_feed"),
    path("use/", public.uses, name="use"),
    path("use/by-dataset.<slug:kind>", public.uses_sheet, name="use_sheet"),
    path("quality/", quality.ranking, name="quality"),
    path("quality/by-agency.<slug:kind>", quality.ranking_sheet, name="quality_sheet"),
    path("agencies/", public.agencies, name="agencies"),
    path("agencies/<slug:code>/", public.agency, name="agency"),
    path("<slug:name>/", public.dataset, name="dataset"),
    path("<slug:name>/quality/", quality.dataset, name="dataset_quality"),
    path("<slug:name>/<uuid:reference>/", rows.resource, name="resource"),
    path("<slug:name>/<uuid:reference>/rows.<slug:kind>", rows.download, name="rows"),
    path("<slug:name>/resources/<uuid:reference>/download", public.download, name="download"),
    path("<slug:name>/resources/<uuid:reference>/versions/<int:number>/download", public.download, name="version"),
]

desk_urls = [
    path("", desk.index, name="index"),
    path("export.csv", desk.export, name="export"),
    path("import/", desk.bring, name="import"),
    path("requests/", requests.desk_index, name="requests"),
    path("requests/export.<slug:kind>", requests.export, name="requests_export"),
    path("requests/<int:number>/", requests.desk_one, name="request"),
    path("requests/<int:number>/show/", requests.show, name="show_request"),
    path("requests/<int:number>/decline/", requests.decline, name="decline_request"),
    path("requests/<int:number>/merge/", requests.merge, name="merge_request"),
    path("requests/<int:number>/move/", requests.move, name="move_request"),
    path("requests/<int:number>/answer/", requests.answer, name="answer_request"),
    path("showcases/", showcases.desk_index, name="showcases"),
    path("showcases/<int:number>/", showcases.desk_one, name="showcase"),
    path("showcases/<int:number>/decide/", showcases.decide, name="decide_showcase"),
    path("quality/", quality.index, name="quality"),
    path("quality/export.<slug:kind>", quality.export, name="quality_export"),
    path("new/", desk.new, name="new"),
    path("<int:number>/", desk.dataset, name="dataset"),
    path("<int:number>/edit/", desk.edit, name="edit"),
    path("<int:number>/submit/", desk.submit, name="submit"),
    path("<int:number>/agree/", desk.agree, name="agree"),
    path("<int:number>/publish/", desk.publish, name="publish"),
    path("<int:number>/withdraw/", desk.withdraw, name="withdraw"),
    path("<int:number>/bring-back/", desk.bring_back, name="bring_back"),
    path("<int:number>/check-again/", quality.again, name="check_again"),
    path("<int:number>/resources/new/", desk.add_resource, name="add_resource"),
    path("<int:number>/resources/<int:n>/upload/", desk.upload, name="upload"),
    path("<int:number>/resources/<int:n>/remove/", desk.remove_resource, name="remove_resource"),
    path("<int:number>/resources/<int:n>/versions/<int:version>/", desk.version, name="version"),
    path(
        "<int:number>/resources/<int:n>/versions/<int:version>/confirm/", desk.confirm_version, name="confirm_version"
    ),
    path("<int:number>/resources/<int:n>/versions/<int:version>/download", desk.download, name="download"),
]

urlpatterns = [
    path("data/", include((public_urls, "open_data"))),
    path("desk/open-data/", include((desk_urls, "open_data_desk"))),
]

door_urls = [
    path("api/action/<str:name>", ckan.action, name="action"),
    path("api/3/action/<str:name>", ckan.action, name="action3"),
    path("api/v1/rest/dataset", national.datasets, name="datasets"),
    path("api/v1/rest/dataset/<str:identifier>", national.dataset, name="dataset"),
    path("api/v2/rest/dataset/<str:identifier>", national.dataset_v2, name="dataset_v2"),
    path("api/v2/rest/qc/<str:oid>", national.quality_of, name="quality_of"),
    path("api/v1/rest/group", national.groups, name="groups"),
    path("api/v1/rest/group/<str:code>", national.group, name="group"),
    path("api/v1/rest/tag", national.tags, name="tags"),
    path("api/v1/rest/tag/<str:name>", national.tag, name="tag"),
    path("api/v1/rest/datastore/<str:key>", national.rows, name="rows"),
    path("api/v1/dump/datastore/<str:key>", national.dump, name="dump"),
    path("dump/datastore/<str:key>", national.dump, name="dump_at_root"),
    path("data.json", linked.data_json, name="data_json"),
    path("catalog.ttl", linked.catalogue, {"ending": "ttl"}, name="catalogue_ttl"),
    path("catalog.jsonld", linked.catalogue, {"ending": "jsonld"}, name="catalogue_jsonld"),
    path("catalog.rdf", linked.catalogue, {"ending": "rdf"}, name="catalogue_rdf"),
    path("data/<slug:name>.ttl", linked.dataset, {"ending": "ttl"}, name="dataset_ttl"),
    path("data/<slug:name>.jsonld", linked.dataset, {"ending": "jsonld"}, name="dataset_jsonld"),
    path("data/<slug:name>.rdf", linked.dataset, {"ending": "rdf"}, name="dataset_rdf"),
]

machine_urlpatterns = [path("", include((door_urls, "open_data_doors")))]
