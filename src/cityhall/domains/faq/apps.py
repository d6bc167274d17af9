from django.apps import AppConfig


class FaqConfig(AppConfig):
    name = "cityhall.domains.faq"
    label = "faq"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
