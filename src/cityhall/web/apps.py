from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WebConfig(AppConfig):
    name = "cityhall.web"
    label = "web"

    def ready(self) -> None:
        autodiscover_modules("pages")  # menu entries, portal acts, checks and gauges of every app
