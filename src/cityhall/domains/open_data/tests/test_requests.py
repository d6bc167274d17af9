"""Requests for data and showcases: who sees what when, who is told, what is refused, and that nobody is named."""

from datetime import date, timedelta

import pytest
from django.test import Client

from cityhall.domains.open_data import requesting, services, showcasing
from cityhall.domains.open_data.models import DataRequest, Showcase
from cityhall.domains.open_data.refusals import CannotCatalogue
from cityhall.domains.open_data.states import Outcome, RequestState, ShowcaseState
from cityhall.engines.audit.models import Entry
from cityhall.engines.deadlines.services import seed_calendar
from cityhall.engines.directory import registry as directory
from cityhall.engines.letters.models import Letter
from cityhall.engines.subscriptions import services as subscriptions
from cityhall.engines.subscriptions.models import Subscription
from cityhall.engines.worklist.models import Todo
from cityhall.foundation.clock import day_of

from .city import NINE, TODAY, confirmed, draft, make_city, proposed, published, received, requested, signed_in

pytestmark = pytest.mark.django_db
WHO = {"by": None, "at": NINE}


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    seed_calendar()
    return make_city()


def unspaced(page):
    return "".join(char for char in page if not char.isspace() and char not in "\u2009\u200a\u202f")


def todos():
    return sorted(Todo.objects.filter(closed_at=None).values_list("kind", "agency__code", "role"))


def told(email="ming@mail.example"):
    return [
        letter.text for letter in Letter.objects.filter(template="subscriptions.news", address=email).order_by("pk")
    ]


def join(one, email):
    asked = subscriptions.ask(requesting.TOPIC, str(one.number), email=email, account=None, language="zh-hant", at=NINE)
    confirmed(asked)
    one.refresh_from_db()


class TestARequest:
    def test_counts_once_its_mailbox_has_shown_itself(self, city):
        made, asked = requesting.ask(
            title="公車", text="", email="ming@mail.example", account=None, language="zh-hant", at=NINE
        )
        assert todos() == []
        letter = Letter.objects.get(template="subscriptions.code")
        assert "公車" not in letter.subject + letter.text

        confirmed(asked)

        made.refresh_from_db()
        assert (made.state, made.joined) == (RequestState.RECEIVED, 1)
        assert todos() == [("open_data.moderate", "rdec", "COMMISSION")]

    def test_is_seen_by_nobody_until_it_was_looked_at(self, city):
        one = received()

        assert Client().get(f"/data/requests/{one.number}/").status_code == 404
        assert one.title not in Client().get("/data/requests/").content.decode()

    def test_is_shown_in_words_that_name_nobody_and_waits_for_the_agency(self, city):
        one = received(title="王小明要公車資料")
        requesting.show(one, title="公車資料", text="", agency=city.transport, **WHO)

        page = Client().get(f"/data/requests/{one.number}/").content.decode()
        assert "公車資料" in page
        assert "王小明" not in page
        assert "106年3月8日" in unspaced(page)
        todo = Todo.objects.get(closed_at=None)
        assert (todo.kind, todo.agency, day_of(todo.due_at)) == (
            "open_data.answer", city.transport, date(2017, 3, 8),
        )  # fmt: skip
        assert "由「交通局」答復" in told()[0]

    def test_is_joined_by_each_mailbox_once(self, city):
        one = requested(city.transport)
        join(one, "other@mail.example")
        join(one, "other@mail.example")
        join(one, "third@mail.example")

        assert one.joined == 3

    def test_keeps_its_number_when_somebody_leaves(self, city):
        one = requested(city.transport)
        join(one, "other@mail.example")
        subscriptions.leave(Subscription.objects.standing().get(email="other@mail.example"), at=NINE)
        one.refresh_from_db()

        assert one.joined == 2

    def test_is_answered_for_everybody_and_all_who_need_it_are_told(self, city):
        one = requested(city.transport)
        join(one, "other@mail.example")
        dataset = published(city.transport)
        requesting.answer(one, outcome=Outcome.OPENED, text="請看資料集。", dataset=dataset, **WHO)

        page = Client().get(f"/data/requests/{one.number}/").content.decode()
        assert "請看資料集。" in page
        assert f"/data/{dataset.name}/" in page
        assert todos() == []
        assert "有答復了：已開放" in told("other@mail.example")[0]
        assert Entry.objects.filter(event="open_data.request_answered").count() == 1

    def test_refuses_an_answer_that_is_not_whole(self, city):
        one = requested(city.transport)
        hidden = draft(city.transport)
        for given, why in (
            ({"outcome": "OPENED", "text": "好"}, "已經上架"),
            ({"outcome": "OPENED", "text": "好", "dataset": hidden}, "已經上架"),
            ({"outcome": "PLANNED", "text": "好"}, "預計開放日"),
            ({"outcome": "PLANNED", "text": "好", "planned_on": TODAY - timedelta(days=1)}, "預計開放日"),
            ({"outcome": "REFUSED", "text": " "}, "答復內容"),
        ):
            with pytest.raises(CannotCatalogue, match=why):
                requesting.answer(one, **given, **WHO)
        requesting.answer(one, outcome="REFUSED", text="依法不能公開。", **WHO)
        with pytest.raises(CannotCatalogue, match="已答復"):
            requesting.answer(one, outcome="REFUSED", text="再一次", **WHO)

    def test_is_declined_with_a_reason_to_who_asked_alone(self, city):
        one = received()
        with pytest.raises(CannotCatalogue, match="理由"):
            requesting.decline(one, reason=" ", **WHO)
        requesting.decline(one, reason="是個人資料", **WHO)

        assert "是個人資料" in told()[0]
        assert Client().get(f"/data/requests/{one.number}/").status_code == 404
        assert not Subscription.objects.exclude(email="").exists()
        assert todos() == []

    def test_is_merged_into_another_which_its_people_need_from_then_on(self, city):
        one, same = requested(city.transport), received(email="other@mail.example")
        with pytest.raises(CannotCatalogue, match="另一項"):
            requesting.merge(same, into=same, **WHO)
        requesting.merge(same, into=one, **WHO)

        one.refresh_from_db()
        assert one.joined == 2
        assert Client().get(f"/data/requests/{same.number}/")["Location"].endswith(f"/data/requests/{one.number}/")
        requesting.answer(one, outcome="REFUSED", text="依法不能公開。", **WHO)
        assert "無法開放" in told("other@mail.example")[-1]

    def test_moves_to_the_agency_that_has_the_data_within_the_same_time(self, city):
        one = requested(city.transport)
        due = Todo.objects.get(closed_at=None).due_at
        requesting.move(one, agency=city.police, reason="警察局主管", **WHO)

        todo = Todo.objects.get(closed_at=None)
        assert (todo.agency, todo.due_at) == (city.police, due)

    def test_that_nobody_confirmed_is_forgotten(self, city):
        requesting.ask(title="公車", text="", email="a@mail.example", account=None, language="zh-hant", at=NINE)
        kept = received()

        assert requesting.forget(NINE + timedelta(days=8)) == 1
        assert DataRequest.objects.get().pk == kept.pk

    def test_has_a_bound_for_who_fills_the_table(self, city, monkeypatch):
        monkeypatch.setattr(requesting, "MOST_WAITING", 1)
        given = {"title": "公車", "text": "", "account": None, "language": "zh-hant", "at": NINE}
        requesting.ask(email="a@mail.example", **given)
        with pytest.raises(CannotCatalogue, match="太多"):
            requesting.ask(email="b@mail.example", **given)

    def test_passes_to_the_successor_of_an_agency(self, city):
        requested(city.transport)

        assert directory.naming("open_data_requests").count(city.transport, TODAY) == 1


