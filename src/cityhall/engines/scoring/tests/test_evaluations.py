"""An evaluation from its beginning to its result, and at the desk: who sees and does what."""

import io
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.test import Client as Browser
from pypdf import PdfReader

from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.models import Agency
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.letters.models import Letter
from cityhall.engines.scoring import evaluations, queries, registry, telling
from cityhall.engines.scoring.evaluating import Band, Step
from cityhall.engines.scoring.evaluations import CannotEvaluate
from cityhall.engines.scoring.models import Evaluation, ResultLetter, ScoreSheet
from cityhall.engines.scoring.registry import EvaluationKind, Given, Line
from cityhall.engines.scoring.rules import Incomplete, Mark
from cityhall.engines.scoring.services import CannotScore
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at as instant

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 16)
NINE = instant(TODAY, 9)
SELF, FINAL = TODAY + timedelta(days=10), TODAY + timedelta(days=20)
DUE = {"self": SELF, "final": FINAL}
AFTER_SELF, AFTER_FINAL = instant(SELF + timedelta(days=1), 9), instant(FINAL + timedelta(days=1), 9)


def read(pdf):
    """The text of a PDF, without its blanks."""
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


LINES = (
    Line(
        "on_time", 40, "如期率", "On time", "如期的比率", "Share on time", "test.on_time", (("0", "0"), ("100", "100"))
    ),
    Line("quality", 60, "品質", "Quality", "做得好不好", "How good"),
)

BANDS = (Band(D(80), "甲等", "Good", "嘉獎一次", "One commendation"), Band(D(0), "乙等", "Fair"))


class World:
    """Two agencies that are judged, two judges of whom one serves at one of them, and the commission."""

    def __init__(self):
        self.rdec = make_agency("rdec", name="研考會", short_name="研考會")
        self.works = make_agency("works", name="養護工程處", short_name="養工處")
        self.police = make_agency("police", name="警察局", short_name="警察局")
        self.commission = make_person(self.rdec, None, Role.COMMISSION)
        self.coordinator = make_person(self.works, None, Role.COORDINATOR)
        self.other_coordinator = make_person(self.police, None, Role.COORDINATOR)
        self.outside_judge = make_person(
            make_agency("uni", kind=AgencyKind.OUTSIDE_BODY, name="大學", short_name="大學"), None, Role.JUDGE
        )
        self.works_judge = make_person(self.works, None, Role.JUDGE)

    def begun(self, **given):
        return evaluations.begin(
            "test.year", 2026,
            **{"judges": [self.outside_judge, self.works_judge], "due": DUE, "by": self.commission.account, "at": NINE,
               **given},
        )  # fmt: skip

    def judged(self):
        """In the step of the judges."""
        one = self.begun()
        evaluations.end_step(one, by=self.commission.account, at=AFTER_SELF)
        return one

    def scored(self, works=8, police=6):
        one = self.judged()
        first, second = one.candidates.all()
        for candidate, judge, value in (
            (first, self.outside_judge, works), (second, self.outside_judge, police), (second, self.works_judge, police),
        ):  # fmt: skip
            give(candidate, judge, value)
        return one

    def closed(self, **marks):
        one = self.scored(**marks)
        evaluations.end_step(one, by=self.commission.account, at=AFTER_SELF)
        return evaluations.close(one, by=self.commission.account, at=AFTER_FINAL)


def give(candidate, judge, value=8, at=AFTER_SELF):
    marks = {"quality": Mark(value, "還可以更好")}
    return evaluations.judge(candidate, marks=marks, remark="", by=judge.account, at=at)


