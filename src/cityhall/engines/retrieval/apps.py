from django.apps import AppConfig


class RetrievalConfig(AppConfig):
    name = "cityhall.engines.retrieval"
    label = "retrieval"
