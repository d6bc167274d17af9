"""The demo's projects, by the product's own acts."""

from datetime import date

import pytest

from cityhall.domains.projects import reviewing
from cityhall.domains.projects.models import ProgressPhoto, Project
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.milestones.models import Contract, CoordinationRequest, Evaluation, Hit, MonthReport
from cityhall.foundation import unit
from cityhall.foundation.clock import at as instant
from cityhall.project.demo import people, petitions, project_sites, projects

NOW = instant(date(2026, 11, 16), 15)


@pytest.mark.django_db
def test_have_months_hits_and_ends():
    seed_calendar()
    with unit.bulk():
        people.load(at=instant(date(2026, 5, 20), 9), since=petitions.FOUNDED)

        assert projects.load(NOW, many=13) == 13
        placed = project_sites.load(NOW)

    assert MonthReport.objects.count() > 150
    assert Evaluation.objects.count() == projects.MONTHS
    assert {"LATE_MILESTONE", "NO_REPORT", "LAND"} <= set(Hit.objects.values_list("rule", flat=True))
    assert Hit.objects.exclude(cleared_at=None).exists()
    assert reviewing.reviewed(None, NOW.date()).count() >= 3
    assert set(Project.objects.exclude(ended_as="").values_list("ended_as", flat=True)) <= {"CLOSED", "WITHDRAWN"}
    assert Project.objects.exclude(lon=None).count() == placed
    assert Contract.objects.exists()
    assert ProgressPhoto.objects.values("project").distinct().count() > 3
    assert not CoordinationRequest.objects.filter(asked_of=None).exists()
