"""Figures as pages, downloads and API, by the petitions behind them."""

import csv
import io
import json
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from cityhall.domains.petitions.tests.factories import URGENT_SINCE, make_category, make_petition
from cityhall.engines.audit.models import Entry
from cityhall.engines.directory.states import Role
from cityhall.engines.directory.tests.factories import make_agency, make_person, make_unit
from cityhall.engines.figures import queries, services
from cityhall.engines.figures.services import CannotIssue, Slot
from cityhall.foundation import clock
from cityhall.foundation.period import Period

pytestmark = pytest.mark.django_db

DOOR = "/figures/petitions.received"
MARCH = clock.at(date(2017, 3, 31), 12)
YEAR = Period.year(2016)


def page(client, **parameters):
    return client.get(DOOR, {"from": "2016-01", "to": "2016-12", **parameters})


class TestHomePage:
    def test_tells_numbers_of_which_each_opens_to_its_petitions(self, client):
        yesterday = clock.day_of(timezone.now()) - timedelta(days=1)
        last_month = yesterday.replace(day=1) - timedelta(days=1)
        one = make_petition(yesterday)
        make_petition(last_month, category=make_category("street_light"))

        numbers = client.get("/").context["numbers"]
        behind = [client.get(number.url).context["counted"] for number in numbers]

        assert [number.value for number in numbers] == [f"{counted.value}" for counted in behind]
        assert behind[0].rows.get() == one
        assert behind[0].value == 1
        assert len(numbers) == 3


class TestFigurePage:
    def test_shows_value_phrase_definition_code_and_rows(self, client):
        petition = make_petition(date(2016, 9, 5), district="68000010", category=make_category("street_light"))

        text = page(client).content.decode()

        assert '<p class="v">1<small>件</small></p>' in text
        assert "105年計辦理1件" in text
        assert "依成案日" in text
        assert "domains/petitions/figures.py" in text
        assert petition.case.number in text
        assert "street_light" in text

    def test_rises_by_one_with_each_petition_of_the_running_year(self, client):
        before = client.get(DOOR).context["counted"].value
        petition = make_petition(clock.day_of(timezone.now()))

        response = client.get(DOOR)

        assert (before, response.context["counted"].value) == (0, 1)
        assert petition.case.number in response.content.decode()

    def test_begins_its_course_with_the_first_record_there_is(self, client):
        for day in (date(2016, 9, 5), date(2016, 11, 7)):
            make_petition(day)

        response = page(client)

        assert [step.value for step in queries.course(response.context["counted"]).steps] == [1, 0, 1, 0]
        assert "105年9月5日起才有紀錄" in response.content.decode()

        make_petition(date(2015, 6, 1))
        response = page(client)

        assert [step.value for step in queries.course(response.context["counted"]).steps] == [0] * 8 + [1, 0, 1, 0]
        assert "起才有紀錄" not in response.content.decode()

    def test_counts_withheld_rows_aloud_and_never_shows_them(self, client):
        secret = make_petition(date(2016, 9, 5), confidential=True)
        make_petition(date(2016, 9, 6))

        text = page(client).content.decode()

        assert "另有1筆不公開" in text
        assert secret.case.number not in text

    def test_never_shows_who_reported_or_what_they_wrote(self, client):
        make_petition(date(2016, 9, 5), title="張金絲雀的信", text="0912-345-678 請找張金絲雀")

        for text in (page(client), client.get(f"{DOOR}/rows.csv?from=2016"), client.get(f"/api/v1{DOOR}?from=2016")):
            content = b"".join(text.streaming_content) if text.streaming else text.content
            assert "金絲雀".encode() not in content
            assert b"0912" not in content

    def test_opens_a_part_of_it(self, client):
        make_petition(date(2016, 9, 5), district="68000010")
        make_petition(date(2016, 9, 5), district="68000020")
        make_petition(date(2016, 9, 5))

        assert page(client, district="68000010").context["counted"].value == 1
        assert page(client, district="-").context["counted"].value == 1
        assert page(client, category="no number").status_code == 400

    @pytest.mark.parametrize("language", ["", "/en"])
    @pytest.mark.parametrize(
        "query", ["", "?from=2016", "?to=2016", "?from=2016-08-22&to=2016-08-22", "?by=agency", "?page=99", "?page=x"]
    )
    def test_answers_every_way_of_asking(self, client, language, query):
        make_petition(date(2016, 8, 22))

        for key in ("received", "received_monthly", "urgent_categories", "urgent_received"):
            response = client.get(f"{language}/figures/petitions.{key}{query}")

            assert response.status_code == (400 if key == "received_monthly" and query == "?to=2016" else 200)

    def test_names_a_period_that_it_cannot_read(self, client):
        response = client.get(DOOR, {"from": "2016-99"})

        assert response.status_code == 400
        assert "看不懂這段期間" in response.content.decode()

    def test_needs_no_more_questions_for_more_rows(self, client, django_assert_max_num_queries):
        category = make_category(urgent_since=URGENT_SINCE)
        for day in range(1, 29):
            make_petition(date(2016, 2, day), category=category, district="68000010", agency=None)

        with django_assert_max_num_queries(15):
            page(client)

    def test_says_honestly_what_is_not_built(self, client):
        text = client.get("/figures/handbook.copies").content.decode()

        assert "系統尚未建置" in text
        assert client.get("/figures/nothing.of_that_name").status_code == 404
        assert client.get(f"{DOOR}/?from=2016").headers["Location"] == f"{DOOR}?from=2016"


