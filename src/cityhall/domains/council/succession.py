"""What of council cases names an agency when another agency carries on its work."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.registry import Text

KEPT: dict[str, Text] = {
    "council.JointInspection.agency": _("說的是哪個機關辦的會勘"),
    "council.InspectionMonth.agency": _("說的是哪個機關回報的"),
}
