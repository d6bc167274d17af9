"""A portal's list comes in without loss, goes out as it came, and tells what it refuses."""

import csv
import io
from datetime import date

import pytest
from django.core.management import call_command

from cityhall.domains.open_data import listing, services
from cityhall.domains.open_data.models import Dataset, ListedCount
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.tests.factories import make_agency

from .city import NINE, agencies_of, make_city, published, texts

pytestmark = pytest.mark.django_db
JULY = date(2018, 7, 1)
REAL = "opendata/taoyuan_portal_dataset_list_2018-07.csv"
LINE = {
    "編號": "7", "資料名稱": "里活動中心", "資料來源": "380020000A 【民政局】", "更新頻率": "每年", "檔案格式": '"CSV, KML"',
    "主要欄位": "里別(里別)、地址(地址)", "資料連結網址": "https://data.example/x?oid=0015aa2e-9b3c-4c1b-8886-74630a007110",
    "分類及編號": "公共資訊 (948)", "資料集描述": "活動中心", "主要欄位說明": "里別(里別)、地址(地址)", "資料集類型": "原始資料",
    "資源格式": '"CSV, KML"', "最後更新時間": "2018-04-13 11:11:59", "資料集提供機關": "380020000A 【民政局】", "資料量": "24筆",
    "收錄期間(起)": "105-02-15", "收錄期間(迄)": "20107-12-15", "授權方式": "政府資料開放授權條款－第1版", "計費方式": "",
    "計費說明網址": "", "計費法令依據": "", "資料集說明網址": "", "編碼格式": "Big5", "標籤/關鍵字": '"活動中心, 里"',
    "建立日期": "2017-08-18 14:38:42", "備註": "", "下載次數_201807": "139", "瀏覽次數_201807": "157",
}  # fmt: skip


def sheet(*lines, bom=False):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(LINE), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({**LINE, **line} for line in lines)
    return out.getvalue().encode("utf-8-sig" if bom else "utf-8")


@pytest.fixture
def city():
    made = make_city()
    make_agency("civil", name="桃園市政府民政局", short_name="民政局")
    return made


class TestAList:
    def test_is_read_whatever_way_its_cells_are_written(self, city):
        done = listing.take_in(sheet({}), by=None, at=NINE)

        one = Dataset.objects.get(number=7)
        assert (done.entered, done.refused, len(done.noted)) == (1, [], 1)
        assert (one.covers_from, one.covers_to, one.amount) == (date(2016, 2, 15), None, 24)
        assert (one.formats, one.tag_names, one.category.code) == (["CSV", "KML"], ["活動中心", "里"], "I00")
        assert [row.name for row in one.field_descriptions.all()] == ["里別", "地址"]
        assert (one.identifier, one.agency.code) == ("380020000A-000001", "civil")
        assert (ListedCount.objects.get().downloads, one.is_public) == (139, True)

    def test_goes_out_as_it_came_and_a_changed_cell_alone_is_written_anew(self, city):
        data = sheet({})
        listing.take_in(data, by=None, at=NINE)
        assert listing.written(JULY) == data

        one = Dataset.objects.get(number=7)
        services.revise(
            one,
            agency=one.agency,
            texts={**{name: getattr(one, name) for name in services.TEXTS}, "amount": 25},
            tags=one.tag_names,
            by=None,
            at=NINE,
        )
        changed = list(csv.DictReader(io.StringIO(listing.written(JULY).decode(), newline="")))[0]

        assert {name for name in LINE if changed[name] != LINE[name]} == {"資料量", "最後更新時間"}
        assert changed["資料量"] == "25"

    def test_is_taken_in_once_and_again_only_what_changed(self, city):
        listing.take_in(sheet({}), by=None, at=NINE)
        same = listing.take_in(sheet({}, bom=True), by=None, at=NINE)
        other = listing.take_in(sheet({"資料集描述": "里的活動中心"}), by=None, at=NINE)

        assert (same.same, same.entered, other.changed, other.entered) == (1, 0, 1, 0)
        assert Dataset.objects.get().description == "里的活動中心"

    @pytest.mark.parametrize(
        ("column", "cell", "word"),
        [
            ("資料集提供機關", "380020000A 【無此局】", "無此局"), ("更新頻率", "偶爾", "偶爾"), ("資料集類型", "圖", "圖"),
            ("分類及編號", "雜項", "雜項"), ("授權方式", "保留", "保留"), ("建立日期", "昨天", "建立日期"), ("編號", "x", "編號"),
            ("資料名稱", " ", "資料名稱"), ("資料名稱", "長" * 201, "太長"), ("下載次數_201807", "很多", "下載次數"),
        ],
    )  # fmt: skip
    def test_names_the_line_that_it_refuses_and_takes_in_the_others(self, city, column, cell, word):
        other = {"編號": "8", "資料連結網址": "https://data.example/y"}
        done = listing.take_in(sheet({column: cell}, other), by=None, at=NINE)

        assert [(line.number, word in line.sentence) for line in done.refused] == [(2, True)]
        assert (done.entered, Dataset.objects.get().number) == (1, 8)

    def test_never_takes_a_number_that_another_dataset_has(self, city):
        listing.take_in(sheet({}), by=None, at=NINE)
        done = listing.take_in(sheet({"資料連結網址": "https://x.example/?oid=1115aa2e-9b3c-4c1b-8886-74630a007110"}), by=None, at=NINE)  # fmt: skip

        assert len(done.refused) == 1

    @pytest.mark.parametrize("data", [b"", b"a,b\r\n1,2\r\n", b"\xff\xfe\xfd\x00", "編號\r\n".encode()])
    def test_is_refused_whole_where_it_is_no_list(self, city, data):
        with pytest.raises(listing.CannotReadList):
            listing.take_in(data, by=None, at=NINE)

    def test_gives_the_catalogues_own_datasets_too(self, city):
        published(city.transport)
        rows = list(csv.DictReader(io.StringIO(listing.written(JULY).decode(), newline="")))

        assert (rows[0]["資料名稱"], rows[0]["更新頻率"], rows[0]["檔案格式"]) == (texts()["title"], "每月", "CSV")

    def test_comes_in_by_the_command(self, city, tmp_path, capsys):
        (tmp_path / "list.csv").write_bytes(sheet({}, {"編號": "x"}))
        call_command("open-data", "import-list", str(tmp_path / "list.csv"))
        call_command("open-data", "export-list", "--output", str(tmp_path / "out.csv"))

        assert "2 lines: 1 entered, 0 changed, 0 the same, 1 refused" in capsys.readouterr().out
        assert (tmp_path / "out.csv").read_bytes() == sheet({})
        assert Entry.objects.filter(event="open_data.list_imported").count() == 1


def test_the_old_portals_list_goes_out_as_it_came_in(shared_data):
    data = (shared_data / REAL).read_bytes()
    services.furnish()
    agencies_of(data)

    done = listing.take_in(data, by=None, at=NINE)

    assert (done.entered, done.refused, Dataset.objects.count()) == (1444, [], 1444)
    assert listing.written(JULY) == data
    assert listing.take_in(data, by=None, at=NINE).same == 1444
