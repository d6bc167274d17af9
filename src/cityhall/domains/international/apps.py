from django.apps import AppConfig


class InternationalConfig(AppConfig):
    name = "cityhall.domains.international"
    label = "international"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