class TestThePages:
    def test_lead_a_citizen_from_the_form_to_the_code(self, city):
        browser = Client()
        assert browser.post("/data/requests/new/", {"title": "公車"}).status_code == 422
        given = {"title": "公車", "text": "每站人數", "email": "ming@mail.example"}
        answer = browser.post("/data/requests/new/", given)
        code = Letter.objects.get(template="subscriptions.code").subject[:6]
        page = browser.post(answer["Location"], {"code": code}, follow=True).content.decode()

        assert "資料需求 D-00001" in page
        assert "ming@" not in page

    def test_are_narrowed_and_sorted(self, city):
        requested(city.transport, title="公車人數")
        wanted = requested(city.police, title="派出所")
        join(wanted, "other@mail.example")
        browser = Client()

        page = browser.get("/data/requests/").content.decode()
        assert page.index("派出所</a>") < page.index("公車人數</a>")
        assert "派出所</a>" not in browser.get("/data/requests/?q=公車").content.decode()
        assert "公車人數</a>" not in browser.get("/data/requests/?agency=police").content.decode()
        assert "沒有符合的需求" in browser.get("/data/requests/?state=ANSWERED").content.decode()

    def test_show_each_agency_its_own_at_the_desk(self, city):
        one = requested(city.transport)
        received(title="待審的")
        mine, other = signed_in(city.coordinator), signed_in(city.other)
        here = f"/desk/open-data/requests/{one.number}/"

        assert mine.get(here).status_code == 200
        assert other.get(here).status_code == 404
        assert "待審的" not in mine.get("/desk/open-data/requests/").content.decode()
        assert "待審的" in signed_in(city.commission).get("/desk/open-data/requests/").content.decode()
        sheet = b"".join(mine.get("/desk/open-data/requests/export.csv").streaming_content).decode("utf-8-sig")
        assert "公車每站上下車人數" in sheet
        assert "ming@" not in sheet

    def test_carry_the_whole_way_at_the_desk(self, city):
        one, dataset = received(), published(city.transport)
        commission, agency = signed_in(city.commission), signed_in(city.coordinator)
        here = f"/desk/open-data/requests/{one.number}/"

        assert "公開並交機關答復" in commission.get(here).content.decode()
        given = {"title": "公車人數", "text": "", "agency": "transport"}
        assert commission.post(f"{here}show/", given).status_code == 302
        assert agency.post(f"{here}show/", given).status_code == 403
        wrong = agency.post(f"{here}answer/", {"outcome": "OPENED", "text": "好", "dataset": "none"})
        assert wrong.status_code == 422
        right = {"outcome": "OPENED", "text": "好", "dataset": dataset.identifier}
        assert agency.post(f"{here}answer/", right).status_code == 302

        assert DataRequest.objects.get().dataset == dataset

    def test_ask_as_many_questions_for_many_as_for_one(self, city, django_assert_max_num_queries):
        for n in range(15):
            requested(city.transport, title=f"資料{n}", email=f"a{n}@mail.example")

        with django_assert_max_num_queries(8):
            Client().get("/data/requests/")


