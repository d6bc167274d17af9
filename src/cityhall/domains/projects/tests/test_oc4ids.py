"""Listed projects as OC4IDS: by the standard's own schema and codes, without people."""

import csv
import json
from datetime import date
from io import StringIO

import jsonschema
import pytest
from django.core.management import call_command

from cityhall.domains.projects import oc4ids, open_table, services
from cityhall.domains.projects.models import Project
from cityhall.engines.milestones import services as plans
from cityhall.foundation.clock import at as instant

from .making import listed, make_city, proposed, reported

pytestmark = pytest.mark.django_db
NEW_YEAR, TODAY = date(2016, 1, 4), date(2016, 3, 15)


@pytest.fixture
def city():
    """One that goes on, with a failed and an awarded tender; one withdrawn; one that is only proposed."""
    city = make_city()
    going_on = listed(agency=city.works, on=NEW_YEAR, place="中路二街", about="三層樓")
    reported(going_on, 1, 10, date(2016, 2, 5), paid=10, unpaid=5)
    reported(going_on, 2, "19.5", date(2016, 3, 5), paid=20)
    who = {"by": None, "at": instant(date(2016, 3, 1), 9)}
    plans.meet(going_on.plan, code="award", on=date(2016, 2, 1), **who)
    plans.hold_tender(going_on.plan, package="土建", on=date(2016, 1, 20), result="FAILED", **who)
    plans.hold_tender(
        going_on.plan, package="土建", on=date(2016, 2, 1), result="AWARDED", amount=900, contractor="甲營造", **who
    )
    gone = listed(agency=city.works, on=NEW_YEAR)
    asked = services.apply(gone, kind="WITHDRAWAL", reason="地主不同意", by=None, at=instant(NEW_YEAR, 11))
    services.decide(asked, approved=True, remark="", by=None, at=instant(NEW_YEAR, 12))
    proposed(agency=city.works, on=NEW_YEAR)
    return city


def document():
    out = StringIO()
    call_command("projects", "export", "--format", "oc4ids", stdout=out)
    return json.loads(out.getvalue())


class TestExport:
    def test_holds_what_was_listed(self, city):
        one, other = document()["projects"]

        assert (one["title"], one["status"], other["status"]) == ("中路圖書館新建工程", "implementation", "cancelled")
        assert one["budget"] == {"amount": {"amount": 50_000_000, "currency": "TWD"}}
        physical, financial = one["metrics"]
        measured = {row["id"]: row.get("measure") for row in physical["observations"]}
        assert (measured["planned-2016-02"], measured["actual-2016-02"]) == (20, 19.5)
        spent = {row["id"]: row["value"]["amount"] for row in financial["observations"]}
        assert spent["actual-2016-01"] == 15
        assert [point["status"] for point in one["milestones"]][0] == "met"
        assert one["contractingProcesses"][0]["summary"]["suppliers"][0]["name"] == "甲營造"
        assert "地主" not in json.dumps(other, ensure_ascii=False)

    def test_keeps_to_the_schema_and_its_codes(self, city, shared_data, tmp_path):
        folder = shared_data / "schemas" / "oc4ids-0.9.5"
        schema = json.loads((folder / "project-schema.json").read_text(encoding="utf-8"))
        call_command("projects", "export", "--to", str(tmp_path / "a.json"))
        found = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
        validator = jsonschema.Draft4Validator(schema)

        assert [list(validator.iter_errors(one)) for one in found["projects"]] == [[], []]
        assert set(found) >= {"uri", "publisher", "publishedDate", "projects", "version"}
        rows = csv.DictReader((folder / "codelists" / "milestoneType.csv").read_text(encoding="utf-8").splitlines())
        codes = {row["Code"] for row in rows}
        assert set(oc4ids.TYPES.values()) <= codes

    def test_asks_as_often_for_many_as_for_few(self, city, django_assert_max_num_queries):
        for _n in range(6):
            listed(agency=city.works, on=NEW_YEAR)

        with django_assert_max_num_queries(18):
            oc4ids.package(Project.objects.select_related("plan__agency").all(), at=instant(TODAY))


class TestOpenTable:
    def test_has_the_months_of_what_was_listed_and_reports_only_once_they_stand(self, city):
        found = list(open_table.rows(instant(TODAY, 3)))

        numbers = {row[0] for row in found}
        assert len(numbers) == 2  # what is only proposed is not among them
        mine = {row[7]: row for row in found if row[1] == "中路圖書館新建工程" and row[6] == "列管中"}
        assert [str(cell) for cell in mine["2016-02"][8:]] == ["20", "19.5", mine["2016-02"][10].__str__(), "20"]
        assert mine["2016-01"][11] == 15
        before = {row[7]: row for row in open_table.rows(instant(date(2016, 2, 8), 3)) if row[6] == "列管中"}
        assert before["2016-02"][9] == ""
        assert {row[6] for row in found} == {"列管中", "撤銷列管"}

    def test_asks_few_questions_and_names_nobody(self, city, django_assert_max_num_queries):
        with django_assert_max_num_queries(8):
            found = list(open_table.rows(instant(TODAY, 3)))

        assert "甲營造" not in str(found)
        assert "地主" not in str(found)
