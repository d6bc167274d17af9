"""The bytes behind an address of somebody else's: bounded in size and time, never out of our own network.

`engines/outbox/calls` looks each name up once and refuses what lies inside; redirects are followed here, a few and each
looked at in the same way.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from django.conf import settings

from cityhall.engines.outbox.calls import Answer, Forbidden, NotAnswered, NotReached, TooLarge, call

from .contents import is_web_address
from .states import Trouble

MOST_STEPS = 5
REDIRECTS = (301, 302, 303, 307, 308)


class CannotFetch(Exception):
    """Nothing to be had: why, and what was found."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(trouble.value, detail)
        self.trouble, self.detail = trouble, detail


@dataclass(frozen=True)
class Fetched:
    """What was had: the bytes and the name that the address gives them."""

    data: bytes
    name: str


def fetch(
    url: str, *, largest: int, hosts: Collection[str] | None = None, seconds: float = float("inf")
) -> Fetched:  # fmt: skip
    """Everything that lies at an address; with `hosts` only of those, and of hosts below `*.example`. Raises CannotFetch.

    Each step is over within `seconds`, and within those of the setting.
    """
    here = url.strip()
    for _step in range(MOST_STEPS + 1):
        if not is_web_address(here) or "@" in urlsplit(here).netloc:
            raise CannotFetch(Trouble.BAD_ADDRESS)
        if hosts is not None and not allowed(host_of(here), hosts):
            raise CannotFetch(Trouble.NOT_ALLOWED)
        answer = _ask(here, largest, seconds)
        if answer.status in REDIRECTS and (to := answer.headers.get("location", "")):
            here = urljoin(here, to)
            continue
        if answer.status != 200:
            raise CannotFetch(Trouble.STATUS, str(answer.status))
        if not answer.body:
            raise CannotFetch(Trouble.EMPTY)
        return Fetched(answer.body, unquote(urlsplit(here).path.rpartition("/")[2])[:120] or "data")
    raise CannotFetch(Trouble.WANDERS)


def host_of(url: str) -> str:
    """The host that an address names; empty for what is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def allowed(host: str, hosts: Collection[str]) -> bool:
    """Whether a host stands in the list, by its name or below a `*.`."""
    host = host.lower().rstrip(".")
    return any(
        host == one or (one.startswith("*.") and host.endswith(one[1:]))
        for one in (name.strip().lower() for name in hosts)
    )  # fmt: skip


def _ask(url: str, largest: int, seconds: float) -> Answer:
    try:
        return call(
            "GET", _ascii(url), loopback=settings.CALLS_LOOPBACK, plain=True, largest=largest,
            whole=min(seconds, settings.CALLS_SECONDS),
        )  # fmt: skip
    except Forbidden as error:
        raise CannotFetch(Trouble.OWN_NETWORK) from error
    except NotReached as error:
        raise CannotFetch(Trouble.NOT_REACHED) from error
    except TooLarge as error:
        raise CannotFetch(Trouble.TOO_LARGE) from error
    except NotAnswered as error:
        raise CannotFetch(Trouble.NO_ANSWER) from error


def _ascii(url: str) -> str:
    """The address as it goes over the wire: names of hosts by IDNA, letters beyond ASCII in per cent. Raises CannotFetch."""
    parts = urlsplit(url)
    try:
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except (UnicodeError, ValueError) as error:
        raise CannotFetch(Trouble.BAD_ADDRESS) from error
    if ":" in host:
        host = f"[{host}]"
    kept = "%/:=&?~#+!$,;'@()*[]"
    return urlunsplit((parts.scheme, f"{host}{port}", quote(parts.path, safe=kept), quote(parts.query, safe=kept), ""))
