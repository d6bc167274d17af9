"""The machine's clock is put back or forward by an hour while a city is served, on a machine of another time zone.

Nothing is lost and nothing doubled, what was promised is kept at once, and whoever was signed in, or holds a code or a key,
goes on.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest

from cityhall.foundation.clock import TAIPEI
from cityhall.foundation.roc import roc_year
from tests.faults.test_kills import CLIENT_KEY, Load, letters_of, nothing_lost_nothing_doubled
from tests.support.city import PATIENCE, ROOT, City, until

pytestmark = pytest.mark.faults
HOUR = 3600
OFFICER = """
    from cityhall.domains.petitions.tests.city import signed_in
    from cityhall.engines.directory.models import Person
    answer = signed_in(Person.objects.filter(appointments__role="OFFICER").first()).session.session_key
"""
CODE = """
    import re
    from django.utils import timezone
    from cityhall.domains.petitions.tests.city import file
    from cityhall.engines.letters.models import Letter
    petition = file(email="code@city.example", when=timezone.now())
    letter = Letter.objects.get(about_id=str(petition.pk))
    answer = [petition.pk, re.search(r"\\b(\\d{6})\\b", letter.text)[1]]
"""
BY_CODE = """
    from django.utils import timezone
    from cityhall.domains.petitions.models import Petition
    from cityhall.domains.petitions.services import filing
    petition = Petition.objects.select_related("case__requester", "case__place").get(pk={pk})
    answer = filing.confirm_by_code(petition, code="{code}", at=timezone.now()).case.number
"""
CLOCKS = "SELECT id, started_at, due_at FROM deadlines_clock ORDER BY id"


class Moved:
    """The clock of a city."""

    def __init__(self, city: City) -> None:
        self.file = city.home / "moved-clock"
        city.env |= {
            "PYTHONPATH": f"{ROOT / 'tests' / 'support' / 'moved_clock'}:{city.env['PYTHONPATH']}",
            "MOVED_CLOCK": str(self.file),
            "TZ": "America/New_York",  # another day than Taipei's for half of each day, and summer time
        }

    def to(self, seconds: int) -> None:
        """So far ahead of the machine's."""
        draft = self.file.with_suffix(".tmp")
        draft.write_text(str(seconds))
        draft.replace(self.file)


@pytest.fixture
def city(databases, tmp_path) -> Iterator[City]:
    with databases.copy() as url:
        made = City(tmp_path, url, task_workers=1, web_workers=1)
        made.clock = Moved(made)
        try:
            yield made.start()
        finally:
            made.stop()
            print(made.log.read_text()[-5000:])


def desk(city: City, session: str) -> int:
    return httpx.get(f"{city.url}/desk/", cookies={"sessionid": session}, timeout=PATIENCE, trust_env=False).status_code


def test_the_clock_is_put_back_and_forward(city):
    load = Load(city, city.ask(CLIENT_KEY), by_mail=True)
    session, held, late = city.ask(OFFICER), city.ask(CODE), city.ask(CODE.replace("code@", "late@"))
    assert desk(city, session) == 200
    city.misbehave("email", "error")
    load.file_one()
    until(lambda: any("FAILED" in one.attempts for one in letters_of(city)), "its letter failed and waits")
    before = city.rows(CLOCKS)

    city.clock.to(-HOUR)

    until(lambda: all_sent_to(city, load), "it is sent at once, and not in an hour")
    load.file_one()
    until(lambda: all_sent_to(city, load), "so is what is new")
    assert desk(city, session) == 200
    assert city.ask(BY_CODE.format(pk=held[0], code=held[1]))

    city.clock.to(+HOUR)

    load.file_one()
    until(lambda: all_sent_to(city, load), "so is what is new after it was put forward")
    assert desk(city, session) == 302, "two hours without a request are too long for an officer, as ever"
    assert city.ask(BY_CODE.format(pk=late[0], code=late[1])), "a day is not over"
    nothing_lost_nothing_doubled(city, load)
    copies = Counter(one.message_id for one in city.inbox.all(limit=1000))
    assert {copies[one.id] for one in letters_of(city)} == {1}
    assert city.rows(CLOCKS)[: len(before)] == before, "no limit has moved"
    today = datetime.now(TAIPEI) + timedelta(hours=1)
    days = {number[:8] for (number,) in city.rows("SELECT number FROM cases_case WHERE number IS NOT NULL")}
    assert days <= {f"{roc_year(day)}-{day:%m%d}" for day in (today.date(), (today - timedelta(hours=3)).date())}


def all_sent_to(city: City, load: Load) -> bool:
    letters = [one for one in letters_of(city) if one.to.partition("@")[0] in load.acknowledged]
    return len(letters) == len(load.acknowledged) and all(one.state == "SENT" for one in letters)
