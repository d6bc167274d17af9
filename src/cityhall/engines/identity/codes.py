"""Six-digit codes that prove that somebody reads an address: for confirming a petition, signing in, a new address.

Research note 01 §5.3: six digits and a link, valid 24 hours, five wrong tries, three resends an hour, only digests
stored, the same answer whether the address is known or not. A code serves one purpose and the newest one counts.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cityhall.engines.identity.digests import keyed
from cityhall.engines.identity.limits import limit
from cityhall.engines.identity.models import Code
from cityhall.engines.identity.rules import normalise_address, normalise_code
from cityhall.foundation.unit import act, forget, gives_keys, insert, remembered, save_if, set_all

DIGITS = 6


class CannotIssueCode(Exception):
    """Enough codes were sent to this address within the hour; says when the next one can be."""

    def __init__(self, until: datetime, at: datetime) -> None:
        self.until = until
        self.seconds = max(int((until - at).total_seconds()), 1)
        minutes = -(-self.seconds // 60)
        self.sentence = ngettext(
            "驗證碼已經寄過好幾次了，請先找找信箱（也看看垃圾信件），%(minutes)d分鐘後可以再寄。",
            "驗證碼已經寄過好幾次了，請先找找信箱（也看看垃圾信件），%(minutes)d分鐘後可以再寄。",
            minutes,
        ) % {"minutes": minutes}
        super().__init__(self.sentence)


@dataclass(frozen=True)
class IssuedCode:
    """A code at the only moment in which it can be read: put it in a letter, then forget it."""

    pk: int
    plain: str
    link_token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"IssuedCode(pk={self.pk})"


@dataclass(frozen=True)
class CodeCheck:
    """Whether a code was accepted; if not, what to tell the person.

    It is a value and no exception, because a wrong try must be counted: let the transaction commit either way.
    """

    accepted: bool
    about: str = ""
    tries_left: int = 0
    sentence: str = ""

    def __bool__(self) -> bool:
        return self.accepted


def sign_in_lasts(at: datetime) -> timedelta:
    """How long a code for signing in is valid: shorter than one that waits in a letter about a petition."""
    return timedelta(minutes=limit("sign_in_code_minutes", at))


@act
def issue_code(
    purpose: str, address: str, about: str = "", *, at: datetime, valid_for: timedelta | None = None
) -> IssuedCode:
    """Make a code for an address; it replaces the one before it for the same purpose and matter.

    `about` names the matter ("petitions:4711"), so that two petitions of one sender have a code each. Raises
    CannotIssueCode after the first code and three resends within an hour, or when many matters together would fill
    somebody's mailbox.
    """
    address_key = _address_key(purpose, address)
    earlier = _of(purpose, address_key, at=at)
    within_the_hour = [code for code in earlier if code.issued_at > at - timedelta(hours=1)]
    for sent, most in (
        ([code.issued_at for code in within_the_hour if code.about == about], 1 + limit("code_resends", at)),
        ([code.issued_at for code in within_the_hour], limit("address_codes", at)),
    ):
        if len(sent) >= most:
            raise CannotIssueCode(sent[-most] + timedelta(hours=1), at)
    set_all(
        [code for code in earlier if code.about == about and code.used_at is None and code.replaced_at is None],
        replaced_at=at,
    )
    plain = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    link_token = secrets.token_urlsafe(24)
    code = insert(
        Code(
            purpose=purpose,
            address_key=address_key,
            about=about,
            digest=_code_digest(purpose, address_key, plain),
            link_digest=keyed("code.link", purpose, link_token),
            issued_at=at,
            expires_at=at + (valid_for or timedelta(hours=limit("code_hours", at))),
            tries_left=limit("code_tries", at),
        )
    )
    earlier.append(code)
    return IssuedCode(code.pk, plain, link_token, code.expires_at)


def _of(purpose: str, address_key: str, *, at: datetime) -> list[Code]:
    """The codes of an address that may count: those of the last hour and those that may still be used, oldest first.

    Locked; where nobody else writes there is one copy of each for all acts.
    """
    known = remembered((Code, "by address"), _by_address) if gives_keys() else None
    if known is not None:
        return known.setdefault((purpose, address_key), [])
    rows = Code.objects.select_for_update().filter(purpose=purpose, address_key=address_key)
    usable = Q(used_at=None, replaced_at=None)
    return list(rows.filter(usable | Q(issued_at__gt=at - timedelta(hours=1))).order_by("issued_at", "pk"))


def _by_address() -> dict[tuple[str, str], list[Code]]:
    found: dict[tuple[str, str], list[Code]] = {}
    for code in Code.objects.order_by("issued_at", "pk"):
        found.setdefault((code.purpose, code.address_key), []).append(code)
    return found


@act
def check_code(purpose: str, address: str, code: str, about: str = "", *, at: datetime) -> CodeCheck:
    """Whether this is the code that was last sent to the address for this purpose and matter; accepted once."""
    address_key = _address_key(purpose, address)
    given = _code_digest(purpose, address_key, normalise_code(code))
    live = [code for code in _of(purpose, address_key, at=at) if code.about == about and _is_live(code, at)]
    found = live[-1] if live else None
    # Counted first, by one statement that two workers cannot both win, and compared even where there is nothing
    # to compare with: the answer takes the same work whether a code was ever sent or not.
    counted = _count(found) if found else Code.objects.filter(pk=0, tries_left__gt=0).update(tries_left=0)
    same = hmac.compare_digest(found.digest if found else keyed("code", "none"), given)
    if found is None or not counted:
        return CodeCheck(False, sentence=_("這個驗證碼不能用了，請重新寄一次。"))
    if not same:
        return CodeCheck(False, about=found.about, tries_left=found.tries_left, sentence=_wrong(found.tries_left))
    return _use(found, at)


@act
def check_link(purpose: str, link_token: str, *, at: datetime) -> CodeCheck:
    """The same by the link of the letter. Call it on POST only: mail scanners open links."""
    found = (
        Code.objects.select_for_update()
        .filter(_live(at), link_digest=keyed("code.link", purpose, link_token), purpose=purpose)
        .first()
    )
    if found is None:
        return CodeCheck(False, sentence=_("這個連結不能用了，請重新寄一次驗證碼。"))
    forget((Code, "by address"))
    return _use(found, at)


def peek_link(purpose: str, link_token: str, *, at: datetime) -> str | None:
    """What a link is about, without using it: for the page with the button. None if it no longer works."""
    digest = keyed("code.link", purpose, link_token)
    return Code.objects.filter(_live(at), link_digest=digest, purpose=purpose).values_list("about", flat=True).first()


def forget_codes(*, at: datetime) -> int:
    """Delete the digests of codes that ended a week ago; the number of rows."""
    return Code.objects.filter(expires_at__lt=at - timedelta(days=7)).delete()[0]


def _use(found: Code, at: datetime) -> CodeCheck:
    found.used_at = at
    if not save_if(found, "used_at", used_at=None):
        return CodeCheck(False, sentence=_("這個驗證碼已經用過了。"))
    return CodeCheck(True, about=found.about)


def _count(code: Code) -> bool:
    left, code.tries_left = code.tries_left, code.tries_left - 1
    return save_if(code, "tries_left", tries_left=left)


def _is_live(code: Code, at: datetime) -> bool:
    return code.used_at is None and code.replaced_at is None and code.expires_at > at and code.tries_left > 0


def _live(at: datetime) -> Q:
    return Q(used_at=None, replaced_at=None, expires_at__gt=at, tries_left__gt=0)


def _wrong(left: int) -> str:
    if left == 0:
        return _("驗證碼不對，而且已經試了太多次，請重新寄一次。")
    return ngettext(
        "驗證碼不對，請看最新一封信裡的6個數字（還可以試%(left)d次）。",
        "驗證碼不對，請看最新一封信裡的6個數字（還可以試%(left)d次）。",
        left,
    ) % {"left": left}


def _address_key(purpose: str, address: str) -> str:
    return keyed("code.address", purpose, normalise_address(address))


def _code_digest(purpose: str, address_key: str, digits: str) -> str:
    return keyed("code", purpose, address_key, digits)
