"""A secret that is shown on the next page, once: a first password, the key of a program."""

import json

from django.http import HttpRequest

from cityhall.engines.identity import digests

HANDED_OVER = "identity.handed_over"  # in the session: a secret that is shown on the next page, once


def hand_over(request: HttpRequest, what: str, secret: str) -> None:
    """Keep a secret for the page about `what`, the next that this person opens."""
    request.session[HANDED_OVER] = digests.encrypt(json.dumps([what, secret]))


def handed_over(request: HttpRequest, what: str) -> str:
    """The secret for this page, if there is one; it is forgotten as it is read."""
    kept = request.session.get(HANDED_OVER)
    if not kept:
        return ""
    for_what, secret = json.loads(digests.decrypt(kept))
    if for_what != what:
        return ""
    del request.session[HANDED_OVER]
    return str(secret)