class TestAShowcase:
    def test_is_shown_once_it_was_reviewed_and_stands_at_its_datasets(self, city):
        dataset = published(city.transport)
        one = proposed(dataset)
        assert todos() == [("open_data.showcase", "rdec", "COMMISSION")]
        assert Client().get(f"/data/showcases/{one.number}/").status_code == 404

        showcasing.decide(one, shown=True, **WHO)

        page = Client().get(f"/data/showcases/{one.number}/").content.decode()
        assert "https://parking.example/" in page
        assert 'rel="noopener noreferrer nofollow ugc"' in page
        assert "找車位" in Client().get(f"/data/{dataset.name}/").content.decode()
        assert "找車位" in Client().get(f"/data/showcases/?dataset={dataset.name}").content.decode()
        assert "還沒有用這個資料集的案例" in Client().get("/data/showcases/?dataset=none").content.decode()
        assert "已經公開" in told("team@mail.example")[0]

    def test_is_declined_with_a_reason_and_taken_back_later(self, city):
        one = proposed(published(city.transport))
        with pytest.raises(CannotCatalogue, match="理由"):
            showcasing.decide(one, shown=False, **WHO)
        showcasing.decide(one, shown=True, **WHO)
        with pytest.raises(CannotCatalogue, match="已公開"):
            showcasing.decide(one, shown=True, **WHO)
        showcasing.decide(one, shown=False, reason="連結失效", by=None, at=NINE + timedelta(minutes=1))

        assert Showcase.objects.get().state == ShowcaseState.DECLINED
        assert "連結失效" in told("team@mail.example")[-1]

    @pytest.mark.parametrize(
        "wrong",
        [{"url": "javascript:alert(1)"}, {"datasets": "none"}, {"datasets": ""}, {"maker": ""}, {"email": "x"}],
    )
    def test_is_refused_where_something_is_wrong(self, city, wrong):
        dataset = published(city.transport)
        given = {"title": "找車位", "text": "地圖", "url": "https://a.example/", "maker": "隊", "datasets": dataset.identifier,
                 "email": "team@mail.example"}  # fmt: skip

        assert Client().post("/data/showcases/new/", {**given, **wrong}).status_code == 422
        assert not Showcase.objects.exists()

    def test_takes_datasets_by_their_addresses_too(self, city):
        dataset = published(city.transport)
        given = {
            "title": "找車位",
            "text": "地圖",
            "url": "https://a.example/",
            "maker": "隊",
            "email": "team@mail.example",
        }

        answer = Client().post(
            "/data/showcases/new/", {**given, "datasets": f"https://city.example/data/{dataset.name}/"}
        )

        assert answer.status_code == 302
        assert Showcase.objects.get().datasets.get() == dataset

    def test_does_not_name_a_dataset_that_was_withdrawn(self, city):
        dataset = published(city.transport)
        one = proposed(dataset)
        showcasing.decide(one, shown=True, **WHO)
        services.withdraw(dataset, reason="停辦", **WHO)

        assert "已經下架" in Client().get(f"/data/showcases/{one.number}/").content.decode()

    def test_is_reviewed_at_the_desk_by_the_commission_alone(self, city):
        one = proposed(published(city.transport))
        here = f"/desk/open-data/showcases/{one.number}/"

        assert signed_in(city.coordinator).get(here).status_code == 403
        assert signed_in(city.commission).get(here).status_code == 200
        assert signed_in(city.commission).post(f"{here}decide/", {"verdict": "no"}).status_code == 422
        assert signed_in(city.commission).post(f"{here}decide/", {"verdict": "yes"}).status_code == 302
        assert Showcase.objects.get().state == ShowcaseState.SHOWN
