"""Addresses of the hotline: the desk's below /desk/calls/ and /desk/hotline/, everybody's below /announcements/."""

from django.urls import include, path

from .views import announcements, calls, files, menu, one_call, staffing

app_name = "hotline"
NODE = "desk/hotline/menu/versions/<int:number>/nodes/<slug:code>/"
pages = [
    path("announcements/", announcements.everybody, name="everybody"),
    path("desk/calls/", calls.index, name="calls"),
    path("desk/calls/export.<str:kind>", calls.export, name="export"),
    path("desk/calls/statistics/", calls.statistics, name="statistics"),
    path("desk/calls/files/", files.index, name="files"),
    path("desk/calls/files/<int:pk>/", files.one, name="file"),
    path("desk/calls/files/<int:pk>/refused.<str:kind>", files.refused, name="refused"),
    path("desk/calls/<int:pk>/", one_call.page, name="call"),
    path("desk/calls/<int:pk>/topic/", one_call.topic, name="topic"),
    path("desk/calls/<int:pk>/topic/back/", one_call.topic_back, name="topic_back"),
    path("desk/calls/<int:pk>/survey/", one_call.ask, name="ask"),
    path("desk/calls/staffing/", staffing.index, name="staffing"),
    path("desk/calls/staffing/export.<str:kind>", staffing.export, name="export_staffing"),
    path("desk/hotline/announcements/", announcements.index, name="announcements"),
    path("desk/hotline/announcements/add/", announcements.add, name="add_announcement"),
    path("desk/hotline/announcements/<int:pk>/edit/", announcements.edit, name="edit_announcement"),
    path("desk/hotline/announcements/<int:pk>/publish/", announcements.publish, name="publish_announcement"),
    path("desk/hotline/announcements/<int:pk>/withdraw/", announcements.withdraw, name="withdraw_announcement"),
    path("desk/hotline/menu/", menu.index, name="menu"),
    path("desk/hotline/menu/begin/", menu.begin, name="begin_menu"),
    path("desk/hotline/menu/versions/<int:number>/", menu.version, name="menu_version"),
    path("desk/hotline/menu/versions/<int:number>/use/", menu.put_in_use, name="use_menu"),
    path(f"{NODE}add/", menu.add, name="add_node"),
    path(f"{NODE}change/", menu.change, name="change_node"),
    path(f"{NODE}remove/", menu.remove, name="remove_node"),
]
urlpatterns = [path("", include((pages, app_name)))]
