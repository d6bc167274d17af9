from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "cityhall.engines.directory"
    label = "directory"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
