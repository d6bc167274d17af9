"""Addresses of the report."""

from django.urls import include, path

from cityhall.report import views

urlpatterns = [
    path(
        "report/",
        include(
            (
                [
                    path("", views.home, name="home"),
                    path("issue/", views.issue, name="issue"),
                    path("issued/<int:pk>/", views.issued, name="issued"),
                    path("issued/<int:pk>/changes/", views.changes, name="changes"),
                    path("issued/<int:pk>/report.<str:name>", views.issued_download, name="issued_download"),
                    path("issued/<int:pk>/<str:number>/", views.issued, name="issued_section"),
                    path("report.<str:name>", views.download, name="download"),
                    path("<str:number>/", views.one_section, name="section"),
                ],
                "report",
            )
        ),
    )
]
