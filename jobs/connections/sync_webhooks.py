"""Keeps our webhooks at Pipedrive right: registered, complete, no extra ones, with our own credentials.

Every check begins with Pipedrive's list, so the next check continues an interrupted one: a webhook
that was created but not recorded is found by its URL. New ones are created before old ones are deleted, both
with credentials that our endpoint accepts, so that no change is lost in between.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.client import Pipedrive
from jobs.to_pipedrive.errors import PipedriveRefused
from models.backfills.gaps import open_gap
from models.clock import now
from models.connections import webhooks
from models.connections.checks import ConnectionCheck, lock_row, renew_lease
from models.connections.problems import BACK, PARTIAL, ProblemCode
from models.connections.webhooks import OpenCredential
from models.database.engine import Database, Session
from models.deliveries.notices import notify_admins
from models.errors import NotAllowed
from models.events.store import has_events
from models.pipedrive.rest.webhooks import DOOR, WANTED, Compared, ListedWebhook, compare, is_ours, listed
from models.security.vault import Vault
from models.settings import Settings
from models.tables.connections import Connection, WebhookSubscription

# By then every web process knows a new credential, and that two webhooks may report one change.
KNOWN_AFTER: Final = timedelta(seconds=3)

Found = TypeVar("Found")


class WebhookSync:
    """Syncs the webhooks of one tenant at a time; the caller holds the lease of its connection."""

    def __init__(self, database: Database, vault: Vault, settings: Settings, pipedrive: Pipedrive) -> None:
        self._database = database
        self._vault = vault
        self._door = f"{settings.base_url}{DOOR}"
        self._is_staging = settings.is_staging
        self._pipedrive = pipedrive

    def check(self, lease: ConnectionCheck) -> frozenset[ProblemCode]:
        """Bring Pipedrive's webhooks to the wanted state; return the problems, in sentences.

        Raises LeaseLost, and the errors of `Pipedrive.as_tenant`, after which the next check continues.
        """
        check = self._begin(lease)
        if check is None:
            return frozenset()
        try:
            self._compare(check, self._ask(lease, lambda api: api.webhooks()))
        except NotAllowed as refused:
            return frozenset((_shut(refused),))
        self._register(check)
        self._remove(check)
        self._end(check)
        return frozenset(check.wrong)

    def take_away(self, lease: ConnectionCheck) -> None:
        """Delete every webhook of ours, for a tenant that is disconnecting. Raises as `check`."""
        with self._database.reading(lease.tenant_id) as session:
            keys = webhooks.known_keys(session, lease.tenant_id)
            ids = {row.pipedrive_id for row in webhooks.subscriptions(session, lease.tenant_id)}
        for each in listed(self._ask(lease, lambda api: api.webhooks())):
            if is_ours(each, self._door, self._known(ids), self._known(keys)):
                self._ask(lease, _removing(each))

    def _begin(self, lease: ConnectionCheck) -> WebhookCheck | None:
        """Choose the webhooks' credential; None if a new one must first become known to all processes."""
        with self._database.writing(lease.tenant_id) as session:
            row = lock_row(session, lease)
            credential = webhooks.current_credential(session, self._vault, lease.tenant_id)
            old = {each.entity: each for each in webhooks.subscriptions(session, lease.tenant_id)}
            if row.rotates and old and {each.key for each in old.values()} == {credential.key}:
                webhooks.add_credential(session, self._vault, lease.tenant_id)
                row.next_check_at = now() + KNOWN_AFTER
                return None
            keys = webhooks.known_keys(session, lease.tenant_id)
        return WebhookCheck(lease, credential, f"{self._door}/{credential.key}", old, keys)

    def _compare(self, check: WebhookCheck, items: Any) -> None:
        found = listed(items)
        ids = {row.pipedrive_id for row in check.old.values()}
        compared: Compared = compare(found, check.address, ids=self._known(ids), keys=self._known(check.keys))
        check.there, check.missing = dict(compared.kept), list(compared.missing)
        check.left, check.ids = list(compared.extra), frozenset(each.id for each in found if each.is_active)

    def _known(self, names: Collection[str]) -> Collection[str]:
        """Return by which ids or keys webhooks at other addresses are ours: in staging none is."""
        return () if self._is_staging else names

    def _register(self, check: WebhookCheck) -> None:
        """Create the missing ones. At the limit of 40 the old ones have to be deleted first."""
        for entity in check.missing:
            try:
                try:
                    self._make(check, entity)
                except PipedriveRefused as refused:
                    if not (_is_full(refused) and check.left):
                        raise
                    check.bare_since = now()
                    self._remove_all(check)
                    self._make(check, entity)
            except NotAllowed as refused:
                check.wrong.add(_shut(refused))
                return
            except PipedriveRefused as refused:
                check.wrong.add(ProblemCode.FULL if _is_full(refused) else ProblemCode.UNREACHABLE)
                return

    def _make(self, check: WebhookCheck, entity: str) -> None:
        carried = check.credential
        made = self._ask(
            check.lease,
            lambda api: api.add_webhook(
                check.address, entity, f"Pipenotify: {entity}", carried.user, carried.password
            ),
        )
        for each in listed([made]):
            check.there[entity] = each

    def _remove(self, check: WebhookCheck) -> None:
        """Delete unwanted webhooks, as soon as another one replaces them."""
        for each in list(check.left):
            if check.is_whole or each.entity in check.there:
                self._remove_one(check, each)

    def _remove_all(self, check: WebhookCheck) -> None:
        for each in list(check.left):
            self._remove_one(check, each)

    def _remove_one(self, check: WebhookCheck, each: ListedWebhook) -> None:
        try:
            self._ask(check.lease, _removing(each))
        except NotAllowed:
            check.wrong.add(ProblemCode.TWICE)
        else:
            check.left.remove(each)

    def _end(self, check: WebhookCheck) -> None:
        """Record the present state, and request a backfill of what was lost meanwhile."""
        tenant_id, at = check.lease.tenant_id, now()
        with self._database.writing(tenant_id) as session:
            row = lock_row(session, check.lease)
            note_losses(session, row, check, at)
            if row.is_admin is False and check.is_new:
                notify_admins(session, tenant_id, PARTIAL)
            left = {each.id for each in check.left}
            webhooks.record(session, tenant_id, check.credential.key, check.there, left)
            if check.is_whole and not left:
                row.rotates = False
                webhooks.retire(session, tenant_id, {check.credential.key}, at)
            row.checked_at = at

    def _ask(self, lease: ConnectionCheck, work: Callable[[PipedriveApi], Found]) -> Found:
        """Make one call to Pipedrive, with a lease that outlasts it."""
        renew_lease(self._database, lease)
        return self._pipedrive.as_tenant(lease.tenant_id, work, lease_until=lease.lease_until)


