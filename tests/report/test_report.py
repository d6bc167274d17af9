"""The work report: its text, its numbers, its documents, and that what is issued stays."""

import io
import json
import re
import zipfile
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pypdf
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cityhall.domains.petitions.models import Petition, QualityCheck, QualitySheet
from cityhall.domains.petitions.services import quality
from cityhall.domains.petitions.tests.factories import URGENT_SINCE, make_category, make_petition
from cityhall.engines.cases.models import Case
from cityhall.engines.directory.models import Person
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person
from cityhall.engines.figures import queries, registry
from cityhall.engines.figures.models import Issue
from cityhall.engines.figures.registry import FLOW, figure
from cityhall.foundation import clock
from cityhall.foundation.period import Period
from cityhall.foundation.values import Count
from cityhall.report import documents, sections, services
from cityhall.report.blocks import NotAText, blocks_of
from cityhall.report.edition import Edition
from cityhall.report.templatetags import report as slots

pytestmark = pytest.mark.django_db

MARCH = clock.at(date(2017, 3, 31), 12)
HALF = Period.parse("2016-10-01..2017-02-28")
HALF_QUERY = {"from": "2016-10", "to": "2017-02"}


@pytest.fixture
def some_petitions():
    """Twelve in five months, seven of them urgent."""
    urgent, plain = make_category("street_light", urgent_since=URGENT_SINCE), make_category("parks")
    for number in range(7):
        make_petition(date(2016, 10, 3 + number), category=urgent)
    for number in range(5):
        make_petition(date(2017, 1, 3 + number), category=plain)
    make_petition(date(2016, 9, 30), category=urgent)
    make_petition(date(2017, 3, 1), category=urgent)
    make_petition(None, category=urgent)


def words_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def text(language, edition=None):
    with translation.override(language):
        return words_of(documents.text_of(sections.section("1.2.7"), edition or Edition(HALF, MARCH)).html)


@pytest.fixture
def fonts():
    """The font that documents are set in; `make setup` builds it."""
    if not any((settings.BUILD_DIR / "fonts").glob("*.ttf")):
        pytest.skip("the fonts are not built: run make setup")


@pytest.fixture
def declared():
    """Figures that a test declares, forgotten afterwards."""
    before = dict(registry.figures)
    yield registry.figures
    registry.figures.clear()
    registry.figures.update(before)


