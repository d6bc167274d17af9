from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "cityhall.engines.places"
    label = "places"
