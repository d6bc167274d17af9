from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "cityhall.engines.outbox"
    label = "outbox"
