from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "cityhall.engines.deadlines"
    label = "deadlines"
