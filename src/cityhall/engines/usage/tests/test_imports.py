"""Batches of outside systems: each row checked, the same file once, corrections, cuts."""

from __future__ import annotations

import datetime as dt
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cityhall.engines.audit.models import Entry
from cityhall.engines.usage import imports, queries, services, store
from cityhall.engines.usage.models import Batch, Part, Tally
from cityhall.engines.usage.queries import Asked
from cityhall.engines.usage.states import BatchState, Why
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period

from .making import NOW, TODAY, sheet, store_home, taken_in

__all__ = ["store_home"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store_home")]

HEADINGS = "日期,時,使用方式,使用者類別,使用對象,使用地點,次數\n"
TWO_DAYS = HEADINGS + "2016-08-01,8,enter,adult,gym,A01,2\n105/8/2,23,enter,child,pool,A02,3\n"


def refused(batch: Batch) -> list[tuple[int, str, str, str]]:
    path = store.refused() / f"{batch.pk}.parquet"
    return [tuple(row.values()) for row in pq.read_table(path).sort_by("row").to_pylist()] if path.exists() else []


def counted(*days: date) -> int:
    return queries.total(Asked(first=min(days), last=max(days)) if days else Asked())


class TestCsv:
    def test_rows_become_events_of_their_days(self, tmp_path: Path) -> None:
        batch = taken_in(sheet(tmp_path, TWO_DAYS))

        assert (batch.state, batch.rows, batch.refused_rows, batch.counted) == (BatchState.COUNTS, 2, 0, 5)
        assert (batch.first_day, batch.last_day) == (date(2016, 8, 1), date(2016, 8, 2))
        assert queries.by(Asked(), "day", "hour", "who", "act", "subject", "place").to_pylist() == [
            {
                "day": date(2016, 8, 1), "hour": 8, "who": "adult", "act": "enter", "subject": "gym", "place": "A01", "uses": 2,
            },
            {
                "day": date(2016, 8, 2), "hour": 23, "who": "child", "act": "enter", "subject": "pool", "place": "A02",
                "uses": 3,
            },
        ]  # fmt: skip
        assert Entry.objects.filter(event="usage.batch_counted").count() == 1

    @pytest.mark.parametrize(("encoding", "end"), [("utf-8-sig", "\r\n"), ("cp950", "\n"), ("utf-8", "\n")])
    def test_any_encoding(self, tmp_path: Path, encoding: str, end: str) -> None:
        text = (HEADINGS + "2016-08-01,8,enter,,桃園體育館,A01,2\n").replace("\n", end)

        assert taken_in(sheet(tmp_path, text, encoding=encoding)).rows == 1
        assert queries.by(Asked(), "subject")["subject"].to_pylist() == ["桃園體育館"]

    def test_only_day_and_act_are_needed(self, tmp_path: Path) -> None:
        assert taken_in(sheet(tmp_path, "day,act\n2016-08-01,enter\n")).counted == 1
        assert queries.by(Asked(), "hour")["hour"].to_pylist() == [None]

    @pytest.mark.parametrize(
        ("row", "why", "column", "value"),
        [
            ("2016-13-01,8,enter,,gym,,1", Why.DAY, "day", "2016-13-01"),
            ("105/2/30,8,enter,,gym,,1", Why.DAY, "day", "105/2/30"),
            (",8,enter,,gym,,1", Why.DAY, "day", ""),
            ("2016-09-16,8,enter,,gym,,1", Why.FUTURE, "day", "2016-09-16"),
            ("2016-08-01,24,enter,,gym,,1", Why.HOUR, "hour", "24"),
            ("2016-08-01,8.5,enter,,gym,,1", Why.HOUR, "hour", "8.5"),
            ("2016-08-01,8,enter,,gym,,-1", Why.COUNT, "n", "-1"),
            ("2016-08-01,8,enter,,gym,,", Why.COUNT, "n", ""),
            ("2016-08-01,8,enter,,gym,,99999999999999999999", Why.COUNT, "n", "99999999999999999999"),
            ("2016-08-01,8,進入,,gym,,1", Why.ACT, "act", "進入"),
            ("2016-08-01,8,leave,,gym,,1", Why.UNKNOWN, "act", "leave"),
            ("2016-08-01,8,enter,Senior!,gym,,1", Why.WORD, "", "Senior! gym"),
            ("2016-08-01,8,enter,," + "x" * 121 + ",,1", Why.LONG, "", "x" * 121),
            ("2016-08-01,8,enter,,A123456789,,1", Why.PERSONAL, "", "A123456789"),
            ("2016-08-01,8,enter,,gym,wang@example.tw,1", Why.PERSONAL, "", "gym wang@example.tw"),
            ("2016-08-01,8,enter,,0912-345-678,,1", Why.PERSONAL, "", "0912-345-678"),
            ("2016-08-01,8,enter,gym,1", Why.COLUMNS, "", "2016-08-01,8,enter,gym,1"),
        ],
    )
    def test_a_bad_row_is_told_with_its_reason_and_the_others_count(
        self, tmp_path: Path, row: str, why: Why, column: str, value: str
    ) -> None:
        batch = taken_in(sheet(tmp_path, TWO_DAYS + row + "\n2016-08-03,8,enter,,gym,,7\n"))

        assert (batch.rows, batch.refused_rows, batch.counted) == (3, 1, 12)
        assert refused(batch) == [(3, column, value, why.value)]

    def test_rows_outside_the_period_are_refused(self, tmp_path: Path) -> None:
        batch = taken_in(sheet(tmp_path, TWO_DAYS), first=date(2016, 8, 2), last=date(2016, 8, 31))

        assert (batch.rows, refused(batch)[0][3]) == (1, Why.PERIOD.value)
        assert (batch.first_day, batch.last_day) == (date(2016, 8, 2), date(2016, 8, 31))

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "空的"),
            ("日期,時\n2016-08-01,8\n", "缺少欄位：使用方式"),
            ("日期,day,act\n2016-08-01,2016-08-01,enter\n", "出現兩次"),
            ("日期,act\n昨天,enter\n", "沒有任何一筆"),
            ("日期,act\n", "沒有任何一筆"),
            ("day\0,act\n", "不是 CSV"),
        ],
    )
    def test_a_file_that_is_none_is_refused_as_a_whole(self, tmp_path: Path, text: str, said: str) -> None:
        batch = taken_in(sheet(tmp_path, text))

        assert batch.state == BatchState.REFUSED
        assert said in batch.refusal
        assert not Part.objects.exists()
        assert not Tally.objects.exists()

    def test_one_that_was_refused_is_tried_anew(self, tmp_path: Path) -> None:
        path = sheet(tmp_path, TWO_DAYS)
        assert taken_in(path, first=date(2016, 1, 1), last=date(2016, 1, 2)).state == BatchState.REFUSED

        assert taken_in(path).state == BatchState.COUNTS
        assert Batch.objects.count() == 1


