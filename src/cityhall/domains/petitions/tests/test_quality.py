"""The monthly check from the drawing to the judged redo: acts, refusals, letters, to-dos, clocks, the figure."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from cityhall.domains.petitions import figures
from cityhall.domains.petitions.models import Petition, QualityCheck, QualityContest, QualityRubric, QualitySheet
from cityhall.domains.petitions.services import citizen, clocks, dispatch, handling, quality, rulebook, todos
from cityhall.domains.petitions.services.quality import CannotCheck, CannotScore
from cityhall.domains.petitions.states import SheetState
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.states import Status
from cityhall.engines.deadlines.models import Clock, State
from cityhall.engines.directory import succession
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.letters.models import Letter
from cityhall.engines.scoring.rules import Mark
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at
from cityhall.foundation.period import Period

from .city import NINE, City, make_city, opened

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)
DRAWN = at(date(2026, 12, 7), 9)
MONTH = Period.month(2026, 11)
CODES = ("promptness", "completeness", "tone", "legality", "plain")
GOOD = {code: Mark(4) for code in CODES}
BAD = {code: Mark(2, "沒有寫到哪一天") for code in CODES}


def read(petition: Petition) -> Petition:
    return Petition.objects.select_related("case__agency", "case__unit", "case__officer", "category").get(
        pk=petition.pk
    )


class Story:
    """A city whose lights unit answers, and a commission of three that checks."""

    def __init__(self) -> None:
        self.city: City = make_city()
        self.checkers = [self.city.commission, *(make_person(self.city.rdec, None, Role.COMMISSION) for _ in range(2))]

    def replied(self, text: str = "中山路 200 號前路燈不亮三天了", *, when=NINE) -> Petition:
        petition, officer = opened(text, when=when), self.city.officer.account
        handling.assign(petition, unit=None, officer=self.city.officer, by=self.city.coordinator.account, at=when)
        for stage in (1, 2):
            petition = read(petition)
            given = {"outcome": "SOLVED"} if stage == 2 else {}
            handling.draft_reply(petition, text="已派員查看。", by=officer, at=when, **given)
            reply = handling.submit_reply(read(petition), by=officer, at=when)
            handling.approve_reply(reply, by=self.city.chief.account, at=when)
        return read(petition)

    def sheet(self, **more) -> QualitySheet:
        """One petition's first reading, drawn."""
        petition = self.replied(**more)
        quality.draw(NOVEMBER, by=None, at=DRAWN, seed="1")
        return QualitySheet.objects.get(petition=petition, second=False)

    def wanting(self) -> QualitySheet:
        sheet = self.sheet()
        return quality.score(sheet, marks=BAD, by=sheet.checker.account, at=DRAWN)

    def another(self, sheet: QualitySheet):
        """A checker who had no part in it."""
        parts = quality.readers(sheet)
        return next(person.account for person in self.checkers if person.pk not in parts)

    def contested(self) -> QualitySheet:
        return quality.contest(self.wanting(), reason="有寫日期", by=self.city.coordinator.account, at=DRAWN)

    def returned(self) -> QualitySheet:
        sheet = self.contested()
        return quality.decide(sheet, granted=False, decision="沒有寫完工日", by=self.another(sheet), at=DRAWN)

    def answered_anew(self, sheet: QualitySheet, *, when) -> Petition:
        petition, officer = read(sheet.petition), self.city.officer.account
        handling.assign(petition, unit=None, officer=self.city.officer, by=self.city.coordinator.account, at=when)
        handling.draft_reply(read(petition), text="12 月 5 日已修好。", outcome="SOLVED", by=officer, at=when)
        reply = handling.submit_reply(read(petition), by=officer, at=when)
        handling.approve_reply(reply, by=self.city.chief.account, at=when)
        return read(petition)


@pytest.fixture
def story():
    return Story()


def fresh(sheet: QualitySheet) -> QualitySheet:
    return QualitySheet.objects.get(pk=sheet.pk)


def waiting(kind: str):
    return Todo.objects.open().filter(kind=kind)


