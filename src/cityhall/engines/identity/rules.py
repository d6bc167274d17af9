"""Decisions about accounts, codes, locks and sign-ins; no database, no Django."""

import ipaddress
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# --- what people type ---------------------------------------------------------------------------------------


def normalise_email(address: str) -> str:
    """The one form in which an address is stored and looked up.

    Full-width characters of a Chinese keyboard become plain ones, case is folded, and the domain is written in its
    ASCII form, so that one mailbox cannot hold two accounts.
    """
    address = unicodedata.normalize("NFKC", address).strip().lower()
    local, at, domain = address.rpartition("@")
    if at and not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            pass  # an impossible domain stays as it was typed, for the form to refuse
    return f"{local}{at}{domain}"


def normalise_phone(number: str) -> str:
    """A telephone number as +886912345678; what cannot be a number comes back as its digits."""
    number = unicodedata.normalize("NFKC", number)
    digits = re.sub(r"[^0-9+]", "", number)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("0"):
        digits = "+886" + digits[1:]
    return digits


def is_mobile(number: str) -> bool:
    """Whether a normalised number can receive a text message: a Taiwanese mobile, or one from abroad."""
    if number.startswith("+886"):
        return re.fullmatch(r"\+8869\d{8}", number) is not None
    return re.fullmatch(r"\+[1-9]\d{7,14}", number) is not None


def normalise_code(typed: str) -> str:
    """The digits of a code, whatever stands between them and however wide they are."""
    return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", typed))


def normalise_address(address: str) -> str:
    """An e-mail address or a telephone number in its one form."""
    return normalise_email(address) if "@" in unicodedata.normalize("NFKC", address) else normalise_phone(address)


def masked_email(address: str) -> str:
    """Enough of an address for its owner to know it: m•••@example.org."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


# --- the lock (資通系統防護基準: five failures, fifteen minutes) ----------------------------------------------------


@dataclass(frozen=True)
class Lock:
    """After so many failures within so long, locked for so many minutes."""

    failures: int
    minutes: int
    within: timedelta

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Tally:
    """Failures of one key since the first that still counts."""

    failures: int = 0
    began_at: datetime | None = None
    locked_until: datetime | None = None


def admit(tally: Tally, lock: Lock, at: datetime) -> Tally | None:
    """Count a try before its outcome is known; None while the key is locked.

    The try is counted as a failure at once and given back by `release` when it succeeds: however many workers
    check in the same moment, no more than `lock.failures` of them ever look at a password.
    """
    if tally.locked_until is not None and at < tally.locked_until:
        return None
    if tally.locked_until is not None or tally.began_at is None or at >= tally.began_at + lock.within:
        tally = Tally(0, at)
    failures = tally.failures + 1
    return replace(tally, failures=failures, locked_until=at + lock.length if failures >= lock.failures else None)


def release(tally: Tally, lock: Lock) -> Tally:
    """Give one counted try back: it was no failure."""
    failures = max(tally.failures - 1, 0)
    return replace(tally, failures=failures, locked_until=tally.locked_until if failures >= lock.failures else None)


# --- sign-in ------------------------------------------------------------------------------------------------


def next_step(*, staff: bool, must_change_password: bool, has_second_factor: bool, proofs: Collection[str]) -> str:
    """What a sign-in still needs, given what was proved; the name of a `states.Step`.

    A passkey is two factors in one: the device, and the finger, face or PIN that unlocks it. A citizen needs one
    proof. Staff need a second factor, and set one up before they reach any page. An initial or a forgotten password
    is changed after the second factor, so that knowing it, or reading the mailbox, alone changes nothing.
    """
    if not staff:
        return "DONE"
    strong = {"PASSKEY", "TOTP", "RECOVERY_CODE", "PROVIDER_STRONG"} & set(proofs)
    if not strong and has_second_factor:
        return "SECOND_FACTOR"
    forgotten = "EMAIL_CODE" in proofs and "PASSWORD" not in proofs
    if forgotten or (must_change_password and "PASSWORD" in proofs):
        return "CHANGE_PASSWORD"
    if not strong:
        return "SET_UP"
    return "DONE"


# --- where and on what --------------------------------------------------------------------------------------

BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Line/", "LINE"),
    ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def device_of(user_agent: str) -> str:
    """Browser and system in two words, for people to know their devices by: "Chrome, Windows"."""
    names = (next((name for mark, name in table if mark in user_agent), "") for table in (BROWSERS, SYSTEMS))
    return ", ".join(name for name in names if name)


def network_of(ip: str) -> str:
    """The network an address belongs to: a /24, or a /56 of IPv6 (what one household or office is given).

    Coarse on purpose: the list of sessions needs no more, and the limits by network must not be evaded by taking
    another address of the same line.
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 56), strict=False))
