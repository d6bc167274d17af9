from django.apps import AppConfig


class HotlineConfig(AppConfig):
    name = "cityhall.domains.hotline"
    label = "hotline"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
