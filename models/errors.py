"""Our errors: each says whether trying again helps and what is shown to people.

AppError
- OutsideStaging         an installation for testing may not write there (403)
- InvalidSettings        a variable is wrong; the start stops
- InvalidRequest         the request cannot be done as it is (400 for people, exit 2 for files)
  - InvalidRulesFile     a rules file has problems, each with its path and line
- TooOften               the request is one too many for now (429)
- NotAllowed             the asking person may not do this, or their team's plan has no such thing
- NotAuthenticated       a program has to say who it is (401)
  - TokenMissing         it brought no token
  - TokenInvalid         its token is unknown, forged or ended
  - TokenExpired         its token was good, and is too old now
- NotFound               no such thing in this tenant
  - NotYours             it is somebody else's; shown as if there were none
- Conflict               somebody else has it, or changed it meanwhile
- Unavailable            a part of ours is unavailable for now
  - DatabaseUnavailable  the database is unavailable; nothing was stored
    - TransactionUndone  it undid the transaction, as after a deadlock; begin it again
    - ConnectionLost     its connection broke; the next one is a fresh one
- RowsRefused            the database refuses rows of a group
- PermanentFailure       the other side refused for good: no retry helps
  - BadMessage           the other side refuses this very message
  - DestinationGone      the destination is gone or closed to us
- TemporaryFailure       the other side failed for now: try again
  - RateLimited          the other side asks to wait; costs no attempt
- SecretUnreadable       none of the present keys decrypts a stored secret
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence

from models.languages.translate import marked


class Interruption(ABC):  # noqa: B024 - kinds of other packages are registered, none inherits
    """What a signal raises wherever a process happens to be: never the fault of what it works on."""


class AppError(Exception):
    """The base of all foreseen errors.

    `permanent`: trying again unchanged cannot help. `user_message`: shown to people, with the next step.
    `code` and `status` are those of the REST response. `choices` are what may have been meant, each by its
    name and its number; `sought` are the words of the command that one of them would replace.
    """

    permanent = False
    code = "INTERNAL"
    status = 500
    user_message = marked("Something went wrong on our side. We will try again by ourselves.")
    choices: Sequence[tuple[str, int]] = ()
    sought: Sequence[str] = ()

    def __init__(
        self,
        message: str = "",
        *,
        user_message: str | None = None,
        choices: Sequence[tuple[str, int]] = (),
        sought: Sequence[str] = (),
    ) -> None:
        super().__init__(message or user_message or self.user_message)
        if user_message is not None:
            self.user_message = user_message
        self.choices, self.sought = choices, sought


class OutsideStaging(AppError):
    """Raised for a message or a change that an installation for testing (`APP_ENV=staging`) may not make."""

    permanent = True
    code = "STAGING"
    status = 403
    user_message = marked("This is a staging installation, for tests. It writes into its test spaces alone.")


class InvalidSettings(AppError):
    """Raised when variables are missing or wrong; `problems` has one line each."""

    permanent = True
    code = "SETTINGS"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class InvalidRequest(AppError):
    """Raised when a request cannot be done as it is.

    `fields` are pairs of what is wrong, by its name in REST (`email`, `liquid`), and the message about it.
    """

    permanent = True
    code = "VALIDATION_ERROR"
    status = 400
    user_message = marked("That does not fit. Please check what you entered.")
    fields: Sequence[tuple[str, str]] = ()

    @classmethod
    def of_field(cls, name: str, user_message: str) -> InvalidRequest:
        """Return the error of one field."""
        return cls.of_fields([(name, user_message)])

    @classmethod
    def of_fields(cls, fields: Sequence[tuple[str, str]]) -> InvalidRequest:
        """Return the error of several fields; people read their messages one after the other."""
        made = cls(user_message=" ".join(message for _, message in fields))
        made.fields = fields
        return made


class InvalidRulesFile(InvalidRequest):
    """Raised when a rules file has problems; `problems` has one `path: message (line n)` each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class TooOften(AppError):
    """Raised when something was done too often; after `retry_after` seconds it may be done again."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(self, user_message: str, *, retry_after: int) -> None:
        super().__init__(user_message=user_message)
        self.retry_after = retry_after


class NotAllowed(AppError):
    """Raised when the asking person may not do this."""

    permanent = True
    code = "FORBIDDEN"
    status = 403
    user_message = marked("You may not do this. Ask an admin of your team for it.")


class NotAuthenticated(AppError):
    """Raised when a program has to say who it is."""

    permanent = True
    code = "TOKEN_MISSING"
    status = 401
    user_message = "An access token is required: Authorization: Bearer <token>."


class TokenMissing(NotAuthenticated):
    """Raised when a request has no token."""


class TokenInvalid(NotAuthenticated):
    """Raised when a token is unknown, forged, revoked, or of a session that has ended."""

    code = "TOKEN_INVALID"
    user_message = marked("This token is not valid, or not any more.")


class TokenExpired(NotAuthenticated):
    """Raised when a token was valid, and is too old now."""

    code = "TOKEN_EXPIRED"
    user_message = marked("This token has expired. Refresh it, or make a new one.")


class NotFound(AppError):
    """Raised when there is no such thing in this tenant."""

    permanent = True
    code = "NOT_FOUND"
    status = 404
    user_message = marked("There is nothing here by that name. It may have been removed.")


class NotYours(NotFound):
    """Raised when it is somebody else's in this tenant: answered as if there were none, and noted."""


