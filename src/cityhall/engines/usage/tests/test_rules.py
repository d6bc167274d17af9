from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhall.engines.usage import rules
from cityhall.engines.usage.rules import Days, Relation

DAY = date(2016, 8, 1)
ROBOTS = ["bot", "curl/"]
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"


class TestNetwork:
    @pytest.mark.parametrize(
        ("address", "kept"),
        [
            ("203.0.113.77", "203.0.113.0"),
            ("2001:db8:1:2:3::4", "2001:db8:1::"),
            ("fe80::1%eth0", "fe80::"),
            ("::ffff:203.0.113.77", "203.0.113.0"),
            ("unix:", ""),
            ("", ""),
        ],
    )
    def test_keeps_no_more_than_the_network(self, address: str, kept: str) -> None:
        assert rules.network(address) == kept


class TestVisitor:
    def test_is_the_same_within_a_day_and_another_on_the_next(self) -> None:
        said = {"key": b"k", "address": "203.0.113.77", "agent": BROWSER}

        assert rules.visitor(day=DAY, **said) == rules.visitor(day=DAY, **said)
        assert rules.visitor(day=DAY, **said) != rules.visitor(day=date(2016, 8, 2), **said)
        assert rules.visitor(day=DAY, **said) != rules.visitor(day=DAY, **said | {"agent": "x"})
        assert rules.visitor(day=DAY, **said) != rules.visitor(day=DAY, **said | {"key": b"other"})
        assert len(rules.visitor(day=DAY, **said)) == 16


class TestMark:
    @pytest.mark.parametrize(
        ("agent", "path", "headers", "found"),
        [
            (BROWSER, "/data/", {}, ""),
            ("Googlebot/2.1", "/data/", {}, "robot"),
            ("CURL/8", "/data/", {}, "robot"),
            ("", "/data/", {}, "robot"),
            (BROWSER, "/healthz", {}, "health"),
            (BROWSER, "/metrics/", {}, "health"),
            ("kube-probe/1.29", "/data/", {}, "health"),
            (BROWSER, "/api/", {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, "own"),
            (BROWSER, "/data/", {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}, ""),
            (BROWSER, "/data/", {"Sec-Fetch-Site": "same-origin"}, ""),
            (BROWSER, "/api/", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, ""),
        ],
    )
    def test_tells_whose_use_is_not_counted(self, agent: str, path: str, headers: dict[str, str], found: str) -> None:
        assert rules.mark(agent=agent, path=path, headers=headers, robots=ROBOTS) == found


class TestCounts:
    @pytest.mark.parametrize(
        ("method", "pieces", "counts"),
        [
            ("GET", "", True),
            ("POST", "", True),
            ("HEAD", "", False),
            ("OPTIONS", "", False),
            ("GET", "bytes=0-1023", True),
            ("GET", "bytes=0-", True),
            ("GET", "bytes=00-", True),
            ("GET", "bytes=1024-2047", False),
            ("GET", "bytes=-500", False),
            ("GET", "bytes=0-1, 5-6", True),
            ("GET", "bytes=5-6, 0-1", False),
            ("GET", "pages=3", True),
        ],
    )
    def test_only_what_begins_at_the_first_byte(self, method: str, pieces: str, counts: bool) -> None:
        assert rules.counts(method, pieces) is counts

    def test_a_piece_is_told_from_a_whole(self) -> None:
        assert rules.is_partial("bytes=0-")
        assert rules.is_partial("bytes=5-")
        assert not rules.is_partial("")
        assert not rules.is_partial("pages=3")


def days(first: int, last: int) -> Days:
    return Days(date(2016, 8, first), date(2016, 8, last))


class TestRelation:
    def test_the_same_days_are_corrected(self) -> None:
        assert rules.relation(days(1, 7), addition=False, others={4: days(1, 7)}) == (Relation.REPLACES, 4)

    def test_some_of_the_same_days_would_count_twice(self) -> None:
        assert rules.relation(days(1, 7), addition=False, others={4: days(7, 9)}) == (Relation.CLASHES, 4)
        assert rules.relation(days(1, 7), addition=False, others={4: days(2, 3)}) == (Relation.CLASHES, 4)

    def test_other_days_are_new(self) -> None:
        assert rules.relation(days(1, 7), addition=False, others={4: days(8, 9)}) == (Relation.NEW, None)

    def test_an_addition_only_adds(self) -> None:
        assert rules.relation(days(1, 7), addition=True, others={4: days(1, 7)}) == (Relation.NEW, None)


class TestLate:
    def test_after_so_many_days(self) -> None:
        assert not rules.is_late(DAY, received=date(2016, 8, 11), days=10)
        assert rules.is_late(DAY, received=date(2016, 8, 12), days=10)


class TestSlices:
    @given(st.dictionaries(st.dates(date(2016, 1, 1), date(2016, 12, 31)), st.integers(1, 90)), st.integers(1, 100))
    def test_hold_every_day_once_in_order_and_not_too_much(self, found: dict[date, int], most: int) -> None:
        runs = rules.slices(found, most)

        assert [day for day in sorted(found) if not any(first <= day <= last for first, last in runs)] == []
        assert all(one[1] < other[0] for one, other in zip(runs, runs[1:], strict=False))
        for first, last in runs:
            rows = [many for day, many in found.items() if first <= day <= last]
            assert sum(rows) <= most or len(rows) == 1
