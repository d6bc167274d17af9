"""What leads to a person goes when its days are over; somebody has decided on every field that people write into."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db.models import CharField, JSONField, TextField

from cityhall.domains.contacts import services
from cityhall.domains.contacts.models import CallBack, ContactMoment, NuisanceReport
from cityhall.engines.cases.contacts import phone_key
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.foundation.clock import at as instant

NOW = instant(date(2026, 11, 16), 9, 30)
LATER = NOW + timedelta(days=732)
GOES = {
    "ContactMoment": ("caller_key", "note"), "CallBack": ("phone", "about"), "NuisanceReport": ("remark",),
}  # fmt: skip
STAYS = {
    "ContactMoment": ("call_id", "queue", "cause", "seat"), "CtiEvent": ("kind", "seat"), "CtiDelivery": ("digest",),
    "ContactAnswer": ("code",), "OperatorPresence": ("seat",), "TransferLetter": ("answer",), "Transfer": ("leg_id",),
}  # fmt: skip
"""Names that the exchange gives, codes, digests, and what an agency writes about itself."""


def test_somebody_has_decided_on_every_text_field():
    written = {
        (model.__name__, field.name)
        for model in apps.get_app_config("contacts").get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField | JSONField) and not field.choices
    }

    assert written == {(model, name) for part in (GOES, STAYS) for model, names in part.items() for name in names}


@pytest.mark.django_db
class TestKeeping:
    @pytest.fixture
    def contact(self):
        operator = make_person(make_agency("rdec"), None, Role.OPERATOR).account
        contact, who = services.begin(by=operator, at=NOW), {"by": operator, "at": NOW}
        ContactMoment.objects.filter(pk=contact.pk).update(caller_key=phone_key("0912345678"))
        services.write_note(contact, note="陳小美的媽媽", **who)
        services.promise_call_back(contact, phone="033334444", about="告訴陳小美", due_at=LATER, **who)
        services.report_nuisance(contact, kind="SILENT", warned=False, **who)
        services.decide_nuisance(contact, upheld=True, remark="陳小美", **who)
        return contact

    def test_ends_for_what_leads_to_a_person(self, contact):
        assert services.forget_people(at=NOW + timedelta(days=700)) == 0
        assert services.forget_people(at=LATER) == 1
        assert services.forget_people(at=LATER) == 0

        found, back = ContactMoment.objects.get(), CallBack.objects.get()
        assert (found.caller_key, found.note, found.number) == ("", "", contact.number)
        assert (back.phone, back.about, back.state) == ("", "", "STOPPED")
        assert NuisanceReport.objects.get().remark == ""

    def test_waits_while_a_number_warns_of_a_nuisance(self, contact):
        NuisanceReport.objects.update(listed_until=LATER.date())

        assert services.forget_people(at=LATER) == 0
        assert ContactMoment.objects.get().caller_key
