"""The desk in whole requests: who sees what, filters, exports, acts on many, the search box, and what it costs."""

import io
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.models import Deputy
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person, make_unit
from cityhall.engines.files import sheets
from cityhall.engines.identity.models import Account
from cityhall.engines.worklist import registry, services
from cityhall.engines.worklist.models import SavedFilter, Todo
from cityhall.engines.worklist.registry import Hit
from cityhall.engines.worklist.states import Part

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kinds():
    registry.kind("test.handle", "辦理")
    registry.kind("test.wait", "等民眾補正", part=Part.WAITING)
    yield
    registry.forget("test.handle", "test.wait", "test.assign", "test.found")


@pytest.fixture
def agency():
    return make_agency("lights", name="養護工程處", short_name="養護工程處")


@pytest.fixture
def officer(agency):
    return make_person(agency, make_unit(agency, "night"), name="周亦安")


@pytest.fixture
def desk(officer):
    client = Client()
    client.force_login(officer.account)
    return client


def put(officer, number=1, **fields):
    """Some to-dos of the officer."""
    now = timezone.now()
    agency = officer.appointments.get().agency
    return [
        services.open_todo(
            fields.get("kind", "test.handle"),
            make_person(),
            **{
                "title": f"路燈 {index}",
                "agency": agency,
                "person": officer,
                "due_at": now + timedelta(hours=index),
                "url": f"/desk/petitions/{index}/",
                "at": now,
                **{key: value for key, value in fields.items() if key != "kind"},
            },
        )
        for index in range(number)
    ]


def answer(response) -> str:
    return response.content.decode()


class TestDesk:
    def test_a_stranger_is_asked_to_sign_in_and_a_citizen_is_refused(self, client):
        assert client.get("/desk/").status_code == 302
        client.force_login(Account.objects.create(email="citizen@mail.example"))

        assert client.get("/desk/").status_code == 403

    def test_shows_what_waits_under_its_heading_and_counts_it_in_the_menu(self, desk, officer):
        put(officer, title="人孔蓋下陷", due_at=timezone.now() - timedelta(hours=2), urgent=True)
        put(make_person(officer.appointments.get().agency), title="別人的事")

        page = answer(desk.get("/desk/"))

        assert "人孔蓋下陷" in page
        assert "已逾期" in page
        assert "別人的事" not in page
        assert '<span class="cnt">1</span>' in page
        assert 'href="/desk/petitions/0/"' in page

    def test_in_english_the_records_are_opened_in_english(self, desk, officer):
        put(officer)

        assert 'href="/en/desk/petitions/0/"' in answer(desk.get("/en/desk/"))

    @pytest.mark.parametrize(
        ("page", "opened"), [("/desk/", "/desk/petitions/0/"), ("/en/desk/", "/en/desk/petitions/0/")]
    )
    def test_whoever_made_it_in_english_makes_no_difference(self, desk, officer, page, opened):
        put(officer)
        Todo.objects.update(url="/en/desk/petitions/0/")

        assert f'href="{opened}"' in answer(desk.get(page))

    def test_an_empty_list_says_why(self, desk):
        assert "目前沒有待辦事項" in answer(desk.get("/desk/"))
        assert "沒有符合這個篩選的事項" in answer(desk.get("/desk/?text=xyz"))

    def test_somebody_elses_tasks_bear_their_name(self, desk, officer, agency):
        away = make_person(agency, name="林志明")
        now = timezone.now()
        Deputy.objects.create(
            person=away, deputy=officer, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=5)
        )
        put(away)

        page = answer(desk.get("/desk/"))

        assert "代林志明 1" in page
        assert answer(desk.get(f"/desk/?for={away.pk}")).count('class="dk-it') == 1

    def test_filters_narrow_the_list_and_are_remembered_beside_a_record(self, desk, officer):
        put(officer, 2, title="坑洞")
        put(officer, title="等補正", kind="test.wait")

        assert answer(desk.get("/desk/?part=waiting")).count('class="dk-it') == 1
        beside = answer(desk.get("/desk/directory/"))
        assert "dk-it" not in beside
        assert desk.session["desk_filter"] == "part=waiting"

    def test_an_address_of_nonsense_shows_everything(self, desk, officer):
        put(officer)

        for query in (
            "?part=x&group=y&for=-1&page=999999999999",
            "?for=99999999999999999999",
            "?page=abc",
            "?text=%00",
        ):
            response = desk.get(f"/desk/{query}")
            assert response.status_code == 200
            assert 'class="dk-it' in answer(response)

    def test_two_thousand_cost_as_many_questions_as_two(self, desk, officer):
        put(officer, 2)
        desk.get("/desk/")  # content types are asked once a process
        with CaptureQueriesContext(connection) as few:
            desk.get("/desk/")
        kind_of_subject, last = Todo.objects.values_list("content_type", "object_id").latest("object_id")
        rows = [
            Todo(
                kind="test.handle", content_type_id=kind_of_subject, object_id=last + 1 + number, title=f"路燈 {number}",
                url="/x/", agency=officer.appointments.get().agency, person=officer, opened_at=timezone.now(),
                due_at=timezone.now() + timedelta(minutes=number),
            )
            for number in range(2000)
        ]  # fmt: skip
        Todo.objects.bulk_create(rows)

        with CaptureQueriesContext(connection) as many:
            page = answer(desk.get("/desk/"))

        assert len(many) == len(few)
        assert len(many) <= 25
        assert page.count('class="dk-it') == 100
        assert "第1至100件，共2,002件" in page
        assert "第101至200件" in answer(desk.get("/desk/?page=2"))


