from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "cityhall.engines.identity"
    label = "identity"

    def ready(self) -> None:
        from django.contrib import admin

        from cityhall.engines.identity import sessions  # noqa: F401  (stamps the session of every sign-in)
        from cityhall.engines.identity.views.admin import to_our_sign_in

        # One door: /admin/ asks for two factors like the desk.
        admin.site.login = to_our_sign_in  # type: ignore[method-assign]