def _removing(each: ListedWebhook) -> Callable[[PipedriveApi], None]:
    return lambda api: api.remove_webhook(each.id)


def _is_full(refused: PipedriveRefused) -> bool:
    """Return whether the refusal is the limit of 40 a user: Pipedrive answers it 422."""
    return "answered 422" in str(refused)


def _shut(refused: NotAllowed) -> ProblemCode:
    return ProblemCode.UNPAID if "answered 402" in str(refused) else ProblemCode.FORBIDDEN


@dataclass(slots=True)
class WebhookCheck:
    """What is known during a check, and the problems at its end.

    `old` is what we had registered, by entity; `left` are webhooks that should have been deleted but exist.
    """

    lease: ConnectionCheck
    credential: OpenCredential
    address: str
    old: dict[str, WebhookSubscription]
    keys: set[str]
    there: dict[str, ListedWebhook] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    left: list[ListedWebhook] = field(default_factory=list)
    bare_since: datetime | None = None  # old ones had to be deleted before new ones existed
    ids: frozenset[str] = frozenset()
    wrong: set[ProblemCode] = field(default_factory=set)

    @property
    def is_whole(self) -> bool:
        """Whether each entity has its webhook, with the intended credential."""
        return set(WANTED) <= self.there.keys()

    @property
    def is_new(self) -> bool:
        """Whether none of the previous webhooks had this credential."""
        return self.credential.key not in {each.key for each in self.old.values()}


def note_losses(session: Session, row: Connection, check: WebhookCheck, at: datetime) -> None:
    """Request a backfill of what was lost since the last check, and notify the admins of restored webhooks.

    The session is the writing one that records the check: a crash does neither or both.
    """
    if any(each.is_failing for each in check.there.values()):
        check.wrong.add(ProblemCode.FAILING)
    lost = [old for old in check.old.values() if _is_lost(old, check)]
    names = {old.entity for old in lost}
    names |= {each.entity for each in check.there.values() if _fails(each, check.old.get(each.entity))}
    if names:
        well_until = row.checked_at or row.created_at
        open_gap(session, row.tenant_id, well_until, at, f"Webhooks were lost: {', '.join(sorted(names))}")
    elif since := check.bare_since or _since_takeover(session, row, check):
        open_gap(session, row.tenant_id, since, at, "Webhooks changed hands")
    if any(old.entity in check.there for old in lost):
        notify_admins(session, row.tenant_id, BACK)


def _since_takeover(session: Session, row: Connection, check: WebhookCheck) -> datetime | None:
    """Return since when webhooks made by a person are refused, if ours are the first after them.

    The endpoint refuses them from the consent on; an app does not even see them in its list.
    """
    return None if check.old or not has_events(session, row.tenant_id) else row.refreshed_at


def _is_lost(old: WebhookSubscription, check: WebhookCheck) -> bool:
    """Return whether a webhook of ours is gone or switched off; unknown for one being replaced."""
    return old.key == check.credential.key and old.pipedrive_id not in check.ids


def _fails(each: ListedWebhook, old: WebhookSubscription | None) -> bool:
    """Return whether a delivery failed since the last check, comparing only Pipedrive's own times."""
    seen = (each.id, each.last_status, each.last_delivery_at)
    return each.is_failing and (
        old is None or seen != (old.pipedrive_id, old.last_status, old.last_delivery_at)
    )