class TestSavedFilters:
    def test_a_filter_is_kept_shown_and_thrown_away(self, desk, officer):
        put(officer, urgent=True)

        desk.post("/desk/todos/filters/", {"name": "急的", "urgent": "1"})

        saved = SavedFilter.objects.get()
        assert (saved.name, saved.query) == ("急的", "urgent=1")
        assert "急的" in answer(desk.get("/desk/?urgent=1"))
        desk.post(f"/desk/todos/filters/{saved.pk}/forget/")
        assert not SavedFilter.objects.exists()

    def test_nobody_throws_away_anothers(self, desk):
        other = services.save_filter(person=make_person(), name="x", query="urgent=1")

        desk.post(f"/desk/todos/filters/{other.pk}/forget/")

        assert SavedFilter.objects.exists()

    def test_without_a_name_it_says_so(self, desk):
        response = desk.post("/desk/todos/filters/", {"name": "", "urgent": "1"})

        assert "名稱" in str(next(iter(get_messages(response.wsgi_request))))


class TestExport:
    @pytest.mark.parametrize("kind", ["csv", "ods", "xlsx"])
    def test_the_filtered_list_leaves_masked_and_noted(self, desk, officer, kind):
        put(officer, title="陳大明先生 0912-345-678 來電", detail="=cmd|x", reference="106-1", urgent=True)
        put(officer, title="另一件")

        response = desk.get(f"/desk/todos/export.{kind}?urgent=1")
        content = b"".join(response.streaming_content)

        columns = [
            sheets.Column("number", "編號", str),
            sheets.Column("title", "主旨", str),
            sheets.Column("detail", "說明", str),
        ]
        rows = sheets.read_sheet(io.BytesIO(content), columns).rows
        assert [row["title"] for row in rows] == ["陳○○先生 09＊＊＊＊＊＊＊＊ 來電"]
        assert rows[0]["detail"] == "=cmd|x"
        entry = Entry.objects.get(event="worklist.exported")
        assert entry.details["new"] == {"rows": 1, "format": kind, "filter": "urgent=1"}

    def test_an_unknown_format_is_not_found(self, desk):
        assert desk.get("/desk/todos/export.exe").status_code == 404


