"""A stand-in for a city's own sign-in provider: real HTTP on loopback, signed tokens, and misbehaviour on demand."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "cityhall", "a secret for tests"


class StandIn:
    """The provider. Attributes change what it says; by default it says everything right."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = "key-1"
        self.person: dict[str, Any] = {
            "sub": "u-1",
            "email": "lin@example.org",
            "email_verified": True,
            "name": "林怡君",
        }
        self.claims: dict[str, Any] = {}
        self.without: tuple[str, ...] = ()
        self.discovery: dict[str, Any] = {}
        self.signed_by = "key"
        self.algorithm = "RS256"
        self.token_status = 200
        self.token_body: bytes | None = None
        self.jwks_asked = 0
        self.asked: dict[str, dict[str, str]] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def id_token(self, nonce: str) -> str:
        """A token for the person, with what the test changed."""
        at = int(self.now.timestamp())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "iat": at, "exp": at + 300, "nonce": nonce, **self.person, **self.claims,
        }  # fmt: skip
        for name in self.without:
            claims.pop(name, None)
        headers = {"kid": self.kid}
        if self.algorithm == "none":
            return jwt.encode(claims, None, algorithm="none", headers=headers)
        if self.algorithm == "HS256":  # with the public key as the secret: the classic confusion
            return _by_hand({"alg": "HS256", "typ": "JWT", **headers}, claims, self._public_jwk()["n"].encode())
        key = self.key if self.signed_by == "key" else self.stranger
        return jwt.encode(claims, key, algorithm=self.algorithm, headers=headers)

    def _public_jwk(self) -> dict[str, Any]:
        jwk: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {**jwk, "kid": self.kid, "use": "sig", "alg": "RS256"}

    def answer(self, path: str, query: dict[str, str], form: dict[str, str]) -> tuple[int, Any, str]:
        """Status, body and Location for a request."""
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                **self.discovery,
            }, ""  # fmt: skip
        if path == "/jwks":
            self.jwks_asked += 1
            return 200, {"keys": [self._public_jwk()]}, ""
        if path == "/authorize":
            code = f"code-{len(self.asked)}"
            self.asked[code] = query
            back = urlencode({"code": code, "state": query["state"]})
            return 302, {}, f"{query['redirect_uri']}?{back}"
        if path == "/token":
            return self._token(form)
        return 404, {}, ""

    def _token(self, form: dict[str, str]) -> tuple[int, Any, str]:
        asked = self.asked.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or form.get("client_secret") != CLIENT_SECRET
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge.rstrip(b"=").decode() != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}, ""
        if self.token_body is not None:
            return self.token_status, self.token_body, ""
        token = self.id_token(asked["nonce"])
        return self.token_status, {"access_token": "x", "token_type": "Bearer", "id_token": token}, ""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def _do(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                form = parse_qs(self.rfile.read(length).decode())
                flat = [{name: values[0] for name, values in one.items()} for one in (parse_qs(parts.query), form)]
                status, body, location = provider.answer(parts.path, *flat)
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                if location:
                    self.send_header("Location", location)
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = _do

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        return Handler


def _by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """A token signed with HMAC, which PyJWT refuses to make with a public key."""
    import hmac

    def part(value: Any) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    signed = part(header) + b"." + part(claims)
    signature = base64.urlsafe_b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).rstrip(b"=")
    return (signed + b"." + signature).decode()


@contextmanager
def running(now: datetime) -> Iterator[StandIn]:
    """The provider, while the test runs."""
    provider = StandIn(now)
    thread = threading.Thread(target=provider.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.server.shutdown()
        provider.server.server_close()
        thread.join()
