"""What the report tells the figures engine: its sections' names, and on which of its pages a figure stands."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from cityhall.engines.figures import registry
from cityhall.engines.figures.registry import Figure, Use

from . import sections


def install() -> None:
    """Declare both to the registry."""
    registry.name_sections(sections.names)
    registry.used_on(pages_of)


def pages_of(figure: Figure) -> Iterable[Use]:
    """The section that prints the figure, if it is built."""
    found = sections.section(figure.section)
    if found and found.is_built:
        label = _("工作報告%(section)s") % {"section": found.number}
        yield Use(label, reverse("report:section", args=[found.number]))