class TestIndex:
    def test_lists_every_line(self, client):
        text = client.get("/figures/").content.decode()

        assert "共178個數字" in text
        assert "petitions.received" in text
        assert "handbook.copies" in text

    @pytest.mark.parametrize("words", ["陳情成案", "petitions.received", "105 年計辦理", "Petitions opened"])
    def test_finds_by_words_key_phrase_and_english_name(self, client, words):
        shown = client.get("/figures/", {"q": words}).context

        assert "petitions.received" in {one.line.figure for one in shown["counted"]}
        assert shown["found"] < 5

    def test_says_when_nothing_fits(self, client):
        assert "沒有符合的數字" in client.get("/figures/", {"q": "龍貓"}).content.decode()


class TestOfficersRows:
    def test_are_those_of_their_unit_with_a_way_to_the_record(self, client):
        agency = make_agency("maintenance")
        unit = make_unit(agency)
        chief = make_person(agency, unit, Role.UNIT_HEAD)
        own = make_petition(date(2016, 9, 5), confidential=True, agency=agency, unit=unit)
        other = make_petition(date(2016, 9, 5), confidential=True, agency=make_agency())
        client.force_login(chief.account)

        text = page(client).content.decode()

        assert own.case.number in text
        assert other.case.number not in text
        assert "maintenance" in text

    def test_of_the_commission_hold_confidential_ones_by_its_right(self, client):
        commission = make_person(make_agency("rdec"), role=Role.COMMISSION)
        secret = make_petition(date(2016, 9, 5), confidential=True)
        client.force_login(commission.account)

        assert secret.case.number in page(client).content.decode()

    def test_of_the_auditor_do_not(self, client):
        auditor = make_person(make_agency("audit_office"), role=Role.AUDITOR)
        secret = make_petition(date(2016, 9, 5), confidential=True)
        client.force_login(auditor.account)

        assert secret.case.number not in page(client).content.decode()

    def test_are_written_down_when_they_leave(self, client):
        commission = make_person(make_agency("rdec"), role=Role.COMMISSION)
        client.force_login(commission.account)

        client.get(f"{DOOR}/rows.csv?from=2016&to=2016")

        entry = Entry.objects.get(event="figures.rows_exported")
        assert entry.actor == str(commission.account_id)


class TestDownloads:
    def test_hold_the_public_rows_safe_from_formulas(self, client):
        category = make_category("=cmd|' /C calc'!A0"[:40].replace("/", "-"))
        petition = make_petition(date(2016, 9, 5), category=category, district="68000010")
        make_petition(date(2016, 9, 5), confidential=True)

        response = client.get(f"{DOOR}/rows.csv", {"from": "2016", "to": "2016"})

        rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
        assert len(rows) == 2
        assert rows[1][:2] == [petition.case.number, "2016-09-05"]
        assert rows[1][2].startswith("'=")
        assert "petitions.received_2016.csv" in response["Content-Disposition"]

    def test_hold_the_chart_as_a_file(self, client):
        make_petition(date(2016, 9, 5))

        response = client.get(f"{DOOR}/chart.svg", {"from": "2016", "to": "2016"})

        assert response["Content-Type"].startswith("image/svg+xml")
        assert b"<title" in response.content
        assert client.get("/figures/petitions.urgent_categories/chart.svg").status_code == 404


class TestApi:
    def test_gives_the_figure_with_its_public_rows(self, client):
        petition = make_petition(date(2016, 9, 5), district="68000010", category=make_category("street_light"))
        make_petition(date(2016, 9, 5), confidential=True)

        found = client.get("/api/v1/figures/petitions.received", {"from": "2016", "to": "2016"}).json()

        assert (found["value"], found["rows"], found["rows_shown"], found["rows_withheld"]) == (2, 2, 1, 1)
        assert found["items"][0]["number"] == petition.case.number
        assert set(found["items"][0]) == {"number", "day", "category", "district"}
        assert found["phrase"] == "105 年計辦理 2 件"
        assert (found["file"], found["period"]) == ("src/cityhall/domains/petitions/figures.py", "2016")

    def test_does_not_show_an_officer_more_than_anyone(self, client):
        client.force_login(make_person(make_agency("rdec"), role=Role.COMMISSION).account)
        make_petition(date(2016, 9, 5), confidential=True)

        assert client.get("/api/v1/figures/petitions.received?from=2016").json()["items"] == []

    def test_lists_the_lines_in_pages(self, client):
        first = client.get("/api/v1/figures").json()
        section = client.get("/api/v1/figures", {"section": "1.2.7", "from": "2016", "to": "2016"}).json()

        assert (first["total"], first["pages"], len(first["items"])) == (178, 2, 100)
        assert {one["figure"]: one["value"] for one in section["items"]}["petitions.filtered"] == 0
        unbuilt = client.get("/api/v1/figures", {"section": "1.2.1"}).json()
        assert {one["figure"]: one["value"] for one in unbuilt["items"]}["handbook.copies"] is None
        assert {one["period"] for one in section["items"]} == {"2016"}

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("figures/petitions.received?from=2016-13", 400),
            ("figures/petitions.received?from=yesterday", 422),
            ("figures/petitions.received?of=moon", 404),
            ("figures/handbook.copies", 404),
            ("figures?from=2017&to=2016", 400),
            ("figures?page=0", 422),
        ],
    )
    def test_refuses_with_a_sentence(self, client, path, status):
        response = client.get(f"/api/v1/{path}")

        assert response.status_code == status
        assert response["Content-Type"].startswith("application/problem+json")
        assert response.json()["detail"]


