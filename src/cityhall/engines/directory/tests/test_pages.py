"""The directory in whole requests: the public contact list, and the desk's pages by who may and who may not."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from cityhall.engines.audit.models import Entry
from cityhall.engines.directory import contacts, permissions, queries, services, succession
from cityhall.engines.directory.models import (
    Agency,
    Appointment,
    ApprovalLevel,
    Deputy,
    DutyShift,
    HandOver,
    Import,
    Person,
    Post,
    Unit,
)
from cityhall.engines.directory.states import Role
from cityhall.engines.files import sheets
from cityhall.engines.identity.models import Account
from cityhall.engines.outbox.services import drain
from cityhall.engines.rules.services import set_parameter
from cityhall.engines.worklist import services as worklist
from cityhall.foundation.clock import day_of

from .factories import make_agency, make_person, make_unit

pytestmark = pytest.mark.django_db


class City:
    """A small city: two agencies, one unit, and somebody in each role."""

    def __init__(self):
        self.agency = make_agency(
            "lights", name="桃園市政府養護工程處", short_name="養護工程處", phone="03-0000-1650", fax="03-0000-1659"
        )
        self.other = make_agency("water", name="桃園市政府水務局", short_name="水務局")
        self.unit = make_unit(self.agency, "night", name="路燈管理科", name_en="Street Light Section")
        self.admin = make_person(self.other, role=Role.ADMIN, name="管理員")
        self.coordinator = make_person(self.agency, self.unit, Role.COORDINATOR, name="林窗口")
        self.head = make_person(self.agency, self.unit, Role.UNIT_HEAD, name="王大同", title="科長", extension="12")
        self.officer = make_person(self.agency, self.unit, name="周亦安", title="科員", extension="512")
        self.stranger = make_person(self.other, role=Role.COORDINATOR, name="外局人")

    def as_(self, person):
        client = Client()
        client.force_login(person.account)
        return client


@pytest.fixture
def city():
    return City()


def text(response) -> str:
    if response.streaming:
        return b"".join(response.streaming_content).decode("utf-8-sig")
    return response.content.decode()


def day_parts(name, day):
    return {f"{name}_year": str(day.year), f"{name}_month": str(day.month), f"{name}_day": str(day.day)}


def today():
    return day_of(timezone.now())


class TestPublicList:
    def test_shows_every_agency_by_kind(self, client, city):
        page = text(client.get("/directory/"))

        assert "一級機關" in page
        assert "桃園市政府養護工程處" in page

    def test_an_agencys_people_stand_by_unit_in_the_columns_of_the_appendix(self, client, city):
        services.add_post(city.agency, code="p1", title="技佐", unit=city.unit, by=None, at=timezone.now())

        page = text(client.get("/directory/lights/"))

        for words in (
            "單位別",
            "職稱",
            "姓名",
            "電話",
            "傳真",
            "路燈管理科",
            "科長",
            "王大同",
            "03-0000-1650分機12",
            "03-0000-1659",
            "（懸缺）",
        ):
            assert words in page
        assert 'id="unit-night"' in page

    @pytest.mark.parametrize("typed", ["路燈", "桃園市政府養護", "周亦安", "512", "ｌｉｇｈｔｓ", "street light"])
    def test_search_finds_by_name_unit_person_and_number(self, client, city, typed):
        assert "/directory/lights/" in text(client.get("/directory/", {"q": typed}))

    @pytest.mark.parametrize("typed", ["查無此人", "%", "_", "\x00", "𠮷", "a" * 500])
    def test_what_is_not_there_is_not_found(self, client, city, typed):
        response = client.get("/directory/", {"q": typed})

        assert response.status_code == 200
        assert "/directory/lights/" not in text(response) or not typed.strip("\x00")

    def test_a_city_may_mask_names(self, client, city):
        set_parameter(
            "directory.public_names",
            "masked",
            valid_from=today(),
            source="簽准",
            by=city.admin.account,
            at=timezone.now(),
        )

        page = text(client.get("/directory/lights/"))

        assert "王大同" not in page
        assert "王○同" in page
        assert "周亦安" not in text(client.get("/directory/", {"q": "周亦安"})).replace('value="周亦安"', "").replace(
            "「周亦安」", ""
        )

    def test_english_has_its_own_names(self, client, city):
        assert "Street Light Section" in text(client.get("/en/directory/lights/"))

    def test_an_old_code_leads_to_the_successor(self, client, city):
        succession.succeed_agency(city.agency, successor=city.other, on=today(), by=None, at=timezone.now())

        page = text(client.get("/directory/lights/"))

        assert "桃園市政府水務局承接" in page
        assert "/directory/water/" in page

    def test_a_closed_agency_without_successor_is_gone(self, client):
        agency = make_agency("old", opened_on=today() - timedelta(days=9), closed_on=today())

        assert client.get(f"/directory/{agency.code}/").status_code == 410

    def test_an_unknown_code_is_not_found(self, client):
        assert client.get("/directory/nobody/").status_code == 404

    def test_the_list_costs_as_much_for_many_as_for_few(self, city, django_assert_num_queries):
        for _ in range(20):
            make_person(city.agency, city.unit)

        with django_assert_num_queries(2):
            contacts.contacts([city.agency, city.other], today(), masked=False)


class TestDownloads:
    def test_odt_is_an_open_document_with_the_table(self, client, city):
        response = client.get("/directory/lights/download.odt")

        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            assert archive.read("mimetype") == b"application/vnd.oasis.opendocument.text"
            content = archive.read("content.xml").decode()
        assert "王大同" in content
        assert "table:table-header-rows" in content
        assert response["Content-Disposition"].startswith("attachment")

    def test_csv_and_ods_hold_the_same_rows(self, client, city):
        columns = [sheets.Column("name", "姓名", str), sheets.Column("phone", "電話", str)]
        for kind in ("csv", "ods"):
            response = client.get(f"/directory/download.{kind}")
            content = io.BytesIO(b"".join(response.streaming_content))
            rows = [tuple(row.values.values()) for row in sheets.read_sheet(content, columns).rows]
            assert ("王大同", "03-0000-1650分機12") in rows

    def test_pdf_is_tagged_and_named(self, client, city):
        if not any((settings.BUILD_DIR / "fonts").glob("*.ttf")):
            pytest.skip("the fonts are not built: make setup")
        import pypdf

        for path, language in (("/directory/lights/download.pdf", "zh-TW"), ("/en/directory/download.pdf", "en-GB")):
            response = client.get(path)
            reader = pypdf.PdfReader(io.BytesIO(response.content))
            root = reader.trailer["/Root"]
            assert root["/MarkInfo"]["/Marked"]
            assert root["/Lang"] == language
            assert b"<pdfuaid:part>1</pdfuaid:part>" in response.content or "pdfuaid" in str(
                root["/Metadata"].get_data()
            )
            assert "王大同" in "".join(page.extract_text() for page in reader.pages)

    def test_without_the_font_it_says_what_to_take_instead(self, client, city, settings, tmp_path):
        settings.BUILD_DIR = tmp_path

        response = client.get("/directory/lights/download.pdf")

        assert response.status_code == 503
        assert "請改下載 ODT 或 ODS" in text(response)

    def test_an_unknown_kind_is_not_found(self, client, city):
        assert client.get("/directory/lights/download.exe").status_code == 404


READABLE = (
    "",
    "agencies/lights/",
    *(f"agencies/lights/?tab={tab}" for tab in ("units", "posts", "duty", "approval", "history")),
)
MANAGED = (
    "agencies/add/", "agencies/lights/edit/", "agencies/lights/succeed/", "agencies/lights/close/",
)  # fmt: skip
OF_THE_AGENCY = (
    "agencies/lights/units/add/", "agencies/lights/units/night/edit/", "agencies/lights/units/night/close/",
    "agencies/lights/posts/add/", "agencies/lights/posts/p1/edit/", "agencies/lights/posts/p1/close/",
    "agencies/lights/duty/add/", "agencies/lights/approval/set/", "agencies/lights/people/add/",
    "people/{officer}/edit/", "people/{officer}/appoint/lights/", "people/{officer}/away/",
    "people/{officer}/hand-over/",
)  # fmt: skip


class TestWhoMay:
    @pytest.fixture(autouse=True)
    def _post(self, city):
        Post.objects.create(agency=city.agency, unit=city.unit, code="p1", title="技佐")

    def at(self, city, path):
        return "/desk/directory/" + path.format(officer=city.officer.pk)

    @pytest.mark.parametrize("path", [*READABLE, "people/{officer}/", "away/"])
    def test_every_officer_may_read(self, city, path):
        for person in (city.officer, city.stranger, city.admin):
            assert city.as_(person).get(self.at(city, path)).status_code == 200

    @pytest.mark.parametrize("path", [*READABLE, *MANAGED, *OF_THE_AGENCY, "people/{officer}/", "away/", "imports/"])
    def test_citizens_and_strangers_may_not(self, client, city, path):
        assert client.get(self.at(city, path)).status_code == 302
        client.force_login(Account.objects.create(email="citizen@mail.example"))
        assert client.get(self.at(city, path)).status_code == 403

    @pytest.mark.parametrize("path", MANAGED)
    def test_only_the_administrator_manages_agencies(self, city, path):
        assert city.as_(city.admin).get(self.at(city, path)).status_code == 200
        for person in (city.officer, city.head, city.coordinator, city.stranger):
            assert city.as_(person).get(self.at(city, path)).status_code == 403

    @pytest.mark.parametrize("path", OF_THE_AGENCY)
    def test_an_agency_is_managed_by_its_own_coordinator(self, city, path):
        for person, status in ((city.admin, 200), (city.coordinator, 200), (city.stranger, 403), (city.officer, 403)):
            if person is city.officer and path == "people/{officer}/away/":
                status = 200  # their own absence
            assert city.as_(person).get(self.at(city, path)).status_code == status, person.name

    def test_nobody_gives_themselves_a_role(self, city):
        url = f"/desk/directory/people/{city.coordinator.pk}/appoint/lights/"

        assert city.as_(city.coordinator).get(url).status_code == 403

    def test_a_coordinator_is_not_offered_roles_that_widen_rights(self, city):
        page = text(city.as_(city.coordinator).get(self.at(city, "people/{officer}/appoint/lights/")))

        assert 'value="UNIT_HEAD"' in page
        assert 'value="ADMIN"' not in page
        assert 'value="COORDINATOR"' not in page

    def test_the_mobile_number_is_shown_to_who_may_and_the_look_is_noted(self, city):
        services.change_person(city.officer, mobile="0900-000-512", by=None, at=timezone.now())
        url = self.at(city, "people/{officer}/")

        for person in (city.coordinator, city.stranger, city.head):
            assert "0900-000-512" not in text(city.as_(person).get(url))
        response = city.as_(city.coordinator).post(self.at(city, "people/{officer}/mobile/"), follow=True)

        assert "0900-000-512" in text(response)
        assert Entry.objects.filter(event="personal_data.seen").count() == 1
        assert city.as_(city.stranger).post(self.at(city, "people/{officer}/mobile/")).status_code == 403


class TestActing:
    def test_an_agency_is_added_and_changed(self, city):
        client = city.as_(city.admin)
        given = {
            "code": "parks",
            "kind": "SECOND_LEVEL",
            "name": "公園管理處",
            "short_name": "公園處",
            **day_parts("on", today()),
        }

        client.post("/desk/directory/agencies/add/", given)
        client.post(
            "/desk/directory/agencies/parks/edit/", given | {"name": "公園綠地管理處", "parent": city.agency.pk}
        )

        made = Agency.objects.get(code="parks")
        assert (made.name, made.parent) == ("公園綠地管理處", city.agency)
        assert made.versions.count() == 1

    def test_what_was_typed_stays_when_it_is_refused(self, city):
        given = {
            "code": "lights",
            "kind": "SECOND_LEVEL",
            "name": "另一個處",
            "short_name": "另處",
            **day_parts("on", today()),
        }

        response = city.as_(city.admin).post("/desk/directory/agencies/add/", given)

        assert response.status_code == 422
        assert "另一個處" in text(response)
        assert "已經有人使用" in text(response)

    def test_a_succession_is_asked_about_and_then_done(self, city):
        client = city.as_(city.admin)
        given = {"successor": city.other.pk, **day_parts("on", today())}

        asked = client.post("/desk/directory/agencies/lights/succeed/", given)
        assert "確定承接" in text(asked)
        assert Agency.objects.get(code="lights").closed_on is None
        back = client.post("/desk/directory/agencies/lights/succeed/", given | {"edit": "1"})
        assert back.status_code == 200
        done = client.post("/desk/directory/agencies/lights/succeed/", given | {"confirmed": "1"}, follow=True)

        assert "已承接所有業務" in text(done)
        assert "沒有資料還用著原機關" in text(done)
        assert "承接時移出" in text(done)
        assert Appointment.objects.as_of(today()).filter(agency=city.other, person=city.officer).exists()

    def test_a_succession_ahead_can_be_withdrawn(self, city):
        client = city.as_(city.admin)
        given = {"successor": city.other.pk, **day_parts("on", today() + timedelta(days=30)), "confirmed": "1"}
        client.post("/desk/directory/agencies/lights/succeed/", given)
        assert "撤回承接" in text(client.get("/desk/directory/agencies/lights/?tab=history"))

        client.post("/desk/directory/agencies/lights/succeed/withdraw/")

        assert Agency.objects.get(code="lights").closed_on is None

    def test_closing_an_agency_with_people_lists_what_is_left(self, city):
        response = city.as_(city.admin).post(
            "/desk/directory/agencies/lights/close/", {**day_parts("on", today()), "confirmed": "1"}
        )

        assert response.status_code == 422
        assert "在職人員 3" in text(response)

    def test_units_and_posts_are_kept(self, city):
        client = city.as_(city.coordinator)
        client.post("/desk/directory/agencies/lights/units/add/", {"code": "park", "name": "公園科"})
        client.post("/desk/directory/agencies/lights/units/park/edit/", {"name": "公園綠地科"})
        unit = Unit.objects.get(code="park")
        client.post("/desk/directory/agencies/lights/posts/add/", {"code": "p2", "title": "技士", "unit": unit.pk})
        client.post("/desk/directory/agencies/lights/posts/p2/edit/", {"title": "技正"})
        assert (unit.name, Post.objects.get(code="p2").title) == ("公園綠地科", "技正")

        client.post("/desk/directory/agencies/lights/posts/p2/close/", day_parts("on", today()))
        client.post("/desk/directory/agencies/lights/units/park/close/", {**day_parts("on", today()), "confirmed": "1"})

        unit.refresh_from_db()
        assert unit.closed_on == today()
        assert "已裁撤的單位" in text(client.get("/desk/directory/agencies/lights/?tab=units"))

    def test_a_person_is_added_changed_appointed_and_leaves(self, city):
        client = city.as_(city.coordinator)
        client.post(
            "/desk/directory/agencies/lights/people/add/",
            {
                "code": "e9",
                "name": "新同仁",
                "role": "OFFICER",
                "unit": city.unit.pk,
                **day_parts("starts_on", today()),
            },
        )
        person = Person.objects.get(code="e9")
        client.post(f"/desk/directory/people/{person.pk}/edit/", {"name": "新同仁", "title": "技士"})
        url = f"/desk/directory/people/{person.pk}/appoint/lights/"
        given = {"role": "COUNCIL_LIAISON", **day_parts("starts_on", today())}
        assert "確定派任" in text(client.post(url, given))
        client.post(url, given | {"confirmed": "1"})
        assert set(person.appointments.values_list("role", flat=True)) == {"OFFICER", "COUNCIL_LIAISON"}

        row = person.appointments.get(role="COUNCIL_LIAISON")
        client.post(f"/desk/directory/people/{person.pk}/appointments/{row.pk}/end/", day_parts("ends_on", today()))

        row.refresh_from_db()
        assert row.ends_on == today()
        assert "技士" in text(client.get(f"/desk/directory/people/{person.pk}/"))

    def test_an_account_is_linked_by_an_administrator(self, city):
        person = Person.objects.create(code="e8", name="新同仁")
        Account.objects.create(kind="OFFICER", email="new@city.example")
        Account.objects.create(kind="CITIZEN", email="citizen@mail.example")
        url, client = f"/desk/directory/people/{person.pk}/account/", city.as_(city.admin)

        for email in ("nobody@city.example", "citizen@mail.example"):
            assert client.post(url, {"email": email}).status_code == 422
        assert "已經是" in text(client.post(url, {"email": city.officer.account.email}))
        client.post(url, {"email": "NEW@city.example"})

        person.refresh_from_db()
        assert person.account.email == "new@city.example"
        assert city.as_(city.coordinator).get(url).status_code == 403

    def test_the_refusal_names_who_can(self, city):
        assert "系統管理員" in text(city.as_(city.officer).get("/desk/directory/agencies/add/"))

    def test_an_administrator_first_says_at_which_agency(self, city):
        client = city.as_(city.admin)
        url = f"/desk/directory/people/{city.officer.pk}/appoint/"

        assert "水務局" in text(client.get(url))
        assert client.get(url, {"agency": city.other.pk})["Location"].endswith("/appoint/water/")

    def test_i_am_away_and_my_deputy_is(self, city):
        client = city.as_(city.officer)
        given = {
            **day_parts("first_day", today()), "from_hour": "0:00",
            **day_parts("last_day", today()), "to_hour": "24:00", "deputy": city.head.pk, "reason": "LEAVE",
        }  # fmt: skip

        assert client.post("/desk/directory/away/", given).status_code == 302

        absence = Deputy.objects.get()
        assert (absence.person, absence.deputy) == (city.officer, city.head)
        assert absence.ends_at - absence.starts_at == timedelta(days=1)
        assert "目前由王大同代理" in text(client.get(f"/desk/directory/people/{city.officer.pk}/"))
        client.post(f"/desk/directory/people/{city.officer.pk}/away/{absence.pk}/end/")
        assert queries.deputy_of(city.officer, timezone.now()) is None

    def test_a_reversed_absence_is_said_at_the_field(self, city):
        given = {
            **day_parts("first_day", today()), "from_hour": "12:00",
            **day_parts("last_day", today()), "to_hour": "8:00", "deputy": city.head.pk, "reason": "LEAVE",
        }  # fmt: skip

        response = city.as_(city.officer).post("/desk/directory/away/", given)

        assert response.status_code == 422
        assert "結束時間必須晚於開始時間" in text(response)

    def test_all_work_is_handed_over_after_a_look(self, city):
        worklist.open_todo(
            "test.handle", city.agency, title="x", agency=city.agency, person=city.officer, url="/", at=timezone.now()
        )
        client, url = city.as_(city.head), f"/desk/directory/people/{city.officer.pk}/hand-over/"

        assert "待辦事項" in text(client.get(url))
        assert "確定移交" in text(client.post(url, {"to_person": city.head.pk}))
        assert not HandOver.objects.exists()
        client.post(url, {"to_person": city.head.pk, "confirmed": "1"})

        assert HandOver.objects.get().moved["todos"] == 1

    def test_a_double_click_is_one_act(self, city):
        client = city.as_(city.coordinator)
        given = {"code": "park", "name": "公園科", "idempotency_key": "0123456789abcdef"}

        first = client.post("/desk/directory/agencies/lights/units/add/", given)
        second = client.post("/desk/directory/agencies/lights/units/add/", given)

        assert first.status_code == second.status_code == 302
        assert Entry.objects.filter(event="directory.unit.added").count() == 1

    def test_the_roster_and_the_levels_are_kept(self, city):
        client = city.as_(city.coordinator)
        tomorrow = today() + timedelta(days=1)
        given = {
            "person": city.officer.pk, **day_parts("first_day", tomorrow), "from_hour": "17:30",
            **day_parts("last_day", tomorrow + timedelta(days=1)), "to_hour": "8:00", "phone": "",
        }  # fmt: skip
        client.post("/desk/directory/agencies/lights/duty/add/", given)
        again = client.post("/desk/directory/agencies/lights/duty/add/", given)
        assert "已經排了周亦安值班" in text(again)

        shift = DutyShift.objects.get()
        client.post(f"/desk/directory/agencies/lights/duty/{shift.pk}/remove/")
        assert not DutyShift.objects.exists()
        client.post(
            "/desk/directory/agencies/lights/approval/set/", {"role": "AGENCY_HEAD", **day_parts("valid_from", today())}
        )
        assert ApprovalLevel.objects.get().role == "AGENCY_HEAD"
        assert "機關首長" in text(client.get("/desk/directory/agencies/lights/?tab=approval"))

    def test_a_past_day_shows_who_served_then(self, city):
        services.end_appointment(
            city.officer.appointments.get(), ends_on=today() - timedelta(days=10), by=None, at=timezone.now()
        )
        client = city.as_(city.head)

        now = text(client.get("/desk/directory/agencies/lights/"))
        then = text(client.get(f"/desk/directory/agencies/lights/?on={today() - timedelta(days=20)}"))

        assert "周亦安" not in now
        assert "周亦安" in then
        assert client.get("/desk/directory/agencies/lights/?on=2017-99-99").status_code == 200


class TestSheets:
    def test_a_sheet_is_checked_shown_and_then_taken_in(self, city):
        client = city.as_(city.coordinator)
        content = "機關代碼,單位代碼,單位名稱\nlights,park,公園科\nwater,x,別的局\nlights,壞,y\n".encode()

        response = client.post(
            "/desk/directory/imports/new/units/", {"file": SimpleUploadedFile("units.csv", content)}, follow=True
        )
        page = text(response)
        assert "可以匯入 2 列" in page
        assert "代碼只能用英文字母" in page
        assert not Unit.objects.filter(code="park").exists()
        job = Import.objects.get()
        client.post(f"/desk/directory/imports/{job.pk}/start/")
        assert "匯入中" in text(client.get(f"/desk/directory/imports/{job.pk}/"))
        drain(timezone.now())

        page = text(client.get(f"/desk/directory/imports/{job.pk}/"))
        assert "新增 1 筆" in page
        assert "您的權限不包含這個機關" in page
        assert "別的局" not in text(client.get(f"/desk/directory/imports/{job.pk}/refused.csv"))
        assert city.as_(city.admin).get(f"/desk/directory/imports/{job.pk}/").status_code == 404

    def test_a_file_that_is_none_is_said_at_the_field(self, city):
        response = city.as_(city.admin).post(
            "/desk/directory/imports/new/agencies/", {"file": SimpleUploadedFile("a.ods", b"PK\x03\x04 broken")}
        )

        assert response.status_code == 422
        assert "損壞" in text(response)

    def test_an_empty_sheet_has_the_headings(self, city):
        content = io.BytesIO(city.as_(city.admin).get("/desk/directory/imports/new/people/template.ods").content)

        with pytest.raises(sheets.CannotReadSheet, match="缺少欄位"):
            sheets.read_sheet(content, [sheets.Column("name", "姓名"), sheets.Column("x", "沒有這一欄", required=True)])

    def test_who_may_not_take_in_a_kind_is_refused(self, city):
        assert city.as_(city.coordinator).get("/desk/directory/imports/new/agencies/").status_code == 403
        assert city.as_(city.officer).get("/desk/directory/imports/").status_code == 403
        assert city.as_(city.admin).get("/desk/directory/imports/new/nothing/").status_code == 404

    @pytest.mark.parametrize("kind", ["ods", "csv", "xlsx"])
    def test_the_directory_goes_out_as_a_sheet(self, city, kind):
        response = city.as_(city.admin).get(f"/desk/directory/export.{kind}?sheet=people")

        content = io.BytesIO(b"".join(response.streaming_content))
        rows = sheets.read_sheet(content, [sheets.Column("name", "姓名", str, required=True)]).rows
        assert "周亦安" in {row["name"] for row in rows}
        assert city.as_(city.officer).get(f"/desk/directory/export.{kind}").status_code == 403


class TestEveryRow:
    def test_every_act_that_a_page_asks_for_is_in_the_table(self):
        def walk(patterns):
            for one in patterns:
                if isinstance(one, URLResolver):
                    yield from walk(one.url_patterns)
                elif isinstance(one, URLPattern):
                    yield getattr(one.callback, "access", "")

        asked = {
            act
            for access in walk(get_resolver().url_patterns)
            if access.startswith("requires:")
            for act in access.removeprefix("requires:").split("|")
        }

        assert asked <= set(permissions.table())
        assert reverse("directory:desk") == "/desk/directory/"