def on_time(subjects, year):
    return {one.pk: (D(90) if one.code == "works" else None, {"year": year}) for one in subjects}


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: AFTER_SELF)
    for name in ("_schemes", "_evaluations", "_formulas"):
        monkeypatch.setattr(registry, name, {})
    registry.formula("test.on_time", "如期比率", on_time)
    registry.declare("test.scheme", "測試", since=date(2016, 1, 1), source="測試", lines=LINES, most=10, reason_below=6,
                     bands=BANDS)  # fmt: skip
    registry.evaluation(
        EvaluationKind(
            "test.year", "年終考核", "test.scheme", (Step("self", judged=False), Step("final")),
            {"self": "自評", "final": "複評"},
            lambda year: [
                Given(one, one, one.short_name, group="bureaus")
                for one in Agency.objects.filter(code__in=["works", "police"]).order_by("-code")
            ],
            groups={"bureaus": "局處"}, due=lambda year: date(year, 12, 31),
        )
    )  # fmt: skip
    return World()


class TestBeginning:
    def test_measures_the_candidates_and_puts_it_on_the_agencies_lists(self, world):
        one = world.begun()

        assert [row.label for row in one.candidates.all()] == ["養工處", "警察局"]
        assert [row.points for row in queries.measurements(one).order_by("candidate__n")] == [D("36.00"), None]
        assert Todo.objects.open().filter(kind=evaluations.ASSESS).count() == 2
        assert Entry.objects.filter(event="evaluation.begun").count() == 1

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"judges": []}, "評審委員"),
            ({"due": {"self": TODAY, "final": FINAL}}, "今天以後"),
            ({"due": {"self": FINAL, "final": SELF}}, "一步比一步晚"),
        ],
    )
    def test_is_refused_where_it_cannot_be_done(self, world, given, words):
        with pytest.raises(CannotEvaluate, match=words):
            world.begun(**given)
        assert not Evaluation.objects.exists()

    def test_happens_once_a_year(self, world):
        world.begun()

        with pytest.raises(CannotEvaluate, match="已經開始"):
            world.begun()

    def test_needs_candidates(self, world):
        for one in (world.works, world.police):
            Agency.objects.filter(pk=one.pk).update(code=f"other-{one.code}")

        with pytest.raises(CannotEvaluate, match="沒有受評對象"):
            world.begun()

    def test_of_an_unknown_kind_is_an_error(self, world):
        with pytest.raises(registry.UnknownEvaluation):
            evaluations.begin("nothing", 2026, judges=[], due={}, by=None, at=NINE)


class TestSelfAssessment:
    def test_is_given_once_and_closes_the_agencys_todo(self, world):
        row = world.begun().candidates.first()
        given = {"marks": {"quality": Mark(9)}, "remark": "附件如說明", "by": world.coordinator.account, "at": NINE}

        sheet = evaluations.assess(row, **given)

        assert (sheet.points, sheet.remark) == (D("54.00"), "附件如說明")
        assert Todo.objects.open().filter(kind=evaluations.ASSESS).count() == 1
        with pytest.raises(CannotScore):
            evaluations.assess(row, **given)

    def test_with_a_gap_is_refused(self, world):
        row = world.begun().candidates.first()

        with pytest.raises(Incomplete):
            evaluations.assess(row, marks={}, remark="", by=world.coordinator.account, at=NINE)

    def test_is_waited_for_until_its_day(self, world):
        one = world.begun()

        with pytest.raises(CannotEvaluate, match="2件"):
            evaluations.end_step(one, by=None, at=NINE)
        assert evaluations.end_step(one, by=None, at=AFTER_SELF).code == "self"
        assert not Todo.objects.open().filter(kind=evaluations.ASSESS).exists()

    def test_comes_before_the_judges(self, world):
        with pytest.raises(CannotEvaluate, match="自評還沒結束"):
            give(world.begun().candidates.first(), world.outside_judge, at=NINE)


