"""Google's tokens: those it sends to the app, and those it issues to service accounts."""

import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

CHAT_SENDER = "chat@system.gserviceaccount.com"
ADDON_SENDER = "service-123456789012@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
LIFETIME_S = 3600
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GRANTING = "https://oauth2.googleapis.com/token"  # the audience that google-auth uses, whatever the token_uri
CHAT_SCOPE = "https://www.googleapis.com/auth/chat.bot"


def _new_private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@lru_cache
def private_of(purpose: str) -> rsa.RSAPrivateKey:  # noqa: ARG001 - the cache's key
    """One key for each process and purpose, because making one takes a tenth of a second."""
    return _new_private()


class SigningKey:
    """One RSA key with its self-signed certificate, under a key id."""

    def __init__(self, private: rsa.RSAPrivateKey | None = None) -> None:
        self.kid = secrets.token_hex(20)
        self.private = private or _new_private()

    def sign(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode(dict(claims), self.private, algorithm="RS256", headers={"kid": self.kid})

    def certificate(self) -> str:
        """PEM text of an x509 certificate, as Google's `{kid: PEM}` maps hold it."""
        who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CHAT_SENDER)])
        now = datetime.now(UTC)
        made = x509.CertificateBuilder(
            issuer_name=who, subject_name=who, public_key=self.private.public_key()
        )
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        signed = made.not_valid_after(now + timedelta(days=30)).sign(self.private, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode()

    def public_pem(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    def private_pem(self) -> str:
        form = serialization.PrivateFormat.PKCS8
        plain = serialization.NoEncryption()
        return self.private.private_bytes(serialization.Encoding.PEM, form, plain).decode()


class TokenSigner:
    """Signs what Chat sends: one current key, and the certificates of all still valid keys."""

    def __init__(self) -> None:
        self.key = SigningKey(private_of("chat"))
        self.certificates = {self.key.kid: self.key.certificate()}

    def rotate(self) -> None:
        """Sign with a new key from now on; the old certificate stays published."""
        self.key = SigningKey()
        self.certificates[self.key.kid] = self.key.certificate()

    def chat_token(self, audience: str, now: float | None = None) -> str:
        """The bearer of a classic interaction; digits as audience mean the project number."""
        if audience.isdecimal():
            return self.key.sign(_lifetime(now) | {"iss": CHAT_SENDER, "aud": audience})
        return self.endpoint_token(audience, CHAT_SENDER, now)

    def endpoint_token(self, audience: str, email: str, now: float | None = None) -> str:
        """An OpenID token for an endpoint URL, by `email` (Chat's, or an add-on's service account)."""
        number = "106352043899437523407"
        who = {"iss": "https://accounts.google.com", "aud": audience, "azp": number, "sub": number}
        return self.key.sign(_lifetime(now) | who | {"email": email, "email_verified": True})


def _lifetime(now: float | None) -> dict[str, int]:
    issued = int(time.time() if now is None else now)
    return {"iat": issued, "exp": issued + LIFETIME_S}


class InvalidGrant(ValueError):
    """A token request that Google answers 400 `invalid_grant`."""


class ServiceAccount:
    """The app's own identity at Google: its key file, and its issued access tokens."""

    def __init__(self, email: str = "pipenotify@playground.iam.gserviceaccount.com") -> None:
        self.email = email
        self._key = SigningKey(private_of("account"))
        self._tokens: dict[str, float] = {}

    def info(self, base_url: str) -> dict[str, str]:
        """A key file's content that google-auth accepts, with the token endpoint at `base_url`."""
        return {
            "type": "service_account",
            "project_id": "playground",
            "private_key_id": self._key.kid,
            "private_key": self._key.private_pem(),
            "client_email": self.email,
            "client_id": "100000000000000000001",
            "token_uri": f"{base_url}/token",
        }

    def grant(self, form: Mapping[str, str], token_url: str) -> dict[str, Any]:
        """An access token for a signed assertion; raises InvalidGrant with Google's reason."""
        if form.get("grant_type") != GRANT:
            raise InvalidGrant("Invalid grant_type")
        try:
            claims = jwt.decode(
                form.get("assertion", ""),
                self._key.private.public_key(),
                algorithms=["RS256"],
                audience=[GRANTING, token_url],
            )
        except jwt.InvalidTokenError as wrong:
            raise InvalidGrant(f"Invalid JWT: {wrong}") from wrong
        if claims.get("iss") != self.email or CHAT_SCOPE not in str(claims.get("scope")).split():
            raise InvalidGrant("Invalid JWT: issuer or scope")
        token = f"ya29.{secrets.token_urlsafe(32)}"
        self._tokens[token] = time.time() + LIFETIME_S
        return {"access_token": token, "expires_in": LIFETIME_S - 1, "token_type": "Bearer"}

    def knows(self, token: str | None) -> bool:
        return token is not None and self._tokens.get(token, 0) > time.time()

    def forget_tokens(self) -> None:
        """Reject every access token issued so far (a 401 that a refresh fixes)."""
        self._tokens.clear()
