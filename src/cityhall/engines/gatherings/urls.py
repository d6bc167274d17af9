"""Addresses of gatherings, below /desk/gatherings/, and the calendar feeds."""

from django.urls import include, path

from .views import calendars, desk, holding, people, visiting

ONE = "<uuid:reference>/"
desk_urls = [
    path("", desk.index, name="index"),
    path("export.<str:kind>", desk.export, name="export"),
    path("new/<str:profile>/", desk.new, name="new"),
    path("calendar/", calendars.calendar, name="calendar"),
    path("calendar/renew/", calendars.renew, name="renew_calendar"),
    path("calendar/end/", calendars.end, name="end_calendar"),
    path(ONE, desk.gathering, name="gathering"),
    path(f"{ONE}sheet.pdf", desk.sheet, name="sheet"),
    path(f"{ONE}change/", desk.change, name="change"),
    path(f"{ONE}cancel/", desk.cancel, name="cancel"),
    path(f"{ONE}points/", people.add_point, name="add_point"),
    path(f"{ONE}people/", people.add_person, name="add_person"),
    path(f"{ONE}points/<int:n>/remove/", people.remove, {"what": "points"}, name="remove_point"),
    path(f"{ONE}people/<int:n>/remove/", people.remove, {"what": "people"}, name="remove_person"),
    path(f"{ONE}people/<int:n>/answer/", people.answer, name="answer"),
    path(f"{ONE}invite/", people.invite, name="invite"),
    path(f"{ONE}hold/", holding.hold, name="hold"),
    path(f"{ONE}conclude/", holding.conclude, name="conclude"),
    path(f"{ONE}findings/", holding.findings, name="findings"),
    path(f"{ONE}minutes/", holding.minutes, name="minutes"),
    path(f"{ONE}close/", holding.close, name="close"),
    path(f"{ONE}checklist/", visiting.checklist, name="checklist"),
    path(f"{ONE}photos/", visiting.add_photo, name="add_photo"),
]

urlpatterns = [
    path(
        "",
        include(
            (
                [
                    path("calendar/<str:token>.ics", calendars.feed, name="feed"),
                    path("desk/gatherings/", include(desk_urls)),
                ],
                "gatherings",
            )
        ),
    )
]
