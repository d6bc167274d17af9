from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "cityhall.engines.subscriptions"
    label = "subscriptions"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
