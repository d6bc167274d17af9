"""The page of whoever was invited."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from html import unescape

import pytest
from django.test import Client
from tests.support.at_once import at_once

from cityhall.engines.surveys import services
from cityhall.engines.surveys.models import Invitation, Questionnaire, Response

from .making import BAD, GOOD, NOW, invited, make_survey, make_wave

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def clock(monkeypatch):
    def set_to(at):
        monkeypatch.setattr("django.utils.timezone.now", lambda: at)

    set_to(LATER)
    return set_to


def path_of(invitation: Invitation, language: str = "") -> str:
    return f"{language}/surveys/{invitation.reference}/{services.key_of(invitation)}/"


def words(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


@pytest.mark.django_db
class TestAnswering:
    def test_shows_every_question_without_script(self, client, clock):
        page = client.get(path_of(invited()))

        assert page.status_code == 200
        html = page.content.decode()
        for name in ("q1", "q2", "q3", "q4"):
            assert f'name="{name}"' in html
        assert "整體而言，您滿意嗎？" in words(page)
        assert "沒有意見" in words(page)
        assert "還想說什麼？（可以不填）" in words(page)
        assert "no-store" in page["Cache-Control"]

    def test_speaks_english(self, client, clock):
        page = client.get(path_of(invited(), "/en"))

        assert "How satisfied are you overall?" in words(page)
        assert "5, very satisfied" in words(page)
        assert not re.search("[\u3400-\u9fff]", words(page).replace("中文", ""))

    def test_takes_the_answers_and_thanks(self, client, clock):
        invitation = invited()

        sent = client.post(path_of(invitation), BAD)
        thanked = client.get(sent["Location"])

        assert sent.status_code == 302
        assert "謝謝您的填答" in words(thanked)
        assert services.given_in(Response.objects.get()) == BAD
        assert Response.objects.get().language == "zh-hant"

    def test_names_what_is_wrong_and_keeps_what_was_typed(self, client, clock):
        page = client.post(path_of(invited()), {"q1": "9", "q4": "等太久"})

        assert page.status_code == 422
        assert "請從選項中選一個" in words(page)
        assert "請選一個答案" in words(page)
        assert "等太久" in words(page)
        assert not Response.objects.exists()

    def test_has_been_answered(self, client, clock):
        invitation = invited()
        client.post(path_of(invitation), GOOD)

        for again in (client.get(path_of(invitation)), client.post(path_of(invitation), BAD)):
            assert again.status_code == 200
            assert "這份問卷已經填過了" in words(again)
        assert services.given_in(Response.objects.get()) == GOOD

    def test_is_over(self, client, clock):
        invitation = invited()
        clock(NOW + timedelta(days=14))

        for page in (client.get(path_of(invitation)), client.post(path_of(invitation), GOOD)):
            assert page.status_code == 410
            assert "填答期間已經過了" in words(page)
        assert not Response.objects.exists()

    def test_has_not_begun(self, client, clock):
        wave = make_wave()
        invitation = invited(wave)
        wave.opens_at, wave.closes_at = LATER + timedelta(days=1), LATER + timedelta(days=9)
        wave.save()

        page = client.get(path_of(invitation))

        assert page.status_code == 410
        assert "還沒開始填答" in words(page)

    def test_thanks_nobody_who_has_not_answered(self, client, clock):
        invitation = invited()

        assert client.get(f"{path_of(invitation)}thanks/")["Location"] == path_of(invitation)

    @pytest.mark.parametrize("suffix", ["", "thanks/"])
    def test_is_for_who_has_the_link(self, client, clock, suffix):
        invitation, other = invited(), invited(n=2)

        for key in ("x" * 32, services.key_of(other)):
            assert client.get(f"/surveys/{invitation.reference}/{key}/{suffix}").status_code == 404

    def test_asks_the_database_as_often_for_many_choices(self, client, clock, django_assert_max_num_queries):
        invitation = invited()
        with django_assert_max_num_queries(8):
            client.get(path_of(invitation))

    def test_lasts_when_a_question_goes_while_it_is_filled_in(self, client, clock):
        invitation = invited()
        services.remove_question(services.questions_of(Questionnaire.objects.get())[1], by=None, at=LATER)

        client.post(path_of(invitation), BAD)

        assert "q2" not in services.given_in(Response.objects.get())


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_answer(clock):
    path = path_of(invited(make_wave(make_survey())))
    sent = {**GOOD, "idempotency_key": "k" * 20}

    found = at_once([partial(Client().post, path, sent) for _n in range(4)])

    assert {one.status_code for one in found} <= {200, 302}
    assert Response.objects.count() == 1
