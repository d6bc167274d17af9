from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "cityhall.engines.figures"
    label = "figures"
