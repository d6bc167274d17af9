"""Petitions: what is theirs alone. Number, timeline, replies and places are the case's (`engines.cases`)."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cityhall.engines.cases.models import Case, Reply
from cityhall.engines.cases.states import Status
from cityhall.engines.directory.models import Agency, Person, Unit
from cityhall.foundation.clock import day_of, end_of_day
from cityhall.foundation.roc import roc_year

from .repeats import HOLDING
from .states import (
    CategorySource,
    Effect,
    ExtensionState,
    Ground,
    Group,
    ListingGround,
    ReplayAct,
    ReplayState,
    RestrictionState,
    SetAsideKind,
)


def _in_language(own: str, english: str) -> str:
    return english if english and (translation.get_language() or "").startswith("en") else own


class Dated(models.QuerySet):
    """Rows that hold from a day until a day, both in."""

    def on(self, day: date) -> Self:
        """Those that hold on that day."""
        return self.filter(Q(valid_from__lte=day), Q(valid_until__isnull=True) | Q(valid_until__gte=day))


class CategoryQuerySet(models.QuerySet["Category"]):
    """Questions about categories."""

    def in_use(self, on: date) -> Self:
        """Those that a petition may be filed under on a day."""
        return self.filter(Q(retired_on=None) | Q(retired_on__gt=on))


class Category(models.Model):
    """What a petition is about; its agency and limits are dated and stand in its terms."""

    code = models.SlugField(_("代碼"), max_length=40, unique=True)
    group = models.CharField(_("主題"), max_length=20, choices=Group)
    name = models.CharField(_("名稱"), max_length=40)
    name_en = models.CharField(_("英文名稱"), max_length=80)
    order = models.PositiveIntegerField(default=0)
    needs_place = models.BooleanField(_("依地點決定機關"), default=False)
    confidential = models.BooleanField(_("一律不公開"), default=False)  # about officers, for instance
    retired_on = models.DateField(_("停用日"), null=True, blank=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("案件類別")
        verbose_name_plural = _("案件類別")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return _in_language(self.name, self.name_en)

    @property
    def asked(self) -> list[CategoryQuestion]:
        """The questions that are asked now, in their order; the others only name old answers."""
        return [question for question in self.questions.all() if question.retired_on is None]


class CategoryTerm(models.Model):
    """Urgency and limits of a category from a day on. The newest that holds on the day of 成案 counts."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="terms")
    valid_from = models.DateField(_("自何日起"))
    valid_until = models.DateField(_("至何日止"), null=True, blank=True)
    urgent = models.BooleanField(_("急迫類別"), default=False)
    first_hours = models.PositiveSmallIntegerField(_("初步回復（小時）"), default=24)
    final_working_days = models.PositiveSmallIntegerField(_("正式回復（工作天）"), default=14)
    version = models.PositiveIntegerField(default=1)
    source = models.CharField(_("依據"), max_length=200)

    objects = Dated.as_manager()

    class Meta:
        verbose_name = _("類別時限")
        verbose_name_plural = _("類別時限")
        ordering = ["category", "valid_from"]
        constraints = [models.UniqueConstraint(fields=["category", "valid_from"], name="petition_one_term_a_day")]

    def __str__(self) -> str:
        return f"{self.category} {self.valid_from}"

    def holds_on(self, day: date) -> bool:
        """Whether it holds on that day."""
        return self.valid_from <= day and (self.valid_until is None or self.valid_until >= day)


