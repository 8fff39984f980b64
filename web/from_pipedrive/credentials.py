"""Checks the credentials of webhooks, with a short-lived cache of the expected ones."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from models.connections.webhooks import ValidCredential, webhook_credentials
from models.database.engine import Database
from models.errors import DatabaseUnavailable, SecretUnreadable
from models.security.vault import Vault, associated_data
from web.from_pipedrive.look_ups import LookUps

MOST_KEPT: Final = 20_000
_KEY: Final = re.compile(r"[A-Za-z0-9._~-]{1,128}")  # as models.rules_file.field_types.WebhookKey
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
    """An expected credential; name and password as digests."""

    sender: WebhookSender
    user: bytes
    password: bytes


class Given:
    """The credentials that a request brought; of name and password only the digests.

    `key_is_user`: the key came as the Basic name.
    """

    __slots__ = ("key", "key_is_user", "password", "user")

    def __init__(self, key: str, user: bytes, password: bytes, *, key_is_user: bool) -> None:
        self.key, self.key_is_user = key, key_is_user
        self.user, self.password = hashlib.sha256(user).digest(), hashlib.sha256(password).digest()


def may_be_key(key: str) -> bool:
    """Return whether a text has the form of a webhook's key; nothing else is looked up or kept."""
    return _KEY.fullmatch(key) is not None


def _match(expected: list[_Credential], given: Given) -> WebhookSender | None:
    """Return whose credential it is; the same work whether or not there is one."""
    found = None
    for each in expected or [_Credential(WebhookSender(0, None), _NOBODY, _NOBODY)]:
        fits_user = hmac.compare_digest(given.user, each.user) or given.key_is_user
        fits = hmac.compare_digest(given.password, each.password) and fits_user
        if fits and each.sender.tenant_id:
            found = each.sender
    return found


class Credentials:
    """Checks Basic credentials by digest, in constant time for any input.

    Those that were right are cached for `fresh_s` seconds (CREDENTIALS_FRESH_S); recently used ones are read
    again before that, all in one query. Of what strangers send nothing is kept.
    """

    def __init__(self, database: Database, vault: Vault, fresh_s: float) -> None:
        self._fresh_s = fresh_s
        self._database = database
        self._vault = vault
        self._kept: dict[str, tuple[list[_Credential], float]] = {}
        self._used: set[str] = set()
        self._digests: dict[tuple[int, str], bytes] = {}
        self._look_ups = LookUps(self._read)

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

    def kept(self, given: Given) -> WebhookSender | None:
        """Return the sender of credentials that are right by the cache; None if they have to be looked up."""
        kept = self._kept.get(given.key)
        if kept is None or kept[1] <= time.monotonic():
            return None
        found = _match(kept[0], given)
        if found is not None:
            self._used.add(given.key)
        return found

    async def look_up(self, given: Given, *, is_suspect: bool = False) -> WebhookSender | None:
        """Return the sender that key, name and password belong to; None if any does not match.

        The key has the right form (`may_be_key`). Two credentials may be valid at once while one is rotated.
        An unknown key and a wrong password take the same time, since both are looked up.
        `is_suspect`: the address has failed too often. Raises DatabaseUnavailable.
        """
        expected = await self._look_ups.ask(given.key, is_suspect=is_suspect)
        found = _match(expected or [], given)
        if found is not None and expected:
            self._used.add(given.key)
            self._keep({given.key: expected}, {given.key})
        return found

    def _keep(self, found: Mapping[str, list[_Credential]], asked: set[str]) -> None:
        """Keep what is found for keys that were right before; forget those that are valid no more."""
        if len(self._kept) + len(asked) > MOST_KEPT:
            self._kept.clear()
            self._digests.clear()
        until = time.monotonic() + self._fresh_s
        for key in asked:
            if key in found:
                self._kept[key] = (found[key], until)
            else:
                self._kept.pop(key, None)

    def _read(self, keys: set[str]) -> dict[str, list[_Credential]]:
        if not keys:
            return {}
        with self._database.reading_all() as session:
            rows = webhook_credentials(session, keys)
        found: dict[str, list[_Credential]] = defaultdict(list)
        for row in rows:
            if (expected := self._opened(row)) is not None:
                found[row.key].append(expected)
        return found

    def _opened(self, row: ValidCredential) -> _Credential | None:
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
            WebhookSender(row.tenant_id, row.company_id, row.ours > 1),
            hashlib.sha256(row.user_name.encode()).digest(),
            digest,
        )
