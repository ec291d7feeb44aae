"""A test issuer for valid and forged tokens: its keys and its key set."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_forged"


class Issuer:
    """Signs any claims, publishes the keys `published` at `jwks_url`, and counts requests."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.published: set[str] = set()
        self.asked = 0
        self.jwks_url = ""
        self.broken = False
        self.add_key("one")

    def add_key(self, kid: str, *, published: bool = True) -> None:
        self.keys[kid] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if published:
            self.published.add(kid)

    def public_pem(self, kid: str = "one") -> bytes:
        return (
            self.keys[kid]
            .public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    def jwks(self) -> dict[str, Any]:
        public = {kid: self.keys[kid].public_key() for kid in sorted(self.published)}
        return {
            "keys": [
                {**RSAAlgorithm.to_jwk(key, as_dict=True), "kid": kid, "alg": "RS256", "use": "sig"}
                for kid, key in public.items()
            ]
        }

    def claims(self, audience: str, **changes: Any) -> dict[str, Any]:
        """Return the claims of a good token; a change to None leaves one out."""
        now = int(time.time())
        claims = {
            "sub": "somebody",
            "iss": ISSUER,
            "aud": audience,
            "token_use": "id",
            "iat": now,
            "exp": now + 3600,
            "nonce": "the-nonce",
            "email": "somebody@example.com",
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def sign(self, claims: dict[str, Any], *, kid: str = "one", signer: str | None = None) -> str:
        """Sign as key `kid`, with that key or with that of another id."""
        return jwt.encode(claims, self.keys[signer or kid], "RS256", headers={"kid": kid})


@contextmanager
def running_issuer() -> Generator[Issuer]:
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked += 1
            self.send_response(500 if issuer.broken else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(issuer.jwks()).encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.jwks_url = f"http://127.0.0.1:{server.server_port}/jwks.json"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
