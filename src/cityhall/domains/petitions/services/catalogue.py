"""Acts on what a city answers for: categories, their questions and limits, and the texts that replies start from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from cityhall.engines.audit import services as audit
from cityhall.engines.directory.models import Agency
from cityhall.engines.identity.models import Account
from cityhall.foundation.clock import day_of
from cityhall.foundation.unit import act

from ..models import Category, CategoryQuestion, CategoryTerm, ReplyTemplate
from . import rulebook
from .rulebook import CannotSaveRule

CODE = re.compile(r"[a-z][a-z0-9_-]{1,39}")
CHOOSING = {CategoryQuestion.Datatype.SINGLE, CategoryQuestion.Datatype.MULTI}


def _refuse_code(code: str) -> None:
    if not CODE.fullmatch(code):
        raise CannotSaveRule(_("代碼請用小寫英文字母開頭，可以有數字、- 和 _，最多 40 個字。"))


@act
def add_category(*, code: str, by: Account | None, at: datetime, **about: Any) -> Category:
    """A new category. It can be chosen once its limits are set."""
    _refuse_code(code)
    if Category.objects.filter(code=code).exists():
        raise CannotSaveRule(_("已經有代碼「%(code)s」的類別。") % {"code": code})
    return rulebook.add_category(code=code, by=by, at=at, **about)


@act
def change_category(
    category: Category,
    *,
    name: str,
    name_en: str,
    group: str,
    order: int,
    needs_place: bool,
    confidential: bool,
    by: Account | None,
    at: datetime,
) -> Category:
    """Other words or another place in the list; petitions that have the category show the new words."""
    fields = ("name", "name_en", "group", "order", "needs_place", "confidential")
    old = {field: getattr(category, field) for field in fields}
    new = dict(zip(fields, (name, name_en, group, order, needs_place, confidential), strict=True))
    changed = {field: value for field, value in new.items() if old[field] != value}
    if not changed:
        return category
    for field, value in changed.items():
        setattr(category, field, value)
    category.save(update_fields=list(changed))
    audit.record(
        "petition.category_changed", category, by=by, at=at, old={field: old[field] for field in changed}, new=changed
    )
    return category


@act
def revive_category(category: Category, *, by: Account | None, at: datetime) -> Category:
    """A category that was retired, or is to be, can be chosen again."""
    if category.retired_on is None:
        raise CannotSaveRule(_("這個類別沒有停用。"))
    old, category.retired_on = category.retired_on, None
    category.save(update_fields=["retired_on"])
    audit.record("petition.category_revived", category, by=by, at=at, old={"on": old.isoformat()})
    return category


@act
def change_term(
    category: Category,
    *,
    valid_from: date,
    urgent: bool,
    first_hours: int,
    final_working_days: int,
    source: str,
    near_metres: int | None = None,
    by: Account | None,
    at: datetime,
) -> CategoryTerm:
    """Other limits from today or a later day on; what was opened before keeps the limits of its day."""
    if valid_from < day_of(at):
        raise CannotSaveRule(_("生效日要是今天或以後：之前成案的案件，期限已經告訴民眾了。"))
    return rulebook.set_term(
        category, valid_from=valid_from, urgent=urgent, first_hours=first_hours,
        final_working_days=final_working_days, source=source, near_metres=near_metres, by=by, at=at,
    )  # fmt: skip


@act
def withdraw_term(term: CategoryTerm, *, by: Account | None, at: datetime) -> None:
    """Take back limits that do not hold yet."""
    if term.valid_from <= day_of(at):
        raise CannotSaveRule(_("已經生效的期限不能撤回，請另訂新的期限。"))
    audit.record(
        "petition.term_withdrawn", term, by=by, at=at,
        old={"category": term.category.code, "from": term.valid_from.isoformat(), "days": term.final_working_days},
    )  # fmt: skip
    term.delete()


def _checked_choices(datatype: str, choices: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    if datatype not in CHOOSING:
        return []
    if len(choices) < 2:
        raise CannotSaveRule(_("單選與複選至少要有兩個選項。"))
    keys = [choice["key"] for choice in choices]
    if len(set(keys)) < len(keys):
        raise CannotSaveRule(_("有兩個選項用了同一個代碼。"))
    return list(choices)


@act
def add_question(
    category: Category,
    *,
    code: str,
    label: str,
    label_en: str,
    datatype: str,
    required: bool,
    choices: Sequence[dict[str, str]],
    hint: str = "",
    hint_en: str = "",
    by: Account | None,
    at: datetime,
) -> CategoryQuestion:
    """A question of the category, asked last, on the web, at the desk and in Open311 alike."""
    _refuse_code(code)
    if category.questions.filter(code=code).exists():
        raise CannotSaveRule(_("這個類別已經有代碼「%(code)s」的題目。") % {"code": code})
    last = category.questions.order_by("-order").values_list("order", flat=True).first() or 0
    question = CategoryQuestion.objects.create(
        category=category, code=code, label=label, label_en=label_en, hint=hint, hint_en=hint_en, datatype=datatype,
        required=required, choices=_checked_choices(datatype, choices), order=last + 1,
    )  # fmt: skip
    audit.record("petition.question_added", question, by=by, at=at, new={"category": category.code, "code": code})
    return question


@act
def change_question(
    question: CategoryQuestion,
    *,
    label: str,
    label_en: str,
    datatype: str,
    required: bool,
    choices: Sequence[dict[str, str]],
    hint: str = "",
    hint_en: str = "",
    by: Account | None,
    at: datetime,
) -> CategoryQuestion:
    """Other words or choices. The kind of answer stays: answers that were given must still be read."""
    if datatype != question.datatype:
        raise CannotSaveRule(_("答案的種類不能改，已經有人答過。請停用這一題，另外新增一題。"))
    old = {"label": question.label, "required": question.required}
    question.label, question.label_en, question.hint, question.hint_en = label, label_en, hint, hint_en
    question.required, question.choices = required, _checked_choices(datatype, choices)
    question.save()
    audit.record(
        "petition.question_changed", question, by=by, at=at, old=old, new={"label": label, "required": required}
    )
    return question


@act
def move_question(question: CategoryQuestion, *, up: bool, by: Account | None, at: datetime) -> None:
    """Change places with the question before or after it; nothing happens at the ends."""
    others = CategoryQuestion.objects.select_for_update().filter(category=question.category, retired_on=None)
    neighbour = (
        others.filter(order__lt=question.order).order_by("-order").first()
        if up
        else others.filter(order__gt=question.order).order_by("order").first()
    )
    if neighbour is None:
        return
    mine, theirs = question.order, neighbour.order
    free = (question.category.questions.order_by("-order").values_list("order", flat=True).first() or 0) + 1
    for row, order in ((question, free), (neighbour, mine), (question, theirs)):
        row.order = order
        row.save(update_fields=["order"])
    audit.record("petition.question_moved", question, by=by, at=at, old={"order": mine}, new={"order": theirs})


@act
def retire_question(question: CategoryQuestion, *, by: Account | None, at: datetime) -> CategoryQuestion:
    """Ask it no longer; petitions that answered it keep question and answer."""
    if question.retired_on:
        raise CannotSaveRule(_("這一題已經停用。"))
    question.retired_on = day_of(at)
    question.save(update_fields=["retired_on"])
    audit.record("petition.question_retired", question, by=by, at=at, new={"code": question.code})
    return question


@act
def add_template(
    *,
    category: Category | None,
    agency: Agency | None,
    stage: int,
    name: str,
    text: str,
    outcome: str = "",
    replaces: ReplyTemplate | None = None,
    by: Account | None,
    at: datetime,
) -> ReplyTemplate:
    """A text that officers start from: everybody's, or one agency's."""
    stem = f"{category.code if category else 'all'}-{agency.code if agency else 'city'}-{stage}"[:50]
    number = ReplyTemplate.objects.filter(code__startswith=f"{stem}-").count() + 1
    while ReplyTemplate.objects.filter(code=f"{stem}-{number}").exists():
        number += 1
    row = ReplyTemplate.objects.create(
        code=f"{stem}-{number}", category=category, agency=agency, stage=stage, name=name, text=text, outcome=outcome,
        replaces=replaces,
    )  # fmt: skip
    audit.record(
        "petition.template_added", row, by=by, at=at,
        new={"code": row.code, "replaces": replaces.code if replaces else ""},
    )  # fmt: skip
    return row


@act
def change_template(
    template: ReplyTemplate,
    *,
    category: Category | None,
    stage: int,
    name: str,
    text: str,
    outcome: str = "",
    by: Account | None,
    at: datetime,
) -> ReplyTemplate:
    """A new text takes the old one's place; the old one stays readable, as replies were made from it."""
    retire_template(template, by=by, at=at)
    return add_template(
        category=category, agency=template.agency, stage=stage, name=name, text=text, outcome=outcome,
        replaces=template, by=by, at=at,
    )  # fmt: skip


@act
def retire_template(template: ReplyTemplate, *, by: Account | None, at: datetime) -> ReplyTemplate:
    """Offer it no longer."""
    if template.retired_on:
        raise CannotSaveRule(_("這個範本已經停用，或有人剛換成新的內容。"))
    template.retired_on = day_of(at)
    template.save(update_fields=["retired_on"])
    audit.record("petition.template_retired", template, by=by, at=at, new={"code": template.code})
    return template
