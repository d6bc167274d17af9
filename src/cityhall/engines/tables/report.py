"""What was changed while a file was read, and what stands in the way: told in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MOST_EXAMPLES = 5
MOST_PROBLEMS = 100


class RepairKind(StrEnum):
    """What is changed, or told, of a file."""

    ENCODING = "encoding"
    ENCODING_DIFFERS = "encoding_differs"
    OWN_CHARACTERS = "own_characters"
    LINE_ENDS = "line_ends"
    DELIMITER = "delimiter"
    HEADER = "header"
    CUT_NAME = "cut_name"
    SHORT_ROWS = "short_rows"
    EMPTY_ROWS = "empty_rows"
    CONTROL = "control"
    WIDTH = "width"
    SPACE = "space"
    THOUSANDS = "thousands"
    ROC = "roc"
    FORM = "form"
    ZONE = "zone"
    EMPTY = "empty"
    CODES = "codes"
    MIXED = "mixed"
    NESTED = "nested"
    FORMULA = "formula"
    NOT_FINITE = "not_finite"
    SWAPPED = "swapped"
    OUTSIDE = "outside"
    GEOMETRY = "geometry"
    HEIGHTS = "heights"
    REPROJECTED = "reprojected"
    NO_CRS = "no_crs"


REPAIRS: dict[RepairKind, Promise] = {
    RepairKind.ENCODING: _("檔案編碼是 %(after)s，已轉成 UTF-8。"),
    RepairKind.ENCODING_DIFFERS: _("詮釋資料寫的編碼是 %(before)s，檔案其實是 %(after)s；依檔案讀取。"),
    RepairKind.OWN_CHARACTERS: _("有 %(count)d 個 Big5 造字，字形各機關不同；以私用區字碼保留，並保留原始檔案。"),
    RepairKind.LINE_ENDS: _("換行符號是 %(before)s，已統一。"),
    RepairKind.DELIMITER: _("欄位以 %(before)s 分隔。"),
    RepairKind.HEADER: _("%(count)d 個欄位名稱空白、重複、太長或不能使用，已另外命名。"),
    RepairKind.CUT_NAME: _("%(count)d 個欄位名稱依對照表還原或改名。"),
    RepairKind.SHORT_ROWS: _("%(count)d 列的格數與標題不同，缺的以空白補上，多出的空格去除。"),
    RepairKind.EMPTY_ROWS: _("%(count)d 列全是空白，已略過。"),
    RepairKind.CONTROL: _("「%(column)s」有 %(count)d 格含看不見的控制字元，已換成空格。"),
    RepairKind.WIDTH: _("「%(column)s」有 %(count)d 格使用全形數字或符號，已改成半形。"),
    RepairKind.SPACE: _("「%(column)s」有 %(count)d 格前後有空格，已去除。"),
    RepairKind.THOUSANDS: _("「%(column)s」有 %(count)d 格有千分位逗號，已去除。"),
    RepairKind.ROC: _("「%(column)s」有 %(count)d 格是民國年，已轉成西元。"),
    RepairKind.FORM: _("「%(column)s」有 %(count)d 格的寫法不同，已統一。"),
    RepairKind.ZONE: _("「%(column)s」有 %(count)d 格註明時區，已換成臺北時間。"),
    RepairKind.EMPTY: _("「%(column)s」有 %(count)d 格以符號表示沒有資料，已改成空白。"),
    RepairKind.CODES: _("「%(column)s」有 %(count)d 格是 0 開頭的代碼，整欄保留為文字。"),
    RepairKind.MIXED: _("「%(column)s」大多是%(kind)s，但有 %(count)d 格不是，整欄保留為文字。"),
    RepairKind.NESTED: _("「%(column)s」是巢狀資料，已展開或以 JSON 文字保留。"),
    RepairKind.FORMULA: _("「%(column)s」有 %(count)d 格是公式，保留計算結果，不保留公式。"),
    RepairKind.NOT_FINITE: _("「%(column)s」有 %(count)d 格不是有限的數，已改成空白。"),
    RepairKind.SWAPPED: _("%(count)d 筆的經度和緯度寫反，已對調。"),
    RepairKind.OUTSIDE: _("%(count)d 筆的位置在本市範圍外，未更動，請查證。"),
    RepairKind.GEOMETRY: _("%(count)d 個圖形自相交或不合規格，已修正。"),
    RepairKind.HEIGHTS: _("%(count)d 個圖形有高度值，只保留平面坐標。"),
    RepairKind.REPROJECTED: _("坐標由 %(before)s 轉換為 %(after)s。"),
    RepairKind.NO_CRS: _("有坐標欄位「%(column)s」，但沒有說明坐標系統，因此不當作位置。"),
}


class ProblemKind(StrEnum):
    """What stops a file."""

    FILE = "file"
    TOO_BIG = "too_big"
    ENCODING = "encoding"
    STRUCTURE = "structure"
    HEADER = "header"
    VALUE = "value"
    CRS = "crs"
    GEOMETRY = "geometry"
    FORMULA = "formula"
    ARCHIVE = "archive"


@dataclass(frozen=True)
class Example:
    """One changed cell: the line where it stands, what was there and what is there now."""

    line: int
    before: str
    after: str


def _in_words(text: str | Promise, values: dict[str, Any]) -> str:
    return str(text) % values if values else str(text)


def in_both(text: str | Promise, values: dict[str, Any]) -> dict[str, str]:
    """A sentence in every language of the site."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found[language] = _in_words(text, values)
    return found


