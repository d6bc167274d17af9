"""Answers that callers gave by keys: a file of the exchange, each row taken once or refused with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.audit import services as audit
from cityhall.engines.files import sheets
from cityhall.engines.files.imports import in_every_language
from cityhall.engines.files.sheets import CannotReadSheet, CellError, Column, Row, Sheet
from cityhall.foundation.unit import act

from . import rules, services
from .models import Invitation, KeypadUpload, Question, Response, Wave
from .services import CannotAct, Given
from .states import Way

MOST_ROWS = 2000
NUMBER, WHEN = "number", "answered_at"


class CannotImport(CannotAct):
    """The file as a whole cannot be taken in."""


def columns(questions: Sequence[Question]) -> list[Column]:
    """The headings that a file may have: the call, the time, and one for each question that a key can answer."""
    found = [
        Column(NUMBER, gettext_lazy("通話編號"), sheets.text(80), required=True, aliases=("call", "uniqueid")),
        Column(WHEN, gettext_lazy("作答時間"), sheets.instant, required=True, aliases=("time",)),
    ]
    for one in questions:
        if rules.for_keys(one.asked):
            found.append(Column(one.key, str(one), sheets.text(20), aliases=(one.text, one.text_en)))
    return found


@act
def take_in(wave: Wave, content: BinaryIO, *, name: str, by: Any, at: datetime) -> KeypadUpload:
    """Take in a file: each call once. A row without any key is somebody who was asked and did not answer.

    Raises CannotImport for what is no sheet, has too many rows, or belongs to a wave whose questions no key answers.
    """
    wave = Wave.objects.select_for_update(of=("self",)).select_related("survey", "questionnaire").get(pk=wave.pk)
    questions = services.questions_of(wave.questionnaire)
    known = columns(questions)
    if len(known) == 2:
        raise CannotImport(_("這份問卷沒有可以用按鍵回答的題目。"))
    if any(one.required and not rules.for_keys(one.asked) for one in questions):
        raise CannotImport(_("這份問卷有必答的題目不能用按鍵回答，請另建一份電話用的問卷。"))
    try:
        sheet = sheets.read_sheet(content, known)
    except CannotReadSheet as reason:
        raise CannotImport(str(reason)) from reason
    if len(sheet.rows) > MOST_ROWS:
        raise CannotImport(_("一次最多匯入 %(most)d 列，請分成幾個檔案。") % {"most": MOST_ROWS})
    found = _Taking(wave, questions, at)
    found.refuse_cells(sheet, known)
    found.take(sheet.rows)
    upload = KeypadUpload.objects.create(
        wave=wave, name=name[-120:], uploaded_at=at, uploaded_by=by, taken=found.taken, same=found.same,
        refused=sorted(found.refused, key=lambda one: one["row"]),
    )  # fmt: skip
    audit.record(
        "survey.keypad_imported", upload, by=by, at=at,
        new={"wave": wave.pk, "taken": upload.taken, "same": upload.same, "refused": upload.rows_refused},
    )  # fmt: skip
    return upload


class _Taking:
    """One file being taken in."""

    def __init__(self, wave: Wave, questions: Sequence[Question], at: datetime) -> None:
        self.wave, self.questions, self.at = wave, questions, at
        self.asked = {one.key: one.asked for one in questions}
        self.taken = self.same = 0
        self.refused: list[dict[str, Any]] = []

    def refuse(self, number: int, column: str, value: str, say: Callable[[], str]) -> None:
        """Note a refused cell; telephone numbers that stand in the wrong column are not kept."""
        self.refused.append({"row": number, "column": column, "value": value[:3], "why": in_every_language(say)})

    def refuse_cells(self, sheet: Sheet, known: Sequence[Column]) -> None:
        """What could not be read at all."""
        by_label = {str(one.label): one for one in known}
        for one in sheet.refused:
            column = by_label[one.column]
            self.refuse(one.row, column.key, one.value, lambda column=column, cell=one.value: _why(column, cell))  # type: ignore[misc]

    def take(self, rows: Sequence[Row]) -> None:
        """Each row is judged by itself: one that is wrong keeps no other out. Those that are right are kept together."""
        finds = self.wave.survey.declared.records
        numbers = [row[NUMBER] for row in rows]
        records = finds(numbers) if finds is not None else {}
        right: list[tuple[Row, dict[str, Any]]] = []
        for row in rows:
            if finds is not None and row[NUMBER] not in records:
                self.refuse(row.number, NUMBER, "", lambda: _("查無這通電話。"))
                continue
            given = self._given(row)
            if given is not None and self._in_time(row):
                right.append((row, given))
        asked: dict[str, tuple[Model | None, datetime]] = {}
        for row, _given in right:
            asked.setdefault(row[NUMBER], (records.get(row[NUMBER]), row[WHEN]))
        self._keep(right, services.take_invitations(self.wave, asked, way=Way.KEYPAD))

    def _given(self, row: Row) -> dict[str, Any] | None:
        """What the keys say; None where one of them says nothing, or an answer is missing."""
        found: dict[str, Any] = {}
        fine = True
        for key, asked in self.asked.items():
            cell = row.values.get(key) or ""
            try:
                found[key] = rules.pressed(asked, cell)
            except ValueError:
                fine = False
                self.refuse(row.number, key, cell, lambda asked=asked: _keys(asked))  # type: ignore[misc]
        if fine and any(not rules.is_empty(value) for value in found.values()):
            for key in rules.faults(list(self.asked.values()), found):
                fine = False
                self.refuse(row.number, key, "", lambda: _("這題必答，這一列卻沒有按鍵。"))
        return found if fine else None

    def _in_time(self, row: Row) -> bool:
        when: datetime = row[WHEN]
        if when <= self.at and services.is_open(self.wave, when):
            return True
        self.refuse(row.number, WHEN, "", lambda: _("不在這個波次的調查期間。"))
        return False

    def _keep(
        self, right: Sequence[tuple[Row, dict[str, Any]]], invitations: Mapping[str, tuple[Invitation, bool]]
    ) -> None:
        """Keep the first answers of each call; the same once more is the same, others are refused."""
        there = list(
            Response.objects.filter(invitation__in=[one.pk for one, is_new in invitations.values() if not is_new])
        )
        given_in = services.given_in_all(there)
        known = {one.invitation_id: given_in[one.pk] for one in there}
        new: list[Given] = []
        met: set[str] = set()
        for row, given in right:
            invitation, is_new = invitations[row[NUMBER]]
            is_new = is_new and row[NUMBER] not in met
            met.add(row[NUMBER])
            pressed = {key: value for key, value in given.items() if not rules.is_empty(value)}
            if not pressed:
                self.taken, self.same = self.taken + is_new, self.same + (not is_new)
            elif invitation.pk not in known:
                known[invitation.pk] = pressed
                new.append(Given(invitation, given, row[WHEN]))
                self.taken += 1
            elif known[invitation.pk] == pressed:
                self.same += 1
            else:
                self.refuse(row.number, NUMBER, "", lambda: _("這通電話已經有另一份填答，以先收到的為準。"))
        services.record_keys(self.wave, new)


def _why(column: Column, cell: str) -> str:
    try:
        sheets.read_cell(column, cell)
    except CellError as reason:
        return str(reason)
    return ""


def _keys(asked: rules.Asked) -> str:
    first = rules.NO_OPINION if asked.no_opinion else 1
    last = rules.HIGHEST if asked.kind == rules.SCALE else len(asked.choices)
    return _("這題只能按 %(first)d 到 %(last)d。") % {"first": first, "last": last}
