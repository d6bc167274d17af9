"""Addresses of the spatial platform: `/ogc` for programs and maps, `/map/` for readers, `/desk/spatial/` for officers."""

from django.urls import include, path

from . import analysis_views, hand_in_views, map_views, ogc, open_layer_views, point_views, statistic_views, views
from .documents import QUAD

machine_urlpatterns = [
    path("ogc/", ogc.landing),
    path("ogc/conformance", ogc.conformance),
    path("ogc/api", ogc.api),
    path("ogc/points", point_views.point_door),
    path("ogc/tileMatrixSets", ogc.tile_matrix_sets),
    path(f"ogc/tileMatrixSets/{QUAD}", ogc.tile_matrix_set),
    path("ogc/collections", ogc.collections),
    path("ogc/collections/<slug:code>", ogc.collection),
    path("ogc/collections/<slug:code>/queryables", ogc.queryables),
    path("ogc/collections/<slug:code>/schema", ogc.schema),
    path("ogc/collections/<slug:code>/items", ogc.items),
    path("ogc/collections/<slug:code>/items/<str:feature>", ogc.item),
    path("ogc/collections/<slug:code>/tiles", ogc.tilesets),
    path("ogc/collections/<slug:code>/tiles.pmtiles", ogc.archive),
    path(f"ogc/collections/<slug:code>/tiles/{QUAD}", ogc.tileset),
    path(f"ogc/collections/<slug:code>/tiles/{QUAD}/<int:z>/<int:y>/<int:x>", ogc.tile),
    path("ogc/collections/<slug:code>/tiles/<int:z>/<int:x>/<int:y>.mvt", ogc.tile),
]

desk_urls = [
    path("", views.layers, name="layers"),
    path("export.<str:kind>", views.export, name="export"),
    path("layers/add/", views.list_layer, name="list_layer"),
    path("layers/open-data/", open_layer_views.choose, name="choose_open_data"),
    path("layers/open-data/<str:key>/", open_layer_views.make, name="make_open_layer"),
    path("layers/<slug:code>/version/", open_layer_views.take_version, name="take_version"),
    path("layers/<slug:code>/", views.layer, name="layer"),
    path("layers/<slug:code>/change/", views.change_layer, name="change_layer"),
    path("layers/<slug:code>/bring-back/", views.bring_back, name="bring_back"),
    path("layers/<slug:code>/withdraw/", views.withdraw_layer, name="withdraw_layer"),
    path("analyses/", analysis_views.analysis_list, name="analyses"),
    path("analyses/export.<str:kind>", analysis_views.analysis_export, name="analysis_export"),
    path("analyses/open-data/", analysis_views.choose_table, name="choose_table"),
    path("analyses/open-data/<str:key>/", analysis_views.open_table, name="open_table"),
    path("analyses/new/<str:tool>/", analysis_views.new_analysis, name="new_analysis"),
    path("analyses/<str:number>/again/", analysis_views.analysis_again, name="analysis_again"),
    path("statistics/", statistic_views.statistic_list, name="statistics"),
    path("statistics/export.<str:kind>", statistic_views.statistic_export, name="statistic_export"),
    path("statistics/import/", statistic_views.statistic_import, name="statistic_import"),
    path("statistics/areas/", statistic_views.area_import, name="area_import"),
    path("statistics/<slug:code>/", statistic_views.statistic, name="statistic"),
    path("statistics/<slug:code>/numbers.<str:kind>", statistic_views.statistic_numbers, name="statistic_numbers"),
    path("files/", hand_in_views.file_list, name="files"),
    path("files/export.<str:kind>", hand_in_views.export_files, name="export_files"),
    path("files/add/", hand_in_views.hand_in, name="hand_in"),
    path("files/<uuid:reference>/", hand_in_views.layer_file, name="file"),
    path("files/<uuid:reference>/take/", hand_in_views.take_in, name="take_in"),
    path("files/<uuid:reference>/return/", hand_in_views.send_back, name="return_file"),
    path("files/<uuid:reference>/withdraw/", hand_in_views.withdraw, name="withdraw_file"),
    path("points/", point_views.point_list_page, name="point_lists"),
    path("points/<uuid:reference>/", point_views.point_list, name="point_list"),
    path("points/<uuid:reference>/<str:what>.csv", point_views.point_list_download, name="point_list_download"),
    path("points/<uuid:reference>/delete/", point_views.let_go_list, name="let_go_list"),
    path("clients/", views.clients, name="clients"),
    path("clients/add/", views.add_client, name="add_client"),
    path("clients/<uuid:reference>/", views.client, name="client"),
    path("clients/<uuid:reference>/key/", views.new_key, name="new_key"),
    path("clients/<uuid:reference>/end/", views.end_client, name="end_client"),
    path("clients/<uuid:reference>/grant/", views.grant, name="grant"),
    path("clients/<uuid:reference>/grants/<int:pk>/end/", views.end_grant, name="end_grant"),
    path("clients/<uuid:reference>/statement/<str:month>.<str:kind>", views.statement, name="statement"),
]

map_urls = [
    path("", map_views.workbench, name="workbench"),
    path("map.pdf", map_views.workbench_print, name="print"),
    path("points/", point_views.point_page, name="points"),
    path("results/<str:number>/", analysis_views.result, name="result"),
    path("results/<str:number>/features", analysis_views.result_features, name="result_features"),
    path("results/<str:number>/tiles/<int:z>/<int:x>/<int:y>.mvt", analysis_views.result_tile, name="result_tile"),
    path("results/<str:number>/download.<str:kind>", analysis_views.result_download, name="result_download"),
]

urlpatterns = [path("desk/spatial/", include((desk_urls, "spatial"))), path("map/", include((map_urls, "map")))]