def table(**columns: Any) -> pa.Table:
    return pa.table({"day": pa.array([date(2016, 8, 1), date(2016, 8, 2)]), "act": ["enter", "enter"], **columns})


class TestParquet:
    def file(self, tmp_path: Path, found: pa.Table, name: str = "gates.parquet") -> Path:
        pq.write_table(found, tmp_path / name)
        return tmp_path / name

    def test_typed_columns(self, tmp_path: Path) -> None:
        found = table(
            hour=pa.array([3, None], pa.int32()), n=pa.array([5, 6], pa.int16()), subject=pa.array(["a", None]),
            __extra=["x", "y"],
        )  # fmt: skip
        batch = taken_in(self.file(tmp_path, found))

        assert (batch.rows, batch.counted) == (2, 11)
        assert [row["subject"] for row in queries.by(Asked(), "subject").to_pylist()] == ["", "a"]

    def test_a_local_time_gives_its_day_and_an_instant_of_a_zone_does_not(self, tmp_path: Path) -> None:
        late = dt.datetime(2016, 8, 1, 23, 30)
        plain = pa.table({"day": pa.array([late], pa.timestamp("us")), "act": ["enter"]})
        zoned = pa.table({"day": pa.array([late], pa.timestamp("us", "UTC")), "act": ["enter"]})

        assert taken_in(self.file(tmp_path, plain)).first_day == date(2016, 8, 1)
        assert taken_in(self.file(tmp_path, zoned, "zoned.parquet")).state == BatchState.REFUSED

    def test_a_column_of_another_kind(self, tmp_path: Path) -> None:
        batch = taken_in(self.file(tmp_path, table(n=pa.array([1.5, 2.0]))))

        assert (batch.rows, batch.counted, refused(batch)[0][:3]) == (1, 2, (1, "n", "1.5"))

    def test_one_that_is_cut_short(self, tmp_path: Path) -> None:
        path = self.file(tmp_path, table())
        path.write_bytes(path.read_bytes()[:-40])

        assert "Parquet" in taken_in(path).refusal

    def test_names_of_columns_are_no_orders(self, tmp_path: Path) -> None:
        found = table().append_column('x" FROM secrets; --', pa.array(["a", "b"]))

        assert taken_in(self.file(tmp_path, found)).rows == 2