class TestText:
    def test_says_the_numbers_in_chinese(self, some_petitions):
        said = text("zh-hant")

        assert "105年10月1日至106年2月28日，市民經由1999、市容查報、市政信箱、書面等管道向市府反映" in said
        assert "完成驗證而成案的共12件，平均每月2件" in said
        assert "自105年8月1日起，路燈、坑洞、號誌等1類切身又急迫" in said
        assert "這些類別共受理7件。" in said

    def test_says_them_in_english(self, some_petitions):
        said = text("en")

        assert "From 1 October 2016 to 28 February 2017, citizens wrote to the city" in said
        assert "12 petitions were opened after their senders were verified, on average 2 a month" in said
        assert "Since 1 August 2016, 1 categories that touch daily life" in said

    def test_writes_large_numbers_in_ten_thousands(self, declared, some_petitions):
        class Many:
            def count(self):
                return 105046

        del registry.figures["petitions.received"]
        figure("petitions.received", "1.2.7", "計辦理 {:man} 件", kind=FLOW, name="a", unit="件", counts="b")(
            lambda period: Count(Many())
        )

        assert "共10萬5,046件" in text("zh-hant")
        assert "105,046 petitions" in text("en")

    def test_says_how_many_urgent_ones_were_found_wanting(self, some_petitions):
        assert "其中0件的回復不夠好" in text("zh-hant")
        petition, agency = Petition.objects.get(case__opened_on=date(2016, 10, 3)), make_agency("works")
        check = QualityCheck.objects.create(
            month=date(2016, 10, 1), seed="x", drawn_at=MARCH, percent=3, fewest=5, most=30, twice_percent=10
        )
        QualitySheet.objects.create(
            check_plan=check, petition=petition, agency=agency, urgent=True, rubric=quality.rubric_on(MARCH.date()),
            state="WANTING", points=40, found_wanting=True, scored_at=MARCH,
            checker=make_person(agency, None, Role.COMMISSION),
        )  # fmt: skip

        assert "這些類別共受理7件。本會每月逐件檢核，其中1件的回復不夠好" in text("zh-hant")
        assert "The commission checks each of them every month" in text("en")

    def test_leaves_out_what_no_system_counts_yet(self, declared, some_petitions):
        for key in ("urgent_to_improve", "repeated_listed", "repeated_declined", "filtered"):
            declared.pop(f"petitions.{key}", None)
        assert "過濾處理" not in text("zh-hant")
        assert "檢核" not in text("zh-hant")

        for key in ("urgent_to_improve", "repeated_listed", "repeated_declined", "filtered"):
            figure(f"petitions.{key}", "1.2.7", "{:plain} 件", kind=FLOW, name="a", unit="件", counts="b")(
                lambda period: Count(Case.objects.none())
            )

        assert "由本會在派案前過濾處理0件" in text("zh-hant")
        assert "The commission filtered 0 before dispatch" in text("en")
        assert "其中0件的回復不夠好" in text("zh-hant")

    def test_uses_few_elements_so_that_documents_know_them_all(self, some_petitions):
        for section in sections.sections():
            for language in sections.LANGUAGES:
                if section.is_built:
                    with translation.override(language):
                        assert blocks_of(documents.text_of(section, Edition(HALF, MARCH)).html)

    def test_takes_the_periods_of_the_old_report_where_none_is_asked(self, some_petitions):
        said = text("zh-hant", Edition(None, MARCH))

        assert said.strip().startswith("105年，市民")
        assert "105年8月1日至106年2月28日，這些類別共受理8件" in said


class TestBlocks:
    def test_keep_words_links_and_charts(self):
        found = blocks_of(
            '<p class="lead">共<a href="/x">12件</a>。</p>\n<figure data-chart="a.b"></figure><h3>標題</h3>'
        )

        assert [one["kind"] for one in found] == ["paragraph", "chart", "heading"]
        assert [run["text"] for run in found[0]["runs"]] == ["共", "12件", "。"]
        assert (found[0]["runs"][1]["url"], found[0]["lead"], found[1]["key"]) == ("/x", True, "a.b")

    @pytest.mark.parametrize("html", ["<table></table>", "<p>a</p> stray", "<script>x</script>"])
    def test_refuse_what_documents_do_not_know(self, html):
        with pytest.raises(NotAText):
            blocks_of(html)


class TestFrame:
    def test_names_all_sections_and_says_which_are_not_built(self, client):
        page = client.get("/report/", HALF_QUERY).content.decode()

        numbers = [section.number for section in sections.sections()]
        assert len(numbers) == 31
        assert all(f"{number} " in page for number in numbers if "." in number)
        assert "尚未建置：1.1.4" in page

    def test_covers_every_section_of_the_specification(self):
        known = {section.number for section in sections.sections()}

        assert {line.section for line in queries.catalogue.lines()} <= known