class TestJudging:
    def test_closes_the_judges_todo_with_the_last_sheet(self, world):
        one = world.judged()
        assert Todo.objects.open().filter(kind=evaluations.JUDGE).count() == 2

        for row in one.candidates.all():
            give(row, world.outside_judge)

        assert [todo.person for todo in Todo.objects.open().filter(kind=evaluations.JUDGE)] == [world.works_judge]

    def test_of_the_own_agency_is_refused(self, world):
        with pytest.raises(CannotScore, match="自己的機關"):
            give(world.judged().candidates.first(), world.works_judge)

    def test_twice_is_refused(self, world):
        row = world.judged().candidates.first()
        give(row, world.outside_judge)

        with pytest.raises(CannotScore, match="已經評過"):
            give(row, world.outside_judge)

    def test_by_somebody_else_is_refused(self, world):
        with pytest.raises(CannotScore, match="不是這次"):
            give(world.judged().candidates.first(), world.commission)

    def test_after_stepping_back_is_refused(self, world):
        row = world.judged().candidates.last()
        evaluations.recuse(row, reason="曾經合作", by=world.works_judge.account, at=AFTER_SELF)

        with pytest.raises(CannotScore, match="迴避"):
            give(row, world.works_judge)
        assert not Todo.objects.open().filter(kind=evaluations.JUDGE, person=world.works_judge).exists()

    def test_cannot_be_stepped_back_from_without_reason_twice_or_after_scoring(self, world):
        first, second = world.judged().candidates.all()
        give(first, world.outside_judge)
        evaluations.recuse(second, reason="親屬", by=world.outside_judge.account, at=AFTER_SELF)

        for row, reason, who in (
            (first, "晚了", world.outside_judge), (second, "又一次", world.outside_judge), (second, " ", world.works_judge),
            (second, "不是委員", world.commission),
        ):  # fmt: skip
            with pytest.raises(CannotEvaluate):
                evaluations.recuse(row, reason=reason, by=who.account, at=AFTER_SELF)

    def test_ends_when_every_judge_has_scored_who_may(self, world):
        one = world.judged()
        first, second = one.candidates.all()
        give(first, world.outside_judge)
        give(second, world.outside_judge)

        with pytest.raises(CannotEvaluate, match="警察局"):
            evaluations.end_step(one, by=None, at=AFTER_SELF)
        assert evaluations.end_step(one, by=None, at=AFTER_FINAL).code == "final"  # its day is over: one is enough

    def test_never_ends_without_any_sheet(self, world):
        with pytest.raises(CannotEvaluate, match="2件"):
            evaluations.end_step(world.judged(), by=None, at=AFTER_FINAL)


class TestResult:
    def test_is_written_with_points_and_places(self, world):
        one = world.closed(works=8, police=6)

        assert [(row.points, row.place) for row in one.candidates.all()] == [(D("84.00"), 1), (D("60.00"), 2)]
        assert list(Evaluation.objects.as_of(one.closed_on)) == [one]
        assert not Evaluation.objects.as_of(one.closed_on - timedelta(days=1)).exists()

    def test_counted_again_from_what_is_kept_is_the_same(self, world):
        one = world.closed(works=9, police=9)

        assert [(row.total, row.place) for row in queries.results(one)] == [
            (row.points, row.place) for row in one.candidates.all()
        ]

    def test_waits_until_the_steps_have_ended(self, world):
        with pytest.raises(CannotEvaluate, match="複評還沒結束"):
            evaluations.close(world.scored(), by=None, at=AFTER_SELF)

    def test_stays_until_it_is_opened_again_with_a_reason(self, world):
        one = world.closed()
        for act in (evaluations.close, evaluations.end_step):
            with pytest.raises(CannotEvaluate, match="已經評定"):
                act(one, by=None, at=AFTER_FINAL)
        with pytest.raises(CannotEvaluate, match="為什麼"):
            evaluations.reopen(one, reason="", by=None, at=AFTER_FINAL)

        evaluations.reopen(one, reason="誤植", by=None, at=AFTER_FINAL)

        assert {row.points for row in one.candidates.all()} == {None}
        assert '"1":"84.00 1"' in Entry.objects.get(event="evaluation.reopened").payload
        with pytest.raises(CannotEvaluate, match="還沒有評定"):
            evaluations.reopen(one, reason="再一次", by=None, at=AFTER_FINAL)

    def test_measured_again_keeps_what_it_was_in_the_trail(self, world):
        one = world.begun()
        registry.formula("test.on_time", "如期比率", lambda subjects, year: {row.pk: (D(50), {}) for row in subjects})

        evaluations.measure_again(one, reason="補登", by=None, at=NINE)

        assert {row.points for row in queries.measurements(one)} == {D("20.00")}
        assert "36.00" in Entry.objects.get(event="evaluation.measured").payload
        with pytest.raises(CannotEvaluate, match="為什麼"):
            evaluations.measure_again(one, reason=" ", by=None, at=NINE)


