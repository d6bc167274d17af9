"""Shared pages as a browser gets them: languages, headers, errors with an id and no detail, logs without persons."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from cityhall.web import access, errors, logs
from cityhall.web.tests import urls as test_urls

pytestmark = pytest.mark.django_db

FOREIGN = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")
PAGES = ["web:home", "web:privacy", "web:accessibility", "web:about", "web:styleguide", "web:styleguide_desk"]


@pytest.fixture
def failing(settings: Any) -> Client:
    settings.ROOT_URLCONF = "cityhall.web.tests.urls"
    return Client(raise_request_exception=False)


@pytest.fixture(autouse=True)
def demo(settings: Any) -> None:
    settings.DEMO = True


def in_language(name: str, code: str) -> str:
    with translation.override(code):
        return reverse(name)


class TestSharedPages:
    @pytest.mark.parametrize("code", ["zh-hant", "en"])
    @pytest.mark.parametrize("name", PAGES)
    def test_open_in_both_languages_without_inline_script_or_foreign_host(
        self, client: Client, name: str, code: str
    ) -> None:
        response = client.get(in_language(name, code))

        html = response.content.decode()
        assert response.status_code == 200
        assert ('lang="en"' if code == "en" else 'lang="zh-Hant-TW"') in html[:200]
        assert not FOREIGN.search(html)
        assert " style=" not in html
        assert not re.search(r"<script(?![^>]*(src=|application/json))", html)
        assert not re.search(r"\son\w+=", html)

    @pytest.mark.parametrize("name", ["web:privacy", "web:accessibility", "web:about"])
    def test_english_pages_hold_no_chinese(self, client: Client, name: str) -> None:
        html = client.get(in_language(name, "en")).content.decode()

        main = html[html.index("<main") : html.index("</main>")]
        assert not re.findall(r"[\u4e00-\u9fff]+", main)

    def test_every_page_has_regions_with_access_keys(self, client: Client) -> None:
        html = client.get("/").content.decode()

        for key in "UCB":
            assert f'accesskey="{key}"' in html
        assert 'href="#main" class="govuk-skip-link"' in html

    def test_the_language_switch_keeps_the_page_and_its_query(self, client: Client) -> None:
        assert 'href="/en/privacy/?a=1"' in client.get("/privacy/?a=1").content.decode()
        assert 'href="/privacy/?a=1"' in client.get("/en/privacy/?a=1").content.decode()

    def test_language_comes_from_the_path_and_not_from_the_browser(self, client: Client) -> None:
        response = client.get("/privacy/", headers={"accept-language": "en"})

        assert 'lang="zh-Hant-TW"' in response.content.decode()[:200]

    def test_the_style_guide_is_for_the_demo_only(self, client: Client, settings: Any) -> None:
        settings.DEMO = settings.DEBUG = False

        assert client.get("/styleguide/").status_code == 404
        assert client.get("/styleguide/desk/").status_code == 404

    def test_the_banner_says_that_it_is_a_demonstration(self, client: Client, settings: Any) -> None:
        assert "這不是政府網站" in client.get("/").content.decode()
        settings.DEMO = False
        assert "這不是政府網站" not in client.get("/").content.decode()


class TestHeaders:
    def test_nothing_inline_and_nothing_from_elsewhere(self, client: Client) -> None:
        policy = client.get("/")["Content-Security-Policy"]

        assert "unsafe" not in policy
        assert "http" not in policy
        for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
            assert part in policy

    def test_the_others_protect_too(self, client: Client) -> None:
        response = client.get("/")

        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        assert "geolocation=(self)" in response["Permissions-Policy"]
        assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", response["X-Request-ID"])

    def test_two_requests_have_two_ids(self, client: Client) -> None:
        assert client.get("/")["X-Request-ID"] != client.get("/")["X-Request-ID"]


class TestErrorPages:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/test/bad/", 400),
            ("/nowhere/", 404),
            ("/test/gone/", 404),
            ("/test/post-only/", 405),
            ("/test/too-many/", 429),
            ("/test/crash/", 500),
            ("/test/database/", 503),
        ],
    )
    def test_carry_an_id_and_no_detail(self, failing: Client, path: str, status: int) -> None:
        response = failing.get(path)

        html = response.content.decode()
        assert response.status_code == status
        assert response["X-Request-ID"] in html
        for inside in ("Traceback", "RuntimeError", "OperationalError", "SELECT", "locked", "no detail", ".py"):
            assert inside not in html

    def test_405_still_names_what_is_allowed(self, failing: Client) -> None:
        assert failing.get("/test/post-only/")["Allow"] == "POST"

    def test_429_and_503_say_when(self, failing: Client) -> None:
        assert failing.get("/test/too-many/")["Retry-After"] == "3600"
        assert "今天查詢太多次" in failing.get("/test/too-many/").content.decode()
        assert failing.get("/test/database/")["Retry-After"] == "30"

    def test_404_may_say_its_own_sentence(self, failing: Client) -> None:
        assert "這個案件已經移走。" in failing.get("/test/gone/").content.decode()

    def test_404_does_not_name_tables(self, failing: Client) -> None:
        assert "Petition" not in failing.get("/test/no-record/").content.decode()

    def test_a_wrong_host_is_a_bad_request_and_no_failure(self, failing: Client) -> None:
        response = failing.get("/", headers={"host": "evil.example"})

        assert response.status_code == 400
        assert "evil" not in response.content.decode()

    def test_programs_get_a_problem(self, failing: Client) -> None:
        response = failing.get("/api/test/crash/")

        body = json.loads(response.content)
        assert response["Content-Type"] == "application/problem+json"
        assert body["status"] == 500
        assert body["request_id"] == response["X-Request-ID"]
        assert "SELECT" not in response.content.decode()

    def test_a_stale_form_is_told_so(self) -> None:
        client = Client(enforce_csrf_checks=True)

        response = client.post("/privacy/", {"a": "1"})

        assert response.status_code == 403
        assert "這個表單開太久了" in response.content.decode()

    def test_a_failing_page_asks_no_menu(self, failing: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*args: object) -> Iterator[object]:
            raise RuntimeError("menu")

        monkeypatch.setattr("cityhall.web.navigation.Menu.links", broken)

        assert "再試一次" in failing.get("/test/crash/").content.decode()

    def test_the_last_net_needs_no_template(self, monkeypatch: pytest.MonkeyPatch) -> None:
        request = RequestFactory().get("/")
        request.id = "7F3K-92QD"  # type: ignore[attr-defined]
        monkeypatch.setattr(errors, "page", lambda *args, **kwargs: 1 / 0)

        response = errors.server_error(request)

        assert response.status_code == 500
        assert "7F3K-92QD" in response.content.decode()


class Account(SimpleNamespace):
    is_authenticated = True
    is_active = True
    pk = 7


def asked(view: Callable[..., HttpResponse], user: object, **headers: str) -> HttpResponse:
    request = RequestFactory().get("/test/dispatch/?a=1", headers=headers)
    request.user = user  # type: ignore[assignment]
    return view(request)


@pytest.fixture
def only_dispatch(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    questions: list[str] = []

    def policy(account: object, act: str, request: object) -> bool:
        questions.append(act)
        return act == "petitions.dispatch"

    monkeypatch.setattr(access, "_policy", policy)
    monkeypatch.setattr(access, "_who_may", lambda act: ["分文人員"] if act == "petitions.dispatch" else [])
    return questions


class TestAccess:
    def test_every_mark_is_readable(self) -> None:
        assert test_urls.crash.access == "public"
        assert test_urls.mine.access == "signed_in"
        assert test_urls.dispatch.access == "requires:petitions.dispatch|petitions.assign"

    def test_anonymous_is_sent_to_sign_in_and_back(self) -> None:
        response = asked(test_urls.dispatch, SimpleNamespace(is_authenticated=False))

        assert response.status_code == 302
        assert response["Location"].endswith("?next=/test/dispatch/%3Fa%3D1")

    def test_htmx_moves_the_whole_window_to_sign_in(self) -> None:
        response = asked(test_urls.dispatch, SimpleNamespace(is_authenticated=False), **{"HX-Request": "true"})

        assert response.status_code == 401
        assert "next=" in response["HX-Redirect"]

    def test_one_of_several_acts_is_enough_and_nothing_is_kept(self, only_dispatch: list[str]) -> None:
        response = asked(test_urls.dispatch, Account())

        assert response.content == b"dispatched"
        assert "no-store" in response["Cache-Control"]

    def test_others_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(access, "_policy", lambda account, act, request: False)

        with pytest.raises(access.Forbidden):
            asked(test_urls.dispatch, Account())

    def test_the_refusal_says_who_can(self, only_dispatch: list[str]) -> None:
        request = RequestFactory().get("/")
        request.user = SimpleNamespace(is_authenticated=False)  # type: ignore[assignment]

        response = errors.forbidden(request, access.Forbidden("petitions.dispatch"))

        assert response.status_code == 403
        assert "分文人員" in response.content.decode()

    def test_a_policy_is_asked_once_a_request(self, only_dispatch: list[str]) -> None:
        request = RequestFactory().get("/")
        request.user = Account()  # type: ignore[assignment]

        assert access.allowed(request, "petitions.dispatch")
        assert access.allowed(request, "petitions.dispatch")
        assert only_dispatch == ["petitions.dispatch"]


class TestLogs:
    def test_the_request_line_names_the_route_and_not_the_path(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, logger="cityhall.request"):
            client.get("/privacy/?name=王小明&email=ming@example.org")

        (record,) = [one for one in caplog.records if one.name == "cityhall.request"]
        line = json.loads(logs.JsonFormatter().format(record))
        assert line["route"] == "web:privacy"
        assert line["status"] == 200
        assert "王小明" not in json.dumps(line, ensure_ascii=False)
        assert "example.org" not in json.dumps(line)

    @pytest.mark.parametrize(
        "text", ["ming@example.org", "A123456789", "0912-345-678", "0912345678", "+886912345678", "02-2345-6789"]
    )
    def test_what_slips_into_a_message_is_masked(self, text: str) -> None:
        record = logging.LogRecord("x", logging.INFO, "x.py", 1, "sent to %s now", (text,), None)

        assert text not in logs.JsonFormatter().format(record)

    def test_a_case_number_is_no_telephone_number(self) -> None:
        assert logs.masked("115-0320-0147") == "115-0320-0147"

    def test_an_error_keeps_its_trace_in_the_log(self, failing: Client, caplog: pytest.LogCaptureFixture) -> None:
        failing.get("/test/crash/")

        (record,) = [one for one in caplog.records if one.exc_info and one.name == "django.request"]
        line = json.loads(logs.JsonFormatter().format(record))
        assert line["error"] == "RuntimeError"
        assert "trace" in line


class TestHealth:
    def test_healthz_fails_when_a_check_fails(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        from cityhall.web import health

        monkeypatch.setattr(health, "_checks", {"good": health.Status.ok})
        assert client.get("/healthz").status_code == 200

        health._checks["slow"] = lambda: health.Status.warn("12 s behind")
        assert json.loads(client.get("/healthz").content)["status"] == "warn"

        def broken() -> health.Status:
            raise ConnectionError("10.0.0.5 refused")

        health._checks["database"] = broken
        response = client.get("/healthz")
        assert response.status_code == 503
        assert json.loads(response.content)["checks"]["database"] == {"status": "fail", "note": "ConnectionError"}
        assert "10.0.0.5" not in response.content.decode()

    def test_any_worker_answers_for_all(self, tmp_path: Path) -> None:
        script = (
            "import django; django.setup()\n"
            "from cityhall.web import health\n"
            "health.count_request('GET', 'web:home', 200, 0.01)\n"
            "print(health.exposition())\n"
        )
        env = {**os.environ, "CITYHALL_METRICS_DIR": str(tmp_path / "metrics"), "PYTHONPATH": os.pathsep.join(sys.path)}
        env["DJANGO_SETTINGS_MODULE"] = "cityhall.project.settings"
        for count in (1, 2):
            done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
            line = f'cityhall_requests_total{{method="GET",route="web:home",status="200"}} {count}.0'
            assert line in done.stdout

    def test_metrics_count_routes_and_ask_gauges(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        from cityhall.web import health

        monkeypatch.setattr(health, "_gauges", {})
        health.gauge("cityhall_outbox_waiting", "Promises that wait.", lambda: {"mail": 3, "pdf": 0})
        health.gauge("cityhall_broken", "Never.", lambda: 1 / 0)
        client.get("/privacy/")

        text = client.get("/metrics").content.decode()

        assert re.search(r'cityhall_requests_total\{method="GET",route="web:privacy",status="200"\} \d', text)
        assert 'cityhall_outbox_waiting{kind="mail"} 3.0' in text
        assert "cityhall_broken" not in text