class TestAgain:
    def test_the_same_file_changes_nothing(self, tmp_path: Path) -> None:
        first = taken_in(sheet(tmp_path, TWO_DAYS))
        before = list(Part.objects.values_list("name", flat=True))

        again = taken_in(sheet(tmp_path, TWO_DAYS, "other-name.csv"), at=instant(date(2016, 9, 20), 9))

        assert again.pk == first.pk
        assert list(Part.objects.values_list("name", flat=True)) == before
        assert counted() == 5

    def test_the_same_file_of_another_source_is_another_batch(self, tmp_path: Path) -> None:
        taken_in(sheet(tmp_path, TWO_DAYS))
        services.add_system(key="kiosks", name="自助機", by=None, at=NOW)

        taken_in(sheet(tmp_path, TWO_DAYS), source="kiosks")

        assert counted() == 10


CORRECTED = TWO_DAYS.replace(",3\n", ",30\n")


class TestCorrection:
    def test_the_same_period_replaces_and_both_are_seen(self, tmp_path: Path) -> None:
        first = taken_in(sheet(tmp_path, TWO_DAYS))
        second = taken_in(sheet(tmp_path, CORRECTED))
        first.refresh_from_db()

        assert (first.state, first.replaced_by_id, second.state) == (BatchState.REPLACED, second.pk, BatchState.COUNTS)
        assert counted() == 32
        assert queries.changed_days(second) == [(date(2016, 8, 2), 3, 30)]
        assert list(queries.batches()) == [second, first]
        assert store.read(first.parts.first().name).num_rows == 1

    def test_some_of_the_days_is_refused_and_an_addition_adds(self, tmp_path: Path) -> None:
        taken_in(sheet(tmp_path, TWO_DAYS))
        late = HEADINGS + "2016-08-02,9,enter,,gym,,4\n2016-08-03,9,enter,,gym,,1\n"

        refused = taken_in(sheet(tmp_path, late))
        assert refused.state == BatchState.REFUSED
        assert "部分重疊" in refused.refusal
        assert counted() == 5

        assert taken_in(sheet(tmp_path, late), addition=True).state == BatchState.COUNTS
        assert counted() == 10

    def test_one_that_comes_late_says_so(self, tmp_path: Path) -> None:
        old = HEADINGS + "2016-07-01,9,enter,,gym,,4\n"

        assert not taken_in(sheet(tmp_path, TWO_DAYS)).late
        late = taken_in(sheet(tmp_path, old))
        assert late.late
        assert queries.changed_days(late) == [(date(2016, 7, 1), 0, 4)]


