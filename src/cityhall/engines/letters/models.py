"""Letters, what became of each attempt to deliver them, a city's own wordings, and people's preferences."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityhall.engines.letters import rules
from cityhall.engines.letters.states import Channel, Outcome, State


class Letter(models.Model):
    """One message to one recipient, worded when it was promised.

    `message_id` is fixed with the letter, so that a repeat, made where nobody knows whether the first was accepted,
    can be recognised by the receiving side.
    """

    key = models.CharField(max_length=200, unique=True)
    template = models.CharField(_("範本"), max_length=100)
    channel = models.CharField(_("管道"), max_length=10, choices=Channel)
    language = models.CharField(_("語言"), max_length=10)
    address = models.CharField(_("收件地址"), max_length=320)
    name = models.CharField(_("收件人"), max_length=200, blank=True)
    account_id = models.PositiveBigIntegerField(null=True)
    subject = models.CharField(_("主旨"), max_length=500)
    text = models.TextField(_("內容"))
    html = models.TextField(blank=True)
    unsubscribe_url = models.CharField(max_length=300, blank=True)
    forget = models.BooleanField(default=False)
    message_id = models.CharField(max_length=200, unique=True)
    about_type = models.CharField(max_length=80, blank=True)
    about_id = models.CharField(max_length=64, blank=True)
    wording = models.ForeignKey("Wording", null=True, on_delete=models.PROTECT)
    again_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT)
    state = models.CharField(_("狀態"), max_length=10, choices=State, default=State.WAITING)
    written_at = models.DateTimeField(_("建立時間"))
    sent_at = models.DateTimeField(_("寄達時間"), null=True)
    forgotten_at = models.DateTimeField(null=True)
    posted_on = models.DateField(_("交寄日"), null=True)  # of paper: the day on which it was handed to the post
    posted_by_id = models.PositiveBigIntegerField(null=True)
    posting = models.CharField(_("掛號號碼"), max_length=30, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("信件")
        indexes = [
            models.Index(
                fields=["id"],
                name="letters_to_be_posted",
                condition=models.Q(channel="paper", state="SENT", posted_on=None),
            ),
            models.Index(fields=["about_type", "about_id", "id"], name="letters_by_subject"),
            models.Index(fields=["state", "id"], name="letters_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.pk}"

    @property
    def masked_address(self) -> str:
        """The address as a page shows it to those who need not know it."""
        return rules.masked(self.address)

    @property
    def title(self) -> str:
        """The subject; of a letter with a secret, which may stand there too, what kind of letter it is."""
        if self.forgotten_at:
            return gettext("已依保存期限移除")
        return (not self.forget and self.subject) or gettext("含驗證碼的信（寄出後不留存）")

    @property
    def state_words(self) -> str:
        """The state in words; a letter on paper is made, not accepted by a server."""
        if self.channel == Channel.PAPER and self.posted_on:
            return gettext("已交寄")
        if self.channel == Channel.PAPER and self.state == State.SENT:
            return gettext("已製成 PDF，可列印郵寄")
        return str(self.get_state_display())


class Attempt(models.Model):
    """One attempt to deliver a letter."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="attempts")
    n = models.PositiveIntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.STARTED)
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ["n"]
        constraints = [models.UniqueConstraint(fields=["letter", "n"], name="letters_attempt_number")]

    def __str__(self) -> str:
        return f"{self.letter_id}/{self.n} {self.outcome}"


class Wording(models.Model):
    """A city's own wording of a template, from a day on. Never overwritten: the latest that has begun counts."""

    template = models.CharField(_("範本"), max_length=100)
    language = models.CharField(_("語言"), max_length=10)
    subject = models.CharField(_("主旨"), max_length=200)
    text = models.TextField(_("內容"))
    valid_from = models.DateField(_("開始使用日"))
    written_by_id = models.PositiveBigIntegerField(null=True)
    written_at = models.DateTimeField()
    why = models.CharField(_("修改原因"), max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = _("信件用語")
        indexes = [models.Index(fields=["template", "language", "valid_from", "id"], name="letters_wording_in_force")]

    def __str__(self) -> str:
        return f"{self.template} {self.language} {self.valid_from}"


class Preference(models.Model):
    """How an account wants to be written to."""

    account_id = models.PositiveBigIntegerField(primary_key=True)
    language = models.CharField(max_length=10, blank=True)
    channel = models.CharField(max_length=10, choices=Channel, blank=True)

    def __str__(self) -> str:
        return f"{self.account_id} {self.language} {self.channel}"
