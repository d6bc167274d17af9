"""Addresses as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.places.rules import Address, Names, between, key, number_of, numeral, parse, place_name

NAMES = Names.of(
    city="桃園市",
    districts=["桃園區", "中壢區", "大溪區", "平鎮區", "觀音區"],
    roads=["中山路", "中山東路一段", "中山東路", "民生路", "中正路", "復興路", "民權路", "埔里街", "市府路", "市政大道",
           "文化一路", "環中東路二段"],
)  # fmt: skip

WRITTEN = [
    ("桃園市桃園區中山路200號", Address(city="桃園市", district="桃園區", road="中山路", number=200)),
    ("３３０桃園市桃園區中山路２００號", Address(city="桃園市", district="桃園區", road="中山路", number=200)),
    (
        "桃園縣中壢市中山東路一段12-3號",
        Address(city="桃園縣", district="中壢區", road="中山東路", section=1, number=12, sub=3),
    ),
    ("中壢市中山路5號之1", Address(district="中壢區", road="中山路", number=5, sub=1)),
    ("中壢中山路5之1號", Address(district="中壢區", road="中山路", number=5, sub=1)),
    ("桃園中山路5號", Address(road="中山路", number=5)),
    ("大溪鎮復興路12巷3弄5號2樓", Address(district="大溪區", road="復興路", lane=12, alley=3, number=5, rest="2樓")),
    (
        "桃園區中平里5鄰中山路200號前",
        Address(district="桃園區", village="中平里", neighbourhood=5, road="中山路", number=200, near="前"),
    ),
    ("中山路 200 號前路燈不亮三天了", Address(road="中山路", number=200, near="前", rest="路燈不亮三天了")),
    ("我家前面的中山路200號對面", Address(road="中山路", number=200, near="對面")),
    ("我住中壢區，就在中正路和民權路口附近", Address(district="中壢區", road="中正路", crossing="民權路", near="附近")),
    ("中山路與民生路口", Address(road="中山路", crossing="民生路")),
    ("中山路口與民生路口", Address(road="中山路", crossing="民生路")),
    ("中正路/復興路", Address(road="中正路", crossing="復興路")),
    ("中山、民權路口", Address(road="中山路", crossing="民權路")),
    ("桃園區中山、民權路交叉口", Address(district="桃園區", road="中山路", crossing="民權路")),
    ("環中東路二段與中山東路一段路口", Address(road="環中東路", section=2, crossing="中山東路", crossing_section=1)),
    ("文化一路50", Address(road="文化一路", number=50)),
    ("埔里街3號", Address(road="埔里街", number=3)),
    ("市府路1號", Address(road="市府路", number=1)),
    ("中壢區市政大道", Address(district="中壢區", road="市政大道")),
    ("臺北市中正區中山路1號", Address(city="臺北市", rest="")),
    ("桃園火車站", Address(rest="桃園火車站")),
    ("", Address()),
]  # fmt: skip


class TestParse:
    @pytest.mark.parametrize(("text", "address"), WRITTEN[:-3] + WRITTEN[-2:])
    def test_reads_what_people_write(self, text, address):
        assert parse(text, NAMES) == address

    def test_tells_another_city(self):
        assert parse("台北市中正區中山路1號", NAMES).city == "臺北市"

    @pytest.mark.parametrize(
        ("text", "address"),
        [
            ("新竹縣竹北市光明六路10號", Address(city="新竹縣", district="竹北市", road="光明六路", number=10)),
            ("中平里中山路3號", Address(village="中平里", road="中山路", number=3)),
            ("埔里街3號", Address(road="埔里街", number=3)),
        ],
    )
    def test_reads_the_usual_form_without_knowing_any_name(self, text, address):
        assert parse(text) == address

    @given(
        st.builds(
            Address,
            city=st.sampled_from(["", "桃園市"]),
            district=st.sampled_from(["", "桃園區", "中壢區", "觀音區"]),
            village=st.sampled_from(["", "中平里", "三民里"]),
            neighbourhood=st.sampled_from([0, 1, 12]),
            road=st.sampled_from(["中山路", "埔里街", "市政大道", "文化一路", "中山東路"]),
            section=st.integers(0, 12),
            lane=st.integers(0, 999),
            alley=st.integers(0, 99),
            number=st.integers(1, 99_999),
            sub=st.integers(0, 99),
            near=st.sampled_from(["", "前", "對面", "附近", "旁邊"]),
        )
    )
    def test_reads_back_what_it_writes_in_either_width(self, address):
        written = str(address)

        assert parse(written, NAMES) == address
        assert parse(written.translate({n: n + 0xFEE0 for n in range(0x30, 0x3A)}), NAMES) == address

    @given(st.text(alphabet="桃園市中壢區里鄰路街段巷弄號之與口前12 、-/臺", max_size=25))
    def test_bears_anything(self, text):
        assert isinstance(parse(text, NAMES), Address)
        assert isinstance(parse(text), Address)


class TestNumerals:
    @pytest.mark.parametrize("number", range(1, 100))
    def test_go_both_ways(self, number):
        assert number_of(numeral(number)) == number


class TestKey:
    def test_takes_all_writings_as_one(self):
        assert key("台 １線") == key("臺1線")


class TestPlaceName:
    @pytest.mark.parametrize("text", ["中壢火車站", "中壢火車站前", "中壢火車站的對面", " 中壢火車站附近"])
    def test_drops_what_only_says_near(self, text):
        assert place_name(text) == "中壢火車站"


class TestBetween:
    def test_prefers_its_own_side_of_the_road(self):
        spread = between(200, [101, 150, 199, 201, 250])

        assert (spread.low, spread.high, spread.share) == (150, 250, 0.5)

    def test_takes_the_other_side_where_its_own_is_unknown(self):
        assert between(200, [199, 201]).share == 0.5

    def test_knows_an_exact_number(self):
        assert between(200, [200, 300]).share == 0

    def test_does_not_guess_beyond_the_known(self):
        assert between(200, [2, 100]) is None
