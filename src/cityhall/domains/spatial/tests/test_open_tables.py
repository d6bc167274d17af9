"""A map straight from a published table: codes and names to areas, changed codes mapped, unknown ones listed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cityhall.domains.spatial import analyses, open_tables, rules
from cityhall.domains.spatial.measuring import result_held
from cityhall.domains.spatial.models import Analysis, CodeChange
from cityhall.domains.spatial.rules import AreaNames, Moved
from cityhall.domains.spatial.states import Tool
from cityhall.domains.spatial.tests import publisher
from cityhall.domains.spatial.tests.city import NINE, WHO, City, clean, make_city, signed_in
from cityhall.engines.tables import published

NAMES = AreaNames(
    "桃園市",
    {"桃園區": "68000010", "中壢區": "68000020"},
    {"中平里": [("68000010", "68000010001"), ("68000020", "68000020005")], "文昌里": [("68000010", "68000010002")]},
)


class TestCodeOf:
    @pytest.mark.parametrize(
        ("level", "cell", "district", "code"),
        [
            ("DISTRICT", "桃園區", "", "68000010"), ("DISTRICT", "桃園市中壢區", "", "68000020"),
            ("DISTRICT", "６８００００１０", "", "68000010"), ("DISTRICT", "68000010-001", "", "68000010"),
            ("DISTRICT", "文昌里", "", "68000010"), ("DISTRICT", "中平里", "", None), ("DISTRICT", "新里", "中壢區", "68000020"), ("DISTRICT", "板橋區", "", None),
            ("VILLAGE", "68000010-001", "", "68000010001"), ("VILLAGE", "文昌里", "", "68000010002"),
            ("VILLAGE", "中平里", "", None), ("VILLAGE", "中平里", "中壢區", "68000020005"),
            ("VILLAGE", "中平里", "桃園市桃園區", "68000010001"), ("VILLAGE", "中平里", "68000020", "68000020005"),
            ("VILLAGE", "中壢區中平里", "", "68000020005"), ("VILLAGE", "桃園市 桃園區 中平里", "", "68000010001"),
            ("VILLAGE", "文昌里", "中壢區", None), ("VILLAGE", "桃園區", "", None), ("VILLAGE", "68000010", "", None),
            ("VILLAGE", "", "", None), ("VILLAGE", "桃園市", "", None),
        ],
    )  # fmt: skip
    def test_reads_codes_and_names_and_never_guesses(
        self, level: str, cell: str, district: str, code: str | None
    ) -> None:
        assert NAMES.code_of(level, cell, district) == code

    @given(st.text(), st.text(), st.sampled_from(["VILLAGE", "DISTRICT"]))
    @example("", "0", "DISTRICT")
    @example("", "²", "DISTRICT")
    def test_answers_whatever_stands_there(self, cell: str, district: str, level: str) -> None:
        found = NAMES.code_of(level, cell, district)

        assert found is None or len(found) == (8 if level == "DISTRICT" else 11)


class TestCarriedUndated:
    MOVES = (
        Moved("a", "b", date(2016, 1, 1), 1.0),
        Moved("c", "d", date(2016, 1, 1), 0.5),
        Moved("c", "e", date(2016, 1, 1), 0.5),
    )

    def carried(self, numbers: dict[str, float], *, adds_up: bool = True) -> rules.Carried:
        return rules.carried_undated(numbers, ["b", "d", "e"], self.MOVES, until=date(2017, 1, 1), adds_up=adds_up)

    def test_only_codes_that_do_not_hold_are_followed(self) -> None:
        found = self.carried({"a": 1, "b": 10, "c": 4, "x": 9})

        assert found.numbers == {"b": 11, "d": 2, "e": 2}
        assert found.mapped == {"b": ["b", "a"], "d": ["c"], "e": ["c"]}
        assert found.lost == ["x"]

    def test_rates_are_never_put_together(self) -> None:
        found = self.carried({"a": 0.1, "b": 0.2, "c": 0.3}, adds_up=False)

        assert found.numbers == {"b": 0.2}
        assert found.lost == ["a", "c"]
        assert self.carried({"a": 0.1}, adds_up=False).mapped == {"b": ["a"]}

    @given(st.dictionaries(st.sampled_from("abcdex"), st.integers(0, 10**6).map(float)))
    def test_nothing_is_lost_without_being_named(self, numbers: dict[str, float]) -> None:
        found = self.carried(numbers)
        named = sum(numbers[code] for code in found.lost)

        assert sum(found.numbers.values()) + named == pytest.approx(sum(numbers.values()))


TABLE = "行政區,里別,件數\n桃園區,中平里,3\n桃園區,中平里,2\n中壢區,文昌里,7\n桃園區,火星里,8\n"


@pytest.fixture
def city(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    monkeypatch.setattr(published, "_shelves", [publisher.shelf])
    publisher.shelf.tables.clear()
    yield make_city()
    clean()


def asked(city: City, text: str = TABLE, level: str = "VILLAGE", **said: Any) -> Analysis:
    publisher.publish("cases", text, agency=city.works)
    given: dict[str, Any] = {"key": "cases", "area": "里別", "number": "件數", "how": "sum", **said}
    return computed(analyses.ask(Tool.CHOROPLETH, "件數", {"level": level, "measure": "open:", "open": given}, **WHO))


def computed(one: Analysis) -> Analysis:
    analyses.carry_out(one, at=NINE)
    one.refresh_from_db()
    return one


def values(one: Analysis) -> dict[str, float]:
    held = result_held(one)
    rows = zip(held.table["code"].to_pylist(), held.table["value"].to_pylist(), strict=True)
    return {code: value for code, value in rows if value is not None}


class TestComputed:
    def test_adds_up_by_name_within_the_district_and_lists_what_no_area_has(self, city: City) -> None:
        one = asked(city)

        assert values(one) == {"v1": 5, "v2": 7}
        assert one.unknown == ["桃園區火星里"]
        assert one.rights == "PUBLIC"
        assert one.inputs.get(title="cases").version.startswith("1 ")
        page = signed_in(city.officer).get(f"/map/results/{one.number}/").content.decode()
        assert "火星里" in page
        assert "對不到區域的內容" in page

    def test_means_and_rows_are_told_too(self, city: City) -> None:
        assert values(asked(city, how="avg")) == {"v1": 2.5, "v2": 7}
        assert values(asked(city, number="", how="count")) == {"v1": 2, "v2": 1}

    def test_villages_are_added_up_to_districts(self, city: City) -> None:
        one = asked(city, level="DISTRICT")

        assert values(one) == {"68000010": 13, "68000020": 7}
        assert one.unknown == []

    def test_one_month_is_told_where_the_table_has_many(self, city: City) -> None:
        monthly = "年月,行政區,件數\n106年1月,桃園區,3\n106年2月,桃園區,4\n106年2月,中壢區,1\n"
        publisher.publish("cases", monthly, agency=city.works)
        form = signed_in(city.officer).get("/desk/spatial/analyses/open-data/cases/").content.decode()
        assert form.index("2017-02") < form.index("2017-01")

        one = asked(city, monthly, level="DISTRICT", area="行政區", period="2017-02", period_column="年月")

        assert values(one) == {"68000010": 4, "68000020": 1}
        assert "2017-02" in one.columns[-1]["zh"]
        assert asked(city, monthly, area="行政區", period="x", period_column="年月").state == "REFUSED"

    def test_years_are_periods_too(self, city: City) -> None:
        yearly = "年度,行政區,件數\n105,桃園區,3\n106,桃園區,4\n"

        one = asked(city, yearly, level="DISTRICT", area="行政區", period="106", period_column="年度")

        assert open_tables.offered(publisher.shelf.tables["cases"]).periods == ("106", "105")
        assert values(one) == {"68000010": 4}

    def test_codes_that_changed_are_those_of_today_and_that_is_said(self, city: City) -> None:
        CodeChange.objects.create(level="VILLAGE", old="68000010901", new="v1", on=date(2016, 1, 1), share=1)

        one = asked(city, "村里代碼,件數\n68000010901,7\n68000010902,1\n", area="村里代碼")

        assert values(one) == {"v1": 7}
        assert one.mapped == {"v1": ["68000010901"]}
        assert one.unknown == ["68000010902"]
        page = signed_in(city.officer).get(f"/map/results/{one.number}/").content.decode()
        assert "換過的代碼" in page

    @pytest.mark.parametrize(
        ("said", "why"),
        [
            ({"key": "gone"}, "已經不公開"), ({"area": "沒有"}, "已經沒有選的欄位"), ({"number": "沒有"}, "已經沒有選的欄位"),
            ({"number": "里別"}, "已經沒有選的欄位"), ({"area": "件數"}, "都對不上"),
        ],
    )  # fmt: skip
    def test_says_why_it_cannot(self, city: City, said: dict[str, Any], why: str) -> None:
        one = asked(city, **said)

        assert one.state == "REFUSED"
        assert why in one.refusal

    def test_a_table_of_ones_own_lists_its_unknown_codes_too(self, city: City) -> None:
        given = {"level": "VILLAGE", "measure": "table:", "table": {"v1": 3, "x": 4}}

        one = computed(analyses.ask(Tool.CHOROPLETH, "表", given, **WHO))

        assert (values(one), one.unknown) == ({"v1": 3}, ["x"])


class TestPages:
    def test_an_officer_chooses_a_table_its_columns_and_reads_the_map(self, city: City) -> None:
        publisher.publish("cases", TABLE, agency=city.works)
        publisher.publish("plain", "甲,乙\n1,2\n", agency=city.works)
        browser = signed_in(city.officer)

        assert "cases" in browser.get("/desk/spatial/analyses/open-data/").content.decode()
        assert "沒有村里或行政區的欄位" in browser.get("/desk/spatial/analyses/open-data/plain/").content.decode()
        here = "/desk/spatial/analyses/open-data/cases/"
        page = browser.get(here).content.decode()
        assert "里別（村里名稱）" in page
        sent = {"title": "件數", "level": "VILLAGE", "area": "里別", "number": "件數", "how": "sum"}
        assert browser.post(here, sent | {"area": "行政區"}).status_code == 422
        assert browser.post(here, sent | {"area": "沒有"}).status_code == 422
        answer = browser.post(here, sent | {"coded_on_year": "106", "coded_on_month": "1", "coded_on_day": "1"})
        one = Analysis.objects.get()
        assert answer["Location"] == f"/map/results/{one.number}/"
        assert one.asked["open"]["coded_on"] == "2017-01-01"
        assert computed(one).state == "DONE"
        assert browser.get("/desk/spatial/analyses/open-data/nothing/").status_code == 404
