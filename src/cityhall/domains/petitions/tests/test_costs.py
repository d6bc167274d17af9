"""What the acts of a petition's way cost: statements are counted, seconds are not.

The petition is read anew before each act, as a request reads it. A number here rises only when an act has to know or to
write something more.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cityhall.domains.petitions.models import Petition
from cityhall.domains.petitions.services import citizen, dispatch, filing, handling
from cityhall.engines.cases import queries as cases
from cityhall.engines.identity.models import Code
from cityhall.engines.letters import queries as letters
from cityhall.foundation.unit import bulk

from .city import NINE, City, file, make_city

pytestmark = pytest.mark.django_db
LATER = NINE + timedelta(hours=2)


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def statements():
    """How many statements something takes, savepoints and their releases left out."""

    def count(do: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as asked:
            do()
        return sum("SAVEPOINT" not in one["sql"] for one in asked.captured_queries)

    return count


def read(petition: Petition) -> Petition:
    return Petition.objects.select_related(
        "case__requester", "case__place", "case__agency", "case__unit", "case__officer", "category"
    ).get(pk=petition.pk)


def code_of(petition: Petition) -> str:
    """The code from the letter."""
    text = letters.about(petition.case).earliest("pk").text
    return next(word for word in text.split() if word.isdigit() and len(word) == 6)


def way(city: City, text: str) -> dict[str, Callable[[], object]]:
    """The acts of one petition's way, each on a petition that was just read."""
    made: list[Petition] = []

    def now() -> Petition:
        return read(made[0])

    def approve() -> object:
        reply = cases.reply_in_work(now().case)
        assert reply is not None
        return handling.approve_reply(reply, by=city.chief.account, at=LATER)

    return {
        "file": lambda: made.append(file(text)),
        "confirm": lambda: filing.confirm_by_code(now(), code=code_of(made[0]), at=NINE),
        "dispatch": lambda: dispatch.dispatch_by_desk(
            now(), category=city.road_marking, agency=city.works, by=city.dispatcher.account, at=NINE
        ),
        "assign": lambda: handling.assign(
            now(), unit=city.lights, officer=city.officer, by=city.coordinator.account, at=NINE
        ),
        "draft": lambda: handling.draft_reply(
            now(), text="已派員處理。", outcome="DONE", by=city.officer.account, at=LATER
        ),
        "submit": lambda: handling.submit_reply(now(), by=city.officer.account, at=LATER),
        "approve": approve,
        "rate": lambda: citizen.rate(now(), score=5, solved=True, comment="", by=None, at=LATER),
    }


MOST = {
    "file": 26, "confirm": 49, "dispatch": 34, "assign": 14, "draft": 5, "submit": 15, "approve": 24, "rate": 10,
}  # fmt: skip


def test_an_act_takes_no_more_statements_than_it_needs(city, statements):
    taken = {name: statements(act) for name, act in way(city, "我家門前的問題，請派人來看看。").items()}

    assert {name: n for name, n in taken.items() if n > MOST[name]} == {}, f"{taken}"


def test_many_petitions_in_bulk_take_half_of_that_each(city, statements):
    def some(many: int) -> int:
        ways = [way(city, f"第{n}件：我家門前的問題，請派人來看看。") for n in range(many)]

        def all_of_them() -> None:
            with bulk():
                for acts in ways:
                    for act in acts.values():
                        act()

        return statements(all_of_them)

    Code.objects.all().delete()
    few, more = some(2), some(6)

    assert (more - few) / 4 < sum(MOST.values()) / 2
