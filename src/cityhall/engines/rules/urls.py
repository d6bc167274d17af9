from django.urls import include, path

from . import views

urlpatterns = [
    path(
        "desk/rules/",
        include(
            (
                [path("", views.index, name="index"), path("<str:key>/", views.detail, name="detail")],
                "rules",
            )
        ),
    )
]
