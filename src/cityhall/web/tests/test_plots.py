"""Plots: whatever is drawn, its Vega-Lite is sound and holds no name of a column where an expression could stand."""

import json
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from cityhall.web import charts, plots
from cityhall.web.plots import Kind, Plot, Scale, Spot

names = st.text(min_size=1, max_size=20) | st.sampled_from(
    ["a.b", "datum['x']", "${x}", "</script>", "x\\", "'", "其他"]
)
spots = st.lists(
    st.builds(Spot, names, st.floats(-1e300, 1e300), names, at=st.floats(-1e9, 1e9), share=st.floats(0, 100)), max_size=30
)  # fmt: skip


def plot(kind=Kind.BARS, scale=Scale.NAMES, found=(), colour="", **more):
    return Plot(kind, scale, "各區的件數", "行政區", "件數", "研考會", tuple(found), colour, others="其他", **more)


class TestSpec:
    @given(st.sampled_from(Kind), st.sampled_from(Scale), spots, st.booleans(), st.booleans())
    def test_is_sound_whatever_is_drawn(self, kind, scale, found, coloured, stacked):
        one = plot(kind, scale, found, "$類別'" if coloured else "", stacked=stacked)
        spec = json.loads(json.dumps(one.spec(), allow_nan=False))

        fields = set()
        for encoding in [
            spec["encoding"],
            *(layer["encoding"] for layer in spec.get("layer", []) if "encoding" in layer),
        ]:
            fields |= {channel["field"] for channel in encoding.values()}
        assert fields <= {"place", "value", "share", "colour", "said"}
        assert len(spec["data"]["values"]) == len(found) == len(one.rows) == len(one.data)
        assert "expr" not in json.dumps({**spec, "data": {}, "title": "", "description": ""})
        if coloured and found:
            assert set(spec["encoding"]["color"]["scale"]["domain"]) == {spot.colour for spot in found}
        assert one.about

    def test_gives_the_rest_the_quiet_colour_at_the_end(self):
        one = plot(found=[Spot("甲", 1, "其他"), Spot("甲", 2, "路燈")], colour="類別")

        assert one.spec()["encoding"]["color"]["scale"] == {
            "domain": ["路燈", "其他"],
            "range": [plots.PALETTE[0], plots.OTHERS],
        }


class TestPicture:
    def test_is_drawn_by_the_server_where_it_can(self):
        months = [Spot(charts.short_day(day, "month"), 3, at=day) for day in (date(2017, 1, 1), date(2017, 2, 1))]

        assert "<svg" in plot(found=[Spot("甲", 1)]).picture()
        assert "<svg" in plot(Kind.LINE, Scale.MONTH, months).picture()
        assert "<svg" in plot(Kind.BARS, Scale.MONTH, months).picture()
        assert plot(Kind.AREA, Scale.MONTH, months).picture() is None
        assert plot(found=[Spot("甲", -1)]).picture() is None
        assert plot().picture() is None


class TestDays:
    @pytest.mark.parametrize(("part", "chinese", "english"), [
        ("year", "106年", "2017"), ("month", "106/3", "2017-03"), ("day", "106/3/9", "2017-03-09"),
    ])  # fmt: skip
    def test_are_short_in_both_languages(self, part, chinese, english):
        assert charts.short_day(date(2017, 3, 9), part) == chinese
        with translation.override("en"):
            assert charts.short_day(date(2017, 3, 9), part) == english

    def test_before_the_roc_are_gregorian(self):
        assert charts.short_day(date(1895, 4, 17), "month") == "西元1895/4"

    @given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 300), st.sampled_from(plots.TIMES))
    def test_between_two_days_are_all_or_none(self, first, more, scale):
        last = date.fromordinal(first.toordinal() + more)
        found = plots.between(first, last, scale, most=200)

        assert len(found) <= 200
        assert list(found) == sorted(set(found))
        if found:
            assert charts.short_day(found[0], scale.value) == charts.short_day(first, scale.value)
            assert charts.short_day(found[-1], scale.value) == charts.short_day(last, scale.value)
