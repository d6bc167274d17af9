import contextlib
import os
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityhall.engines.tables import asking, duck, folding
from cityhall.engines.tables.asking import TooSlow, ask
from cityhall.engines.tables.querying import BadQuery, NoSuchColumn, parse
from cityhall.engines.tables.storing import NoSuchTable, load

CONTENT = "行政區,類別,金額,日期,地址,Lat,Lon\n" + "".join(
    f"{'中壢區' if n % 3 else '桃園區'},{'噪音' if n % 2 else '路燈'},{n * 10},2017-{n % 12 + 1:02}-01,臺北路{n}號,{24.8 + n / 1000},121.2\n"
    for n in range(1, 101)
) + ",,,,,,\n,空,,,ＫＴＶ旁,,\n"  # fmt: skip


@pytest.fixture
def table(stored):
    """A hundred rows, and one that is nearly empty."""
    return stored(CONTENT)


def asked(table, **parameters):
    return ask(table, parse(parameters, table))


def ids(table, **parameters):
    return [row[0] for row in asked(table, fields=["_id"], **parameters).rows]


class TestPages:
    def test_are_in_the_order_of_the_file(self, table):
        answer = asked(table, limit=3)

        assert [row[0] for row in answer.rows] == [1, 2, 3]
        assert (answer.total, answer.next) == (101, (3,))
        assert [one.name for one in answer.columns][:3] == ["_id", "行政區", "類別"]

    @pytest.mark.parametrize("sort", ["", "_id desc", "金額 desc", "類別", "-日期"])
    @pytest.mark.parametrize("filters", [{}, {"行政區": "中壢區"}])
    def test_follow_each_other_without_gap_by_offset_and_by_where_the_last_ended(self, table, sort, filters):
        whole = ids(table, sort=sort, filters=filters, limit=1000)
        by_offset, by_end, after = [], [], ""

        for offset in range(0, 110, 7):
            by_offset += ids(table, sort=sort, filters=filters, limit=7, offset=offset)
        while True:
            answer = asked(table, sort=sort, filters=filters, limit=7, after=after, fields=["_id"])
            by_end += [row[0] for row in answer.rows]
            if not answer.next:
                break
            after = [one.isoformat() if isinstance(one, date) else one for one in answer.next]

        assert by_offset == whole
        assert by_end == whole
        assert len(whole) == (101 if not filters else 67)

    def test_past_the_end_are_empty(self, table):
        assert asked(table, offset=10_000).rows == []
        assert asked(table, limit=0).rows == []

    def test_can_leave_out_the_total(self, table):
        assert asked(table, total="false").total is None

    def test_that_are_far_apart_come_in_their_order(self, table, monkeypatch):
        monkeypatch.setattr(asking, "MOST_LISTED", 0)

        assert ids(table, filters={"類別": "噪音"}, limit=3) == [1, 3, 5]


class TestFilters:
    @pytest.mark.parametrize(
        ("filters", "total"),
        [
            ({"行政區": "桃園區"}, 33), ({"行政區": ["桃園區", "中壢區"]}, 100), ({"行政區": None}, 1), ({"行政區": {"null": False}}, 100),
            ({"金額": "10"}, 1), ({"金額": {"from": 10, "to": 30}}, 3), ({"金額": {"gt": 10, "lt": 30}}, 1), ({"日期": "106/1/1"}, 8),
            ({"日期": {"from": "2017-11-01"}}, 16), ({"地址": {"contains": "台北路１"}}, 12), ({"金額": {"contains": "99"}}, 1),
            ({"行政區": [None, "桃園區"]}, 34), ({"行政區": []}, 0), ({"行政區": "桃園區", "類別": "噪音"}, 17), ({"金額": 10.0}, 1),
            ({"金額": 10.5}, 0), ('{"行政區": "桃園區"}', 33), ({"_id": {"from": 100}}, 2), ({"地址": {"contains": "%"}}, 0),
        ],
    )  # fmt: skip
    def test_find_the_rows_that_meet_them(self, table, filters, total):
        assert asked(table, filters=filters).total == total

    def test_are_values_and_never_sql(self, table):
        for evil in ["' OR 1=1 --", "x'; DROP TABLE t; --", '"', "); SELECT 1", "read_csv('/etc/passwd')", "?", "{}"]:
            assert asked(table, filters={"行政區": evil}).total == 0
            assert asked(table, q=evil).total == 0
            with pytest.raises(NoSuchColumn):
                asked(table, filters={evil: 1})
            with pytest.raises(BadQuery):
                asked(table, sort=f"{evil}, 金額")

    def test_name_the_column_that_is_not_there(self, table):
        with pytest.raises(NoSuchColumn) as refused:
            asked(table, filters={"不存在": 1})

        assert "不存在" in refused.value.sentence


