from django.apps import AppConfig


class InstructionsConfig(AppConfig):
    name = "cityhall.domains.instructions"
    label = "instructions"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
