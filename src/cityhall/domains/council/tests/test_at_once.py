"""Two at the same moment: a link opens once, a reply is marked once, reports are numbered without a double."""

import pytest
from django.db import IntegrityError
from tests.support.at_once import at_once

from cityhall.domains.council import carried_out, marks, readers
from cityhall.domains.council.models import CarriedOutReport, Reader, ReplyMark
from cityhall.domains.council.refusals import CannotList
from cityhall.engines.letters.models import Letter

from .city import NINE, listed, make_city, replied
from .test_readers import link_in


@pytest.mark.django_db(transaction=True)
def test_two_at_once():
    city = make_city()
    reader = readers.add(name="服務處", email="office@council.example", by=None, at=NINE)
    readers.ask_for_link(reader.email, language="zh-hant", at=NINE)
    token = link_in(Letter.objects.get()).split("/")[3]
    reply = replied(city, listed(city, kind="議決案")).tracked.replies.get()

    opened = at_once([lambda: readers.open_link(token, at=NINE) for _ in range(3)])
    marked = at_once([lambda: marks.mark(reply, text="沒有答到", reader=reader, at=NINE) for _ in range(3)])
    made = at_once([lambda: carried_out.make(city.session, by=None, at=NINE) for _ in range(3)])
    at_once([lambda: readers.end(reader, by=None, at=NINE), lambda: readers.leave(reader, at=NINE)])

    assert sorted(isinstance(one, Reader) for one in opened) == [False, False, True]
    assert sum(isinstance(one, CannotList | IntegrityError) for one in marked) == 2
    assert ReplyMark.objects.count() == 1
    assert sorted(one.n for one in made) == [1, 2, 3]
    assert CarriedOutReport.objects.count() == 3
    assert Reader.objects.get().email == ""
