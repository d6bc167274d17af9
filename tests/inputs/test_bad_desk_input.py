"""Bad input of note 08 §6 at the desk's lists and forms of petitions, and at the public list: a sentence or an empty
list, never a broken page, and nothing is stored.
"""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client as Browser

from cityhall.domains.petitions.models import Petition, RetentionHold
from cityhall.domains.petitions.tests.city import NINE, City, make_city, opened, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(monkeypatch) -> City:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NINE)
    found = make_city()
    opened()
    return found


LISTS = [
    "/desk/petitions/", "/desk/petitions/clusters/", "/desk/petitions/restrictions/", "/desk/petitions/promises/",
    "/desk/petitions/quality/", "/desk/petitions/statistics/", "/desk/petitions/hops/", "/desk/petitions/retention/",
]  # fmt: skip
PUBLIC = ["/petitions/around/", "/petitions/around.atom", "/petitions/incidents/", "/petitions/around/alerts/"]
QUERIES = [
    "page=-1", "page=0", "page=99999999999999999999", "page=１", "page=x", "q=%00", "q=%ED%A0%80", "q=" + "燈" * 3000,
    "q=%27%20OR%201%3D1--", "q=%25%5F%5C", "q=🪔𠮷", "q=%E2%80%AE", "q=a&q=b&q=c", "agency=%00", "agency=' OR '1'='1",
    "category=" + "x" * 3000, "state=NOTHING", "status=foo", "district=%00", "village=0", "month=2026-13", "month=0-0",
    "from=115-02-30&to=x", "from=2026-11-30&to=2026-01-01", "by=nothing", "due=maybe", "nothing=1", "%00=1", "=", "&&&",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
class TestLists:
    def test_of_the_desk_open_all_the_same(self, city, query):
        browser = signed_in(city.commission)

        statuses = {path: browser.get(f"{path}?{query}").status_code for path in LISTS}

        assert {path: status for path, status in statuses.items() if status not in (200, 400)} == {}

    def test_for_everybody_open_all_the_same(self, city, query):
        statuses = {path: Browser().get(f"{path}?{query}").status_code for path in PUBLIC}

        assert {path: status for path, status in statuses.items() if status not in (200, 400)} == {}


@pytest.mark.parametrize("path", ["/desk/petitions/statistics/", "/desk/petitions/hops/"])
class TestAPeriodThatCannotBeRead:
    """The page opens with the usual period and says so; the status says that the question was not answered."""

    @pytest.mark.parametrize(
        ("query", "chinese", "english"),
        [
            ("from=2026-12&to=2026-11-28", "開始的日子在結束的日子之後", "The first day comes after the last"),
            ("from=1'+AND+1%3D1--&to=2026-11", "看不懂這段期間", "This is not a period we can read"),
            ("from=1%20UNION%20SELECT%20NULL&to=%00", "看不懂這段期間", "This is not a period we can read"),
            ("from=0001-01&to=9999-12", "年份要在民國元年", "The year must lie between 1912 and 2199"),
        ],
    )
    def test_is_answered_in_the_readers_language(self, city, path, query, chinese, english):
        browser = signed_in(city.commission)

        for prefix, said in (("", chinese), ("/en", english)):
            page = browser.get(f"{prefix}{path}?{query}")

            assert page.status_code == 400
            assert said in page.content.decode()
            assert 'name="from"' in page.content.decode()


DAYS = [
    (("0", "1", "1"), None), (("-1", "1", "1"), None), (("999", "12", "31"), None), (("116", "2", "29"), None),
    (("116", "13", "1"), None), (("116", "4", "31"), None), (("", "1", "1"), None), (("116", "", ""), None),
    (("１１６", "３", "１"), date(2027, 3, 1)), (("2027", "3", "1"), date(2027, 3, 1)), (("117", "2", "29"), date(2028, 2, 29)),
    (("99999999", "1", "1"), None), (("1e3", "1", "1"), None), (("\x00", "1", "1"), None), (("٢٠٢٧", "3", "1"), date(2027, 3, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "understood"), DAYS, ids=range(len(DAYS)))
def test_a_day_is_understood_or_refused_with_a_sentence(city, typed, understood):
    year, month, day = typed
    petition = Petition.objects.get()
    given = {"ground": "AUDIT", "reason": "來文", "until_year": year, "until_month": month, "until_day": day}

    page = signed_in(city.commission).post(f"/desk/petitions/{petition.case.reference}/hold/", given)

    if understood is None:
        assert page.status_code == 422
        assert "govuk-error-summary" in page.content.decode()
        assert not RetentionHold.objects.exists()
    else:
        assert page.status_code == 302
        assert RetentionHold.objects.get().until == understood
