"""A year's evaluation on the common engines: agencies, sites and suggestions, with rows that must not count."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from cityhall.domains.road_safety import figures, results, services
from cityhall.domains.road_safety.rules import Compared, compared
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import AgencyKind, Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.figures import registry
from cityhall.engines.gatherings import holding
from cityhall.engines.gatherings.services import cancel
from cityhall.engines.gatherings.tests.city import MEETS, NOW, TODAY, make_city, planned, signed_in
from cityhall.engines.scoring import evaluations
from cityhall.engines.scoring.rules import Mark
from cityhall.engines.tracking.models import Item
from cityhall.foundation.period import Period

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=6)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: MEETS + timedelta(hours=5))
    return make_city()


def begun(city, year=2026, day=TODAY, agencies=None):
    return services.begin(year=year, agencies=agencies or [city.works, city.rdec], begun_on=day, by=None, at=NOW)


class TestFigures:
    def test_count_the_agencies_of_the_newest_year(self, city):
        begun(city, 2025, date(2025, 10, 1), [city.works])
        begun(city)

        assert figures.agencies(YEAR).value == 2
        assert figures.agencies(Period(date(2025, 1, 1), date(2025, 12, 31))).value == 1
        assert figures.agencies(Period(date(2024, 1, 1), date(2024, 12, 31))).value == 0

    def test_count_sites_and_suggestions_by_the_day_of_the_visit(self, city):
        after = MEETS + timedelta(hours=3)
        sites = [planned(city, profile=figures.VISIT, title=f"路口{n}") for n in range(3)]
        cancel(sites[2], reason="下雨", by=city.commission.account, at=NOW)
        meeting = planned(city, profile=figures.MEETING)
        for one in (*sites[:2], meeting):
            one = holding.hold(one, held_on=after.date(), came={}, by=None, at=after)
            due = date(2026, 12, 20)
            holding.conclude(one, text="補畫標線", agency=city.works, due_on=due, by=None, at=after)

        assert figures.site_visits(YEAR).value == 2
        assert figures.suggestions(YEAR).value == 3
        assert figures.suggestions(Period(date(2026, 11, 21), date(2026, 12, 31))).value == 0
        assert {row.item.number[:2] for row in figures.suggestions(YEAR).rows} == {"MS"}

    def test_of_agencies_prints_the_names_and_counts_the_number(self):
        one = registry.get("road_safety.agencies")

        assert one.in_report_style(7) == "7"
        assert one.sentence(7, YEAR).endswith("監理站")


class TestYear:
    def test_is_begun_once_with_agencies_and_sent_on_once(self, city):
        one = begun(city)
        with pytest.raises(services.CannotEvaluate, match="已經開始"):
            begun(city)
        with pytest.raises(services.CannotEvaluate, match="受評機關"):
            services.begin(year=2025, agencies=[], begun_on=TODAY, by=None, at=NOW)
        with pytest.raises(services.CannotEvaluate, match="還沒有評定"):
            services.send_on(one, sent_on=TODAY, document="府交安字第1號", by=None, at=NOW)


def scored(city, works=9, rdec=7):
    """The committee's scores: two judges, of whom one serves at an agency that is looked at."""
    city.judge = make_person(
        make_agency("uni", kind=AgencyKind.OUTSIDE_BODY, name="大學", short_name="大學"), None, Role.JUDGE
    )
    city.works_judge = make_person(city.works, None, Role.JUDGE)
    days = {"self": TODAY + timedelta(days=5), "first": TODAY + timedelta(days=15)}
    one = evaluations.begin(
        results.KIND, 2026, judges=[city.judge, city.works_judge], due=days, by=city.commission.account, at=NOW
    )
    evaluations.end_step(one, by=None, at=LATER)
    for row in one.candidates.select_related("agency"):
        for judge in (city.judge, city.works_judge):
            if row.agency == city.works and judge == city.works_judge:
                continue
            value = works if row.agency == city.works else rdec
            marks = {code: Mark(value) for code in ("aims", "methods", "public", "evidence")}
            evaluations.judge(row, marks=marks, remark="", by=judge.account, at=LATER)
    evaluations.end_step(one, by=None, at=LATER)
    return evaluations.close(one, by=None, at=LATER)


