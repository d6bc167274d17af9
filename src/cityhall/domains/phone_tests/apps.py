from django.apps import AppConfig


class PhoneTestsConfig(AppConfig):
    name = "cityhall.domains.phone_tests"
    label = "phone_tests"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
