from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "cityhall.engines.places"
    label = "places"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
