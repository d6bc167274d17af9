"""Socio-economic statistics: read, refused, replaced, carried over changed codes, small numbers of people hidden."""

from __future__ import annotations

import io
import math
from datetime import date
from typing import Any

import pytest
from django.test import Client as Browser

from cityhall.domains.spatial import figures, rules, statistics
from cityhall.domains.spatial.models import CodeChange, Release, Statistic
from cityhall.domains.spatial.rules import Moved, carried, statistic_period
from cityhall.domains.spatial.tests.city import NINE, TODAY, City, clean, make_city, signed_in
from cityhall.engines.audit.models import Entry
from cityhall.engines.places import memory
from cityhall.foundation.period import Period

OLD, NEW = date(2017, 12, 31), date(2021, 9, 20)


class TestPeriod:
    @pytest.mark.parametrize(
        ("text", "label", "last"),
        [
            ("106", "2017", date(2017, 12, 31)),
            ("民國106年", "2017", date(2017, 12, 31)),
            ("2017", "2017", date(2017, 12, 31)),
            ("106Y06M", "2017-06", date(2017, 6, 30)),
            ("106/2", "2017-02", date(2017, 2, 28)),
            ("106年12月", "2017-12", date(2017, 12, 31)),
            ("2017-06", "2017-06", date(2017, 6, 30)),
            ("１０６／６", "2017-06", date(2017, 6, 30)),
        ],
    )
    def test_is_read_as_offices_write_it(self, text: str, label: str, last: date) -> None:
        assert statistic_period(text) == rules.StatisticPeriod(label, last)

    @pytest.mark.parametrize("text", ["", "106/13", "去年", "10612", "2017-00", "9", "201706"])
    def test_what_can_be_two_things_is_not_read(self, text: str) -> None:
        with pytest.raises(ValueError, match=r".*"):
            statistic_period(text)


class TestCarried:
    def _carried(
        self, numbers: dict[str, float], known: list[str], *moves: Moved, adds_up: bool = True
    ) -> rules.Carried:
        return carried(numbers, known, moves, since=OLD, until=NEW, adds_up=adds_up)

    def test_what_did_not_change_stays(self) -> None:
        assert self._carried({"A": 5}, ["A"]).numbers == {"A": 5}

    def test_a_code_that_is_gone_is_named_and_not_joined(self) -> None:
        found = self._carried({"A": 5, "X": 7}, ["A"])

        assert (found.numbers, found.lost) == ({"A": 5}, ["X"])

    def test_people_are_shared_out_and_summed(self) -> None:
        day = date(2018, 5, 1)
        found = self._carried(
            {"A": 100, "B": 10},
            ["A1", "A2"],
            Moved("A", "A1", day, 0.6),
            Moved("A", "A2", day, 0.4),
            Moved("B", "A2", day, 1),
        )

        assert found.numbers == {"A1": 60, "A2": 50}
        assert found.mapped == {"A1": ["A"], "A2": ["A", "B"]}

    def test_a_rate_goes_only_from_whole_to_whole(self) -> None:
        day = date(2018, 5, 1)
        found = self._carried(
            {"A": 4.5, "B": 3.0}, ["A1", "B1", "B2"],
            Moved("A", "A1", day, 1), Moved("B", "B1", day, 0.5), Moved("B", "B2", day, 0.5), adds_up=False,
        )  # fmt: skip

        assert (found.numbers, found.lost) == ({"A1": 4.5}, ["B"])

    def test_changes_before_the_numbers_and_after_the_day_are_none(self) -> None:
        found = self._carried({"A": 5}, ["A"], Moved("A", "B", OLD, 1), Moved("A", "C", date(2022, 1, 1), 1))

        assert found.numbers == {"A": 5}

    def test_follows_a_code_that_changed_twice(self) -> None:
        found = self._carried(
            {"A": 5}, ["C"], Moved("A", "B", date(2018, 1, 1), 1), Moved("B", "C", date(2019, 1, 1), 1)
        )

        assert found.numbers == {"C": 5}
        assert found.mapped == {"C": ["A"]}


@pytest.fixture
def city(db: None) -> City:
    made = make_city()
    statistics.furnish(TODAY)
    yield made
    clean()


def villages() -> list[str]:
    return sorted(name.code for name in memory.boundaries().villages.names)