class TestDraw:
    def test_has_every_urgent_one_and_the_sample_of_the_others(self, story):
        urgent = [opened(), opened("路燈不亮，另一盞")]
        for n in range(7):
            plain = opened(f"標線不清楚，第 {n} 處")
            assert read(plain).category == story.city.road_marking

        check = quality.draw(NOVEMBER, by=story.city.commission.account, at=DRAWN)

        sheets = check.sheets.filter(second=False)
        assert set(sheets.filter(urgent=True).values_list("petition", flat=True)) == {one.pk for one in urgent}
        assert sheets.filter(urgent=False).count() == 5
        assert check.sheets.filter(second=True).count() == 1
        assert len(check.seed) == 16
        assert {row["agency"]: (row["urgent"], row["others"]) for row in check.strata} == {
            "works": (2, 0), "transport": (0, 7),
        }  # fmt: skip
        assert Entry.objects.filter(event="petition.quality_drawn").count() == 1

    def test_can_be_worked_out_again_from_what_is_kept(self, story):
        for n in range(9):
            opened(f"標線不清楚，第 {n} 處")
        check = quality.draw(NOVEMBER, by=None, at=DRAWN)

        known = quality.candidates(NOVEMBER, DRAWN)
        again = quality.plan(
            [one for _p, one in known.values()], seed=check.seed, drawing=quality.drawing_on(DRAWN.date())
        )

        assert {one.number for one in again} == set(
            check.sheets.filter(second=False).values_list("petition__case__number", flat=True)
        )

    def test_leaves_out_confidential_ones_those_of_other_months_and_what_nobody_answers(self, story):
        opened("路燈不亮，不要公開", confidential=True)
        opened("標線不清楚", when=NINE - timedelta(days=30))
        withdrawn = opened("標線不清楚，不用了")
        handling.end(withdrawn, Status.WITHDRAWN, reason="不用了", by=None, at=NINE)

        check = quality.draw(NOVEMBER, by=None, at=DRAWN)

        assert not check.sheets.exists()
        assert sum(row["left_out"] for row in check.strata) == 1

    def test_gives_each_checker_one_line_in_the_to_do_list(self, story):
        for n in range(6):
            opened(f"路燈不亮，第 {n} 盞")

        check = quality.draw(NOVEMBER, by=None, at=DRAWN)

        lines = waiting(todos.QUALITY)
        assert {one.person for one in lines} == set(story.checkers)
        assert all(one.url.endswith("/quality/2026-11/?mine=on") for one in lines)
        assert {sheet.checker for sheet in check.sheets.all()} == set(story.checkers)

    def test_is_done_once_a_month_and_only_of_a_month_that_is_over(self, story):
        quality.draw(NOVEMBER, by=None, at=DRAWN)

        with pytest.raises(CannotCheck, match="已經抽過"):
            quality.draw(NOVEMBER, by=None, at=DRAWN)
        with pytest.raises(CannotCheck, match="還沒有結束"):
            quality.draw(date(2026, 12, 1), by=None, at=DRAWN)
        with pytest.raises(CannotCheck, match="還沒有結束"):
            quality.draw(NOVEMBER, by=None, at=at(date(2026, 11, 30), 23))
        assert QualityCheck.objects.count() == 1

    def test_goes_by_taipeis_day_and_by_itself_from_the_fifth_on(self, story):
        opened()

        assert quality.draw_by_itself(at(date(2026, 12, 4), 9)) == 0
        assert quality.draw_by_itself(at(date(2026, 12, 5), 1)) == 1  # the fourth in UTC
        assert quality.draw_by_itself(at(date(2026, 12, 6), 5)) == 0
        assert QualityCheck.objects.get().month == NOVEMBER

    def test_without_checkers_leaves_the_sheets_to_be_taken(self):
        city = make_city()
        city.commission.appointments.all().delete()
        opened()

        check = quality.draw(NOVEMBER, by=None, at=DRAWN)

        assert {sheet.checker for sheet in check.sheets.all()} == {None}

    def test_takes_in_later_what_became_urgent_afterwards(self, story):
        plain = opened("標線不清楚")
        check = quality.draw(NOVEMBER, by=None, at=DRAWN)
        assert check.sheets.filter(petition=plain).exists()
        late = opened("公園裡很多落葉", when=NINE)
        dispatch.dispatch_by_desk(
            late, category=story.city.street_light, agency=None, by=story.city.dispatcher.account, at=DRAWN
        )

        assert [one.pk for one in quality.missing(check)] == [late.pk]
        assert quality.top_up(check, by=story.city.commission.account, at=DRAWN) == 1
        assert QualitySheet.objects.get(petition=late).urgent
        with pytest.raises(CannotCheck, match="都已經在裡面"):
            quality.top_up(check, by=story.city.commission.account, at=DRAWN)


