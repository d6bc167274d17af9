from django.apps import AppConfig


class LayersConfig(AppConfig):
    name = "cityhall.engines.layers"
    label = "layers"
