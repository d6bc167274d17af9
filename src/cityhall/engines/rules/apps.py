from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class RulesConfig(AppConfig):
    name = "cityhall.engines.rules"
    label = "rules"

    def ready(self) -> None:
        from . import wiring  # noqa: F401

        autodiscover_modules("parameters")
