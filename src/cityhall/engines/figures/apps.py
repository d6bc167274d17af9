from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class FiguresConfig(AppConfig):
    name = "cityhall.engines.figures"
    label = "figures"

    def ready(self) -> None:
        autodiscover_modules("figures")  # domains/<first word of the key>/figures.py