class TestHandingOver:
    def test_gives_the_unread_to_a_colleague_but_never_both_readings(self, story):
        for n in range(9):
            opened(f"路燈不亮，第 {n} 盞")
        check = quality.draw(NOVEMBER, by=None, at=DRAWN, seed="2")
        first, second = story.checkers[:2]

        many = quality.take_over(first, second, at=DRAWN)

        assert many
        assert not check.sheets.filter(checker=first).exists()
        assert not waiting(todos.QUALITY).filter(person=first).exists()
        for sheet in check.sheets.exclude(checker=None):
            other = quality.other_reader(sheet)
            assert other is None or other != sheet.checker

    def test_an_agency_that_is_succeeded_leaves_its_open_sheets_to_the_successor(self, story):
        wanting = story.wanting()

        succession.succeed_agency(
            story.city.works,
            successor=story.city.transport,
            on=DRAWN.date(),
            by=story.city.commission.account,
            at=DRAWN,
        )

        assert fresh(wanting).agency == story.city.transport


class TestScore:
    def test_found_wanting_tells_the_agency_and_waits_for_its_word(self, story):
        sheet = story.wanting()

        assert (sheet.state, sheet.points, sheet.found_wanting) == (SheetState.WANTING, 40, True)
        assert sheet.contest_until == date(2026, 12, 14)
        assert waiting(todos.QUALITY_ANSWER).get().agency == story.city.works
        letter = Letter.objects.get(template="petitions.quality_found")
        assert letter.address == (story.city.coordinator.email or story.city.coordinator.account.email)
        assert sheet.number in letter.text
        assert sheet.petition.case.events.filter(type="quality_wanting", public=False).exists()
        assert [mark.reason for mark in sheet.marks.all()] == ["沒有寫到哪一天"] * 5

    def test_good_is_the_end_of_it(self, story):
        sheet = story.sheet()

        quality.score(sheet, marks=GOOD, by=sheet.checker.account, at=DRAWN)

        assert (fresh(sheet).state, fresh(sheet).points) == (SheetState.GOOD, 80)
        assert not waiting(todos.QUALITY_ANSWER).exists()
        assert not Letter.objects.filter(template="petitions.quality_found").exists()

    def test_of_what_is_not_whole_is_refused_with_what_is_missing(self, story):
        sheet = story.sheet()

        with pytest.raises(CannotScore) as refused:
            quality.score(sheet, marks={**GOOD, "tone": Mark(1)}, by=sheet.checker.account, at=DRAWN)

        assert list(refused.value.faults) == ["tone"]
        assert fresh(sheet).state == SheetState.WAITING

    def test_twice_is_refused(self, story):
        sheet = story.wanting()

        with pytest.raises(CannotCheck, match="已經評過"):
            quality.score(sheet, marks=GOOD, by=sheet.checker.account, at=DRAWN)
        assert fresh(sheet).points == 40

    def test_of_both_readings_by_one_person_is_refused(self, story):
        sheet = story.sheet()
        second = QualitySheet.objects.get(second=True)
        quality.score(sheet, marks=GOOD, by=sheet.checker.account, at=DRAWN)

        with pytest.raises(CannotCheck, match="另一位"):
            quality.score(second, marks=GOOD, by=sheet.checker.account, at=DRAWN)

    def test_of_the_second_reading_tells_nobody(self, story):
        story.sheet()
        second = QualitySheet.objects.get(second=True)

        quality.score(second, marks=BAD, by=second.checker.account, at=DRAWN)

        assert fresh(second).state == SheetState.WANTING
        assert not waiting(todos.QUALITY_ANSWER).exists()
        assert figures.urgent_to_improve(MONTH).value == 0

    def test_by_a_colleague_moves_the_sheet_and_both_lines(self, story):
        sheet = story.sheet()
        owner, colleague = sheet.checker, story.another(sheet)

        quality.score(sheet, marks=GOOD, by=colleague, at=DRAWN)

        assert fresh(sheet).checker.account == colleague
        assert not waiting(todos.QUALITY).filter(person=owner).exists()

    def test_is_taken_back_by_its_checker_before_the_agency_answers(self, story):
        sheet = story.wanting()

        with pytest.raises(CannotCheck, match="只有評分的人"):
            quality.take_back(sheet, reason="看錯了", by=story.another(sheet), at=DRAWN)
        quality.take_back(sheet, reason="看錯了", by=sheet.checker.account, at=DRAWN)

        assert (fresh(sheet).state, fresh(sheet).points) == (SheetState.WAITING, None)
        assert not waiting(todos.QUALITY_ANSWER).exists()
        assert "及時2" in sheet.steps.get(type="taken_back").text
        quality.score(fresh(sheet), marks=GOOD, by=sheet.checker.account, at=DRAWN)
        assert fresh(sheet).state == SheetState.GOOD

    def test_is_not_taken_back_once_it_is_contested(self, story):
        sheet = story.contested()

        with pytest.raises(CannotCheck, match="不能收回"):
            quality.take_back(sheet, reason="看錯了", by=sheet.checker.account, at=DRAWN)

    def test_is_dropped_with_a_reason_and_the_second_reading_with_it(self, story):
        sheet = story.sheet()

        quality.drop(sheet, reason="已改為不公開", by=story.city.commission.account, at=DRAWN)

        assert set(QualitySheet.objects.values_list("state", flat=True)) == {SheetState.DROPPED}
        assert not waiting(todos.QUALITY).exists()

    def test_whole_or_not_at_all_in_the_database(self, story):
        sheet = story.sheet()

        with pytest.raises(IntegrityError), transaction.atomic():
            QualitySheet.objects.filter(pk=sheet.pk).update(state=SheetState.WANTING)


