"""Categories, limits and dispatch rules: dated, owned, and refused when they contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.identity.models import Account
from cityhall.engines.rules.queries import parameter
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from .. import rules
from ..models import Category, CategoryQuestion, CategoryTerm, ReplyTemplate, Routing, StaffWords
from .dispatch import route_rule, word_rule


class CannotSaveRule(CannotAct):
    """The rule is empty, or ties with another."""


@act
def add_category(
    *,
    code: str,
    group: str,
    name: str,
    name_en: str,
    order: int,
    needs_place: bool,
    confidential: bool = False,
    by: Account | None,
    at: datetime,
) -> Category:
    """A category of its own; limits and agencies follow as dated rows."""
    category = Category.objects.create(
        code=code, group=group, name=name, name_en=name_en, order=order, needs_place=needs_place,
        confidential=confidential,
    )  # fmt: skip
    audit.record("petition.category_added", category, by=by, at=at, new={"code": code})
    return category


@act
@sentence("1.2.7", "擇定 15 項與市民切身相關且具急迫性")
def set_term(
    category: Category,
    *,
    valid_from: date,
    urgent: bool,
    final_working_days: int,
    source: str,
    first_hours: int = 24,
    near_metres: int | None = None,
    by: Account | None,
    at: datetime,
) -> CategoryTerm:
    """Urgency, limits and nearness of a category from a day on; what runs keeps the limit of its day.

    `near_metres`: how far apart two petitions may lie to be shown as perhaps the same; not given, as before.
    """
    if near_metres is None:
        before = category.terms.order_by("-valid_from").first()
        near_metres = before.near_metres if before else int(parameter("petitions.near_metres", on=valid_from).value)
    if not 10 <= near_metres <= 2_000:
        raise CannotSaveRule(_("同一件事的距離請填 10 到 2000 公尺。"))
    if not 1 <= final_working_days <= 60 or not 1 <= first_hours <= 168:
        raise CannotSaveRule(_("期限超出範圍：初步回復 1 到 168 小時，正式回復 1 到 60 個工作天。"))
    term, _created = CategoryTerm.objects.update_or_create(
        category=category,
        valid_from=valid_from,
        defaults={
            "urgent": urgent,
            "first_hours": first_hours,
            "final_working_days": final_working_days,
            "near_metres": near_metres,
            "source": source,
            "version": category.terms.count() + 1,
        },
    )
    audit.record(
        "petition.term_set", term, by=by, at=at,
        new={"category": category.code, "from": valid_from.isoformat(), "urgent": urgent, "days": final_working_days},
    )  # fmt: skip
    return term


@act
def add_question(
    category: Category, *, code: str, label: str, label_en: str, datatype: str = "string", required: bool = False,
    choices: Sequence[dict[str, str]] = (), by: Account | None, at: datetime,
) -> CategoryQuestion:  # fmt: skip
    """A question of the category, asked everywhere alike."""
    question = CategoryQuestion.objects.create(
        category=category, code=code, label=label, label_en=label_en, datatype=datatype, required=required,
        choices=list(choices), order=category.questions.count() + 1,
    )  # fmt: skip
    audit.record("petition.question_added", question, by=by, at=at, new={"category": category.code, "code": code})
    return question


class RulesTie(CannotSaveRule):
    """Another rule of the same rank speaks of the same and leads elsewhere."""

    def __init__(self, sentence: str, other: StaffWords | Routing) -> None:
        self.other = other
        super().__init__(sentence)


@act
def add_words(
    category: Category,
    *,
    any_of: Sequence[str],
    every: Sequence[str] = (),
    none_of: Sequence[str] = (),
    priority: int = 0,
    owner: Person | None = None,
    valid_from: date,
    valid_until: date | None = None,
    reason: str = "",
    by: Account | None,
    at: datetime,
) -> StaffWords:
    """A keyword rule. Words of one character are refused: they stand in everything."""
    row = StaffWords(
        category=category, any_of=_tidy(any_of), every=_tidy(every), none_of=_tidy(none_of), priority=priority,
        owner=owner, valid_from=valid_from, valid_until=valid_until, reason=reason, made_at=at,
    )  # fmt: skip
    refuse_unfit(row)
    row.save()
    audit.record(
        "petition.words_added", row, by=by, at=at, new={"category": category.code, "any_of": row.any_of}, note=reason
    )
    return row


def _tidy(words: Sequence[str]) -> list[str]:
    """Each word once, in its order."""
    return list(dict.fromkeys(word.strip() for word in words if word.strip()))


@act
def add_routing(
    *,
    agency: Agency,
    category: Category | None = None,
    district_code: str = "",
    village_code: str = "",
    manager_code: str = "",
    layer_code: str = "",
    any_of: Sequence[str] = (),
    every: Sequence[str] = (),
    none_of: Sequence[str] = (),
    owner: Person | None = None,
    valid_from: date,
    valid_until: date | None = None,
    reason: str = "",
    by: Account | None,
    at: datetime,
) -> Routing:
    """Category, place and words → agency. A rule that ties with another is refused, and both are named."""
    row = Routing(
        category=category, district_code=district_code, village_code=village_code, manager_code=manager_code,
        layer_code=layer_code, any_of=_tidy(any_of), every=_tidy(every), none_of=_tidy(none_of), agency=agency, owner=owner, valid_from=valid_from, valid_until=valid_until,
        reason=reason, made_at=at,
    )  # fmt: skip
    refuse_unfit(row)
    row.save()
    audit.record("petition.routing_added", row, by=by, at=at, new=content_of(row), note=reason)
    return row


def content_of(row: StaffWords | Routing) -> dict[str, Any]:
    """What a rule says, in codes: for the audit trail, and to try and save exactly this."""
    words = {"any_of": list(row.any_of), "every": list(row.every), "none_of": list(row.none_of)}
    code = row.category.code if row.category else ""
    if isinstance(row, StaffWords):
        return {"category": code, **words, "priority": row.priority}
    return {
        "category": code, "district": row.district_code, "village": row.village_code, "manager": row.manager_code,
        "layer": row.layer_code, **words, "agency": row.agency.code,
    }  # fmt: skip


def refuse_unfit(row: StaffWords | Routing, *, instead_of: StaffWords | Routing | None = None) -> None:
    """Refuse a rule that says nothing, or ties with another on some day on which both would hold.

    The rule that it takes the place of is not asked.
    """
    if row.valid_until is not None and row.valid_until < row.valid_from:
        raise CannotSaveRule(_("結束日不能早於開始日。"))
    _refuse_unfit_words(row)
    others = type(row)._default_manager.select_related("category", *([] if isinstance(row, StaffWords) else ["agency"]))
    mine = [one.pk for one in (row, instead_of) if one is not None and one.pk]
    for other in others.exclude(pk__in=mine).order_by("pk"):
        days = (row.valid_from, row.valid_until), (other.valid_from, other.valid_until)
        ever = other.valid_until is None or other.valid_until >= other.valid_from
        if ever and rules.overlap(*days) and (sentence := _tie(row, other)):
            raise RulesTie(sentence, other)


def _refuse_unfit_words(row: StaffWords | Routing) -> None:
    if isinstance(row, StaffWords) and not row.any_of and not row.every:
        raise CannotSaveRule(_("請至少填一個字詞。"))
    short = [word for word in (*row.any_of, *row.every) if len(rules.fold(word)) < 2]
    if short:
        raise CannotSaveRule(_("「%(word)s」只有一個字，太容易誤判。") % {"word": short[0]})
    never = [word for word in row.none_of if any(rules.fold(word) in rules.fold(must) for must in row.every)]
    if never:
        raise CannotSaveRule(
            _("「%(word)s」不得出現，又包含在必須出現的字詞裡，這條規則永遠不會用到。") % {"word": never[0]}
        )


def _tie(row: StaffWords | Routing, other: StaffWords | Routing) -> str:
    """Why the two cannot hold together; empty where they can."""
    if isinstance(row, StaffWords) and isinstance(other, StaffWords):
        text = rules.tied_words(word_rule(row), word_rule(other))
        if not text:
            return ""
        return _(
            "寫到「%(text)s」時，這條規則與「%(other)s」的規則（%(words)s）分不出先後，卻判到不同類別。"
            "請改字詞、調整優先序，或先停用另一條。"
        ) % {"text": text, "other": other.category.label, "words": "、".join([*other.every, *other.any_of][:5])}
    if isinstance(row, Routing) and isinstance(other, Routing) and _route_alike(row, other):
        return _("同樣的類別與地點已有規則派給「%(other)s」，不能再派給「%(agency)s」。請先停用原規則。") % {
            "other": other.agency.label, "agency": row.agency.label,
        }  # fmt: skip
    return ""


def _route_alike(row: Routing, other: Routing) -> bool:
    day = max(row.valid_from, other.valid_from)
    return rules.tied_routes(route_rule(row, day), route_rule(other, day))


@act
def end_rule(
    rule: StaffWords | Routing, *, on: date, reason: str = "", by: Account | None, at: datetime
) -> StaffWords | Routing:
    """Let a rule hold no longer from a day on; decisions that it made keep it."""
    rule.valid_until = on - timedelta(days=1)
    rule.revision += 1
    rule.save(update_fields=["valid_until", "revision"])
    audit.record("petition.rule_ended", rule, by=by, at=at, new={"until": rule.valid_until.isoformat()}, note=reason)
    return rule


@act
def retire_category(category: Category, *, on: date, by: Account | None, at: datetime) -> Category:
    """No new petition gets it from that day on; those that have it keep it."""
    category.retired_on = on
    category.save(update_fields=["retired_on"])
    audit.record("petition.category_retired", category, by=by, at=at, new={"on": on.isoformat()})
    return category


@act
def add_template(
    *, code: str, category: Category | None, stage: int, name: str, text: str, outcome: str = "",
    by: Account | None, at: datetime,
) -> ReplyTemplate:  # fmt: skip
    """A text that officers start from."""
    row = ReplyTemplate.objects.create(code=code, category=category, stage=stage, name=name, text=text, outcome=outcome)
    audit.record("petition.template_added", row, by=by, at=at, new={"code": code})
    return row
