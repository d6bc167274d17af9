"""The demo's council cases, by the product's own acts: a quarter has items in every state, returns, and inspections."""

from datetime import date, timedelta

import pytest

from cityhall.domains.council.models import CarriedOutReport, CouncilItem, InspectionMonth, JointInspection, Reader
from cityhall.domains.petitions.samples import HalfYear
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.directory import queries as directory
from cityhall.engines.directory.states import Role
from cityhall.engines.tracking.models import Reply
from cityhall.engines.tracking.states import ReplyState
from cityhall.foundation.clock import at as instant
from cityhall.foundation.clock import start_of_day
from cityhall.project.demo import council, people, petitions


@pytest.mark.django_db
class TestHalfYear:
    def test_lists_items_that_agencies_answer_and_the_commission_decides(self):
        end = instant(date(2026, 11, 18), 10)
        start = start_of_day(date(2026, 5, 22))
        seed_calendar()
        people.load(at=start - timedelta(hours=1), since=petitions.FOUNDED)
        half_year = HalfYear([], [], start, end)
        commission = directory.holders(Role.COMMISSION, on=start.date()).select_related("account").first()

        council.load(start - timedelta(hours=1))
        council.write(half_year, commission.account)
        while half_year.queue:
            at, _serial, act = half_year.queue.pop(0)
            half_year.queue.sort()
            act(at)

        assert CouncilItem.objects.count() == 45
        decided = set(CouncilItem.objects.values_list("tracked__decided", flat=True))
        assert {"RELEASED", "SELF_TRACKED", "TRACKED"} <= decided
        assert Reply.objects.filter(state=ReplyState.POOR).exists()
        assert JointInspection.objects.filter(district_office=True).exists()
        assert InspectionMonth.objects.exists()
        assert Reader.objects.open().count() == 3
        assert CarriedOutReport.objects.get().items > 0
