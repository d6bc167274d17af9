"""What the surveys tell the letters, the to-do list and the pages at start."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.letters.signals import undeliverable
from cityhall.engines.worklist import registry as worklist
from cityhall.web.navigation import desk_menu

from . import registry, services, todos


def install() -> None:
    """An invitation that does not arrive counts as none; surveys of the commission are made at the desk."""
    undeliverable.connect(services.letter_came_back, dispatch_uid="surveys.letter_came_back")
    registry.owner(registry.CITY, _("民眾意見調查"), on_complaint=todos.open_complaint)
    worklist.kind(todos.COMPLAINT, _("不滿意的填答"))
    desk_menu.add(61, _("問卷調查"), "surveys:index", "/desk/surveys/", act="surveys.read")