def take(rows: list[tuple[str, str, str, float]], level: str = "VILLAGE") -> statistics.Taken:
    return statistics.import_numbers(
        statistics.sheet_of(rows), level=level, source="內政部戶政司", by=None, at=NINE
    )  # fmt: skip


class TestItems:
    def test_are_64_of_6_classes(self, city: City) -> None:
        today = Period(None, TODAY)

        assert figures.socioeconomic_items(today).value == 64
        assert figures.socioeconomic_classes(today).value == 6
        assert statistics.furnish(TODAY) == 0

    def test_count_only_while_they_are_offered(self, city: City) -> None:
        Statistic.objects.filter(kind="LABOUR").update(withdrawn_on=TODAY)

        assert figures.socioeconomic_items(Period(None, TODAY)).value == 53
        assert figures.socioeconomic_classes(Period(None, TODAY)).value == 5
        assert figures.socioeconomic_items(Period(None, date(2020, 1, 1))).value == 0


class TestImport:
    def test_makes_a_release_of_an_item_and_period(self, city: City) -> None:
        taken = take([("people", code, "2026-10", 100 + n) for n, code in enumerate(villages())])

        one = statistics.release("people", "VILLAGE")
        assert (taken.releases, taken.refused) == (1, [])
        assert one is not None
        assert one.dated_on == date(2026, 10, 31)
        assert statistics.told(one) == {code: 100 + n for n, code in enumerate(villages())}
        assert Entry.objects.filter(event="spatial.statistics_imported").count() == 1

    def test_codes_of_villages_may_have_hyphens(self, city: City) -> None:
        sheet = "level,code\nVILLAGE,68000010001\n"
        statistics.import_areas(io.BytesIO(sheet.encode()), by=None, at=NINE)

        assert take([("people", "68000010-001", "2026-10", 5)]).releases == 1

    def test_twice_changes_nothing_and_other_numbers_replace(self, city: City) -> None:
        code = villages()[0]
        rows = [("people", code, "2026-10", 5.0)]

        take(rows)
        again, other = take(rows), take([("people", code, "2026-10", 6.0)])

        assert (again.same, again.releases, other.replaced) == (1, 0, 1)
        assert Release.objects.count() == 2
        assert statistics.release("people", "VILLAGE").numbers == {code: 6.0}

    def test_a_wrong_row_spoils_its_release_and_no_other(self, city: City) -> None:
        code = villages()[0]
        taken = take(
            [
                ("people", code, "2026-10", 5), ("people", "68000019999", "2026-10", 5), ("people", code, "2026-09", 4),
                ("nobody", code, "2026-10", 5), ("men", code, "2026-10", 1.5), ("women", code, "2026-10", 2),
                ("women", code, "2026-10", 2), ("births", code, "2026-10", -1),
            ]
        )  # fmt: skip

        assert taken.releases == 1
        assert [one.row for one in taken.refused] == [3, 5, 6, 8, 9]
        assert statistics.release("people", "VILLAGE").period == "2026-09"

    def test_a_row_that_cannot_be_read_stops_all(self, city: City) -> None:
        sheet = f"item,area,period,number\npeople,{villages()[0]},2026-10,5\npeople,{villages()[0]},去年,5\n"

        taken = statistics.import_numbers(
            io.BytesIO(sheet.encode()), level="VILLAGE", source="甲", by=None, at=NINE
        )  # fmt: skip

        assert (taken.releases, len(taken.refused)) == (0, 1)

    def test_a_changed_code_is_mapped_and_said(self, city: City) -> None:
        new = villages()[:2]
        sheet = (
            "level,code,valid_to,into,share\n"
            f"村里,68000010900,2020-06-30,{new[0]},0.7\n村里,68000010900,2020-06-30,{new[1]},0.3\n"
        )
        taken = statistics.import_areas(io.BytesIO(sheet.encode()), by=None, at=NINE)
        take([("people", "68000010900", "2017-12", 1000)])

        found = statistics.on_day(statistics.release("people", "VILLAGE", "2017-12"), TODAY)

        assert (taken.releases, CodeChange.objects.count()) == (1, 2)
        assert found.numbers == pytest.approx({new[0]: 700, new[1]: 300})
        assert found.mapped == {new[0]: ["68000010900"], new[1]: ["68000010900"]}

    def test_a_code_that_ended_is_refused_later(self, city: City) -> None:
        sheet = "level,code,valid_to\nVILLAGE,68000010900,2020-06-30\n"
        statistics.import_areas(io.BytesIO(sheet.encode()), by=None, at=NINE)

        assert take([("people", "68000010900", "2026-10", 1)]).refused[0].why.startswith("這個統計期沒有")

    @pytest.mark.parametrize("line", ["VILLAGE,1,2020-01-02,2020-01-01,", "VILLAGE,1,,,2", "VILLAGE,1,,2020-01-01,1"])
    def test_an_area_that_makes_no_sense_is_refused(self, city: City, line: str) -> None:
        sheet = f"level,code,valid_from,valid_to,into\n{line}\n"

        assert len(statistics.import_areas(io.BytesIO(sheet.encode()), by=None, at=NINE).refused) == 1