class TestWords:
    @pytest.mark.parametrize(("q", "total"), [("北路", 100), ("臺北路", 100), ("台北路", 100), ("ktv", 1), ("ＫＴＶ", 1), ("路1號", 1),
                                              ("中壢 噪音", 33), ("沒有", 0), ("", 101), ("號中", 0)])  # fmt: skip
    def test_are_found_by_any_part_in_any_writing(self, table, q, total):
        assert asked(table, q=q).total == total


class TestGroups:
    def test_are_counted_and_measured(self, table):
        answer = asked(table, group="行政區", aggregates="count,sum:金額,avg:金額,distinct:類別", sort="count desc")

        assert [one.name for one in answer.columns] == ["行政區", "count", "sum(金額)", "avg(金額)", "distinct(類別)"]
        assert answer.rows[1][:3] == ("桃園區", 33, sum(n * 10 for n in range(1, 101) if n % 3 == 0))
        assert answer.total == 3

    def test_of_days_can_be_months(self, table):
        answer = asked(table, group="日期:month", filters={"日期": {"null": False}})

        assert answer.rows[0] == ("2017-01", 8)
        assert len(answer.rows) == 12

    def test_of_numbers_can_be_stretches(self, table):
        answer = asked(table, group="金額:250", filters={"金額": {"null": False}})

        assert answer.rows == [(0.0, 24), (250.0, 25), (500.0, 25), (750.0, 25), (1000.0, 1)]
        assert asked(table, group="金額:0.5,行政區", aggregates="sum:金額", q="路1號").rows == [(10.0, "中壢區", 10)]

    def test_may_be_called_as_measures_are(self, stored):
        table = stored("count,sum(n),n\na,x,1\na,y,2\nb,x,3\n")

        assert asked(table, group="count", sort="count desc").rows == [("a", 2), ("b", 1)]
        assert asked(table, group="sum(n)", aggregates="sum:n", sort="sum(n) desc").rows == [("x", 4), ("y", 2)]

    def test_can_be_none_for_one_number(self, table):
        assert asked(table, aggregates="max:金額").rows == [(1000,)]

    @pytest.mark.parametrize("wrong", [{"group": "金額:month"}, {"aggregates": "sum:行政區"}, {"aggregates": "median:金額"}, {"group": "x"},
                                       {"group": "行政區", "sort": "金額"}, {"group": "_id"}, {"group": "金額:0"}, {"group": "金額:nan"},
                                       {"group": "金額:-5"}, {"group": "行政區:10"}, {"group": "日期:10"}])  # fmt: skip
    def test_that_make_no_sense_are_refused(self, table, wrong):
        with pytest.raises(BadQuery):
            asked(table, **wrong)


class TestPlaces:
    def test_lie_in_a_box(self, table):
        assert asked(table, bbox="121,24.8,121.3,24.8105").total == 10

    @pytest.mark.parametrize(
        "bbox", ["1,2,3", "a,b,c,d", "121.3,24,121.2,25", "nan,1,2,3", "1,2,3,inf", [1, 2, 3, None], {}]
    )
    def test_of_no_box_are_refused(self, table, bbox):
        with pytest.raises(BadQuery):
            asked(table, bbox=bbox)

    def test_are_not_asked_of_tables_without(self, stored):
        with pytest.raises(BadQuery):
            asked(stored("a,b\n1,2\n"), bbox="121,24.8,121.3,24.8105")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["行政區", "金額", "日期", "count"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["行政區", "金額", "日期", "Lat", "from", "to", "contains", "null", "_id"]) | st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


