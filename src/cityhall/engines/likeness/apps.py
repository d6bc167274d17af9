from django.apps import AppConfig


class LikenessConfig(AppConfig):
    name = "cityhall.engines.likeness"
    label = "likeness"
