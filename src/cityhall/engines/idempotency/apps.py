from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "cityhall.engines.idempotency"
    label = "idempotency"
