"""The search's acceptance: any part of a title finds its dataset, every time."""

import random

import pytest

from cityhall.domains.open_data import listing, queries, services
from cityhall.domains.open_data.models import Dataset
from cityhall.engines.textsearch import rules as words

from .city import NINE, agencies_of
from .test_listing import REAL

QUERIES = 200


@pytest.mark.django_db
def test_two_hundred_parts_of_titles_find_all_that_hold_them(shared_data):
    data = (shared_data / REAL).read_bytes()
    services.furnish()
    agencies_of(data)
    listing.take_in(data, by=None, at=NINE)
    everything = list(queries.whole(Dataset.objects.all()))
    texts = {one.pk: words.fold(services.text_of(one)) for one in everything}
    chance = random.Random(2018)
    asked = []
    while len(asked) < QUERIES:
        title = chance.choice(everything).title
        first = chance.randrange(max(len(title) - 1, 1))
        piece = title[first : first + chance.randrange(2, 7)].strip()
        if len(piece) >= 2 and " " not in piece:
            asked.append(piece)

    for piece in [*asked, "停車", "公園", "自行車", "公務出國報告", "路", "臺灣", "台灣"]:
        wanted = {pk for pk, text in texts.items() if all(one.text in text for one in words.words(piece))}
        given = queries.asked({"q": piece})
        got = {one.pk for one in queries.found(given)}
        assert got == wanted, piece
        assert wanted or piece in ("臺灣", "台灣"), piece

    assert queries.found(queries.asked({"q": "路"})).count() >= 202
    assert {one.pk for one in queries.found(queries.asked({"q": "台灣"}))} == {
        one.pk for one in queries.found(queries.asked({"q": "臺灣"}))
    }
    assert queries.found(queries.asked({"q": "WiFi"})).count() == queries.found(queries.asked({"q": "Wi-Fi"})).count()
