"""Programs with keys: scopes, quotas that all workers share, rotation without a gap."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from cityhall.engines.audit.models import Entry
from cityhall.engines.identity import clients
from cityhall.engines.identity.api import with_key
from cityhall.engines.identity.models import Client, ClientKey
from cityhall.engines.identity.tests.processes import run_together
from cityhall.foundation.clock import TAIPEI, day_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(clients, "_known", {})


@pytest.fixture
def card_app(administrator, at):
    client, plain = clients.create_client(
        name="市民卡 App", scopes=["petitions.read", "petitions.write"], quota=clients.Quota(3, 5), by=administrator,
        at=at,
    )  # fmt: skip
    return client, plain


def call(plain, at, **options):
    request = RequestFactory().get("/", headers={"authorization": f"Bearer {plain}"})
    return clients.authenticate_key(request, at=at, **options)


def refusal(plain, at, **options):
    with pytest.raises(clients.CannotUseKey) as refused:
        call(plain, at, **options)
    return refused.value


class TestCreateClient:
    def test_shows_the_key_once_and_keeps_its_hash(self, card_app):
        client, plain = card_app
        key = client.keys.get()

        assert plain.startswith(f"ch_{key.prefix}_")
        assert len(plain.split("_")[2]) >= 40
        assert plain not in str(list(ClientKey.objects.values_list()))
        assert plain.split("_")[2] not in str(list(Entry.objects.values_list("payload")))

    def test_acts_under_an_account_of_its_own(self, card_app):
        account = card_app[0].account

        assert account.kind == "CLIENT"
        assert not account.has_usable_password()
        assert account.email is None

    def test_refuses_a_name_twice(self, card_app, administrator, at):
        with pytest.raises(clients.CannotMakeClient):
            clients.create_client(name="市民卡 App", scopes=[], quota=clients.Quota(), by=administrator, at=at)


class TestAuthenticateKey:
    def test_knows_the_client_and_its_scopes(self, card_app, at):
        client, plain = card_app

        assert call(plain, at) == client
        assert call(plain, at, scope="petitions.read") == client
        assert refusal(plain, at, scope="figures.read").status == 403

    @pytest.mark.parametrize(
        "headers",
        [
            {"authorization": "bearer {}"},
            {"authorization": "Bearer  {} "},
            {"authorization": "{}"},
            {"x-api-key": "{}"},
        ],  # fmt: skip
    )
    def test_takes_the_key_from_either_header(self, card_app, at, headers):
        client, plain = card_app
        request = RequestFactory().get("/", headers={name: value.format(plain) for name, value in headers.items()})

        assert clients.authenticate_key(request, at=at) == client

    def test_takes_a_parameter_only_where_the_protocol_has_one(self, card_app, at):
        client, plain = card_app

        for request in (RequestFactory().get("/", {"api_key": plain}), RequestFactory().post("/", {"api_key": plain})):
            assert clients.authenticate_key(request, at=at) is None
            assert clients.authenticate_key(request, at=at, parameter="api_key") == client

    def test_without_a_key_is_nobody(self, at):
        assert clients.authenticate_key(RequestFactory().get("/"), at=at) is None

    @pytest.mark.parametrize("wrong", ["x", "ch_", "ch_00000000_", "ch_00000000_" + "a" * 43, "🙂", "ch__", "\x00"])
    def test_refuses_what_is_no_key(self, card_app, at, wrong):
        assert refusal(wrong, at).status == 401

    def test_refuses_another_secret_behind_the_right_prefix(self, card_app, at):
        assert refusal(card_app[1][:-1] + ("a" if card_app[1][-1] != "a" else "b"), at).status == 401

    def test_ends_with_its_year(self, card_app, at):
        assert call(card_app[1], at + timedelta(days=364))
        assert refusal(card_app[1], at + timedelta(days=365)).status == 401

    def test_notes_its_last_use(self, card_app, at):
        client, plain = card_app
        call(plain, at)

        client.refresh_from_db()
        assert client.last_used_at == at
        assert client.keys.get().last_used_at == at


class TestQuota:
    def test_of_a_minute_refuses_and_says_when_to_come_again(self, card_app, at):
        for _ in range(3):
            call(card_app[1], at + timedelta(seconds=10))

        refused = refusal(card_app[1], at + timedelta(seconds=20))

        assert (refused.status, refused.retry_after) == (429, 41)
        assert call(card_app[1], at + timedelta(seconds=20 + refused.retry_after))

    def test_of_a_day_is_a_day_in_taipei(self, card_app, at):
        evening = at.replace(hour=23, minute=50)
        for minute in range(5):
            call(card_app[1], evening + timedelta(minutes=minute))

        refused = refusal(card_app[1], evening + timedelta(minutes=6))

        assert refused.status == 429
        assert refused.retry_after == 4 * 60 + 1
        assert call(card_app[1], evening + timedelta(minutes=10))
        assert evening.tzinfo == TAIPEI

    def test_refused_calls_do_not_count(self, card_app, at):
        for _ in range(3):
            call(card_app[1], at)
        for _ in range(10):
            refusal(card_app[1], at)

        assert Client.objects.get().day_count == 3


@pytest.mark.django_db(transaction=True)
def test_workers_together_let_no_call_too_many_pass(card_app, at):
    script = f"""
        from django.test import RequestFactory
        from cityhall.engines.identity import clients
        at = datetime.fromisoformat("{at.isoformat()}")
        request = RequestFactory().get("/", headers={{"authorization": "Bearer {card_app[1]}"}})
        passed = 0
        for _ in range(5):
            try:
                clients.authenticate_key(request, at=at)
                passed += 1
            except clients.CannotUseKey:
                pass
        print(passed)
    """

    assert sum(int(answer) for answer in run_together([script] * 3)) == 3


@pytest.mark.django_db(transaction=True)
class TestKeyLookedUpBefore:
    """A write looks its key up before its transaction begins."""

    def test_is_counted_before_it_where_many_write_at_once(self, card_app):
        request = self.request(card_app)
        clients.look_up_key(request)
        before = Client.objects.get().day_count
        with transaction.atomic():
            clients.authenticate_key(request)
            transaction.set_rollback(True)

        many_write = connection.features.has_select_for_update
        assert before == Client.objects.get().day_count == (1 if many_write else 0)

    def test_is_counted_once(self, card_app):
        request = self.request(card_app)
        clients.look_up_key(request)
        clients.authenticate_key(request)

        assert Client.objects.get().day_count == 1

    def test_beyond_the_quota_is_refused_when_it_is_used(self, card_app):
        at = timezone.now()
        Client.objects.update(day=day_of(at), day_count=5)
        request = self.request(card_app)
        clients.look_up_key(request)

        with pytest.raises(clients.CannotUseKey) as refused:
            clients.authenticate_key(request)
        assert refused.value.status == 429

    @pytest.fixture
    def card_app(self, administrator):
        return clients.create_client(
            name="市民卡 App", scopes=[], quota=clients.Quota(3, 5), by=administrator, at=timezone.now()
        )

    def request(self, card_app):
        return RequestFactory().post("/", headers={"authorization": f"Bearer {card_app[1]}"})


class TestKnownKey:
    """A process that served a key keeps what it found, and notices whatever is changed by another process."""

    @pytest.fixture
    def known(self, card_app, at):
        Client.objects.update(per_minute=10)
        call(card_app[1], at)
        call(card_app[1], at)
        return card_app

    def test_costs_one_statement_and_the_count(self, known, at, django_assert_num_queries):
        with django_assert_num_queries(2):
            call(known[1], at)

    def test_opens_nothing_once_it_is_revoked(self, known, at):
        ClientKey.objects.update(revoked_at=at)

        assert refusal(known[1], at).status == 401

    def test_opens_nothing_once_its_client_is_revoked(self, known, at):
        Client.objects.update(revoked_at=at)

        assert refusal(known[1], at).status == 401

    def test_loses_a_scope_at_once(self, known, at):
        Client.objects.update(scopes=["petitions.read"])

        assert refusal(known[1], at, scope="petitions.write").status == 403

    def test_is_deleted(self, known, at):
        ClientKey.objects.all().delete()

        assert refusal(known[1], at).status == 401

    def test_is_not_changed_by_who_gets_it(self, known, at):
        call(known[1], at).scopes = ["everything"]

        assert not call(known[1], at).has("everything")


class TestRotateKey:
    def test_lets_the_old_key_work_for_fourteen_days(self, card_app, administrator, at):
        client, old = card_app
        new = clients.rotate_key(client, by=administrator, at=at)

        assert call(old, at + timedelta(days=13)) == call(new, at + timedelta(days=13)) == client
        assert refusal(old, at + timedelta(days=14)).status == 401
        assert call(new, at + timedelta(days=15))

    def test_does_not_lengthen_a_key_that_ends_earlier(self, card_app, administrator, at):
        client, old = card_app
        clients.rotate_key(client, by=administrator, at=at + timedelta(days=360))

        assert refusal(old, at + timedelta(days=366)).status == 401


class TestRevoke:
    def test_ends_one_key_at_once(self, card_app, administrator, at):
        client, old = card_app
        new = clients.rotate_key(client, by=administrator, at=at)
        clients.revoke_key(client.keys.get(prefix=old.split("_")[1]), by=administrator, at=at)

        assert refusal(old, at).status == 401
        assert call(new, at)

    def test_ends_a_client_with_all_its_keys(self, card_app, administrator, at):
        client, plain = card_app
        clients.revoke_client(client, by=administrator, at=at)
        clients.revoke_client(client, by=administrator, at=at)

        assert refusal(plain, at).status == 401
        assert Entry.objects.filter(event="client.revoked").count() == 1
        client.account.refresh_from_db()
        assert not client.account.is_active


class TestWithKey:
    def view(self, **options):
        return with_key("petitions.write", **options)(lambda request: HttpResponse(request.client))

    def test_gives_the_view_its_client_and_is_marked(self, card_app, clock):
        view = self.view()
        request = RequestFactory().get("/", headers={"x-api-key": card_app[1]})

        assert view(request).content.decode() == "市民卡 App"
        assert view.access == "machine:petitions.write"

    def test_answers_with_a_problem(self, card_app, clock):
        view = self.view()
        none = view(RequestFactory().get("/"))
        for _ in range(4):
            over = view(RequestFactory().get("/", headers={"x-api-key": card_app[1]}))

        assert (none.status_code, none["Content-Type"]) == (401, "application/problem+json")
        assert none["WWW-Authenticate"].startswith("Bearer")
        assert (over.status_code, over["Retry-After"]) == (429, "61")

    def test_lets_a_protocol_word_its_own_errors_and_pass_nobody(self, clock):
        assert self.view(required=False)(RequestFactory().get("/")).content == b"None"
        own = self.view(refused=lambda request, why: HttpResponse(f"<code>{why.status}</code>", status=403))
        assert own(RequestFactory().get("/")).content == b"<code>401</code>"