class TestContest:
    def test_waits_for_the_commission(self, story):
        sheet = story.contested()

        assert sheet.state == SheetState.CONTESTED
        assert not waiting(todos.QUALITY_ANSWER).exists()
        assert waiting(todos.QUALITY_CONTEST).get().agency == story.city.rdec

    def test_twice_is_refused(self, story):
        sheet = story.contested()

        with pytest.raises(CannotCheck, match="一次為限"):
            quality.contest(sheet, reason="再一次", by=story.city.coordinator.account, at=DRAWN)
        assert QualityContest.objects.count() == 1

    def test_after_its_days_is_refused(self, story):
        sheet = story.wanting()

        with pytest.raises(CannotCheck, match="期限已過"):
            quality.contest(sheet, reason="太晚", by=story.city.coordinator.account, at=at(date(2026, 12, 15), 0, 1))
        quality.contest(sheet, reason="剛好", by=story.city.coordinator.account, at=at(date(2026, 12, 14), 23, 59))

    def test_needs_a_reason(self, story):
        with pytest.raises(CannotCheck, match="理由"):
            quality.contest(story.wanting(), reason=" ", by=story.city.coordinator.account, at=DRAWN)

    def test_is_not_decided_by_who_scored_it_nor_by_the_second_reader(self, story):
        sheet = story.contested()
        second = QualitySheet.objects.get(second=True)

        for person in (sheet.checker, second.checker):
            with pytest.raises(CannotCheck, match="另一位"):
                quality.decide(sheet, granted=True, decision="好", by=person.account, at=DRAWN)
        assert fresh(sheet).state == SheetState.CONTESTED

    def test_granted_takes_the_finding_back(self, story):
        sheet = story.contested()

        quality.decide(sheet, granted=True, decision="確實有寫日期", by=story.another(sheet), at=DRAWN)

        assert fresh(sheet).state == SheetState.LIFTED
        assert read(sheet.petition).case.status == Status.REPLIED
        assert "撤銷" in Letter.objects.get(template="petitions.quality_decided").text
        with pytest.raises(CannotCheck, match="沒有待決定"):
            quality.decide(sheet, granted=False, decision="不", by=story.another(sheet), at=DRAWN)


