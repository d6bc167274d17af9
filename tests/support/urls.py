"""The city's addresses, and some that fail: every error page in both languages."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import path

from cityhall.project import urls as ours
from cityhall.web.tests import urls as failing

urlpatterns = [
    *ours.urlpatterns,
    *i18n_patterns(
        path("test/crash/", failing.crash),
        path("test/database/", failing.locked),
        path("test/too-many/", failing.too_many),
        path("test/bad/", failing.bad),
        prefix_default_language=False,
    ),
]
handler400, handler403, handler404, handler500 = ours.handler400, ours.handler403, ours.handler404, ours.handler500
