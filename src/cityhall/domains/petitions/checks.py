"""The monthly checks of the demo city: drawn, read, contested, answered anew, at their past times and by the product's
own acts. The latest month is left half read, so that every account shown at start finds something to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from cityhall.engines.cases.states import ReplyState, Status
from cityhall.engines.deadlines.models import Clock, State
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.identity.models import Account
from cityhall.engines.scoring.rules import Mark
from cityhall.foundation.clock import day_of, start_of_day

from .models import QualityCheck, QualityMark, QualitySheet
from .quality import MOST
from .services import handling, promises, quality
from .states import SheetState

if TYPE_CHECKING:
    from .samples import HalfYear

LOW = {
    "promptness": ("逾期才回復，事前沒有告訴民眾。", "初步回復超過一日。"),
    "completeness": ("沒有寫哪一天處理。", "民眾問了兩件事，只答一件。", "沒有寫由誰負責。"),
    "tone": ("推給別的機關，沒有幫忙轉。", "語氣像在責備民眾。"),
    "legality": ("依據的條文已經修正。",),
    "plain": ("整段照抄公文，民眾看不懂。", "用了三個縮寫，沒有說明。"),
}
UNANSWERED = "到檢核時還沒有回復民眾。"
CONTESTS = ("回復裡第二段有寫處理日期，請再看一次。", "當日已用電話向民眾說明，通話紀錄存查。")


@dataclass
class Checks:
    """Plans a check for each month that is over, and what follows of it."""

    half_year: HalfYear
    officer: Person | None

    def plan(self) -> None:
        """The monthly and nightly jobs, each day of the half-year."""
        half_year = self.half_year
        day = day_of(half_year.start)
        while day <= day_of(half_year.end):
            half_year.later(start_of_day(day) + timedelta(hours=5), self.early)
            half_year.later(start_of_day(day) + timedelta(hours=8, minutes=30), self.morning)
            day += timedelta(days=1)

    def early(self, at: datetime) -> None:
        """Draw when the day has come; return what was not contested; then the checkers begin to read."""
        waiting = list(
            QualitySheet.objects.first_readings().filter(state=SheetState.WANTING).values_list("pk", flat=True)
        )
        if quality.lapse(at):
            for pk in QualitySheet.objects.filter(pk__in=waiting, state=SheetState.REDO).values_list("pk", flat=True):
                self.redo(pk, at)
        if quality.draw_by_itself(at):
            self.read(QualityCheck.objects.latest("month"), at)

    def morning(self, at: datetime) -> None:
        """Remind of what was promised."""
        promises.remind(at)
        promises.escalate(at)

    # ---- reading ----

    def read(self, check: QualityCheck, drawn_at: datetime) -> None:
        """The sheets of a month over the working days after its drawing; of the latest month a part is left."""
        half_year = self.half_year
        sheets = list(check.sheets.select_related("agency").order_by("second", "pk"))
        assert self.officer
        latest = check.month == date(*_month_before(day_of(half_year.end)), 1)
        mine = self.officer.appointments.select_related("agency").earliest("pk").agency
        shown = [one.pk for one in sheets if one.agency == mine and not one.second][:2] if latest else []
        for n, sheet in enumerate(sheets):
            if latest and sheet.pk not in shown and n % 5 == 0:
                continue
            at = half_year.office(drawn_at + timedelta(hours=4 + 120 * n / max(len(sheets), 1)))
            if sheet.pk in shown:
                at = half_year.end - timedelta(hours=30 - 6 * shown.index(sheet.pk))
            half_year.later(at, self._reads(sheet.pk, bad=sheet.pk in shown))
        if len(shown) > 1:
            half_year.later(half_year.end - timedelta(hours=5), lambda now: self.contest(shown[1], now))

    def _reads(self, pk: int, *, bad: bool) -> Callable[[datetime], None]:
        return lambda at: self.score(pk, at, bad=bad)

    def score(self, pk: int, at: datetime, *, bad: bool = False) -> None:
        """One reading; what is found wanting goes its way."""
        sheet = self._sheet(pk)
        if sheet.state != SheetState.WAITING or sheet.checker is None or sheet.checker.account is None:
            return
        sheet = quality.score(sheet, marks=self.marks(sheet, at, bad=bad), by=sheet.checker.account, at=at)
        if sheet.state != SheetState.WANTING or sheet.second or bad:
            return
        chance, later = self.half_year.chance.random(), self.half_year.office(at + timedelta(days=2))
        if chance < 0.25:
            self.half_year.later(later, lambda now: self.contest(pk, now))
        elif chance < 0.6:
            self.half_year.later(later, lambda now: self.accept(pk, now))

    def marks(self, sheet: QualitySheet, at: datetime, *, bad: bool) -> dict[str, Mark]:
        """Marks that fit what happened: late is late, unanswered is unanswered; the rest is the reader's eye."""
        chance, case = self.half_year.chance, sheet.petition.case
        clocks = Clock.objects.filter(subject_type__model="case", subject_id=case.pk, stage__in=("first", "final"))
        late = clocks.filter(Q(state=State.MET_LATE) | Q(state=State.RUNNING, due_at__lt=at)).exists()
        replied = case.replies.filter(state=ReplyState.SENT).exists() or not late
        poor = bad or chance.random() < 0.05
        twin = QualitySheet.objects.filter(check_plan=sheet.check_plan, petition=sheet.petition).exclude(pk=sheet.pk)
        before = dict(QualityMark.objects.filter(sheet__in=twin).values_list("criterion__code", "value"))
        poor = poor and not before
        found = {}
        for code, reasons in LOW.items():
            value = chance.choices((MOST, 4, 3), (5, 4, 2))[0]
            if poor and chance.random() < 0.8:
                value = chance.choice((1, 2))
            elif chance.random() < 0.03:
                value = 2
            elif code in before:  # the second reader sees much the same
                value = (
                    max(3, min(MOST, before[code] + chance.choice((0, 0, 1, -1))))
                    if before[code] >= 3
                    else before[code]
                )
            if code == "promptness" and late:
                value = min(value, 2)
            if bad:
                value = min(value, 2)
            reason = chance.choice(reasons) if value < sheet.rubric.reason_below else ""
            if not replied and code == "completeness":
                value, reason = 0, UNANSWERED
            found[code] = Mark(value, reason)
        return found

    # ---- what follows ----

    def contest(self, pk: int, at: datetime) -> None:
        """The agency disagrees; somebody else decides three days later."""
        sheet, by = self._sheet(pk), self._coordinator(pk, at)
        if sheet.state == SheetState.WANTING and by is not None:
            quality.contest(sheet, reason=self.half_year.chance.choice(CONTESTS), by=by, at=at)
            self.half_year.later(self.half_year.office(at + timedelta(days=3)), lambda now: self.decide(pk, now))

    def decide(self, pk: int, at: datetime) -> None:
        """Another person of the commission decides."""
        sheet = self._sheet(pk)
        readers = quality.readers(sheet)
        others = [one for one in self.half_year._holders(Role.COMMISSION, at) if one.pk not in readers]
        others += self.half_year._holders(Role.COMMISSION_HEAD, at)
        by = self.half_year._account(others)
        if sheet.state == SheetState.CONTESTED and by is not None:
            granted = self.grants(pk)
            decision = "回復確有寫明日期，評分有誤。" if granted else "電話說明沒有寫進回復，民眾事後無從查考。"
            quality.decide(sheet, granted=granted, decision=decision, by=by, at=at)
            if not granted:
                self.redo(pk, at)

    def grants(self, _pk: int) -> bool:
        """Whether the agency is right."""
        return self.half_year.chance.random() < 0.4

    def accept(self, pk: int, at: datetime) -> None:
        """The agency answers anew at once."""
        sheet, by = self._sheet(pk), self._coordinator(pk, at)
        if sheet.state == SheetState.WANTING and by is not None:
            quality.accept(sheet, by=by, at=at)
            self.redo(pk, at)

    def redo(self, pk: int, at: datetime) -> None:
        """Assigned to its officer again, who writes within days; the checker looks at it after that."""
        sheet = self._sheet(pk)
        if sheet.petition.case.status != Status.REOPENED:
            return
        half_year, petition = self.half_year, sheet.petition_id
        soon = half_year.office(at + timedelta(hours=3))
        half_year.later(soon, lambda now: self.assign(petition, now))
        half_year.later(half_year.office(soon + timedelta(days=2)), lambda now: half_year.write(petition, now))
        half_year.later(half_year.office(soon + timedelta(days=5)), lambda now: self.judge(pk, now))

    def assign(self, petition: int, at: datetime) -> None:
        """The 研考窗口 gives it to the officer who had it."""
        found = self.half_year._get(petition)
        case = found.case
        by = self.half_year._account(self.half_year._people(case.agency, Role.COORDINATOR, at)) if case.agency else None
        if case.status == Status.REOPENED and case.officer is not None and by is not None:
            handling.assign(found, unit=None, officer=case.officer, by=by, at=at)

    def judge(self, pk: int, at: datetime, tries: int = 3) -> None:
        """Better, mostly."""
        sheet = self._sheet(pk)
        if sheet.state == SheetState.REDO and tries:  # not answered yet: the officer is at it
            again = self.half_year.office(at + timedelta(days=2))
            self.half_year.later(again, lambda now: self.half_year.write(sheet.petition_id, now))
            self.half_year.later(again + timedelta(days=2), lambda now: self.judge(pk, now, tries - 1))
        if sheet.state == SheetState.ANSWERED and sheet.checker and sheet.checker.account:
            improved = self.half_year.chance.random() < 0.85
            remark = "" if improved else "仍然沒有寫哪一天處理。"
            quality.judge(sheet, improved=improved, remark=remark, by=sheet.checker.account, at=at)

    # ---- who and what ----

    def _sheet(self, pk: int) -> QualitySheet:
        return QualitySheet.objects.select_related(
            "check_plan", "agency", "checker__account", "petition__case__officer", "rubric"
        ).get(pk=pk)

    def _coordinator(self, pk: int, at: datetime) -> Account | None:
        return self.half_year._account(self.half_year._people(self._sheet(pk).agency, Role.COORDINATOR, at))


def _month_before(day: date) -> tuple[int, int]:
    return day.year - (day.month == 1), (day.month - 2) % 12 + 1
