"""Each January: agencies are asked about their year, hand in, and are chased while they are late."""

from datetime import date, timedelta

import pytest

from cityhall.domains.petitions.models import YearReturn
from cityhall.domains.petitions.services import returns, todos
from cityhall.domains.petitions.services.returns import CannotReturn
from cityhall.engines.audit.models import Entry
from cityhall.engines.letters.models import Letter
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import at

from .city import make_city, opened, signed_in

pytestmark = pytest.mark.django_db
JANUARY = at(date(2027, 1, 11), 9)


@pytest.fixture
def city():
    city = make_city()
    opened()
    opened("標線不清楚")
    return city


def waiting():
    return Todo.objects.open().filter(kind=todos.YEAR_RETURN)


class TestAsking:
    def test_goes_to_every_agency_that_had_petitions_once(self, city):
        assert returns.ask(2026, by=city.commission.account, at=JANUARY) == 2

        assert {row.agency for row in YearReturn.objects.all()} == {city.works, city.transport}
        assert waiting().count() == Letter.objects.filter(template="petitions.year_return").count() == 2
        with pytest.raises(CannotReturn, match="都請過了"):
            returns.ask(2026, by=city.commission.account, at=JANUARY)
        assert Entry.objects.filter(event="petition.year_return_asked").count() == 1

    def test_waits_for_the_end_of_the_year(self, city):
        with pytest.raises(CannotReturn, match="還沒有結束"):
            returns.ask(2027, by=city.commission.account, at=JANUARY)

    def test_comes_by_itself_from_its_day_of_january_on(self, city):
        assert returns.ask_by_itself(at(date(2027, 1, 9), 23, 59)) == 0
        assert returns.ask_by_itself(at(date(2027, 2, 10), 8, 40)) == 0
        assert returns.ask_by_itself(at(date(2027, 1, 10), 0, 30)) == 2  # still the ninth in UTC
        assert returns.ask_by_itself(at(date(2027, 1, 11), 8, 40)) == 0


class TestHandingIn:
    def asked(self, city) -> YearReturn:
        returns.ask(2026, by=city.commission.account, at=JANUARY)
        return YearReturn.objects.get(agency=city.works)

    def test_takes_it_off_the_list_and_may_be_changed(self, city):
        row, by = self.asked(city), city.coordinator.account

        with pytest.raises(CannotReturn, match="改善作法"):
            returns.hand_in(row, analysis="路燈最多", measures=" ", by=by, at=JANUARY)
        returns.hand_in(row, analysis="路燈最多", measures="改包商", by=by, at=JANUARY)
        returns.hand_in(row, analysis="路燈最多，夏天尤其", measures="改包商", by=by, at=JANUARY)

        row.refresh_from_db()
        assert (row.analysis, row.returned_by) == ("路燈最多，夏天尤其", city.coordinator)
        assert waiting().get().agency == city.transport

    def test_is_closed_when_the_next_year_is_asked_for(self, city):
        row = self.asked(city)
        YearReturn.objects.create(year=2027, agency=city.works, asked_at=JANUARY, due_on=JANUARY.date())

        with pytest.raises(CannotReturn, match="不能再改"):
            returns.hand_in(row, analysis="x", measures="y", by=city.coordinator.account, at=JANUARY)

    def test_what_is_late_is_chased_once_a_week(self, city):
        row = self.asked(city)
        returns.hand_in(row, analysis="x", measures="y", by=city.coordinator.account, at=JANUARY)
        late = YearReturn.objects.get(agency=city.transport)
        day = at(late.due_on + timedelta(days=1), 8, 40)

        assert returns.chase(at(late.due_on, 23, 59)) == 0
        assert returns.chase(day) == 1
        assert returns.chase(day + timedelta(days=6)) == 0
        assert returns.chase(day + timedelta(days=7)) == 1
        late.refresh_from_db()
        assert late.times_chased == 2

    def test_on_pages(self, city):
        row = self.asked(city)
        own, other = signed_in(city.coordinator), signed_in(city.other_coordinator)
        path = f"/desk/petitions/quality/returns/{row.pk}/"

        assert other.get(path).status_code == 404
        assert own.get(path).status_code == 200
        assert own.post(path, {"analysis": "", "measures": "y"}).status_code == 422
        own.post(path, {"analysis": "路燈最多", "measures": "改包商"})
        row.refresh_from_db()
        assert row.returned_at is not None
