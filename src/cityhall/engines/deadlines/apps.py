from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "cityhall.engines.deadlines"
    label = "deadlines"

    def ready(self) -> None:
        from . import wiring  # noqa: F401
