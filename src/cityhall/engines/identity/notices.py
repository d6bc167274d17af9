"""Letters of identity: codes, and news about somebody's own account."""

from datetime import datetime
from typing import Any

from cityhall.engines.identity.models import Account
from cityhall.engines.letters import services as letters


def send_code(template: str, address: str, *, code: str, language: str, key: str, at: datetime, **context: Any) -> None:
    """Send a code to an address that may not belong to any account yet."""
    to = letters.Recipient(email=address, language=language)
    letters.send(f"identity.{template}", to=to, context={"code": code, **context}, about=None, key=key, at=at)


def send_text_code(phone: str, *, code: str, language: str, key: str, at: datetime, account: Account) -> None:
    """Send a code by text message."""
    to = letters.Recipient(phone=phone, language=language, account_id=account.pk)
    context = {"code": code}
    letters.send("identity.phone_code", to=to, context=context, about=account, key=key, at=at, channel="sms")


def tell(account: Account, template: str, *, key: str, at: datetime, email: str | None = None, **context: Any) -> None:
    """Tell people what happened to their account, so that they notice what they did not do themselves."""
    address = email or account.email
    if not address:
        return
    to = letters.Recipient(email=address, name=account.name, language=account.language, account_id=account.pk)
    letters.send(
        f"identity.{template}", to=to, context={"name": account.name, **context}, about=account, key=key, at=at
    )
