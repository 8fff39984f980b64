"""The messages shown after a consent at Pipedrive, for success and for each error."""

from __future__ import annotations

from typing import Final

from models.errors import AppError, InvalidRequest, NotAllowed, Unavailable

# What the setup page says next to "connected", by the word in its URL.
NOTICES: Final = {
    "founded": (
        "Your company had no team here yet, so a new one was made for it and you are its admin. "
        "It may send 1,000 cards a month."
    ),
    "renewed": "The connection was renewed; rules and spaces are as they were.",
    "joined": "Your company was here already: you are an admin of its team from now on.",
    "by-hand": (
        "The webhook that was made by hand is no longer listened to, for each event would come twice. "
        "Delete it in Pipedrive: Tools and apps, Webhooks."
    ),
    "space-taken": "The space you came from belongs to another team, so it was not linked.",
}


class ConsentDenied(InvalidRequest):
    """Raised when the person declined at Pipedrive."""

    code = "CONSENT_DENIED"
    user_message = (
        "Pipedrive says that you did not allow it, so nothing was connected. You can change your mind."
    )


class ConsentFailed(InvalidRequest):
    """Raised when Pipedrive returned another error than a refusal by the person."""

    code = "CONSENT_FAILED"
    user_message = "Pipedrive could not ask for your consent this time, so nothing was connected."


class CodeMissing(InvalidRequest):
    """Raised for a callback with neither a code nor an error."""

    code = "CODE_MISSING"
    user_message = "This is where Pipedrive sends people back to, and it brought nothing along."


class OtherAccount(InvalidRequest):
    """Raised when another person is signed in than the one who began."""

    code = "OTHER_PERSON"
    user_message = "Somebody else began this in your browser. Nothing was connected; start again as yourself."


class OtherTenant(InvalidRequest):
    """Raised when another tenant is selected than the page named."""

    code = "OTHER_TEAM"
    user_message = (
        "You turned to another team meanwhile, so nothing was connected. Look which it is, then start again."
    )


class SignedOut(InvalidRequest):
    """Raised when the person who wanted a personal connection is no longer signed in."""

    code = "SIGNED_OUT"
    user_message = "You were signed out meanwhile. Nothing was connected; sign in and start again."


class CodeNotAccepted(InvalidRequest):
    """Raised when Pipedrive rejects a code: used, older than five minutes, or not ours."""

    code = "CODE_REFUSED"
    user_message = "Pipedrive does not accept this consent any more: it is good once, and for five minutes."


class AccessUseless(AppError):
    """Raised when the tokens from Pipedrive do not even allow reading whose they are."""

    code = "ACCESS_USELESS"
    status = 502
    user_message = (
        "Pipedrive allowed it, but does not say for which company, so nothing was connected. If it happens "
        "again, whoever runs Pipenotify has to look at the app's scopes in Pipedrive's Developer Hub."
    )


class CompanyClosed(NotAllowed):
    """Raised when Pipedrive refuses to describe the company: its account is closed or unpaid."""

    code = "COMPANY_CLOSED"
    user_message = (
        "Pipedrive says that this company's account is closed or unpaid, so nothing was connected. "
        "Settle that in Pipedrive, then start again."
    )


class PipedriveAway(Unavailable):
    """Raised when Pipedrive does not answer while a consent is stored."""

    code = "PIPEDRIVE_AWAY"
    status = 502
    user_message = "Pipedrive did not answer, so nothing was connected. Wait a moment, then start again."


class PipedriveBusy(Unavailable):
    """Raised when Pipedrive limits our calls; `retry_after` is in seconds, if given."""

    code = "PIPEDRIVE_BUSY"
    user_message = "Pipedrive asks us to wait, so nothing was connected. Wait some minutes, then start again."

    def __init__(self, retry_after: float | None) -> None:
        super().__init__("Pipedrive is busy")
        self.retry_after = retry_after


class TooManyAtOnce(Unavailable):
    """Raised when an address begins more consents than a person would."""

    code = "TOO_MANY_CONSENTS"
    status = 429
    user_message = (
        "Too many people of your network connect just now. Please wait five minutes, then start again."
    )


class NoApp(Unavailable):
    """Raised when this service has no app at Pipedrive; `missing` names the variables."""

    code = "NO_PIPEDRIVE_APP"

    def __init__(self, missing: list[str]) -> None:
        names = " and ".join(missing)
        verb = "is" if len(missing) == 1 else "are"
        super().__init__(
            user_message=f"Pipedrive cannot be connected yet: {names} {verb} not set. Whoever runs "
            "Pipenotify makes an app in Pipedrive's Developer Hub and sets them; "
            "the setup page shows the values."
        )
        self.missing = missing
