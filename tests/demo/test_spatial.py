"""The demo city's first layers are listed, and its project may read the one that not everybody may."""

from datetime import date

import pytest

from cityhall.domains.spatial import figures, queries
from cityhall.domains.spatial.models import Analysis, Client
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
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
    make_person(make_agency("rdec"), None, Role.COMMISSION)
    today = Period(None, NOW.date())

    assert spatial.load(NOW) == len(queries.catalogue()) == 5
    assert queries.unlisted() == []
    assert [figures.clients(today, of).value for of in ("system", "project")] == [2, 1]  # petition dispatch is one
    assert Analysis.objects.filter(state="DONE").count() == 2  # nothing is controlled here
    assert figures.socioeconomic_items(today).value == 64
    assert len(queries.granted(Client.objects.get(kind="PROJECT"))) == 1


def test_the_year_at_a_small_scale_has_its_layers_clients_and_questions(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    rdec, *_others = [make_agency(code) for code in ("rdec", "works", "civil_affairs")]
    make_person(rdec, None, Role.COMMISSION)
    year = Period(date(2016, 1, 1), date(2016, 12, 31))

    made = spatial.live_year(instant(date(2017, 3, 31), 9), begins=date(2016, 1, 1), share=0.02, say=lambda words: None)

    assert made == 10
    assert figures.layers(year).value == 10
    assert [(one.own, one.kind) for one in Client.objects.all()] == [(None, "PROJECT"), ("petitions", "SYSTEM")]
    assert figures.agencies(year).value == 3
    assert figures.queries(year).value == round(14_201_585 * 0.02)
    assert figures.queries(Period(date(2016, 1, 1), date(2016, 1, 31))).value < 14_201_585 * 0.02 / 11
    assert (
        spatial.live_year(instant(date(2017, 3, 31), 9), begins=date(2016, 1, 1), share=0.02, say=lambda words: None)
        == 0
    )
