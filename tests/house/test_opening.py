"""A real city begins empty: tables, calendar, boundaries, an administrator, then its own sheets."""

import io
import json
import re

import pytest
from django.core.management import CommandError, call_command

from cityhall.domains.petitions.models import Category, ReplyTemplate, Routing, StaffWords
from cityhall.domains.petitions.tests.city import make_district
from cityhall.engines.audit.models import Entry
from cityhall.engines.deadlines.models import CalendarDay
from cityhall.engines.directory.tests.factories import make_agency
from cityhall.engines.identity import passwords
from cityhall.engines.identity.models import Account
from cityhall.engines.places.models import Area

pytestmark = pytest.mark.django_db


def run(*words):
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def initial_password(said):
    return re.search(r"Initial password: (\S+)", said)[1]


@pytest.fixture
def built(settings, tmp_path):
    """What the build fetches: one district with one village."""
    square = [[[121.2, 24.9], [121.4, 24.9], [121.4, 25.1], [121.2, 25.1], [121.2, 24.9]]]
    for name, about in (
        ("districts", {"code": "68000010", "name": "桃園區", "name_en": "Taoyuan District"}),
        ("villages", {"code": "68000010001", "name": "文化里", "name_en": "", "district": "68000010"}),
    ):
        feature = {
            "type": "Feature", "id": about["code"], "properties": about,
            "geometry": {"type": "Polygon", "coordinates": square},
        }  # fmt: skip
        path = tmp_path / "geo" / f"{name}.geojson"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    settings.BUILD_DIR = tmp_path


class TestOpening:
    def test_makes_calendar_boundaries_and_an_administrator(self, built):
        said = run("city", "open", "--email", "anna@city.example", "--name", "林安娜")

        account = Account.objects.get()
        assert (account.email, account.name, account.is_superuser) == ("anna@city.example", "林安娜", True)
        assert account.must_change_password
        assert passwords.verify(account, initial_password(said))
        assert CalendarDay.objects.count() > 100
        assert {area.name for area in Area.objects.all()} == {"桃園區", "文化里"}
        assert "/desk/directory/imports/" in said

    def test_is_refused_where_there_is_a_city(self, built):
        run("city", "open", "--email", "anna@city.example", "--name", "林安娜")

        with pytest.raises(CommandError, match="a city in this database already"):
            run("city", "open", "--email", "bert@city.example", "--name", "陳柏")

        assert Account.objects.count() == 1

    def test_leaves_nothing_behind_when_the_boundaries_are_not_built(self, settings, tmp_path):
        settings.BUILD_DIR = tmp_path

        with pytest.raises(CommandError, match="make setup"):
            run("city", "open", "--email", "anna@city.example", "--name", "林安娜")

        assert not Account.objects.exists()
        assert not CalendarDay.objects.exists()


class TestAdministrator:
    def test_signs_in_with_the_initial_password_and_is_asked_for_their_own(self, client):
        password = initial_password(run("administrator", "add", "Anna@City.Example", "--name", "林安娜"))

        answer = client.post("/desk/sign-in/", {"email": "anna@city.example", "password": password}, follow=True)

        assert answer.redirect_chain[-1][0].endswith("/desk/sign-in/password/")

    def test_is_written_into_the_trail(self):
        run("administrator", "add", "anna@city.example", "--name", "林安娜")

        assert Entry.objects.filter(event="account.administrator_made", actor="").count() == 1

    def test_is_listed(self):
        run("administrator", "add", "anna@city.example", "--name", "林安娜")

        assert run("administrator", "list") == "anna@city.example  林安娜\n"

    def test_gets_back_in_with_a_new_password(self):
        first = initial_password(run("administrator", "add", "anna@city.example", "--name", "林安娜"))

        second = initial_password(run("administrator", "reset", "anna@city.example"))

        account = Account.objects.get()
        assert not passwords.verify(account, first)
        assert passwords.verify(account, second)
        assert account.must_change_password

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("add", "anna", "--name", "林安娜"), "no e-mail address"),
            (("add", "here@city.example", "--name", "林安娜"), "has an account already"),
            (("reset", "nobody@city.example"), "no administrator"),
        ],
    )
    def test_is_refused_with_a_sentence(self, words, sentence):
        run("administrator", "add", "here@city.example", "--name", "陳在")

        with pytest.raises(CommandError, match=sentence):
            run("administrator", *words)


CATEGORIES = """code,group,name,name_en,agency,by_place,urgent,working_days,confidential,question,question_en
street_light,road,路燈故障,Street light out,works,是,是,7,,路燈編號,Street light number
officer,government,公務人員,About an officer,works,,,14,是,,
"""


