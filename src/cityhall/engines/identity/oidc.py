"""Signing in by the city's own provider: OpenID Connect, authorization code with PKCE.

Every claim that binds the answer to the question is checked: state, nonce, signature by a key of the provider with an
algorithm that we chose, issuer, audience, authorised party, times. Why this is not allauth's client: docs/adr.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import jwt
from django.conf import settings
from django.utils.translation import gettext_lazy as _

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
CLOCKS_DIFFER = 30  # seconds
TIMEOUT = 5.0
KEEP = 3600  # seconds for which the provider's documents are kept


class CannotSignInByProvider(Exception):
    """The provider's answer is not what we asked for, or it cannot be reached.

    `reason` is for the trail; the person reads `sentence`, which does not tell an attacker what was checked.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.sentence = _("單一簽入沒有完成，請再試一次；如果還是不行，請改用密碼登入或洽系統管理員。")
        super().__init__(reason)


@dataclass(frozen=True)
class Provider:
    """The city's provider, as its administrators configured it."""

    issuer: str
    client_id: str
    client_secret: str
    name: str
    strong_acr: frozenset[str]


@dataclass(frozen=True)
class Departure:
    """What is kept in the session while the person is at the provider."""

    state: str
    nonce: str
    verifier: str

    def to_session(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Arrival:
    """Who the provider says came back."""

    issuer: str
    subject: str
    email: str | None
    name: str
    strong: bool


def configured() -> Provider | None:
    """The provider of CITYHALL_OIDC_ISSUER, or None. Plain http is taken from this machine only."""
    options: Mapping[str, str] = settings.OIDC
    issuer = options["issuer"]
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise CannotSignInByProvider("issuer is not https")
    return Provider(
        issuer=issuer.rstrip("/"),
        client_id=options["client_id"],
        client_secret=options["client_secret"],
        name=options["name"],
        strong_acr=frozenset(options["strong_acr"].split()),
    )


def depart(provider: Provider, *, redirect_uri: str) -> tuple[str, Departure]:
    """Where to send the person, and what to remember until they come back."""
    departure = Departure(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(departure.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid profile email",
        "state": departure.state,
        "nonce": departure.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    endpoint = _endpoint(provider, "authorization_endpoint")
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", departure


def arrive(
    provider: Provider, departure: Departure, answer: Mapping[str, str], *, redirect_uri: str, at: datetime
) -> Arrival:
    """Who came back. Raises CannotSignInByProvider unless everything fits."""
    if not hmac.compare_digest(answer.get("state", ""), departure.state):
        raise CannotSignInByProvider("state differs")
    if (issuer := answer.get("iss")) is not None and issuer.rstrip("/") != provider.issuer:
        raise CannotSignInByProvider("another issuer answered")  # RFC 9207
    if "error" in answer:
        raise CannotSignInByProvider(f"provider said {answer['error'][:40]}")
    if not answer.get("code"):
        raise CannotSignInByProvider("no code")
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": redirect_uri,
        "client_id": provider.client_id,
        "client_secret": provider.client_secret,
        "code_verifier": departure.verifier,
    }
    tokens = _json("POST", _endpoint(provider, "token_endpoint"), data=form)
    if not isinstance(tokens.get("id_token"), str):
        raise CannotSignInByProvider("no id token")
    claims = _verified(provider, tokens["id_token"], departure.nonce, at)
    email = claims.get("email") if claims.get("email_verified") is True else None
    methods = claims.get("amr")
    return Arrival(
        issuer=provider.issuer,
        subject=str(claims["sub"]),
        email=email if isinstance(email, str) else None,
        name=str(claims.get("name", "")),
        strong=(isinstance(methods, list) and "mfa" in methods) or claims.get("acr") in provider.strong_acr,
    )


# --- the token ----------------------------------------------------------------------------------------------


def _verified(provider: Provider, token: str, nonce: str, at: datetime) -> dict[str, Any]:
    """The claims of an id token, each of them checked (OpenID Connect Core §3.1.3.7)."""
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise CannotSignInByProvider("algorithm")
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(provider, header.get("kid")),
            algorithms=[header["alg"]],
            audience=provider.client_id,
            # Times are checked below, against the time that was given to us.
            options={
                "require": ["iss", "sub", "aud", "exp", "iat"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.PyJWTError as error:
        raise CannotSignInByProvider(type(error).__name__) from error
    now = at.timestamp()
    if str(claims["iss"]).rstrip("/") != provider.issuer:
        raise CannotSignInByProvider("issuer")
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != provider.client_id:
        raise CannotSignInByProvider("authorised party")
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise CannotSignInByProvider("authorised party")
    if not _is_time(claims["exp"]) or now > claims["exp"] + CLOCKS_DIFFER:
        raise CannotSignInByProvider("expired")
    if not _is_time(claims["iat"]) or claims["iat"] > now + CLOCKS_DIFFER:
        raise CannotSignInByProvider("issued in the future")
    if not hmac.compare_digest(str(claims.get("nonce", "")), nonce):
        raise CannotSignInByProvider("nonce")
    return claims


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _key(provider: Provider, kid: str | None) -> Any:
    """The provider's key with this id; fetched anew once when it is not among those we know."""
    for fresh in (False, True):
        keys = _document(_endpoint(provider, "jwks_uri"), fresh=fresh).get("keys", [])
        usable = [key for key in keys if key.get("use", "sig") == "sig" and key.get("kty") != "oct"]
        fitting = [key for key in usable if key.get("kid") == kid] if kid else usable[:1] if len(usable) == 1 else []
        if fitting:
            return jwt.PyJWK.from_dict(fitting[0]).key
    raise CannotSignInByProvider("unknown key")


# --- the provider's documents -------------------------------------------------------------------------------

_kept: dict[str, tuple[float, dict[str, Any]]] = {}
_lock = threading.Lock()


def _endpoint(provider: Provider, name: str) -> str:
    about = _document(f"{provider.issuer}/.well-known/openid-configuration")
    if str(about.get("issuer", "")).rstrip("/") != provider.issuer:
        raise CannotSignInByProvider("the provider calls itself by another name")
    endpoint = about.get(name)
    if not isinstance(endpoint, str):
        raise CannotSignInByProvider(f"the provider names no {name}")
    return endpoint


def _document(url: str, *, fresh: bool = False) -> dict[str, Any]:
    with _lock:
        kept = _kept.get(url)
    if kept is not None and not fresh and time.monotonic() - kept[0] < KEEP:
        return kept[1]
    document = _json("GET", url)
    with _lock:
        _kept[url] = (time.monotonic(), document)
    return document


def forget_documents() -> None:
    """Ask the provider for everything again."""
    with _lock:
        _kept.clear()


def _json(method: str, url: str, data: Mapping[str, str] | None = None) -> dict[str, Any]:
    try:
        response = httpx.request(method, url, data=data, timeout=TIMEOUT, follow_redirects=False)
        response.raise_for_status()
        answer = response.json()
    except (httpx.HTTPError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise CannotSignInByProvider(f"provider unreachable: {type(error).__name__}") from error
    if not isinstance(answer, dict):
        raise CannotSignInByProvider("provider's answer is no object")
    return answer
