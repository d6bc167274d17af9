"""Keyed digests and encryption for what the database must be able to recognise, or give back, but not tell.

Keys are derived from SECRET_KEY, one for each use. Encrypted values survive a change of SECRET_KEY as long as the old
one stands in SECRET_KEY_FALLBACKS; digests are of short-lived things (codes, counters), or are compared with those of
all keys (`keyed_by_any`).
"""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


def keyed(use: str, *parts: str) -> str:
    """A digest that only this installation can make; `use` keeps digests of one thing from serving as another's."""
    return salted_hmac(f"cityhall.identity.{use}", "\x1f".join(parts), algorithm="sha256").hexdigest()


def keyed_by_any(use: str, *parts: str) -> frozenset[str]:
    """The same by every key that still counts: what is compared with digests that are kept for months."""
    message, salt = "\x1f".join(parts), f"cityhall.identity.{use}"
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return frozenset(salted_hmac(salt, message, secret=one, algorithm="sha256").hexdigest() for one in secrets)


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