class TestPages:
    @pytest.mark.parametrize("language", ["", "/en"])
    @pytest.mark.parametrize("path", ["/report/", "/report/1.2.7/", "/report/1.2.2/", "/report/3/"])
    def test_open(self, client, some_petitions, language, path):
        assert client.get(language + path, HALF_QUERY).status_code == 200

    def test_every_number_is_a_door(self, client, some_petitions):
        page = client.get("/report/1.2.7/", HALF_QUERY).content.decode()

        doors = re.findall(r'<a class="num" href="([^"]+)">([^<]+)</a>', page)
        assert ("/figures/petitions.received?from=2016-10-01&amp;to=2017-02-28", "12件") in doors
        for url, shown in doors:
            found = client.get(url.replace("&amp;", "&"))
            assert found.status_code == 200
            assert found.context["counted"].plain == re.match(r"[\d,]+", shown)[0]

    def test_show_what_has_just_been_opened(self, client):
        before = client.get("/report/").content.decode()
        make_petition(clock.day_of(clock.datetime.now(clock.TAIPEI)))

        after = client.get("/report/").content.decode()

        assert "成案的共<a" in before
        assert re.search(r"成案的共<a[^>]+>0件</a>", before)
        assert re.search(r"成案的共<a[^>]+>1件</a>", after)

    @pytest.mark.parametrize(
        "query", [{"from": "x"}, {"to": "2017-02"}, {"from": "2199"}, {"from": "2017", "to": "2016"}]
    )
    def test_name_a_period_that_cannot_be(self, client, query):
        response = client.get("/report/", query)

        assert response.status_code == 400
        assert "有問題" in response.content.decode()

    def test_know_no_other_sections(self, client):
        assert client.get("/report/9.9/").status_code == 404
        assert client.get("/report/report.exe").status_code == 404

    def test_ask_the_database_as_often_for_many_rows(self, client, some_petitions):
        def asked():
            with CaptureQueriesContext(connection) as queries:
                client.get("/report/", HALF_QUERY)
            return len(queries)

        few = asked()
        for day in range(1, 29):
            make_petition(date(2016, 10, day))

        assert asked() <= few
        assert few <= 2 * sum(1 + len(one.of) for one in registry.figures.values())  # so many lines are counted


class TestNumbers:
    """A share carries its sign, once; what is counted its unit."""

    @pytest.mark.parametrize(
        ("language", "key", "value", "alone", "whole"),
        [
            ("zh-hant", "phone_tests.passed", "90.12", "90.12%", "90.12%"),
            ("en", "phone_tests.passed", "90.12", "90.12%", "90.12%"),
            ("zh-hant", "petitions.received", "105046", "10萬5,046", "10萬5,046件"),
            ("en", "petitions.received", "105046", "105,046", "105,046 petitions"),
            ("en", "phone_tests.passed", None, "—", "—"),
        ],
    )
    def test_say_what_they_count(self, language, key, value, alone, whole):
        counted = queries.Counted(registry.get(key), "", HALF, HALF, Decimal(value) if value else None, 1)

        with translation.override(language):
            assert (slots.number(counted), slots.with_unit(counted)) == (alone, whole)


