"""Indicators and awards: acts with their refusals and entries, and whole requests by who may and who may not."""

import io
import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cityhall.domains.smart_city import figures, queries, services
from cityhall.domains.smart_city.models import Award, Evidence, IndicatorValue
from cityhall.domains.smart_city.refusals import CannotRecord
from cityhall.domains.smart_city.states import ValueKind
from cityhall.engines.audit.models import Entry
from cityhall.engines.files.queries import of
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period

from .city import NINE, TODAY, award, indicator, make_city, signed_in, sub_project

pytestmark = pytest.mark.django_db
DESK = "/desk/smart-city/"
WHO = {"by": None, "at": NINE}
PDF = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Count 0/Kids[]>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return make_city()


def words(response):
    return re.sub(r"<[^>]+>", "", response.content.decode())


def reached(one, value, *, year=2016, at=NINE, note=""):
    return services.set_values(one, kind=ValueKind.REACHED, values={year: Decimal(value)}, note=note, by=None, at=at)


class TestValues:
    def test_are_known_from_the_day_on_which_they_were_recorded(self, city):
        project = sub_project(city.works)
        one = indicator(project)
        reached(one, 80, at=instant(date(2016, 12, 30), 9))
        reached(one, 120, note="補報12月")

        then, now = (
            queries.measured([project.pk], range(2016, 2020), day)[project.pk][0].years[0]
            for day in (date(2016, 12, 31), TODAY)
        )

        assert (then.reached, then.goal, now.reached, now.goal) == (80, "SHORT", 120, "MET")
        assert Entry.objects.filter(event="smart_city.values_set").count() == 3

    def test_are_refused_outside_the_programme_and_before_their_year(self, city):
        project = sub_project(city.works)
        one = indicator(project)
        reached(one, 80)
        for values, kind in (
            ({2020: 1}, "PLANNED"),
            ({2018: 1}, "REACHED"),
            ({2016: -1}, "REACHED"),
            ({2016: 90}, "REACHED"),
        ):
            with pytest.raises(CannotRecord):
                services.set_values(one, kind=ValueKind(kind), values={k: Decimal(v) for k, v in values.items()}, **WHO)

        assert reached(one, 80) == []
        assert IndicatorValue.objects.filter(kind="REACHED").count() == 1

    def test_belong_to_an_indicator_of_a_sub_project(self, city):
        project = sub_project(city.works)
        indicator(project)
        given = {"unit": "盞", "lower": False, **WHO}
        for name, planned in (("智慧路燈盞數", {2016: Decimal(1)}), (" ", {2016: Decimal(1)}), ("節電度數", {})):
            with pytest.raises(CannotRecord):
                services.add_indicator(project, name=name, planned=planned, **given)


class TestAwards:
    def test_have_their_rounds_in_order(self, city):
        one = award()
        day = date(2017, 2, 1)
        with pytest.raises(CannotRecord, match="前一個階段"):
            services.record_result(one, stage="TOP7", won=True, announced_on=day, **WHO)
        services.record_result(one, stage="SMART21", won=True, announced_on=day, **WHO)
        services.record_result(one, stage="TOP7", won=True, announced_on=day, **WHO)
        for stage, on in (("TOP7", day), ("TOP1", date(2017, 6, 8))):
            with pytest.raises(CannotRecord):
                services.record_result(one, stage=stage, won=True, announced_on=on, **WHO)
        with pytest.raises(CannotRecord, match="已經有"):
            award()

        assert Entry.objects.filter(event="smart_city.result_recorded").count() == 2

    def test_keep_evidence_that_was_withdrawn(self, city):
        row = services.add_evidence(award(), factor="BROADBAND", text="全市熱點", **WHO)
        with pytest.raises(CannotRecord, match="理由"):
            services.withdraw_evidence(row, why=" ", **WHO)
        services.withdraw_evidence(row, why="數字過時", **WHO)

        with pytest.raises(CannotRecord, match="已經撤回"):
            services.withdraw_evidence(row, why="再一次", **WHO)
        assert Evidence.objects.get().why == "數字過時"


