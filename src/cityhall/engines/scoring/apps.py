from django.apps import AppConfig


class ScoringConfig(AppConfig):
    name = "cityhall.engines.scoring"
    label = "scoring"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
