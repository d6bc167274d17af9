"""Addresses of the directory."""

from django.urls import include, path

from .views import agencies, exchanging, people, public, succession

pages = [
    path("directory/", public.index, name="index"),
    path("directory/download.<str:kind>", public.download, name="download_city"),
    path("directory/<slug:code>/", public.agency, name="agency"),
    path("directory/<slug:code>/download.<str:kind>", public.download, name="download"),
    path("desk/directory/", agencies.home, name="desk"),
    path("desk/directory/away/", people.away, name="away"),
    path("desk/directory/agencies/add/", agencies.add, name="add_agency"),
    path("desk/directory/agencies/<slug:code>/", agencies.agency, name="desk_agency"),
    path("desk/directory/agencies/<slug:code>/edit/", agencies.edit, name="edit_agency"),
    path("desk/directory/agencies/<slug:code>/succeed/", succession.succeed, name="succeed_agency"),
    path("desk/directory/agencies/<slug:code>/succeed/withdraw/", succession.withdraw, name="withdraw_succession"),
    path("desk/directory/agencies/<slug:code>/succession/", succession.succession, name="succession"),
    path(
        "desk/directory/agencies/<slug:code>/succession/<slug:key>/", succession.succession_rows, name="succession_rows"
    ),
    path("desk/directory/agencies/<slug:code>/close/", agencies.close, name="close_agency"),
    path("desk/directory/agencies/<slug:code>/units/add/", agencies.add_unit, name="add_unit"),
    path("desk/directory/agencies/<slug:code>/units/<slug:unit>/edit/", agencies.edit_unit, name="edit_unit"),
    path("desk/directory/agencies/<slug:code>/units/<slug:unit>/close/", agencies.close_unit, name="close_unit"),
    path("desk/directory/agencies/<slug:code>/posts/add/", agencies.add_post, name="add_post"),
    path("desk/directory/agencies/<slug:code>/posts/<slug:post>/edit/", agencies.edit_post, name="edit_post"),
    path("desk/directory/agencies/<slug:code>/posts/<slug:post>/close/", agencies.close_post, name="close_post"),
    path("desk/directory/agencies/<slug:code>/duty/add/", agencies.add_shift, name="add_shift"),
    path("desk/directory/agencies/<slug:code>/duty/<int:pk>/remove/", agencies.remove_shift, name="remove_shift"),
    path("desk/directory/agencies/<slug:code>/approval/set/", agencies.set_level, name="set_level"),
    path("desk/directory/agencies/<slug:code>/people/add/", people.add, name="add_person"),
    path("desk/directory/people/<int:pk>/", people.person, name="desk_person"),
    path("desk/directory/people/<int:pk>/mobile/", people.mobile, name="mobile"),
    path("desk/directory/people/<int:pk>/account/", people.link_account, name="link_account"),
    path("desk/directory/people/<int:pk>/edit/", people.edit, name="edit_person"),
    path("desk/directory/people/<int:pk>/appoint/", people.appoint, name="appoint"),
    path("desk/directory/people/<int:pk>/appoint/<slug:code>/", people.appoint, name="appoint_at"),
    path(
        "desk/directory/people/<int:pk>/appointments/<int:appointment>/end/",
        people.end_appointment,
        name="end_appointment",
    ),
    path("desk/directory/people/<int:pk>/away/", people.away, name="away_for"),
    path("desk/directory/people/<int:pk>/away/<int:absence>/end/", people.back_early, name="back_early"),
    path("desk/directory/people/<int:pk>/hand-over/", people.hand_over, name="hand_over"),
    path("desk/directory/imports/", exchanging.index, name="imports"),
    path("desk/directory/imports/new/<slug:key>/", exchanging.upload, name="upload"),
    path("desk/directory/imports/new/<slug:key>/template.ods", exchanging.template, name="template"),
    path("desk/directory/imports/<int:pk>/", exchanging.show, name="import"),
    path("desk/directory/imports/<int:pk>/refused.csv", exchanging.refusals, name="refusals"),
    path("desk/directory/imports/<int:pk>/start/", exchanging.start, name="start_import"),
    path("desk/directory/export.<str:file_format>", exchanging.export, name="export"),
]
urlpatterns = [path("", include((pages, "directory")))]
