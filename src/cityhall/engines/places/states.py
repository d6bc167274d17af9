"""The words of places: what a layer holds, who keeps a road, how a place was found."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LayerKind(models.TextChoices):
    """What a layer's rows are."""

    BOUNDARIES = "BOUNDARIES", _("行政區界線")
    ROADS = "ROADS", _("道路")
    LANDMARKS = "LANDMARKS", _("地標")
    PLATES = "PLATES", _("門牌")
    MANAGERS = "MANAGERS", _("權管範圍")


class Level(models.TextChoices):
    """Whose property or duty a layer of managers tells of; of two that fit as well, the earlier one decides."""

    NATIONAL = "NATIONAL", _("中央機關")
    CITY = "CITY", _("市府機關")
    DISTRICT = "DISTRICT", _("區公所")
    PRIVATE = "PRIVATE", _("私有")


class AreaKind(models.TextChoices):
    """The two levels of areas below the city."""

    DISTRICT = "DISTRICT", _("區")
    VILLAGE = "VILLAGE", _("里")


class Method(models.TextChoices):
    """How a text became a point, most exact first."""

    PLATE = "plate", _("門牌")
    JUNCTION = "junction", _("路口")
    LANDMARK = "landmark", _("地標")
    INTERPOLATED = "interpolated", _("依鄰近門牌推估")
    ROAD = "road", _("路段")
