"""All addresses: each app brings its own `urls.py`.

`urlpatterns` of an app are pages, served in Chinese at their path and in English below `/en/`.
`machine_urlpatterns` are for programs (APIs, health) and have no language.
"""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

from cityhall.project.api import collect

pages: list[URLPattern | URLResolver] = []
machines: list[URLPattern | URLResolver] = []
for app in apps.get_app_configs():
    if app.name.startswith("cityhall.") and find_spec(f"{app.name}.urls") and app.name != "cityhall.project":
        module = import_module(f"{app.name}.urls")
        pages += getattr(module, "urlpatterns", [])
        machines += getattr(module, "machine_urlpatterns", [])

api = collect()

urlpatterns = [
    *machines,
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
    *i18n_patterns(*pages, prefix_default_language=False),
]

handler400 = "cityhall.web.errors.bad_request"
handler403 = "cityhall.web.errors.forbidden"
handler404 = "cityhall.web.errors.not_found"
handler500 = "cityhall.web.errors.server_error"
