"""The demo city's first layers are listed, and its project may read the one that not everybody may."""

from datetime import date

import pytest

from cityhall.domains.spatial import figures, queries
from cityhall.domains.spatial.models import Analysis, Client
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.engines.places.tests import city as places
from cityhall.foundation.clock import at as instant
from cityhall.foundation.period import Period
from cityhall.project.demo import spatial

pytestmark = pytest.mark.django_db
NOW = instant(date(2026, 11, 2), 9)


def test_lists_what_the_systems_know_and_two_clients(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    places.make(NOW)
    make_agency("civil_affairs")
    make_agency("rdec")
    today = Period(None, NOW.date())

    assert spatial.load(NOW) == len(queries.catalogue()) == 5
    assert queries.unlisted() == []
    assert [figures.clients(today, of).value for of in ("system", "project")] == [1, 1]
    assert Analysis.objects.filter(state="DONE").count() == 2  # nothing is controlled here
    assert figures.socioeconomic_items(today).value == 64
    assert len(queries.granted(Client.objects.get(kind="PROJECT"))) == 1
