"""A call to somebody else's server: of bounded size, over within a bounded time, and never into our own network.

The address is looked up once and the connection goes to what was found, so a name that answers otherwise the second
time leads nowhere; redirects are not followed, and no proxy of the environment is asked.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore

LARGEST = 2 * 1024 * 1024
WHOLE = 25.0  # seconds for everything together
_EMBEDS_ANOTHER = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))


class NotReached(Exception):
    """Nothing of the request can have arrived."""


class Forbidden(NotReached):
    """The address lies in our own network, or is not encrypted."""


class NotAnswered(Exception):
    """The request may have arrived; no whole answer came in time."""


class TooLarge(NotAnswered):
    """The answer is larger than any that we read."""


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def may_be_called(address: str, *, loopback: bool) -> bool:
    """Whether an IP address is somebody else's; with `loopback` this machine's own too, for tests and demonstrations."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return may_be_called(str(found.ipv4_mapped), loopback=loopback)
        if any(found in network for network in _EMBEDS_ANOTHER):
            return False
    if found.is_loopback:
        return loopback
    return found.is_global and not found.is_multicast


class _Bounded(httpcore.NetworkStream):
    """A connection on which nothing waits beyond the end of the whole call, however slowly the other side drips."""

    def __init__(self, inner: httpcore.NetworkStream, until: float) -> None:
        self.inner, self.until = inner, until

    def _left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, self._left())

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self.inner.start_tls(ssl_context, server_hostname, self._left()), self.until)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class _Guard(httpcore.NetworkBackend):
    """Looks a name up, refuses what is not to be called, and connects to exactly what it found."""

    def __init__(self, until: float, *, loopback: bool) -> None:
        self.until, self.loopback, self.plain = until, loopback, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as error:
            raise NotReached(f"no address of that name: {type(error).__name__}") from error
        allowed = [one for one in found if may_be_called(one, loopback=self.loopback)]
        if not allowed:
            raise Forbidden("the name leads into a network that is not called")
        left = max(0.1, min(10.0, self.until - time.monotonic()))
        return _Bounded(self.plain.connect_tcp(allowed[0], port, left), self.until)


def call(
    method: str,
    url: str,
    *,
    content: bytes = b"",
    headers: Mapping[str, str] | None = None,
    loopback: bool = False,
    plain: bool = False,
    largest: int = LARGEST,
    whole: float = WHOLE,
) -> Answer:
    """Ask, and answer what came back, whatever its status. Raises NotReached, Forbidden, NotAnswered or TooLarge.

    With `plain` an address that is not encrypted may be asked too: for what everybody may read.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not ((loopback or plain) and parts.scheme == "http"):
        raise Forbidden("not encrypted")
    until = time.monotonic() + whole
    said = {"Host": parts.netloc, "Accept-Encoding": "identity", "User-Agent": "CityHall", **(headers or {})}
    sent = [(name.encode("ascii"), value.encode("utf-8")) for name, value in said.items()]
    try:
        with (
            httpcore.ConnectionPool(network_backend=_Guard(until, loopback=loopback)) as pool,
            pool.stream(method, url, headers=sent, content=content) as answer,
        ):
            body = bytearray()
            for piece in answer.iter_stream():
                body += piece
                if len(body) > largest:
                    raise TooLarge
            names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Answer(answer.status, names, bytes(body))
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise NotReached(type(error).__name__) from error
    except (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError) as error:
        raise NotReached(type(error).__name__) from error
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise NotAnswered(type(error).__name__) from error
