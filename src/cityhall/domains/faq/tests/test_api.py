"""The FAQ base in the JSON API: the same answers as everywhere, counted for its channel, in either language."""

from datetime import date

import pytest

from cityhall.domains.faq import services
from cityhall.domains.faq.models import Topic, Unanswered, Use
from cityhall.domains.faq.states import Channel
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.foundation.clock import at as instant

pytestmark = pytest.mark.django_db
NINE = instant(date(2026, 11, 16), 9)


@pytest.fixture(autouse=True)
def base(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    works, topic = make_agency("works", name="養護工程處"), Topic.objects.create(code="lights", name="路燈")
    texts = {
        "question": "路燈不亮找誰修？", "answer": "打1999。", "question_en": "Who mends a dark lamp?", "answer_en": "Call 1999.",
        "steps": "看燈號\n打1999", "fee": "免費", "days": 3, "links": "進度 https://example.org/lamps",
    }  # fmt: skip
    version = services.write(code="lights", agency=works, topic=topic, texts=texts, by=None, at=NINE)
    services.publish(services.submit(version, by=None, at=NINE), by=None, at=NINE)


def test_answers_a_question(client):
    found = client.get("/api/v1/faq", {"q": "路灯不亮"}).json()

    assert found["verdict"] == "KNOWN"
    assert found["items"][0]["code"] == "lights"
    assert found["items"][0]["url"].endswith("/faq/lights/")
    english = client.get("/api/v1/faq", {"q": "dark lamp"}, headers={"Accept-Language": "en"}).json()
    assert english["items"][0]["question"] == "Who mends a dark lamp?"


def test_says_that_nothing_is_known_and_keeps_no_number(client):
    assert client.get("/api/v1/faq", {"q": "火星移民0912345678"}).json()["verdict"] == "UNKNOWN"

    kept = Unanswered.objects.get()
    assert kept.channel == Channel.API
    assert "0912345678" not in kept.text


def test_gives_an_entry_and_counts_it(client):
    told = client.get("/api/v1/faq/lights").json()

    assert told["steps"] == ["看燈號", "打1999"]
    assert told["links"] == [{"name": "進度", "url": "https://example.org/lamps"}]
    assert (told["fee"], told["days"], told["topic"]) == ("免費", 3, "路燈")
    assert Use.objects.get().channel == Channel.API


@pytest.mark.parametrize(("path", "status"), [("faq/none", 404), ("faq?q=" + "長" * 201, 422), ("faq?page=0", 422)])
def test_refuses_in_a_sentence(client, path, status):
    response = client.get(f"/api/v1/{path}")

    assert response.status_code == status
    assert response["Content-Type"].startswith("application/problem+json")


def test_lists_everything_page_by_page(client):
    found = client.get("/api/v1/faq").json()

    assert (found["total"], found["pages"], found["verdict"]) == (1, 1, None)
    assert client.get("/api/v1/faq?page=2").json()["items"] == []