class CategoryQuestion(models.Model):
    """A question of a category, the same on the web, at the desk and in Open311."""

    class Datatype(models.TextChoices):
        STRING = "string", _("一行文字")
        NUMBER = "number", _("數字")
        DATETIME = "datetime", _("日期時間")
        TEXT = "text", _("多行文字")
        SINGLE = "singlevaluelist", _("單選")
        MULTI = "multivaluelist", _("複選")

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="questions")
    code = models.SlugField(max_length=40)
    order = models.PositiveSmallIntegerField(default=1)
    label = models.CharField(max_length=100)
    label_en = models.CharField(max_length=120)
    hint = models.CharField(max_length=200, blank=True)
    hint_en = models.CharField(max_length=200, blank=True)
    datatype = models.CharField(max_length=20, choices=Datatype, default=Datatype.STRING)
    required = models.BooleanField(default=False)
    choices = models.JSONField(default=list, blank=True)  # [{key, name, name_en}]
    retired_on = models.DateField(null=True, blank=True)  # no longer asked; the answers keep its words

    class Meta:
        verbose_name = _("類別題目")
        verbose_name_plural = _("類別題目")
        ordering = ["category", "order"]
        constraints = [
            models.UniqueConstraint(fields=["category", "code"], name="petition_question_code"),
            models.UniqueConstraint(fields=["category", "order"], name="petition_question_order"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def text(self) -> str:
        """The question in the reader's language."""
        return _in_language(self.label, self.label_en)

    @property
    def hint_text(self) -> str:
        """The hint in the reader's language."""
        return _in_language(self.hint, self.hint_en)

    @staticmethod
    def name_of(choice: dict[str, str]) -> str:
        """A choice in the reader's language."""
        return _in_language(choice["name"], choice.get("name_en", ""))

    def words_of(self, answer: object) -> str:
        """An answer as people read it: choices by their names."""
        names = {str(choice["key"]): self.name_of(choice) for choice in self.choices}
        given = answer if isinstance(answer, list) else [answer]
        return "、".join(names.get(str(one), str(one)) for one in given)


class StaffRule(models.Model):
    """What the rules of dispatch have in common: an owner, days, and the version that each took the place of.

    A version that was in force is never changed; a new one takes its place from a day on.
    """

    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    before_until = models.DateField(null=True, blank=True)  # until when the version before would have held
    reason = models.CharField(_("理由"), max_length=200, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)  # counts what was done to the row, so that copies notice

    objects = Dated.as_manager()

    class Meta:
        abstract = True

    def holds_on(self, day: date) -> bool:
        """Whether it holds on that day."""
        return self.valid_from <= day and (self.valid_until is None or self.valid_until >= day)


class StaffWords(StaffRule):
    """A keyword rule kept by staff: words that mean a category, with owner and dates."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="word_rules")
    any_of = models.JSONField(_("任一字詞"), default=list)
    every = models.JSONField(_("同時出現"), default=list, blank=True)
    none_of = models.JSONField(_("不得出現"), default=list, blank=True)
    priority = models.SmallIntegerField(_("優先"), default=0)

    class Meta:
        verbose_name = _("關鍵詞規則")
        verbose_name_plural = _("關鍵詞規則")

    def __str__(self) -> str:
        return f"{self.category}: {'、'.join([*self.every, *self.any_of])}"


class Routing(StaffRule):
    """Which agency handles a category, in a district or village, on a manager's road or in a layer of managers; where
    words are given, only what says them.
    """

    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="routings")
    district_code = models.CharField(max_length=20, blank=True)
    village_code = models.CharField(max_length=20, blank=True)
    manager_code = models.CharField(max_length=50, blank=True)
    layer_code = models.CharField(max_length=40, blank=True)
    any_of = models.JSONField(_("任一字詞"), default=list, blank=True)
    every = models.JSONField(_("同時出現"), default=list, blank=True)
    none_of = models.JSONField(_("不得出現"), default=list, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("派案規則")
        verbose_name_plural = _("派案規則")

    def __str__(self) -> str:
        return f"{self.category or '*'} {self.district_code} {self.manager_code} → {self.agency}"


class PetitionQuerySet(models.QuerySet["Petition"]):
    """Questions about many petitions."""

    def opened_within(self, first: date | None, last: date | None) -> Self:
        """成案 within the days, both in; filtered and declined ones are not among them (spec/figures.csv)."""
        petitions = self.filter(case__confirmed_at__isnull=False).exclude(case__status=Status.NOT_PROCESSED)
        if first:
            petitions = petitions.filter(case__opened_on__gte=first)
        if last:
            petitions = petitions.filter(case__opened_on__lte=last)
        return petitions


class Petition(models.Model):
    """A citizen's 陳情."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="petition")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="petitions")
    category_source = models.CharField(max_length=10, choices=CategorySource, blank=True)
    given_category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    addressed_to = models.ForeignKey(  # 機關意見信箱: whose mailbox it was written to
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    urgent = models.BooleanField(default=False)
    danger = models.BooleanField(default=False)
    filed_confidential = models.BooleanField(default=False)  # whatever category it is given later
    answers = models.JSONField(default=dict, blank=True)
    followers = models.PositiveIntegerField(default=1)

    objects = PetitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("陳情案件")
        verbose_name_plural = _("陳情案件")
        indexes = [models.Index(fields=["urgent", "category"], name="petition_urgent_category")]

    def __str__(self) -> str:
        return str(self.case)


class DispatchDecision(models.Model):
    """Why a petition went where it went: all that was known then, with versions."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="decisions")
    at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    automatic = models.BooleanField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    reasons = models.JSONField(default=list)
    candidates = models.JSONField(default=list)  # top three: {category, agency, probability}
    predicted = models.JSONField(default=list)  # the text model's own first three: {category, probability}
    spans = models.JSONField(default=list)  # marked words of the title, a line break and the text: {start, end, weight}
    words = models.JSONField(default=list)  # the word rule's words
    word_rule = models.CharField(max_length=30, blank=True)  # id@version
    route_rule = models.CharField(max_length=30, blank=True)
    model_version = models.CharField(max_length=60, blank=True)
    shadow = models.BooleanField(default=False)
    place_version = models.CharField(max_length=60, blank=True)
    area_code = models.CharField(max_length=20, blank=True)
    manager_layer = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("派案決定")
        verbose_name_plural = _("派案決定")
        indexes = [
            models.Index(fields=["petition", "at"], name="petition_decision_at"),
            models.Index(fields=["at"], name="petition_decision_days"),
        ]

    def __str__(self) -> str:
        return f"{self.petition_id} → {self.agency_id}"

    @property
    def shown_spans(self) -> list[dict[str, float]]:
        """The text model's words to mark: those that spoke for the category, none while the model is only watched."""
        other = self.category and self.predicted and self.predicted[0]["category"] != self.category.code
        return [] if self.shadow or other else self.spans


class RuleReplay(models.Model):
    """A change of the rules, or another text model, tried on past petitions before it holds.

    It keeps exactly what was tried and on which state of the rules: nothing else can be saved by it.
    """

    act = models.CharField(max_length=10, choices=ReplayAct)
    inputs = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)  # of the inputs and the state of the rules they were tried on
    stamp = models.CharField(max_length=200)
    state = models.CharField(_("狀態"), max_length=10, choices=ReplayState, default=ReplayState.RUNNING)
    first_on = models.DateField()
    last_on = models.DateField()
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)  # by effect
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_index=True)
    saved_at = models.DateTimeField(null=True, blank=True)
    saved_as = models.CharField(max_length=60, blank=True)  # words/12, routing/3, model/4

    class Meta:
        verbose_name = _("規則試算")
        verbose_name_plural = _("規則試算")

    def __str__(self) -> str:
        return f"replay {self.pk}"