class TestDocuments:
    def build(self, name, language="zh-TW", **options):
        out = io.BytesIO()

        class Stdout:
            buffer = out

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdout", Stdout())
            call_command("report", "build", "--from=2016-10", "--to=2017-02", f"--format={name}", f"--lang={language}")
        return out.getvalue()

    def test_json_is_the_list_of_figures(self, some_petitions, capsys):
        call_command("figures", "list", "--format=json", "--from=2016-10", "--to=2017-02")
        listed = json.loads(capsys.readouterr().out)

        found = json.loads(self.build("json"))

        assert found == listed
        assert len(found) == 178
        assert {one["figure"]: one["value"] for one in found}["petitions.received"] == 12

    def test_numbers_in_the_text_are_those_of_the_list(self, some_petitions):
        lines = json.loads(self.build("json"))

        html = self.build("html").decode()

        for one in lines:
            key, value = one["figure"], one["value"]
            # Without a part, and printed as it is: not as 3,000 萬.
            if value is None or one["of"] or not re.search(r"{:(plain|pct)}", registry.figures[key].phrase):
                continue
            shown = re.search(rf'<a class="num" href="[^"]+/figures/{re.escape(key)}\?[^"]*">([\d,.]+)', html)
            assert shown, key
            assert Decimal(shown[1].replace(",", "")) == Decimal(str(value))

    @pytest.mark.parametrize(("language", "tag"), [("zh-TW", "zh-Hant-TW"), ("en", "en")])
    def test_html_needs_nothing_beside_it(self, some_petitions, language, tag):
        html = self.build("html", language).decode()

        assert f'<html lang="{tag}">' in html
        assert "data:image/svg+xml;base64," in html
        assert "<link" not in html
        assert "<script" not in html

    @pytest.mark.parametrize(
        ("language", "tag", "title"), [("zh-TW", "zh-TW", "研究發展"), ("en", "en-GB", "Work report")]
    )
    def test_pdf_is_tagged_titled_and_has_its_language(self, some_petitions, fonts, language, tag, title):
        reader = pypdf.PdfReader(io.BytesIO(self.build("pdf", language)))
        catalogue = reader.trailer["/Root"]

        assert catalogue["/MarkInfo"]["/Marked"]
        assert catalogue["/Lang"] == tag
        assert title in reader.metadata.title
        assert b"pdfuaid" in catalogue["/Metadata"].get_object().get_data()
        assert alternatives(catalogue["/StructTreeRoot"])
        assert "12" in "".join(page.extract_text() for page in reader.pages)

    def test_pdf_links_every_number_to_its_page(self, some_petitions, fonts):
        reader = pypdf.PdfReader(io.BytesIO(self.build("pdf")))

        links = [
            str(note.get_object()["/A"]["/URI"])
            for page in reader.pages
            for note in page.get("/Annots", [])
            if "/URI" in note.get_object().get("/A", {})
        ]

        assert f"{settings.SITE_URL}/figures/petitions.received?from=2016-10-01&to=2017-02-28" in links

    @pytest.mark.parametrize("language", ["zh-TW", "en"])
    def test_odt_opens_and_holds_text_chart_and_links(self, some_petitions, fonts, language):
        with zipfile.ZipFile(io.BytesIO(self.build("odt", language))) as odt:
            first = odt.infolist()[0]
            parts = {name: odt.read(name) for name in odt.namelist()}

        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert parts["mimetype"] == b"application/vnd.oasis.opendocument.text"
        for name, data in parts.items():
            if name.endswith(".xml"):
                ElementTree.fromstring(data)
        content = parts["content.xml"].decode()
        assert "12" in words_of(content)
        assert "<svg:desc>" in content
        assert "/figures/petitions.received?" in content
        assert any(name.startswith("Pictures/") and data[:4] == b"\x89PNG" for name, data in parts.items())
        assert b'language-asian="zh"' in parts["styles.xml"]

    def test_hold_the_contact_list_of_the_commission(self, some_petitions):
        rdec = make_agency("rdec", name="桃園市政府研究發展考核委員會")
        make_person(rdec, role=Role.COMMISSION_HEAD, name="溫守仁", title="主任委員", phone="03-0000-1100")
        assert Person.objects.count() == 1

        html = self.build("html").decode()

        assert "聯絡電話一覽表" in html
        assert "溫守仁" in html
        assert "03-0000-1100" in html

    def test_name_nobody_in_full_on_the_web(self, client, some_petitions):
        rdec = make_agency("rdec")
        make_person(rdec, role=Role.COMMISSION_HEAD, name="溫守仁")

        html = client.get("/report/report.html", HALF_QUERY).content.decode()

        assert "聯絡電話一覽表" in html
        assert "溫守仁" not in html

    @pytest.mark.parametrize("name", ["html", "json", "odt", "pdf"])
    def test_are_downloads(self, client, some_petitions, fonts, name):
        response = client.get(f"/report/report.{name}", HALF_QUERY)

        assert response.status_code == 200
        assert f"report_2016-10-01_2017-02-28_zh-TW.{name}" in response["Content-Disposition"]

    def test_need_both_ends_of_the_period(self):
        with pytest.raises(CommandError, match="both"):
            call_command("report", "build", "--from=2016-10")


def alternatives(node, depth=0):
    """The text alternatives in a PDF's structure tree."""
    found = []
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, dict):
        if "/Alt" in node:
            found.append(str(node["/Alt"]))
        children = node.get("/K", [])
        for child in children if isinstance(children, list) else [children]:
            found += alternatives(child, depth + 1)
    return found


