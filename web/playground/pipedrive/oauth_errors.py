"""The errors of Pipedrive's token endpoint.

Source: https://pipedrive.readme.io/docs/marketplace-oauth-and-api-proxy-status-codes. The page names 400 for
all; for a wrong secret in the Authorization header the software that has these texts
(oauth2-server of Node.js) returns 401.
"""

from typing import Any

from web.playground.faults import Fault
from web.playground.wire import Answer, answer_json

ERRORS: dict[str, tuple[int, str, str]] = {
    "no_grant_type": (400, "invalid_request", "Missing parameter: `grant_type`"),
    "wrong_grant_type": (400, "unsupported_grant_type", "Unsupported grant type: `grant_type` is invalid"),
    "wrong_code": (400, "invalid_grant", "Invalid grant: authorization code is invalid"),
    "old_code": (400, "invalid_grant", "Invalid grant: authorization code has expired"),
    "wrong_verifier": (400, "invalid_grant", "Invalid grant: code verifier is invalid"),
    "wrong_refresh_token": (400, "invalid_grant", "Invalid grant: refresh token is invalid"),
    "no_client": (400, "invalid_client", "Invalid client: cannot retrieve client credentials"),
    "wrong_client": (400, "invalid_client", "Invalid client: client is invalid"),
    "wrong_basic": (401, "invalid_client", "Invalid client: client is invalid"),
    "no_redirect_uri": (400, "invalid_request", "Invalid request: `redirect_uri` is not a valid URI"),
    "wrong_redirect_uri": (400, "invalid_request", "Invalid request: `redirect_uri` is invalid"),
    "no_form": (400, "invalid_request", "Invalid request: content must be application/x-www-form-urlencoded"),
    "broken": (500, "server_error", "Internal Server Error"),
}


def body_of(name: str) -> dict[str, Any]:
    _, error, message = ERRORS[name]
    return {"success": False, "message": message, "error": error}


def refusal(name: str) -> Answer:
    return answer_json(body_of(name), ERRORS[name][0])


def token_fault(name: str, times: int = 1) -> Fault:
    """A fault that makes the token endpoint refuse every request with this error."""
    return Fault(times=times, where="/oauth/token", status=ERRORS[name][0], body=body_of(name))
