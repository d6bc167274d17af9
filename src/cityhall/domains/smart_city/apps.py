from django.apps import AppConfig


class SmartCityConfig(AppConfig):
    name = "cityhall.domains.smart_city"
    label = "smart_city"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
