"""The bot: what it knows, offers and does not know; order and repeats of messages; silence; messages that are left."""

from datetime import timedelta

import pytest
from tests.support.at_once import THREADS, at_once
from tests.support.faq import Unanswered, Use, Version, publish

from cityhall.domains.chat import answering, knowledge, replies, services, smalltalk
from cityhall.domains.chat.models import BotAnswer, Conversation, IndexVersion, LeftMessage, Message
from cityhall.domains.chat.refusals import CannotTalk
from cityhall.domains.chat.rules import Service
from cityhall.domains.chat.states import Ended, Outcome, Speaker, State, Way
from cityhall.engines.letters.models import Letter
from cityhall.engines.retrieval.ranking import Verdict
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of

from .city import NIGHT, TEN, make_city
from .test_rules import written


@pytest.fixture
def city(db):
    return make_city()


def begun(*, at=TEN, language="zh-hant"):
    return services.begin(language=language, at=at)


def said(conversation, text, *, at=TEN, **more):
    services.say(Conversation.objects.get(pk=conversation.pk), text=text, at=at, **more)
    return BotAnswer.objects.order_by("-pk").first()


def left(conversation, *, at=NIGHT, **more):
    given = {
        "text": "育嬰留停怎麼辦",
        "way": Way.MAIL,
        "name": "林小姐",
        "email": "lin@mail.example",
        "phone": "",
        **more,
    }
    return services.leave_message(conversation, at=at, **given)


@pytest.mark.django_db
class TestAnswer:
    def test_cites_the_entry_that_it_is_from(self, city):
        answer = said(begun(), "垃圾車幾點來")

        assert answer.outcome == Outcome.ANSWERED
        assert answer.reply.data["entries"][0]["code"] == "garbage"
        assert Use.objects.get().channel == "CHAT"

    @pytest.mark.parametrize("text", ["你好，垃圾車幾點來？", "垃圾几点收"])
    def test_bears_greetings_and_simplified_writing(self, city, text):
        assert said(begun(), text).entries[0]["code"] == "garbage"

    def test_offers_a_few_when_it_is_not_sure(self, city, monkeypatch):
        found = knowledge.find("垃圾車幾點來", at=TEN)
        unsure = knowledge.Found(Verdict.SEVERAL, found.entries, found.keys, found.wordings)
        monkeypatch.setattr(knowledge, "find", lambda words, *, at: unsure)

        answer = said(begun(), "垃圾")

        assert answer.outcome == Outcome.OFFERED
        assert 1 <= len(answer.reply.data["choices"]) <= 5
        assert answer.reply.data["doors"] == ["person", "message"]

    def test_gives_the_entry_that_was_chosen(self, city):
        answer = said(begun(), "路燈不亮要找誰修？", choice="street-light")

        assert (answer.outcome, answer.chosen, answer.entries[0]["code"]) == (Outcome.ANSWERED, True, "street-light")

    def test_says_that_it_does_not_know(self, city):
        answer = said(begun(), "量子糾纏與弦論的關係 0912-345-678")

        assert answer.outcome == Outcome.REFUSED
        assert answer.reply.data["doors"] == ["person", "message"]
        assert "0912" not in Unanswered.objects.get().text

    def test_gives_emergency_numbers_before_anything_else(self, city):
        conversation = begun()
        answer = said(conversation, "隔壁失火了，垃圾車幾點來")

        assert (answer.outcome, answer.reply.data["danger"]) == (Outcome.DANGER, ["119"])
        conversation.refresh_from_db()
        assert conversation.danger == "119"

    def test_answers_in_the_language_of_the_page(self, city):
        answer = said(begun(language="en"), "When does the garbage truck come?")

        assert answer.reply.data["entries"][0]["title"] == "When does the garbage truck come?"

    def test_takes_small_talk_for_a_question_in_at_most_two_of_a_hundred(self, city):
        known = [
            text for text in written()
            if smalltalk.talk(text) is None and knowledge.find(text, at=TEN).verdict is Verdict.KNOWN
        ]  # fmt: skip

        assert len(known) <= len(written()) * 0.02, known

    def test_can_be_replayed_with_the_index_that_made_it(self, city):
        answer = said(begun(), "路燈不亮")
        old = Version.objects.get(entry__code="street-light")
        publish("street-light", city.rdec, question="電燈", answer="改了", at=TEN)

        again = knowledge.find_again(answer.asked.text, on=day_of(answer.at), keys=tuple(answer.index.keys))

        assert [one.kept for one in again.entries] == answer.entries
        assert answer.entries[0]["version"] == old.pk
        assert knowledge.find("路燈不亮", at=TEN).entries != again.entries

    def test_keeps_one_row_for_an_index_that_many_answers_used(self, city):
        conversation = begun()
        for text in ("路燈不亮", "身分證不見了"):
            said(conversation, text)

        assert IndexVersion.objects.count() == 1

    def test_is_counted_as_helpful_or_not_once(self, city):
        conversation = begun()
        answer = said(conversation, "路燈不亮")
        for yes in (True, False):
            services.helped(conversation, n=answer.reply.n, yes=yes, at=TEN)

        assert BotAnswer.objects.get().helped is False
        assert Use.objects.filter(helped__isnull=False).count() == 1


