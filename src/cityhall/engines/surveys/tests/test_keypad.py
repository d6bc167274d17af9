"""Answers by keys: a file of the exchange, each row taken once or refused with its reason."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from tests.support.at_once import at_once

from cityhall.engines.audit.models import Entry
from cityhall.engines.letters.models import Letter
from cityhall.engines.surveys import keypad, queries, registry, services
from cityhall.engines.surveys.keypad import CannotImport
from cityhall.engines.surveys.models import Invitation, KeypadUpload, Response, Survey, Wave
from cityhall.engines.surveys.states import Way

from .making import NOW, QUESTIONS, make_survey, make_wave

DAY_LATER = NOW + timedelta(days=1)
HEAD = "通話編號,作答時間,q1,q2"
GOOD_ROWS = ("c-1,2026-11-16 10:00,5,1", "c-2,115/11/16 10:05,2,3", "c-3,2026-11-16 10:06,,")


def make_phone_wave(**more) -> Wave:
    """A point and one choice: what keys can answer."""
    return make_wave(make_survey(questions=QUESTIONS[:2]), **more)


def take(wave: Wave, *rows: str, head: str = HEAD, at=DAY_LATER) -> KeypadUpload:
    return keypad.take_in(wave, BytesIO("\n".join((head, *rows)).encode()), name="keys.csv", by=None, at=at)


def reasons(upload: KeypadUpload) -> list[tuple[int, str, str]]:
    return [(one["row"], one["column"], one["why"]["zh-hant"]) for one in upload.refused]


@pytest.mark.django_db
class TestFile:
    def test_brings_answers_and_who_pressed_nothing(self):
        wave = make_phone_wave()

        upload = take(wave, *GOOD_ROWS)

        assert (upload.taken, upload.same, upload.refused) == (3, 0, [])
        found = queries.asking([wave])[wave.pk]
        assert (found.sent, found.answered) == (3, 2)
        first, second = Response.objects.order_by("answered_at")
        assert services.given_in(first) == {"q1": 5, "q2": "c1"}
        assert second.complaint
        assert first.answered_at == NOW + timedelta(hours=1)
        assert set(Invitation.objects.values_list("way", flat=True)) == {Way.KEYPAD}
        assert not Letter.objects.exists()

    def test_is_noted_without_whose_calls_they_were(self):
        take(make_phone_wave(), *GOOD_ROWS, "c-4,x,1,1")

        entry = Entry.objects.get(event="survey.keypad_imported")
        assert '"taken":3' in entry.payload
        assert '"refused":1' in entry.payload
        assert "c-1" not in entry.payload

    def test_twice_is_once(self):
        wave = make_phone_wave()
        take(wave, *GOOD_ROWS)

        again = take(wave, *GOOD_ROWS)

        assert (again.taken, again.same, again.refused) == (0, 3, [])
        assert Response.objects.count() == 2

    def test_may_bring_an_answer_that_was_missing(self):
        wave = make_phone_wave()
        take(wave, *GOOD_ROWS)

        later = take(wave, "c-3,2026-11-16 10:06,4,2")

        assert (later.taken, later.refused) == (1, [])
        assert Response.objects.count() == 3

    def test_changes_no_answer(self):
        wave = make_phone_wave()
        take(wave, *GOOD_ROWS)

        other = take(wave, "c-1,2026-11-16 10:00,1,1")

        assert reasons(other) == [(2, "number", "這通電話已經有另一份填答，以先收到的為準。")]
        assert (
            not Response.objects.filter(complaint=True)
            .exclude(answered_at=NOW + timedelta(hours=1, minutes=5))
            .exists()
        )

    def test_keeps_good_rows_where_others_are_refused(self):
        wave = make_phone_wave()

        upload = take(
            wave, "c-1,2026-11-16 10:00,9,1", ",2026-11-16 10:00,5,1", "c-2,yesterday,5,1", "c-3,2026-11-16 10:00,5,",
            "c-4,2026-11-16 10:00,5,4", "c-5,2026-11-15 10:00,5,1", "c-6,2026-11-18 10:00,5,1", "c-7,2026-11-16 10:00,4,2",
        )  # fmt: skip

        assert upload.taken == Response.objects.count() == 1
        assert upload.rows_refused == 7
        assert reasons(upload) == [
            (2, "q1", "這題只能按 0 到 5。"),
            (3, "number", "這一格必須填寫。"),
            (4, "answered_at", "請寫日期和時間，例如 106/3/20 17:30。"),
            (5, "q2", "這題必答，這一列卻沒有按鍵。"),
            (6, "q2", "這題只能按 1 到 3。"),
            (7, "answered_at", "不在這個波次的調查期間。"),
            (8, "answered_at", "不在這個波次的調查期間。"),
        ]

    def test_says_why_in_every_language(self):
        upload = take(make_phone_wave(), "c-1,2026-11-16 10:00,9,1")

        assert set(upload.refused[0]["why"]) == {"zh-hant", "en"}

    def test_keeps_no_telephone_number_of_a_wrong_column(self):
        upload = take(make_phone_wave(), "c-1,2026-11-16 10:00,0912345678,1")

        assert "0912" not in str(upload.refused)
        assert reasons(upload)[0][1] == "q1"

    @pytest.mark.parametrize("head", ["通話編號,作答時間,整體而言，您滿意嗎？,您用哪一種方式？", "uniqueid,time,q1,q2"])
    def test_may_name_questions_by_their_words(self, head):
        assert take(make_phone_wave(), GOOD_ROWS[0], head=head.replace("，", ", ").replace(", ", "，")).taken == 1

    def test_has_one_row_a_call(self):
        upload = take(make_phone_wave(), GOOD_ROWS[0], GOOD_ROWS[0], "c-1,2026-11-16 10:00,4,1")

        assert (upload.taken, upload.same, upload.rows_refused) == (1, 1, 1)

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [(b"", "是空的"), (b"\x00\x01\x02", "CSV"), ("甲,乙\n1,2".encode(), "欄位名稱")],
    )
    def test_that_is_none_is_refused_whole(self, content, sentence):
        with pytest.raises(CannotImport, match=sentence):
            keypad.take_in(make_phone_wave(), BytesIO(content), name="x", by=None, at=DAY_LATER)

        assert not KeypadUpload.objects.exists()

    def test_has_an_end(self, monkeypatch):
        monkeypatch.setattr(keypad, "MOST_ROWS", 2)

        with pytest.raises(CannotImport, match="最多匯入 2 列"):
            take(make_phone_wave(), *GOOD_ROWS)

    def test_needs_questions_for_keys(self):
        with pytest.raises(CannotImport, match="沒有可以用按鍵"):
            take(make_wave(make_survey(questions=QUESTIONS[3:])), *GOOD_ROWS)

    def test_needs_no_answer_that_keys_cannot_give(self):
        survey = make_survey(questions=QUESTIONS[:1])
        words = services.Wanted("TEXT", "為什麼？", "Why?")
        services.add_question(survey.questionnaires.get(), words, by=None, at=NOW)

        with pytest.raises(CannotImport, match="必答的題目"):
            take(make_wave(survey), *GOOD_ROWS)

    def test_is_about_records_of_the_owner(self):
        """A call that the owner does not know is refused; the others lead to it."""
        known = make_survey(questions=())
        registry.owner("tests", "測試", records=lambda numbers: {"c-1": known} if "c-1" in numbers else {})
        try:
            upload = take(make_phone_wave(), *GOOD_ROWS[:2])
        finally:
            registry.forget("tests")

        assert reasons(upload) == [(3, "number", "查無這通電話。")]
        about = Invitation.objects.get()
        assert (about.about_type, about.about_id) == (Survey._meta.label_lower, str(known.pk))

    def test_takes_as_many_statements_for_many_rows_as_for_few(self):
        asked = []
        for many in (3, 60):
            wave = make_phone_wave()
            rows = [f"c-{n},2026-11-16 10:00,{n % 5 + 1},1" for n in range(many)]
            for _time in ("first", "again"):
                with CaptureQueriesContext(connection) as found:
                    take(wave, *rows)
                asked.append(len(found))

        assert asked[:2] == asked[2:]

    def test_speaks_the_readers_language_in_its_headings(self):
        with translation.override("en"):
            upload = take(make_phone_wave(), GOOD_ROWS[0], head="Call number,Time of the answer,q1,q2")

        assert upload.taken == 1


@pytest.mark.django_db(transaction=True)
def test_two_uploads_at_once_take_each_call_once():
    wave = make_phone_wave()

    found = at_once([partial(take, wave, *GOOD_ROWS) for _n in range(4)])

    assert sorted((one.taken, one.same) for one in found) == [(0, 3), (0, 3), (0, 3), (3, 0)]
    assert Response.objects.count() == 2
