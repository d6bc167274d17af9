"""The words of the smart-city programme: its facets, what a value says, the factors and stages of an award."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Facet(models.TextChoices):
    """面向 of the programme."""

    GOVERNANCE = "governance", _("智慧治理")
    INDUSTRY = "industry", _("智慧產業")
    LIVING = "living", _("智慧生活")


class ValueKind(models.TextChoices):
    """What a value of an indicator says."""

    PLANNED = "PLANNED", pgettext_lazy("indicator", "目標值")
    REACHED = "REACHED", pgettext_lazy("indicator", "實際值")


class Factor(models.TextChoices):
    """構面 by which the Intelligent Community Forum looks at a city."""

    BROADBAND = "BROADBAND", _("寬頻")
    WORKFORCE = "WORKFORCE", _("知識勞動力")
    EQUALITY = "EQUALITY", _("數位平等")
    INNOVATION = "INNOVATION", _("創新")
    SUSTAINABILITY = "SUSTAINABILITY", _("永續性")
    ADVOCACY = "ADVOCACY", _("行銷倡導")


class AwardStage(models.TextChoices):
    """Rounds of the award, each smaller than the one before."""

    SMART21 = "SMART21", _("全球21大智慧城市")
    TOP7 = "TOP7", _("全球7大智慧城市")
    TOP1 = "TOP1", _("全球最佳智慧城市")
