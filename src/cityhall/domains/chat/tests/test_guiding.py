"""Guided services: a defect becomes a petition with place and photo; how one stands, by number and code."""

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from tests.support.petition_city import make_petition_city

from cityhall.domains.chat import operating, services
from cityhall.domains.chat.models import BotAnswer, Conversation
from cityhall.domains.chat.states import Outcome
from cityhall.domains.petitions.public import Petition
from cityhall.engines.files import queries as files
from cityhall.engines.letters.models import Letter

from .city import NIGHT, make_city
from .test_desk import photo


@pytest.fixture
def city(db):
    make_petition_city()
    return make_city()


def talk(*texts, one=None):
    one = one or services.begin(language="zh-hant", at=NIGHT)
    said = ""
    for n, text in enumerate(texts):
        services.say(
            Conversation.objects.get(pk=one.pk), text=text, network="203.0.113.0/24", at=NIGHT + timedelta(seconds=n)
        )
        said = BotAnswer.objects.order_by("-pk").first().reply.text
    return Conversation.objects.get(pk=one.pk), said


@pytest.mark.django_db(transaction=True)
class TestReport:
    def test_becomes_a_petition_with_photo_and_place(self):
        make_petition_city()
        one, said = talk("我要反映一件事", "路燈不亮，晚上很暗", "市府後面的小巷子")
        assert "照片" in said
        operating.send_file(one, content=ContentFile(photo()), name="燈.jpg", by=None, at=NIGHT)
        one, said = talk("照片傳好了", "不是信箱", "lin@mail.example", one=one)
        assert "市府後面的小巷子" in said
        one, said = talk("送出這件反映", one=one)
        assert "驗證碼" in said
        petition = Petition.objects.get()
        assert not petition.case.is_confirmed
        assert files.of(petition.case).count() == 1
        letter = Letter.objects.filter(template="petitions.confirmation").get()
        code = re.search(r"\d{6}", letter.subject)[0]

        one, wrong = talk("000000" if code != "000000" else "111111", one=one)
        assert "請再寫一次驗證碼" in wrong
        one, said = talk(code, one=one)

        petition.case.refresh_from_db()
        assert petition.case.is_confirmed
        assert petition.case.number in said
        assert (one.guide, one.case_id) == ({}, petition.case_id)
        assert set(BotAnswer.objects.values_list("outcome", flat=True)) == {Outcome.GUIDED}

        _one, said = talk("查詢案件進度", petition.case.number, petition.case.tracking_code)
        assert petition.case.number in said
        _one, said = talk("查進度", petition.case.number, "WRONG")
        assert "對不起來" in said


@pytest.mark.django_db
class TestGuide:
    def test_ends_when_it_is_cancelled_and_gives_way_to_danger(self, city):
        one, said = talk("我要報修", "失火了")
        assert "119" in said
        assert one.guide["step"] == "what"
        one, said = talk("取消", one=one)
        assert (one.guide, "已取消" in said) == ({}, True)
        _one, said = talk("路燈不亮", one=one)
        assert said.startswith("找到了")