class TestRefusals:
    def test_an_unknown_source(self, tmp_path: Path) -> None:
        for source in ("nobody", "portal"):
            with pytest.raises(services.CannotReceive, match="沒有"):
                taken_in(sheet(tmp_path, TWO_DAYS), source=source)

    def test_half_a_period(self, tmp_path: Path) -> None:
        with pytest.raises(services.CannotReceive, match="起日"):
            taken_in(sheet(tmp_path, TWO_DAYS), first=TODAY)

    def test_one_process_at_a_time(self, tmp_path: Path) -> None:
        path = sheet(tmp_path, TWO_DAYS)
        with path.open("rb") as file:
            digest = imports.digest_of(file)
        batch = services.receive(source="gates", digest=digest, name="a", size=1, by=None, at=NOW)

        with services._alone(batch), pytest.raises(services.ReadElsewhere):
            services.read(batch, path, at=NOW)

    def test_outside_systems(self) -> None:
        services.add_system(key="kiosks", name="自助機", by=None, at=NOW)
        for key, name, said in (
            ("kiosks", "x", "已經有"),
            ("gates", "x", "已經有"),
            ("A b", "x", "代碼"),
            ("c", " ", "名稱"),
        ):
            with pytest.raises(services.CannotAdd, match=said):
                services.add_system(key=key, name=name, by=None, at=NOW)
        assert set(queries.outside()) == {"gates", "kiosks"}


class Cut(BaseException):
    """The process is gone."""


LONG = HEADINGS + "".join(f"2016-08-{day:02},{hour},enter,,gym,,1\n" for day in range(1, 31) for hour in range(10))
STEPS = ["store.keep", "services._keep_slice", "services._count", "imports.Reading.write", "imports.Reading.days"]


class TestCut:
    @pytest.mark.parametrize("after", [False, True])
    @pytest.mark.parametrize("step", STEPS)
    def test_in_the_middle_it_changes_nothing_and_then_goes_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
    ) -> None:
        """Cut at every call of a step, before and after what it does, the batch counts once and only when whole."""
        monkeypatch.setattr(imports, "AT_ONCE", 60)
        holder: Any = {"store": store, "services": services, "imports": imports}[step.split(".")[0]]
        *between, name = step.split(".")[1:]
        for one in between:
            holder = getattr(holder, one)
        original = getattr(holder, name)
        path = sheet(tmp_path, LONG)
        cuts = 0
        while True:
            done = 0

            def cut(*args: Any, **kwargs: Any) -> Any:
                nonlocal done
                done += 1
                if done == 2 or original.__name__ in ("_count", "days"):
                    if after:
                        original(*args, **kwargs)
                    raise Cut
                return original(*args, **kwargs)

            monkeypatch.setattr(holder, name, cut)
            try:
                taken_in(path)
                break
            except Cut:
                cuts += 1
                state = Batch.objects.get().state
                assert counted() == (0 if state == BatchState.READING else 300)
            if cuts == 3:
                break
        monkeypatch.setattr(holder, name, original)

        batch = taken_in(path)

        assert cuts
        assert (batch.state, batch.rows, batch.counted) == (BatchState.COUNTS, 300, 300)
        assert counted() == 300
        assert sum(queries.uses("gates", Period(None, None)).values_list("counted", flat=True)) == 300
        assert sorted(Part.objects.values_list("rows", flat=True)) == [10] * 30

    def test_what_was_left_over_is_swept_after_an_hour(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        original = services._keep_slice
        monkeypatch.setattr(services, "_keep_slice", lambda *args: (_ for _ in ()).throw(Cut()))
        with pytest.raises(Cut):
            taken_in(sheet(tmp_path, TWO_DAYS))
        monkeypatch.setattr(services, "_keep_slice", original)
        files = list(store.events().rglob("*.parquet"))
        assert len(files) == 2

        assert store.sweep() == 0
        assert store.sweep(now=files[0].stat().st_mtime + store.GRACE + 1) == 2
