from django.apps import AppConfig


class CouncilConfig(AppConfig):
    name = "cityhall.domains.council"
    label = "council"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
