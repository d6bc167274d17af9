"""Before filing: what is near is shown; "the same as mine" is told, counted, confirmed, and free to leave."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from cityhall.domains.petitions import neighbours
from cityhall.domains.petitions.models import Petition, Supporter
from cityhall.domains.petitions.services import handling, supporters, telling
from cityhall.domains.petitions.services.filing import Who
from cityhall.domains.petitions.services.supporters import CannotSupport
from cityhall.engines.cases.states import Status
from cityhall.engines.identity.services import open_citizen_account
from cityhall.engines.letters.models import Letter
from cityhall.engines.outbox.models import Promise

from .citizen import PIN, TEXT, Citizen, make_roads, words
from .city import make_city, opened, signed_in

pytestmark = pytest.mark.django_db
CHEN = Who(name="陳大文", email="chen@mail.example")


def code() -> str:
    found = re.search(r"\b(\d{6})\b", Letter.objects.filter(template="petitions.support_code").latest("pk").subject)
    assert found
    return found[1]


@pytest.fixture
def city():
    found = make_city()
    make_roads()
    return found


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def lamp(city, now):
    return opened("中山路200號前路燈不亮，陳大文，電話0912345678", who=CHEN, when=now - timedelta(hours=3))


def read(petition: Petition) -> Petition:
    return Petition.objects.select_related("case__requester", "case__parent", "category").get(pk=petition.pk)


class TestNear:
    def test_it_is_shown_between_place_and_photos_and_never_insisted_on(self, lamp):
        citizen = Citizen()
        citizen.write("這裡的路燈不亮，晚上很暗")
        response = citizen.answer("where", **PIN)
        assert response["Location"].endswith("/near/")
        page = words(citizen.get("file", "near"))
        assert "路燈不亮" in page
        assert "相距約 10 公尺" in page
        for private in ("陳大文", "0912345678", "chen@mail.example", str(lamp.case.reference)):
            assert private not in citizen.get("file", "near").content.decode()
        assert citizen.answer("near")["Location"].endswith("/photos/")

    def test_nothing_near_asks_nothing(self, city):
        citizen = Citizen()
        citizen.write(TEXT)

        assert citizen.answer("where", **PIN)["Location"].endswith("/photos/")

    def test_a_filing_goes_through_without_it(self, lamp):
        citizen = Citizen()

        assert citizen.file(TEXT).case.status == Status.AWAITING_CONFIRMATION

    @pytest.mark.parametrize("hidden", ["confidential", "keep_identity_secret"])
    def test_hidden_ones_are_not_shown(self, city, now, hidden):
        opened("路燈不亮", who=CHEN, when=now, **{hidden: True})

        assert neighbours.near("路燈不亮", city.street_light, (121.3, 25.0), now) == []

    def test_the_category_has_its_own_radius_from_a_day_on(self, city, lamp, now):
        point = (121.3 + 0.002, 25.0)  # some 200 metres
        assert len(neighbours.near("路燈不亮", city.street_light, point, now)) == 1
        city.street_light.terms.update(near_metres=50)

        assert neighbours.near("路燈不亮", city.street_light, point, now) == []

    def test_another_matter_at_the_same_place_is_not_shown(self, city, lamp, now):
        assert neighbours.near("垃圾沒有人收，很臭", None, (121.3, 25.0), now) == []

    def test_just_answered_says_so_and_takes_no_supporter(self, city, lamp, now):
        lamp.case.refresh_from_db()
        lamp.case.status, lamp.case.ended_at = Status.REPLIED, now - timedelta(days=2)
        lamp.case.save()

        [found] = neighbours.near("路燈不亮", city.street_light, (121.3, 25.0), now)
        assert found.solved
        with pytest.raises(CannotSupport):
            supporters.ask(lamp, email="a@mail.example", account=None, language="zh-hant", at=now)
        assert neighbours.near("路燈不亮", city.street_light, (121.3, 25.0), now + timedelta(days=6)) == []


class TestSupporting:
    def test_by_code_counted_and_told_of_the_reply_and_free_to_leave(self, city, lamp, now):
        citizen = Citizen()
        citizen.write("這裡的路燈不亮，晚上很暗")
        citizen.answer("where", **PIN)
        number = lamp.case.number
        page = citizen.get("support", number)
        assert "陳大文" not in page.content.decode()
        response = citizen.post("support", number, email="Me@mail.example")
        assert read(lamp).followers == 1
        supporter = Supporter.objects.get()
        assert response["Location"].endswith(f"/confirm/{supporter.reference}/")
        assert citizen.post("confirm_support", supporter.reference, code="000000").status_code == 422
        response = citizen.post("confirm_support", supporter.reference, code=code())
        assert response.status_code == 302
        assert read(lamp).followers == 2
        assert Petition.objects.count() == 1
        assert "petition_draft" not in citizen.client.cookies or not citizen.client.cookies["petition_draft"].value

        officer = city.officer.account
        handling.assign(read(lamp), unit=None, officer=city.officer, by=city.coordinator.account, at=now)
        handling.draft_reply(read(lamp), text="陳先生／女士您好：陳大文您反映的路燈已派工。", by=officer, at=now)
        later = timezone.now()
        reply = handling.submit_reply(read(lamp), by=officer, at=later)
        handling.approve_reply(reply, by=city.chief.account, at=later)
        for _time in range(2):
            for promise in Promise.objects.filter(kind=telling.KEEPS):
                telling.carry_out(promise.payload["reply"])
        [letter] = Letter.objects.filter(template="petitions.supported_reply")
        assert letter.address == "me@mail.example"
        assert "路燈已派工" in letter.text
        assert "陳大文" not in letter.text

        own = f"/petitions/support/{supporter.reference}/{neighbours.support_key(supporter)}/"
        assert "路燈已派工" in words(citizen.client.get(own))
        citizen.client.post(own)
        assert read(lamp).followers == 1
        assert "您已取消" in words(citizen.client.get(own))

    def test_signed_in_with_that_mailbox_needs_no_code(self, lamp, now):
        account = open_citizen_account(email="known@mail.example", name="林小美", at=now)
        browser = signed_in(account)
        response = browser.post(f"/petitions/support/{lamp.case.number}/", {"email": "known@mail.example"})

        assert response.status_code == 302
        assert read(lamp).followers == 2
        assert not Letter.objects.filter(template="petitions.support_code").exists()
        assert Letter.objects.filter(template="petitions.supporting").count() == 1

    def test_twice_is_once(self, lamp, now):
        for _time in range(2):
            supporters.ask(lamp, email="a@mail.example", account=None, language="zh-hant", at=now)
        supporter = Supporter.objects.get()
        given = code()
        supporters.confirm_by_code(supporter, code=given, at=now)
        with pytest.raises(CannotSupport):
            supporters.confirm_by_code(supporter, code=given, at=now)

        assert read(lamp).followers == 2

    def test_a_wrong_link_and_a_hidden_petition_do_not_exist(self, city, lamp, now):
        citizen = Citizen()
        supporter = supporters.ask(lamp, email="a@mail.example", account=None, language="zh-hant", at=now)
        hidden = opened("路燈不亮", who=CHEN, when=now, confidential=True)

        assert citizen.client.get(f"/petitions/support/{supporter.reference}/{'0' * 32}/").status_code == 404
        assert citizen.get("support", hidden.case.number).status_code == 404
        assert citizen.get("support", "115-0000-0000").status_code == 404
        assert citizen.post("support", lamp.case.number, email="x").status_code == 422

    def test_addresses_that_nobody_confirmed_are_forgotten(self, lamp, now):
        supporters.ask(lamp, email="a@mail.example", account=None, language="zh-hant", at=now)

        assert supporters.forget_unconfirmed(before=now + timedelta(seconds=1)) == 1
        assert not Supporter.objects.exists()

    def test_the_desk_reads_how_many(self, city, lamp, now):
        account = open_citizen_account(email="known@mail.example", name="林小美", at=now)
        supporters.ask(lamp, email="known@mail.example", account=account, language="zh-hant", at=now)
        page = words(signed_in(city.dispatcher).get(f"/desk/petitions/{lamp.case.reference}/"))

        assert "另有 1 位民眾附議" in page
        assert "known@mail.example" not in page