class TestLetters:
    def given(self, world, **more):
        return {"document": "府研字第1號", "sent_on": AFTER_SELF.date() + timedelta(days=20), "by": world.commission.account,
                "at": AFTER_FINAL + timedelta(days=20), **more}  # fmt: skip

    def test_tell_each_agency_its_own_result_once_and_a_changed_one_again(self, world):
        one = world.closed(works=8, police=6)

        first = telling.send_results(one, **self.given(world))

        assert [row.results[0]["grade"] for row in first] == ["甲等", "乙等"]
        words = Letter.objects.get(address=world.coordinator.account.email).text
        assert "84 分，第 1 名，甲等，獎懲建議：嘉獎一次" in words
        assert "警察局" not in words
        evaluations.reopen(one, reason="誤植", by=None, at=AFTER_FINAL)
        ScoreSheet.objects.filter(object_id=one.candidates.last().steps.get(step__code="final").pk).update(points=D(42))
        evaluations.close(one, by=None, at=AFTER_FINAL)
        again = telling.send_results(one, **self.given(world, document="府研字第2號"))

        assert [(row.agency, row.n, row.results[0]["points"]) for row in again] == [(world.police, 2, "70")]
        assert (
            "更正"
            in Letter.objects.get(address=world.other_coordinator.account.email, text__contains="府研字第2號").subject
        )
        assert queries.letters_of(one).count() == 3

    def test_are_refused_without_a_result_a_number_or_a_fitting_day(self, world):
        with pytest.raises(CannotEvaluate, match="還沒有評定"):
            telling.send_results(world.scored(), **self.given(world))
        Evaluation.objects.update(closed_on=AFTER_FINAL.date())
        for more, words in (({"document": " "}, "字號"), ({"sent_on": date(2026, 1, 1)}, "發文日期")):
            with pytest.raises(CannotEvaluate, match=words):
                telling.send_results(Evaluation.objects.get(), **self.given(world, **more))


class TestChasing:
    def test_keeps_a_year_on_the_commissions_list_until_its_result_stands(self, world):
        january = instant(date(2027, 1, 2), 7)
        assert telling.chase(january) == 1
        assert Todo.objects.open().get(kind=evaluations.DUE).url.startswith("/desk/evaluations/begin/?kind=test.year")

        one = world.closed()

        assert not Todo.objects.open().filter(kind=evaluations.DUE).exists()
        assert telling.chase(january) == 0
        evaluations.reopen(one, reason="誤植", by=None, at=january)
        assert telling.chase(january) == 1
        assert Todo.objects.open().get(kind=evaluations.DUE).detail == "等候評定"

    def test_leaves_alone_a_year_without_candidates(self, world):
        for one in (world.works, world.police):
            Agency.objects.filter(pk=one.pk).update(code=f"other-{one.code}")

        assert telling.chase(instant(date(2027, 1, 2), 7)) == 0


def signed_in(person):
    browser = Browser()
    browser.force_login(person.account)
    return browser