class TestCommand:
    def test_lists_every_line_with_its_value_and_rows(self, capsys):
        make_petition(date(2016, 9, 5))

        call_command("figures", "list", "--format", "json")

        found = json.loads(capsys.readouterr().out)
        assert len(found) == 178
        assert {"figure": "petitions.received", "of": "", "period": "2016", "value": 1, "rows": 1} in found
        assert {"figure": "handbook.copies", "of": "", "period": "2017", "value": None, "rows": None} in found

    def test_takes_another_period(self, capsys):
        make_petition(date(2016, 9, 5))

        call_command("figures", "list", "--format", "json", "--from", "2016-10-01", "--to", "2017-02-28")

        found = json.loads(capsys.readouterr().out)
        assert {one["period"] for one in found} == {"2016-10-01..2017-02-28"}
        assert next(one for one in found if one["figure"] == "petitions.received")["value"] == 0

    def test_shows_one_with_file_and_line(self, capsys):
        call_command("figures", "show", "petitions.received", "--period", "2016")

        assert "src/cityhall/domains/petitions/figures.py:" in capsys.readouterr().out


class TestIssue:
    def issue(self, **changes):
        slots = [
            Slot("petitions.received", YEAR),
            Slot("petitions.received_monthly", YEAR),
            Slot("handbook.copies", YEAR),
        ]
        return services.issue(
            **{"title": "工作報告", "period": YEAR, "slots": slots, "by": None, "at": MARCH, **changes}
        )

    def test_freezes_values_rows_and_code(self):
        petition = make_petition(date(2016, 9, 5))

        issued = self.issue().values.get(figure="petitions.received")

        assert (issued.value, issued.row_count, issued.row_ids) == (1, 1, [str(petition.pk)])
        assert len(issued.digest) == 64
        assert issued.code_version == queries.value("petitions.received", YEAR, at=MARCH).figure.code_version

    def test_keeps_them_whatever_happens_later_and_lists_what_did(self):
        gone, kept = make_petition(date(2016, 9, 5)), make_petition(date(2016, 9, 6))
        issue = self.issue()
        type(gone.case).objects.filter(pk=gone.pk).update(opened_on=date(2017, 1, 1))
        come = make_petition(date(2016, 9, 7))
        another = make_petition(date(2016, 9, 8))

        found = {one.issued.figure: one for one in queries.differences(issue, at=MARCH)}

        assert issue.values.get(figure="petitions.received").value == 2
        assert found["petitions.received"].now.value == 3
        assert found["petitions.received"].left == [str(gone.pk)]
        assert found["petitions.received"].added == [str(come.pk), str(another.pk)]
        assert str(kept.pk) not in [*found["petitions.received"].added, *found["petitions.received"].left]

    def test_finds_rows_that_were_exchanged_though_the_number_is_the_same(self):
        gone = make_petition(date(2016, 9, 5))
        issue = self.issue()
        type(gone.case).objects.filter(pk=gone.pk).update(opened_on=date(2017, 1, 1))
        make_petition(date(2016, 9, 7))

        assert [one.issued.figure for one in queries.differences(issue, at=MARCH)] == [
            "petitions.received",
            "petitions.received_monthly",
        ]

    def test_leaves_a_trail_and_counts_editions(self):
        first, second = self.issue(), self.issue()

        assert (first.edition, second.edition) == (1, 2)
        assert Entry.objects.filter(event="figures.issued").count() == 2
        assert queries.differences(second, at=MARCH) == []

    def test_refuses_a_period_that_still_runs(self):
        with pytest.raises(CannotIssue, match="還沒到"):
            self.issue(period=Period.year(2017))

    def test_shows_on_the_figures_page_beside_the_value_of_today(self, client):
        make_petition(date(2016, 9, 5))
        self.issue()
        make_petition(date(2016, 9, 6))

        text = page(client).content.decode()

        assert "<b>1</b>" in text
        assert "現值2" in text