class ReplayDifference(models.Model):
    """A past petition that would be decided otherwise. Categories and agencies by their codes."""

    replay = models.ForeignKey(RuleReplay, on_delete=models.CASCADE, related_name="differences")
    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="+")
    effect = models.CharField(max_length=10, choices=Effect)
    then_category = models.CharField(max_length=40, blank=True)
    then_agency = models.CharField(max_length=50, blank=True)
    then_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    corrected_category = models.CharField(max_length=40, blank=True)
    corrected_agency = models.CharField(max_length=50, blank=True)
    before_category = models.CharField(max_length=40, blank=True)
    before_agency = models.CharField(max_length=50, blank=True)
    before_automatic = models.BooleanField(default=False)
    now_category = models.CharField(max_length=40, blank=True)
    now_agency = models.CharField(max_length=50, blank=True)
    now_automatic = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("試算差異")
        verbose_name_plural = _("試算差異")
        constraints = [models.UniqueConstraint(fields=["replay", "petition"], name="petition_replay_once")]
        indexes = [models.Index(fields=["replay", "effect"], name="petition_replay_effect")]

    def __str__(self) -> str:
        return f"{self.replay_id}: {self.petition_id}"


class Label(models.Model):
    """A person's word on the category of a text: what the next model learns from."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="labels")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    before = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("類別標註")
        verbose_name_plural = _("類別標註")

    def __str__(self) -> str:
        return f"{self.petition_id} is {self.category_id}"


class Alert(models.Model):
    """通報: a report of danger that went out before anybody confirmed it. It is no petition until 成案."""

    petition = models.OneToOneField(Petition, on_delete=models.PROTECT, related_name="alert")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField()
    duty_person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    result = models.TextField(max_length=2000, blank=True)

    class Meta:
        verbose_name = _("通報")
        verbose_name_plural = _("通報")

    def __str__(self) -> str:
        return f"alert {self.petition_id}"


class ReplyTemplate(models.Model):
    """A text that officers start from; `{…}` are slots that the page fills or asks for."""

    code = models.SlugField(max_length=60, unique=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="templates")
    stage = models.PositiveSmallIntegerField()
    name = models.CharField(_("名稱"), max_length=60)
    text = models.TextField(_("內容"), max_length=4000)
    outcome = models.CharField(max_length=20, blank=True)
    agency = models.ForeignKey(  # whose officers are offered it; none: everybody's
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    retired_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("回復範本")
        verbose_name_plural = _("回復範本")
        ordering = ["category", "stage", "code"]

    def __str__(self) -> str:
        return self.name


class Extension(models.Model):
    """展期: asked before the limit, approved by the level of the agency, told to the citizen."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="extensions")
    stage = models.PositiveSmallIntegerField()
    working_days = models.PositiveSmallIntegerField()
    reason = models.TextField(max_length=1000)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    approver = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=ExtensionState, default=ExtensionState.ASKED)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("展期申請")
        verbose_name_plural = _("展期申請")
        constraints = [
            models.UniqueConstraint(fields=["petition"], condition=Q(state="ASKED"), name="petition_one_open_extension")
        ]

    def __str__(self) -> str:
        return f"extension {self.pk}"


