"""An identity provider on loopback: authorization code flow with PKCE (OpenID Connect Core 1.0).

Everybody is signed in at it as `claims` say. `faults` names what it does wrong.
"""

import base64
import hashlib
import json
import secrets
import time
import urllib.parse
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.emulators.threaded import InThread

CLIENT_ID, SECRET = "webchat", "s3cret"
DISCOVERY = "/.well-known/openid-configuration"
WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "audience": {"aud": "another-client"},
    "expired": {"exp": 1},
    "issuer": {"iss": "https://evil.example"},
    "nonce": {"nonce": "of-another-sign-in"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
}
"""What an id token says under these faults; the others are in the code."""


class _Request(BaseHTTPRequestHandler):
    server: "IdentityProvider"

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        self.server.asked.append((address.path, query))
        if address.path == DISCOVERY:
            self.answer(self.server.description())
        elif address.path == "/keys":
            self.answer({"keys": [self.server.public_key()]})
        elif address.path == "/authorize":
            self.lead(f"/consent?{address.query}")  # real ones lead through pages of their own
        elif address.path == "/consent":
            self.lead(self.server.allow(query))
        elif address.path == "/userinfo":
            self.answer(self.server.userinfo(self.headers.get("Authorization", "")))
        else:
            self.answer({"error": "not_found"}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = dict(urllib.parse.parse_qsl(body))
        self.server.asked.append((self.path, fields))
        token = self.server.exchange(fields)
        self.answer(token, 400 if "error" in token else 200)

    def lead(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.end_headers()

    def answer(self, value: Mapping[str, Any], status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class IdentityProvider(InThread, ThreadingHTTPServer):
    """Use it as a context manager; `issuer` is its address."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.claims: dict[str, Any] = {"sub": "4711", "preferred_username": "carol"}
        self.faults: set[str] = set()
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: set[str] = set()
        self._key = rsa.generate_private_key(65537, 2048)
        self._other_key = rsa.generate_private_key(65537, 2048)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def description(self) -> dict[str, Any]:
        issuer = "https://evil.example" if "description" in self.faults else self.issuer
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def public_key(self) -> dict[str, Any]:
        key: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(
            self._key.public_key(), as_dict=True
        )
        return key | {"kid": "1", "alg": "RS256", "use": "sig"}

    def allow(self, query: dict[str, str]) -> str:
        """Back to the site, with a code or a refusal."""
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        if "cancel" in self.faults:
            back = {"error": "access_denied", "state": query["state"]}
        else:
            code = secrets.token_urlsafe()
            self._codes[code] = query
            back = {"code": code, "state": query["state"]}
        return f"{query['redirect_uri']}?{urllib.parse.urlencode(back)}"

    def exchange(self, fields: dict[str, str]) -> dict[str, Any]:
        """Tokens for a code, once, for whoever began with it."""
        began = self._codes.pop(fields.get("code", ""), None)
        digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        known = (fields.get("client_id"), fields.get("client_secret")) == (CLIENT_ID, SECRET)
        if not known:
            return {"error": "invalid_client"}
        if began is None or proof != began["code_challenge"]:
            return {"error": "invalid_grant"}
        if fields.get("redirect_uri") != began["redirect_uri"]:
            return {"error": "invalid_grant"}
        token = secrets.token_urlsafe()
        self._tokens.add(token)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": 60}
        if "no id token" in self.faults:
            return answer
        return answer | {"id_token": self._id_token(began["nonce"])}

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {"iss": self.issuer, "aud": CLIENT_ID, "nonce": nonce}
        claims |= {"iat": now, "exp": now + 60, "jti": secrets.token_urlsafe()} | self.claims
        for fault in self.faults:
            claims |= WRONG_CLAIMS.get(fault, {})
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self._other_key if "signature" in self.faults else self._key
        heads = {} if "no key" in self.faults else {"kid": "1"}
        if "unsigned" in self.faults:
            return jwt.encode(claims, None, "none", headers=heads)
        return jwt.encode(claims, key, "RS256", headers=heads)

    def userinfo(self, authorization: str) -> dict[str, Any]:
        assert authorization.removeprefix("Bearer ") in self._tokens
        other = {"sub": "4712"} if "userinfo" in self.faults else {}
        return self.claims | other
