"""Citizens' programs that file petitions, or turn the first pages of the list, as fast as they are answered.

`python -m benchmarks.load.people file|read URL KEY SECONDS CONNECTIONS`: a process of its own that prints what it met.
"""

import http.client
import json
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
        line = http.client.HTTPConnection(self.host or "", self.port, timeout=30)
        while time.monotonic() < self.until:
            began = time.perf_counter()
            try:
                status = self.file(line) if self.what == "file" else self.read(line)
            except OSError as error:
                self.wrong.append(type(error).__name__)
                line.close()
                continue
            self.took.append((time.perf_counter() - began) * 1000)
            if status not in {200, 201}:
                self.wrong.append(str(status))
        line.close()

    def file(self, line: http.client.HTTPConnection) -> int:
        name = str(uuid4())
        body = {"text": f"{name} 中山路 200 號前路燈不亮三天了", "name": "王小明", "place": {"words": "中山路 200 號"}}
        headers = {
            "Content-Type": "application/json", "Authorization": f"Bearer {self.key}", "Idempotency-Key": name,
        }  # fmt: skip
        line.request("POST", "/api/v1/petitions", json.dumps(body), headers)
        answer = line.getresponse()
        answer.read()
        return answer.status

    def read(self, line: http.client.HTTPConnection) -> int:
        line.request("GET", LIST.format(page=len(self.took) % PAGES + 1))
        answer = line.getresponse()
        answer.read()
        return answer.status


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
