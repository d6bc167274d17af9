from django.urls import include, path

from .views import answering

urlpatterns = [
    path(
        "surveys/",
        include(
            (
                [
                    path("<uuid:reference>/<slug:key>/", answering.answer, name="answer"),
                    path("<uuid:reference>/<slug:key>/thanks/", answering.thanks, name="thanks"),
                ],
                "surveys",
            )
        ),
    )
]
