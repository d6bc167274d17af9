"""Citizens' programs that file petitions, or turn the first pages of the list, as fast as they are answered.

`python -m benchmarks.load.people file|read URL KEY SECONDS CONNECTIONS`: a process of its own that prints what it met.
"""

import json
import socket
import sys
import threading
import time
from urllib.parse import urlsplit
from uuid import uuid4

LIST, PAGES = "/open311/v2/requests.json?page_size=20&page={page}", 20


class Person(threading.Thread):
    """One connection that is kept open; its next request begins when the last was answered."""

    def __init__(self, what: str, url: str, key: str, until: float) -> None:
        super().__init__()
        parts = urlsplit(url)
        self.what, self.host, self.port, self.key, self.until = what, parts.hostname, parts.port, key, until
        self.took: list[float] = []
        self.wrong: list[str] = []

    def run(self) -> None:
        line: socket.socket | None = None
        while time.monotonic() < self.until:
            began = time.perf_counter()
            try:
                line = line or socket.create_connection((self.host, self.port), timeout=30)
                status = ask(line, self.filing() if self.what == "file" else self.reading())
            except OSError as error:
                self.wrong.append(type(error).__name__)
                if line:
                    line.close()
                line = None
                continue
            self.took.append((time.perf_counter() - began) * 1000)
            if status not in {200, 201}:
                self.wrong.append(str(status))
        if line:
            line.close()

    def filing(self) -> bytes:
        name = str(uuid4())
        text = {"text": f"{name} 中山路 200 號前路燈不亮三天了", "name": "王小明", "place": {"words": "中山路 200 號"}}
        body = json.dumps(text).encode()
        return (
            f"POST /api/v1/petitions HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.key}\r\nIdempotency-Key: {name}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def reading(self) -> bytes:
        page = LIST.format(page=len(self.took) % PAGES + 1)
        return f"GET {page} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n\r\n".encode()


def ask(line: socket.socket, request: bytes) -> int:
    """Send a request and read its whole answer; returns the status. Raises OSError where the answer is cut short.

    No library: on the machine that is measured, one that reads headers with care costs as much as a tenth of the answer.
    """
    line.sendall(request)
    got = b""
    while (end := got.find(b"\r\n\r\n")) < 0:
        got += received(line)
    head = got[:end].lower() + b"\r\n"
    at = head.find(b"\r\ncontent-length:")
    if at < 0:
        raise OSError("an answer without a length")
    length = int(head[at + 17 : head.find(b"\r\n", at + 2)])
    left = length - (len(got) - end - 4)
    while left > 0:
        left -= len(received(line))
    if b"\r\nconnection: close" in head:
        raise OSError("the server hung up")
    return int(head[9:12])


def received(line: socket.socket) -> bytes:
    """The next bytes; the end of the line is an error."""
    if part := line.recv(65536):
        return part
    raise OSError("cut short")


def main(what: str, url: str, key: str, seconds: float, connections: int) -> None:
    people = [Person(what, url, key, time.monotonic() + seconds) for _ in range(connections)]
    began = time.monotonic()
    for person in people:
        person.start()
    for person in people:
        person.join()
    took = sorted(ms for person in people for ms in person.took)
    wrong = [one for person in people for one in person.wrong]
    print(json.dumps({"seconds": time.monotonic() - began, "ms": took, "wrong": wrong}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]), int(sys.argv[5]))
