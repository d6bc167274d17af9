from django.urls import include, path

from .views import answering, desk, waves

VERSION = "<uuid:reference>/versions/<int:number>/"

urlpatterns = [
    path(
        "",
        include(
            (
                [
                    path("surveys/<uuid:reference>/<slug:key>/", answering.answer, name="answer"),
                    path("surveys/<uuid:reference>/<slug:key>/thanks/", answering.thanks, name="thanks"),
                    path("desk/surveys/", desk.index, name="index"),
                    path("desk/surveys/add/", desk.add, name="add"),
                    path("desk/surveys/complaints/", desk.complaints, name="complaints"),
                    path("desk/surveys/complaints/<int:pk>/", desk.complaint, name="complaint"),
                    path("desk/surveys/waves/<uuid:reference>/", waves.wave, name="wave"),
                    path("desk/surveys/waves/<uuid:reference>/invite/", waves.invite, name="invite"),
                    path("desk/surveys/waves/<uuid:reference>/close/", waves.close, name="close_wave"),
                    path("desk/surveys/waves/<uuid:reference>/results/", waves.results, name="results"),
                    path("desk/surveys/waves/<uuid:reference>/words/<slug:key>/", waves.words, name="words"),
                    path("desk/surveys/waves/<uuid:reference>/answers.<slug:kind>", waves.export, name="export"),
                    path("desk/surveys/waves/<uuid:reference>/keypad/", waves.keypad_upload, name="keypad"),
                    path("desk/surveys/waves/<uuid:reference>/keypad.csv", waves.keypad_sheet, name="keypad_sheet"),
                    path("desk/surveys/keypad/<int:pk>/", waves.keypad_uploaded, name="keypad_uploaded"),
                    path("desk/surveys/keypad/<int:pk>/refused.csv", waves.keypad_refused, name="keypad_refused"),
                    path("desk/surveys/<uuid:reference>/", desk.survey, name="survey"),
                    path("desk/surveys/<uuid:reference>/edit/", desk.edit, name="edit"),
                    path("desk/surveys/<uuid:reference>/version/", desk.new_version, name="new_version"),
                    path(f"desk/surveys/{VERSION}", desk.version, name="version"),
                    path(f"desk/surveys/{VERSION}preview/", desk.preview, name="preview"),
                    path(f"desk/surveys/{VERSION}compare/", desk.compare, name="compare"),
                    path(f"desk/surveys/{VERSION}add/", desk.add_question, name="add_question"),
                    path(f"desk/surveys/{VERSION}wave/", waves.open_wave, name="open_wave"),
                    path(f"desk/surveys/{VERSION}<slug:key>/", desk.question, name="question"),
                    path(f"desk/surveys/{VERSION}<slug:key>/move/", desk.move, name="move"),
                    path(f"desk/surveys/{VERSION}<slug:key>/remove/", desk.remove, name="remove"),
                ],
                "surveys",
            )
        ),
    )
]
