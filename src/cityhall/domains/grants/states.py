"""The words of grants: where a need and a proposal stand, and what a call waits for."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class NeedState(models.TextChoices):
    """Where an agency's need stands."""

    SUBMITTED = "SUBMITTED", pgettext_lazy("grants", "已提出，待中央審查")
    RECOMMENDED = "RECOMMENDED", pgettext_lazy("grants", "獲推薦")
    DECLINED = "DECLINED", pgettext_lazy("grants", "未獲推薦")


class ProposalState(models.TextChoices):
    """Where a vendor's proposal stands."""

    SUBMITTED = "SUBMITTED", pgettext_lazy("grants", "已提案，待審查")
    SELECTED = "SELECTED", pgettext_lazy("grants", "審查通過，待簽約")
    REJECTED = "REJECTED", pgettext_lazy("grants", "審查未通過")
    CONTRACTED = "CONTRACTED", pgettext_lazy("grants", "已簽約列管")


class StageName(models.TextChoices):
    """What a call waits for."""

    NEEDS = "NEEDS", _("各機關提出需求")
    PROPOSALS = "PROPOSALS", _("業者提案")
    TO_REVIEW = "TO_REVIEW", _("待開始審查")
    REVIEW = "REVIEW", _("提案審查中")
    CONTRACTS = "CONTRACTS", _("決定與簽約")
