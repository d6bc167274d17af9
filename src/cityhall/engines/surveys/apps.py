from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "cityhall.engines.surveys"
    label = "surveys"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
