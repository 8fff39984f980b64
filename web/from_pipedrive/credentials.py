"""Checks the credentials of webhooks, with a short-lived cache of the expected ones."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import structlog

from models.connections.webhooks import webhook_credentials
from models.database.engine import Database
from models.errors import DatabaseUnavailable, SecretUnreadable
from models.security.vault import Vault, associated_data
from models.tables import WebhookCredential

MOST_KEPT: Final = 20_000
_NOBODY: Final = hashlib.sha256(b"nobody").digest()

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """Who sent an authenticated webhook.

    `has_duplicates`: new webhooks are replacing old ones, so one change may arrive twice.
    """

    tenant_id: int
    company_id: str | None
    has_duplicates: bool = False


@dataclass(frozen=True, slots=True)
class _Credential:
    sender: WebhookSender
    user: bytes
    password: bytes


class Credentials:
    """Checks Basic credentials by digest, in constant time for any input.

    Each is cached for `fresh_s` seconds (CREDENTIALS_FRESH_S). Recently used ones are read again before that,
    all in one query.
    """

    def __init__(self, database: Database, vault: Vault, fresh_s: float) -> None:
        self._fresh_s = fresh_s
        self._database = database
        self._vault = vault
        self._kept: dict[str, tuple[list[_Credential], float]] = {}
        self._used: set[str] = set()
        self._digests: dict[tuple[int, str], bytes] = {}

    def keep_fresh(self) -> None:
        """Reload what was used since the last time; runs in a thread of its own and never returns."""
        while True:
            time.sleep(self._fresh_s * 4 / 9)  # early enough that even a slow query is in time
            self.refresh()

    def refresh(self) -> None:
        """Reload once; an error is logged, and the next run tries again."""
        used, self._used = self._used, set()
        asked = set(used)  # another thread may still be adding to the old one
        try:
            self._keep(self._read(asked), asked)
        except DatabaseUnavailable as away:
            log.warning("credentials.stale", why=str(away))
        except Exception:
            log.exception("credentials.unexpected")

    def sender(self, key: str, user: bytes, password: bytes, *, key_is_user: bool) -> WebhookSender | None:
        """Return the sender that key, name and password belong to; None if any does not match.

        Two credentials may be valid at once while one is rotated. With `key_is_user` the key came as the
        Basic name. Raises DatabaseUnavailable.
        """
        given_user, given_password = hashlib.sha256(user).digest(), hashlib.sha256(password).digest()
        found = None
        for expected in self._expected(key) or [_Credential(WebhookSender(0, None), _NOBODY, _NOBODY)]:
            fits_user = hmac.compare_digest(given_user, expected.user) or key_is_user
            fits = hmac.compare_digest(given_password, expected.password) and fits_user
            if fits and expected.sender.tenant_id:
                found = expected.sender
        return found

    def _expected(self, key: str) -> list[_Credential]:
        if "\0" in key:
            return []  # PostgreSQL takes no NUL, not even in a query
        self._used.add(key)
        kept = self._kept.get(key)
        if kept is not None and kept[1] > time.monotonic():
            return kept[0]
        found = self._read({key})
        self._keep(found, {key})
        return found.get(key, [])

    def _keep(self, found: dict[str, list[_Credential]], asked: set[str]) -> None:
        if len(self._kept) + len(asked) > MOST_KEPT:
            self._kept.clear()
            self._digests.clear()
        until = time.monotonic() + self._fresh_s
        for key in asked:
            self._kept[key] = (found.get(key, []), until)

    def _read(self, keys: set[str]) -> dict[str, list[_Credential]]:
        if not keys:
            return {}
        with self._database.reading_all() as session:
            rows = webhook_credentials(session, keys)
        found: dict[str, list[_Credential]] = defaultdict(list)
        for row, company, ours in rows:
            if (expected := self._opened(row, WebhookSender(row.tenant_id, company, ours > 1))) is not None:
                found[row.key].append(expected)
        return found

    def _opened(self, row: WebhookCredential, sender: WebhookSender) -> _Credential | None:
        try:
            where = associated_data(row.tenant_id, "webhook_credentials", "password", row.key)
            digest = self._digests.get((row.tenant_id, row.password))
            if digest is None:
                digest = hashlib.sha256(self._vault.open(row.password, where).encode()).digest()
                self._digests[row.tenant_id, row.password] = digest
        except SecretUnreadable as unreadable:
            log.warning("credential.unreadable", tenant_id=row.tenant_id, why=str(unreadable))
            return None
        return _Credential(
            sender,
            hashlib.sha256(row.user_name.encode()).digest(),
            digest,
        )
