"""Logs: one JSON object a line on standard output, without secrets and without bodies."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final, Protocol

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
CONTEXT: Final = {
    "tenant_id": "tenantId",
    "user_id": "userId",
    "endpoint": "endpoint",
    "request_id": "requestId",
}
SERVICES: Final = ("web", "worker")
LONGEST_TEXT: Final = 1024
LONGEST_STACK: Final = 16 * 1024
STACKS: Final = frozenset({"exception", "stack"})
# Each branch begins with fixed letters, so that the time grows with the length of a text, not its square:
# a prefix such as [\w-]* before them took 22 s for a path of 16,000 letters.
_SECRETS_IN_TEXT: Final = re.compile(
    r"""(?ix)
    ( (?:token|key|password|secret|code|assertion) ["']? \s* [=:] \s* ["']? ) [^&\s"',}]+
    | ( \b (?:Bearer|Basic) \s+ ) [\w.~+/=-]+
    | ( /webhook/pipedrive/ | /connect/ ) [^\s/"']+
    | ( :// [^\s/:@]* : ) [^\s/@]+ (?=@)
    """
)
# Cloud Logging reads `severity`; see https://cloud.google.com/logging/docs/structured-logging.
_SEVERITIES: Final = {
    "debug": "DEBUG",
    "info": "INFO",
    "warning": "WARNING",
    "error": "ERROR",
    "critical": "CRITICAL",
}


# Libraries that say more than an operator wants to read.
VERBOSE: Final = (
    "rq",
    "rq.worker",
    "httpx",
    "httpcore",
    "googleapiclient",
    "google.auth",
    "google_auth_httplib2",
    "alembic",
    "urllib3",
)
Reporter = Callable[[str, BaseException, Mapping[str, Any]], None]


def redact(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace secrets at any depth: values of known keys, and text that has the pattern of a secret.

    Text is cut first (strangers choose paths and names), stacks less than other text.
    """
    for key, value in line.items():
        line[key] = _redact_value(key, value)
    return line


def _redact_value(key: object, value: Any) -> Any:
    if str(key).lower() in SECRET_KEYS:
        return "[redacted]"
    if isinstance(value, str):
        cut = _cut(value, LONGEST_STACK if key in STACKS else LONGEST_TEXT)
        return _SECRETS_IN_TEXT.sub(lambda match: f"{next(filter(None, match.groups()))}[redacted]", cut)
    if isinstance(value, bytes | bytearray):
        return f"[{len(value)} bytes]"
    if isinstance(value, Mapping):
        return {name: _redact_value(name, each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redact_value("", each) for each in value]
    return value


def _cut(text: str, most: int) -> str:
    """Return the beginning of a text; its end could be the end of a secret that is known by its beginning."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"


def _add_severity(_logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    line["severity"] = _SEVERITIES.get(method, "DEFAULT")
    return line


def _complete_error(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Give a line of level error what programs look for in it: a message, the stack, whose request it was."""
    if line.get("level") in ("error", "critical"):
        line["message"], line["stack"] = line.get("event"), line.pop("exception", None)
        line["context"] = {shown: line.get(name) for name, shown in CONTEXT.items()}
    return line


class _ReportErrors:
    """Hands exceptions of lines of level error to a reporter, before they become text."""

    def __init__(self, report: Reporter) -> None:
        self._report = report

    def __call__(self, _logger: Any, _method: str, line: MutableMapping[str, Any]) -> Any:
        error = _exception_of(line) if line.get("level") in ("error", "critical") else None
        if error is not None:
            self._report(str(line.get("event", "")), error, line)
        return line


def _exception_of(line: Mapping[str, Any]) -> BaseException | None:
    found = line.get("exc_info")
    if isinstance(found, tuple):
        found = found[1]
    return found if isinstance(found, BaseException) else sys.exc_info()[1] if found else None


class Noted(Protocol):
    """The attributes of an actor that log lines have (`models.accounts.actor.Actor`)."""

    @property
    def tenant_id(self) -> int | None: ...
    @property
    def user_id(self) -> int | None: ...


def note_who_acts(actor: Noted) -> None:
    """Add the numbers of an actor's tenant and user to all further log lines of this request."""
    known = {"tenant_id": actor.tenant_id, "user_id": actor.user_id}
    structlog.contextvars.bind_contextvars(**{name: number for name, number in known.items() if number})


def _of(service: str) -> Callable[[Any, str, MutableMapping[str, Any]], Any]:
    """Return a processor that says of each line which service wrote it."""

    def add_service(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> Any:
        line["service"] = service
        return line

    return add_service


def set_up(level: str, report: Reporter | None = None, *, service: str) -> None:
    """Set up logging: our lines and those of libraries go to standard output as JSON.

    `report` gets each exception that is logged as an error, with the name of the line and its values.
    `service` is one of SERVICES.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _of(service),
        *([_ReportErrors(report)] if report else []),
        _add_severity,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        structlog.processors.format_exc_info,
        _complete_error,
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
    for verbose in VERBOSE:
        logging.getLogger(verbose).setLevel(logging.WARNING)
