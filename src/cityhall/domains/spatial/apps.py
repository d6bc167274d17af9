from django.apps import AppConfig


class SpatialConfig(AppConfig):
    name = "cityhall.domains.spatial"
    label = "spatial"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
