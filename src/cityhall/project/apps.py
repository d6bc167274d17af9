from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "cityhall.project"
    label = "project"

    def ready(self) -> None:
        from cityhall.domains.petitions.services.dispatch import PURPOSE
        from cityhall.engines.classify import registry

        from .demo import shipped

        registry.source(PURPOSE, "shipped", shipped.to_train_a_city, order=10, trusted=True)