class FollowUp(models.Model):
    """A dated promise in a reply (預計 6 月施作), tracked until it is proven."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="follow_ups")
    reply = models.OneToOneField(Reply, on_delete=models.PROTECT, related_name="follow_up")
    promised_on = models.DateField()
    kept_at = models.DateTimeField(null=True, blank=True)
    kept_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    proof = models.TextField(max_length=2000, blank=True)

    class Meta:
        verbose_name = _("承諾事項")
        verbose_name_plural = _("承諾事項")

    def __str__(self) -> str:
        return f"promise {self.pk}"


class UploadLink(models.Model):
    """A link with which a contractor hands in photos of the work, once; only its digest is kept."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="upload_links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    contractor = models.CharField(_("廠商"), max_length=60)
    asked = models.CharField(_("要拍什麼"), max_length=300)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("廠商上傳連結")
        verbose_name_plural = _("廠商上傳連結")

    def __str__(self) -> str:
        return f"upload link {self.pk}"


class Draft(models.Model):
    """What somebody has filled in so far; kept for them until sent or for the days that the parameter says.

    Whoever holds the token may read it, so it travels in a signed cookie and in a letter, never in an address.
    """

    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    data = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField(db_index=True)
    sent = models.OneToOneField(Case, on_delete=models.SET_NULL, null=True, blank=True, related_name="draft")

    class Meta:
        verbose_name = _("草稿")
        verbose_name_plural = _("草稿")

    def __str__(self) -> str:
        return f"draft {self.token}"


# ---- 不理性重複陳情列管, 過濾處理 --------------------------------------------------------------------------------------


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    """Questions about the register."""

    def listed_on(self, day: date) -> Self:
        """Those that counted at the end of a day: approved by then, begun, and neither run out nor lifted."""
        last = RestrictionStep.objects.filter(restriction=OuterRef("pk"), at__lt=end_of_day(day)).order_by("-n")
        then = self.filter(starts_on__lte=day, ends_on__gte=day).alias(state_then=Subquery(last.values("state")[:1]))
        return then.filter(state_then__in=[str(one) for one in HOLDING])


