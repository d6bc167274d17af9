from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "cityhall.domains.chat"
    label = "chat"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
