"""Conversations, their messages in order, what the bot answered from, and messages that were left."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.cases.models import Case
from cityhall.engines.directory.models import Person

from .states import Ended, Outcome, Source, Speaker, State, Way


class Conversation(models.Model):
    """文字對談. Whoever has its key is its citizen: it cannot be guessed and stands in no list."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)  # the citizen's, in the address of the page
    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)  # the desk's
    source = models.CharField(_("來源"), max_length=10, choices=Source, default=Source.WEB)
    site = models.CharField(_("嵌入的網站"), max_length=200, blank=True)
    language = models.CharField(max_length=10)
    state = models.CharField(_("狀態"), max_length=10, choices=State, default=State.BOT)
    started_at = models.DateTimeField(_("開始"))
    last_n = models.PositiveIntegerField(default=0)
    spoke_by = models.CharField(max_length=10, choices=Speaker, default=Speaker.BOT)
    spoke_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # when the citizen's page last asked, to the minute
    turn = models.PositiveSmallIntegerField(default=1)  # how often it was begun or gone on with
    called_at = models.DateTimeField(null=True, blank=True)  # when a person was first asked for; from then no bot
    queued_at = models.DateTimeField(null=True, blank=True)
    operator = models.ForeignKey(
        Person, verbose_name=_("客服人員"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_at = models.DateTimeField(null=True, blank=True)
    citizen_types_at = models.DateTimeField(null=True, blank=True)
    operator_types_at = models.DateTimeField(null=True, blank=True)
    guide = models.JSONField(default=dict, blank=True)  # where a guided service stands
    case = models.ForeignKey(
        Case, verbose_name=_("案件"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    danger = models.CharField(max_length=20, blank=True)  # the emergency numbers that were called for
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_why = models.CharField(pgettext_lazy("chat", "結束原因"), max_length=10, choices=Ended, blank=True)
    stars = models.PositiveSmallIntegerField(_("滿意度"), null=True, blank=True)
    line_user = models.CharField(max_length=64, blank=True)
    line_sent_n = models.PositiveIntegerField(default=0)  # up to which message LINE has it
    line_busy_until = models.DateTimeField(null=True, blank=True)  # whoever sends to LINE has so long
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("文字對談")
        verbose_name_plural = _("文字對談")
        indexes = [
            models.Index(fields=["state", "queued_at"], name="chat_queue"),
            models.Index(fields=["state", "spoke_at"], name="chat_idle"),
            models.Index(fields=["operator", "state"], name="chat_operator"),
            models.Index(fields=["started_at"], name="chat_started"),
            models.Index(fields=["forgotten_at", "closed_at"], name="chat_to_forget"),
            models.Index(fields=["line_user"], condition=~Q(line_user=""), name="chat_line_user"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=State.PERSON) | Q(operator__isnull=False, taken_at__isnull=False),
                name="chat_person_is_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.WAITING) | Q(queued_at__isnull=False), name="chat_waits_since"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.LEFT, State.CLOSED], closed_at__isnull=False)
                | Q(state__in=[State.BOT, State.WAITING, State.PERSON], closed_at=None),
                name="chat_closed_whole",
            ),
            models.UniqueConstraint(
                fields=["line_user"], condition=Q(closed_at=None) & ~Q(line_user=""), name="chat_line_one_open"
            ),
            models.CheckConstraint(condition=Q(stars=None) | Q(stars__range=(1, 5)), name="chat_stars"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it."""
        return f"W{self.pk:06}"

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.closed_at is None


class Message(models.Model):
    """One message. Its number within the conversation is its order, whatever the clocks say."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    n = models.PositiveIntegerField()
    speaker = models.CharField(max_length=10, choices=Speaker)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)  # entries, choices, doors to other pages
    client_id = models.CharField(max_length=64, blank=True)  # the sender's own; the same again is the same message
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("對談的訊息")
        verbose_name_plural = _("對談的訊息")
        ordering = ["conversation", "n"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "n"], name="chat_message_order"),
            models.UniqueConstraint(
                fields=["conversation", "client_id"], condition=~Q(client_id=""), name="chat_message_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}.{self.n}"


class IndexVersion(models.Model):
    """The FAQ index that answers were made with: its entries in order, by which it is built again."""

    digest = models.CharField(max_length=64, unique=True)
    keys = models.JSONField()
    first_used_at = models.DateTimeField()

    class Meta:
        verbose_name = _("常見問題索引的版本")
        verbose_name_plural = _("常見問題索引的版本")

    def __str__(self) -> str:
        return self.digest[:12]


class BotAnswer(models.Model):
    """What the bot made of a message, from what and with which index: enough to answer again."""

    asked = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="bot_answer")
    reply = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(_("結果"), max_length=10, choices=Outcome)
    verdict = models.CharField(max_length=10, blank=True)
    entries = models.JSONField(default=list)
    index = models.ForeignKey(IndexVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="answers")
    chosen = models.BooleanField(default=False)  # from the choices that were offered
    helped = models.BooleanField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("自動回答的紀錄")
        verbose_name_plural = _("自動回答的紀錄")
        indexes = [models.Index(fields=["at", "outcome"], name="chat_answer_week")]

    def __str__(self) -> str:
        return f"{self.asked_id} {self.outcome}"


class LeftMessage(models.Model):
    """留言: what somebody left when nobody could answer, and the answer."""

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="left")
    name = models.CharField(_("怎麼稱呼您"), max_length=60, blank=True)
    way = models.CharField(pgettext_lazy("chat", "怎麼回復您"), max_length=5, choices=Way)
    email = models.EmailField(_("電子郵件"), blank=True)
    phone = models.CharField(_("電話"), max_length=30, blank=True)
    text = models.TextField(_("想問什麼"), max_length=2000, blank=True)
    left_at = models.DateTimeField()
    answer = models.TextField(_("回復"), max_length=4000, blank=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("文字客服留言")
        verbose_name_plural = _("文字客服留言")
        indexes = [models.Index(fields=["answered_at", "left_at"], name="chat_left_open")]

    def __str__(self) -> str:
        return f"left {self.pk}"


class Presence(models.Model):
    """上線: whether an operator takes conversations, and when their page last asked."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="+")
    on = models.BooleanField(default=False)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("客服人員上線")
        verbose_name_plural = _("客服人員上線")
        indexes = [models.Index(fields=["on", "seen_at"], name="chat_present")]

    def __str__(self) -> str:
        return f"{self.person_id} {'on' if self.on else 'off'}"


class Handover(models.Model):
    """轉給同事: from whom to whom, and what the colleague should know. The citizen does not see the note."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="handovers")
    n = models.PositiveIntegerField()  # the line of the conversation that tells it
    from_person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    to_person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(_("要交代的事"), max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("轉給同事的紀錄")
        verbose_name_plural = _("轉給同事的紀錄")
        ordering = ["conversation", "n"]
        constraints = [models.UniqueConstraint(fields=["conversation", "n"], name="chat_handover_once")]

    def __str__(self) -> str:
        return f"{self.conversation_id}.{self.n}"


class CannedAnswer(models.Model):
    """常用回覆: a line that operators put into the box and may change before sending. Another wording is a new one."""

    title = models.CharField(_("名稱"), max_length=40)
    text = models.TextField(_("內容"), max_length=1000)
    text_en = models.TextField(_("內容的英文"), max_length=2000)
    valid_from = models.DateField(_("自何日起"))
    valid_until = models.DateField(_("至何日止"), null=True, blank=True)

    class Meta:
        verbose_name = _("常用回覆")
        verbose_name_plural = _("常用回覆")
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from")), name="chat_canned_days"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Review(models.Model):
    """抽查: what a person says of an answer of the bot."""

    answer = models.OneToOneField(BotAnswer, on_delete=models.CASCADE, related_name="review")
    right = models.BooleanField(_("答得對"))
    remark = models.CharField(_("說明"), max_length=300, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("自動回答的抽查")
        verbose_name_plural = _("自動回答的抽查")

    def __str__(self) -> str:
        return f"{self.answer_id} {self.right}"


class LineUser(models.Model):
    """LINE的使用者: recognised by a keyed digest, reached by a sealed name; gone when they block us or after the dated time."""

    key = models.CharField(max_length=64, unique=True)
    sealed = models.TextField(blank=True)
    seen_at = models.DateTimeField()
    reply_token = models.CharField(max_length=100, blank=True)  # answers the newest event, once
    reply_at = models.DateTimeField(null=True, blank=True)
    reply_tried = models.PositiveIntegerField(
        default=0
    )  # up to which message the token was tried, unknown whether taken

    class Meta:
        verbose_name = _("LINE的使用者")
        verbose_name_plural = _("LINE的使用者")
        indexes = [models.Index(fields=["seen_at"], name="chat_line_seen")]

    def __str__(self) -> str:
        return f"LINE {self.pk}"


class LineEvent(models.Model):
    """LINE的事件: what the webhook brought, sealed until it is handled; then only that it came is kept."""

    key = models.CharField(max_length=64, unique=True)  # LINE's id of the event, the same where it is delivered again
    user = models.CharField(max_length=64, blank=True)  # whose it is, as a keyed digest
    happened = models.BigIntegerField()  # LINE's instant in milliseconds: the order of one user's events
    sealed = models.TextField(blank=True)
    came_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    busy_until = models.DateTimeField(null=True, blank=True)  # whoever handles it has so long
    busy_for = models.BigIntegerField(null=True, blank=True)  # the promise by which it is handled
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("LINE的事件")
        verbose_name_plural = _("LINE的事件")
        indexes = [
            models.Index(fields=["user", "happened"], condition=Q(done_at=None), name="chat_line_to_do"),
            models.Index(fields=["came_at"], name="chat_line_came"),
        ]

    def __str__(self) -> str:
        return self.key
