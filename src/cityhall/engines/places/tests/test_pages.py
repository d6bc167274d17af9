"""The pages of the layers, as one who keeps them and as one who may not."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cityhall.engines.identity.models import Account
from cityhall.engines.outbox import services as outbox
from cityhall.engines.places import services
from cityhall.engines.places.models import Layer, LayerVersion, Term, Upload
from cityhall.engines.places.states import LayerKind
from cityhall.engines.places.tests import city
from cityhall.foundation.clock import at
from cityhall.web import access

pytestmark = pytest.mark.django_db
NOW = at(date(2017, 3, 20), 9)


@pytest.fixture
def keeper(client, monkeypatch):
    """Somebody who keeps the layers."""
    monkeypatch.setattr(access, "_policy", lambda account, act, request: act == "places.manage")
    monkeypatch.setattr(services, "_known_managers", None)
    client.force_login(Account.objects.create_user("keeper@example.org", kind="OFFICER"))
    city.make(NOW)
    return client


def hand_in(client, layer, *lines, name="門牌.csv", **more):
    given = {"files": SimpleUploadedFile(name, "\n".join(lines).encode()), "source": "民政局"} | more
    return client.post(reverse("places:upload", args=[layer]), given)


def work():
    while outbox.run_due(NOW.replace(year=2100), limit=1):
        pass


class TestLayers:
    def test_shows_what_is_in_force(self, keeper):
        page = keeper.get(reverse("places:layers")).content.decode()

        assert "行政區界線" in page
        assert "第 1 版" in page

    def test_tries_an_address_that_is_in_two_districts(self, keeper):
        page = keeper.get(reverse("places:layers"), {"place": "中山路200號"}).content.decode()

        assert "這個地址不只一區有" in page
        assert "桃園區中山路200號" in page

    @pytest.mark.parametrize("text", ["121.2999, 24.97", "24.97,121.2999"])
    def test_tries_a_point_beside_the_border(self, keeper, text):
        page = keeper.get(reverse("places:layers"), {"place": text}).content.decode()

        assert "15 公尺以內，由人員判斷" in page

    def test_is_for_those_who_keep_them(self, client, db):
        client.force_login(Account.objects.create_user("nobody@example.org"))

        assert client.get(reverse("places:layers")).status_code == 403


class TestUpload:
    def test_is_read_by_the_worker_then_put_in_force(self, keeper):
        answer = hand_in(keeper, "plates", city.PLATES[0], "桃園區,中山路,,,1,,121.27,24.97", "桃園區,中山路,,,2,,0,0")

        waiting = keeper.get(answer.url).content.decode()
        assert "正在檢查每一筆資料" in waiting
        work()
        version = LayerVersion.objects.get(layer__code="plates", number=2)
        assert keeper.get(answer.url).url == version.get_absolute_url()
        page = keeper.get(version.get_absolute_url()).content.decode()
        assert "這個位置不在臺灣。" in page
        assert "中山路1號" in page
        assert "這個位置不在臺灣。" in b"".join(keeper.get(reverse("places:refused", args=[version.pk]))).decode()

        keeper.post(reverse("places:put_in_force", args=[version.pk]))

        assert Term.objects.get(layer__code="plates", ends_at=None).version == version
        assert bytes(Upload.objects.get().files.get().content) == b""

    def test_that_cannot_be_read_says_why(self, keeper):
        answer = hand_in(keeper, "plates", "不是,門牌", "1,2")
        work()

        page = keeper.get(answer.url).content.decode()

        assert "無法匯入" in page
        assert Upload.objects.get().refusal in page
        assert not LayerVersion.objects.filter(layer__code="plates", number=2).exists()

    def test_without_a_source_keeps_nothing(self, keeper):
        answer = hand_in(keeper, "plates", city.PLATES[0], source="")

        assert answer.status_code == 422
        assert not Upload.objects.exists()

    def test_twice_with_one_key_is_one_upload(self, keeper):
        for _click in range(2):
            hand_in(keeper, "plates", *city.PLATES, idempotency_key="0b0f6a1e-1111-4222-8333-944445555666")

        assert Upload.objects.count() == 1


class TestVersion:
    def test_that_was_never_in_force_can_be_thrown_away(self, keeper):
        held = city.take(services.standard_layer(LayerKind.PLATES), city.csv(*city.PLATES), at=NOW, in_force=False)

        keeper.post(reverse("places:discard", args=[held.pk]))

        assert not LayerVersion.objects.filter(pk=held.pk).exists()

    @pytest.mark.parametrize("kind", [kind for kind in LayerKind if kind != LayerKind.MANAGERS])
    def test_lists_its_rows_in_every_kind_of_layer(self, keeper, kind):
        version = services.standard_layer(kind).versions.get()

        assert keeper.get(version.get_absolute_url(), {"q": "中"}).status_code == 200
        assert keeper.get(reverse("places:template", args=[version.layer.code])).status_code == 200


class TestAddLayer:
    def test_makes_a_layer_of_managers(self, keeper):
        given = {"name": "重劃區", "code": "rezoning", "level": "CITY"}

        keeper.post(reverse("places:add_layer"), given)
        again = keeper.post(reverse("places:add_layer"), given)

        assert Layer.objects.get(code="rezoning").kind == LayerKind.MANAGERS
        assert again.status_code == 422
        assert "已經有代碼" in again.content.decode()
