"""Many entries at once: what goes out comes in again, twice is once, every refused row is told, and thousands are quick."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cityhall.domains.faq import importing, public
from cityhall.domains.faq.importing import Line
from cityhall.domains.faq.models import Entry, Move, Version
from cityhall.domains.faq.states import State
from cityhall.engines.audit.models import Entry as Trail
from cityhall.engines.files.sheets import CannotReadSheet

from .test_desk import LIST, NINE, TODAY, City, signed_in, words

HEAD = "編號,機關,問題類別,問題,答案,其他問法,費用,幾個工作天,相關網頁,自何日起,至何日止\n"
GOOD = "lamp,養工處,路燈,路燈不亮找誰修？,打1999。,燈壞了,免費,3,進度 https://example.org/lamps,,\n"


@pytest.fixture
def city(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    return City()


def taken(city, text, *, publish=False):
    return importing.take_in(
        io.BytesIO((HEAD + text).encode()), publish=publish, basis="府研字第1號", by=city.editor.account, at=NINE
    )


def told(report):
    return report.new, report.changed, report.same, report.refused_rows


class TestSheet:
    def test_becomes_drafts_and_twice_changes_nothing(self, city):
        assert told(taken(city, GOOD)) == (1, 0, 0, 0)
        assert told(taken(city, GOOD)) == (0, 0, 1, 0)

        version = Version.objects.get()
        assert (version.state, version.aliases, version.days) == (State.DRAFT, "燈壞了", 3)
        assert (version.entry.agency, version.entry.topic) == (city.works, city.topic)

    def test_is_published_where_agencies_have_agreed_and_names_where(self, city):
        taken(city, GOOD, publish=True)
        report = taken(city, GOOD.replace("打1999。", "打1999或區公所。"), publish=True)

        assert told(report) == (0, 1, 0, 0)
        assert public.count(TODAY) == 1
        assert Version.objects.standing().get().number == 2
        assert set(Move.objects.values_list("reason", flat=True)) == {"府研字第1號"}
        assert Trail.objects.filter(event="faq.imported").count() == 2

    def test_does_not_write_over_an_open_version(self, city):
        taken(city, GOOD)

        report = taken(city, GOOD.replace("打1999。", "不修。"))

        assert told(report) == (0, 0, 0, 1)
        assert "還沒公布的版本" in report.refused[0].why

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            (GOOD.replace("lamp", "有 字"), "編號"), (GOOD.replace("養工處", "沒有局"), "負責機關"),
            (GOOD.replace("路燈,路燈", "外星,路燈"), "問題類別"), (GOOD.replace("打1999。", ""), "答案"),
            (GOOD.replace(",3,", ",很久,"), "幾個工作天"), (GOOD.replace(",3,", ",-1,"), "幾個工作天"),
            (GOOD.replace("https://example.org/lamps", "example"), "相關網頁"),
            (GOOD.replace("lamps,,", "lamps,2026-12-01,2026-11-01"), "至何日止"),
            (GOOD.replace("lamps,,", "lamps,2026-13-01,"), "自何日起"), (GOOD * 2, "編號"),
        ],
    )  # fmt: skip
    def test_tells_of_each_row_that_cannot_be_taken_and_takes_the_others(self, city, row, column):
        report = taken(city, GOOD.replace("lamp", "other", 1) + row)

        assert {one.column for one in report.refused} == {column}
        assert report.refused[0].row >= 3
        assert Entry.objects.filter(code="other").exists()

    def test_that_is_none_is_refused_as_a_whole(self, city):
        with pytest.raises(CannotReadSheet):
            importing.take_in(io.BytesIO(b"\x00\x01"), publish=False, basis="", by=city.editor.account, at=NINE)

    @pytest.mark.parametrize("kind", ["csv", "ods"])
    def test_goes_out_and_comes_in_as_the_same(self, city, kind):
        taken(city, GOOD, publish=True)
        response = signed_in(city.editor).get(f"{LIST}export.{kind}")
        content = io.BytesIO(b"".join(response.streaming_content))

        report = importing.take_in(content, publish=False, basis="", by=city.editor.account, at=NINE)

        assert (*told(report), report.refused) == (0, 0, 1, 0, [])


class TestPage:
    def test_answers_with_what_became_of_the_rows(self, city):
        editor = signed_in(city.editor)
        sheet = SimpleUploadedFile("faq.csv", (HEAD + GOOD + GOOD.replace("養工處", "沒有局")).encode())

        page = words(editor.post(f"{LIST}import/", {"sheet": sheet, "then": "draft"}))

        assert "沒有這個機關" in page
        assert "沒有局" in page
        assert signed_in(city.coordinator).get(f"{LIST}import/").status_code == 403

    def test_asks_where_agencies_agreed(self, city):
        sheet = SimpleUploadedFile("faq.csv", (HEAD + GOOD).encode())

        response = signed_in(city.editor).post(f"{LIST}import/", {"sheet": sheet, "then": "published", "basis": " "})

        assert (response.status_code, Entry.objects.count()) == (422, 0)


class TestBulk:
    def test_takes_hundreds_in_a_handful_of_statements(self, city, django_assert_max_num_queries):
        texts = dict.fromkeys(importing.WORDS, "") | {"question": "問？", "answer": "答。", "valid_from": TODAY}
        many = {n: Line(f"e-{n}", city.works, city.topic, texts) for n in range(400)}

        with django_assert_max_num_queries(24):
            importing.keep(many, publish=True, generated=True, by=None, at=NINE)

        assert public.count(TODAY) == 400
        assert Entry.objects.filter(generated=True).count() == 400
