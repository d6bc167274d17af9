"""Letters in the menus and in /metrics."""

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.states import State
from cityhall.web import health
from cityhall.web.navigation import desk_menu, footer_menu


def unsent() -> dict[str, int]:
    """Letters that wait, were refused, given up or came back."""
    open_states = [State.WAITING, State.REFUSED, State.FAILED, State.RETURNED]
    counted = Letter.objects.filter(state__in=open_states).values_list("state").annotate(n=Count("pk")).order_by()
    return {**{state.lower(): 0 for state in open_states}, **{state.lower(): n for state, n in counted}}


desk_menu.add(800, _("信件"), "letters:letters", act="letters.list")
desk_menu.add(801, _("待寄信件"), "letters:to_post", "/desk/letters/post/", act="letters.post")
desk_menu.add(805, _("信件範本"), "letters:templates", act="letters.reword")
footer_menu.add(80, _("示範信箱"), "letters:inbox", when=lambda request: settings.DEMO)
health.gauge("cityhall_letters_unsent", "Letters that wait, were refused or given up.", unsent)
