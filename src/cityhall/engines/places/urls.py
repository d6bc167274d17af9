from django.urls import include, path

from . import views

urlpatterns = [
    path(
        "desk/places/",
        include(
            (
                [
                    path("", views.layers, name="layers"),
                    path("layers/add/", views.add_layer, name="add_layer"),
                    path("layers/<slug:code>/", views.layer, name="layer"),
                    path("layers/<slug:code>/import/", views.upload, name="upload"),
                    path("layers/<slug:code>/template.ods", views.template, name="template"),
                    path("uploads/<int:pk>/", views.uploaded, name="uploaded"),
                    path("versions/<int:pk>/", views.version, name="version"),
                    path("versions/<int:pk>/refused.csv", views.refused, name="refused"),
                    path("versions/<int:pk>/in-force/", views.put_in_force, name="put_in_force"),
                    path("versions/<int:pk>/discard/", views.discard, name="discard"),
                ],
                "places",
            )
        ),
    )
]