@dataclass(frozen=True)
class Repair:
    """One thing that was changed: in which column, how often, with the first examples."""

    kind: RepairKind
    column: str = ""
    count: int = 0
    examples: tuple[Example, ...] = ()
    before: str = ""
    after: str = ""
    more: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def _values(self) -> dict[str, Any]:
        given = {"column": self.column, "count": self.count, "before": self.before, "after": self.after}
        return given | self.more

    @property
    def sentence(self) -> str:
        """What was changed, in the reader's language."""
        return _in_words(REPAIRS[self.kind], self._values)

    def as_data(self) -> dict[str, Any]:
        """To be kept: the sentence in both languages and the examples."""
        return {
            "kind": self.kind.value,
            "column": self.column,
            "count": self.count,
            "sentence": in_both(REPAIRS[self.kind], self._values),
            "examples": [[one.line, one.before, one.after] for one in self.examples],
        }


@dataclass(frozen=True)
class Problem:
    """Something that stops the file: what it is, in which line, and what to do."""

    kind: ProblemKind
    text: str | Promise
    line: int | None = None
    column: str = ""
    values: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def sentence(self) -> str:
        """What is wrong, in the reader's language."""
        return _in_words(self.text, self.values)

    def as_data(self) -> dict[str, Any]:
        """To be kept: the sentence in both languages."""
        return {
            "kind": self.kind.value,
            "line": self.line,
            "column": self.column,
            "sentence": in_both(self.text, self.values),
        }


class CannotRead(Exception):
    """The file cannot be read on; carries the problem. Only between the parts of this engine."""

    def __init__(
        self, kind: ProblemKind, text: str | Promise, *, line: int | None = None, column: str = "", **values: Any
    ) -> None:
        super().__init__(kind)
        self.problem = Problem(kind, text, line, column, values)


@dataclass
class Report:
    """All that was changed and all that is wrong."""

    repairs: list[Repair] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(
        self,
        kind: RepairKind,
        /,
        column: str = "",
        count: int = 1,
        examples: Sequence[Example] = (),
        before: str = "",
        after: str = "",
        **more: Any,
    ) -> None:
        """Tell a repair."""
        first = tuple(
            Example(one.line, shortened(one.before), shortened(one.after)) for one in examples[:MOST_EXAMPLES]
        )
        self.repairs.append(Repair(kind, column, count, first, before, after, more))

    def stop(self, problem: Problem) -> None:
        """Tell a problem; of very many the first are kept."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)

    @property
    def stopped(self) -> bool:
        """Whether the file must not be stored."""
        return bool(self.problems)

    def of(self, kind: RepairKind, column: str = "") -> list[Repair]:
        """The repairs of a kind, of one column or of all."""
        return [one for one in self.repairs if one.kind is kind and (not column or one.column == column)]

    def as_data(self) -> dict[str, Any]:
        """To be kept as JSON, in both languages."""
        return {
            "repairs": [one.as_data() for one in self.repairs],
            "problems": [one.as_data() for one in self.problems],
        }


def shortened(text: str) -> str:
    """At most 80 characters of a cell, for a report."""
    return text if len(text) <= 80 else f"{text[:79]}…"
