"""Errors as events of Sentry: scrubbed as the logs are, without values of variables, headers and bodies.

Imported only where SENTRY_DSN is set. The SDK sends in a thread of its own.
Facts: https://docs.sentry.io/platforms/python/configuration/options/.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration

from models.logs import redact

TAGS: Final = ("tenant_id", "request_id")
ENDS_WITHIN_S: Final = 2


def start(dsn: str) -> None:
    """Report from now on what ends a thread or the process, and what `report` is called with."""
    sentry_sdk.init(
        dsn=dsn,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            AtexitIntegration(callback=lambda _pending, _timeout: None),
            DedupeIntegration(),
            ExcepthookIntegration(),
            ThreadingIntegration(propagate_scope=False),
        ],
        before_send=_scrub,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        shutdown_timeout=ENDS_WITHIN_S,
    )


def report(event: str, error: BaseException, line: Mapping[str, Any]) -> None:
    """Report an exception with the name and the values of the log line that tells of it."""
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("event", event)
        for name in TAGS:
            if name in line:
                scope.set_tag(name, str(line[name]))
        scope.set_context("log", {name: each for name, each in line.items() if name != "exc_info"})
        sentry_sdk.capture_exception(error)


def _scrub(event: Any, _hint: Any) -> Any:
    return redact(None, "", event)
