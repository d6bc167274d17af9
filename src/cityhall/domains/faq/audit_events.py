"""Events of the FAQ base."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "faq.published": _("公布常見問題"),
        "faq.submitted": _("送機關審核常見問題"),
        "faq.written": _("撰寫常見問題"),
    }
)
