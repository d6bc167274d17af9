"""Surveys from the first question to the answer: results, refusals, and what the trail says."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from tests.support.at_once import at_once

from cityhall.engines.audit.models import Entry
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.services import Recipient
from cityhall.engines.letters.signals import undeliverable
from cityhall.engines.letters.states import Channel, State
from cityhall.engines.surveys import queries, registry, services
from cityhall.engines.surveys.models import Answer, Invitation, Question, Questionnaire, Response, Survey, Wave
from cityhall.engines.surveys.rules import Fault, Share
from cityhall.engines.surveys.services import (
    CannotAct,
    CannotChange,
    CannotInvite,
    CannotOpenWave,
    CannotRespond,
    Line,
    Wanted,
    Wording,
)
from cityhall.engines.surveys.states import Kind, Sampling

from .making import BAD, GOOD, NOW, QUESTIONS, answered, invited, make_survey, make_wave, version_of

LATER = NOW + timedelta(hours=1)


def events() -> list[str]:
    return list(Entry.objects.order_by("seq").values_list("event", flat=True))


@pytest.fixture
def owner():
    told: list[int] = []
    registry.owner("tests", "測試", on_complaint=lambda response, at: told.append(response.pk))
    yield told
    registry.forget("tests")


@pytest.mark.django_db
class TestQuestions:
    def test_are_kept_in_both_languages_and_noted(self):
        survey = make_survey()

        found = services.questions_of(version_of(survey))
        assert [one.key for one in found] == ["q1", "q2", "q3", "q4"]
        assert [one.code for one in found[1].choices.all()] == ["c1", "c2", "c3"]
        assert found[0].complaint_at_most == 2
        assert events() == ["survey.created"] + ["survey.question_added"] * 4

    def test_of_a_known_key_are_made_once(self):
        first = make_survey(key="hotline.after_call", questions=())

        again = services.create_survey(Wording("別的", "Other"), owner="x", key="hotline.after_call", by=None, at=NOW)
        assert again == first
        assert queries.survey_of("hotline.after_call") == first
        assert Survey.objects.count() == 1

    @pytest.mark.parametrize(
        "wanted",
        [
            Wanted(Kind.TEXT, "只有中文", " "),
            Wanted(Kind.SINGLE, "一", "One", [Line("甲", "A")]),
            Wanted(Kind.SINGLE, "一", "One", [Line("甲", "A"), Line("甲", "B")]),
            Wanted(Kind.SEVERAL, "一", "One", [Line("甲", "A"), Line("乙", "")]),
        ],
    )
    def test_that_are_not_whole_are_refused(self, wanted):
        survey = make_survey(questions=())

        with pytest.raises(CannotChange):
            services.add_question(version_of(survey), wanted, by=None, at=NOW)

        assert not Question.objects.exists()

    def test_have_an_end(self, monkeypatch):
        monkeypatch.setattr(services, "MOST_QUESTIONS", 4)
        survey = make_survey()

        with pytest.raises(CannotChange, match="最多 4 題"):
            services.add_question(version_of(survey), QUESTIONS[3], by=None, at=NOW)

    def test_are_written_anew_with_the_codes_of_choices_that_stay(self):
        question = services.questions_of(version_of(make_survey()))[1]
        wanted = Wanted(Kind.SINGLE, "怎麼找我們？", "How?", [Line("臨櫃", "Counter"), Line("信件", "Letter")])

        services.change_question(question, wanted, by=None, at=NOW)

        question = Question.objects.get(pk=question.pk)
        assert [(one.code, one.text) for one in question.choices.all()] == [("c3", "臨櫃"), ("c4", "信件")]
        assert events()[-1] == "survey.question_changed"

    def test_move_and_go(self):
        version = version_of(make_survey())
        questions = services.questions_of(version)

        services.move_question(questions[3], up=True, by=None, at=NOW)
        services.move_question(questions[0], up=True, by=None, at=NOW)  # is the first already
        services.remove_question(questions[1], by=None, at=NOW)

        assert [one.key for one in services.questions_of(version)] == ["q1", "q4", "q3"]
        assert events()[-2:] == ["survey.question_moved", "survey.question_removed"]

    def test_are_frozen_by_the_first_answer(self):
        wave = make_wave()
        question = services.questions_of(wave.questionnaire)[0]
        answered(wave, GOOD)

        for act in (
            partial(services.add_question, wave.questionnaire, QUESTIONS[3]),
            partial(services.change_question, question, QUESTIONS[3]),
            partial(services.remove_question, question),
            partial(services.move_question, question, up=False),
        ):
            with pytest.raises(CannotChange, match="已經有人作答"):
                act(by=None, at=LATER)
        assert wave.questionnaire.questions.count() == 4

    def test_go_on_in_a_new_version_with_their_keys(self):
        wave = make_wave()
        assert services.new_version(wave.survey, by=None, at=NOW) == wave.questionnaire  # nobody has answered yet
        answered(wave, GOOD)

        made = services.new_version(wave.survey, by=None, at=LATER)

        assert made.number == 2
        assert [one.asked for one in services.questions_of(made)] == [
            one.asked for one in services.questions_of(wave.questionnaire)
        ]
        services.remove_question(services.questions_of(made)[3], by=None, at=LATER)
        added = services.add_question(made, QUESTIONS[3], by=None, at=LATER)
        assert added.key == "q5"  # q4 was another question
        assert wave.questionnaire.questions.count() == 4


@pytest.mark.django_db
class TestWaves:
    def test_ask_something(self):
        with pytest.raises(CannotOpenWave, match="還沒有題目"):
            make_wave(make_survey(questions=()))

    @pytest.mark.parametrize("closes", [NOW, NOW - timedelta(days=1)])
    def test_end_after_they_begin(self, closes):
        with pytest.raises(CannotOpenWave, match="截止日"):
            make_wave(closes_at=closes)

    def test_are_closed_once(self):
        wave = make_wave()

        services.close_wave(wave, by=None, at=LATER)
        closed = services.close_wave(wave, by=None, at=LATER + timedelta(days=1))

        assert closed.closes_at == LATER
        assert events().count("survey.wave_closed") == 1

    def test_that_have_not_begun_can_be_closed(self):
        wave = services.close_wave(make_wave(opens_at=NOW + timedelta(days=3)), by=None, at=NOW)

        assert not services.is_open(wave, NOW + timedelta(days=4))


@pytest.mark.django_db
class TestInvitations:
    def test_go_out_with_a_link_and_keep_no_address(self):
        invitation = invited(to={"language": "en"})

        letter = Letter.objects.get()
        assert letter.template == "surveys.invitation"
        assert services.link_of(invitation) in letter.text
        assert "/en/surveys/" in letter.text
        assert "mail.example" not in str(Invitation.objects.values().get())
        assert events()[-1] == "survey.invited"
        assert "mail.example" not in Entry.objects.latest("seq").payload

    def test_go_by_short_message(self):
        invitation = invited(way="SMS")

        letter = Letter.objects.get()
        assert letter.channel == Channel.SMS
        assert services.link_of(invitation) in letter.text

    def test_are_one_for_one_source(self):
        wave = make_wave()

        assert invited(wave) == invited(wave)
        assert invited(wave, 2) != invited(wave)
        assert Letter.objects.count() == 2

    def test_of_the_same_source_in_another_wave_are_others(self):
        assert invited(make_wave()) != invited(make_wave())

    def test_survive_another_secret_key(self, settings):
        wave = make_wave()
        first, link = invited(wave), services.key_of(invited(wave))
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "other" * 20, [settings.SECRET_KEY]

        assert invited(wave) == first
        assert services.by_link(first.reference, link) == first

    @pytest.mark.parametrize("when", [{"opens_at": NOW + timedelta(days=1)}, {"closes_at": NOW + timedelta(minutes=1)}])
    def test_need_an_open_wave(self, when):
        wave = make_wave(**when)

        with pytest.raises(CannotInvite, match="調查期間"):
            invited(wave, at=NOW + timedelta(minutes=2))
        with pytest.raises(CannotInvite, match="調查期間"):
            services.invite_many(wave, [], by=None, at=NOW + timedelta(minutes=2))

    def test_without_an_address_leave_nothing_behind(self):
        wave = make_wave()

        with pytest.raises(CannotInvite):
            invited(wave, to={"email": "nobody"})

        assert not Invitation.objects.exists()

    def test_to_many_ask_each_mailbox_once(self):
        wave = make_wave()
        people = [Recipient(email=one) for one in ("a@mail.example", "A@mail.example ", "b@mail.example")]

        assert services.invite_many(wave, people, by=None, at=NOW) == 2
        assert services.invite_many(wave, people, by=None, at=LATER) == 0
        assert Letter.objects.count() == 2
        assert '"people":2' in Entry.objects.filter(event="survey.invited").order_by("seq").first().payload

    def test_end_with_the_wave_or_before(self):
        assert invited(make_wave(days=3)).expires_at == NOW + timedelta(days=3)
        assert invited(make_wave(closes_at=LATER)).expires_at == LATER

    def test_that_do_not_arrive_are_not_counted_as_asked(self):
        wave = make_wave()
        answered(wave, GOOD)
        invitation = invited(wave, 2)
        letter = Letter.objects.get(about_id=str(invitation.pk))
        letter.state = State.REFUSED

        undeliverable.send(sender=Letter, letter=letter, at=LATER)

        found = queries.asking([wave])[wave.pk]
        assert (found.sent, found.undeliverable, found.rate) == (2, 1, Share(1, 1))

    def test_are_forgotten_by_the_letters_after_two_months(self):
        invited()

        assert services.forget(NOW + timedelta(days=59)) == 0
        assert services.forget(NOW + timedelta(days=61)) == 1
        assert Letter.objects.get().address == ""


@pytest.mark.django_db
class TestAnswers:
    def test_are_kept_one_by_one(self):
        wave = make_wave()
        response = services.respond(invited(wave), BAD, language="zh-hant", at=LATER)

        assert services.given_in(response) == BAD
        assert response.answers.count() == 5
        assert Questionnaire.objects.get(pk=wave.questionnaire_id).frozen_at == LATER
        assert events()[-1] == "survey.answered"
        assert "0912" not in Entry.objects.latest("seq").payload

    def test_are_given_once(self):
        invitation = invited()

        first = services.respond(invitation, GOOD, at=LATER)
        again = services.respond(invitation, BAD, at=LATER)

        assert again == first
        assert services.given_in(first) == GOOD
        assert events().count("survey.answered") == 1

    @pytest.mark.parametrize(
        ("given", "faults"),
        [
            ({"q1": 9, "q2": "c1"}, {"q1": Fault.UNKNOWN}),
            ({"q1": 3}, {"q2": Fault.MISSING}),
            ({**GOOD, "q9": "x"}, {"q9": Fault.UNKNOWN}),
        ],
    )
    def test_that_are_wrong_are_refused_and_freeze_nothing(self, given, faults):
        invitation = invited()

        with pytest.raises(CannotRespond) as refusal:
            services.respond(invitation, given, at=LATER)

        assert refusal.value.faults == faults
        assert not Response.objects.exists()
        assert Questionnaire.objects.get().frozen_at is None

    def test_that_say_nothing_are_refused(self):
        wave = make_wave(make_survey(questions=[QUESTIONS[3]]))

        with pytest.raises(CannotRespond, match="至少回答一題"):
            services.respond(invited(wave), {"q1": " "}, at=LATER)

    @pytest.mark.parametrize(("days", "taken"), [(13, True), (14, False)])
    def test_come_in_time(self, days, taken):
        invitation = invited()
        at = NOW + timedelta(days=days)

        if taken:
            assert services.respond(invitation, GOOD, at=at).answered_at == at
        else:
            with pytest.raises(CannotRespond, match="已經過了"):
                services.respond(invitation, GOOD, at=at)

    def test_come_no_more_after_the_wave_was_closed(self):
        invitation = invited()
        services.close_wave(invitation.wave, by=None, at=NOW + timedelta(minutes=5))

        with pytest.raises(CannotRespond):
            services.respond(invitation, GOOD, at=LATER)

    def test_that_complain_tell_the_owner_once(self, owner):
        wave = make_wave()
        answered(wave, GOOD, BAD, {"q1": 0, "q2": "c1"})
        response = Response.objects.get(complaint=True)
        services.respond(response.invitation, BAD, at=LATER)

        assert owner == [response.pk]

    def test_that_cannot_be_told_are_not_kept(self):
        """The task and the answer stand or fall together."""

        def fail(response, at):
            raise LookupError

        registry.owner("tests", "測試", on_complaint=fail)
        try:
            invitation = invited()
            with pytest.raises(LookupError):
                services.respond(invitation, BAD, at=LATER)
        finally:
            registry.forget("tests")

        assert not Response.objects.exists()


@pytest.mark.django_db
class TestComplaints:
    def test_are_looked_into_once(self):
        response = services.respond(invited(), BAD, at=LATER)

        done = services.handle_complaint(response, words="已電話說明。", by=None, at=LATER)

        assert (done.handled_at, done.handling) == (LATER, "已電話說明。")
        assert events()[-1] == "survey.complaint_handled"
        with pytest.raises(CannotAct, match="已經有人處理"):
            services.handle_complaint(response, words="再一次", by=None, at=LATER)

    def test_need_words_and_a_complaint(self):
        wave = make_wave()
        bad = services.respond(invited(wave), BAD, at=LATER)
        good = services.respond(invited(wave, 2), GOOD, at=LATER)

        with pytest.raises(CannotAct, match="處理情形"):
            services.handle_complaint(bad, words=" ", by=None, at=LATER)
        with pytest.raises(CannotAct, match="沒有不滿意"):
            services.handle_complaint(good, words="謝謝", by=None, at=LATER)


@pytest.mark.django_db
class TestResults:
    def test_are_shares_of_who_answered_each_question(self):
        wave = make_wave()
        answered(wave, GOOD, GOOD, BAD, {"q1": 0, "q2": "c1"})

        point, one, some, words = queries.results(wave.questionnaire)

        assert (point.asked, point.tally.base, point.tally.no_opinion, point.skipped) == (4, 3, 1, 0)
        assert point.tally.satisfied == Share(2, 3)
        assert dict(one.tally.shares) == {"c1": Share(3, 4), "c2": Share(1, 4), "c3": Share(0, 4)}
        assert dict(some.tally.shares) == {"c1": Share(1, 1), "c2": Share(0, 1), "c3": Share(1, 1)}
        assert (some.skipped, words.tally.base) == (3, 1)

    def test_are_those_of_the_wave_and_the_time(self):
        survey = make_survey()
        first, second = make_wave(survey), make_wave(survey)
        answered(first, GOOD, BAD)
        answered(second, GOOD)

        def asked(**more):
            return queries.results(first.questionnaire, **more)[0].asked

        assert (asked(), asked(wave=first), asked(wave=second)) == (3, 2, 1)
        assert asked(first=NOW + timedelta(minutes=2)) == 1
        assert asked(end=NOW + timedelta(minutes=2)) == 2

    def test_ask_the_database_as_often_however_much_there_is(self, django_assert_num_queries):
        wave = make_wave()
        answered(wave, GOOD)
        with django_assert_num_queries(5):
            queries.results(wave.questionnaire)
        answered(wave, *[BAD] * 5, start=2)
        with django_assert_num_queries(5):
            queries.results(wave.questionnaire)

    def test_of_waves_are_one_question(self, django_assert_num_queries):
        survey = make_survey()
        waves = [make_wave(survey) for _n in range(3)]
        answered(waves[0], GOOD, GOOD)

        with django_assert_num_queries(1):
            found = queries.asking(waves)

        assert found[waves[0].pk].rate == Share(2, 2)
        assert found[waves[1].pk].rate.percent is None

    def test_cover_who_wrote(self):
        wave = make_wave()
        answered(wave, BAD)

        text = queries.words(services.questions_of(wave.questionnaire)[3]).get().text

        assert "0912" in text
        assert "0912" not in queries.covered(text)

    @pytest.mark.parametrize(
        ("sampling", "has"), [(Sampling.RANDOM, True), (Sampling.EVERYONE, True), (Sampling.VOLUNTARY, False)]
    )
    def test_have_an_interval_where_people_did_not_choose_themselves(self, sampling, has):
        assert queries.has_interval(Wave(sampling=sampling)) is has


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_many_clicks_are_one_answer(self):
        invitation = invited()

        found = at_once([partial(services.respond, invitation, given, at=LATER) for given in (GOOD, BAD) * 4])

        assert {one.pk for one in found} == {Response.objects.get().pk}
        assert Answer.objects.count() in (2, 5)
        assert events().count("survey.answered") == 1

    def test_many_askings_are_one_invitation(self):
        wave = make_wave()

        found = at_once([partial(invited, wave) for _n in range(8)])

        assert {one.pk for one in found} == {Invitation.objects.get().pk}
        assert Letter.objects.count() == 1

    def test_a_question_is_changed_before_the_first_answer_or_not_at_all(self):
        invitation = invited()
        question = services.questions_of(invitation.wave.questionnaire)[1]

        given, removed = at_once(
            [
                partial(services.respond, invitation, GOOD, at=LATER),
                partial(services.remove_question, question, by=None, at=LATER),
            ]
        )

        if removed is None:  # then q2 is not asked any more
            assert isinstance(given, CannotRespond)
        else:
            assert isinstance(removed, CannotChange)
            assert services.given_in(given) == GOOD


def test_letters_are_about_an_invitation():
    assert Invitation._meta.label_lower == services.ABOUT