class TestPages:
    def test_the_commission_begins_one(self, world):
        browser = signed_in(world.commission)
        assert browser.get("/desk/evaluations/").status_code == 200

        chosen = browser.get("/desk/evaluations/choose/?kind=test.year&year=2026")
        given = {"judges": [str(world.outside_judge.pk)]}
        for name, day in ((name, day + timedelta(days=30)) for name, day in DUE.items()):
            given |= {
                f"due_{name}_year": str(day.year - 1911),
                f"due_{name}_month": str(day.month),
                f"due_{name}_day": str(day.day),
            }
        page = browser.get(chosen.url)
        wrong = browser.post(chosen.url, {})
        done = browser.post(chosen.url, given)

        assert (page.status_code, wrong.status_code, done.status_code) == (200, 422, 302)
        assert Evaluation.objects.get().judges.count() == 1
        assert browser.get("/desk/evaluations/begin/?kind=nothing&year=2026").url == "/desk/evaluations/choose/"

    def test_a_judge_scores_and_sees_others_only_afterwards(self, world):
        one = world.judged()
        first = one.candidates.first()
        row = first.steps.get(step__code="final")
        evaluations.judge(
            one.candidates.last(),
            marks={"quality": Mark(3, "差")},
            remark="別人的意見",
            by=world.works_judge.account,
            at=AFTER_SELF,
        )
        browser, other = signed_in(world.outside_judge), one.candidates.last()
        here = f"/desk/evaluations/{one.reference}/{other.n}/"

        before = browser.get(here).content.decode()
        gap = browser.post(here, {"mark_quality": "3", "remark": "留著的字"})
        done = browser.post(here, {"mark_quality": "7"})
        after = browser.get(here).content.decode()

        assert "別人的意見" not in before
        assert gap.status_code == 422
        assert "留著的字" in gap.content.decode()
        assert done.status_code == 302
        assert "別人的意見" in after
        assert not queries.sheets_of(row).exists()

    def test_an_agency_sees_its_own_candidate_and_no_marks_before_the_result(self, world):
        one = world.scored()
        browser, here = signed_in(world.coordinator), f"/desk/evaluations/{one.reference}/"

        page = browser.get(here).content.decode()

        assert "養工處" in page
        assert f"{here}2/" not in page
        assert ">84<" not in page
        assert browser.get(f"{here}1/").status_code == 200
        assert browser.get(f"{here}2/").status_code == 404
        assert "還可以更好" not in browser.get(f"{here}1/").content.decode()

    def test_an_agency_sees_its_result_without_the_judges_names(self, world):
        one = world.closed()

        page = signed_in(world.coordinator).get(f"/desk/evaluations/{one.reference}/1/").content.decode()

        assert "還可以更好" in page
        assert "84" in page
        assert world.outside_judge.name not in page

    def test_an_agency_assesses_itself(self, world):
        one = world.begun()
        browser = signed_in(world.coordinator)

        done = browser.post(f"/desk/evaluations/{one.reference}/1/", {"mark_quality": "9", "remark": "佐證如附件"})

        assert done.status_code == 302
        assert ScoreSheet.objects.get().judge == world.coordinator
        assert browser.post(f"/desk/evaluations/{one.reference}/1/", {"mark_quality": "1"}).status_code == 302
        assert ScoreSheet.objects.count() == 1

    def test_the_commission_ends_closes_exports_and_opens_again(self, world):
        one = world.scored()
        browser, here = signed_in(world.commission), f"/desk/evaluations/{one.reference}/"

        steps = [browser.post(f"{here}{act}/").status_code for act in ("end", "close")]
        page = browser.get(here).content.decode()
        wrong = browser.post(f"{here}letters/", {"document": ""})
        today = AFTER_SELF.date()
        told = {
            "document": "府研字第1號",
            "sent_on_year": str(today.year - 1911),
            "sent_on_month": str(today.month),
            "sent_on_day": str(today.day),
        }
        sent = browser.post(f"{here}letters/", told)
        agency = signed_in(world.coordinator).get(here).content.decode()
        sheets = [browser.get(f"{here}results.{kind}").status_code for kind in ("csv", "ods", "xlsx", "exe")]
        again = browser.post(f"{here}reopen/", {"reason": "誤植"})

        assert steps == [302, 302]
        assert ">84<" in page
        assert "嘉獎一次" in page
        assert (wrong.status_code, sent.status_code) == (422, 302)
        assert agency.count("府研字第1號") == 1
        assert sheets == [200, 200, 200, 404]
        assert again.status_code == 302

    def test_a_letter_is_a_pdf_for_its_agency_alone(self, world):
        one = world.closed(works=8, police=6)
        telling.send_results(one, document="府研字第1號", sent_on=AFTER_FINAL.date(), by=None, at=AFTER_FINAL)
        here = f"/desk/evaluations/{one.reference}/letters/{world.works.code}"

        found = signed_in(world.coordinator).get(f"{here}/1.pdf")

        words = read(found.content)
        assert found["Content-Type"] == "application/pdf"
        for expected in ("府研字第1號", "84", "甲等", "嘉獎一次", "說明："):
            assert expected in words
        assert signed_in(world.other_coordinator).get(f"{here}/1.pdf").status_code == 404
        assert signed_in(world.commission).get(f"{here}/1.pdf").status_code == 200
        assert signed_in(world.coordinator).get(f"{here}/2.pdf").status_code == 404

    def test_a_corrected_letter_says_what_it_corrects(self, world):
        one = world.closed(works=8, police=6)
        telling.send_results(one, document="府研字第1號", sent_on=AFTER_FINAL.date(), by=None, at=AFTER_FINAL)
        first = ResultLetter.objects.get(agency=world.works)
        second = ResultLetter.objects.create(
            evaluation=one, agency=world.works, n=2, sent_on=first.sent_on, document="府研字第2號", results=first.results,
            sent_at=AFTER_FINAL,
        )  # fmt: skip

        words = [read(telling.paper(one)) for one in (first, second)]

        assert ["以這一次為準" in text for text in words] == [False, True]

    def test_a_judge_steps_back(self, world):
        one = world.judged()
        browser, here = signed_in(world.outside_judge), f"/desk/evaluations/{one.reference}/1/recuse/"

        assert browser.get(here).status_code == 200
        assert browser.post(here, {"reason": "親屬"}).status_code == 302
        assert "迴避" in browser.get(f"/desk/evaluations/{one.reference}/1/").content.decode()

    def test_the_scheme_is_shown_and_changed_from_a_coming_day_on(self, world):
        world.begun()
        commission, here = signed_in(world.commission), "/desk/evaluations/schemes/test.year/"
        given = {"valid_from_year": "116", "valid_from_month": "1", "valid_from_day": "1", "source": "簽准", "points_on_time": "30",
                 "points_quality": "70", "floor_0": "75"}  # fmt: skip

        page = signed_in(world.outside_judge).get(here).content.decode()
        wrong = commission.post(f"{here}new/", {**given, "points_quality": "10"})
        done = commission.post(f"{here}new/", given)

        assert all(words in page for words in ("如期率", "甲等", "嘉獎一次"))
        assert (wrong.status_code, done.status_code) == (422, 302)
        first, second = sorted(queries.versions("test.scheme"), key=lambda one: one.version)
        assert (first.grade_of(D(78)), second.grade_of(D(78))) == ("乙等", "甲等")
        assert commission.get("/desk/evaluations/schemes/nothing/").status_code == 404

    def test_nobody_else_finds_it(self, world):
        one = world.begun()
        stranger = make_person(make_agency("far"), None, Role.COORDINATOR)

        assert signed_in(stranger).get(f"/desk/evaluations/{one.reference}/").status_code == 404
        assert signed_in(world.coordinator).post(f"/desk/evaluations/{one.reference}/end/").status_code == 403

    def test_asks_as_many_questions_for_many_candidates(self, world, django_assert_max_num_queries):
        one = world.scored()

        with django_assert_max_num_queries(42):
            signed_in(world.commission).get(f"/desk/evaluations/{one.reference}/")