@pytest.mark.django_db
class TestMessages:
    def test_with_the_same_id_are_one(self, city):
        conversation = begun()
        for _ in range(3):
            said(conversation, "路燈不亮", client_id="abc")

        assert conversation.messages.filter(speaker=Speaker.CITIZEN).count() == 1
        assert BotAnswer.objects.count() == 1

    @pytest.mark.parametrize("text", ["", " \n ", "\x00", "長" * 2001, "A" * 10_000_000])
    def test_that_are_empty_or_too_long_are_refused(self, city, text):
        with pytest.raises(CannotTalk):
            said(begun(), text)

    def test_in_a_flood_are_refused(self, city):
        conversation = begun()
        for n in range(30):
            said(conversation, f"哈{n}", at=TEN)

        with pytest.raises(CannotTalk, match="太快"):
            said(conversation, "哈", at=TEN)
        said(conversation, "早就送出", at=TEN - timedelta(minutes=2))  # kept up on its way: counted in its own minute

    def test_to_a_conversation_that_is_over_are_refused(self, city):
        conversation = begun()
        services.end(conversation, at=TEN)

        with pytest.raises(CannotTalk, match="結束"):
            said(conversation, "路燈不亮")


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_nothing_is_lost_doubled_or_out_of_order(self):
        make_city()
        conversation = begun()

        def sender(who):
            def send():
                for n in range(3):
                    for _again in range(2):  # each is sent twice, as after a broken connection
                        said(conversation, f"{who}:{n} 謝謝", client_id=f"{who}-{n}", at=TEN + timedelta(minutes=n * 2))

            return send

        assert at_once([sender(who) for who in range(THREADS)]) == [None] * THREADS

        rows = list(Message.objects.filter(conversation=conversation).order_by("n"))
        assert [row.n for row in rows] == list(range(1, len(rows) + 1))
        texts = [row.text for row in rows if row.speaker == Speaker.CITIZEN]
        assert len(texts) == len(set(texts)) == THREADS * 3
        for who in range(THREADS):
            mine = [text for text in texts if text.startswith(f"{who}:")]
            assert mine == sorted(mine)
        assert BotAnswer.objects.count() == THREADS * 3


@pytest.mark.django_db
class TestNobodyThere:
    @pytest.mark.parametrize(
        ("at", "service", "words"), [(NIGHT, Service.CLOSED, "服務時間"), (TEN, Service.NOBODY, "不在線上")]
    )
    def test_is_said_with_a_door_to_leave_a_message(self, city, at, service, words):
        conversation = begun(at=at)

        assert services.call_person(conversation, at=at) is service

        last = conversation.messages.last()
        assert words in last.text
        assert last.data["doors"] == ["message"]

    def test_leads_to_a_message_a_todo_and_an_answer_by_mail(self, city):
        conversation = begun(at=NIGHT, language="en")
        one = left(conversation)

        conversation.refresh_from_db()
        todo = Todo.objects.get(kind=services.LEFT)
        assert (conversation.state, conversation.closed_why) == (State.LEFT, Ended.LEFT)
        assert day_of(todo.due_at).isoformat() == "2026-11-17"

        answering.answer(one, text="請洽勞動局。", by=city.operator.account, at=TEN + timedelta(days=1))

        letter = Letter.objects.get()
        assert (letter.address, letter.language) == ("lin@mail.example", "en")
        assert "請洽勞動局。" in letter.text
        todo.refresh_from_db()
        assert todo.closed_at is not None
        with pytest.raises(CannotTalk, match="已經"):
            answering.answer(one, text="再一次", by=city.other_operator.account, at=TEN)
        assert LeftMessage.objects.get().answered_by == city.operator


@pytest.mark.django_db
class TestSilence:
    def test_ends_a_conversation_which_can_be_gone_on_with(self, city):
        conversation = begun()
        said(conversation, "路燈不亮")

        assert services.end_idle(TEN + timedelta(minutes=4)) == 0
        assert services.end_idle(TEN + timedelta(minutes=5)) == 1
        assert services.end_idle(TEN + timedelta(minutes=6)) == 0

        conversation.refresh_from_db()
        assert conversation.closed_why == Ended.IDLE
        assert replies.closed_idle(minutes=5) == conversation.messages.last().text
        services.go_on(conversation, at=TEN + timedelta(hours=1))
        assert said(conversation, "路燈不亮", at=TEN + timedelta(hours=1)).outcome == Outcome.ANSWERED
        services.end(conversation, at=TEN + timedelta(hours=2))
        with pytest.raises(CannotTalk, match="太久"):
            services.go_on(conversation, at=TEN + timedelta(hours=27))

    def test_is_followed_by_a_rating(self, city):
        conversation = begun()
        with pytest.raises(CannotTalk):
            services.rate(conversation, stars=5, at=TEN)
        services.end(conversation, at=TEN)
        services.rate(conversation, stars=4, at=TEN)
        for wrong in (0, 6):
            with pytest.raises(CannotTalk):
                services.rate(conversation, stars=wrong, at=TEN)

        conversation.refresh_from_db()
        assert conversation.stars == 4


@pytest.mark.parametrize("words", ["purple elephants dance quietly", "How do I cook rice?", "what is love", "寵物過世"])
def test_what_merely_shares_letters_is_refused(words, db):
    make_city()
    one = services.begin(language="zh-hant", at=TEN)
    services.say(one, text=words, at=TEN)
    assert BotAnswer.objects.get().outcome == "REFUSED"
