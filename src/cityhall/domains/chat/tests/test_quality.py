"""The bot's quality by week, its answers replayed and reviewed; what is removed after a time, and what stays."""

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client as Browser

from cityhall.domains.chat import keeping, operating, reviewing, services
from cityhall.domains.chat.models import BotAnswer, Conversation, LeftMessage
from cityhall.domains.chat.refusals import CannotTalk
from cityhall.engines.files.models import StoredFile
from cityhall.engines.letters.models import Letter
from cityhall.engines.rules.services import set_parameter
from cityhall.foundation.clock import day_of

from .city import NIGHT, TEN, make_city, signed_in
from .test_desk import photo, taken

pytestmark = pytest.mark.django_db
SECRET = "金絲雀 0912-345-678 canary@mail.example"


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: TEN)
    return make_city()


def asked(*texts, at=TEN):
    one = services.begin(language="zh-hant", at=at)
    for text in texts:
        services.say(one, text=text, at=at)
    return one


def words(response):
    return re.sub(r"<[^>]+>", "", response.content.decode())


class TestWeeks:
    def test_count_what_was_asked_and_no_small_talk(self, city):
        one = asked("路燈不亮", "你好", "失火了", "量子糾纏與弦論")
        asked("身分證不見了", at=TEN - timedelta(days=7))
        services.helped(one, n=3, yes=False, at=TEN)

        this, last, *_rest = reviewing.weeks(TEN)

        assert (this.asked, this.answered, this.refused, this.wrong) == (2, 1, 1, 1)
        assert (last.asked, last.answered, last.share) == (1, 1, 100)

    def test_cost_the_same_however_many(self, city, django_assert_num_queries):
        with django_assert_num_queries(2):
            reviewing.weeks(TEN)

    def test_open_the_answers_behind_each_number(self, city):
        asked("路燈不亮", "量子糾纏與弦論 0912-345-678")
        browser = signed_in(city.commission)

        assert "自動回答的品質" in words(browser.get("/desk/chat/quality/"))
        page = words(browser.get("/desk/chat/quality/answers/?week=2026-11-16&kind=refused"))
        assert "量子糾纏" in page
        assert "0912" not in page
        assert "路燈不亮" not in page
        assert browser.get("/desk/chat/quality/answers/?week=abc").status_code == 422
        assert signed_in(city.operator).get("/desk/chat/quality/").status_code == 403
        export = b"".join(browser.get("/desk/chat/quality/answers/export.csv").streaming_content).decode()
        assert "量子糾纏" in export
        assert "0912" not in export

    def test_have_answers_that_are_reviewed_and_replayed(self, city):
        asked("路燈不亮")
        answer, browser = BotAnswer.objects.get(), signed_in(city.supervisor)

        assert "結果相同。" in words(browser.get(f"/desk/chat/quality/answers/{answer.pk}/"))
        browser.post(f"/desk/chat/quality/answers/{answer.pk}/", {"right": "no", "remark": "答錯路燈"})
        assert reviewing.weeks(TEN)[0].wrong == 1
        assert "答錯路燈" in words(browser.get(f"/desk/chat/quality/answers/{answer.pk}/"))

    def test_draw_the_same_sample_each_time_by_the_share_of_the_day(self, city):
        for _n in range(10):
            asked(*["路燈不亮"] * 20, at=TEN - timedelta(days=7))
        earlier = set(BotAnswer.objects.values_list("pk", flat=True))
        drawn = {one.pk for one in reviewing.listed("sample", None, None)}
        assert 0 < len(drawn) < 30

        set_parameter("chat.review_percent", 100, valid_from=day_of(TEN), source="簽准", by=None, at=TEN)
        asked("路燈不亮", "身分證不見了")
        again = {one.pk for one in reviewing.listed("sample", None, None)}

        assert again & earlier == drawn
        assert len(again - earlier) == 2


class TestKeeping:
    def test_removes_words_and_people_and_keeps_the_counts(self, city):
        one = taken(city, text=SECRET)
        operating.send_file(one, content=ContentFile(photo()), name="金絲雀.jpg", by=None, at=TEN)
        operating.answer(one, text=SECRET, by=city.operator.account, at=TEN)
        services.send_transcript(one, email="canary@mail.example", at=TEN)
        operating.end(one, by=city.operator.account, at=TEN)
        other = asked(SECRET, at=NIGHT)
        services.leave_message(
            other, text=SECRET, way="MAIL", name="金絲雀", email="canary@mail.example", phone="", at=NIGHT
        )
        before = reviewing.weeks(TEN)[0]

        assert keeping.forget_old(TEN + timedelta(days=179)) == 0
        assert keeping.forget_old(TEN + timedelta(days=200)) == 1  # the other one still waits for its answer

        kept = [
            *Conversation.objects.filter(pk=one.pk).values(), *one.messages.values(), *StoredFile.objects.values(),
            *Letter.objects.filter(about_id=str(one.pk)).values(),
        ]  # fmt: skip
        assert not re.search("金絲雀|canary|0912", str(kept))
        assert reviewing.weeks(TEN)[0] == before
        assert LeftMessage.objects.get().text == SECRET
        answer = BotAnswer.objects.filter(asked__conversation=one).first()
        with pytest.raises(CannotTalk, match="移除"):
            reviewing.replay(answer)
        assert Browser().get(f"/chat/{one.key}/").status_code == 200
        assert keeping.forget_old(TEN + timedelta(days=201)) == 0


class TestEmbedding:
    def test_is_one_script_that_other_sites_may_load(self, city):
        response = Browser().get("/en/chat/embed.js")

        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response["Content-Type"].startswith("text/javascript")
        assert "/en/chat/" in response.content.decode()
