"""Decisions about hotspots."""

from datetime import date

import pytest

from cityhall.domains.wifi.rules import Stand, can_be_meant, findings, is_city, may_follow, named_district, swapped

TODAY = date(2017, 2, 28)
DISTRICTS = {"桃園區": "1", "中壢區": "2", "大溪區": "3"}


class TestFindings:
    @pytest.mark.parametrize(
        ("stand", "found"),
        [
            (Stand("1", "1"), []),
            (Stand("1", ""), []),
            (Stand("", "1"), ["OUTSIDE"]),
            (Stand("2", "1"), ["OTHER_DISTRICT"]),
            (Stand("1", "1", contract_to=date(2017, 2, 27)), ["CONTRACT_OVER"]),
            (Stand("1", "1", contract_to=TODAY), []),
            (Stand("1", "1", open=False, contract_to=date(2016, 1, 1)), []),
            (Stand("2", "1", contract_to=date(2016, 1, 1)), ["OTHER_DISTRICT", "CONTRACT_OVER"]),
        ],
    )
    def test_name_what_is_wrong(self, stand, found):
        assert findings(stand, TODAY) == found


class TestDistrictOfAnAddress:
    def test_is_the_first_one_named(self):
        assert named_district("335桃園市大溪區中壢區路1號", DISTRICTS) == "3"

    def test_is_none_where_none_is_named(self):
        assert named_district("桃園市三光路381號", DISTRICTS) == ""


class TestPosition:
    def test_can_be_swapped(self):
        assert swapped(24.99, 121.3)
        assert not swapped(121.3, 24.99)

    def test_is_meant_near_the_island_only(self):
        assert can_be_meant(121.3, 24.99)
        assert not can_be_meant(0, 0)
        assert not can_be_meant(float("nan"), 24)


class TestStates:
    def test_begin_planned_or_open(self):
        assert may_follow("PLANNED", "")
        assert may_follow("OPEN", "")
        assert not may_follow("PAUSED", "")

    def test_follow_one_another(self):
        assert may_follow("PAUSED", "OPEN")
        assert may_follow("OPEN", "CLOSED")
        assert not may_follow("PLANNED", "OPEN")


class TestOperator:
    def test_is_the_city_or_one_of_its_agencies(self):
        assert is_city("桃園市政府", "桃園市", ())
        assert is_city("衛生局", "桃園市", ("衛生局",))
        assert not is_city("交通部", "桃園市", ("衛生局",))
