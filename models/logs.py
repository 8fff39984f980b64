"""Logs: one JSON object a line on standard output, without secrets and without bodies."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog

SECRET_KEYS: Final = frozenset(
    {
        "authorization",
        "token",
        "password",
        "secret",
        "api_token",
        "refresh_token",
        "access_token",
        "url",
        "body",
    }
)
_SECRETS_IN_TEXT: Final = re.compile(
    r"""(?ix)
    ( \b [\w-]* (?:token|key|password|secret|code|assertion) ["']? \s* [=:] \s* ["']? ) [^&\s"',}]+
    | ( \b (?:Bearer|Basic) \s+ ) [\w.~+/=-]+
    | ( /webhook/pipedrive/ | /connect/ ) [^\s/"']+
    | ( :// [^\s/:@]* : ) [^\s/@]+ (?=@)
    """
)
# Cloud Logging reads `severity`; see https://cloud.google.com/logging/docs/structured-logging.
_SEVERITY: Final = {
    "debug": "DEBUG",
    "info": "INFO",
    "warning": "WARNING",
    "error": "ERROR",
    "critical": "CRITICAL",
}


def redact(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace secrets, found by their key and by their form, at any depth."""
    for key, value in line.items():
        line[key] = _blanked(key, value)
    return line


def _blanked(key: object, value: Any) -> Any:
    if str(key).lower() in SECRET_KEYS:
        return "[redacted]"
    if isinstance(value, str):
        return _SECRETS_IN_TEXT.sub(lambda found: f"{next(filter(None, found.groups()))}[redacted]", value)
    if isinstance(value, Mapping):
        return {name: _blanked(name, each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_blanked("", each) for each in value]
    return value


def _severity(_logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    line["severity"] = _SEVERITY.get(method, "DEFAULT")
    return line


def set_up(level: str) -> None:
    """Send our logs and those of libraries through one renderer."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _severity,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        ),
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in (
        "rq",
        "rq.worker",
        "httpx",
        "httpcore",
        "googleapiclient",
        "google.auth",
        "google_auth_httplib2",
        "alembic",
        "urllib3",
    ):
        logging.getLogger(chatty).setLevel(logging.WARNING)