class TestRulebook:
    @pytest.fixture(autouse=True)
    def city(self):
        make_agency("works")
        make_agency("district_1")
        make_district()

    @pytest.fixture
    def sheet(self, tmp_path):
        def write(text, name="sheet.csv"):
            (tmp_path / name).write_text(text, encoding="utf-8")
            return str(tmp_path / name)

        return write

    def test_comes_from_four_sheets(self, sheet):
        district = Area.objects.filter(kind="DISTRICT").first().name
        run("petitions", "import", "categories", sheet(CATEGORIES), "--since", "105/8/1", "--source", "函 1050001")
        run(
            "petitions",
            "import",
            "routing",
            sheet(f"category,district,manager,agency\nstreet_light,{district},,district_1\n"),
        )
        run("petitions", "import", "words", sheet("category,any_of,none_of\nstreet_light,路燈不亮、路燈壞,增設\n"))
        said = run(
            "petitions", "import", "templates", sheet("code,category,stage,name,text\nseen,,1,已查看,已派員查看。\n")
        )

        light = Category.objects.get(code="street_light")
        term = light.terms.get()
        assert (term.urgent, term.final_working_days, str(term.valid_from), term.source) == (
            True,
            7,
            "2016-08-01",
            "函 1050001",
        )
        assert light.questions.get().label_en == "Street light number"
        assert Category.objects.get(code="officer").confidential
        assert {(row.agency.code, bool(row.district_code)) for row in Routing.objects.filter(category=light)} == {
            ("works", False),
            ("district_1", True),
        }
        assert StaffWords.objects.get().any_of == ["路燈不亮", "路燈壞"]
        assert ReplyTemplate.objects.get().stage == 1
        assert said.startswith("templates: 1 rows")

    @pytest.mark.parametrize(
        ("what", "text", "wanted"),
        [
            (
                "categories",
                CATEGORIES.replace("works,是,是,7", "nobody,是,是,7"),
                "sheet.csv:2 機關代碼 'nobody' 沒有這個機關代碼",
            ),
            ("categories", CATEGORIES.replace("road", "way"), "sheet.csv:2 主題"),
            ("categories", CATEGORIES.replace(",7,", ",70,"), "期限超出範圍"),
            ("categories", CATEGORIES + CATEGORIES.splitlines()[1], "sheet.csv:4 代碼 'street_light' 這個代碼已經有了"),
            ("routing", "category,district,agency\nnone,,works\n", "沒有這個類別代碼"),
            ("routing", "category,district,agency\n,中正區,works\n", "沒有這個行政區"),
            ("routing", "district,village,agency\n,文化里,works\n", "要分里，請先選行政區"),
            ("routing", "district,village,agency\n桃園區,查無里,works\n", "沒有這個里"),
            ("routing", "layer,agency\nnone,works\n", "沒有這個權管圖層"),
            ("words", "category,any_of\nnone,路燈\n", "沒有這個類別代碼"),
            ("templates", "code,stage,name,text\na,3,甲,乙\n", "階段填 1"),
        ],
    )
    def test_names_every_cell_that_it_refuses_and_takes_nothing(self, what, text, wanted, sheet):
        err = io.StringIO()

        with pytest.raises(CommandError, match="整份都沒有匯入"):
            call_command("petitions", "import", what, sheet(text), stderr=err)

        assert wanted in err.getvalue()
        assert not Category.objects.exists()
        assert not Routing.objects.exists()

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("categories", "missing.csv"), "No such file"),
            (("categories", "SHEET", "--since", "yesterday"), "看不懂這個日期"),
            (("words", "SHEET"), "缺少欄位"),
        ],
    )
    def test_says_what_is_wrong_with_the_call(self, words, sentence, sheet):
        path = sheet("any_of\n路燈\n" if words[0] == "words" else CATEGORIES)

        with pytest.raises(CommandError, match=sentence):
            run("petitions", "import", *(path if word == "SHEET" else word for word in words))

    def test_tells_its_columns(self):
        assert "working_days\t正式回復（工作天）  (required)" in run("petitions", "columns", "categories")


class TestTheFirstDay:
    """The administrator of an empty city finds a page behind every entry of the menu."""

    def test_every_page_of_an_administrator_opens(self, client, built):
        run("city", "open", "--email", "anna@city.example", "--name", "林安娜")
        client.force_login(Account.objects.get())
        session = client.session
        session["identity.factor"] = "TOTP"
        session.save()

        menu = set(re.findall(r'href="(/desk/[^"?#]*)"', client.get("/desk/").content.decode()))

        assert {"/desk/directory/", "/desk/audit/", "/desk/accounts/"} <= menu
        answers = {path: client.get(path).status_code for path in sorted(menu) if "sign-out" not in path}
        assert {path: status for path, status in answers.items() if status != 200} == {}
