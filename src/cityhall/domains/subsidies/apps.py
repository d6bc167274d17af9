from django.apps import AppConfig


class SubsidiesConfig(AppConfig):
    name = "cityhall.domains.subsidies"
    label = "subsidies"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
