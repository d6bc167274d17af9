"""Addresses of figures. The door is `/figures/KEY`, without a slash at its end."""

from django.urls import include, path

from cityhall.engines.figures import views

urlpatterns = [
    path(
        "figures/",
        include(
            (
                [
                    path("", views.index, name="index"),
                    path("<str:key>/rows.csv", views.rows_csv, name="rows"),
                    path("<str:key>/chart.svg", views.chart_svg, name="chart"),
                    path("<str:key>/", views.with_slash),
                    path("<str:key>", views.detail, name="detail"),
                ],
                "figures",
            )
        ),
    )
]
