"""Files of outside systems to events: CSV and Parquet, each row checked, the reason kept for every one that is refused.

The rows are read and checked by DuckDB, a run of days at a time, because such a file may hold a hundred million. Nothing
here decides what counts: `services` does.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityhall.engines.files.sheets import in_every_language
from cityhall.foundation.duck import shut_in

from . import rules, store
from .states import Why

if TYPE_CHECKING:
    import duckdb

AT_ONCE = 3_000_000
"""Rows of a file that are in memory together."""
AT_THE_DISK = 8
"""Files for which the disk is waited for at the same time: it puts many down in one go."""
LOOKED_AT = 2**20
PIECE = 2**20

COLUMNS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "day": (gettext_lazy("日期"), ("date",)),
    "hour": (gettext_lazy("時"), ("小時",)),
    "who": (gettext_lazy("使用者類別"), ("user_kind",)),
    "act": (gettext_lazy("使用方式"), ("did", "action")),
    "subject_kind": (gettext_lazy("對象類別"), ()),
    "subject": (gettext_lazy("使用對象"), ()),
    "place": (gettext_lazy("使用地點"), ("site", "district")),
    "n": (gettext_lazy("次數"), ("count", "人次")),
}
REQUIRED = ("day", "act")
ROW = "__row"
"""The column of a row's number, which no file has."""


