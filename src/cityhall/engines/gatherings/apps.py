from django.apps import AppConfig


class GatheringsConfig(AppConfig):
    name = "cityhall.engines.gatherings"
    label = "gatherings"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
