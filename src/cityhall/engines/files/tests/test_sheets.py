"""Sheets: every kind and encoding, what is refused, what comes back as it went out, what must not blow up."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odf import opendocument, table, teletype

from cityhall.engines.files import sheets
from cityhall.engines.files.sheets import CannotReadSheet, Column, Page, read_sheet
from cityhall.foundation.clock import TAIPEI

COLUMNS = [
    Column("code", "代碼", sheets.code, required=True),
    Column("name", "名稱", sheets.text(10), required=True),
    Column("since", "生效日", sheets.day, aliases=("起日",)),
    Column("size", "人數", sheets.integer),
]


def as_csv(text: str, encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO(text.encode(encoding))


def as_ods(content: str) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", content)
    return io.BytesIO(file.getvalue())


class TestReadSheet:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp950"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_reads_csv_of_any_encoding_and_delimiter(self, encoding, delimiter):
        text = "名稱,起日,代碼,人數\r\n工務課,106/3/20,works,1200\r\n".replace(",", delimiter)

        sheet = read_sheet(as_csv(text, encoding), COLUMNS)

        assert sheet.rows[0].values == {"code": "works", "name": "工務課", "since": date(2017, 3, 20), "size": 1200}
        assert sheet.rows[0].number == 2
        assert not sheet.refused

    def test_names_every_refused_cell_and_keeps_the_good_rows(self):
        text = (
            "code,name,since,size,備註\nworks,工務課,,\n"
            "壞,名字超過十個字的單位名稱,106/2/30,x,\n,民政課,2017-02-28,3,\n"
        )

        sheet = read_sheet(as_csv(text), COLUMNS)

        assert [row["code"] for row in sheet.rows] == ["works"]
        assert [(cell.row, cell.column) for cell in sheet.refused] == [
            (3, "代碼"),
            (3, "名稱"),
            (3, "生效日"),
            (3, "人數"),
            (4, "代碼"),
        ]
        assert sheet.refused[2].value == "106/2/30"
        assert sheet.unknown == ["備註"]

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "空的"),
            (b"\n \n", "空的"),
            ("甲,乙\n1,2\n".encode(), "第一列"),
            ("代碼\nx\n".encode(), "缺少欄位：名稱"),
            ("代碼,名稱,代碼\nx,y,z\n".encode(), "出現兩次"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old excel", "xls"),
            (b"\xff\xff\xfe\x81", "編碼"),
            (b"code,name\n\x00,x\n", "不是 CSV"),
            (b'code,name\n"x,y\n', "引號"),
            (b"PK\x03\x04 broken", "損壞"),
            (b"\xef\xbb\xbf\xff\xff", "編碼"),
        ],
    )
    def test_says_why_a_file_cannot_be_read(self, content, says):
        with pytest.raises(CannotReadSheet, match=says):
            read_sheet(io.BytesIO(content), COLUMNS)

    def test_refuses_a_file_that_is_too_big(self, monkeypatch):
        monkeypatch.setattr(sheets, "MOST_BYTES", 100)

        with pytest.raises(CannotReadSheet, match="太大"):
            read_sheet(io.BytesIO(b"x" * 101), COLUMNS)

    def test_refuses_control_characters_and_lone_surrogates_in_a_cell(self):
        sheet = read_sheet(as_csv("code,name\nworks,a\x07b\n"), COLUMNS)

        assert sheet.refused[0].column == "名稱"


class TestArchives:
    def test_a_bomb_is_measured_before_it_is_unpacked(self, monkeypatch):
        monkeypatch.setattr(sheets, "MOST_UNPACKED", 10_000)

        with pytest.raises(CannotReadSheet, match="解壓縮"):
            read_sheet(as_ods("x" * 20_000), COLUMNS)

    def test_too_many_elements_are_refused_while_reading(self, monkeypatch):
        monkeypatch.setattr(sheets, "MOST_ELEMENTS", 50)

        with pytest.raises(CannotReadSheet, match="解壓縮"):
            read_sheet(as_ods("<a>" + "<b/>" * 60 + "</a>"), COLUMNS)

    def test_too_deep_a_tree_is_refused(self):
        with pytest.raises(CannotReadSheet, match="解壓縮"):
            read_sheet(as_ods("<a>" * 200 + "</a>" * 200), COLUMNS)

    def test_entities_are_refused(self):
        bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'

        with pytest.raises(CannotReadSheet, match="XML"):
            read_sheet(as_ods(bomb), COLUMNS)

    def test_a_million_repeated_empty_rows_cost_nothing(self):
        head = sheets._ODS_HEAD + '<table:table table:name="a">'
        row = "<table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell><table:table-cell>" \
              "<text:p>{}</text:p></table:table-cell></table:table-row>"  # fmt: skip
        empty = (
            '<table:table-row table:number-rows-repeated="1048576">'
            '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        )
        content = head + row.format("code", "name") + empty + row.format("works", "工務課") + "</table:table>"

        sheet = read_sheet(as_ods(content + sheets._ODS_TAIL), COLUMNS)

        assert [row.number for row in sheet.rows] == [1_048_578]

    def test_a_million_repeated_full_rows_are_refused(self):
        content = (
            sheets._ODS_HEAD + '<table:table table:name="a"><table:table-row table:number-rows-repeated="1000000">'
            "<table:table-cell><text:p>code</text:p></table:table-cell></table:table-row></table:table>"
        )

        with pytest.raises(CannotReadSheet, match="列"):
            read_sheet(as_ods(content + sheets._ODS_TAIL), COLUMNS)

    def test_another_archive_is_not_a_sheet(self):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("mimetype", "application/epub+zip")

        with pytest.raises(CannotReadSheet, match="不是 CSV"):
            read_sheet(io.BytesIO(file.getvalue()), COLUMNS)

    def test_a_broken_workbook_is_said_to_be_broken(self):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("xl/workbook.xml", "<x/>")

        with pytest.raises(CannotReadSheet, match="損壞"):
            read_sheet(io.BytesIO(file.getvalue()), COLUMNS)


class TestParsers:
    @pytest.mark.parametrize(
        "cell", ["106/3/20", "106.3.20", "1060320", "民國106年3月20日", "２０１７-０３-２０", "2017/3/20"]
    )
    def test_days_are_read_as_people_write_them(self, cell):
        assert sheets.day(cell) == date(2017, 3, 20)

    @pytest.mark.parametrize("cell", ["106/2/29", "2017-13-01", "0/1/1", "-1/1/1", "昨天", "20170320"])
    def test_days_that_are_none_are_refused(self, cell):
        with pytest.raises(sheets.CellError):
            sheets.day(cell)

    def test_instants_are_taipeis(self):
        assert sheets.instant("106/3/20 17:30") == datetime(2017, 3, 20, 17, 30, tzinfo=TAIPEI)
        for cell in ("106/3/20", "106/3/20 24:00", "106/3/20 5pm"):
            with pytest.raises(sheets.CellError):
                sheets.instant(cell)

    def test_choices_are_known_by_code_and_label(self):
        parse = sheets.choice({"SCHOOL": "學校"})

        assert parse("學校") == parse("school") == "SCHOOL"
        with pytest.raises(sheets.CellError, match="學校"):
            parse("大學")

    def test_numbers(self):
        assert sheets.integer("1,234") == 1234
        assert sheets.integer("12.0") == 12
        assert sheets.decimal("１.5") == Decimal("1.5")
        for cell in ("1.5", "1e9", "NaN", "十"):
            with pytest.raises(sheets.CellError):
                sheets.integer(cell)
        with pytest.raises(sheets.CellError):
            sheets.decimal("Infinity")

    def test_yes_and_no(self):
        assert sheets.yes_or_no("是")
        assert not sheets.yes_or_no("")
        with pytest.raises(sheets.CellError):
            sheets.yes_or_no("也許")


CELLS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), max_size=30).map(str.strip)
GRID = st.lists(st.tuples(CELLS.filter(bool), CELLS), min_size=1, max_size=8)
PLAIN = [Column("a", "甲", str, required=True), Column("b", "乙", str)]


def read_back(content: bytes) -> list[tuple[str, str]]:
    sheet = read_sheet(io.BytesIO(content), PLAIN)
    assert not sheet.refused
    return [(row["a"], row["b"]) for row in sheet.rows]


class TestWriting:
    @given(GRID)
    @settings(max_examples=40)
    def test_text_comes_back_as_it_went_out(self, grid):
        assert read_back(b"".join(sheets.write_csv(["甲", "乙"], grid))) == grid
        assert read_back(sheets.write_ods(["甲", "乙"], grid).read()) == grid
        assert read_back(sheets.write_xlsx(["甲", "乙"], grid).read()) == grid

    @pytest.mark.parametrize("cell", ["=1+1", "+886-3", "-1", "@SUM(A1)", "\t=1", "＝1", '=HYPERLINK("http://x")'])
    def test_no_cell_becomes_a_formula(self, cell):
        line = b"".join(sheets.write_csv(["甲"], [[cell]])).decode("utf-8-sig").splitlines()[1]
        workbook = openpyxl.load_workbook(sheets.write_xlsx(["甲"], [[cell]]))

        assert line.lstrip('"').startswith("'")
        assert workbook.worksheets[0]["A2"].data_type == "s"
        assert b"table:formula" not in zipfile.ZipFile(sheets.write_ods(["甲"], [[cell]])).read("content.xml")

    def test_numbers_stay_numbers(self):
        content = b"".join(sheets.write_csv(["甲"], [[-5], [Decimal("1.5")]])).decode("utf-8-sig")

        assert content.split() == ["甲", "-5", "1.5"]

    def test_another_program_reads_our_ods(self):
        rows = [["中山路  200 號", 7, date(2017, 3, 20), datetime(2017, 3, 20, 17, 30, tzinfo=TAIPEI), None, True]]
        file = sheets.write_ods_book([Page("單位", list("甲乙丙丁戊己"), rows), Page("人員", ["甲"], [])])

        document = opendocument.load(file)
        tables = document.getElementsByType(table.Table)
        cells = tables[0].getElementsByType(table.TableRow)[1].getElementsByType(table.TableCell)

        assert [part.getAttribute("name") for part in tables] == ["單位", "人員"]
        assert [teletype.extractText(cell) for cell in cells] == [
            "中山路  200 號", "7", "2017-03-20", "2017-03-20 17:30", "", "是",
        ]  # fmt: skip
        assert cells[2].getAttribute("datevalue") == "2017-03-20"

    def test_a_named_sheet_is_found_and_a_missing_one_is_said(self):
        book = [Page("單位", ["甲", "乙"], [["1", "x"]]), Page("人員", ["甲", "乙"], [["2", "y"]])]

        assert read_sheet(sheets.write_ods_book(book), PLAIN, sheet="人員").rows[0]["a"] == "2"
        with pytest.raises(CannotReadSheet, match="工作表"):
            read_sheet(sheets.write_ods_book(book), PLAIN, sheet="學校")
        with pytest.raises(CannotReadSheet, match="工作表"):
            read_sheet(sheets.write_xlsx(["甲", "乙"], [["1", "x"]], title="單位"), PLAIN, sheet="學校")

    def test_dates_survive_every_kind(self):
        columns = [Column("a", "甲", sheets.day), Column("b", "乙", sheets.instant)]
        row = [date(2017, 3, 20), datetime(2017, 3, 20, 17, 30, tzinfo=TAIPEI)]

        for content in (
            b"".join(sheets.write_csv(["甲", "乙"], [row])),
            sheets.write_ods(["甲", "乙"], [row]).read(),
            sheets.write_xlsx(["甲", "乙"], [row]).read(),
        ):
            assert list(read_sheet(io.BytesIO(content), columns).rows[0].values.values()) == row

    def test_what_xml_cannot_hold_is_replaced(self):
        for content in (
            sheets.write_ods(["甲", "乙"], [["a\x07", "\ud800"]]),
            sheets.write_xlsx(["甲", "乙"], [["a\x07", "\ud800"]]),
        ):
            assert read_back(content.read()) == [("a\ufffd", "\ufffd")]