class Conflict(AppError):
    """Raised when somebody else has it already, or changed it meanwhile."""

    permanent = True
    code = "CONFLICT"
    status = 409
    user_message = marked("This has changed meanwhile. Look again, then decide.")


class Unavailable(AppError):
    """Raised when a part of ours is unavailable for now."""

    code = "UNAVAILABLE"
    status = 503
    user_message = marked("A part of Pipenotify is away for a moment. Please try again shortly.")


class DatabaseUnavailable(Unavailable):
    """Raised when the database cannot be read or written; nothing was stored."""


class TransactionUndone(DatabaseUnavailable):
    """Raised when the database undid a transaction because of another one (a deadlock): repeat it."""


class ConnectionLost(DatabaseUnavailable):
    """Raised when the connection to the database broke; whether its transaction was stored is unknown.

    The next transaction gets a fresh connection.
    """


class RowsRefused(AppError):
    """Raised when the database refuses rows to store: one row of a group, or all of it."""


class PermanentFailure(AppError):
    """Raised when the other side refused for good; `http_status` is its response."""

    permanent = True
    code = "UNDELIVERABLE"

    def __init__(self, message: str, *, http_status: int | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status


class BadMessage(PermanentFailure):
    """Raised when the other side refuses this very message (400)."""

    user_message = marked("Google Chat refused this card. It was sent as plain text instead.")


class DestinationGone(PermanentFailure):
    """Raised when the destination is gone or closed to us (403, 404)."""

    user_message = marked("Pipenotify cannot post there any more. Add it to the space again.")


class TemporaryFailure(AppError):
    """Raised when the other side failed for now: a time-out, a 5xx, a broken connection."""

    user_message = marked("The other side did not answer. We will try again by ourselves.")

    def __init__(self, message: str, *, http_status: int | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status


class RateLimited(TemporaryFailure):
    """Raised when the other side asks to wait; `retry_after` is in seconds, None if not given."""

    def __init__(self, message: str, *, retry_after: float | None = None, http_status: int = 429) -> None:
        super().__init__(message, http_status=http_status)
        self.retry_after = retry_after


class SecretUnreadable(AppError):
    """Raised when none of the present keys decrypts a stored secret."""

    permanent = True
    code = "SECRET_UNREADABLE"
    user_message = marked("A stored secret cannot be opened any more. Connect it again.")
