"""Says in words what is wrong with settings, without the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from models.alert_routes import DEFAULT_ROUTES, Severity, sinks_for
from models.destinations.webhook_url import lane_of
from models.operating.finding import NOTE, OK, WRONG, Finding
from models.security.keys import FILE_NAME as KEY_FILE
from models.settings import Settings

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Yield what was found, part by part."""
    yield from _environment(settings)
    yield from _address(settings)
    yield from _chat_account(settings)
    yield from _pipedrive_app(settings)
    yield from _alerts(settings)
    yield from _backup_keys(settings)


def _environment(settings: Settings) -> Iterator[Finding]:
    if settings.is_staging:
        spaces = ", ".join(sorted(settings.staging_spaces)) or "no space: STAGING_SPACES is unset"
        yield Finding("environment", NOTE, f"staging: it writes into {spaces}")
        companies = ", ".join(sorted(settings.staging_companies)) or "no company: STAGING_COMPANIES is unset"
        yield Finding("environment", NOTE, f"staging: it changes something in the Pipedrive of {companies}")
    else:
        yield Finding("environment", OK, settings.app_env)


def _address(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.base_url)
    if parts.hostname in LOOPBACK:
        words = (
            f"BASE_URL is {settings.base_url}: Google and Pipedrive cannot reach it. Fine for the demo alone"
        )
        yield Finding("address", NOTE, words)
    elif parts.scheme != "https":
        words = f"BASE_URL is {settings.base_url}: Google Chat and Pipedrive call https addresses only"
        yield Finding("address", WRONG, words)
    else:
        yield Finding("address", OK, settings.base_url)


def _chat_account(settings: Settings) -> Iterator[Finding]:
    name, path = "Chat account", settings.google_application_credentials
    if path is None:
        words = "GOOGLE_APPLICATION_CREDENTIALS is unset: only incoming webhooks can be written, no space"
        yield Finding(name, NOTE, words)
        return
    try:
        account = json.loads(Path(path).read_text("utf-8"))["client_email"]
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        words = f"GOOGLE_APPLICATION_CREDENTIALS is no key file of a service account ({type(wrong).__name__})"
        yield Finding(name, WRONG, words)
        return
    yield Finding(name, OK, str(account))


def _pipedrive_app(settings: Settings) -> Iterator[Finding]:
    name, given = "Pipedrive app", (settings.pipedrive_client_id, settings.pipedrive_client_secret)
    if all(given):
        yield Finding(name, OK, f"client {settings.pipedrive_client_id}")
    elif any(given):
        yield Finding(name, WRONG, "set PIPEDRIVE_CLIENT_ID and PIPEDRIVE_CLIENT_SECRET, both of them")
    else:
        words = "PIPEDRIVE_CLIENT_ID is unset: companies cannot connect, webhooks made by hand work"
        yield Finding(name, NOTE, words)


def _alerts(settings: Settings) -> Iterator[Finding]:
    configured, routes = settings.alert_sinks, settings.alert_routes
    if not configured:
        words = "nobody gets any: set ALERT_WEBHOOK to the incoming webhook of a Chat space"
        yield Finding("alerts", NOTE, words)
        return
    going = {each: ", ".join(sinks_for(each, routes, configured)) for each in Severity}
    yield Finding("alerts", OK, "; ".join(f"{severity} to {sinks}" for severity, sinks in going.items()))
    chosen = {sink for each in Severity if routes[each] != DEFAULT_ROUTES[each] for sink in routes[each]}
    yield from _alerts_in_staging(settings)
    for sink in sorted(chosen.difference(configured)):
        yield Finding("alerts", WRONG, f"ALERT_ROUTES names {sink}, which is not set up: docs/settings.md")


def _backup_keys(settings: Settings) -> Iterator[Finding]:
    if settings.backup_folder is None:
        return
    if "encryption_keys" in settings.model_fields_set:
        yield Finding("backup keys", OK, "ENCRYPTION_KEYS: keep them elsewhere as well")
        return
    words = (
        f"backups can be read with {settings.pipenotify_data / KEY_FILE} alone, which lies on the disk that "
        "they are to outlive: keep a copy of that file elsewhere, or set ENCRYPTION_KEYS"
    )
    yield Finding("backup keys", NOTE, words)


def _alerts_in_staging(settings: Settings) -> Iterator[Finding]:
    if settings.alert_webhook is None or settings.allowed_spaces is None:
        return
    space = lane_of(settings.alert_webhook)
    if space not in settings.allowed_spaces:
        words = f"no alert can arrive in {space}, the space of ALERT_WEBHOOK: name it in STAGING_SPACES"
        yield Finding("alerts", WRONG, words)