class TestTold:
    def test_small_numbers_of_people_are_hidden_with_another(self, city: City) -> None:
        here = villages()
        take([("people", code, "2026-10", 2 if n == 0 else 50 + n) for n, code in enumerate(here)])

        told = statistics.told(statistics.release("people", "VILLAGE"))

        assert sum(number is None for number in told.values()) == 2
        assert told[here[0]] is None
        assert math.isnan(statistics.on_day(statistics.release("people", "VILLAGE"), TODAY).numbers[here[0]])

    def test_what_is_no_people_is_told(self, city: City) -> None:
        take([("hospitals", villages()[0], "2026-10", 1)])

        assert list(statistics.told(statistics.release("hospitals", "VILLAGE")).values()) == [1]

    def test_a_district_that_its_villages_hide_is_hidden_itself(self, city: City) -> None:
        names = memory.boundaries().villages.names
        lone = names[0]
        take(
            [
                (
                    "people",
                    one.code,
                    "2026-10",
                    2 if one.code == lone.code else 0 if one.district_code == lone.district_code else 9,
                )
                for one in names
            ]
        )
        districts = sorted({one.district_code for one in names})
        take([("people", code, "2026-10", 2 if code == lone.district_code else 9) for code in districts], "DISTRICT")

        told = statistics.told(statistics.release("people", "DISTRICT"))

        assert told[lone.district_code] is None


class TestPages:
    def test_show_filter_and_export(self, city: City) -> None:
        take([("people", code, "2026-10", 1234 + n) for n, code in enumerate(villages())])
        browser = signed_in(city.officer)

        assert "64 項" in browser.get("/desk/spatial/statistics/").content.decode()
        assert "人口數" not in browser.get("/desk/spatial/statistics/?kind=HEALTH").content.decode()
        page = browser.get("/desk/spatial/statistics/people/").content.decode()
        assert "1,234" in page
        numbers = b"".join(browser.get("/desk/spatial/statistics/people/numbers.csv").streaming_content).decode()
        assert f"{villages()[0]}," in numbers
        assert len(b"".join(browser.get("/desk/spatial/statistics/export.csv").streaming_content).splitlines()) == 65
        assert "還沒有資料" in browser.get("/desk/spatial/statistics/beds/").content.decode()
        assert browser.get("/desk/spatial/statistics/people/?of=VILLAGE/1999").status_code == 404

    def test_only_keepers_import(self, city: City) -> None:
        assert signed_in(city.officer).get("/desk/spatial/statistics/import/").status_code == 403
        assert Browser().get("/desk/spatial/statistics/").status_code == 302

        sheet = io.BytesIO(f"item,area,period,number\npeople,{villages()[0]},2026-10,x\n".encode())
        sheet.name = "numbers.csv"
        said = {"level": "VILLAGE", "source": "內政部", "upload": sheet}
        answer = signed_in(city.commission).post("/desk/spatial/statistics/import/", said)
        assert "這裡要填數字" in answer.content.decode()

        nothing = signed_in(city.commission).post("/desk/spatial/statistics/areas/", {})
        assert nothing.status_code == 422

    def test_asks_a_constant_number_of_questions(self, city: City, django_assert_max_num_queries: Any) -> None:
        browser = signed_in(city.officer)
        browser.get("/desk/spatial/statistics/")
        take([(item, villages()[0], "2026-10", 9) for item in ("people", "men", "women", "births", "beds")])

        with django_assert_max_num_queries(25):
            browser.get("/desk/spatial/statistics/")
