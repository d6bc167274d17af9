from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "cityhall.domains.grants"
    label = "grants"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
