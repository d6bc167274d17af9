from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "cityhall.engines.usage"
    label = "usage"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
