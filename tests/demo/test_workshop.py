"""Acts in a workshop leave what the same acts leave one by one: the same rows, keys and chain included."""

import random
import secrets
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import transaction

from cityhall.domains.petitions.models import AlikePair
from cityhall.domains.petitions.public import untold
from cityhall.domains.petitions.samples import HalfYear
from cityhall.engines.audit import queries as audit
from cityhall.engines.cases.models import Case
from cityhall.engines.deadlines.models import Pause
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.figures.queries import value
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox.models import Promise
from cityhall.engines.textsearch import queries as textsearch
from cityhall.foundation import unit, workshop
from cityhall.foundation.period import Period
from cityhall.project.demo import city, gazetteer, people, petitions

pytestmark = pytest.mark.django_db
END = datetime(2017, 3, 1, 1, 0, tzinfo=UTC)
START = END - timedelta(days=45)
FIRST, PETITIONS = 1_000_000, 200
ASKED = ("petitions.received", "petitions.urgent_received", "petitions.filtered", "petitions.repeated_declined")


@pytest.fixture
def made(settings, tmp_path):
    """The demo city without a text model: its rules dispatch, and the desk."""
    settings.DATA_DIR, settings.FILES_DIR = tmp_path, tmp_path / "files"
    with unit.bulk():
        seed_calendar()
        directory = people.load(at=START, today=END.date())
        gazetteer.load(START)
        petitions.load(START)
    return directory


@pytest.fixture
def dice(monkeypatch):
    """What is random is the same each time it is cast anew."""

    real = uuid.uuid4
    drawn = [
        field for model in apps.get_models() for field in model._meta.local_concrete_fields if field.default is real
    ]
    for field in drawn:
        monkeypatch.setitem(field.__dict__, "_get_default", lambda: uuid.uuid4())

    def cast() -> None:
        chance = random.Random(1)
        monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=chance.getrandbits(128), version=4))
        monkeypatch.setattr(secrets, "randbelow", chance.randrange)
        monkeypatch.setattr(secrets, "choice", chance.choice)
        monkeypatch.setattr(secrets, "token_urlsafe", lambda size=32: f"{chance.getrandbits(size * 8):x}")
        monkeypatch.setattr(secrets, "token_hex", lambda size=32: f"{chance.getrandbits(size * 8):0{size * 2}x}")
        monkeypatch.setattr(secrets, "randbits", chance.getrandbits)
        monkeypatch.setattr("cityhall.engines.letters.services.uuid4", uuid.uuid4)

    return cast


def live(made):
    """Their days, act by act; as in every demo, no question of dispatch is counted."""
    days = HalfYear(city.petitions_texts(), city.sites(), START, END)
    days.leave_work(made.shown["officer"], made.officers("maintenance", "street_light")[1])
    with untold():
        return days.run(PETITIONS)


def stored():
    """Every row of every table, by key.

    Pairs and pauses, which the database numbers itself, and letters, of which one that is written twice uses up a
    number, are without their key. Promises stand in the order of their names, for a letter's are made when it is written;
    they name it by its place.
    """
    place = {f"letter:{pk}": n for n, pk in enumerate(Letter.objects.order_by("pk").values_list("pk", flat=True))}

    def plain(model, row):
        if model is Promise and row[2] in place:
            return (row[1], place[row[2]], *row[4:])
        return row[1:] if model._meta.auto_created or model in (AlikePair, Pause, Letter, Promise) else row

    found = {
        model._meta.label: [plain(model, row) for row in model._base_manager.order_by("pk").values_list()]
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    found[Promise._meta.label].sort(key=lambda row: (row[0], str(row[1])))
    return found


def counted():
    period = Period(START.date(), END.date())
    return {key: value(key, period, at=END).value for key in ASKED}


def seen_after(do):
    """What is stored, counted, proved and found after something, which is undone again."""
    with transaction.atomic():
        do()
        found = set(textsearch.matching(Case.objects.all(), "路燈").values_list("pk", flat=True))
        seen = stored(), counted(), audit.verify(), found
        transaction.set_rollback(True)
    return seen


def test_leaves_the_rows_that_single_acts_leave(made, dice):
    workshop.keep_free(FIRST - 1)
    before = stored()
    drawing = workshop.blueprint(FIRST)
    dice()
    with workshop.workshop(drawing, first=FIRST) as shop:
        with unit.bulk(keys=shop.key):
            tally = live(made)
        out = shop.done()
    assert tally.refused == []
    assert stored() == before, "a workshop writes nothing into the city's database"
    together = seen_after(lambda: workshop.carry_over(out))
    dice()
    single = seen_after(lambda: live(made))

    assert [label for label, rows in single[0].items() if together[0][label] != rows] == []
    assert together[1] == single[1]
    assert together[1]["petitions.received"] >= PETITIONS * 0.9
    assert together[2].ok
    assert together[2] == single[2]
    assert together[3] == single[3] != set()