class TestFigures:
    def test_count_what_was_under_control_in_the_period(self, city):
        sub_project(city.works)
        sub_project(city.works, "governance", name="水情系統")
        sub_project(city.police, "living", name="智慧站牌", on=date(2017, 2, 1))
        sub_project(city.works, profile="major", facets={}, total_budget=50_000_000)
        year, first_half = Period(date(2016, 1, 1), date(2019, 12, 31)), Period(date(2016, 1, 1), date(2016, 6, 30))

        assert (figures.subprojects(year).value, figures.facets(year).value) == (3, 2)
        assert (figures.subprojects(first_half).value, figures.facets(first_half).value) == (2, 1)


class TestPages:
    def test_of_the_programme_show_each_facet_and_its_indicators(self, city, django_assert_max_num_queries):
        for n in range(3):
            reached(indicator(sub_project(city.works, name=f"路燈{n}")), 100 + n)
        sub_project(city.police, "living", name="智慧站牌")
        commission = signed_in(city.commission)
        commission.get(DESK)

        with django_assert_max_num_queries(32):
            page = words(commission.get(DESK))

        assert all(word in page for word in ("智慧治理", "智慧生活", "智慧站牌", "指標達成 0／3"))
        assert "智慧站牌" not in words(signed_in(city.coordinator).get(DESK))
        assert "路燈0" not in words(commission.get(f"{DESK}?facet=living"))
        assert "沒有符合條件" in words(commission.get(f"{DESK}?q=查無"))
        rows = b"".join(commission.get(f"{DESK}export.csv?q=路燈0").streaming_content).decode().splitlines()
        assert len(rows) == 3
        assert "智慧路燈盞數,2016,盞,100" in rows[1]

    def test_let_the_agency_record_what_was_reached_and_the_commission_what_is_planned(self, city):
        project = sub_project(city.works)
        agency, commission = signed_in(city.coordinator), signed_in(city.commission)
        here = f"{DESK}{project.number}/"
        added = {"name": "節電度數", "unit": "度", "lower": "higher", "y2016": "500"}

        assert agency.post(f"{here}indicators/", added).status_code == 403
        assert commission.post(f"{here}indicators/", {**added, "y2016": ""}).status_code == 422
        assert commission.post(f"{here}indicators/", added).status_code == 302
        assert agency.post(f"{here}indicators/1/", {"kind": "PLANNED", "y2016": "1", "note": ""}).status_code == 302
        assert [(one.kind, one.value) for one in IndicatorValue.objects.order_by("pk")] == [
            ("PLANNED", 500),
            ("REACHED", 1),
        ]
        assert (
            commission.post(f"{here}indicators/1/", {"kind": "PLANNED", "y2016": "400", "note": ""}).status_code == 422
        )
        assert "節電度數" in words(agency.get(here))
        others = signed_in(city.other)
        assert [others.get(path).status_code for path in (here, f"{here}indicators/1/", f"{here}indicators/9/")] == [
            404
        ] * 3

    def test_of_awards_take_evidence_with_files(self, city):
        project = sub_project(city.works)
        agency, commission = signed_in(city.coordinator), signed_in(city.commission)
        assert agency.get(f"{DESK}awards/new/").status_code == 403
        commission.post(f"{DESK}awards/new/", {"name": "全球智慧城市評比", "year": "2017"})
        one = Award.objects.get()
        here = f"{DESK}awards/{one.reference}/"
        shown = {"factor": "INNOVATION", "text": "跨域合作試辦"}

        assert agency.post(f"{here}evidence/", {**shown, "project": ""}).status_code == 422
        uploads = SimpleUploadedFile("report.pdf", io.BytesIO(PDF).read(), content_type="application/pdf")
        done = agency.post(f"{here}evidence/", {**shown, "project": project.number, "uploads": uploads})

        assert done.status_code == 302
        row = Evidence.objects.get()
        assert (row.project_id, of(row).count()) == (project.pk, 1)
        day = {"announced_on_year": "106", "announced_on_month": "2", "announced_on_day": "1"}
        assert commission.post(f"{here}result/", {"stage": "SMART21", "won": "yes", **day}).status_code == 302
        assert all(word in words(commission.get(here)) for word in ("跨域合作試辦", "report.pdf", "入選"))
        assert "全球智慧城市評比" in words(agency.get(f"{DESK}awards/"))
        assert agency.get(f"{DESK}awards/evidence/{row.reference}/withdraw/").status_code == 403
        commission.post(f"{DESK}awards/evidence/{row.reference}/withdraw/", {"reason": "改用另一件"})
        assert "跨域合作試辦" not in words(commission.get(here))
