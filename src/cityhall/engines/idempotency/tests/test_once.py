"""A repeat with a key is the same write. Zulip's nine cases (research 08 §1), then what pages need."""

import json
import re
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from cityhall.engines.idempotency import services
from cityhall.engines.idempotency.models import Kept
from cityhall.engines.idempotency.tests.urls import Trouble

pytestmark = [pytest.mark.urls("cityhall.engines.idempotency.tests.urls"), pytest.mark.django_db]

KEY = "8e118d41-39d7-4a82-8da9-a6a3162d57eb"


class Failure(Exception):
    """What a broken program raises."""


def fail():
    raise Failure


def ask(client, name="里長", key=KEY, path="/api/test/groups", **extra):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(path, json.dumps({"name": name}), content_type="application/json", headers=headers, **extra)


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


class TestNineCases:
    def test_success_is_given_again_and_done_once(self, client):
        answers = [ask(client) for _ in range(4)]

        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert [answer.get("Idempotency-Replayed") for answer in answers] == [None, "true", "true", "true"]
        assert answers[3]["Content-Type"] == answers[0]["Content-Type"]
        assert Group.objects.count() == Kept.objects.count() == 1

    def test_early_error_is_not_kept_so_the_request_can_be_corrected(self, client):
        assert ask(client, name="refused").status_code == 422

        assert ask(client, name="里長").status_code == 201
        assert Group.objects.count() == 1

    def test_error_during_the_work_undoes_it_and_a_repeat_does_it(self, client, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(Trouble, "amid", staticmethod(fail))
            assert ask(client).status_code == 500
        assert Group.objects.count() == Kept.objects.count() == 0

        assert ask(client).status_code == 201
        assert Group.objects.count() == 1

    def test_error_after_the_work_undoes_it_and_a_repeat_does_it(self, client, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(Trouble, "after", staticmethod(fail))
            assert ask(client).status_code == 500
        assert Group.objects.count() == Kept.objects.count() == 0

        assert ask(client).status_code == 201
        assert Group.objects.count() == 1

    def test_same_key_with_another_content_is_refused(self, client):
        ask(client, name="里長")

        answer = ask(client, name="鄰長")

        assert answer.status_code == 422
        assert answer["Content-Type"].startswith("application/problem+json")
        assert "Idempotency-Key" in answer.json()["detail"]
        assert Group.objects.count() == 1

    def test_a_check_that_changed_meanwhile_does_not_change_a_given_answer(self, client, monkeypatch):
        first = ask(client)
        monkeypatch.setattr(Trouble, "before", staticmethod(fail))

        again = ask(client)

        assert (again.status_code, again.content) == (201, first.content)

    def test_failure_before_the_work_leaves_nothing_and_a_repeat_does_it(self, client, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(Trouble, "before", staticmethod(fail))
            assert ask(client).status_code == 500

        assert ask(client).status_code == 201
        assert Group.objects.count() == 1

    def test_failure_after_the_commit_loses_only_the_answer(self, client, monkeypatch):
        lost = ask(client)  # the asker's connection broke here

        found = ask(client)

        assert found.content == lost.content
        assert Group.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestNinthCase:
    def test_concurrent_repeats_are_one_write(self, monkeypatch):
        inside, go_on = threading.Event(), threading.Event()

        def linger():
            inside.set()
            go_on.wait(10)

        monkeypatch.setattr(Trouble, "amid", staticmethod(linger))
        answers = []
        first = asking(answers)
        inside.wait(10)
        if connection.vendor == "postgresql":
            second = ask(Client())
            assert second.status_code == 409
            assert second["Retry-After"] == "2"
            go_on.set()
            first.join()
            assert ask(Client()).content == answers[0].content
        else:  # one writer at a time: the second waits, then gets the first one's answer
            second = asking(answers)
            go_on.set()
            first.join()
            second.join()
            assert answers[0].content == answers[1].content

        assert answers[0].status_code == 201
        assert Group.objects.count() == 1

    def test_a_double_click_waits_for_the_first_click(self, monkeypatch):
        inside, go_on = threading.Event(), threading.Event()

        def linger():
            inside.set()
            go_on.wait(10)

        monkeypatch.setattr(Trouble, "amid", staticmethod(linger))
        answers = []
        first = asking(answers, click)
        inside.wait(10)
        second = asking(answers, click)
        go_on.set()
        first.join()
        second.join()

        assert [answer.status_code for answer in answers] == [302, 302]
        assert answers[0]["Location"] == answers[1]["Location"]
        assert Group.objects.count() == 1

    def test_other_keys_do_not_wait(self):
        answers = []
        for thread in [asking(answers, lambda n=n: ask(Client(), name=str(n), key=str(uuid4()))) for n in range(4)]:
            thread.join()

        assert [answer.status_code for answer in answers] == [201] * 4


def asking(answers, how=None):
    def work():
        answers.append(how() if how else ask(Client()))
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def click(client=None, name="里長", key=KEY, **extra):
    return (client or Client()).post("/page", {"name": name, "idempotency_key": key, **extra})


class TestKeys:
    @pytest.mark.parametrize("key", ["1", "short", "路燈路燈路燈路燈", "a b c d e f", "x" * 201])
    def test_that_cannot_serve_are_refused_with_a_sentence(self, client, key):
        answer = ask(client, key=key.encode().decode("latin-1"))

        assert answer.status_code == 400
        assert "UUID" in answer.json()["detail"]

    def test_are_no_duty(self, client):
        assert {ask(client, key="").status_code for _ in range(2)} == {201}
        assert Group.objects.count() == 2

    def test_of_two_accounts_are_two_keys(self, client):
        for email in ("wang@city.example", "li@city.example"):
            client.force_login(get_user_model().objects.create_user(email))
            assert ask(client).status_code == 201

        assert Group.objects.count() == 2

    def test_of_two_programs_are_two_keys(self, client):
        for secret in ("Bearer one", "Bearer two", "Bearer two"):
            ask(client, HTTP_AUTHORIZATION=secret)

        assert Group.objects.count() == 2

    def test_at_another_address_are_another_request(self, client):
        ask(client)

        assert ask(client, path="/api/test/groups?urgent=1").status_code == 422

    def test_are_forgotten_after_a_week(self, client):
        ask(client)
        Kept.objects.update(at=timezone.now() - timedelta(days=8))

        services.forget(before=timezone.now() - timedelta(days=7))

        assert ask(client).get("Idempotency-Replayed") is None


class TestSecrecy:
    def test_neither_key_nor_actor_nor_answer_is_readable_in_the_table(self, client):
        ask(client, name="secret-tracking-code")

        row = Kept.objects.values().get()

        assert KEY not in str(row)
        assert b"secret-tracking-code" not in bytes(row["answer"])


class TestRefusals:
    def test_what_a_refusal_wrote_stays_written(self, client):
        answer = ask(client, path="/api/test/raises")

        assert answer.status_code == 403
        assert Group.objects.get().name == "tries of 里長"
        assert not Kept.objects.exists()

    def test_an_answer_of_5xx_undoes_what_was_written(self, client):
        assert client.post("/unwell", {"a": "b"}, headers={"Idempotency-Key": KEY}).status_code == 503
        assert not Group.objects.exists()


class TestUploads:
    def test_the_same_file_is_the_same_request_whatever_the_boundary(self, client):
        def upload(content):
            photo = SimpleUploadedFile("燈.jpg", content)
            return client.post("/plain", {"name": "里長", "photo": photo}, headers={"Idempotency-Key": KEY}).status_code

        assert [upload(b"one"), upload(b"one"), upload(b"two")] == [201, 201, 422]
        assert Group.objects.count() == 1


class TestPages:
    def test_a_double_click_is_one_act(self, client):
        first, second = click(client), click(client)

        assert first["Location"] == second["Location"]
        assert Group.objects.count() == 1

    def test_sent_again_with_another_content_it_says_so(self, client):
        click(client, name="里長")

        page = click(client, name="鄰長")

        assert page.status_code == 422
        assert "這份表單先前已經送出" in page.content.decode()
        assert Group.objects.count() == 1

    def test_while_the_first_is_being_worked_on_it_says_so(self, client, monkeypatch):
        def busy(**request):
            raise services.StillWorking

        monkeypatch.setattr(services, "answer_once", busy)

        page = click(client)

        assert (page.status_code, page["Retry-After"]) == (409, "2")
        assert "不會重複送出" in page.content.decode()

    def test_each_showing_of_a_form_has_its_own_key(self, client):
        keys = {re.search(r'value="([^"]+)"', client.get("/page").content.decode())[1] for _ in range(2)}

        assert len(keys) == 2

    def test_a_form_shown_again_with_errors_keeps_its_key_and_can_be_sent(self, client):
        shown_again = click(client, name="x" * 21)

        assert shown_again.status_code == 200
        assert f'value="{KEY}"' in shown_again.content.decode()
        assert click(client, name="里長").status_code == 302

    def test_a_page_whose_key_is_broken_still_works(self, client):
        assert click(client, key='"><script>').status_code == 302

    def test_a_fragment_can_be_the_final_answer(self, client):
        sent = [client.post("/fragment", {"name": "a", "idempotency_key": KEY}).content for _ in range(2)]

        assert sent[0] == sent[1]
        assert Group.objects.count() == 1

    def test_the_security_token_is_no_content(self, client):
        assert click(client, csrfmiddlewaretoken="a").status_code == 302
        assert click(client, csrfmiddlewaretoken="b").status_code == 302
        assert Group.objects.count() == 1
