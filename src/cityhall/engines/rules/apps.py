from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "cityhall.engines.rules"
    label = "rules"
