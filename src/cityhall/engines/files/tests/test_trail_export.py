"""The audit trail as a sheet: what the search found, with the hashes, and that it was taken out is in the trail."""

import csv
import io
from datetime import UTC, datetime

import pytest

from cityhall.engines.audit import rules, services
from cityhall.engines.audit.models import Entry
from cityhall.engines.files.sheets import Column, read_sheet, text
from cityhall.engines.identity.models import Account
from cityhall.web import access

pytestmark = pytest.mark.django_db
NOON = datetime(2017, 3, 20, 4, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def auditor(client, monkeypatch):
    account = Account.objects.create_user("audit@city.example", name="查核員", kind="OFFICER")
    monkeypatch.setattr(access, "_policy", lambda user, act, request: act == "audit.read")
    client.force_login(account)
    for what in ("電話", "=HYPERLINK()", "地址"):
        services.record("personal_data.seen", account, by=account, at=NOON, new={"what": what})
    return account


def sheet(response):
    return list(csv.DictReader(io.StringIO(b"".join(response).decode("utf-8-sig"))))


class TestTrailExport:
    def test_holds_what_is_needed_to_walk_the_chain(self, client, auditor):
        rows = sheet(client.get("/desk/audit/export.csv"))

        assert [row["序號"] for row in rows] == ["1", "2", "3"]
        assert rows[1]["前一筆的雜湊值"] == rows[0]["雜湊值"] == Entry.objects.get(seq=1).hash
        assert rows[0]["前一筆的雜湊值"] == rules.GENESIS
        assert rows[0]["時間"] == "2017-03-20T12:00:00.123456+08:00"

    def test_holds_what_the_search_found(self, client, auditor):
        services.record("audit.searched", None, by=auditor, at=NOON, new={"fields": []})

        assert len(sheet(client.get("/desk/audit/export.csv", {"event": "audit.searched"}))) == 1

    def test_is_an_ods_too(self, client, auditor):
        body = b"".join(client.get("/desk/audit/export.ods"))

        found = read_sheet(io.BytesIO(body), [Column("event", "事件代碼", text(80))])

        assert [row.values["event"] for row in found.rows] == ["personal_data.seen"] * 3

    def test_is_recorded_itself(self, client, auditor):
        b"".join(client.get("/desk/audit/export.csv"))

        last = Entry.objects.order_by("-seq").first()
        assert (last.event, last.details["new"]["rows"]) == ("audit.exported", 3)

    def test_is_for_those_who_may_read_the_trail(self, client, db):
        client.force_login(Account.objects.create_user("nobody@example.org"))

        assert client.get("/desk/audit/export.csv").status_code == 403
        assert Entry.objects.filter(event="audit.exported").count() == 0

    @pytest.mark.parametrize("file_format", ["xls", "pdf"])
    def test_has_no_other_form(self, client, auditor, file_format):
        assert client.get(f"/desk/audit/export.{file_format}").status_code == 404
