from django.apps import AppConfig


class ControlYuanConfig(AppConfig):
    name = "cityhall.domains.control_yuan"
    label = "control_yuan"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
