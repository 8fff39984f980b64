"""Errors of REST: the ones that only it has, and the one mapping of every error to its envelope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Response, jsonify
from werkzeug.exceptions import HTTPException

from models.errors import (
    AppError,
    Conflict,
    InvalidRequest,
    InvalidRulesFile,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TooOften,
    Unavailable,
)
from web.errors import error_body

Details = Sequence[Mapping[str, Any]] | Mapping[str, Any]
RETRY_S: Final = 2  # after a part was away
LONGEST_PATH: Final = 100
CODES: Final = {
    400: "VALIDATION_ERROR",
    401: "TOKEN_MISSING",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "CONTENT_TOO_LARGE",
    414: "URI_TOO_LONG",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMITED",
    503: "UNAVAILABLE",
}
NOTHING_BY_THAT_ID: Final = "There is nothing here by that id."
WORDS: Final = {
    400: "This request cannot be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    408: "The body did not come in time.",
    413: "That is larger than what is taken here.",
    414: "That address is too long.",
}


class InvalidFields(InvalidRequest):
    """Raised for fields or parameters that do not fit; `fields` are pairs of a path and a message."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        first = ": ".join(each for each in fields[0] if each) if fields else ""
        super().__init__(first, user_message=f"Validation failed: {first}")
        self.fields = fields


class UnsupportedMedia(AppError):
    """Raised for a body that is not announced as JSON."""

    permanent = True
    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415
    user_message = "Send JSON, with the header Content-Type: application/json."


class ScopeMissing(NotAllowed):
    """Raised when the token lacks the scope of a route."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"no {scope}", user_message=f"This needs a token with the scope {scope}.")


class StaleVersion(Conflict):
    """Raised when somebody else changed it meanwhile; `current` is its present state."""

    def __init__(self, current: Any) -> None:
        super().__init__("stale version")
        self.current = current


class NameTaken(Conflict):
    """Raised when there is something of that name; `existing_id` is empty where it may not be seen."""

    def __init__(self, user_message: str, existing_id: str) -> None:
        super().__init__("name taken", user_message=user_message)
        self.existing_id = existing_id


class RequestLimitReached(TooOften):
    """Raised when a tenant or an address has called too often."""

    def __init__(self, retry_after: int) -> None:
        words = f"That was too often. Please try again in {retry_after} seconds."
        super().__init__(words, retry_after=retry_after)


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as REST answers it."""

    status: int
    code: str
    words: str
    details: Details = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def failure_of(error: Exception) -> Failure:
    """Return how an error is answered; an unforeseen one without a word of what went wrong."""
    if isinstance(error, AppError):
        return Failure(error.status, error.code, _words_of(error), _details_of(error), _headers_of(error))
    if isinstance(error, HTTPException) and error.code is not None:
        code = CODES.get(error.code, (error.name or "error").upper().replace(" ", "_"))
        headers = {name: value for name, value in error.get_headers() if name == "Allow"}
        if error.code == NotAuthenticated.status:
            headers |= _headers_of(NotAuthenticated())
        return Failure(error.code, code, WORDS.get(error.code, error.name), headers=headers)
    return Failure(500, "INTERNAL", "Something went wrong on our side.")


def error_response(error: Exception) -> Response:
    """Return the envelope of an error."""
    failed = failure_of(error)
    answer = jsonify(error_body(failed.words, failed.code, failed.details))
    answer.status_code = failed.status
    answer.headers.update(failed.headers)
    return answer


def _words_of(error: AppError) -> str:
    """Return what is said. Whether an id belongs to another tenant or to nothing, the words are the same."""
    if isinstance(error, NotFound):
        return NOTHING_BY_THAT_ID
    if isinstance(error, InvalidRulesFile):
        return f"Validation failed: {error.problems[0]}"
    return error.user_message


def _details_of(error: AppError) -> Details:
    if isinstance(error, StaleVersion):
        return {"field": "version", "message": error.user_message, "current": error.current}
    if isinstance(error, NameTaken):
        words = {"field": "name", "message": error.user_message}
        return words | ({"id": error.existing_id} if error.existing_id else {})
    if isinstance(error, InvalidRulesFile):
        return [_problem(each) for each in error.problems]
    if isinstance(error, InvalidRequest):
        fields = error.fields or [("", error.user_message)]
        return [{"field": name, "message": message} for name, message in fields]
    return []


def _problem(line: str) -> dict[str, str]:
    """Split `when.all[0].op: unknown operator` into the field and what is wrong with it.

    What has no path is about the whole document.
    """
    path, found, message = line.partition(": ")
    is_path = bool(found) and " " not in path and len(path) <= LONGEST_PATH
    return {"field": path, "message": message} if is_path else {"field": "document", "message": line}


def _headers_of(error: AppError) -> dict[str, str]:
    if isinstance(error, NotAuthenticated):
        return {"WWW-Authenticate": f'Bearer realm="pipenotify", error="{_bearer_error(error)}"'}
    if isinstance(error, TooOften):
        return {"Retry-After": str(error.retry_after)}
    return {"Retry-After": str(RETRY_S)} if isinstance(error, Unavailable) else {}


def _bearer_error(error: NotAuthenticated) -> str:
    """Return the code of RFC 6750."""
    return "invalid_request" if error.code == NotAuthenticated.code else "invalid_token"