class TestWhoSeesAndScores:
    """Of the police's sheets while the judges score: one judge has given, the other has not yet."""

    @pytest.mark.parametrize(
        ("who", "status", "sees", "scores"),
        [
            ("outside_judge", 200, True, False),  # has given
            ("works_judge", 200, False, True),  # has not given yet
            ("recused", 200, False, False),
            ("own_agency", 200, False, False),
            ("uninvited", 404, False, False),
            ("commission", 200, True, False),
            ("other_coordinator", 200, False, False),  # the police's own, before the result
            ("coordinator", 404, False, False),
        ],
    )
    def test_depends_on_the_own_sheet_and_on_conflicts(self, world, who, status, sees, scores):
        own = make_person(world.police, None, Role.JUDGE)
        one = world.begun(judges=[world.outside_judge, world.works_judge, own])
        evaluations.end_step(one, by=None, at=AFTER_SELF)
        police = one.candidates.last()
        marks = {"quality": Mark(9)}
        evaluations.judge(police, marks=marks, remark="先給的意見", by=world.outside_judge.account, at=AFTER_SELF)
        people = {
            "own_agency": own,
            "uninvited": make_person(world.rdec, None, Role.JUDGE),
            "recused": world.works_judge,
        }
        if who == "recused":
            evaluations.recuse(police, reason="親屬", by=world.works_judge.account, at=AFTER_SELF)
        browser, here = signed_in(people.get(who) or getattr(world, who)), f"/desk/evaluations/{one.reference}/2/"

        page = browser.get(here)
        browser.post(here, {"mark_quality": "8"})

        assert page.status_code == status
        assert ("先給的意見" in page.content.decode()) == sees
        assert (ScoreSheet.objects.count() == 2) == scores


