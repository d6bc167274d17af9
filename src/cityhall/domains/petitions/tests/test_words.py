"""Insults: covered for whoever handles, never for whoever wrote; the original on one click; a list that is tried first."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from cityhall.domains.petitions import abuse, queries
from cityhall.domains.petitions.abuse import NotAWord, Word, read
from cityhall.domains.petitions.models import KeptWords, Petition
from cityhall.domains.petitions.services import citizen, filing, handling, letters, upkeep, words
from cityhall.domains.petitions.services.words import CannotSetWords
from cityhall.domains.petitions.tests.city import INSIDE, NINE, file, make_city, opened, signed_in
from cityhall.engines.audit.models import Entry
from cityhall.engines.cases.models import Case
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_person
from cityhall.engines.letters.models import Letter
from cityhall.engines.rules.queries import parameter
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of

NOW = NINE + timedelta(minutes=30)
RUDE = "白癡養工處，中山路 200 號前路燈不亮三天了"
SHOWN = "＊＊養工處，中山路 200 號前路燈不亮三天了"


def seen(text, *lines, keep=()):
    listed = [read(line) for line in lines]
    return abuse.covered(text, abuse.spans_of(text, listed, keep=keep))


class TestCovering:
    @pytest.mark.parametrize(
        "text",
        ["白癡", "白 癡", "白　癡", "白.癡", "白＊癡", "白-_-癡", "白\u200b癡", "白\n癡", "白\ufe00癡"],
    )
    def test_survives_what_is_written_between(self, text):
        assert "白" not in seen(f"你{text}嗎", "白癡")
        assert "癡" not in seen(f"你{text}嗎", "白癡")
        assert seen(f"你{text}嗎", "白癡").endswith("嗎")

    @pytest.mark.parametrize("text", ["fuck", "FUCK", "Ｆｕｃｋ", "f u c k", "f*u*c*k", "F.U.C.K"])
    def test_survives_width_and_case(self, text):
        assert not set(seen(f"what the {text} is", "fuck").lower()) & set("uckｕｃｋ")

    def test_survives_variants(self):
        assert seen("台巴子", "臺巴子") == "＊＊＊"

    def test_leaves_letters_inside_a_word_alone(self):
        assert seen("Scunthorpe class", "cunt", "ass") == "Scunthorpe class"

    def test_does_not_reach_over_the_end_of_a_sentence(self):
        assert seen("他很白。癡情的人", "白癡") == "他很白。癡情的人"

    def test_leaves_an_innocent_word_alone(self):
        assert seen("路燈靠北側，真靠北", "靠北｜靠北側") == "路燈靠北側，真＊＊"
        assert seen("路燈靠 北側", "靠北｜靠北側") == "路燈靠 北側"

    def test_leaves_the_names_of_the_place_alone(self):
        assert seen("混帳東西在混帳東西路", "混帳東西", keep=["混帳東西路"]) == "＊＊＊＊在混帳東西路"

    def test_keeps_every_other_character_where_it_stood(self):
        text = "局長是王八 蛋，門牌 12 號的水溝 fuck 塞了"

        shown = seen(text, "王八蛋", "fuck")

        assert shown == "局長是＊＊ ＊，門牌 12 號的水溝 **** 塞了"
        assert len(shown) == len(text)

    def test_takes_the_longest(self):
        assert seen("motherfucker", "fucker", "motherfucker") == "*" * 12

    @pytest.mark.parametrize("line", ["", "幹", "a", "靠北｜靠東", "靠北｜靠北", "｜靠北", "..", "  "])
    def test_refuses_a_line_that_would_hide_facts(self, line):
        with pytest.raises(NotAWord):
            read(line)

    def test_reads_its_own_writing(self):
        word = Word("靠北", ("靠北側", "靠北邊"))

        assert read(str(word)) == word
        assert read(" 靠北 | 靠北側, 靠北邊 ") == word

    def test_is_quick_on_a_hostile_text(self):
        text = ("靠" * 5000) + ("靠 北" * 1500)

        assert "北" not in seen(text, "靠北｜靠北側、靠北邊")


@pytest.fixture
def city(db, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return make_city()


def fresh(petition):
    return Petition.objects.select_related("case__agency", "case__requester", "case__place", "category").get(
        pk=petition.pk
    )


def page(petition, name="record", *more):
    return reverse(f"petitions:{name}", args=[petition.case.reference, *more])


def following(petition):
    browser = Browser()
    browser.post(reverse("petitions:follow"), {"number": petition.case.number, "code": petition.case.tracking_code})
    return browser


class TestThePetition:
    def test_is_covered_for_handlers_and_kept(self, city):
        petition = opened(RUDE)

        case = Case.objects.get(pk=petition.case_id)
        assert case.text == SHOWN
        assert case.title == SHOWN
        kept = {row.field: row for row in KeptWords.objects.filter(case=case)}
        assert kept["text"].text == RUDE
        assert kept["text"].count == 1
        assert kept["text"].version == 1

    def test_is_left_as_it_is_without_insults(self, city):
        opened()

        assert not KeptWords.objects.exists()

    def test_is_dispatched_as_any_other(self, city):
        petition = fresh(opened(RUDE))

        assert petition.case.agency == city.works
        assert petition.category == city.street_light

    def test_keeps_the_road_that_the_city_knows(self, city):
        where = filing.Where(method=INSIDE.method, lon=121.3, lat=25.0, label="白癡路1號", road="白癡路")

        assert opened("白癡路的路燈不亮，白癡", where=where).case.text == "白癡路的路燈不亮，＊＊"

    def test_covers_what_was_answered(self, city):
        petition = file("中山路的路燈不亮", answers={"note": "白癡", "which": ["a"], "n": 3})

        assert petition.answers == {"note": "＊＊", "which": ["a"], "n": 3}
        assert KeptWords.objects.get(field="answer:note").text == "白癡"

    @pytest.mark.parametrize("who", ["officer", "chief", "coordinator"])
    def test_no_page_of_the_desk_shows_it(self, city, who):
        petition = opened(RUDE)
        handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        browser = signed_in(getattr(city, who))

        for address in (
            page(petition), page(petition, "timeline"), reverse("petitions:list"), "/desk/", "/desk/search?q=路燈不亮",
            f"{reverse('petitions:list')}?q=路燈不亮",
        ):  # fmt: skip
            body = browser.get(address).content.decode()
            assert "白癡" not in body, address
        assert not Todo.objects.filter(title__contains="白癡").exists()
        assert "有不當字詞，已先遮蔽" in browser.get(page(petition)).content.decode()

    def test_is_not_found_by_its_insult(self, city):
        opened(RUDE)

        assert not queries.find_for_officer(city.coordinator.account, "白癡養工處", NOW).exists()
        assert queries.find_for_officer(city.coordinator.account, "路燈不亮三天", NOW).exists()

    def test_is_exported_covered(self, city):
        opened(RUDE)

        answer = signed_in(city.coordinator).get(reverse("petitions:export", args=["csv"]))

        body = b"".join(answer.streaming_content).decode()
        assert "路燈不亮三天了" in body
        assert "白癡" not in body

    def test_no_letter_quotes_it(self, city):
        petition = opened(RUDE)
        letters.opened(petition, at=NOW)

        assert not any("白癡" in f"{one.title}{one.text}" for one in Letter.objects.all())
        assert not any("＊" in f"{one.title}{one.text}" for one in Letter.objects.all())

    def test_its_writer_reads_it_uncovered(self, city):
        petition = opened(RUDE)
        browser = following(petition)

        body = browser.get(page(petition, "followed")).content.decode()
        assert body.count("白癡養工處") >= 2
        assert "＊＊" not in body
        assert "白癡養工處" in browser.get(page(petition, "add")).content.decode()

    def test_strangers_never_do(self, city):
        opened(RUDE)

        for address in ("/petitions/around/", "/petitions/around.atom", "/open311/v2/requests.json"):
            assert "白癡" not in Browser().get(address).content.decode()

    def test_forgets_the_original_with_the_text(self, city):
        petition = file(RUDE)
        later = NINE + timedelta(days=8)
        upkeep.expire_unconfirmed(later)

        upkeep.forget_unconfirmed(NINE + timedelta(days=31))

        assert not KeptWords.objects.filter(case=petition.case).exists()


class TestWhatIsAdded:
    def test_facts(self, city):
        petition = opened()

        addition = citizen.add_facts(petition, text="白癡，還是不亮", by=None, at=NOW)

        addition.refresh_from_db()
        assert addition.text == "＊＊，還是不亮"
        assert "白癡，還是不亮" in following(petition).get(page(petition, "followed")).content.decode()

    def test_urging(self, city):
        petition = opened()

        urged = citizen.urge(petition, text="白癡", by=None, at=NOW)

        urged.refresh_from_db()
        assert urged.text == "＊＊"

    def test_an_answer(self, city):
        petition = opened()
        handling.assign(petition, unit=None, officer=city.officer, by=city.coordinator.account, at=NINE)
        petition = fresh(petition)
        handling.ask_citizen(petition, text="哪一支？", by=city.officer.account, at=NINE)

        citizen.answer(fresh(petition), text="白癡，第三支", by=None, at=NOW)

        assert petition.case.questions.get().answer == "＊＊，第三支"
        assert KeptWords.objects.get().field.startswith("question:")

    def test_the_reason_of_a_withdrawal(self, city):
        petition = opened()

        citizen.withdraw(petition, reason="白癡，我不要了", by=None, at=NOW)

        assert "白癡" not in str(list(petition.case.events.values_list("payload", flat=True)))
        assert "白癡，我不要了" in following(petition).get(page(petition, "followed")).content.decode()


class TestTheOriginal:
    def test_is_shown_on_one_click_and_written_down(self, city):
        petition = opened(RUDE)
        browser = signed_in(city.coordinator)

        body = browser.post(page(petition, "original")).content.decode()

        assert "白癡養工處" in body
        entry = Entry.objects.get(event="petition.original_seen")
        assert entry.actor == str(city.coordinator.account_id)
        assert "白癡" not in browser.get(page(petition)).content.decode()

    def test_is_not_shown_by_following_a_link(self, city):
        assert signed_in(city.coordinator).get(page(opened(RUDE), "original")).status_code == 405

    def test_is_not_for_other_agencies(self, city):
        petition = opened(RUDE)

        assert signed_in(city.other_coordinator).post(page(petition, "original")).status_code == 404
        assert not Entry.objects.filter(event="petition.original_seen").exists()

    def test_is_not_there_where_nothing_is_covered(self, city):
        answer = signed_in(city.coordinator).post(page(opened(), "original"), follow=True)

        assert "沒有遮蔽的字詞" in answer.content.decode()
        assert not Entry.objects.filter(event="petition.original_seen").exists()


class TestTheList:
    WORDS = "笨蛋\n白癡\n靠北｜靠北側"

    def form(self, **more):
        today = day_of(NOW)
        return {
            "lines": self.WORDS, "valid_from_year": str(today.year), "valid_from_month": str(today.month),
            "valid_from_day": str(today.day), "source": "府研字第1號", **more,
        }  # fmt: skip

    def test_is_tried_on_past_petitions_before_it_holds(self, city):
        opened("這個路燈不亮，笨蛋才會這樣修")
        browser = signed_in(city.commission)

        body = browser.post(reverse("petitions:change_words"), self.form()).content.decode()

        assert "讀了最近 1 件" in body
        assert "<mark>笨蛋</mark>才會" in body
        assert parameter(words.KEY, on=day_of(NOW)).version == 1
        tried = body.split('name="tried" value="')[1].split('"')[0]
        answer = browser.post(reverse("petitions:change_words"), self.form(tried=tried, save="1"))
        assert answer.status_code == 302
        assert parameter(words.KEY, on=day_of(NOW)).version == 2
        assert opened("笨蛋，路燈不亮").case.text.startswith("＊＊")

    def test_is_not_saved_untried_or_changed_after_the_trial(self, city):
        browser = signed_in(city.commission)
        body = browser.post(reverse("petitions:change_words"), self.form()).content.decode()
        tried = body.split('name="tried" value="')[1].split('"')[0]

        browser.post(reverse("petitions:change_words"), self.form(save="1"))
        browser.post(reverse("petitions:change_words"), self.form(save="1", tried="x"))
        again = browser.post(
            reverse("petitions:change_words"), self.form(lines=f"{self.WORDS}\n蠢貨", save="1", tried=tried)
        )

        assert "試行的結果" in again.content.decode()
        assert parameter(words.KEY, on=day_of(NOW)).version == 1

    @pytest.mark.parametrize("lines", ["", "幹", "靠北｜靠東", "x" * 300, "\n".join(f"字詞{n}" for n in range(501))])
    def test_refuses_lines_that_cannot_be_used(self, city, lines):
        answer = signed_in(city.commission).post(reverse("petitions:change_words"), self.form(lines=lines))

        assert answer.status_code == 422

    def test_is_not_changed_on_the_page_of_parameters(self, city):
        admin = signed_in(make_person(city.rdec, None, Role.ADMIN))
        address = reverse("rules:detail", args=[words.KEY])

        admin.post(
            address,
            {
                "value": "笨蛋",
                "valid_from_year": "2026",
                "valid_from_month": "12",
                "valid_from_day": "1",
                "source": "x",
            },
        )

        assert parameter(words.KEY, on=day_of(NOW) + timedelta(days=60)).version == 1

    def test_starts_no_earlier_than_today(self, city):
        with pytest.raises(CannotSetWords):
            words.set_words(
                [Word("笨蛋")],
                valid_from=day_of(NOW) - timedelta(days=1),
                source="x",
                by=city.commission.account,
                at=NOW,
            )

    @pytest.mark.parametrize("who", ["coordinator", "officer", "dispatcher"])
    def test_is_the_commissions(self, city, who):
        assert signed_in(getattr(city, who)).get(reverse("petitions:words")).status_code == 403

    def test_shows_what_holds_and_what_was(self, city):
        opened(RUDE)
        words.set_words(
            [Word("笨蛋")], valid_from=day_of(NOW), source="府研字第1號", by=city.commission.account, at=NOW
        )

        body = signed_in(city.commission).get(reverse("petitions:words")).content.decode()

        assert "今年有 1 件遮蔽過字詞" in body
        assert "府研字第1號" in body
