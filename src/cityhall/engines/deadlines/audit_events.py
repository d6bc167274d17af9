"""Events of calendar and clocks."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "deadlines.extended": _("展期"),
        "deadlines.closure_applied": _("登錄停止上班"),
        "deadlines.closure_withdrawn": _("撤銷停止上班"),
        "deadlines.day_set": _("變更行事曆的一天"),
        "deadlines.calendar_imported": _("匯入行事曆"),
    }
)
