"""SMS and push by HTTP: the small protocol of docs/gateways.md.

    POST {CITYHALL_SMS_URL}
    Authorization: Bearer {CITYHALL_SMS_KEY}
    Idempotency-Key: the letter's Message-ID

    {"to": "0912345678", "text": "…", "language": "zh-Hant-TW"}     (push: also "title")

2xx accepts, with whatever text for the log; 400, 404, 410 and 422 refuse for good; everything else is tried again. A
gateway that sees an Idempotency-Key again gives its first answer and sends nothing.
"""

from collections.abc import Callable

import httpx
from django.conf import settings

from cityhall.engines.letters.carriers import Carrier, NotAccepted, RefusedForGood
from cityhall.engines.letters.models import Letter
from cityhall.engines.letters.states import Channel

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_FOR_GOOD = frozenset({400, 404, 410, 422})
_LANGUAGES = {"zh-hant": "zh-Hant-TW", "en": "en"}


def body_of(letter: Letter) -> dict[str, str]:
    """What is posted."""
    body = {"to": letter.address, "text": letter.text.strip(), "language": _LANGUAGES.get(letter.language, "")}
    return {**body, "title": letter.subject} if letter.channel == Channel.PUSH else body


def gateway(channel: Channel) -> Carrier:
    """The carrier of SMS or of push."""

    def carry(letter: Letter, offered: Callable[[], None]) -> str:
        url, key = settings.GATEWAYS[channel]
        if not url:
            raise NotAccepted(f"no gateway for {channel}: set CITYHALL_{channel.upper()}_URL")
        headers = {"Idempotency-Key": letter.message_id, "Authorization": f"Bearer {key}"}
        with httpx.Client(timeout=TIMEOUT, trust_env=False) as client:
            request = client.build_request("POST", url, json=body_of(letter), headers=headers)
            offered()
            try:
                answer = client.send(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise NotAccepted(f"{type(error).__name__}: {error}") from error
        if answer.is_success:
            return f"{answer.status_code} {answer.text[:500]}"
        words = f"{answer.status_code} {answer.text[:500]}"
        raise RefusedForGood(words) if answer.status_code in _FOR_GOOD else NotAccepted(words)

    return carry
