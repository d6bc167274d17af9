"""Citizens and operators of the text service over HTTP, as chat.js speaks: news after message n by ETag, every second
while something stirs and every two in silence; what did not arrive again under its own id, each later than the last time.

A screen keeps what it showed in the order in which it showed it, so that loss, doubles and order are judged from there too.
"""

from __future__ import annotations

import html
import http.client
import json
import random
import re
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

SOON, CALM, SILENT_PART = 1.0, 2.0, 8
FORM = "application/x-www-form-urlencoded"
ITEM = re.compile(r'data-n="(\d+)"(?: data-client="([^"]*)")?(.*?)(?=<div class="chat__row |\Z)', re.S)
SAID = re.compile(r"\b([co]\d{3}-\d{4})\b")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TAKE = re.compile(r'action="(/desk/chat/talks/[0-9a-f-]+/)take/"')
ROW = re.compile(r'<li><a href="(/desk/chat/talks/[0-9a-f-]+/)#last".*?</li>', re.S)


@dataclass
class Board:
    """When each message was sent and when it stood on the other one's screen."""

    sent: dict[str, float] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    repeats: int = 0
    lost_connections: int = 0
    requests: int = 0
    quiet: threading.Event = field(default_factory=threading.Event)
    """Nobody says anything new."""
    over: threading.Event = field(default_factory=threading.Event)

    def show(self, name: str) -> None:
        """A message stands on the screen of whoever it is for, and with it all before it."""
        now = time.monotonic()
        who, _dash, count = name.partition("-")
        for k in range(int(count), -1, -1):
            one = f"{who}-{k:04}"
            if one in self.shown:
                return
            self.shown[one] = now

    def waits(self) -> list[float]:
        """Seconds from sending to screen, of everything that was shown."""
        return sorted(self.shown[name] - at for name, at in self.sent.items() if name in self.shown)


