from django.apps import AppConfig


class WorklistConfig(AppConfig):
    name = "cityhall.engines.worklist"
    label = "worklist"
