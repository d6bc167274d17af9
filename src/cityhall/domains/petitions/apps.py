from django.apps import AppConfig


class PetitionsConfig(AppConfig):
    name = "cityhall.domains.petitions"
    label = "petitions"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
