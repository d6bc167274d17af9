"""How django-allauth's `mfa` app keeps secrets and names us (setting MFA_ADAPTER)."""

import base64
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from cityhall.engines.identity import digests


class MFAAdapter(DefaultMFAAdapter):
    """Seeds are encrypted in the database; the site is named by the city, the account by its address."""

    def encrypt(self, text: str) -> str:
        return digests.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return digests.decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        return f"{settings.CITY_NAME['en']} CityHall"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        host = context.request.get_host().partition(":")[0]
        return {"id": host, "name": settings.CITY_NAME["zh-hant"]}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        name = user.email or user.name or f"{user.pk}"
        return {**super().get_public_key_credential_user_entity(user), "name": name, "display_name": user.name or name}


def totp_picture(account: Any, secret: str) -> str:
    """The picture that an authenticator app scans, as a data address."""
    adapter = MFAAdapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(account, secret))
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")
