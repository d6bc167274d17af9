from django.apps import AppConfig


class TextsearchConfig(AppConfig):
    name = "cityhall.engines.textsearch"
    label = "textsearch"
