"""`cityhall projects export --format oc4ids` by the standard's own validator, without network.

The validator is AGPL and lives in an environment of its own (`requirements/tools/oc4ids.lock`): a program beside ours.
"""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from cityhall.domains.projects import on_site, services
from cityhall.domains.projects.tests.making import City, listed, make_city, proposed, reported
from cityhall.engines.milestones import services as plans
from cityhall.foundation.clock import at as instant
from tests.security.tools import CannotInstall, tool

pytestmark = pytest.mark.django_db
CHECK = Path(__file__).with_name("oc4ids_check.py")
NEW_YEAR, TODAY = date(2016, 1, 4), date(2016, 3, 15)


@pytest.fixture
def city() -> City:
    """A project with everything that is told of one, a line, an ended one; one that is only proposed."""
    city = make_city()
    going_on = listed(agency=city.works, on=NEW_YEAR, place="中路二街", about="三層樓")
    reported(going_on, 1, 10, date(2016, 2, 5), paid=10, unpaid=5)
    reported(going_on, 2, "19.5", date(2016, 3, 5), paid=20)
    who: dict[str, Any] = {"by": None, "at": instant(TODAY, 9)}
    plans.meet(going_on.plan, code="award", on=date(2016, 2, 1), **who)
    plans.hold_tender(going_on.plan, package="土建", on=date(2016, 1, 20), result="FAILED", **who)
    plans.hold_tender(
        going_on.plan, package="土建", on=date(2016, 2, 1), result="AWARDED", amount=900, contractor="甲營造", **who
    )
    plans.hold_tender(going_on.plan, package="水電", on=date(2016, 2, 1), result="FAILED", **who)
    contract = plans.sign_contract(
        going_on.plan, package="土建", on=date(2016, 2, 3), amount=900, due_on=date(2016, 6, 1), **who
    )
    plans.change_contract(
        contract, on=date(2016, 3, 1), amount=1000, due_on=date(2016, 6, 30), reason="變更設計", **who
    )
    on_site.place(going_on, points=[(121.30, 24.99), (121.31, 25.00)], address="中路二街", **who)
    gone = listed(agency=city.district, on=NEW_YEAR)
    on_site.place(gone, points=[(121.30, 24.99)], **who)
    asked = services.apply(gone, kind="CLOSING", reason="完工", by=None, at=instant(NEW_YEAR, 11))
    services.decide(asked, approved=True, remark="", by=None, at=instant(NEW_YEAR, 12))
    proposed(agency=city.works, on=NEW_YEAR)
    return city


def checked(file: Path, schemas: Path) -> dict[str, Any]:
    """What the validator says."""
    try:
        python = tool("oc4ids") / "python"
    except CannotInstall as reason:
        pytest.skip(str(reason))
    done = subprocess.run([str(python), str(CHECK), str(file), str(schemas)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_export_has_no_error_and_a_wrong_one_has(
    city: City, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: instant(TODAY, 10))
    schemas, file = shared_data / "schemas" / "oc4ids-0.9.5", tmp_path / "projects.json"
    call_command("projects", "export", "--format", "oc4ids", "--to", str(file))
    written = json.loads(file.read_text(encoding="utf-8"))
    assert len(written["projects"]) == 2
    (summary, other) = (one["summary"] for one in written["projects"][0]["contractingProcesses"])
    assert (summary["contractValue"]["amount"], summary["contractPeriod"]["endDate"][:10]) == (1000, "2016-06-30")
    assert [one["rationale"] for one in summary["modifications"]] == ["變更設計"]
    assert other["status"] == "pre-award"
    assert written["projects"][0]["locations"][0]["geometry"]["type"] == "LineString"

    found = checked(file, schemas)

    assert found["validation_errors"] == [], found
    assert not found["additional_closed_codelist_values"]
    assert set(found["additional_fields"]) == {
        "/projects/metrics/observations/dimensions/of"
    }  # what a dimension is called

    written["projects"][0]["budget"]["amount"]["amount"] = "五千萬"
    written["projects"][1]["status"] = "finished"
    file.write_text(json.dumps(written), encoding="utf-8")
    found = checked(file, schemas)
    assert found["validation_errors"]
    assert found["additional_closed_codelist_values"]