class TestRedo:
    def test_takes_an_answered_petition_up_again_with_a_clock_of_its_own(self, story):
        sheet = story.returned()
        case = read(sheet.petition).case

        assert fresh(sheet).state == SheetState.REDO
        assert case.status == Status.REOPENED
        assert case.ended_at is None
        clock = clocks.running(read(sheet.petition), clocks.REDO)
        assert (clock.amount, clock.unit, clock.started_at) == (7, "WORKING_DAYS", DRAWN)
        assert waiting(todos.ASSIGN).get().due_at == clock.due_at
        assert Letter.objects.filter(template="petitions.again").count() == 1
        assert case.events.get(type="reopened").public

    def test_leaves_the_original_clocks_as_they_were(self, story):
        sheet = story.wanting()
        before = list(Clock.objects.order_by("pk").values())

        quality.accept(sheet, by=story.city.coordinator.account, at=DRAWN)
        story.answered_anew(sheet, when=DRAWN + timedelta(days=1))

        assert list(Clock.objects.exclude(stage=clocks.REDO).order_by("pk").values()) == before

    def test_is_answered_by_the_ordinary_path_and_judged(self, story):
        sheet = story.returned()
        later = DRAWN + timedelta(days=2)

        petition = story.answered_anew(sheet, when=later)

        assert (fresh(sheet).state, petition.case.status) == (SheetState.ANSWERED, Status.REPLIED)
        assert fresh(sheet).redo_reply.text == "12 月 5 日已修好。"
        assert Clock.objects.get(stage=clocks.REDO).state == State.MET
        assert Letter.objects.filter(template="petitions.final_reply").count() == 2
        assert waiting(todos.QUALITY_JUDGE).get().person == sheet.checker
        quality.judge(sheet, improved=True, remark="", by=sheet.checker.account, at=later)
        assert fresh(sheet).state == SheetState.IMPROVED
        assert not waiting(todos.QUALITY_JUDGE).exists()
        with pytest.raises(CannotCheck):
            quality.judge(sheet, improved=False, remark="x", by=sheet.checker.account, at=later)

    def test_not_improved_needs_to_say_what_is_missing(self, story):
        sheet = story.returned()
        story.answered_anew(sheet, when=DRAWN)

        with pytest.raises(CannotCheck, match="還缺什麼"):
            quality.judge(sheet, improved=False, remark="", by=sheet.checker.account, at=DRAWN)
        quality.judge(sheet, improved=False, remark="還是沒有日期", by=sheet.checker.account, at=DRAWN)
        assert fresh(sheet).state == SheetState.NOT_IMPROVED

    def test_comes_by_itself_when_the_days_to_contest_are_over(self, story):
        sheet = story.wanting()

        assert quality.lapse(at(date(2026, 12, 14), 23)) == 0
        assert quality.lapse(at(date(2026, 12, 15), 5)) == 1
        assert quality.lapse(at(date(2026, 12, 15), 6)) == 0

        assert fresh(sheet).state == SheetState.REDO
        assert [step.type for step in sheet.steps.order_by("n")] == ["drawn", "scored", "lapsed", "returned"]

    def test_of_one_still_in_hand_is_met_by_its_next_reply(self, story):
        petition, officer = opened(), story.city.officer.account
        handling.assign(petition, unit=None, officer=story.city.officer, by=story.city.coordinator.account, at=NINE)
        quality.draw(NOVEMBER, by=None, at=DRAWN)
        sheet = QualitySheet.objects.get(petition=petition, second=False)
        quality.score(sheet, marks=BAD, by=sheet.checker.account, at=DRAWN)

        quality.accept(sheet, by=story.city.coordinator.account, at=DRAWN)

        assert read(petition).case.status == Status.ACCEPTED
        handling.draft_reply(read(petition), text="已派員查看。", by=officer, at=DRAWN)
        reply = handling.submit_reply(read(petition), by=officer, at=DRAWN)
        handling.approve_reply(reply, by=story.city.chief.account, at=DRAWN)
        assert fresh(sheet).state == SheetState.ANSWERED
        assert read(petition).case.status == Status.FIRST_REPLIED

    def test_of_one_that_nobody_answers_any_more_is_none(self, story):
        petition = opened()
        quality.draw(NOVEMBER, by=None, at=DRAWN)
        sheet = QualitySheet.objects.get(petition=petition, second=False)
        handling.end(petition, Status.WITHDRAWN, reason="不用了", by=None, at=DRAWN)
        quality.score(sheet, marks=BAD, by=sheet.checker.account, at=DRAWN)

        quality.accept(sheet, by=story.city.coordinator.account, at=DRAWN)

        assert fresh(sheet).state == SheetState.NO_REDO
        assert figures.urgent_to_improve(MONTH).value == 1

    def test_ends_when_the_citizen_withdraws(self, story):
        sheet = story.returned()

        handling.end(read(sheet.petition), Status.WITHDRAWN, reason="不用了", by=None, at=DRAWN)

        assert fresh(sheet).state == SheetState.NO_REDO
        assert Clock.objects.get(stage=clocks.REDO).state == State.CANCELLED

    def test_grants_what_the_citizen_has_asked_for_with_it(self, story):
        petition = story.replied(when=at(date(2026, 11, 30), 9))
        request = citizen.ask_reopen(petition, reason="沒有好", by=None, at=DRAWN)
        quality.draw(NOVEMBER, by=None, at=DRAWN)
        sheet = QualitySheet.objects.get(petition=petition, second=False)
        quality.score(sheet, marks=BAD, by=sheet.checker.account, at=DRAWN)

        quality.accept(sheet, by=story.city.coordinator.account, at=DRAWN)

        request.refresh_from_db()
        assert request.granted
        assert not waiting(todos.REOPEN).exists()