class TestScores:
    def test_are_the_committees_and_stand_beside_the_ministrys(self, city):
        one = begun(city)
        assert [found.ours for _row, found in results.comparison(one)] == [None, None]
        scored(city)
        at = {"by": None, "at": LATER}
        with pytest.raises(services.CannotEvaluate, match="送請備查"):
            services.record_ministry(one, points={}, received_on=LATER.date(), document="交字第1號", **at)
        with pytest.raises(services.CannotEvaluate, match="字號"):
            services.send_on(one, sent_on=LATER.date(), document=" ", **at)
        services.send_on(one, sent_on=LATER.date(), document="府交安字第1號", **at)
        with pytest.raises(services.CannotEvaluate, match="已經送"):
            services.send_on(one, sent_on=LATER.date(), document="x", **at)

        given = {"received_on": LATER.date(), "document": "交字第1號", **at}
        for points in ({"works": D(80)}, {"works": D(80), "rdec": D(101)}):
            with pytest.raises(services.CannotEvaluate, match="0到100"):
                services.record_ministry(one, points=points, **given)
        with pytest.raises(services.CannotEvaluate, match="來文"):
            services.record_ministry(one, points={}, **{**given, "document": ""})
        for points in (D(99), D(85)):
            services.record_ministry(one, points={"works": points, "rdec": D(85)}, **given)

        found = {row.agency.code: compared for row, compared in results.comparison(one)}
        assert found["works"] == Compared(D("90.00"), 1, D("85.00"), 1)
        assert found["rdec"] == Compared(D("70.00"), 2, D("85.00"), 1)
        assert found["works"].apart == D("-5.00")
        assert '"works":"99.00"' in Entry.objects.filter(event="road_safety.ministry_recorded").last().payload

    def test_measure_last_years_suggestions_that_are_done(self, city):
        after = MEETS + timedelta(hours=3)
        meeting = holding.hold(planned(city, profile=figures.MEETING), held_on=after.date(), came={}, by=None, at=after)
        for text in ("補畫標線", "移設號誌"):
            holding.conclude(meeting, text=text, agency=city.works, due_on=date(2026, 12, 20), by=None, at=after)
        Item.objects.filter(outcome__n=1).update(decided="RELEASED", decided_on=after.date())
        rows = [row for row, _found in results.comparison(begun(city))]

        found = results.followed(rows, 2027)

        assert [found[row.pk] for row in rows if row.agency == city.works] == [(D("50.00"), {"part": 1, "whole": 2})]
        assert [found[row.pk][0] for row in rows if row.agency != city.works] == [None]

    def test_are_compared_with_places_that_equal_points_share(self):
        assert compared({1: None, 2: D(80)}, {1: D(70), 2: D(70)}) == {
            1: Compared(None, None, D(70), 1), 2: Compared(D(80), 1, D(70), 1),
        }  # fmt: skip


class TestPages:
    def test_are_the_commissions(self, city):
        browser, here = signed_in(city.commission), "/desk/road-safety/"
        assert "還沒有初評" in browser.get(here).content.decode()
        assert browser.post(f"{here}begin/", {"year": "2026"}).status_code == 422

        shown = browser.post(f"{here}begin/", {"year": "2026", "agencies": ["works"]}, follow=True).content.decode()

        assert "養工處" in shown
        assert browser.post(f"{here}2026/send/", {"document": ""}).status_code == 422
        assert "開始評分" in browser.get(f"{here}2026/").content.decode()
        assert [browser.get(f"{here}2026/results.{kind}").status_code for kind in ("ods", "csv", "x")] == [
            200,
            200,
            404,
        ]
        assert browser.post(f"{here}2026/ministry/", {"points_works": "一百"}).status_code == 422
        assert signed_in(city.coordinator).get(here).status_code == 403
