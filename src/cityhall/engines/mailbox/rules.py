"""What a message is, before anybody asks what it says: a loop, a bounce, somebody's words. No database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from .parsing import Mail, every

MOST_HOPS = 50
LARGEST = 25 * 2**20
"""Bytes of a message that are taken; of a larger one its headers are kept, and the sender is told."""

_BOUNCERS = re.compile(r"^(?:mailer-daemon|postmaster|bounce[s]?(?:[+-].*)?|mdaemon|nobody)@", re.I)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


class Loop(StrEnum):
    """Why nobody may answer a message by itself; the same words as `states.Why`."""

    AUTO_SUBMITTED = "AUTO_SUBMITTED"
    LIST = "LIST"
    BULK = "BULK"
    OWN_ADDRESS = "OWN_ADDRESS"
    HOPS = "HOPS"


def loop(mail: Mail, *, own: frozenset[str]) -> Loop | None:
    """Whether a machine wrote it (RFC 3834, RFC 2369): such a message is counted and never answered."""
    submitted = mail.header("auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return Loop.AUTO_SUBMITTED
    if mail.has("x-autoreply") or mail.has("x-autorespond") or mail.has("x-auto-reply-from"):
        return Loop.AUTO_SUBMITTED
    if mail.media_type == "multipart/report" or _is_vacation(mail):
        return Loop.AUTO_SUBMITTED
    if base(mail.sender.email) in own:
        return Loop.OWN_ADDRESS
    if any(key.startswith("list-") for key, _value in mail.headers) or mail.has("feedback-id"):
        return Loop.LIST
    if mail.header("precedence").strip().lower() in {"bulk", "junk", "list", "auto_reply"}:
        return Loop.BULK
    if sum(key == "received" for key, _value in mail.headers) > MOST_HOPS:
        return Loop.HOPS
    return None


_VACATION = re.compile(
    r"^\s*(?:自動回覆|自動回复|自动回复|自動答覆|Automatic reply|Out of office|Auto(?:matic)?[ -]?reply)\s*[:：]", re.I
)


def _is_vacation(mail: Mail) -> bool:
    return bool(_VACATION.match(mail.subject)) and bool(mail.references)


@dataclass(frozen=True)
class Bounce:
    """What a delivery report says."""

    failed: bool
    recipient: str = ""
    status: str = ""
    words: str = ""
    message_ids: tuple[str, ...] = ()


def bounce(mail: Mail, *, envelope_from: str | None = None) -> Bounce | None:
    """The delivery report that a message is; None where it is none. A delay is a report of no failure."""
    is_report = mail.media_type == "multipart/report" and bool(mail.report)
    if not is_report and not (_BOUNCERS.match(mail.sender.email) and (mail.nested or mail.has("x-failed-recipients"))):
        return None
    fields: dict[str, str] = {}
    for key, value in mail.report:
        fields.setdefault(key, value.strip())
    recipient = (fields.get("final-recipient") or fields.get("original-recipient") or "").rpartition(";")[
        2
    ].strip().lower() or mail.header("x-failed-recipients").strip().lower()
    action = fields.get("action", "failed").lower()
    found = _STATUS.search(fields.get("status", "") or fields.get("diagnostic-code", "") or mail.text)
    inner = [one for one in every(mail) if one is not mail]
    ids = [one.message_id for one in inner if one.message_id] + [
        fields.get("original-message-id", ""),
        *mail.references,
    ]
    return Bounce(
        failed=action in ("failed", ""),
        recipient=recipient[:254],
        status=found[1] if found else "",
        words=(fields.get("diagnostic-code", "").rpartition(";")[2].strip() or mail.text[:300])[:500],
        message_ids=tuple(dict.fromkeys(one for one in ids if one)),
    )


def forged(mail: Mail, *, server: str) -> bool:
    """Whether our own mail server, named in its header, found that the sender's domain disowns the message.

    Only the header of that very server counts: everybody can write one (RFC 8601 §5).
    """
    if not server:
        return False
    for key, value in mail.headers:
        if key == "authentication-results" and value.partition(";")[0].split()[:1] == [server]:
            return bool(re.search(r"\bdmarc\s*=\s*fail\b", value, re.I))
    return False


def pause_after(failures: int) -> timedelta:
    """How long a mailbox that failed so often in a row is left alone: 2, 4, 8 … minutes, an hour at most."""
    return timedelta(minutes=min(2**failures, 60)) if failures else timedelta(0)


def base(address: str) -> str:
    """An address without what stands behind a plus."""
    local, _, host = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{host}" if host else address.lower()


def tag(address: str) -> str:
    """What stands behind the plus."""
    return address.rpartition("@")[0].partition("+")[2]


CASE_NUMBER = re.compile(r"(?<!\d)(\d{2,3})\s?[-－–]\s?((?:0[1-9]|1[0-2])(?:[0-2]\d|3[01]))\s?[-－–]\s?(\d{4,6})(?!\d)")


def case_numbers(text: str) -> tuple[str, ...]:
    """The case numbers that a text quotes, as they are written in the register."""
    folded = text.translate({0xFF10 + n: str(n) for n in range(10)})
    return tuple(dict.fromkeys("-".join(found) for found in CASE_NUMBER.findall(folded)))


_PREFIX = re.compile(r"^\s*(?:(?:re|fw|fwd|回覆|回復|答复|回复|轉寄|轉發|转发)\s*[:：]\s*)+", re.I)


def own_subject(subject: str) -> str:
    """A subject without the Re: and Fw: that programs put before it."""
    return _PREFIX.sub("", subject)


def confirm_code(text: str) -> str:
    """The one 6-digit number that stands in somebody's own words; empty with none or several."""
    found = set(re.findall(r"(?<![\d-])\d{6}(?![\d-])", text.translate({0xFF10 + n: str(n) for n in range(10)})))
    return found.pop() if len(found) == 1 else ""
