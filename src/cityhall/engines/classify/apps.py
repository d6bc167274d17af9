from django.apps import AppConfig


class ClassifyConfig(AppConfig):
    name = "cityhall.engines.classify"
    label = "classify"