class CannotRead(Exception):
    """The file as a whole cannot be taken in; the sentence says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def digest_of(content: BinaryIO) -> str:
    """What the same file is known by."""
    found = hashlib.sha256()
    while piece := content.read(PIECE):
        found.update(piece)
    return found.hexdigest()


def form_of(path: Path) -> str:
    """`parquet` or `csv`, by content and not by name."""
    with path.open("rb") as file:
        return "parquet" if file.read(4) == b"PAR1" else "csv"


# ---- a CSV becomes a Parquet file of texts ---------------------------------------------------------------------------


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    if b"\0" in head[:4096]:
        raise CannotRead(_("這不是 CSV 或 Parquet 檔。"))
    head = head[: head.rfind(b"\n") + 1] or head
    for encoding in ("utf-8", "cp950"):
        try:
            head.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise CannotRead(_("看不懂檔案的文字編碼。請存成 UTF-8 或 Big5。"))


def _headings(path: Path, encoding: str) -> list[str]:
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
        first = file.readline(64 * 1024)
    return next(iter(csv.reader(io.StringIO(first))), [])


def as_parquet(path: Path, into: Path) -> list[dict[str, Any]]:
    """Write the rows of a CSV file as texts into a Parquet file; the rows that have more or fewer cells are returned.

    The first row after the headings is number 1. Raises CannotRead.
    """
    encoding = _encoding(path)
    headings = _headings(path, encoding)
    if not any(one.strip() for one in headings):
        raise CannotRead(_("檔案是空的。第一列要是欄位名稱。"))
    torn: list[dict[str, Any]] = []

    def refuse(row: pa_csv.InvalidRow) -> str:
        torn.append(
            {"row": (row.number or 1) - 1, "column": "", "value": (row.text or "")[:200], "why": Why.COLUMNS.value}
        )
        return "skip"

    names = [f"c{n}" for n in range(len(headings))]
    try:
        reader = pa_csv.open_csv(
            path,
            read_options=pa_csv.ReadOptions(
                encoding=encoding, column_names=names, skip_rows=1, block_size=8 * 2**20, use_threads=False
            ),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=refuse),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
        schema = pa.schema([(name, pa.string()) for name in names] + [(ROW, pa.int64())])
        written, at = into.with_suffix(".tmp"), 1
        with pq.ParquetWriter(written, schema, compression="zstd") as writer:
            for block in reader:
                skipped = sorted(one["row"] for one in torn)
                numbers, at = _numbers(at, block.num_rows, skipped)
                columns = [*block.columns, pa.array(numbers, pa.int64())]
                writer.write_table(pa.table(columns, schema=schema))
        written.replace(into)
    except (pa.ArrowInvalid, UnicodeDecodeError) as problem:
        raise CannotRead(_("檔案讀不下去：%(why)s") % {"why": str(problem)[:200]}) from None
    return torn


def _numbers(at: int, many: int, skipped: Sequence[int]) -> tuple[Sequence[int], int]:
    """The numbers of so many records from one on, leaving out those that were skipped."""
    if not skipped or skipped[-1] < at:
        return range(at, at + many), at + many
    gone = set(skipped)
    found: list[int] = []
    while len(found) < many:
        if at not in gone:
            found.append(at)
        at += 1
    return found, at


# ---- checking --------------------------------------------------------------------------------------------------------


def _columns(headings: Mapping[str, str]) -> dict[str, str]:
    """Which column of the file is which of ours, from their headings. Raises CannotRead."""
    known = {
        name.strip().casefold(): key
        for key, (label, aliases) in COLUMNS.items()
        for name in (key, *in_every_language(label), *aliases)
    }
    found: dict[str, str] = {}
    for column, heading in headings.items():
        key = known.get(heading.strip().strip("\ufeff").casefold())
        if key is None:
            continue
        if key in found:
            raise CannotRead(_("欄位「%(name)s」出現兩次。") % {"name": heading.strip()})
        found[key] = column
    missing = [str(COLUMNS[key][0]) for key in REQUIRED if key not in found]
    if missing:
        raise CannotRead(_("缺少欄位：%(names)s。") % {"names": _("、").join(missing)})
    return found


WORDS = ("who", "act", "subject_kind", "subject", "place")
COLUMN_OF = {
    Why.DAY: "day", Why.FUTURE: "day", Why.PERIOD: "day", Why.HOUR: "hour", Why.COUNT: "n", Why.ACT: "act", Why.UNKNOWN: "act",
}  # fmt: skip


def _sql(*words: str) -> str:
    """A statement from its words. What comes from a file is always a quoted name or a quoted text among them."""
    return " ".join(words)


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Check:
    """What each row must be."""

    today: date
    first: date | None
    last: date | None
    acts: Sequence[str] = ()


def _day(column: str, kind: str) -> str:
    """A day of a column: a date, the day of a local time, or a text of Western or ROC years."""
    if kind == "DATE":
        return column
    if kind.startswith("TIMESTAMP"):
        return "NULL" if "TIME ZONE" in kind else f"{column}::DATE"
    text = f"trim({column}::VARCHAR)"
    parts = f"regexp_extract_all({text}, '[0-9]+')"
    year = f"TRY_CAST({parts}[1] AS INTEGER)"
    fits = f"regexp_full_match({text}, '[0-9]{{2,4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}}')"
    western = f"({year} + CASE WHEN {year} < 1000 THEN 1911 ELSE 0 END)"
    return f"CASE WHEN {fits} THEN TRY_CAST({western}::VARCHAR || '-' || {parts}[2] || '-' || {parts}[3] AS DATE) END"


def _whole(column: str, kind: str) -> str:
    """A whole number of a column; NULL for what is none, 1.5 too."""
    if kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"):
        return f"{column}::BIGINT"
    text = f"trim({column}::VARCHAR)"
    return f"CASE WHEN regexp_full_match({text}, '[0-9]{{1,18}}(\\.0+)?') THEN TRY_CAST({text} AS DECIMAL(20, 1))::BIGINT END"


class Reading:
    """A file that is being taken in, in a DuckDB of its own.

    Words come again and again: a word is checked once, among the distinct ones, and held as a number from then on.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, raw: Path, headings: Mapping[str, str], check: Check, *, numbered: bool
    ) -> None:
        self.con, self.raw, self.check, self.numbered = con, raw, check, numbered
        self.columns = _columns(headings)
        described = con.execute(_sql("DESCRIBE SELECT * FROM", self._file())).fetchall()
        self.kinds = {name: str(kind) for name, kind, *_rest in described}

    def _file(self, *options: str) -> str:
        given = ", ".join([quoted(str(self.raw)), "hive_partitioning=false", *options])
        return f"read_parquet({given})"

    def _numbered(self) -> str:
        if self.numbered:
            return self._file()
        return _sql("(SELECT *, file_row_number + 1 AS", ROW, "FROM", self._file("file_row_number=true"), ")")

    def _text(self, key: str) -> str:
        column = self.columns.get(key)
        return f"coalesce(trim({_name(column)}::VARCHAR), '')" if column else "''"

    def _values(self) -> dict[str, str]:
        """Each of our columns as an expression over the file's."""
        found = {key: self._text(key) for key in COLUMNS}
        day = self.columns["day"]
        found["day"] = _day(_name(day), self.kinds[day])
        hour, n = self.columns.get("hour"), self.columns.get("n")
        found["hour"] = _whole(_name(hour), self.kinds[hour]) if hour else "NULL::BIGINT"
        found["n"] = _whole(_name(n), self.kinds[n]) if n else "1::BIGINT"
        return found

    # ---- words -------------------------------------------------------------------------------------------------------

    def _against(self, key: str) -> list[tuple[str, Why]]:
        """What a word must not be, as conditions on `word`."""
        fits = _sql("regexp_full_match(word,", quoted(rules.WORD.pattern), ")")
        if key == "act":
            known = ", ".join(map(quoted, self.check.acts))
            return [(f"NOT {fits}", Why.ACT), *([(f"word NOT IN ({known})", Why.UNKNOWN)] if known else [])]
        if key in ("who", "subject_kind"):
            return [(f"word <> '' AND NOT {fits}", Why.WORD)]
        most = rules.LONGEST_SUBJECT if key == "subject" else rules.LONGEST_PLACE
        personal = _sql("regexp_matches(word,", quoted(rules.PERSONAL), ")")
        return [(f"length(word) > {most}", Why.LONG), (personal, Why.PERSONAL)]

    def _hold_words(self) -> list[tuple[str, Why]]:
        """The distinct words of each column, checked; the conditions on a row that has a bad one."""
        cases = []
        for key in WORDS:
            whys = " ".join(f"WHEN {when} THEN {quoted(why.value)}" for when, why in self._against(key))
            distinct = _sql("SELECT DISTINCT", self._text(key), "AS word FROM", self._file())
            if key not in self.columns:
                distinct = "SELECT '' AS word"
            words = f"words_{key}"
            making = _sql("CREATE TABLE", words, "AS SELECT word, CASE", whys, "END AS why FROM (", distinct, ")")
            self.con.execute(making)
            good = _sql("SELECT word FROM", words, "WHERE why IS NULL ORDER BY word")
            if self.con.execute(_sql("SELECT count(*) FROM (", good, ")")).fetchall() == [(0,)]:
                good = "SELECT ''"
            typing = _sql("CREATE TYPE", f"word_{key}", "AS ENUM (", good, ")")
            self.con.execute(typing)
            bad = _sql("SELECT DISTINCT why FROM", words, "WHERE why IS NOT NULL")
            for (why,) in sorted(self.con.execute(bad).fetchall()):
                these = _sql("SELECT word FROM", words, "WHERE why =", quoted(why))
                cases.append((_sql(self._text(key), "IN (", these, ")"), Why(why)))
        return cases

    # ---- rows --------------------------------------------------------------------------------------------------------

    def _cases(self, values: Mapping[str, str]) -> list[tuple[str, Why]]:
        """The conditions on a row's numbers."""
        check, day = self.check, values["day"]
        cases = [(f"{day} IS NULL", Why.DAY), (_sql(day, "> DATE", quoted(str(check.today))), Why.FUTURE)]
        if check.first and check.last:
            span = (quoted(str(check.first)), quoted(str(check.last)))
            cases.append((_sql(day, "NOT BETWEEN DATE", span[0], "AND DATE", span[1]), Why.PERIOD))
        if "hour" in self.columns:
            there, hour = self._text("hour"), values["hour"]
            cases.append((f"{there} <> '' AND coalesce({hour} NOT BETWEEN 0 AND 23, true)", Why.HOUR))
        if "n" in self.columns:
            cases.append((f"coalesce({values['n']} NOT BETWEEN 0 AND {rules.LARGEST_COUNT}, true)", Why.COUNT))
        return cases

    def prepare(self) -> None:
        """Look at every word, then at every row: `checked` says why a row is refused, `good` are the others."""
        values = self._values()
        cases = [*self._cases(values), *self._hold_words()]
        why = _sql("CASE", *[f"WHEN {when} THEN {quoted(one.value)}" for when, one in cases], "END")
        self.con.execute(_sql("CREATE VIEW checked AS SELECT *,", why, "AS why FROM", self._numbered()))
        columns = [
            f"{values[key]}::word_{key} AS {_name(key)}" if key in WORDS else f"{values[key]} AS {_name(key)}"
            for key in COLUMNS
        ]
        self.con.execute(_sql("CREATE VIEW good AS SELECT", ", ".join(columns), "FROM checked WHERE why IS NULL"))

    def days(self) -> dict[date, int]:
        """How many good rows each day has."""
        return dict(self.con.execute("SELECT day, count(*) FROM good GROUP BY day ORDER BY day").fetchall())

    def refused(self, torn: Sequence[Mapping[str, Any]], into: Path) -> int:
        """Write every refused row with its reason, its column where one is to blame, and what stood there."""
        texts = {key: self._text(key) for key in self.columns}
        places = [(why, key) for why, key in COLUMN_OF.items() if key in texts]
        names = " ".join(f"WHEN {quoted(why.value)} THEN {quoted(key)}" for why, key in places)
        cells = " ".join(f"WHEN {quoted(why.value)} THEN {texts[key]}" for why, key in places)
        whole = ", ".join(texts[key] for key in WORDS if key in texts and key != "act") or "''"
        chosen = _sql(
            "SELECT", ROW, "::BIGINT AS row, CASE why", names, "ELSE '' END AS column, left(CASE why", cells,
            "ELSE trim(concat_ws(' ',", whole, ")) END, 200) AS value, why FROM checked WHERE why IS NOT NULL",
        )  # fmt: skip
        schema = pa.schema([("row", pa.int64()), ("column", pa.string()), ("value", pa.string()), ("why", pa.string())])
        written, many = into.with_suffix(".tmp"), len(torn)
        with pq.ParquetWriter(written, schema, compression="zstd") as writer:
            writer.write_table(pa.Table.from_pylist([dict(one) for one in torn], schema=schema))
            for block in self.con.execute(chosen).to_arrow_reader(100_000):
                many += block.num_rows
                writer.write_table(pa.Table.from_batches([block]).cast(schema))
        written.replace(into)
        return many

    # ---- writing -----------------------------------------------------------------------------------------------------

    def write(self, source: str, batch: int, first: date, last: date) -> list[Written]:
        """Write the good rows of some days, a file a day, and what they add up to."""
        self.con.execute("CREATE OR REPLACE TABLE slice AS SELECT * FROM good WHERE day BETWEEN ? AND ?", [first, last])
        sums: dict[date, list[tuple[str, str, int, int]]] = {}
        for day, act, kind, rows, counted in self.con.execute(
            "SELECT day, act::VARCHAR, subject_kind::VARCHAR, count(*), sum(n)::BIGINT FROM slice GROUP BY ALL ORDER BY ALL"
        ).fetchall():
            sums.setdefault(day, []).append((act, kind, rows, counted))

        def one(day: date) -> Written:
            name = store.new_name(source, day)
            written, final = store.place_for(name)
            columns = [
                f"{_word(source)} AS source", "day", "hour::TINYINT AS hour", *WORDS, "n", f"{_word('')} AS mark",
                f"{batch}::BIGINT AS batch", f"{_word(name)} AS part", "false AS partial",
                "NULL::VARCHAR AS network", "NULL::VARCHAR AS visitor",
            ]  # fmt: skip
            order = [f"slice.{key}" for key in store.ORDER]  # by the words' numbers, which is the order of the words
            chosen = _sql("SELECT", ", ".join(columns), "FROM slice WHERE day = DATE", quoted(str(day)))
            how = f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {store.ROW_GROUP})"
            with self.con.cursor() as cursor:
                cursor.execute(_sql("COPY (", chosen, "ORDER BY", ", ".join(order), ") TO", quoted(str(written)), how))
            kept.append(keepers.submit(store.keep, written, final))
            return Written(name, day, sums[day])

        kept: list[Future[None]] = []
        with ThreadPoolExecutor(AT_THE_DISK) as keepers, ThreadPoolExecutor(settings.USAGE_THREADS) as writers:
            found = list(writers.map(one, sorted(sums)))
            for one_file in kept:
                one_file.result()
        self.con.execute("DROP TABLE slice")
        return found


