"""What people read of a lead that could not be written, and whether trying again may help."""

from __future__ import annotations

import structlog

from jobs.to_pipedrive.oauth import NeedsReauth, NotConnected
from models.errors import AppError, TemporaryFailure

log = structlog.get_logger()


def describe_failure(error: Exception, **about: int) -> tuple[str, bool]:
    """Return the reason in words, and whether it passes; what nobody foresaw is logged with `about`."""
    if not isinstance(error, AppError):
        log.error("lead_write.unexpected", exc_info=error, **about)
        return AppError.user_message, False
    return error.user_message, isinstance(error, TemporaryFailure | NotConnected | NeedsReauth)
