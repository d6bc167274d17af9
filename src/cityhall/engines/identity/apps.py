from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "cityhall.engines.identity"
    label = "identity"
