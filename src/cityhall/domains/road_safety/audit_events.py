"""Events of the road-safety evaluation."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.audit.catalogue import declare

declare(
    {
        "road_safety.begun": _("開始道安視導初評"),
        "road_safety.exported": _("匯出道安視導初評結果"),
        "road_safety.ministry_recorded": _("登錄交通部的道安複評"),
        "road_safety.sent": _("道安視導初評結果送請備查"),
    }
)
