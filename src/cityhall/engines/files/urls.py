from django.urls import include, path

from . import views

machine_urlpatterns = [
    path(
        "files/",
        include(
            (
                [
                    path("<uuid:reference>/", views.download, name="download"),
                    path("<uuid:reference>/small/", views.download, {"size": "small"}, name="thumbnail"),
                ],
                "files",
            )
        ),
    )
]

urlpatterns = [
    path("desk/audit/", include(([path("export.<str:file_format>", views.trail, name="export")], "trail"))),
]
