from django.apps import AppConfig


class ScoringConfig(AppConfig):
    name = "cityhall.engines.scoring"
    label = "scoring"
