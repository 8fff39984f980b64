"""Pipedrive's token endpoint: exchanges a code or a refresh token for an access token.

Source: https://pipedrive.readme.io/docs/marketplace-oauth-authorization (Basic client id and secret, form
body; an access token is valid for an hour, a refresh token expires after 60 days unused).
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeGuard

from jobs.to_pipedrive.errors import PipedriveRefused, Unauthorized
from jobs.to_pipedrive.http import PipedriveWire
from models.clock import now
from models.errors import AppError, InvalidRequest, TemporaryFailure
from models.settings import Settings

LONGEST_LIFE_S: Final = 24 * 3600
TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path, not a secret
REVOKE_PATH: Final = "/oauth/revoke"
OUR_FAULT: Final = ("invalid_client", "unauthorized_client")


class NotConnected(AppError):
    """Raised when a tenant cannot use Pipedrive: never connected, or this installation has no OAuth app."""

    permanent = True
    code = "NOT_CONNECTED"
    status = 409
    user_message = (
        "Pipenotify is not connected with your Pipedrive. An admin can connect it on the setup page."
    )


class NeedsReauth(NotConnected):
    """Raised when Pipedrive rejects the stored authorisation; an admin must connect again."""

    code = "NEEDS_REAUTH"
    user_message = (
        "Pipedrive has ended its connection with Pipenotify. An admin can renew it on the setup page."
    )


class AppRefused(NotConnected):
    """Raised when Pipedrive refuses this installation's OAuth app itself: no tenant can fix that."""

    code = "APP_REFUSED"
    status = 503
    user_message = (
        "Pipedrive does not accept this Pipenotify itself at the moment. Whoever runs it has to look at"
        " PIPEDRIVE_CLIENT_ID and PIPEDRIVE_CLIENT_SECRET; you need not connect again."
    )


class GrantRefused(InvalidRequest):
    """Raised when Pipedrive refuses a code or a refresh token (invalid_grant)."""

    user_message = "Pipedrive does not accept this consent any more. Please start again from the setup page."


@dataclass(frozen=True, slots=True)
class Granted:
    """The response of the token endpoint. `api_domain` is the host of the company's API, from Pipedrive."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    api_domain: str | None


class PipedriveOAuth:
    """The OAuth app of this installation."""

    def __init__(self, settings: Settings, wire: PipedriveWire) -> None:
        self._origin = settings.pipedrive_oauth_url
        self._app = _basic(settings.pipedrive_client_id, settings.pipedrive_client_secret)
        self._wire = wire

    def redeem(self, code: str, redirect_uri: str, code_verifier: str | None = None) -> Granted:
        """Exchange the code of a callback; it is valid for five minutes.

        Raises GrantRefused, AppRefused, NotConnected, RateLimited or TemporaryFailure.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return self._ask(form | ({"code_verifier": code_verifier} if code_verifier else {}))

    def refresh(self, refresh_token: str) -> Granted:
        """Exchange a refresh token; store the one that is returned. Raises as `redeem`."""
        return self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def revoke(self, token: str) -> None:
        """Revoke a grant (RFC 7009, by its refresh token); one that was revoked already is fine.

        Raises AppRefused, NotConnected, RateLimited, TemporaryFailure or another refusal of the wire.
        """
        try:
            self._post(REVOKE_PATH, {"token": token, "token_type_hint": "refresh_token"})
        except GrantRefused:
            return

    def _ask(self, form: dict[str, str]) -> Granted:
        return _granted(self._post(TOKEN_PATH, form), form.get("refresh_token"))

    def _post(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        if self._app is None:
            raise NotConnected("PIPEDRIVE_CLIENT_ID and PIPEDRIVE_CLIENT_SECRET are not set")
        try:
            return self._wire.post(self._origin + path, form, self._app)
        except (PipedriveRefused, Unauthorized) as refused:
            if refused.error == "invalid_grant":
                raise GrantRefused(str(refused)) from refused
            if isinstance(refused, Unauthorized) or refused.error in OUR_FAULT:
                raise AppRefused("Pipedrive refuses PIPEDRIVE_CLIENT_ID and its secret") from refused
            raise


def _basic(client_id: str | None, secret: str | None) -> dict[str, str] | None:
    if not client_id or not secret:
        return None
    return {"Authorization": f"Basic {b64encode(f'{client_id}:{secret}'.encode()).decode()}"}


def _granted(payload: dict[str, Any], spent: str | None) -> Granted:
    access, refresh = payload.get("access_token"), payload.get("refresh_token") or spent
    if not _is_plain(access) or not _is_plain(refresh):
        raise TemporaryFailure("Pipedrive answered without tokens")
    life, domain = payload.get("expires_in"), payload.get("api_domain")
    seconds = life if type(life) is int and 0 < life <= LONGEST_LIFE_S else 3600
    return Granted(access, refresh, now() + timedelta(seconds=seconds), domain if _is_plain(domain) else None)


def _is_plain(value: Any) -> TypeGuard[str]:
    """Return whether this is a text that can be sent in a header and stored in a column unchanged."""
    return isinstance(value, str) and value != "" and value.isascii() and value.isprintable()
