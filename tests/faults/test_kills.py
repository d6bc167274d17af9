"""kill -9 under load: no acknowledged petition lost, none doubled; no letter lost, and one repeated only where nobody
can know whether the mail server took it.

The load goes through the product's own door, `POST /api/v1/petitions`, as a careful client does: a key for each
petition, and the same request again until it is answered.
"""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import pytest

from tests.support.city import PATIENCE, City, until
from tests.support.processes import alive

pytestmark = pytest.mark.faults

CLIENTS = 6
CLIENT_KEY = """
    from django.utils import timezone
    from cityhall.engines.identity.clients import Quota, create_client
    scopes = ["petitions.write", "petitions.vouch"]
    quota = Quota(per_minute=1_000_000, per_day=1_000_000)
    answer = create_client(name="fault test", scopes=scopes, quota=quota, by=None, at=timezone.now())[1]
"""
KEPT = "SELECT text, number FROM cases_case WHERE kind = 'petition'"
LETTERS = "SELECT id, address, message_id, state FROM letters_letter"
ATTEMPTS = "SELECT letter_id, outcome FROM letters_attempt ORDER BY letter_id, n"


@dataclass(frozen=True)
class Sent:
    """A letter as the database knows it."""

    to: str
    id: str
    state: str
    attempts: list[str]


def letters_of(city: City) -> list[Sent]:
    letters = city.rows(LETTERS)  # first: a letter that is sent has its attempt, not the other way round
    outcomes: dict[int, list[str]] = defaultdict(list)
    for letter, outcome in city.rows(ATTEMPTS):
        outcomes[letter].append(outcome)
    return [Sent(to, message_id, state, outcomes[pk]) for pk, to, message_id, state in letters]


