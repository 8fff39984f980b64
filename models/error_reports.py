"""Where errors are reported beside the logs: to Sentry, if SENTRY_DSN is set."""

from __future__ import annotations

from models.logs import Reporter


def error_reporter(dsn: str | None) -> Reporter | None:
    """Start to report errors of this process; return what reports a logged one. None without a DSN."""
    if dsn is None:
        return None
    from models import sentry  # noqa: PLC0415 - the SDK is loaded only where it is needed

    sentry.start(dsn)
    return sentry.report
