"""What is kept is given again while nothing has changed; what is dear may be a little old."""

import pytest

from cityhall.web.kept import DEAR, OLDEST, TIMES, Kept


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


class Source:
    """Something that changes, and counts how often it was made."""

    def __init__(self, clock, took=0.0):
        self.clock, self.took, self.stamp, self.made = clock, took, 1, 0
        self.kept = Kept(lambda: self.stamp, most=3)

    def make(self):
        self.made += 1
        self.clock.now += self.took
        return f"{self.stamp}"

    def give(self, key="one"):
        return self.kept.give(key, self.make, clock=self.clock)


def test_is_made_once_while_nothing_changes(clock):
    source = Source(clock)

    assert [source.give() for _ in range(3)] == ["1", "1", "1"]
    assert source.made == 1


def test_is_made_anew_when_something_changed(clock):
    source = Source(clock)
    source.give()
    source.stamp = 2

    assert source.give() == "2"


def test_is_made_anew_after_a_while_in_any_case(clock):
    source = Source(clock)
    source.give()
    clock.now += OLDEST

    source.give()

    assert source.made == 2


def test_may_be_old_for_some_times_as_long_as_it_took(clock):
    source = Source(clock, took=2 * DEAR)
    source.give()
    source.stamp = 2
    clock.now += 2 * DEAR * (TIMES - 2)

    assert source.give() == "1"

    clock.now += 2 * DEAR * 2
    assert source.give() == "2"


def test_what_changed_while_it_was_made_is_not_taken_for_new(clock):
    source = Source(clock)

    def make():
        source.stamp = 2
        return "of the old state"

    source.kept.give("one", make, clock=clock)

    assert source.give() == "2"


def test_keeps_the_newest_used_ones(clock):
    source = Source(clock)
    for key in "abc":
        source.give(key)
    source.give("a")
    source.give("d")
    source.made = 0

    source.give("a")
    source.give("b")

    assert source.made == 1  # b had to go


def test_keeps_nothing_that_went_wrong(clock):
    source = Source(clock)

    with pytest.raises(ValueError, match="no"):
        source.kept.give("one", lambda: (_ for _ in ()).throw(ValueError("no")), clock=clock)

    assert source.give() == "1"
