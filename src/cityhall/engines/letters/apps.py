from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "cityhall.engines.letters"
    label = "letters"
