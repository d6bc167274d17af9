"""SIGTERM while a photo is on its way: either the petition is there with its photo and was answered so, or nothing is."""

import io
import os
import signal
import socket
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.faults.test_kills import CLIENT_KEY
from tests.support.city import PATIENCE, City, until
from tests.support.processes import alive

pytestmark = pytest.mark.faults

CASES = "SELECT count(*) FROM cases_case"
STORED = "SELECT count(*) FROM files_storedfile"
EDGE = "----cityhall-edge"


@pytest.fixture(scope="module")
def key(city: City) -> str:
    scopes = '"open311.write", "open311.vouch"'
    return str(city.ask(CLIENT_KEY.replace('"petitions.write", "petitions.vouch"', scopes)))


def request(city: City, key: str) -> bytes:
    """A report with a large photo, as it goes over the line."""
    photo = io.BytesIO()
    Image.frombytes("RGB", (1600, 1200), os.urandom(1600 * 1200 * 3)).save(photo, "JPEG", quality=90)
    fields = {
        "api_key": key, "service_code": "street_light", "lat": "24.993", "long": "121.301",
        "description": "路燈不亮", "email": "wang@city.example",
    }  # fmt: skip
    body = b"".join(
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    body += f'--{EDGE}\r\nContent-Disposition: form-data; name="media"; filename="a.jpg"\r\n'.encode()
    body += b"Content-Type: image/jpeg\r\n\r\n" + photo.getvalue() + f"\r\n--{EDGE}--\r\n".encode()
    head = (
        f"POST /open311/v2/requests.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={EDGE}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def answer(line: socket.socket) -> bytes:
    """What came back until the line was closed."""
    found = b""
    try:
        while part := line.recv(65536):
            found += part
    except ConnectionError:
        pass
    return found


@pytest.mark.parametrize("goes_on", [True, False])
def test_sigterm_during_an_upload(city, key, goes_on):
    raw, before = request(city, key), (city.rows(CASES)[0][0], city.rows(STORED)[0][0])
    everybody = city.everybody()
    with socket.create_connection(("127.0.0.1", urlsplit(city.url).port), timeout=PATIENCE) as line:
        line.sendall(raw[: len(raw) // 2])
        city.process.send_signal(signal.SIGTERM)
        came = b""
        if goes_on:
            try:
                line.sendall(raw[len(raw) // 2 :])
            except ConnectionError:
                pass
            came = answer(line)
        city.process.wait(PATIENCE)
        until(lambda: not any(alive(pid) for pid in everybody), "all are gone, whoever still sends")
    city.start()

    after = city.rows(CASES)[0][0], city.rows(STORED)[0][0]
    was_answered = b" 201 " in came.partition(b"\r\n")[0]
    assert after == (before[0] + was_answered, before[1] + was_answered)
    assert [path.name for path in (city.home / "files").rglob("tmp*")] == []
    assert "ok:" in city.command("audit", "verify").stdout
