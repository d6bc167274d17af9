from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "cityhall.domains.projects"
    label = "projects"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
