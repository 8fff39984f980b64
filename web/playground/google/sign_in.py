"""Google sign-in as OpenID Connect: redirect URIs, one-time codes, and signed identity tokens.

Sources: https://developers.google.com/identity/openid-connect/openid-connect and RFC 7636 (PKCE).
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from jwt.algorithms import RSAAlgorithm

from web.playground.google.tokens import LIFETIME_S, SigningKey, private_of
from web.playground.people import Person
from web.playground.wire import Request

CODE_LIFETIME_S = 600
SCOPES = frozenset({"openid", "email", "profile"})
NEEDED = ("client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge")


class SignInError(ValueError):
    """Google's refusal: the error's code and one sentence; `status` is the token endpoint's."""

    def __init__(self, error: str, says: str, status: int = 400) -> None:
        super().__init__(says)
        self.error = error
        self.says = says
        self.status = status


@dataclass(frozen=True, slots=True)
class Code:
    """The data of a code until it is used."""

    person: Person
    redirect_uri: str
    nonce: str
    challenge: str
    until: float


@dataclass(slots=True)
class FakeSignIn:
    """The app's registration, the issued codes, and switches that make an identity token invalid.

    `claims` replace those of the next tokens, a claim of None is left out. `unverified` are e-mails that
    Google has not verified. `algorithm` "none" leaves tokens unsigned, "HS256" signs them with the public
    key; `stranger` signs them with an unpublished key. `skew_s` shifts this clock.
    """

    issuer: str = ""
    client_id: str = "playground.apps.googleusercontent.com"
    client_secret: str = "playground-google-secret"  # noqa: S105 - the playground's own, known to all
    redirect_uris: set[str] = field(default_factory=set)
    claims: dict[str, Any] = field(default_factory=dict)
    unverified: set[str] = field(default_factory=set)
    algorithm: str = "RS256"
    stranger: bool = False
    skew_s: float = 0.0
    key: SigningKey = field(default_factory=lambda: SigningKey(private_of("sign-in")))
    published: list[SigningKey] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)

    def check(self, query: Mapping[str, str]) -> None:
        """Raise SignInError for an authorisation request that Google answers with an error page."""
        if query.get("client_id") != self.client_id:
            raise SignInError("invalid_client", "The OAuth client was not found.", 401)
        if query.get("redirect_uri") not in self.redirect_uris:
            raise SignInError("redirect_uri_mismatch", "This redirect URI is not registered for the app.")
        if missing := [name for name in NEEDED if not query.get(name)]:
            raise SignInError("invalid_request", f"Missing required parameter: {missing[0]}")
        if query["response_type"] != "code":
            raise SignInError("unsupported_response_type", f"Invalid response_type: {query['response_type']}")
        scopes = set(query["scope"].split())
        if not scopes <= SCOPES or not {"openid", "email"} <= scopes:
            raise SignInError("invalid_scope", f"Some requested scopes were invalid: {query['scope']}")
        if query.get("code_challenge_method") != "S256" or len(query["code_challenge"]) != 43:
            raise SignInError("invalid_request", "Invalid code_challenge or code_challenge_method.")

    def code_for(self, person: Person, query: Mapping[str, str]) -> str:
        code = f"4/{secrets.token_urlsafe(40)}"
        back, nonce, challenge = (query[name] for name in ("redirect_uri", "nonce", "code_challenge"))
        self.codes[code] = Code(person, back, nonce, challenge, self.now() + CODE_LIFETIME_S)
        return code

    def exchange(self, request: Request) -> dict[str, Any]:
        """Exchange a code for tokens, once; raises SignInError with the errors of Google's token endpoint."""
        form = request.form()
        self._check_client(request, form)
        if form.get("grant_type") != "authorization_code":
            raise SignInError("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type')}")
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or code.until <= self.now():
            raise SignInError("invalid_grant", "Malformed auth code.")
        if form.get("redirect_uri") != code.redirect_uri:
            raise SignInError("redirect_uri_mismatch", "Bad Request")
        if "code_verifier" not in form:
            raise SignInError("invalid_grant", "Missing code verifier.")
        if challenge_of(form["code_verifier"]) != code.challenge:
            raise SignInError("invalid_grant", "Invalid code verifier.")
        return {
            "access_token": f"ya29.{secrets.token_urlsafe(32)}",
            "expires_in": LIFETIME_S - 1,
            "scope": "openid https://www.googleapis.com/auth/userinfo.email",
            "token_type": "Bearer",
            "id_token": self._id_token(code),
        }

    def keys(self) -> dict[str, Any]:
        """The JWKS document, including earlier keys."""
        keys = [*self.published, self.key]
        return {"keys": [_public(key) | {"kid": key.kid, "use": "sig", "alg": "RS256"} for key in keys]}

    def rotate(self) -> None:
        """Sign with a new key from now on; the old one stays published."""
        self.published.append(self.key)
        self.key = SigningKey()

    def now(self) -> float:
        return time.time() + self.skew_s

    def _check_client(self, request: Request, form: Mapping[str, str]) -> None:
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        kind, _, basic = request.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            client, _, secret = base64.b64decode(basic).decode().partition(":")
        if (client, secret) != (self.client_id, self.client_secret):
            raise SignInError("invalid_client", "Unauthorized", 401)

    def _id_token(self, code: Code) -> str:
        person, issued = code.person, int(self.now())
        claims = {
            "iss": self.issuer,
            "azp": self.client_id,
            "aud": self.client_id,
            "sub": person.name.removeprefix("users/"),
            "email": person.email,
            "email_verified": person.email not in self.unverified,
            "name": person.display_name,
            "nonce": code.nonce,
            "iat": issued,
            "exp": issued + LIFETIME_S,
        } | self.claims
        claimed = {name: value for name, value in claims.items() if value is not None}
        key = SigningKey() if self.stranger else self.key
        if self.algorithm == "none":
            return jwt.encode(claimed, "", algorithm="none", headers={"kid": self.key.kid})
        if self.algorithm == "HS256":
            return _by_public_key(claimed, self.key)
        return jwt.encode(claimed, key.private, algorithm="RS256", headers={"kid": self.key.kid})


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a code verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _public(key: SigningKey) -> dict[str, Any]:
    return RSAAlgorithm.to_jwk(key.private.public_key(), as_dict=True)


def _by_public_key(claims: Mapping[str, Any], key: SigningKey) -> str:
    """The known attack: an HMAC whose secret is the published key. PyJWT refuses to make one."""
    head = jwt.encode(dict(claims), "x" * 32, algorithm="HS256", headers={"kid": key.kid})
    signed = head.rpartition(".")[0]
    mac = hmac.new(key.public_pem().encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
