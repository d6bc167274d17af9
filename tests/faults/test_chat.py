"""The text service over a kill -9 of a web worker and lost connections: the small form of `benchmarks.chat`."""

import pytest
from benchmarks.chat.__main__ import talked

from tests.support.city import City

pytestmark = pytest.mark.faults


def test_no_message_is_lost_doubled_or_out_of_order_over_a_kill(databases, tmp_path):
    with databases.copy() as url:
        city = City(tmp_path, url, task_workers=1)
        found = talked(
            city, chats=6, operators=2, seconds=4, kills=1, pause=(0.5, 1.0), types=(0.1, 0.3), ramp=0.5
        )  # fmt: skip

    assert found["wrong"] == []
    assert found["repeats"] >= 6, "each citizen loses the connection once after a message was sent"
    assert found["messages"] > 12