@dataclass(frozen=True)
class Written:
    """A file of a day, with its sums: act, kind of subject, rows, uses."""

    name: str
    day: date
    sums: Sequence[tuple[str, str, int, int]]

    @property
    def rows(self) -> int:
        """How many events it holds."""
        return sum(rows for _act, _kind, rows, _counted in self.sums)


def _word(text: str) -> str:
    """A text that is the same in every row, written as a number with its word: a third of the work."""
    return f"{quoted(text)}::ENUM({quoted(text)})"


def _name(column: str | None) -> str:
    return '"' + (column or "").replace('"', '""') + '"'


@contextmanager
def reading(path: Path, folder: Path, check: Check) -> Iterator[tuple[Reading, list[dict[str, Any]]]]:
    """A file that is checked and ready to be written, and its rows with other than the right number of cells.

    Raises CannotRead.
    """
    import duckdb

    torn: list[dict[str, Any]] = []
    raw, headings = path, {}
    if form_of(path) == "csv":
        raw = folder / "raw.parquet"
        torn = as_parquet(path, raw)
        headings = {f"c{n}": heading for n, heading in enumerate(_headings(path, _encoding(path)))}
    else:
        try:
            headings = {name: name for name in pq.read_schema(path).names}
        except (pa.ArrowInvalid, OSError):
            raise CannotRead(_("這不是完整的 Parquet 檔。")) from None
    con = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": settings.USAGE_MEMORY, "threads": settings.USAGE_THREADS, "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": False, "autoinstall_known_extensions": False, "autoload_known_extensions": False,
        },
    )  # fmt: skip
    try:
        shut_in(con, raw.parent, folder, store.events(), store.aside())
        con.execute("SET lock_configuration = true")
        found = Reading(con, raw, headings, check, numbered=raw != path)
        found.prepare()
        yield found, torn
    except duckdb.Error as problem:
        raise CannotRead(_("檔案讀不下去：%(why)s") % {"why": re.sub(r"\s+", " ", str(problem))[:200]}) from None
    finally:
        con.close()
