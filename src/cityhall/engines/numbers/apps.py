from django.apps import AppConfig


class NumbersConfig(AppConfig):
    name = "cityhall.engines.numbers"
    label = "numbers"