class TestFigure:
    def test_counts_what_stands_and_opens_the_petitions(self, story):
        sheet = story.wanting()

        found = figures.urgent_to_improve(MONTH)

        assert found.value == 1
        assert list(found.rows) == [sheet.petition]
        assert figures.urgent_received(MONTH).value == 1

    def test_moves_when_a_sheet_is_added_and_when_it_is_withdrawn_on_contest(self, story):
        petition = story.replied()
        quality.draw(NOVEMBER, by=None, at=DRAWN)
        sheet = QualitySheet.objects.get(petition=petition, second=False)
        assert figures.urgent_to_improve(MONTH).value == 0

        quality.score(sheet, marks=BAD, by=sheet.checker.account, at=DRAWN)
        assert figures.urgent_to_improve(MONTH).value == 1
        quality.contest(sheet, reason="有寫", by=story.city.coordinator.account, at=DRAWN)
        assert figures.urgent_to_improve(MONTH).value == 1
        quality.decide(sheet, granted=True, decision="有", by=story.another(sheet), at=DRAWN)
        assert figures.urgent_to_improve(MONTH).value == 0

    def test_moves_when_the_petition_is_re_dated(self, story):
        sheet = story.wanting()
        case = sheet.petition.case
        case.opened_on = date(2026, 10, 31)
        case.save(update_fields=["opened_on"])

        assert figures.urgent_to_improve(MONTH).value == 0
        assert figures.urgent_to_improve(Period.month(2026, 10)).value == 1

    def test_leaves_out_what_was_not_urgent_on_its_day(self, story):
        sheet = story.wanting()
        rulebook.set_term(
            story.city.street_light, valid_from=NINE.date(), urgent=False, final_working_days=7, source="測試",
            by=None, at=DRAWN,
        )  # fmt: skip

        assert figures.urgent_to_improve(MONTH).value == 0
        assert fresh(sheet).state == SheetState.WANTING


class TestRubric:
    def test_is_written_down_once_when_first_asked_for(self, story):
        first = quality.rubric_on(NINE.date())

        assert quality.rubric_on(NINE.date()) == first
        assert QualityRubric.objects.count() == 1
        assert sum(one.weight for one in first.criteria.all()) == 20

    def test_of_a_day_before_the_first_is_none(self, story):
        with pytest.raises(CannotCheck, match="評分標準"):
            quality.rubric_on(date(2016, 7, 31))
