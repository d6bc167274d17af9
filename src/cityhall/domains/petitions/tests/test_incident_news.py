"""What is published on an incident reaches its reporters and supporters by mail, each of them once."""

from datetime import timedelta

import pytest

from cityhall.domains.petitions.models import ClusterStep, Supporter
from cityhall.domains.petitions.services import clusters as acts
from cityhall.domains.petitions.services.filing import Who
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox.models import Promise

from .city import opened
from .test_clusters import LATER, Street, there

pytestmark = pytest.mark.django_db
NEWS = "台電搶修中，預計晚上恢復。"


@pytest.fixture
def street():
    return Street()


def carry() -> None:
    for promise in Promise.objects.filter(kind=acts.NEWS).order_by("pk"):
        acts.carry_news(promise.payload["step"])


def told() -> list[Letter]:
    return list(Letter.objects.filter(template__in=["petitions.incident_news", "petitions.supported_news"]))


def supporter(petition, email: str, *, at=LATER, left=None) -> Supporter:
    return Supporter.objects.create(petition=petition, email=email, asked_at=at, confirmed_at=at, left_at=left)


def test_everybody_is_told_once_however_often_the_work_is_tried(street):
    cluster = street.confirmed()
    one, two = street.petitions[:2]
    supporter(one, "fan@mail.example")
    supporter(two, "fan@mail.example")  # of two petitions
    supporter(one, "dark1@mail.example")  # reported one of them, too
    supporter(one, "gone@mail.example", left=LATER)
    Supporter.objects.create(petition=two, email="asked@mail.example", asked_at=LATER)  # never confirmed
    acts.tell_news(cluster, text=NEWS, by=street.desk, at=LATER)
    supporter(two, "late@mail.example", at=LATER + timedelta(minutes=1))

    carry()
    carry()

    to = sorted(letter.address for letter in told())
    assert to == sorted([*(f"dark{n}@mail.example" for n in range(5)), "fan@mail.example"])
    assert all(NEWS in letter.text and "中山路一帶路燈不亮" in letter.subject for letter in told())
    assert all("/petitions/incidents/" in letter.text for letter in told())


def test_each_piece_of_news_is_told(street):
    cluster = street.confirmed()
    for text in (NEWS, "已恢復。"):
        acts.tell_news(cluster, text=text, by=street.desk, at=LATER)

    carry()

    assert len(told()) == 10
    assert ClusterStep.objects.filter(type="told").count() == 2


def test_nobody_learns_of_anybody_else(street):
    cluster = street.confirmed()
    fan = supporter(street.petitions[0], "fan@mail.example")
    acts.tell_news(cluster, text=NEWS, by=street.desk, at=LATER)

    carry()

    [letter] = [one for one in told() if one.address == fan.email]
    assert "陳大" not in letter.subject + letter.text + letter.html
    assert "dark" not in letter.text


def test_who_left_the_incident_and_who_was_taken_out_hears_nothing(street):
    cluster = street.confirmed()
    acts.detach(cluster.members.get(petition=street.petitions[4]), by=street.desk, at=LATER)
    acts.tell_news(cluster, text=NEWS, by=street.desk, at=LATER)

    carry()

    assert "dark4@mail.example" not in [letter.address for letter in told()]


def test_without_a_mailbox_a_short_message_says_that_there_is_news(street):
    cluster = street.confirmed()
    caller = opened("路燈不亮", who=Who(name="林大同", phone="0912345678"), where=there(), when=LATER, email="")
    acts.attach(cluster, caller, by=street.desk, at=LATER)
    acts.tell_news(cluster, text=NEWS, by=street.desk, at=LATER + timedelta(minutes=1))

    carry()

    [message] = Letter.objects.filter(about_id=str(caller.pk), key__contains=":news:")
    assert (message.channel, "所屬的事件有新的說明" in message.text) == ("sms", True)


def test_a_crash_on_the_way_leaves_nobody_out(street, monkeypatch):
    cluster = street.confirmed()
    acts.tell_news(cluster, text=NEWS, by=street.desk, at=LATER)
    real, calls = acts.letters.incident_news, []

    def breaks(petition, **given):
        calls.append(petition)
        if len(calls) == 3:
            raise RuntimeError
        return real(petition, **given)

    monkeypatch.setattr(acts.letters, "incident_news", breaks)
    with pytest.raises(RuntimeError):
        carry()
    carry()

    assert sorted(letter.address for letter in told()) == [f"dark{n}@mail.example" for n in range(5)]
