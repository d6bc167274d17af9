"""Categories, limits and dispatch rules: dated, owned, and refused when they contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.cases.services import CannotAct
from cityhall.engines.directory.models import Agency, Person
from cityhall.engines.identity.models import Account
from cityhall.foundation.sentence import sentence
from cityhall.foundation.unit import act

from .. import rules
from ..models import Category, CategoryQuestion, CategoryTerm, ReplyTemplate, Routing, StaffWords


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
    by: Account | None,
    at: datetime,
) -> CategoryTerm:
    """Urgency and limits of a category from a day on; what runs keeps the limit of its day."""
    if not 1 <= final_working_days <= 60 or not 1 <= first_hours <= 168:
        raise CannotSaveRule(_("期限超出範圍：初步回復 1 到 168 小時，正式回復 1 到 60 個工作天。"))
    term, _created = CategoryTerm.objects.update_or_create(
        category=category,
        valid_from=valid_from,
        defaults={
            "urgent": urgent,
            "first_hours": first_hours,
            "final_working_days": final_working_days,
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
    by: Account | None,
    at: datetime,
) -> StaffWords:
    """A keyword rule. Words of one character are refused: they stand in everything."""
    words = [word.strip() for word in any_of if word.strip()]
    if not words and not every:
        raise CannotSaveRule(_("請至少填一個字詞。"))
    short = [word for word in (*words, *every) if len(rules.fold(word)) < 2]
    if short:
        raise CannotSaveRule(_("「%(word)s」只有一個字，太容易誤判。") % {"word": short[0]})
    row = StaffWords.objects.create(
        category=category, any_of=words, every=list(every), none_of=list(none_of), priority=priority, owner=owner,
        valid_from=valid_from,
    )  # fmt: skip
    audit.record("petition.words_added", row, by=by, at=at, new={"category": category.code, "any_of": words})
    return row


@act
def add_routing(
    *,
    agency: Agency,
    category: Category | None = None,
    district_code: str = "",
    manager_code: str = "",
    owner: Person | None = None,
    valid_from: date,
    by: Account | None,
    at: datetime,
) -> Routing:
    """Category and place → agency. A rule that ties with another that holds is refused, and both are named."""
    same = Routing.objects.on(valid_from).filter(
        category=category, district_code=district_code, manager_code=manager_code
    )
    if other := same.exclude(agency=agency).select_related("agency").first():
        raise CannotSaveRule(
            _("同樣的類別與地點已有規則派給「%(other)s」，不能再派給「%(agency)s」。請先停用原規則。")
            % {"other": other.agency.label, "agency": agency.label}
        )
    row = Routing.objects.create(
        category=category, district_code=district_code, manager_code=manager_code, agency=agency, owner=owner,
        valid_from=valid_from,
    )  # fmt: skip
    audit.record(
        "petition.routing_added", row, by=by, at=at,
        new={"category": category.code if category else "", "district": district_code, "manager": manager_code,
             "agency": agency.code},
    )  # fmt: skip
    return row


@act
def end_rule(rule: StaffWords | Routing, *, on: date, by: Account | None, at: datetime) -> StaffWords | Routing:
    """Let a rule hold no longer from a day on; decisions that it made keep it."""
    rule.valid_until = on - timedelta(days=1)
    rule.save(update_fields=["valid_until"])
    audit.record("petition.rule_ended", rule, by=by, at=at, new={"until": rule.valid_until.isoformat()})
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
