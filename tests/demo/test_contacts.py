"""The demo's contacts: a sample of the month's calls, worked on by the product's own acts."""

from datetime import date

import pytest

from cityhall.domains.contacts.models import ContactAnswer, ContactMoment, OperatorPresence, Transfer, TransferLetter
from cityhall.domains.faq import samples as faq
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.foundation.clock import at as instant
from cityhall.project.demo import contacts, hotline, people


@pytest.mark.django_db
def test_every_call_that_was_picked_has_its_contact(monkeypatch):
    now, founded = instant(date(2026, 11, 6), 10), instant(date(2026, 10, 1))
    monkeypatch.setattr("cityhall.project.demo.hotline.A_DAY", 40)
    monkeypatch.setattr(contacts, "MANY", 90)
    seed_calendar()
    people.load(at=founded, today=now.date())
    faq.publish_all(at=founded)
    hotline.load(date(2026, 10, 27), 9, at=now)

    made = contacts.write(now)

    found = ContactMoment.objects.all()
    assert made == found.count() > 60
    assert not found.filter(wrap_up="").exists()
    assert not found.filter(ended_at=None).exists()
    assert ContactAnswer.objects.exists()
    assert not Transfer.objects.filter(fate="WAITING").exists()
    failed = Transfer.objects.filter(fate__in=["BUSY", "NO_ANSWER"], in_hours=True, on__lt=date(2026, 11, 1))
    assert set(TransferLetter.objects.values_list("agency", flat=True)) == set(failed.values_list("agency", flat=True))
    assert OperatorPresence.objects.filter(until=None).exists()