class TestQuestions:
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.dictionaries(
            st.sampled_from(
                ["filters", "q", "fields", "sort", "limit", "offset", "group", "aggregates", "bbox", "after", "total"]
            ),
            ANYTHING,
        )
    )
    def test_of_anything_are_answered_or_refused_clearly(self, table, parameters):
        with contextlib.suppress(BadQuery):
            ask(table, parse(parameters, table))

    @pytest.mark.parametrize(
        "wrong", [{"limit": "x"}, {"limit": -1}, {"limit": 32_001}, {"offset": "1.5"}, {"filters": "{"}, {"filters": "[]"}, {"total": "maybe"},
                  {"q": "x" * 300}, {"filters": {"金額": "很多"}}, {"filters": {"金額": {"at": 1}}}, {"fields": "行政區,沒有"}, {"after": "[1, 2, 3]"}]
    )  # fmt: skip
    def test_that_are_wrong_say_so(self, table, wrong):
        with pytest.raises(BadQuery):
            parse(wrong, table)

    def test_that_take_too_long_are_stopped(self, table):
        query = parse({"group": "地址", "aggregates": "distinct:地址"}, table)

        with pytest.raises(TooSlow), asking._patient(0.05) as con:
            con.execute("SELECT count(*) FROM range(100000000000) a")
        assert ask(table, query).total == 101

    def test_read_nothing_outside_the_tables(self, table, tmp_path):
        (tmp_path / "secret.csv").write_text("a\n1\n")

        with duck.asking() as con, pytest.raises(Exception, match="Permission|disabled"):
            con.execute("SELECT * FROM read_csv(?)", [str(tmp_path / "secret.csv")])
        with duck.asking() as con, pytest.raises(Exception, match="locked|Cannot"):
            con.execute("SET enable_external_access = true")

    def test_go_to_tables_that_are_there(self, table):
        assert load(table.digest) == table
        for digest in ("0" * 64, "../" * 20, "x", ""):
            with pytest.raises(NoSuchTable):
                load(digest)


class TestFolding:
    @given(st.lists(st.text(max_size=12), max_size=6))
    def test_is_the_same_for_one_text_and_for_many(self, texts):
        many = folding.folded(pa.array(texts, pa.string())).to_pylist()

        assert many == [folding.folded_one(text) for text in texts]

    @pytest.mark.parametrize(
        ("text", "found"), [("ＡＢＣ（１）", "abc(1)"), ("台北", "臺北"), ("Äß", "äß"), ("ｶﾞ", "ガ"), ("㎡", "m2")]
    )
    def test_takes_width_case_and_variants_for_one(self, text, found):
        assert folding.folded_one(text) == found

    def test_of_a_slice_looks_at_the_slice(self):
        texts = pa.array(["é" * 9, "Ａ", "b"], pa.string())

        assert folding.folded(texts.slice(1)).to_pylist() == ["a", "b"]


def test_a_forked_child_leaves_its_parents_connections_alone(tmp_path, monkeypatch):
    """Closing one waits for threads that the child has not: of many it died."""
    monkeypatch.setattr(duck, "_connections", {})
    for n in range(20):
        monkeypatch.setattr(duck, "folder", lambda n=n: tmp_path / str(n))
        with duck.asking() as cursor:
            cursor.execute(f"COPY (SELECT range FROM range(300000)) TO '{duck.folder()}/t.parquet'")
            cursor.execute(f"SELECT sum(range) FROM read_parquet('{duck.folder()}/t.parquet')").fetchall()
    child = os.fork()
    if not child:
        code = 1
        try:
            with duck.asking() as cursor:
                code = 0 if cursor.execute("SELECT 1").fetchone() == (1,) else 2
        finally:
            os._exit(code)

    _pid, status = os.waitpid(child, 0)

    assert status == 0
