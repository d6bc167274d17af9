from django.apps import AppConfig


class ReportConfig(AppConfig):
    name = "cityhall.report"
    label = "report"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
