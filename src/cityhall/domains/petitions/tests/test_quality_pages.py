"""Pages of the monthly check: who sees what, scoring, contest, decision, exports, paper, the year and its proposals."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from cityhall.domains.petitions import checking
from cityhall.domains.petitions.models import QualityAward, QualityCheck, QualitySheet
from cityhall.domains.petitions.services import awards, quality
from cityhall.domains.petitions.services.awards import CannotAward
from cityhall.domains.petitions.states import AwardKind, AwardState, SheetState
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.foundation.clock import day_of

from .city import opened, signed_in
from .test_quality import BAD, CODES, DRAWN, GOOD, NOVEMBER, Story

pytestmark = pytest.mark.django_db
HERE = "/desk/petitions/quality/"


class Checked(Story):
    """A November that was drawn in December; pages are opened on whatever day the test runs."""

    def __init__(self) -> None:
        super().__init__()
        self.head = make_person(self.city.rdec, None, Role.COMMISSION_HEAD)

    def page(self, sheet: QualitySheet) -> str:
        return f"{HERE}sheets/{sheet.reference}/"


@pytest.fixture
def story():
    return Checked()


def text(browser, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def fresh(sheet: QualitySheet) -> QualitySheet:
    return QualitySheet.objects.get(pk=sheet.pk)


class TestSight:
    def test_an_agency_sees_its_own_once_it_is_scored(self, story):
        sheet = story.sheet()
        own, other = signed_in(story.city.coordinator), signed_in(story.city.other_coordinator)

        assert "還沒有評核表" in text(own, HERE)
        text(own, story.page(sheet), 404)
        quality.score(sheet, marks=BAD, by=sheet.checker.account, at=DRAWN)
        page = text(own, story.page(sheet))
        assert "沒有寫到哪一天" in page
        text(other, story.page(sheet), 404)
        text(other, f"{HERE}2026-11/", 404)
        assert sheet.number in text(own, f"{HERE}2026-11/")

    def test_an_agency_never_sees_the_second_reading(self, story):
        story.sheet()
        second = QualitySheet.objects.get(second=True)
        quality.score(second, marks=BAD, by=second.checker.account, at=DRAWN)

        text(signed_in(story.city.coordinator), story.page(second), 404)

    def test_a_unit_head_sees_those_of_the_unit(self, story):
        sheet = story.wanting()

        assert sheet.number in text(signed_in(story.city.chief), story.page(sheet))
        assert "申復</a>" not in text(signed_in(story.city.chief), story.page(sheet))

    def test_who_wrote_is_on_no_sheet(self, story):
        sheet = story.wanting()
        requester = sheet.petition.case.requester

        for person in (sheet.checker, story.city.coordinator):
            page = text(signed_in(person), story.page(sheet))
            assert requester.name not in page
            assert requester.email not in page


class TestMonths:
    def test_begin_with_what_can_be_drawn(self, story):
        opened()
        browser = signed_in(story.city.commission)

        assert "還沒有抽過" in text(browser, HERE)

    def test_are_drawn_by_hand_once(self, story):
        last = (day_of(timezone.now()).replace(day=1) - timedelta(days=1)).replace(day=15)
        opened(when=timezone.now() - (day_of(timezone.now()) - last))
        browser = signed_in(story.city.commission)

        answer = browser.post(f"{HERE}draw/", {"month": f"{last:%Y-%m}"})

        assert answer.status_code == 302
        assert QualityCheck.objects.get().month == last.replace(day=1)
        browser.post(f"{HERE}draw/", {"month": f"{last:%Y-%m}"})
        assert QualityCheck.objects.count() == 1

    def test_refuse_a_month_that_is_not_offered(self, story):
        answer = signed_in(story.city.commission).post(f"{HERE}draw/", {"month": "2031-01"}, follow=True)

        assert "請選一個還沒抽過" in answer.content.decode()

    @pytest.mark.parametrize("month", ["2026-13", "x", "2020-01", "2026-11-01"])
    def test_that_are_none_are_not_found(self, story, month):
        text(signed_in(story.city.commission), f"{HERE}{month}/", 404)

    def test_can_be_narrowed(self, story):
        sheet = story.wanting()
        browser = signed_in(story.city.commission)

        for asked in (
            "agency=works", "kind=urgent", "state=WANTING", "state=wanting", "state=scored",
            f"q={sheet.number}", f"q={sheet.petition.case.number}",
        ):  # fmt: skip
            assert sheet.number in text(browser, f"{HERE}2026-11/?{asked}")
        for asked in ("kind=sample", "state=GOOD", "q=Q115-11-9999", "apart=on"):
            assert "沒有符合條件" in text(browser, f"{HERE}2026-11/?{asked}")
        assert sheet.number in text(signed_in(sheet.checker), f"{HERE}2026-11/?mine=on")

    def test_show_how_they_were_drawn(self, story):
        sheet = story.sheet()

        assert sheet.check_plan.seed in text(signed_in(story.city.commission), f"{HERE}2026-11/")

    def test_show_where_two_readers_disagree(self, story):
        sheet = story.wanting()
        second = QualitySheet.objects.get(second=True)
        quality.score(second, marks=GOOD, by=second.checker.account, at=DRAWN)
        browser = signed_in(story.city.commission)

        assert "0 件結論相同，平均相差 40.0 分" in text(browser, f"{HERE}2026-11/")
        assert sheet.number in text(browser, f"{HERE}2026-11/?apart=on")

    @pytest.mark.parametrize("kind", ["csv", "ods", "xlsx"])
    def test_leave_as_sheets(self, story, kind):
        story.wanting()

        answer = signed_in(story.city.commission).get(f"{HERE}2026-11/export.{kind}")

        assert answer.status_code == 200
        assert b"".join(answer.streaming_content)
        assert Entry.objects.filter(event="petition.quality_exported").count() == 1

    def test_ask_the_database_as_often_for_many(self, story, django_assert_max_num_queries):
        for n in range(12):
            story.replied(f"路燈不亮，第 {n} 盞")
        quality.draw(NOVEMBER, by=None, at=DRAWN)
        browser = signed_in(story.city.commission)
        browser.get(f"{HERE}2026-11/")

        with django_assert_max_num_queries(30):
            browser.get(f"{HERE}2026-11/")


class TestScoring:
    def given(self, **more):
        return {**{f"mark_{code}": "4" for code in CODES}, **more}

    def test_goes_on_to_the_next_of_ones_own(self, story):
        for n in range(4):
            story.replied(f"路燈不亮，第 {n} 盞")
        quality.draw(NOVEMBER, by=None, at=DRAWN, seed="7")
        mine = list(QualitySheet.objects.filter(checker=story.city.commission).order_by("pk"))
        browser = signed_in(story.city.commission)

        answer = browser.post(story.page(mine[0]), self.given())

        assert fresh(mine[0]).state == SheetState.GOOD
        assert answer["Location"] == (story.page(mine[1]) if len(mine) > 1 else f"{HERE}2026-11/")

    def test_keeps_what_was_typed_and_says_what_is_missing(self, story):
        sheet = story.sheet()

        answer = signed_in(sheet.checker).post(story.page(sheet), self.given(mark_tone="1", remark="再看一次"))

        page = answer.content.decode()
        assert answer.status_code == 422
        assert "低於3分要寫理由" in page
        assert "再看一次" in page
        assert fresh(sheet).state == SheetState.WAITING

    @pytest.mark.parametrize("mark", ["", "6", "-1", "x", "9" * 40])
    def test_refuses_what_is_no_mark(self, story, mark):
        sheet = story.sheet()

        answer = signed_in(sheet.checker).post(story.page(sheet), self.given(mark_plain=mark))

        assert answer.status_code == 422
        assert fresh(sheet).state == SheetState.WAITING

    def test_is_not_offered_to_an_agency_nor_twice(self, story):
        sheet = story.wanting()

        for person in (story.city.coordinator, sheet.checker):
            browser = signed_in(person)
            assert "mark_tone" not in text(browser, story.page(sheet))
            assert browser.post(story.page(sheet), self.given()).status_code == 302
        assert fresh(sheet).points == 40


class TestActs:
    def test_from_contest_to_judgement(self, story):
        sheet = story.sheet()
        now = timezone.now()
        quality.score(sheet, marks=BAD, by=sheet.checker.account, at=now)
        agency, page = signed_in(story.city.coordinator), story.page(sheet)

        assert "申復" in text(agency, f"{page}contest/")
        assert agency.post(f"{page}contest/", {"reason": ""}).status_code == 422
        agency.post(f"{page}contest/", {"reason": "有寫"})
        assert fresh(sheet).state == SheetState.CONTESTED
        assert "一次為限" in agency.post(f"{page}contest/", {"reason": "再一次"}).content.decode()

        own = signed_in(sheet.checker)
        assert f"{page}decide/" not in text(own, page)
        refused = own.post(f"{page}decide/", {"granted": "yes", "decision": "好"})
        assert "評分的人不能決定" in refused.content.decode()
        third = signed_in(story.another(sheet))
        assert f"{page}decide/" in text(third, page)
        third.post(f"{page}decide/", {"granted": "no", "decision": "還是沒有"})
        assert fresh(sheet).state == SheetState.REDO

        story.answered_anew(sheet, when=timezone.now())
        assert "重辦後的回復" in text(own, page)
        own.post(f"{page}judge/", {"improved": "yes", "remark": ""})
        assert fresh(sheet).state == SheetState.IMPROVED

    def test_accepting_returns_it_at_once(self, story):
        sheet = story.sheet()
        quality.score(sheet, marks=BAD, by=sheet.checker.account, at=timezone.now())

        signed_in(story.city.coordinator).post(f"{story.page(sheet)}accept/", {})

        assert fresh(sheet).state == SheetState.REDO
        record = text(signed_in(story.city.coordinator), f"/desk/petitions/{sheet.petition.case.reference}/")
        assert "退回重辦" in record

    def test_of_another_agency_are_not_found(self, story):
        sheet = story.wanting()
        other = signed_in(story.city.other_coordinator)

        for act in ("accept", "contest"):
            assert other.post(f"{story.page(sheet)}{act}/", {"reason": "x"}).status_code == 404
        assert fresh(sheet).state == SheetState.WANTING

    def test_taking_back_and_leaving_out(self, story):
        sheet = story.wanting()
        browser = signed_in(sheet.checker)

        browser.post(f"{story.page(sheet)}take-back/", {"reason": "看錯了"})
        assert fresh(sheet).state == SheetState.WAITING
        browser.post(f"{story.page(sheet)}drop/", {"reason": "重複"})
        assert fresh(sheet).state == SheetState.DROPPED

    def test_the_paper_is_for_scored_ones(self, story):
        sheet = story.sheet()
        browser = signed_in(story.city.commission)
        text(browser, f"{story.page(sheet)}sheet.pdf", 404)
        quality.score(sheet, marks=BAD, by=sheet.checker.account, at=DRAWN)

        answer = signed_in(story.city.coordinator).get(f"{story.page(sheet)}sheet.pdf")

        if answer.status_code == 200:
            assert answer.content.startswith(b"%PDF")
            assert Entry.objects.filter(event="petition.quality_printed").count() == 1
        else:  # without the fonts of `make setup`: back to the page, with what to do instead
            assert answer["Location"] == story.page(sheet)


class TestYear:
    def test_counts_by_agency_category_and_criterion_and_opens_the_sheets(self, story):
        sheet = story.wanting()
        story_good = checking.analysis(QualitySheet.objects.all(), 2026, total="全部", urgent="急迫")
        browser = signed_in(story.city.commission)

        assert (story_good.total.wanting, story_good.total.scored) == (1, 1)
        assert [(one.code, one.low, one.scored, one.mean) for one in story_good.faults][0][1:] == (1, 1, 2.0)
        page = text(browser, f"{HERE}years/2026/")
        assert "已評 1 件，應予改善 1 件，佔 100" in page
        for asked in (
            "by=agency&part=works", "by=category&part=street_light", "by=criterion&part=tone", "by=state&part=WANTING",
            "by=urgent", "by=all&wanting=1",
        ):  # fmt: skip
            assert sheet.number in text(browser, f"{HERE}years/2026/?{asked}")
        assert sheet.number not in text(browser, f"{HERE}years/2026/?by=agency&part=transport")
        assert "這一年還沒有評過" in text(browser, f"{HERE}years/2025/")
        text(browser, f"{HERE}years/1999/", 404)

    def test_shows_an_agency_its_own_and_no_proposals(self, story):
        story.wanting()
        browser = signed_in(story.city.coordinator)

        assert "獎懲建議" not in text(browser, f"{HERE}years/2026/")
        assert "這一年還沒有評過" in text(signed_in(story.city.other_coordinator), f"{HERE}years/2026/")

    @pytest.mark.parametrize("kind", ["pdf", "csv", "ods", "xlsx"])
    def test_leaves_as_document_and_as_sheets(self, story, kind):
        story.wanting()

        answer = signed_in(story.city.commission).get(f"{HERE}years/2026/analysis.{kind}")

        assert answer.status_code in ((200,) if kind != "pdf" else (200, 302))
        assert Entry.objects.filter(event="petition.quality_analysis_exported").count() == 1


class TestAwards:
    def propose(self, story, *, year=2025, at=DRAWN):
        return awards.propose(
            year=year, agency=story.city.works, whom="", kind=AwardKind.REPRIMAND, reason="比率偏高",
            by=story.city.commission.account, at=at,
        )  # fmt: skip

    def test_are_proposed_of_a_year_that_is_over_and_decided_by_another(self, story):
        with pytest.raises(CannotAward, match="還沒有結束"):
            self.propose(story, year=2026)
        award = self.propose(story)

        with pytest.raises(CannotAward, match="自己提出"):
            awards.decide(award, approved=True, decision="好", by=story.city.commission.account, at=DRAWN)
        with pytest.raises(CannotAward, match="理由"):
            awards.decide(award, approved=True, decision=" ", by=story.head.account, at=DRAWN)
        awards.decide(award, approved=False, decision="情有可原", by=story.head.account, at=DRAWN)
        with pytest.raises(CannotAward, match="已經決定"):
            awards.decide(award, approved=True, decision="好", by=story.head.account, at=DRAWN)
        assert QualityAward.objects.get().state == AwardState.REFUSED

    def test_on_pages(self, story):
        sheet = story.wanting()
        QualityCheck.objects.update(month=date(2025, 11, 1))
        browser, head = signed_in(story.city.commission), signed_in(story.head)
        given = {"agency": "works", "kind": "REVIEW", "reason": "比率偏高", "whom": ""}

        assert "1／1件應予改善" in text(browser, f"{HERE}years/2025/propose/?agency=works")
        assert browser.post(f"{HERE}years/2025/propose/", {**given, "reason": ""}).status_code == 422
        browser.post(f"{HERE}years/2025/propose/", given)
        award = QualityAward.objects.get()
        assert "請機關檢討" in text(head, f"{HERE}years/2025/")
        text(browser, f"{HERE}awards/{award.pk}/", 403)
        head.post(f"{HERE}awards/{award.pk}/", {"approved": "yes", "decision": "同意"})
        award.refresh_from_db()
        assert award.state == AwardState.APPROVED
        assert head.get(f"{HERE}awards/{award.pk}/").status_code == 302
        assert sheet.agency == award.agency


class TestRubricPage:
    def test_shows_what_is_looked_at(self, story):
        page = text(signed_in(story.city.coordinator), f"{HERE}rubric/")

        assert "完整" in page
        assert "就應予改善" in page
