"""A month's figures stay as they were printed; what changes later is listed, with the petitions that came or went."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cityhall.domains.petitions import statistics
from cityhall.domains.petitions.frozen import Fact, Figure, cells, differences
from cityhall.domains.petitions.models import FrozenCell, FrozenMonth, Petition
from cityhall.domains.petitions.services import freezing, handling
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.models import Case
from cityhall.foundation.clock import at
from cityhall.foundation.period import Period

from .city import NINE, City, make_city, opened, signed_in
from .factories import make_petition

NOVEMBER, DECEMBER = date(2026, 11, 1), at(date(2026, 12, 8), 9)


def fact(key: int, *counted: str, agency: str = "works", of: tuple[str, ...] = ()) -> Fact:
    return Fact(key, {"agency": agency}, frozenset({"received", *counted}), frozenset(of))


def month(*facts: Fact) -> dict[tuple[str, str, str], Figure]:
    return cells(facts, ("received", "replied"), frozenset({"replied"}))


class TestCells:
    def test_hold_figure_denominator_and_petitions(self):
        printed = month(fact(1, "replied", of=("replied",)), fact(2, of=("replied",)), fact(3, agency="transport"))

        assert printed["", "", "received"] == Figure(3, None, frozenset({1, 2, 3}))
        assert printed["", "", "replied"] == Figure(1, 2, frozenset({1}))
        assert printed["agency", "works", "replied"] == Figure(1, 2, frozenset({1}))
        assert printed["agency", "transport", "replied"] == Figure(0, 0, frozenset())

    def test_of_an_empty_month_are_nothing(self):
        assert month()["", "", "received"] == Figure(0, None, frozenset())


class TestDifferences:
    def test_of_the_same_month_are_none(self):
        assert differences(month(fact(1)), month(fact(1))) == []

    def test_a_petition_dispatched_anew_goes_there_and_comes_here(self):
        found = differences(month(fact(1)), month(fact(1, agency="transport")))

        assert {(one.part, one.came, one.went) for one in found} == {
            ("works", frozenset(), frozenset({1})), ("transport", frozenset({1}), frozenset()),
        }  # fmt: skip
        assert all(one.moved for one in found)

    def test_a_petition_that_is_gone_is_gone_from_the_whole(self):
        found = differences(month(fact(1), fact(2)), month(fact(1)))

        whole = next(one for one in found if not one.dimension)
        assert (whole.then.number, whole.now.number, whole.went, whole.moved) == (2, 1, frozenset({2}), True)

    def test_work_that_went_on_is_no_correction(self):
        found = differences(month(fact(1)), month(fact(1, "replied")))

        assert {one.measure for one in found} == {"replied"}
        assert not any(one.moved for one in found)

    def test_one_for_another_is_told_though_the_figure_is_the_same(self):
        found = differences(month(fact(1)), month(fact(2)))

        assert all((one.came, one.went) == (frozenset({2}), frozenset({1})) for one in found)
        assert found

    def test_a_denominator_alone_is_told(self):
        found = differences(month(fact(1)), month(fact(1, of=("replied",))))

        assert [(one.part, one.then.whole, one.now.whole) for one in found] == [("", 0, 1), ("works", 0, 1)]


@pytest.fixture
def city(monkeypatch) -> City:
    monkeypatch.setattr("django.utils.timezone.now", lambda: DECEMBER)
    return make_city()


@pytest.mark.django_db
class TestFreezing:
    @pytest.mark.parametrize(("day", "month"), [(4, None), (7, NOVEMBER), (25, NOVEMBER)])
    def test_waits_for_the_fifth_working_day(self, city, day, month):
        assert freezing.month_to_freeze(date(2026, 12, day), nth=5) == month

    def test_prints_what_the_statistics_say(self, city):
        opened()
        make_petition(date(2026, 11, 30), agency=city.transport, district="68000010")
        make_petition(date(2026, 12, 1))
        table = statistics.table(Petition.objects.all(), Period.parse("2026-11"), "agency", at=DECEMBER)

        kept = freezing.freeze(NOVEMBER, by=None, at=DECEMBER)

        printed = freezing.then_of(kept)
        for line in (*table.lines, table.total):
            for cell in line.cells:
                figure = printed["agency" if line.part else "", line.part, cell.measure.code]
                assert (figure.number, figure.whole) == (cell.number, cell.whole), (line.label, cell.measure.code)
        assert Entry.objects.filter(event="petition.month_frozen").count() == 1

    def test_happens_once_by_itself(self, city):
        opened()

        done = [freezing.freeze_by_itself(DECEMBER + timedelta(days=n)) for n in range(3)]

        assert done == [1, 0, 0]
        assert FrozenMonth.objects.get().month == NOVEMBER

    def test_prints_no_month_without_petitions(self, city):
        assert freezing.freeze_by_itself(DECEMBER) == 0

    def test_keeps_what_was_printed_and_lists_what_changed(self, city):
        one, other = opened(), opened("公園椅子壞了")
        kept = freezing.freeze(NOVEMBER, by=None, at=DECEMBER)

        Case.objects.filter(pk=other.pk).update(opened_on=date(2026, 12, 1))
        found = freezing.corrections(kept, at=DECEMBER)

        whole = next(row for row in found if not row.dimension and row.measure == "received")
        assert (whole.then.number, whole.now.number, whole.went) == (2, 1, frozenset({other.pk}))
        assert whole.moved
        assert FrozenCell.objects.get(dimension="", measure="received").number == 2
        assert one.pk in FrozenCell.objects.get(dimension="", measure="received").keys

    def test_asks_the_same_however_many_petitions_there_are(self, city):
        counts = []
        for most in (3, 60):
            for _n in range(most):
                make_petition(date(2026, 11, 5), agency=city.works)
            freezing.facts_of(NOVEMBER, at=DECEMBER)
            with CaptureQueriesContext(connection) as asked:
                freezing.facts_of(NOVEMBER, at=DECEMBER)
            counts.append(len(asked))

        assert counts == [1, 1]


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def printed(self, city) -> Petition:
        petition = opened()
        freezing.freeze(NOVEMBER, by=None, at=DECEMBER)
        make_petition(date(2026, 11, 20), agency=city.transport, number="115-1120-7777")
        return petition

    def test_a_month_shows_the_printed_figures_and_what_came(self, city, printed):
        page = signed_in(city.commission).get(reverse("petitions:frozen_month", args=["2026-11"])).content.decode()

        assert "已定版" in page
        assert "115-1120-7777" in page

    def test_work_that_went_on_stands_apart(self, city, printed):
        handling.assign(printed, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        officer = city.officer.account
        handling.draft_reply(
            Petition.objects.select_related("case").get(pk=printed.pk), text="已修復", outcome="SOLVED", by=officer,
            at=NINE,
        )  # fmt: skip
        reply = handling.submit_reply(Petition.objects.get(pk=printed.pk), by=officer, at=NINE)
        handling.approve_reply(reply, by=city.chief.account, at=DECEMBER)

        page = signed_in(city.commission).get(reverse("petitions:frozen_month", args=["2026-11"])).context

        assert {row["one"].measure for row in page["further"]} >= {"replied"}

    def test_an_agency_sees_its_own_row_alone(self, city, printed):
        page = signed_in(city.coordinator).get(reverse("petitions:frozen_month", args=["2026-11"]), {"by": "district"})

        assert [line.label for line in page.context["lines"]] == ["養工處"]
        assert page.context["total"] is None
        assert "115-1120-7777" not in page.content.decode()

    @pytest.mark.parametrize("format", ["csv", "ods"])
    @pytest.mark.parametrize("what", ["table", "corrections"])
    def test_both_leave_as_sheets(self, city, printed, what, format):
        address = reverse("petitions:frozen_download", args=["2026-11", what, format])

        content = b"".join(signed_in(city.commission).get(address).streaming_content)

        assert content
        if (what, format) == ("corrections", "csv"):
            assert "115-1120-7777" in content.decode("utf-8-sig")

    def test_the_statistics_of_that_very_month_say_that_it_is_printed(self, city, printed):
        page = signed_in(city.commission).get(
            reverse("petitions:statistics"), {"from": "2026-11-01", "to": "2026-11-30"}
        )

        assert reverse("petitions:frozen_month", args=["2026-11"]) in page.content.decode()

    @pytest.mark.parametrize("month", ["2026-10", "x", "2026-13"])
    def test_a_month_that_is_not_printed_is_not_found(self, city, printed, month):
        assert signed_in(city.commission).get(reverse("petitions:frozen_month", args=[month])).status_code == 404
