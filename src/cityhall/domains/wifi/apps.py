from django.apps import AppConfig


class WifiConfig(AppConfig):
    name = "cityhall.domains.wifi"
    label = "wifi"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
