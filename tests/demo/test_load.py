"""The demo city as a whole: made by the product's own acts, all of it or nothing."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from cityhall.domains.petitions import queries
from cityhall.domains.petitions.backlog import REGULAR
from cityhall.domains.petitions.models import Category, Petition, ReceivedLetter, Restriction, SetAside
from cityhall.engines.audit import queries as audit
from cityhall.engines.cases.models import Case, Event
from cityhall.engines.cases.states import Channel, Status
from cityhall.engines.files import imports
from cityhall.engines.files.models import SheetImport
from cityhall.engines.identity.models import Account
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox.models import Promise
from cityhall.engines.surveys import queries as surveys
from cityhall.engines.surveys.models import Response, Wave
from cityhall.engines.worklist.models import Todo
from cityhall.project.demo import city
from cityhall.project.demo import surveys as libraries

NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
FEW = 40


@pytest.fixture
def own_data(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.FILES_DIR = tmp_path / "files"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_data")
class TestLoad:
    def test_leaves_a_city_whose_records_agree(self):
        tally = city.load(say=lambda words: None, now=NOW, how_many=FEW)

        assert tally.refused == []
        assert tally.filed == Case.objects.count() >= FEW
        assert Case.objects.filter(channel__in=[Channel.EMAIL, Channel.FORWARDED]).count() == 2
        assert audit.verify().ok
        hers = queries.of_citizen(Account.objects.get(email=REGULAR.email))
        assert {one.case.status for one in hers} >= {Status.AWAITING_CITIZEN, Status.FIRST_REPLIED}
        for case in Case.objects.all():
            assert list(case.events.order_by("n").values_list("n", flat=True)) == list(range(1, case.version + 1))
        assert Todo.objects.open().filter(kind="petition.call_back").count() >= 3
        assert sorted(Restriction.objects.values_list("state", flat=True)) == ["IN_FORCE", "PROPOSED"]
        assert SetAside.objects.filter(kind="DECLINED", undone_at=None).count() == 1
        assert Todo.objects.open().filter(kind="petition.restriction").count() == 1
        assert sorted(ReceivedLetter.objects.values_list("fate", flat=True)) == ["ASIDE", "FILED", "WAITING"]
        sealed = Petition.objects.get(sealed=True)
        assert sealed.case.agency.code == "ethics"
        assert Todo.objects.open().filter(kind="petition.assign", object_id=sealed.pk).count() == 1
        sheet = SheetImport.objects.get()
        assert Promise.objects.filter(kind=imports.KEEPS, payload__job=sheet.pk, state="PENDING").count() == 1
        wave = Wave.objects.get(survey__key=libraries.KEY)
        assert surveys.asking([wave])[wave.pk] == surveys.Asking(90, 0, 60)
        assert (
            Todo.objects.open().filter(kind="survey.complaint").count()
            == Response.objects.filter(complaint=True).count()
            > 0
        )
        assert Event.objects.exclude(status="").count() >= tally.filed
        assert {f"letter:{pk}" for pk in Letter.objects.values_list("pk", flat=True)} == set(
            Promise.objects.filter(kind="letters.deliver").values_list("key", flat=True)
        )

    def test_leaves_nothing_when_it_is_interrupted(self):
        def interrupt(words: str) -> None:
            if "件反映" in words:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            city.load(say=interrupt, now=NOW, how_many=FEW)

        assert not city.is_loaded()
        assert not Category.objects.exists()
        assert audit.verify().rows == 0


@pytest.mark.django_db
def test_an_interruption_is_said_in_one_line(monkeypatch):
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(city, "load", interrupted)

    with pytest.raises(CommandError, match="示範城市沒有建立") as said:
        call_command("demo", "load")

    assert said.value.returncode == 130
