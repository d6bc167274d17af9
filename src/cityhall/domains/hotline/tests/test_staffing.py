"""The advice for the coming days: what is foreseen, who is needed, how it is shown and taken away."""

from datetime import date, timedelta

import pytest

from cityhall.domains.hotline import services, staffing
from cityhall.domains.hotline.traffic import LOG, Shape, lines
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.foundation.clock import at as instant

from .logs import write

pytestmark = pytest.mark.django_db

TODAY = date(2016, 8, 22)  # a Monday
NOW = instant(TODAY, 9)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture
def three_weeks(tmp_path):
    log = [text for name, text in lines(Shape(date(2016, 8, 1), 21, 40, storm_on=0)) if name == LOG]
    services.import_queue_log(write(tmp_path / "log", log), by=None, at=NOW)


@pytest.fixture
def supervisor(client):
    client.force_login(make_person(make_agency("rdec"), None, Role.SUPERVISOR).account)
    return client


def test_a_day_needs_as_many_as_reach_the_target(three_weeks):
    tomorrow = staffing.advice([TODAY + timedelta(days=1)], today=TODAY)[0]

    assert len(tomorrow.halves) == 48
    assert 20 < tomorrow.calls < 60
    for one in tomorrow.halves:
        assert one.level is None or one.level >= 90
        assert one.rostered >= one.agents
    assert all(error.days == 14 and error.percent > 0 for error in tomorrow.errors.values())
    better = min(tomorrow.errors, key=lambda way: tomorrow.errors[way].percent)
    assert tomorrow.way is better


def test_the_page_shows_chart_table_and_error_with_few_questions(
    supervisor, three_weeks, django_assert_max_num_queries
):
    with django_assert_max_num_queries(30):
        page = supervisor.get("/desk/calls/staffing/?day=2016-08-25").content.decode()

    for said in ("每半小時要排幾人", "預測準不準", "和上週同一天相同", "採用", "Erlang C"):
        assert said in page


def test_the_sheet_holds_two_weeks_and_is_written_down(supervisor, three_weeks):
    rows = (
        b"".join(supervisor.get("/desk/calls/staffing/export.csv").streaming_content).decode("utf-8-sig").splitlines()
    )

    assert len(rows) == 1 + 14 * 48
    assert Entry.objects.filter(event="hotline.staffing_exported").exists()


def test_nothing_is_advised_before_there_are_calls(supervisor):
    assert "還不能預測" in supervisor.get("/desk/calls/staffing/").content.decode()


def test_operators_have_no_advice(client):
    client.force_login(make_person(make_agency("rdec"), None, Role.OPERATOR).account)

    assert client.get("/desk/calls/staffing/").status_code == 403