@dataclass
class Load:
    """Citizens who file petitions without pause and insist on an answer."""

    city: City
    key: str
    by_mail: bool = False
    acknowledged: dict[str, dict] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    tries: Counter = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)

    def _file(self, client: httpx.Client, name: str) -> None:
        body = {"text": f"{name} 中山路 200 號前路燈不亮三天了", "name": "王小明", "place": {"words": "中山路 200 號"}}
        if self.by_mail:
            body["email"] = f"{name}@city.example"
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": name}
        self.sent.add(name)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                answer = client.post(f"{self.city.url}/api/v1/petitions", json=body, headers=headers)
            except httpx.TransportError as error:
                self.tries[type(error).__name__] += 1
                time.sleep(0.05)
                continue
            self.tries[answer.status_code] += 1
            if answer.status_code == 201:
                self.acknowledged[name] = answer.json()
                return
            if answer.status_code not in {409, 503}:
                self.wrong.append(f"{answer.status_code} {answer.text[:300]}")
                return
            time.sleep(0.05)
        self.wrong.append("no answer")

    def _insist(self) -> None:
        with httpx.Client(timeout=20, trust_env=False) as client:
            while not self._stop.is_set():
                self._file(client, str(uuid4()))

    def file_one(self, name: str = "") -> str:
        """File one petition, the same one again for the same name."""
        name = name or str(uuid4())
        with httpx.Client(timeout=20, trust_env=False) as client:
            self._file(client, name)
        assert self.wrong == []
        return name

    @contextmanager
    def going_on(self) -> Iterator["Load"]:
        """File while the block runs; afterwards everybody has an answer."""
        threads = [threading.Thread(target=self._insist) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            self.some_more()
            yield self
            self.some_more()
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def some_more(self, how_many: int = 8) -> None:
        """Wait until some more petitions are acknowledged: that is what makes it a load."""
        until_now = len(self.acknowledged)
        until(lambda: self.wrong or len(self.acknowledged) >= until_now + how_many, "petitions are acknowledged")
        assert self.wrong == []


def nothing_lost_nothing_doubled(city: City, load: Load) -> None:
    kept = [(text.split()[0], number) for text, number in city.rows(KEPT)]
    copies = Counter(name for name, _ in kept if name in load.sent)
    assert load.wrong == []
    assert load.acknowledged.keys() == load.sent
    assert load.sent - copies.keys() == set(), "acknowledged and lost"
    assert [name for name, count in copies.items() if count > 1] == [], "doubled"
    told = {name: answer["number"] for name, answer in load.acknowledged.items()}
    assert told == {name: number for name, number in kept if name in load.sent}
    assert "ok:" in city.command("audit", "verify").stdout


class TestPetitions:
    def test_survive_every_kill_under_load(self, city):
        load = Load(city, city.ask(CLIENT_KEY))
        with load.going_on():
            for _twice in range(2):
                city.kill(city.web_workers()[0])
                load.some_more()
            city.kill(city.running()["web"])
            load.some_more()
            city.kill(city.running()["worker 1"])
            load.some_more()
            everybody = city.everybody()
            city.kill(everybody[0])  # the whole server, by its supervisor
            until(lambda: not any(alive(pid) for pid in everybody), "all are gone")
            city.start()
            load.some_more()

        nothing_lost_nothing_doubled(city, load)
        assert sum(count for how, count in load.tries.items() if isinstance(how, str)) > 0, "no kill was felt"

    def test_a_repeat_long_after_is_still_the_same_petition(self, city):
        load = Load(city, city.ask(CLIENT_KEY.replace("fault test", "repeat test")))
        name = load.file_one()
        first = load.acknowledged[name]
        city.stop()
        city.start()
        load.file_one(name)

        assert load.acknowledged[name] == first
        assert [text for text, _ in city.rows(KEPT) if name in text] == [f"{name} 中山路 200 號前路燈不亮三天了"]


class TestLetters:
    def test_survive_killed_workers_under_load(self, city):
        load = Load(city, city.ask(CLIENT_KEY.replace("fault test", "letter test")), by_mail=True)
        with load.going_on():
            for name in ("worker 1", "worker 2", "worker 1", "standins", "worker 2"):
                city.kill(until(lambda name=name: city.running().get(name), f"{name} runs"))
                load.some_more()
        letters = until(lambda: all_sent(city, load), "every letter is sent")

        copies = Counter(one.message_id for one in city.inbox.all(limit=100_000))
        for letter in letters:
            assert copies[letter.id] >= 1, "lost"
            assert copies[letter.id] <= 1 + letter.attempts.count("UNKNOWN"), "repeated although it was known"
        kept = Counter(text.split()[0] for text, _ in city.rows(KEPT))
        assert [name for name in load.acknowledged if kept[name] != 1] == []

    def test_killed_between_acceptance_and_record_is_repeated_once_and_said(self, small_city):
        city = small_city
        city.misbehave("email", "hang_after_accept")
        load = Load(city, city.ask(CLIENT_KEY), by_mail=True)
        name = load.file_one()
        until(lambda: city.inbox.all(to=name), "the mail server has taken the letter")
        assert [one.attempts for one in letters_of(city)] == [["OFFERED"]]

        city.kill(city.running()["worker 1"])
        (letter,) = until(lambda: all_sent(city, load), "it is sent again")

        assert letter.attempts == ["UNKNOWN", "ACCEPTED"]
        assert [one.message_id for one in city.inbox.all(to=name)] == [letter.id] * 2
        log = city.ask(
            """
            from cityhall.engines.letters import queries
            from cityhall.engines.letters.models import Letter
            answer = [line.text for line in queries.log_of(Letter.objects.get())]
            """
        )
        assert log == ["對方伺服器是否收下不明，已再寄一次", "對方伺服器已收下"]

    def test_killed_while_the_mail_server_is_unwell_is_no_repeat(self, small_city):
        city = small_city
        city.misbehave("email", "error")
        load = Load(city, city.ask(CLIENT_KEY), by_mail=True)
        name = load.file_one()
        until(lambda: [one for one in letters_of(city) if "FAILED" in one.attempts], "the first attempt failed")

        city.kill(city.running()["worker 1"])
        (letter,) = until(lambda: all_sent(city, load), "it is sent")

        assert letter.attempts == ["FAILED", "ACCEPTED"]
        assert [one.message_id for one in city.inbox.all(to=name)] == [letter.id]


def all_sent(city: City, load: Load) -> list[Sent] | None:
    """One letter for each petition that was acknowledged, once all of them are sent."""
    letters = [one for one in letters_of(city) if one.to.partition("@")[0] in load.acknowledged]
    assert len(letters) == len(load.acknowledged)
    return letters if all(one.state == "SENT" for one in letters) else None
