from django.apps import AppConfig


class MilestonesConfig(AppConfig):
    name = "cityhall.engines.milestones"
    label = "milestones"

    def ready(self) -> None:
        from . import succession

        succession.install()
