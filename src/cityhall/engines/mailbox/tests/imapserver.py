"""An IMAP server on the loopback that speaks what we need of the protocol, and misbehaves on demand.

It holds folders of messages in memory. `plan` says what goes wrong at which command: drop the connection, hang, answer
garbage, answer NO, or break off after the command was carried out but before it was answered.
"""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from dataclasses import dataclass, field


@dataclass
class Stored:
    """One message in a folder."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class Folder:
    """Messages under a UIDVALIDITY."""

    validity: int = 1
    next_uid: int = 1
    messages: list[Stored] = field(default_factory=list)

    def add(self, raw: bytes) -> Stored:
        stored = Stored(self.next_uid, raw)
        self.next_uid += 1
        self.messages.append(stored)
        return stored


class ImapServer:
    """`with ImapServer() as server: server.url`."""

    def __init__(self, *, capabilities: str = "IMAP4rev1 MOVE UIDPLUS") -> None:
        self.capabilities = capabilities
        self.folders = {"INBOX": Folder()}
        self.password = "a secret"
        self.plan: dict[str, list[str]] = {}
        self.seen: list[str] = []
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler(), bind_and_activate=True)
        self._server.daemon_threads = True
        self._hanging = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"imap://city:a%20secret@127.0.0.1:{self.port}/INBOX"

    @property
    def inbox(self) -> Folder:
        return self.folders["INBOX"]

    def misbehave(self, command: str, *how: str) -> None:
        """What happens at the next times of a command: drop, hang, garbage, no, done_then_drop, ok."""
        self.plan.setdefault(command, []).extend(how)

    def __enter__(self) -> ImapServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._hanging.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        server = self

        class Session(socketserver.StreamRequestHandler):
            folder: Folder | None = None

            def handle(self) -> None:
                self.say(b"* OK [CAPABILITY " + server.capabilities.encode() + b"] ready")
                try:
                    while line := self.rfile.readline():
                        if not self.command(line.decode().strip()):
                            return
                except (ConnectionError, OSError):
                    return

            def say(self, line: bytes) -> None:
                self.wfile.write(line + b"\r\n")
                self.wfile.flush()

            def command(self, line: str) -> bool:
                tag, _, rest = line.partition(" ")
                words = rest.split(" ")
                name = words[0].upper()
                if name == "UID":
                    name, words = f"UID {words[1].upper()}", words[1:]
                server.seen.append(rest)
                how = server.plan.get(name, [])
                fate = how.pop(0) if how else "ok"
                if fate == "drop":
                    self.request.shutdown(socket.SHUT_RDWR)
                    return False
                if fate == "hang":
                    server._hanging.wait(30)
                    return False
                if fate == "garbage":
                    self.say(b"* \x00\xff {9999999} nonsense")
                    self.say(b"~~~ what?")
                    self.request.shutdown(socket.SHUT_RDWR)
                    return False
                if fate == "no":
                    self.say(f"{tag} NO not now".encode())
                    return True
                answer = self.carry_out(name, words, rest)
                if fate == "done_then_drop":
                    self.request.shutdown(socket.SHUT_RDWR)
                    return False
                self.say(f"{tag} {answer}".encode())
                return name != "LOGOUT"

            def carry_out(self, name: str, words: list[str], rest: str) -> str:
                if name == "CAPABILITY":
                    self.say(b"* CAPABILITY " + server.capabilities.encode())
                elif name == "LOGIN":
                    if server.password not in rest:
                        return "NO [AUTHENTICATIONFAILED] wrong password"
                elif name in ("SELECT", "EXAMINE"):
                    wanted = rest.partition(" ")[2].strip('"')
                    if wanted not in server.folders:
                        return "NO no such folder"
                    self.folder = server.folders[wanted]
                    self.say(f"* {len(self.folder.messages)} EXISTS".encode())
                    self.say(f"* OK [UIDVALIDITY {self.folder.validity}] valid".encode())
                    return "OK [READ-WRITE] selected"
                elif self.folder is not None and name.startswith("UID "):
                    return self.on_messages(name[4:], words, rest)
                return "OK done"

            def on_messages(self, name: str, words: list[str], rest: str) -> str:
                folder = self.folder
                assert folder is not None
                if name == "SEARCH":
                    first = int(re.search(r"UID (\d+):\*", rest)[1])  # type: ignore[index]
                    found = [one.uid for one in folder.messages if one.uid >= first]
                    if not found and folder.messages:
                        found = [folder.messages[-1].uid]
                    self.say(("* SEARCH " + " ".join(map(str, found))).strip().encode())
                    return "OK found"
                mine = [one for one in folder.messages if one.uid == int(words[1])]
                for one in mine:
                    number = folder.messages.index(one) + 1
                    if name == "FETCH" and "RFC822.SIZE" in rest:
                        self.say(f"* {number} FETCH (UID {one.uid} RFC822.SIZE {len(one.raw)})".encode())
                    elif name == "FETCH":
                        part = one.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in rest else one.raw
                        what = "BODY[HEADER]" if "HEADER" in rest else "BODY[]"
                        self.wfile.write(f"* {number} FETCH (UID {one.uid} {what} {{{len(part)}}}\r\n".encode() + part)
                        self.say(b")")
                    elif name == "STORE":
                        one.flags |= set(re.findall(r"\\\w+", rest))
                    elif name in ("MOVE", "COPY"):
                        where = re.search(r'"([^"]*)"', rest)[1]  # type: ignore[index]
                        server.folders.setdefault(where, Folder()).add(one.raw)
                        if name == "MOVE":
                            folder.messages.remove(one)
                    elif name == "EXPUNGE" and "\\Deleted" in one.flags:
                        folder.messages.remove(one)
                return "OK done"

        return Session
