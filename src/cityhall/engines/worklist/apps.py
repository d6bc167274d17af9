from django.apps import AppConfig


class WorklistConfig(AppConfig):
    name = "cityhall.engines.worklist"
    label = "worklist"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
