"""Who has not answered is reminded once, while the invitation holds."""

from datetime import timedelta

import pytest

from cityhall.engines.letters.models import Letter
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.surveys import reminders, services
from cityhall.engines.surveys.states import Way

from .making import GOOD, NOW, invited, make_wave

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=5)


def reminded():
    return sorted(Letter.objects.filter(template="surveys.reminder").values_list("address", flat=True))


def test_those_who_did_not_answer_are_reminded_once():
    wave = make_wave()
    invited(wave, 1)
    services.respond(invited(wave, 2), GOOD, at=NOW + timedelta(hours=1))
    invited(wave, 3, way=Way.SMS)

    assert reminders.remind(LATER - timedelta(minutes=1)) == 0
    assert [reminders.remind(LATER), reminders.remind(LATER + timedelta(days=1))] == [1, 0]
    assert reminded() == ["citizen1@mail.example"]


def test_nobody_is_reminded_of_what_is_nearly_over_or_where_the_rulebook_says_never():
    invited(make_wave(days=5, closes_at=LATER + timedelta(hours=3)), 1)

    assert reminders.remind(LATER) == 0
    invited(make_wave(), 2)
    set_parameter("surveys.remind_days", 0, valid_from=NOW.date(), source="測試", by=None, at=NOW)
    assert reminders.remind(LATER) == 0
