"""The words of gatherings: where one stands, what a point is, who takes part and whether they came, what came of it."""

from django.db import models
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Where a gathering stands."""

    PLANNED = "PLANNED", pgettext_lazy("gathering", "籌備中")
    INVITED = "INVITED", pgettext_lazy("gathering", "已通知")
    HELD = "HELD", pgettext_lazy("gathering", "已辦理")
    MINUTED = "MINUTED", pgettext_lazy("gathering", "紀錄已發")
    CLOSED = "CLOSED", pgettext_lazy("gathering", "結案")
    CANCELLED = "CANCELLED", pgettext_lazy("gathering", "取消")


TAKEN_PLACE = (State.HELD, State.MINUTED, State.CLOSED)
"""The states of those that took place."""


class Part(models.TextChoices):
    """As what somebody takes part."""

    CHAIR = "CHAIR", pgettext_lazy("gathering", "主持人")
    MEMBER = "MEMBER", pgettext_lazy("gathering", "委員")
    HEAD = "HEAD", pgettext_lazy("gathering", "機關首長")
    AGENCY = "AGENCY", pgettext_lazy("gathering", "出席機關")
    GUEST = "GUEST", pgettext_lazy("gathering", "列席")


class Presence(models.TextChoices):
    """Whether who was invited came, or somebody in their place."""

    PRESENT = "PRESENT", pgettext_lazy("gathering", "出席")
    DEPUTY = "DEPUTY", pgettext_lazy("gathering", "由他人代理")
    ABSENT = "ABSENT", pgettext_lazy("gathering", "未出席")


class PointKind(models.TextChoices):
    """What a point of the agenda is."""

    REPORT = "REPORT", pgettext_lazy("gathering", "報告事項")
    DISCUSSION = "DISCUSSION", pgettext_lazy("gathering", "討論事項")
    BRIEFING = "BRIEFING", pgettext_lazy("gathering", "簡報")
    TOPIC = "TOPIC", pgettext_lazy("gathering", "關心議題")
    COURSE = "COURSE", pgettext_lazy("gathering", "課程")
    MOTION = "MOTION", pgettext_lazy("gathering", "臨時動議")


class OutcomeKind(models.TextChoices):
    """What comes of a gathering for an agency to do."""

    DECISION = "DECISION", pgettext_lazy("gathering", "主席裁示")
    SUGGESTION = "SUGGESTION", pgettext_lazy("gathering", "委員建議")
    FINDING = "FINDING", pgettext_lazy("gathering", "缺失")


class Verdict(models.TextChoices):
    """What was found of a line of the checklist."""

    GOOD = "GOOD", pgettext_lazy("checklist", "符合")
    WANTING = "WANTING", pgettext_lazy("checklist", "待改善")
    NOT_THERE = "NOT_THERE", pgettext_lazy("checklist", "不適用")
