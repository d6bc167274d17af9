"""What is late in the whole city: the numbers, the list behind each, who sees it, and what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.worklist import registry, rules, services
from cityhall.engines.worklist.models import Todo
from cityhall.engines.worklist.overview import Overview, late, watched
from cityhall.engines.worklist.rules import Watch, age_edges, age_of, read_watch, weeks_back

DAY = timedelta(days=1)


class TestAges:
    @given(st.integers(min_value=1, max_value=400 * 24 * 60))
    def test_are_the_same_for_a_row_and_for_a_question(self, minutes):
        at = timezone.now()
        due = at - timedelta(minutes=minutes)

        fitting = [
            key for key, (since, before) in age_edges(at).items() if (not since or due > since) and due <= before
        ]

        assert fitting == [age_of(due, at)]

    def test_weeks_end_on_the_weekday_of_today_and_today_is_the_last(self):
        at = timezone.now()

        assert weeks_back(at, 3) == [at - 14 * DAY, at - 7 * DAY, at]

    def test_what_is_not_understood_is_left_out(self):
        assert read_watch({"age": "old", "agency": "works\x00", "urgent": "yes"}) == Watch(agency="works")
        asked = Watch(agency="works", kind="a.b", age="week", urgent=True, text="路燈")
        assert (
            read_watch(dict(pair.split("=") for pair in asked.without_text().query().split("&")))
            == asked.without_text()
        )


@pytest.fixture
def city(db):
    """Two agencies with something late, of two kinds; a person of the commission."""
    registry.kind("test.reply", "函復")
    registry.kind("test.month", "填報月進度")
    works, parks, rdec = (make_agency(code, name=name, short_name=name) for code, name in (
        ("works", "工務局"), ("parks", "公園處"), ("rdec", "研考會")))  # fmt: skip
    now = timezone.now()
    rows = [
        (works, "test.reply", 40, False), (works, "test.reply", 3, True), (works, "test.month", 100, False),
        (parks, "test.month", 10, False), (parks, "test.month", -3, False),
    ]  # fmt: skip
    for number, (agency, kind, days, urgent) in enumerate(rows):
        services.open_todo(
            kind, make_person(), title=f"第{number}件", agency=agency, reference=f"N-{number}", urgent=urgent,
            due_at=now - days * DAY, url=f"/desk/things/{number}/", at=now - 120 * DAY,
        )  # fmt: skip
    yield make_person(rdec, role=Role.COMMISSION)
    registry.forget("test.reply", "test.month")


@pytest.fixture
def desk(city):
    client = Client()
    client.force_login(city.account)
    return client


@pytest.mark.django_db
class TestNumbers:
    def test_by_agency_and_kind_are_the_rows_behind_each_link(self, city):
        at = timezone.now()
        seen = Overview(Watch(), at)

        assert [(line.agency.code, line.total) for line in seen.lines] == [("works", 3), ("parks", 1)]
        assert (seen.total, seen.urgent, seen.soon) == (4, 1, 1)
        assert seen.ages == {"week": 1, "month": 1, "quarter": 1, "longer": 1}
        for line in seen.lines:
            for kind, number in line.numbers:
                asked = Watch(agency=line.agency.code, kind=kind)
                assert number == watched(late(at), asked, at).count() == Overview(asked, at).number

    def test_of_a_filter_are_told_without_counting_again(self, city):
        at = timezone.now()

        for asked in (
            Watch(age="quarter"),
            Watch(kind="test.month"),
            Watch(agency="works", age="week"),
            Watch(agency="x"),
        ):
            seen = Overview(asked, at)
            assert seen.number == seen.rows.count()

    def test_of_past_weeks_hold_what_was_done_late_since(self, city):
        at = timezone.now()
        Todo.objects.filter(reference="N-0").update(closed_at=at - 10 * DAY)

        weeks = [number for _end, number in Overview(Watch(), at).weeks]

        assert weeks[-3:] == [2, 2, 3]  # 14 and 7 days ago, and now
        assert weeks[-6] == 2  # 35 days ago: what is done since, and what is late for 100 days


@pytest.mark.django_db
class TestPage:
    def test_begins_with_what_waits_for_the_reader_and_lists_the_longest_first(self, desk, city):
        services.open_todo(
            "test.reply", city, title="請您核定", agency=city.appointments.get().agency, person=city,
            due_at=timezone.now() + DAY, url="/desk/mine/", at=timezone.now(),
        )  # fmt: skip

        page = desk.get("/desk/late/").content.decode()

        assert page.index("請您核定") < page.index("各機關逾期的事項") < page.index("第2件") < page.index("第0件")
        assert 'href="/desk/things/2/"' in page
        assert "?agency=works&amp;kind=test.reply" in page
        assert "第4件" not in page
        assert 'href="/desk/late/"' in desk.get("/desk/").content.decode()

    def test_is_for_the_commission(self, city, client):
        officer = make_person(make_agency("lights"), role=Role.AGENCY_HEAD)
        client.force_login(officer.account)

        assert client.get("/desk/late/").status_code == 403
        assert client.get("/desk/late/export.csv").status_code == 403
        assert "/desk/late/" not in client.get("/desk/").content.decode()

    def test_exports_its_filter_and_leaves_an_entry(self, desk):
        sheet = b"".join(desk.get("/desk/late/export.csv?agency=works&kind=test.reply").streaming_content).decode()

        assert [number for number in range(5) if f"N-{number}" in sheet] == [0, 1]
        assert "agency=works&kind=test.reply" in Entry.objects.get(event="worklist.exported").payload

    def test_says_when_nothing_is_late(self, desk):
        Todo.objects.update(closed_at=timezone.now())

        assert "目前沒有逾期的事項" in desk.get("/desk/late/").content.decode()
        assert "沒有符合條件的逾期事項" not in desk.get("/desk/late/?text=x").content.decode()

    def test_asks_as_often_for_many_agencies_as_for_few(self, desk):
        desk.get("/desk/late/")
        with CaptureQueriesContext(
            connection,
        ) as few:
            desk.get("/desk/late/")
        now = timezone.now()
        for number in range(12):
            services.open_todo(
                "test.reply", make_person(), title=f"多{number}", agency=make_agency(f"a{number}"),
                due_at=now - DAY, url=f"/desk/many/{number}/", at=now,
            )  # fmt: skip

        with CaptureQueriesContext(connection) as many:
            desk.get("/desk/late/")

        assert len(many) == len(few) <= 30


def test_days_late_are_whole_days():
    at = timezone.now()

    assert [rules.days_late(due, at) for due in (None, at + DAY, at - DAY / 2, at - 3 * DAY)] == [0, 0, 0, 3]
