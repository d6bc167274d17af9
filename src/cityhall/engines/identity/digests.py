"""Keyed digests and encryption for what the database must be able to recognise, or give back, but not tell.

Keys are derived from SECRET_KEY, one for each use. Encrypted values survive a change of SECRET_KEY as long as the old
one stands in SECRET_KEY_FALLBACKS; digests are of short-lived things only (codes, counters).
"""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


def keyed(use: str, *parts: str) -> str:
    """A digest that only this installation can make; `use` keeps digests of one thing from serving as another's."""
    return salted_hmac(f"cityhall.identity.{use}", "\x1f".join(parts), algorithm="sha256").hexdigest()


def encrypt(text: str) -> str:
    """Hide a secret that must be read again (the seed of an authenticator app)."""
    return _ring().encrypt(text.encode()).decode("ascii")


def decrypt(token: str) -> str:
    """Read what `encrypt` hid; raises cryptography.fernet.InvalidToken for anything else."""
    return _ring().decrypt(token.encode("ascii")).decode()


def _ring() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(secret))) for secret in secrets])


def _derived(secret: str) -> bytes:
    return hashlib.sha256(b"cityhall.identity.encrypt\x1f" + secret.encode()).digest()
