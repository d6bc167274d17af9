from django.urls import include, path

from . import views

urlpatterns = [
    path(
        "desk/calendar/",
        include(
            (
                [
                    path("", views.year, name="calendar"),
                    path("<int:year>/", views.year, name="calendar_year"),
                    path("closure/", views.closure, name="closure"),
                    path("closure/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
                    path("day/", views.day, name="day"),
                ],
                "deadlines",
            )
        ),
    )
]
