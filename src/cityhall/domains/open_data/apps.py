from django.apps import AppConfig


class OpenDataConfig(AppConfig):
    name = "cityhall.domains.open_data"
    label = "open_data"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
