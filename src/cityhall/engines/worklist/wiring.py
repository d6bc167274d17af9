"""What the to-do list tells the directory and the pages at start."""

from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory import registry as directory


def install() -> None:
    """Open to-dos keep an agency alive, and pass on with a hand-over or a succession."""
    from . import queries, services

    directory.open_work("todos", _("待辦事項"), queries.open_at)
    directory.on_hand_over("todos", _("待辦事項"), queries.open_of, services.hand_over)
    directory.on_succession("todos", _("待辦事項"), services.move_to_successor)
