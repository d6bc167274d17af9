from django.apps import AppConfig


class RoadSafetyConfig(AppConfig):
    name = "cityhall.domains.road_safety"
    label = "road_safety"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
