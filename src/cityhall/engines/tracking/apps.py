from django.apps import AppConfig


class TrackingConfig(AppConfig):
    name = "cityhall.engines.tracking"
    label = "tracking"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