class TestIssuing:
    @pytest.fixture
    def commission(self):
        return make_person(make_agency("rdec"), role=Role.COMMISSION)

    def issue(self):
        return services.issue_report(period=HALF, note="第1屆第5次定期會", by=None, at=MARCH)

    def test_is_for_those_who_may(self, client):
        assert client.get("/report/issue/", HALF_QUERY).status_code == 302
        client.force_login(make_person(make_agency("maintenance"), role=Role.UNIT_HEAD).account)

        assert client.get("/report/issue/", HALF_QUERY).status_code == 403
        assert client.post("/report/issue/?from=2016-10&to=2017-02", {"checked": "on"}).status_code == 403
        assert "report/issue" not in client.get("/report/", HALF_QUERY).content.decode()

    def test_freezes_the_report_once_a_click(self, client, commission, some_petitions):
        client.force_login(commission.account)
        page = client.get("/report/issue/", HALF_QUERY).content.decode()
        key = re.search(r'name="idempotency_key" value="([^"]+)"', page)[1]
        form = {"checked": "on", "note": "定期會", "idempotency_key": key}

        answers = [client.post("/report/issue/?from=2016-10&to=2017-02", form) for _ in range(2)]

        issue = Issue.objects.get()
        assert [one["Location"] for one in answers] == [f"/report/issued/{issue.pk}/"] * 2
        assert (issue.note, issue.issued_by, issue.period) == ("定期會", commission.account, HALF)
        assert "12件" in words_of(client.get(answers[0]["Location"]).content.decode())

    def test_asks_that_the_numbers_were_looked_at(self, client, commission, some_petitions):
        client.force_login(commission.account)

        response = client.post("/report/issue/?from=2016-10&to=2017-02", {"note": ""})

        assert response.status_code == 422
        assert not Issue.objects.exists()

    def test_old_numbers_never_change_in_any_form(self, client, some_petitions, fonts):
        issue = self.issue()
        before = client.get(f"/report/issued/{issue.pk}/report.json").json()
        drawn = text("zh-hant", Edition(HALF, MARCH, issue))
        make_petition(date(2016, 10, 9))
        Case.objects.filter(opened_on__gte=date(2017, 1, 1)).update(opened_on=date(2015, 1, 1))

        page = client.get(f"/report/issued/{issue.pk}/1.2.7/").content.decode()

        assert client.get(f"/report/issued/{issue.pk}/report.json").json() == before
        assert text("zh-hant", Edition(HALF, MARCH, issue)) == drawn
        assert "成案的共12件" in words_of(page)
        assert "現值8" in page
        assert "最多105年10月7件" in page, "the chart too"
        html = client.get(f"/report/issued/{issue.pk}/report.html").content.decode()
        assert "成案的共12件" in words_of(html)

    def test_lists_what_differs_with_the_rows_that_came_and_left(self, client, some_petitions):
        issue = self.issue()
        gone = Case.objects.filter(opened_on=date(2017, 1, 3)).get()
        Case.objects.filter(pk=gone.pk).update(opened_on=date(2017, 3, 5))
        come = make_petition(date(2016, 12, 1))
        secret = make_petition(date(2016, 12, 2), confidential=True)

        page = words_of(client.get(f"/report/issued/{issue.pk}/changes/").content.decode())

        assert "發布時12件，今天算出13件" in page
        assert come.case.number in page
        assert gone.number in page
        assert secret.case.number not in page
        assert "另有1筆不公開" in page

    def test_shows_no_differences_where_there_are_none(self, client, some_petitions):
        issue = self.issue()

        assert "今天的紀錄與發布時一樣" in client.get(f"/report/issued/{issue.pk}/changes/").content.decode()

    def test_leaves_out_a_figure_that_was_built_later(self, client, declared, some_petitions):
        declared.pop("petitions.filtered")
        issue = self.issue()
        figure("petitions.filtered", "1.2.7", "{:plain} 件", kind=FLOW, name="a", unit="件", counts="b")(
            lambda period: Count(Case.objects.none())
        )

        found = client.get(f"/report/issued/{issue.pk}/report.json").json()

        assert {one["figure"]: one["value"] for one in found}["petitions.filtered"] is None

    def test_is_listed_on_the_reports_page(self, client, some_petitions):
        self.issue()
        self.issue()

        page = client.get("/report/").content.decode()

        assert "第2版" in page
        assert "第1屆第5次定期會" in page