class TestBulk:
    @pytest.fixture(autouse=True)
    def _act(self):
        def view(request, todos):
            if "confirmed" not in request.POST:
                return HttpResponse(f"assign {sorted(todo.title for todo in todos)}")
            for todo in todos:
                services.close_todo(todo.kind, todo.subject, at=timezone.now())
            return HttpResponseRedirect("/desk/")

        registry.bulk("test.handle", "分派", "directory.read", view, key="test.assign")

    def test_the_act_gets_only_ones_own_of_its_kind(self, desk, officer):
        mine, other = put(officer, 2)
        waiting = put(officer, kind="test.wait")[0]
        theirs = put(make_person(officer.appointments.get().agency))[0]
        ticked = [mine.pk, waiting.pk, theirs.pk, "x"]

        response = desk.post("/desk/todos/bulk/", {"bulk": "test.assign", "todo": ticked})

        assert answer(response) == "assign ['路燈 0']"
        desk.post("/desk/todos/bulk/", {"bulk": "test.assign", "todo": ticked, "confirmed": "1"})
        assert set(Todo.objects.open()) == {other, waiting, theirs}

    def test_nothing_ticked_is_said(self, desk):
        response = desk.post("/desk/todos/bulk/", {"bulk": "test.assign"}, follow=True)

        assert "請先在清單裡勾選" in answer(response)

    def test_who_may_not_is_refused(self, desk, officer):
        registry.bulk(
            "test.handle", "派案", "petitions.dispatch", lambda request, todos: HttpResponse(), key="test.assign"
        )

        assert desk.post("/desk/todos/bulk/", {"bulk": "test.assign", "todo": put(officer)[0].pk}).status_code == 403
        assert desk.post("/desk/todos/bulk/", {"bulk": "nothing"}).status_code == 404

    def test_boxes_stand_only_where_several_can_be_done(self, desk, officer):
        put(officer)
        put(officer, kind="test.wait")

        assert answer(desk.get("/desk/")).count('type="checkbox" name="todo"') == 1


class TestSearch:
    def test_finds_to_dos_people_and_agencies(self, desk, officer):
        put(officer, title="路燈不亮")

        assert "路燈不亮" in answer(desk.get("/desk/search?q=路燈"))
        assert f"/desk/directory/people/{officer.pk}/" in answer(desk.get("/desk/search?q=周亦"))
        assert "/desk/directory/agencies/lights/" in answer(desk.get("/desk/search?q=養護"))

    def test_what_others_declare_is_found_within_the_rights_they_check(self, desk):
        registry.searchable(
            "test.found", "案件", lambda account, text, at, limit: [Hit("甲案", "/desk/a/"), Hit("乙案", "/desk/b/")]
        )

        page = answer(desk.get("/desk/search?q=案"))

        assert "甲案" in page
        assert "乙案" in page

    def test_a_number_that_is_one_record_opens_it(self, desk):
        registry.searchable(
            "test.found", "案件", lambda account, text, at, limit: [Hit("106-1", "/desk/a/", exact=True)]
        )

        assert desk.get("/en/desk/search?q=106-1")["Location"] == "/en/desk/a/"

    @pytest.mark.parametrize("query", ["", "   ", "%00", "查無此物" * 40])
    def test_nothing_found_says_what_to_do(self, desk, query):
        response = desk.get("/desk/search", {"q": query})

        assert response.status_code == 200

    def test_a_stranger_is_asked_to_sign_in(self, client):
        assert client.get("/desk/search?q=x").status_code == 302


class TestSeen:
    def test_a_record_that_was_opened_is_read(self, desk, officer):
        todo = put(officer)[0]
        assert 'class="dk-it"' in answer(desk.get("/desk/"))

        services.mark_seen_by(todo.subject, officer.account, at=timezone.now())

        assert 'class="dk-it read"' in answer(desk.get("/desk/"))

    def test_a_stranger_who_looks_reads_nothing_for_it(self, officer):
        todo = put(officer)[0]

        services.mark_seen_by(todo.subject, make_person(make_agency(), role=Role.OFFICER).account, at=timezone.now())

        assert Todo.objects.get().seen_at is None
