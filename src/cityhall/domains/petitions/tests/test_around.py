"""What others report, for everybody: never who, never their words, never what is confidential or unconfirmed."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from django.utils import timezone

from cityhall.domains.petitions.tests.factories import make_category, make_petition
from cityhall.engines.cases.states import Status
from cityhall.foundation.clock import day_of
from cityhall.web import maps

pytestmark = pytest.mark.django_db
DISTRICT = maps.area_name("68000010") or "68000010區"
LIST, FEED = "/petitions/around/", "/petitions/around.atom"


@pytest.fixture
def today():
    return day_of(timezone.now())


@pytest.fixture
def light(today):
    return make_petition(
        today, district="68000010", category=make_category("street_light"), title="張金絲雀的信", text="0912345678"
    )


class TestList:
    def test_shows_number_category_district_and_state(self, client, light):
        content = client.get(LIST).content.decode()

        for words in (light.case.number, "street_light", DISTRICT, "分送中"):
            assert words in content

    @pytest.mark.parametrize("address", [LIST, FEED])
    def test_never_shows_who_reported_or_what_they_wrote(self, client, light, address):
        content = client.get(address).content.decode()

        assert "金絲雀" not in content
        assert "0912" not in content

    @pytest.mark.parametrize("address", [LIST, FEED])
    def test_leaves_out_what_is_confidential_unconfirmed_filtered_or_old(self, client, today, address):
        hidden = [
            make_petition(today, confidential=True),
            make_petition(None),
            make_petition(today, status=Status.NOT_PROCESSED),
            make_petition(today - timedelta(days=91)),
        ]
        content = client.get(address).content.decode()

        assert not [one for one in hidden if one.case.number and one.case.number in content]
        assert "這裡最近沒有人反映" in content if address == LIST else "<entry>" not in content

    def test_is_narrowed_and_says_when_nothing_is_left(self, client, light, today):
        make_category("pothole")

        assert client.get(LIST, {"category": "street_light"}).context["page"].paginator.count == 1
        assert "這裡最近沒有人反映" in client.get(LIST, {"category": "pothole"}).content.decode()
        assert client.get(LIST, {"category": "'; drop", "page": "x"}).context["page"].paginator.count == 1

    def test_does_not_tell_that_a_citizen_is_asked(self, client, today):
        make_petition(today, status=Status.AWAITING_CITIZEN)

        content = client.get(LIST).content.decode()
        assert "處理中" in content
        assert "等您補充" not in content

    def test_asks_as_often_for_many_as_for_few(self, client, light, today, django_assert_num_queries):
        client.get(LIST)
        with django_assert_num_queries(5):
            client.get(LIST)
        for _number in range(30):
            make_petition(today, district="68000020")
        with django_assert_num_queries(5):
            client.get(LIST)

    def test_is_found_from_where_petitions_begin(self, client):
        assert LIST in client.get(reverse("petitions:start")).content.decode()


class TestFeed:
    def test_is_an_atom_feed_of_the_same_petitions(self, client, light, today):
        other = make_petition(today, category=make_category("pothole"))

        response = client.get(FEED, {"category": "street_light"})

        root = ElementTree.fromstring(response.content)
        spaces = {"a": "http://www.w3.org/2005/Atom"}
        titles = [one.text for one in root.findall("a:entry/a:title", spaces)]
        ids = [one.text for one in root.findall("a:entry/a:id", spaces)]
        assert response["Content-Type"].startswith("application/atom+xml")
        assert titles == [f"street_light　{DISTRICT}"]
        assert ids[0].endswith(light.case.number)
        assert other.case.number not in response.content.decode()
