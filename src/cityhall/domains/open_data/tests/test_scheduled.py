"""New versions that are fetched by night: from whom, what is the same, what waits, what failed and is told."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.domains.open_data import rules, scheduled, services
from cityhall.domains.open_data.models import FetchSchedule, FetchTry, Resource, ResourceVersion
from cityhall.domains.open_data.refusals import CannotCatalogue
from cityhall.domains.open_data.states import TableState
from cityhall.engines.outbox.services import drain
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.worklist.models import Todo

from .city import CSV, NINE, TODAY, draft, make_city, published, signed_in
from .outside import outside

WHO = {"by": None, "at": NINE}
MORE = CSV + "八德區,八德停車場,3\n".encode()


class TestNextFetch:
    @pytest.mark.parametrize(
        ("every", "today", "then"),
        [
            ("DAILY", date(2017, 2, 28), date(2017, 3, 1)),
            ("WEEKLY", date(2017, 2, 28), date(2017, 3, 7)),
            ("MONTHLY", date(2017, 1, 31), date(2017, 2, 28)),
            ("MONTHLY", date(2016, 12, 5), date(2017, 1, 5)),
        ],
    )
    def test_is_a_period_later(self, every, today, then):
        assert rules.next_fetch(every, today) == then

    @given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
    def test_comes_once_in_the_month_that_follows(self, today):
        then = rules.next_fetch("MONTHLY", today)

        assert (then.year * 12 + then.month) - (today.year * 12 + today.month) == 1
        assert then.day <= today.day


@pytest.fixture
def city(db, settings):
    settings.CALLS_LOOPBACK, settings.CALLS_SECONDS = True, 1.0
    made = make_city()
    set_parameter("open_data.fetch_hosts", "127.0.0.1", valid_from=TODAY, source="本府", by=None, at=NINE)
    return made


@pytest.fixture
def there():
    with outside() as server:
        yield server


def night(days):
    at = NINE + timedelta(days=days)
    scheduled.begin(at)
    drain(at)


def outcomes():
    return list(FetchTry.objects.order_by("at", "pk").values_list("outcome", flat=True))


def fetched(city, there, data=CSV, every="DAILY"):
    row = published(city.transport).resources.get()
    scheduled.set_schedule(row, url=there.put("/parking.csv", data), every=every, **WHO)
    return row


def open_todos():
    return sorted(Todo.objects.filter(closed_at=None).values_list("kind", flat=True))


class TestFetching:
    def test_makes_a_version_of_what_is_new_and_none_of_what_is_the_same(self, city, there):
        row = fetched(city, there)
        night(1)
        there.put("/parking.csv", MORE)
        night(2)
        night(3)

        assert outcomes() == ["SAME", "NEW", "SAME"]
        newest = row.versions.order_by("-number").first()
        assert (newest.number, newest.reading, newest.rows, newest.note) == (2, TableState.READ, 3, "排程擷取")

    def test_asks_once_a_night_however_often_the_night_begins(self, city, there):
        fetched(city, there)
        night(1)
        night(1)

        assert there.asked == ["/parking.csv"]

    def test_waits_for_its_day(self, city, there):
        fetched(city, there, every="WEEKLY")
        for days in range(1, 8):
            night(days)

        assert len(there.asked) == 1
        night(8)
        assert len(there.asked) == 2

    def test_holds_back_other_columns_and_tells_the_editor(self, city, there):
        row = fetched(city, there, "行政區,總數\n桃園區,1\n".encode())
        night(1)

        newest = row.versions.order_by("-number").first()
        assert newest.reading == TableState.ASKS
        assert Resource.objects.get(pk=row.pk).newest.number == 1
        assert open_todos() == ["open_data.file"]

    @pytest.mark.parametrize(
        ("status", "data", "why"),
        [
            (200, b"<!doctype html><html><body>moved", "XML"), (404, b"", "404"), (200, b"", "空的"),
            (200, b"\x00\x01\x02", "不是平臺收的格式"), (200, b"%PDF-1.4 x", "PDF"),
        ],
    )  # fmt: skip
    def test_publishes_nothing_of_what_is_no_such_file(self, city, there, status, data, why):
        row = fetched(city, there)
        there.put("/parking.csv", data, status=status)
        night(1)

        assert outcomes() == ["FAILED"]
        assert why in FetchTry.objects.get().trouble
        assert row.versions.count() == 1

    def test_gives_up_on_a_server_that_drips(self, city, there):
        row = fetched(city, there)
        there.slow.add("/parking.csv")
        night(1)

        assert "沒有在時限內回應" in FetchTry.objects.get().trouble
        assert row.versions.count() == 1

    def test_goes_to_no_host_that_is_not_in_the_list(self, city, there):
        row = fetched(city, there)
        there.put("/parking.csv", status=302, Location="https://elsewhere.example/x.csv")
        night(1)
        assert "不在允許擷取的清單" in FetchTry.objects.get().trouble
        with pytest.raises(CannotCatalogue, match="清單"):
            scheduled.set_schedule(row, url="https://elsewhere.example/x.csv", every="DAILY", **WHO)

    def test_tells_the_agency_after_some_failures_and_takes_it_back(self, city, there):
        row = fetched(city, there)
        there.put("/parking.csv", status=503)
        night(1)
        night(2)
        assert open_todos() == []
        night(3)
        assert open_todos() == ["open_data.fetch"]
        assert FetchSchedule.objects.get().failures == 3

        there.put("/parking.csv", MORE)
        night(4)

        assert open_todos() == []
        assert (FetchSchedule.objects.get().failures, row.versions.count()) == (0, 2)

    def test_leaves_alone_what_is_not_public(self, city, there):
        one = draft(city.transport)
        scheduled.set_schedule(one.resources.get(), url=there.put("/x.csv", CSV), every="DAILY", **WHO)
        gone = published(city.police)
        scheduled.set_schedule(gone.resources.get(), url=there.put("/y.csv", CSV), every="DAILY", **WHO)
        services.withdraw(gone, reason="停辦", **WHO)
        night(1)

        assert there.asked == []

    def test_counts_for_nothing_when_the_schedule_was_stopped_meanwhile(self, city, there):
        row = fetched(city, there, MORE)
        schedule = FetchSchedule.objects.get()
        had = scheduled.fetch(schedule.url, largest=1000)
        scheduled.stop_schedule(row, **WHO)

        assert scheduled._take(schedule, had, at=NINE) is None
        assert row.versions.count() == 1

    @pytest.mark.parametrize("url", ["", "ftp://127.0.0.1/x", "javascript:x", "https://"])
    def test_takes_addresses_of_the_web_alone(self, city, url):
        row = published(city.transport).resources.get()
        with pytest.raises(CannotCatalogue):
            scheduled.set_schedule(row, url=url, every="DAILY", **WHO)

    def test_is_for_files(self, city):
        one = published(city.transport)
        link = services.add_resource(one, name="介接", kind="LINK", url="https://data.example/x", **WHO)
        with pytest.raises(CannotCatalogue, match="不收檔案"):
            scheduled.set_schedule(link, url="https://127.0.0.1/x", every="DAILY", **WHO)


class TestTheDesk:
    def test_sets_fetches_and_stops(self, city, there, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
        row = published(city.transport).resources.get()
        editor, stranger = signed_in(city.officer), signed_in(city.other)
        here = services.page_of_schedule(row)
        url = there.put("/parking.csv", MORE)

        assert stranger.get(here).status_code == 404
        assert editor.post(here, {"url": "https://elsewhere.example/", "every": "DAILY"}).status_code == 422
        assert editor.post(f"{here}now/").status_code == 422
        assert editor.post(here, {"url": url, "every": "WEEKLY"}).status_code == 302
        assert editor.post(f"{here}now/").status_code == 302
        drain(NINE)
        page = editor.get(here).content.decode()
        assert "有新版本" in page
        assert "第 2 版" in page
        assert editor.post(f"{here}stop/").status_code == 302

        assert not FetchSchedule.objects.exists()
        assert ResourceVersion.objects.filter(resource=row).count() == 2
