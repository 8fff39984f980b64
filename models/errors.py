"""The tree of our errors. Each class says whether a retry helps, and what a person reads.

AppError
- InvalidSettings        a variable is wrong; the start stops
- InvalidRequest         the request is not valid (400 in REST, exit code 2 for files)
  - InvalidRulesFile     a rules file has problems, each with its path and line
- NotAllowed             the actor may not do this
- NotFound               the tenant has no such object
- Conflict               the name or object is taken, or was changed meanwhile
- Unavailable            a part of Pipenotify does not work at present
  - DatabaseUnavailable  the database refuses; nothing was stored
- PermanentFailure       the remote service refused: no retry helps
  - BadMessage           it refuses this message, but would take another
  - DestinationGone      the destination was removed, or does not admit us
- TemporaryFailure       the remote service failed: retry
  - RateLimited          it asks us to wait; this costs no attempt
- SecretUnreadable       none of the keys opens a stored secret
"""

from __future__ import annotations


class AppError(Exception):
    """The base of all errors that we raise on purpose.

    `permanent`: a retry without a change cannot help. `user_message`: what a person reads, and the next
    step.
    `code` and `status` are what REST answers.
    """

    permanent = False
    code = "INTERNAL"
    status = 500
    user_message = "Something went wrong on our side. We will try again by ourselves."

    def __init__(self, message: str = "", *, user_message: str | None = None) -> None:
        super().__init__(message or user_message or self.user_message)
        if user_message is not None:
            self.user_message = user_message


class InvalidSettings(AppError):
    """Raised when variables are missing or wrong; `problems` has one line each."""

    permanent = True
    code = "SETTINGS"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class InvalidRequest(AppError):
    """Raised when a request is not valid."""

    permanent = True
    code = "VALIDATION_ERROR"
    status = 400
    user_message = "That does not fit. Please check what you entered."


class InvalidRulesFile(InvalidRequest):
    """Raised when a load document has problems; `problems` has one `path: message (line n)` each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class NotAllowed(AppError):
    """Raised when the actor may not do this."""

    permanent = True
    code = "FORBIDDEN"
    status = 403
    user_message = "You may not do this. Ask an admin of your team for it."


class NotFound(AppError):
    """Raised when the tenant has no such object."""

    permanent = True
    code = "NOT_FOUND"
    status = 404
    user_message = "There is nothing here by that name. It may have been removed."


class Conflict(AppError):
    """Raised when a name or object is taken already, or was changed meanwhile."""

    permanent = True
    code = "CONFLICT"
    status = 409
    user_message = "This has changed meanwhile. Look again, then decide."


class Unavailable(AppError):
    """Raised when a part of Pipenotify does not work at present."""

    code = "UNAVAILABLE"
    status = 503
    user_message = "A part of Pipenotify is away for a moment. Please try again shortly."


class DatabaseUnavailable(Unavailable):
    """Raised when the database refuses to read or write; nothing was stored."""


class PermanentFailure(AppError):
    """Raised when a remote service refused and no retry helps; `http_status` is its answer, if any."""

    permanent = True
    code = "UNDELIVERABLE"

    def __init__(self, message: str, *, http_status: int | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status


class BadMessage(PermanentFailure):
    """Raised when the remote service refuses this message (400), but would take another."""

    user_message = "Google Chat refused this card. It was sent as plain text instead."


class DestinationGone(PermanentFailure):
    """Raised when the destination was removed, or does not admit us (403, 404)."""

    user_message = "Pipenotify cannot post there any more. Add it to the space again."


class TemporaryFailure(AppError):
    """Raised when a retry may help: after a time-out, a 5xx or a broken connection."""

    user_message = "The other side did not answer. We will try again by ourselves."

    def __init__(self, message: str, *, http_status: int | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status


class RateLimited(TemporaryFailure):
    """Raised when the remote service asks us to wait: `retry_after` seconds, None when it names no time."""

    def __init__(self, message: str, *, retry_after: float | None = None, http_status: int = 429) -> None:
        super().__init__(message, http_status=http_status)
        self.retry_after = retry_after


class SecretUnreadable(AppError):
    """Raised when none of the keys opens a stored secret."""

    permanent = True
    code = "SECRET_UNREADABLE"
    user_message = "A stored secret cannot be opened any more. Connect it again."
