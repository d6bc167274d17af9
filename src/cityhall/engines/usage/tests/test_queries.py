"""Questions to the events, and figures of counted use with the days and batches behind them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cityhall.engines.figures import queries as figures
from cityhall.engines.figures import registry as figure_registry
from cityhall.engines.figures.registry import AVERAGE, FLOW
from cityhall.engines.usage import expressions, folding, queries, store
from cityhall.engines.usage.models import Part
from cityhall.engines.usage.queries import Asked
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.foundation.values import MonthlyTotal, Total

from .making import NOW, TODAY, sheet, store_home, taken_in
from .test_imports import HEADINGS

__all__ = ["store_home"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store_home")]

ROWS = """2016-07-31,23,enter,adult,gym,A,10
2016-08-01,0,enter,adult,gym,A,5
2016-08-01,8,enter,child,gym,B,1
2016-08-31,8,enter,adult,pool,B,7
2016-09-01,8,enter,,pool,C,4
"""


@pytest.fixture
def some(tmp_path: Path, store_home: Path) -> None:
    taken_in(sheet(tmp_path, HEADINGS + ROWS))


@pytest.mark.usefixtures("some")
class TestQuestions:
    def test_a_total_of_a_period(self) -> None:
        assert queries.total(Asked()) == 27
        assert queries.total(Asked(first=date(2016, 8, 1), last=date(2016, 8, 31))) == 13
        assert queries.total(Asked(sources=["portal"])) == 0

    def test_by_month(self) -> None:
        assert queries.by(Asked(), "month").to_pydict() == {"month": [201607, 201608, 201609], "uses": [10, 13, 4]}

    def test_by_two_dimensions_and_conditions(self) -> None:
        found = queries.by(Asked(places=["A", "B"], subjects=["gym"], acts=["enter"], who=["adult"]), "place", "hour")
        assert found.to_pylist() == [
            {"place": "A", "hour": 0, "uses": 5}, {"place": "A", "hour": 23, "uses": 10},
        ]  # fmt: skip

    def test_the_most_used(self) -> None:
        assert queries.top(Asked(), "place", 2).to_pydict() == {"place": ["A", "B"], "uses": [15, 8]}

    def test_different_subjects(self) -> None:
        assert queries.unique(Asked())["different"].to_pylist() == [2]
        assert queries.unique(Asked(), "month")["different"].to_pylist() == [1, 2, 1]
        assert queries.unique(Asked(), of="day")["different"].to_pylist() == [4]

    def test_types_are_the_same_for_nothing(self) -> None:
        none = Asked(sources=["portal"])

        assert queries.by(none, "month", "hour").schema == queries.by(Asked(), "month", "hour").schema
        assert queries.unique(none).schema == queries.unique(Asked()).schema

    def test_what_is_no_dimension(self) -> None:
        with pytest.raises(expressions.NoSuchDimension):
            queries.by(Asked(), "n")

    def test_small_places_are_hidden_with_what_gives_them_away(self) -> None:
        found = queries.published(Asked(first=date(2016, 8, 1), last=date(2016, 8, 1)), "place", on=TODAY)
        assert (dict(found.cells), found.total) == ({"A": None, "B": None}, 6)

    def test_a_file_that_was_taken_out_meanwhile_is_looked_up_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        part = Part.objects.order_by("day").first()
        assert part
        original, calls = queries.names, []

        def names(asked: Asked) -> list[str]:
            found = original(asked)
            calls.append(found)
            if len(calls) == 1:
                folding.rewrite([part], addresses=False)
                (store.events() / part.name).unlink()
            return found

        monkeypatch.setattr(queries, "names", names)

        assert queries.total(Asked()) == 27
        assert len(calls) == 2

    def test_the_engine_reads_nothing_but_events(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret.csv"
        secret.write_text("a\n1\n")
        engine: Any = queries.backend()

        for order in (f"SELECT * FROM read_csv('{secret}')", "SET enable_external_access = true", "ATTACH 'x.db'"):
            with pytest.raises(duckdb.Error):
                engine._mine().con.execute(order)
        assert engine._mine().con.execute("SELECT current_setting('threads')").fetchone() == (2,)


class TestFigures:
    @pytest.fixture(autouse=True)
    def declared(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(figure_registry, "figures", {})
        said: Any = {"name": "使用", "unit": "次", "counts": "x"}

        @figure_registry.figure("gates.enters", "1.4.1", "{:plain} 次", kind=FLOW, **said)
        def enters(period: Period) -> Total:
            return Total(queries.uses("gates", period, acts=["enter"]), "counted")

        @figure_registry.figure("gates.monthly", "1.4.1", "每月 {:plain} 次", kind=AVERAGE, **said)
        def monthly(period: Period) -> MonthlyTotal:
            return MonthlyTotal(queries.uses("gates", period), "counted", period.months)

    def test_show_days_and_batches(self, some: None) -> None:
        found = figures.value("gates.enters", Period.parse("2016-07..2016-08"), at=NOW)

        assert (found.value, found.row_count) == (23, 3)
        assert found.view
        assert found.rows is not None
        rows = found.view.part(found.rows, 0, 10)
        shown = [[column.value(row) for column in found.view.columns] for row in rows]
        batch = f"#{rows[0].batch_id} gates.csv"
        assert shown[0] == [date(2016, 8, 31), "gates", "進入", "", 7, batch]

    def test_their_course_and_parts_are_uses_and_not_rows(self, some: None) -> None:
        found = figures.value("gates.enters", Period.parse("2016-07..2016-08"), at=NOW)
        course = figures.course(found)
        assert course
        assert [step.value for step in course.steps] == [10, 13]
        assert found.view
        act = found.view.dimension("act")
        assert act
        assert [(part.label, part.count) for part in figures.breakdown(found, act)] == [("進入", 23)]
        assert figures.narrowed(found, [(act, "enter")]).value == 23

    def test_an_average_of_months(self, some: None) -> None:
        found = figures.value("gates.monthly", Period.parse("2016-07..2016-08"), at=NOW)

        assert found.value == Decimal(23) / 2

    def test_robots_are_left_out_and_corrected_batches_do_not_count(self, tmp_path: Path, some: None) -> None:
        taken_in(sheet(tmp_path, HEADINGS + ROWS.replace(",10\n", ",11\n")))

        assert figures.value("gates.enters", Period.parse("2016-07"), at=NOW).value == 11
        assert figures.value("gates.enters", Period.parse("2016-07"), at=instant(date(2016, 7, 31), 12)).value == 11
