"""Entries of the FAQ base by topic, the versions of what they say with what was done to them, and what people asked and
thought of the answers.
"""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cityhall.engines.directory.models import Agency
from cityhall.web.context import language

from .rules import Link, lines_of, link_in
from .states import Channel, Clash, Fate, State, Step


class Topic(models.Model):
    """問題類別: what questions are about; the report names the topics that are asked most."""

    code = models.SlugField(_("代碼"), max_length=40, unique=True)
    name = models.CharField(_("名稱"), max_length=60, unique=True)
    name_en = models.CharField(_("英文名稱"), max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("問題類別")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return self.name_en if language() == "en" and self.name_en else self.name


class Entry(models.Model):
    """常見問題: what stays the same over all versions of a question and its answer."""

    code = models.SlugField(_("編號"), max_length=40, unique=True)
    agency = models.ForeignKey(Agency, verbose_name=_("負責機關"), on_delete=models.PROTECT, related_name="+")
    topic = models.ForeignKey(
        Topic, verbose_name=_("問題類別"), on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    generated = models.BooleanField(_("系統產生的示範資料"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("常見問題")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class VersionQuerySet(models.QuerySet["Version"]):
    """Questions about versions."""

    def published(self, day: date) -> Self:
        """What the public could read on a day: one version an entry."""
        shown = Q(superseded_on__isnull=True) | Q(superseded_on__gt=day)
        valid = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
        return self.filter(shown, valid, state=State.PUBLISHED, published_on__lte=day, valid_from__lte=day)

    def newest(self) -> Self:
        """The last version of each entry, without drafts that were thrown away."""
        later = Version.objects.filter(entry=OuterRef("entry"), number__gt=OuterRef("number"))
        return self.exclude(state=State.DISCARDED).exclude(Exists(later.exclude(state=State.DISCARDED)))

    def standing(self) -> Self:
        """Those that everybody reads or will read: published, and nothing took their place."""
        return self.filter(state=State.PUBLISHED, superseded_on=None)


class Version(models.Model):
    """What an entry says from a day on, who wrote it and which agency's word it has."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    question = models.CharField(_("問題"), max_length=200)
    answer = models.TextField(_("答案"), max_length=4000)
    question_en = models.CharField(_("問題的英文"), max_length=300, blank=True)
    answer_en = models.TextField(_("答案的英文"), max_length=8000, blank=True)
    aliases = models.TextField(_("其他問法"), max_length=2000, blank=True)  # one a line
    steps = models.TextField(_("怎麼辦理"), max_length=2000, blank=True)  # one a line
    steps_en = models.TextField(_("怎麼辦理的英文"), max_length=4000, blank=True)  # one a line
    fee = models.CharField(_("費用"), max_length=100, blank=True)
    fee_en = models.CharField(_("費用的英文"), max_length=200, blank=True)
    days = models.PositiveSmallIntegerField(_("幾個工作天"), null=True, blank=True)
    procedure = models.CharField(_("相關的申辦項目"), max_length=100, blank=True)
    link = models.URLField(_("申辦網頁"), max_length=300, blank=True)
    links = models.TextField(_("相關網頁"), max_length=2000, blank=True)  # one a line: a name and an address
    valid_from = models.DateField(_("自何日起"))
    valid_until = models.DateField(_("至何日止"), null=True, blank=True)
    review_by = models.DateField(_("最晚何時再確認"), null=True, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    written_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_on = models.DateField(null=True, blank=True)
    superseded_on = models.DateField(null=True, blank=True)

    objects = VersionQuerySet.as_manager()

    replaced = False
    """Set where an entry's versions stand side by side: a later one took its place."""

    class Meta:
        verbose_name = verbose_name_plural = _("常見問題的版本")
        ordering = ["entry", "-number"]
        indexes = [
            models.Index(fields=["state", "published_on"], name="faq_version_published"),
            models.Index(fields=["review_by"], name="faq_version_review"),
            models.Index(fields=["valid_until"], name="faq_version_valid"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="faq_version_number_once"),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state="PUBLISHED", superseded_on=None), name="faq_one_version_shown"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="faq_version_days"
            ),
            models.CheckConstraint(
                condition=~Q(state="PUBLISHED") | Q(published_on__isnull=False), name="faq_published_has_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} v{self.number}"

    @property
    def withdrawn(self) -> bool:
        """Whether it was read and is not any more."""
        return self.state == State.PUBLISHED and self.superseded_on is not None

    @property
    def condition(self) -> str:
        """Where it stands, in words."""
        if self.replaced:
            return pgettext("faq", "已由新版取代")
        return gettext("已下架") if self.withdrawn else str(State(self.state).label)

    @property
    def tone(self) -> str:
        """The colour of its tag."""
        if self.withdrawn:
            return "grey"
        return {State.DRAFT: "yellow", State.REVIEW: "blue", State.PUBLISHED: "green"}.get(State(self.state), "grey")

    @property
    def title(self) -> str:
        """The question in the reader's language, in Chinese where there is no English."""
        return self.question_en if language() == "en" and self.question_en else self.question

    @property
    def text(self) -> str:
        """The answer in the language of the title."""
        return self.answer_en if language() == "en" and self.question_en else self.answer

    @property
    def price(self) -> str:
        """The fee in the language of the title."""
        return (self.fee_en or self.fee) if language() == "en" and self.question_en else self.fee

    @property
    def way(self) -> list[str]:
        """The steps in the language of the title, one by one."""
        english = language() == "en" and self.question_en and self.steps_en
        return lines_of(self.steps_en if english else self.steps)

    @property
    def other_pages(self) -> list[Link]:
        """The pages that it points to."""
        return [one for line in self.links.splitlines() if (one := link_in(line)) is not None]

    @property
    def wordings(self) -> list[str]:
        """The question and every other way to ask it."""
        more = [self.question_en, *self.aliases.splitlines()]
        return [self.question, *(one.strip() for one in more if one.strip())]


class Move(models.Model):
    """版本的經過: what was done to a version, by whom, when and why."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="moves")
    step = models.CharField(_("動作"), max_length=12, choices=Step)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("版本的經過")
        ordering = ["version", "pk"]

    def __str__(self) -> str:
        return f"{self.version_id} {self.step}"


class Contradiction(models.Model):
    """互相矛盾的常見問題: two published entries of which a reader could get two answers. Somebody settles it, or it ends."""

    first = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    clash = models.CharField(_("矛盾"), max_length=10, choices=Clash)
    words = models.CharField(_("問法"), max_length=300, blank=True)
    found_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)  # one of them has changed
    settled_at = models.DateTimeField(null=True, blank=True)  # somebody says that they do not contradict
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("理由"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("互相矛盾的常見問題")
        indexes = [models.Index(fields=["ended_at", "settled_at"], name="faq_contradiction_open")]
        constraints = [
            models.UniqueConstraint(fields=["first", "second", "clash"], name="faq_contradiction_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="faq_contradiction_in_order"),
            models.CheckConstraint(
                condition=Q(settled_at=None) | ~Q(reason=""), name="faq_contradiction_settled_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id} {self.clash}"


class Proposal(models.Model):
    """新增建議: questions alike that nobody could answer, offered as a new entry or as another wording of one."""

    text = models.CharField(_("問法"), max_length=200)
    count = models.PositiveIntegerField(_("問過幾次"), default=0)
    last_at = models.DateTimeField()
    near = models.ForeignKey(Entry, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    fate = models.CharField(pgettext_lazy("faq", "決定"), max_length=10, choices=Fate, default=Fate.OPEN)
    entry = models.ForeignKey(Entry, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("常見問題的新增建議")
        indexes = [models.Index(fields=["fate", "-count"], name="faq_proposal_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(fate="OPEN", decided_at=None) | (~Q(fate="OPEN") & Q(decided_at__isnull=False)),
                name="faq_proposal_decided_whole",
            ),
            models.CheckConstraint(
                condition=~Q(fate="DECLINED") | ~Q(reason=""), name="faq_proposal_declined_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk}"


class Use(models.Model):
    """An answer that was given, by channel; `helped` is what the asker said of it, if anything. Nobody is named."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="uses")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel)
    helped = models.BooleanField(null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("faq", "引用紀錄")
        indexes = [
            models.Index(fields=["entry", "at"], name="faq_use_of_entry"),
            models.Index(fields=["at"], name="faq_use_at"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.channel}"


class Unanswered(models.Model):
    """A question for which nothing was known; telephone numbers and the like are left out of its text."""

    text = models.CharField(max_length=200)
    channel = models.CharField(max_length=10, choices=Channel)
    at = models.DateTimeField(db_index=True)
    proposal = models.ForeignKey(Proposal, on_delete=models.SET_NULL, null=True, blank=True, related_name="questions")
    once = models.CharField(max_length=64, unique=True, null=True, blank=True)  # digest of a talk and its words

    class Meta:
        verbose_name = verbose_name_plural = _("沒有答案的問題")

    def __str__(self) -> str:
        return f"unanswered {self.pk}"