class Restriction(models.Model):
    """列管 of one person's petitions about one matter, proposed by the unit and approved by the head of the agency.

    The state of today stands here, every change in its steps.
    """

    reference = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="restrictions")
    agency = models.ForeignKey(Agency, verbose_name=_("提報機關"), on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, verbose_name=_("提報單位"), on_delete=models.PROTECT, null=True, related_name="+")
    category = models.ForeignKey(Category, verbose_name=_("類別"), on_delete=models.PROTECT, related_name="+")
    matter = models.CharField(pgettext_lazy("listing", "事由"), max_length=100)
    words = models.JSONField(_("事由的字詞"), default=list, blank=True)  # all must stand in a text
    ground = models.CharField(_("法定事由"), max_length=20, choices=ListingGround)
    evidence = models.ManyToManyField(Petition, related_name="evidence_of")
    answer = models.ForeignKey(Reply, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    because = models.TextField(_("提報理由"), max_length=1000)
    notice = models.TextField(_("通知內容"), max_length=2000)
    starts_on = models.DateField(_("自何日起"))
    ends_on = models.DateField(_("至何日止"))
    review_on = models.DateField(_("檢討日"))
    state = models.CharField(_("狀態"), max_length=10, choices=RestrictionState, default=RestrictionState.PROPOSED)
    proposed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        verbose_name = _("不理性重複陳情列管")
        verbose_name_plural = _("不理性重複陳情列管")
        indexes = [models.Index(fields=["state", "ends_on"], name="petition_restriction_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="petition_restriction_not_by_its_proposer",
            ),
            models.CheckConstraint(
                condition=~Q(ground=ListingGround.ANSWERED) | Q(answer__isnull=False),
                name="petition_restriction_shows_the_answer",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="petition_restriction_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[RestrictionState.PROPOSED]) | Q(decided_by__isnull=False),
                name="petition_restriction_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it: R115-012."""
        return f"R{roc_year(day_of(self.proposed_at))}-{self.pk:03}"


class RestrictionKey(models.Model):
    """What was verified of the listed person, as a digest that only this installation can make."""

    restriction = models.ForeignKey(Restriction, on_delete=models.CASCADE, related_name="keys")
    digest = models.CharField(max_length=64, db_index=True, editable=False)

    class Meta:
        verbose_name = _("列管對象的比對碼")
        verbose_name_plural = _("列管對象的比對碼")
        constraints = [models.UniqueConstraint(fields=["restriction", "digest"], name="petition_restriction_key_once")]

    def __str__(self) -> str:
        return f"key of restriction {self.restriction_id}"


class RestrictionStep(models.Model):
    """One thing that happened to a listing, with the state that it left."""

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="steps")
    n = models.PositiveIntegerField()
    type = models.CharField(max_length=30)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=RestrictionState)
    text = models.TextField(max_length=2000, blank=True)

    class Meta:
        verbose_name = _("列管經過")
        verbose_name_plural = _("列管經過")
        ordering = ["restriction", "n"]
        constraints = [models.UniqueConstraint(fields=["restriction", "n"], name="petition_restriction_step_order")]

    def __str__(self) -> str:
        return f"{self.restriction_id}.{self.n} {self.type}"


class RestrictionAppeal(models.Model):
    """申訴: the listed person disagrees; the commission writes it down and decides."""

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="appeals")
    received_on = models.DateField(_("收到日"))
    text = models.TextField(_("申訴內容"), max_length=4000)
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    granted = models.BooleanField(null=True, blank=True)
    decision = models.TextField(max_length=1000, blank=True)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("列管申訴")
        verbose_name_plural = _("列管申訴")
        constraints = [
            models.UniqueConstraint(
                fields=["restriction"], condition=Q(granted__isnull=True), name="petition_one_open_appeal"
            )
        ]

    def __str__(self) -> str:
        return f"appeal {self.pk}"


class SetAside(models.Model):
    """不予處理 of one petition, by filtering or by a listing; taken up again, it stays on record and counts no more."""

    petition = models.ForeignKey(Petition, on_delete=models.PROTECT, related_name="set_aside")
    kind = models.CharField(_("種類"), max_length=10, choices=SetAsideKind)
    ground = models.CharField(
        pgettext_lazy("listing", "事由"), max_length=20, choices=[*Ground.choices, *ListingGround.choices]
    )
    restriction = models.ForeignKey(
        Restriction, on_delete=models.PROTECT, null=True, blank=True, related_name="declined"
    )
    reason = models.CharField(_("說明"), max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_because = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("不予處理紀錄")
        verbose_name_plural = _("不予處理紀錄")
        indexes = [models.Index(fields=["kind", "undone_at"], name="petition_set_aside_kind")]
        constraints = [
            models.UniqueConstraint(
                fields=["petition"], condition=Q(undone_at__isnull=True), name="petition_set_aside_once"
            ),
            models.CheckConstraint(
                condition=Q(kind=SetAsideKind.DECLINED, restriction__isnull=False)
                | Q(kind=SetAsideKind.FILTERED, restriction__isnull=True),
                name="petition_declined_by_a_restriction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.petition_id} {self.kind}"
