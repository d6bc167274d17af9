"""The chain without a database: whatever is done to it, the walk names a row at or before the harm."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cityhall.engines.audit.rules import GENESIS, Fault, Link, Walk, canonical, hash_of, walk

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def chain(length: int) -> list[Link]:
    links: list[Link] = []
    for seq in range(1, length + 1):
        previous = links[-1].hash if links else GENESIS
        link = Link(seq, NOON + timedelta(minutes=seq), "petition.opened", "petitions.petition", str(seq), "7",
                    canonical({"new": {"n": seq}}), previous, "")  # fmt: skip
        links.append(link._replace(hash=hash_of(link)))
    return links


def verdict(links, head=None, anchors=None):
    end = head or ((links[-1].seq, links[-1].hash) if links else (0, GENESIS))
    return walk(links, lambda: end, anchors or {})


class TestWalk:
    def test_accepts_an_untouched_chain(self):
        links = chain(5)

        assert verdict(links).ok
        assert verdict(links, anchors={3: links[2].hash}).ok
        assert verdict([]).ok

    def test_says_how_many_rows_it_saw_and_where_the_chain_stands(self):
        links = chain(5)

        assert (verdict(links).rows, verdict(links).head) == (5, links[4].hash)
        assert (verdict([]).rows, verdict([]).head) == (0, GENESIS)

    def test_says_up_to_where_all_was_well(self):
        links = chain(5)
        links[2] = links[2]._replace(actor="8")

        assert (verdict(links).rows, verdict(links).head) == (2, links[1].hash)

    def test_holds_nothing_good_that_comes_after_a_bad_row(self):
        links = chain(3)
        way = Walk({})

        assert way.step(links[0])
        assert not way.step(links[2])
        assert not way.step(links[1])
        assert way.verdict(3, links[2].hash).first_bad_seq == 2

    def test_a_first_row_that_remembers_one_before_it_belongs_to_no_chain(self):
        links = chain(2)
        foreign = links[0]._replace(previous_hash="f" * 64)

        found = verdict([foreign._replace(hash=hash_of(foreign)), links[1]])

        assert (found.first_bad_seq, found.fault) == (1, Fault.UNCHAINED)

    def test_names_a_changed_row(self):
        links = chain(5)
        links[2] = links[2]._replace(payload='{"new":{"n":99}}')

        found = verdict(links)

        assert (found.ok, found.first_bad_seq, found.fault, found.rows) == (False, 3, Fault.CHANGED, 2)

    def test_names_a_row_that_was_changed_together_with_its_hash(self):
        links = chain(5)
        forged = links[2]._replace(actor="8")
        links[2] = forged._replace(hash=hash_of(forged))

        found = verdict(links)

        assert (found.first_bad_seq, found.fault) == (3, Fault.REWRITTEN)

    def test_names_the_last_row_when_that_was_changed_together_with_its_hash(self):
        links = chain(5)
        forged = links[4]._replace(actor="8")

        found = verdict([*links[:4], forged._replace(hash=hash_of(forged))], head=(5, links[4].hash))

        assert (found.first_bad_seq, found.fault) == (5, Fault.REWRITTEN)

    def test_names_a_missing_row(self):
        links = chain(5)

        found = verdict([*links[:1], *links[2:]])

        assert (found.first_bad_seq, found.fault) == (2, Fault.MISSING)

    def test_names_the_first_of_two_swapped_rows(self):
        links = chain(5)
        links[1], links[3] = links[3]._replace(seq=2), links[1]._replace(seq=4)

        assert verdict(links).first_bad_seq == 2

    def test_names_the_first_row_that_was_cut_off(self):
        links = chain(5)

        found = verdict(links[:3], head=(5, links[4].hash))

        assert (found.first_bad_seq, found.fault) == (4, Fault.CUT_OFF)

    def test_an_anchor_tells_a_cut_whose_head_was_moved_too(self):
        links = chain(5)

        found = verdict(links[:3], anchors={5: links[4].hash})

        assert (found.first_bad_seq, found.fault) == (4, Fault.CUT_OFF)

    def test_an_anchor_tells_a_chain_that_was_made_anew(self):
        links = chain(5)
        forged = [link._replace(actor="8") for link in links]
        previous = GENESIS
        for index, link in enumerate(forged):
            whole = link._replace(previous_hash=previous)
            forged[index] = whole._replace(hash=hash_of(whole))
            previous = forged[index].hash

        found = verdict(forged, anchors={4: links[3].hash})

        assert (found.first_bad_seq, found.fault) == (4, Fault.REWRITTEN)

    def test_names_a_row_added_at_the_end(self):
        links = chain(6)

        found = verdict(links, head=(5, links[4].hash))

        assert (found.first_bad_seq, found.fault) == (6, Fault.ADDED)

    def test_names_a_row_added_before_the_first(self):
        links = chain(3)

        found = verdict([links[0]._replace(seq=0), *links])

        assert (found.first_bad_seq, found.fault) == (0, Fault.ADDED)

    @given(
        row=st.integers(0, 7),
        field=st.sampled_from(["event", "subject_type", "subject_id", "actor", "payload", "hash", "previous_hash"]),
        text=st.text(st.characters(codec="utf-8"), max_size=5),
    )
    def test_no_change_of_any_field_passes(self, row, field, text):
        links = chain(8)
        assume(text != getattr(links[row], field))
        links[row] = links[row]._replace(**{field: text})

        found = verdict(links, head=(8, chain(8)[7].hash))

        assert found.first_bad_seq == row + 1


class TestCanonical:
    def test_orders_keys_and_keeps_chinese(self):
        assert canonical({"b": 1, "a": "路燈"}) == '{"a":"路燈","b":1}'

    def test_writes_days_money_and_ids_as_text(self):
        value = [date(2026, 1, 2), Decimal("1.50"), UUID(int=1), frozenset({2, 1}), Fault.ADDED]

        assert canonical(value) == '["2026-01-02","1.50","00000000-0000-0000-0000-000000000001",[1,2],"added"]'

    def test_writes_instants_as_the_standard_does(self):
        assert canonical(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == '"2026-01-02T03:04:05+00:00"'

    def test_writes_a_word_of_a_list_as_what_it_stands_for(self):
        assert canonical(Enum("Size", {"SMALL": 1}).SMALL) == "1"

    def test_writes_a_record_as_its_key_and_anything_else_as_it_says_itself(self):
        assert canonical([SimpleNamespace(pk=7), timedelta(days=1)]) == '[7,"1 day, 0:00:00"]'

    @pytest.mark.parametrize("text", ["\udc80", "\x00", "𠮷", "\u202e"])
    def test_any_character_can_be_kept_and_read_back(self, text):
        import json

        written = canonical({"note": text})

        assert json.loads(written.encode().decode()) == {"note": text}


class TestHashOf:
    """What is written once is checked for years, by later programs and on other machines."""

    LINK = Link(
        7, NOON, "petition.opened", "petitions.petition", "12", "3", canonical({"new": {"n": "路燈"}}), GENESIS, ""
    )
    HASH = "19f90c4496235b47b965e5f01833f835091e6068e134eacd027b7974647b2320"

    def test_is_the_same_for_ever(self):
        assert hash_of(self.LINK) == self.HASH

    def test_is_of_the_instant_wherever_its_clock_stands(self):
        elsewhere = NOON.astimezone(timezone(timedelta(hours=8)))

        assert hash_of(self.LINK._replace(at=elsewhere)) == self.HASH

    def test_tells_one_microsecond_from_another(self):
        assert hash_of(self.LINK._replace(at=NOON + timedelta(microseconds=1))) != self.HASH