class TestARound:
    """Several evaluations of a kind in a year, of works that no agency answers for."""

    DUE = {"final": FINAL}

    @pytest.fixture(autouse=True)
    def kind(self, world):
        self.world = world
        registry.evaluation(
            EvaluationKind(
                "test.round",
                "作品評審",
                "test.scheme",
                (Step("final"),),
                {"final": "評審"},
                page=lambda pk: f"/works/{pk}/",
            )
        )

    def begun(self, name):
        given = [Given(one, None, f"作品{one.code}") for one in Agency.objects.filter(code__in=["works", "police"])]
        return evaluations.begin(
            "test.round", 2026, judges=[self.world.works_judge], due=self.DUE, this=registry.Round(name, given),
            by=self.world.commission.account, at=NINE,
        )  # fmt: skip

    def test_stands_beside_others_of_its_year_and_is_begun_once(self):
        spring, autumn = self.begun("春季"), self.begun("秋季")

        assert [queries.title_of(one) for one in (spring, autumn)] == ["作品評審：春季", "作品評審：秋季"]
        with pytest.raises(CannotEvaluate, match="已經開始評審"):
            self.begun("春季")

    def test_is_not_begun_year_by_year(self):
        assert "test.round" not in [one.key for one in queries.yearly_kinds()]
        desk = signed_in(self.world.commission)
        assert desk.get("/desk/evaluations/begin/?kind=test.round&year=2026").status_code == 302

    def test_of_works_from_outside_is_scored_by_every_judge_and_sends_no_letter(self):
        one = self.begun("春季")
        judge = signed_in(self.world.works_judge)
        assert "/works/" in judge.get(f"/desk/evaluations/{one.reference}/1/").content.decode()
        for candidate in one.candidates.all():
            give(candidate, self.world.works_judge)
        evaluations.end_step(one, by=None, at=AFTER_SELF)
        evaluations.close(one, by=None, at=AFTER_SELF)

        page = signed_in(self.world.commission).get(f"/desk/evaluations/{one.reference}/").content.decode()
        assert "受評機關" not in page
        assert "函送結果" not in page
        with pytest.raises(CannotEvaluate, match="沒有受評機關"):
            telling.send_results(
                one, sent_on=TODAY + timedelta(days=11), document="府研字第1號", by=None, at=AFTER_SELF
            )