class Line:
    """A browser's connection, kept open; what was read on one that the server closed meanwhile is asked for once more."""

    def __init__(self, url: str, board: Board, headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self.board, self.headers = board, dict(headers)
        self.cookies: dict[str, str] = {}
        self.http = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def ask(
        self, method: str, path: str, fields: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, *,
        cut: bool = False,
    ) -> tuple[int, Mapping[str, str], str]:  # fmt: skip
        """Status, headers and text. With `cut` the connection is lost after the request was sent."""
        sent = {**self.headers, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = urlencode(fields).encode() if fields is not None else None
        if body is not None:
            sent["Content-Type"] = FORM
        for again in (True, False):
            reused = self.http.sock is not None
            try:
                self.board.requests += 1
                self.http.request(method, path, body, sent)
                if cut:
                    time.sleep(0.2)
                    raise ConnectionResetError
                answer = self.http.getresponse()
                text = answer.read().decode()
                break
            except (OSError, http.client.HTTPException) as error:
                self.http.close()
                self.board.lost_connections += 1
                if not (again and reused and method == "GET"):
                    raise ConnectionError(type(error).__name__) from error
        names = {name.lower(): value for name, value in answer.getheaders()}
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _is, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, names, text

    def page(self, path: str) -> str:
        """A page, insisted on as a person does."""
        for _try in range(40):
            with suppress(ConnectionError):
                status, _headers, text = self.ask("GET", path)
                if status == 200:
                    return text
            time.sleep(0.5)
        raise ConnectionError(f"no page at {path}")


class Screen:
    """What chat.js does on one page."""

    def __init__(self, line: Line, page: str, news: str, *, theirs: str) -> None:
        self.line, self.news, self.theirs = line, news, theirs
        self.order: list[int] = []
        self.texts: dict[int, str] = {}
        self.tag, self.misses, self.state, self.mine = "", 0, "", ""
        self.last = int(found[1]) if (found := re.search(r'data-after="(\d+)"', page)) else 0
        self.state = found[1] if (found := re.search(r'data-state="(\w+)"', page)) else ""
        self.items(page)
        self.stirred = time.monotonic()
        self.due = self.stirred + random.uniform(0, SOON)

    def items(self, text: str) -> None:
        """Put what is new at the end, as the page does."""
        for n, _client, rest in ITEM.findall(text):
            if int(n) in self.texts:
                continue
            self.order.append(int(n))
            self.texts[int(n)] = html.unescape(rest)
            for name in SAID.findall(rest):
                if name[0] == self.theirs:
                    self.line.board.show(name)

    def show(self, text: str) -> None:
        news = json.loads(text)
        self.items(news["items"])
        self.last, self.state = max(self.last, news["n"]), news["state"]
        self.mine = news.get("mine", self.mine)

    def soon(self) -> float:
        """How long until news is asked for: the longer nothing was said, the later."""
        return min(max((time.monotonic() - self.stirred) / SILENT_PART, SOON), CALM)

    def again(self) -> float:
        """When to try again after a failure."""
        self.misses = min(self.misses + 1, 7)
        return min(0.25 * 2**self.misses, 15) * random.uniform(0.8, 1.2)

    def ask(self) -> None:
        """What is new, when it is time."""
        if time.monotonic() < self.due:
            return
        headers = {"X-Chat": "1", "X-Background": "1", **({"If-None-Match": self.tag} if self.tag else {})}
        try:
            status, names, text = self.line.ask("GET", f"{self.news}?after={self.last}", headers=headers)
            if status == 200:
                self.tag, self.stirred = names.get("etag", ""), time.monotonic()
                self.show(text)
            elif status != 304:
                raise ConnectionError(str(status))
            self.misses = 0
            self.due = time.monotonic() + self.soon()
        except ConnectionError:
            self.due = time.monotonic() + self.again()

    def post(self, path: str, fields: Mapping[str, str], *, cut: bool = False) -> str:
        """Send until it is answered; returns why it was refused, empty where it was taken."""
        while True:
            try:
                given = {**fields, "after": str(self.last)}
                status, names, text = self.line.ask("POST", path, given, {"X-Chat": "1"}, cut=cut)
                if status >= 500:
                    raise ConnectionError(str(status))
                self.misses, self.tag = 0, names.get("etag", "")
                if status == 200:
                    self.stirred = time.monotonic()
                    self.due = self.stirred + self.soon()
                    self.show(text)
                    return ""
                return str(json.loads(text)["refused"]) if text.startswith("{") else str(status)
            except ConnectionError:
                cut = False
                self.line.board.repeats += 1
                if self.line.board.over.wait(self.again()):
                    return "over"


class Citizen(threading.Thread):
    """Asks the bot, asks for a person, then talks with that person; loses the connection now and then, reloads the page once."""

    def __init__(self, url: str, number: int, board: Board, *, pause: tuple[float, float]) -> None:
        super().__init__(daemon=True)
        self.who, self.board, self.pause = f"c{number:03}", board, pause
        self.url = url
        self.sent: list[str] = []
        self.screens: list[Screen] = []
        self.line = Line(url, board, {"X-Forwarded-For": f"2001:db8:{number:x}::7"})
        self.cut_at = number % 3 + 1

    def run(self) -> None:
        try:
            self.talk()
        except Exception as error:
            self.board.wrong.append(f"{self.who}: {type(error).__name__} {error}")
        finally:
            self.line.http.close()

    def talk(self) -> None:
        path = self.begin()
        self.screens.append(Screen(self.line, self.line.page(path), f"{path}news/", theirs="o"))
        self.screen.post(f"{path}person/", {})
        says, reloaded = time.monotonic() + random.uniform(*self.pause), False
        while not self.board.over.is_set():
            self.screen.ask()
            if self.screen.state == "PERSON" and not self.board.quiet.is_set() and time.monotonic() >= says:
                self.say(path)
                says = time.monotonic() + random.uniform(*self.pause)
                if len(self.sent) == self.cut_at + 1 and not reloaded:
                    reloaded = True
                    self.line.http.close()
                    self.screens.append(Screen(self.line, self.line.page(path), f"{path}news/", theirs="o"))
            time.sleep(0.05)

    @property
    def screen(self) -> Screen:
        return self.screens[-1]

    def begin(self) -> str:
        """The first message begins the conversation."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.line.page("/chat/"))
        given = {"text": self.text(), "client_id": str(uuid4()), "csrfmiddlewaretoken": token[1] if token else ""}
        status, names, answer = self.line.ask("POST", "/chat/", given)
        if status != 302:
            raise ConnectionError(f"{status} {answer[:200]}")
        return names["location"]

    def text(self) -> str:
        name = f"{self.who}-{len(self.sent):04}"
        text = f"{name} 路燈不亮要找誰修？"
        self.sent.append(text)
        return text

    def say(self, path: str) -> None:
        cut = len(self.sent) == self.cut_at
        text = self.text()
        self.board.sent[text.split()[0]] = time.monotonic()
        if refused := self.screen.post(path, {"text": text, "client_id": str(uuid4())}, cut=cut):
            self.board.wrong.append(f"{self.who}: {refused}")


class Operator(threading.Thread):
    """Takes conversations from the queue, and answers in whichever has waited."""

    def __init__(
        self, url: str, number: int, cookies: Mapping[str, str], board: Board, *, hand: int, types: tuple[float, float]
    ) -> None:
        super().__init__(daemon=True)
        self.who, self.board, self.hand, self.types = f"o{number:03}", board, hand, types
        self.line = Line(url, board, {"X-Forwarded-For": "192.0.2.9"})
        self.line.cookies.update(cookies)
        self.sent: dict[str, list[str]] = {}
        self.count = 0
        self.has_hand = threading.Event()
        self.screen: Screen | None = None
        self.here, self.token = "", ""

    def run(self) -> None:
        try:
            self.work()
        except Exception as error:
            self.board.wrong.append(f"{self.who}: {type(error).__name__} {error}")
        finally:
            self.line.http.close()

    def post(self, path: str, **fields: str) -> tuple[int, Any, str]:
        while True:
            with suppress(ConnectionError):
                return self.line.ask("POST", path, {"csrfmiddlewaretoken": self.token, **fields})
            time.sleep(0.5)

    def work(self) -> None:
        board = self.line.page("/desk/chat/")
        self.token = TOKEN.findall(board)[0]
        self.post("/desk/chat/presence/", on="yes")
        self.take()
        turns: dict[str, float] = {}
        while not self.board.over.is_set():
            assert self.screen is not None
            self.screen.ask()
            now = time.monotonic()
            for path in self.turns(self.screen.mine):
                turns.setdefault(path, now + random.uniform(*self.types))
            ready = [path for path, at in turns.items() if at <= now]
            if ready and not self.board.quiet.is_set():
                turns.pop(ready[0])
                self.answer(ready[0])
            time.sleep(0.05)

    def take(self) -> None:
        """Until the hand is full."""
        while len(self.sent) < self.hand and not self.board.over.is_set():
            text = self.line.page("/desk/chat/")
            self.token = (TOKEN.findall(text) or [self.token])[0]
            waiting = TAKE.findall(text)
            if not waiting:
                time.sleep(1)
                continue
            path = random.choice(waiting)
            status, names, _text = self.post(f"{path}take/")
            if status == 302 and names["location"].startswith(path):
                self.sent[path] = []
                self.open(path)
        self.has_hand.set()

    def open(self, path: str) -> None:
        """Turn to a conversation: a page of its own, with the list of all in hand."""
        text = self.line.page(path)
        self.screen, self.here = Screen(self.line, text, f"{path}news/", theirs="c"), path
        self.screen.mine = text[text.index('id="mine"') : text.index("</nav>", text.index('id="mine"'))]
        self.turns(self.screen.mine)

    def turns(self, listed: str) -> list[str]:
        """The conversations in which it is the operator's turn; what the list shows stands on the screen."""
        found = []
        for row in ROW.finditer(listed):
            for name in SAID.findall(row[0]):
                self.board.show(name)
            if "等您回覆" in row[0]:
                found.append(row[1])
        return found

    def answer(self, path: str) -> None:
        if self.here != path:
            self.open(path)
        assert self.screen is not None
        name, self.count = f"{self.who}-{self.count:04}", self.count + 1
        self.board.sent[name] = time.monotonic()
        self.sent[path].append(f"{name} 已經通知養工處。")
        fields = {"csrfmiddlewaretoken": self.token, "text": self.sent[path][-1], "client_id": str(uuid4())}
        if refused := self.screen.post(f"{path}say/", fields):
            self.board.wrong.append(f"{self.who}: {refused}")
