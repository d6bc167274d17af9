"""`cityhall serve`: whatever is killed comes back, and nothing is left when it stops."""

import os
import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from tests.support.city import PATIENCE, City, until
from tests.support.processes import alive

pytestmark = pytest.mark.faults


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def names(city: City) -> set[str]:
    return {name.split()[0] for name in city.running()}


class TestServe:
    def test_answers_by_name_and_by_both_addresses(self, city):
        hosts = ["localhost", "127.0.0.1", *(["[::1]"] if "loopback" in city.running() else [])]

        for host in hosts:
            answer = httpx.get(f"http://{host}:{city.port}/healthz", timeout=PATIENCE, trust_env=False)
            assert answer.status_code == 200
        assert {"web", "worker", "standins"} <= names(city)

    def test_a_killed_web_worker_comes_back(self, city):
        before = city.web_workers()
        city.kill(before[0])

        after = until(lambda: len(now := city.web_workers()) == len(before) and now != before and now, "a new worker")
        assert city.running()["web"]
        assert set(before) - set(after) == {before[0]}
        until(city.answers, "it answers")

    def test_a_killed_server_comes_back_and_its_workers_are_gone(self, city):
        web, workers = city.running()["web"], city.web_workers()
        city.kill(web)

        until(lambda: not any(alive(pid) for pid in workers), "its workers are dead")
        until(lambda: city.running().get("web") not in {None, web}, "a new server")
        until(city.answers, "it answers")

    @pytest.mark.parametrize("name", ["worker 1", "standins"])
    def test_a_killed_helper_comes_back(self, city, name):
        pid = city.running()[name]
        city.kill(pid)

        until(lambda: city.running().get(name) not in {None, pid}, "a new one")

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
    def test_leaves_nothing_running_and_starts_again(self, city, how):
        everybody = city.everybody()
        assert len(everybody) >= 6

        city.stop(how)
        until(lambda: not any(alive(pid) for pid in everybody), "all are gone")
        until(lambda: not listening(city.port), "nobody listens")

        city.start()
        assert city.answers()

    def test_says_that_the_port_is_taken(self, city):
        second = city.command("serve", "--port", str(city.port), check=False)

        assert second.returncode == 1
        assert "is in use" in second.stderr
        assert city.answers()

    def test_says_that_the_database_is_not_up_to_date(self, tmp_path):
        city = City(tmp_path, f"sqlite:///{tmp_path / 'empty.sqlite3'}")

        refused = city.command("serve", "--port", str(city.port), check=False)

        assert refused.returncode == 1
        assert "cityhall migrate" in refused.stderr


class TestBehindTls:
    """A proxy ends TLS and hands on to the loopback address, as docs/operations.md says."""

    @pytest.fixture
    def secure(self, databases, tmp_path):
        with databases.copy() as url:
            city = City(tmp_path, url)
            city.env |= {
                "CITYHALL_SECURE": "1",
                "CITYHALL_PROXIES": "1",
                "CITYHALL_HOSTS": "city.example localhost 127.0.0.1",
                "CITYHALL_SITE_URL": "https://city.example",
            }
            try:
                yield city.start()
            finally:
                city.stop()

    def test_pages_are_served_and_forms_accepted(self, secure):
        proxied = {"Host": "city.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
        with httpx.Client(base_url=secure.url, timeout=PATIENCE, trust_env=False, headers=proxied) as browser:
            page = browser.get("/desk/sign-in/")
            assert page.status_code == 200
            assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
            assert all("; Secure" in cookie for cookie in page.headers.get_list("Set-Cookie"))

            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
            form = {"csrfmiddlewaretoken": token, "email": "nobody@city.example", "password": "wrong"}
            cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
            sent = {"Origin": "https://city.example", "Cookie": cookies}
            answer = browser.post("/desk/sign-in/", data=form, headers=sent)

        assert "CSRF" not in answer.text
        assert answer.status_code == 200  # the same page, with the sentence that it was not right
        assert "密碼" in answer.text

    def test_who_asks_without_tls_is_sent_there(self, secure):
        answer = httpx.get(f"{secure.url}/report/", headers={"Host": "city.example"}, timeout=PATIENCE, trust_env=False)

        assert (answer.status_code, answer.headers["Location"]) == (301, "https://city.example/report/")

    def test_monitoring_asks_on_the_loopback_address(self, secure):
        assert (
            httpx.get(
                f"{secure.url}/healthz", timeout=PATIENCE, trust_env=False, headers={"Host": "localhost"}
            ).status_code
            == 200
        )


class TestWorkerAlone:
    def test_stops_when_asked(self, city):
        worker = subprocess.Popen(
            [sys.executable, "-m", "cityhall.project.command", "worker"], env={**os.environ, **city.env},
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert worker.stderr is not None
        until(lambda: "started" in worker.stderr.readline(), "it works")
        worker.send_signal(signal.SIGTERM)

        assert worker.wait(30) == 0
        assert "stopped" in worker.stderr.read()
        worker.stderr.close()
