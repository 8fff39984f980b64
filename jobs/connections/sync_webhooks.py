"""Keeps our webhooks at Pipedrive: registered, complete, none too many, with credentials of our own.

Every look begins with Pipedrive's list, so a look that died half-way is taken up by the next one: a webhook
that was made but not recorded is found by its address. New ones are made before old ones go, both with
credentials that the door takes, so that no change falls between them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.client import Pipedrive
from jobs.to_pipedrive.errors import PipedriveRefused
from models.backfills.gaps import open_gap
from models.clock import now
from models.connections import webhooks
from models.connections.checks import Care, held, keep_hold
from models.connections.problems import BACK, FAILING, FORBIDDEN, FULL, PARTIAL, TWICE, UNPAID, UNREACHABLE
from models.connections.webhooks import OpenCredential
from models.database.engine import Database
from models.deliveries.notices import tell_admins
from models.errors import NotAllowed
from models.pipedrive.rest.webhooks import DOOR, WANTED, Compared, Listed, compare, is_ours, listed
from models.security.vault import Vault
from models.settings import Settings
from models.tables.connections import Connection, WebhookSubscription
from models.tables.events import Event

# Every process of the door knows a new credential by then, and that two webhooks may tell of one change.
KNOWN_AFTER: Final = timedelta(seconds=3)

Found = TypeVar("Found")


class WebhookKeeping:
    """Looks after the webhooks of one tenant at a time; the caller holds the lease of its connection."""

    def __init__(self, database: Database, vault: Vault, settings: Settings, pipedrive: Pipedrive) -> None:
        self._database = database
        self._vault = vault
        self._door = f"{settings.base_url}{DOOR}"
        self._pipedrive = pipedrive

    def look(self, care: Care) -> frozenset[str]:
        """Bring Pipedrive's webhooks to what they should be; return what is wrong, in sentences.

        Raises LeaseLost, and the troubles of `Pipedrive.as_tenant` where the next look has to go on.
        """
        look = self._begin(care)
        if look is None:
            return frozenset()
        try:
            self._compare(look, self._ask(care, lambda api: api.webhooks()))
        except NotAllowed as refused:
            return frozenset((_shut(refused),))
        self._register(look)
        self._remove(look)
        self._end(look)
        return frozenset(look.wrong)

    def take_away(self, care: Care) -> None:
        """Remove every webhook of ours; for a tenant that leaves. Raises as `look`."""
        with self._database.reading(care.tenant_id) as session:
            keys = webhooks.known_keys(session, care.tenant_id)
            ids = {row.pipedrive_id for row in webhooks.subscriptions(session, care.tenant_id)}
        for each in listed(self._ask(care, lambda api: api.webhooks())):
            if is_ours(each, self._door, ids, keys):
                self._ask(care, _removing(each))

    def _begin(self, care: Care) -> Look | None:
        """Settle which credential the webhooks carry; None where a new one has to become known first."""
        with self._database.writing(care.tenant_id) as session:
            row = held(session, care)
            credential = webhooks.current_credential(session, self._vault, care.tenant_id)
            old = {each.entity: each for each in webhooks.subscriptions(session, care.tenant_id)}
            if row.rotates and old and {each.key for each in old.values()} == {credential.key}:
                webhooks.add_credential(session, self._vault, care.tenant_id)
                row.care_at = now() + KNOWN_AFTER
                return None
            keys = webhooks.known_keys(session, care.tenant_id)
        return Look(care, credential, f"{self._door}/{credential.key}", old, keys)

    def _compare(self, look: Look, items: Any) -> None:
        found = listed(items)
        ids = {row.pipedrive_id for row in look.old.values()}
        compared: Compared = compare(found, look.address, ids=ids, keys=look.keys)
        look.there, look.missing = dict(compared.kept), list(compared.missing)
        look.left, look.ids = list(compared.strays), frozenset(each.id for each in found if each.is_active)

    def _register(self, look: Look) -> None:
        """Make what is missing. At the limit of 40 the old ones have to go first."""
        for entity in look.missing:
            try:
                try:
                    self._make(look, entity)
                except PipedriveRefused as refused:
                    if not (_is_full(refused) and look.left):
                        raise
                    look.bare_since = now()
                    self._remove_all(look)
                    self._make(look, entity)
            except NotAllowed as refused:
                look.wrong.add(_shut(refused))
                return
            except PipedriveRefused as refused:
                look.wrong.add(FULL if _is_full(refused) else UNREACHABLE)
                return

    def _make(self, look: Look, entity: str) -> None:
        carried = look.credential
        made = self._ask(
            look.care,
            lambda api: api.add_webhook(
                look.address, entity, f"Pipenotify: {entity}", carried.user, carried.password
            ),
        )
        for each in listed([made]):
            look.there[entity] = each

    def _remove(self, look: Look) -> None:
        """Remove what should not be there, as soon as another one serves for it."""
        for each in list(look.left):
            if look.is_whole or each.entity in look.there:
                self._remove_one(look, each)

    def _remove_all(self, look: Look) -> None:
        for each in list(look.left):
            self._remove_one(look, each)

    def _remove_one(self, look: Look, each: Listed) -> None:
        try:
            self._ask(look.care, _removing(each))
        except NotAllowed:
            look.wrong.add(TWICE)
        else:
            look.left.remove(each)

    def _end(self, look: Look) -> None:
        """Record how it is now, and ask for what was lost meanwhile to be looked for."""
        tenant_id, at = look.care.tenant_id, now()
        with self._database.writing(tenant_id) as session:
            row = held(session, look.care)
            note_losses(session, row, look, at)
            if row.is_admin is False and look.is_new:
                tell_admins(session, tenant_id, PARTIAL)
            left = {each.id for each in look.left}
            webhooks.record(session, tenant_id, look.credential.key, look.there, left)
            if look.is_whole and not left:
                row.rotates = False
                webhooks.retire(session, tenant_id, {look.credential.key}, at)
            row.checked_at = at

    def _ask(self, care: Care, work: Callable[[PipedriveApi], Found]) -> Found:
        """Ask Pipedrive once, with a lease that outlasts the answer."""
        keep_hold(self._database, care)
        return self._pipedrive.as_tenant(care.tenant_id, work)


def _removing(each: Listed) -> Callable[[PipedriveApi], None]:
    return lambda api: api.remove_webhook(each.id)


def _is_full(refused: PipedriveRefused) -> bool:
    """Tell the limit of 40 a user from other refusals: Pipedrive answers it 422."""
    return "answered 422" in str(refused)


def _shut(refused: NotAllowed) -> str:
    return UNPAID if "answered 402" in str(refused) else FORBIDDEN


@dataclass(slots=True)
class Look:
    """What is known in the course of a look, and what is wrong in the end.

    `old` is what we had registered, by entity; `left` are webhooks that should be gone and are not.
    """

    care: Care
    credential: OpenCredential
    address: str
    old: dict[str, WebhookSubscription]
    keys: set[str]
    there: dict[str, Listed] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    left: list[Listed] = field(default_factory=list)
    bare_since: datetime | None = None  # old ones had to go before there were new ones
    ids: frozenset[str] = frozenset()
    wrong: set[str] = field(default_factory=set)

    @property
    def is_whole(self) -> bool:
        """Whether each entity has its webhook, with the credential that they are to carry."""
        return set(WANTED) <= self.there.keys()

    @property
    def is_new(self) -> bool:
        """Whether none of those before carried this credential."""
        return self.credential.key not in {each.key for each in self.old.values()}


def note_losses(session: Session, row: Connection, look: Look, at: datetime) -> None:
    """Ask for what was lost since the last look to be looked for, and tell the admins what came back.

    The session is the writing one that records the look: a crash does neither or both.
    """
    if any(each.is_failing for each in look.there.values()):
        look.wrong.add(FAILING)
    lost = [old for old in look.old.values() if _is_lost(old, look)]
    names = {old.entity for old in lost}
    names |= {each.entity for each in look.there.values() if _fails(each, look.old.get(each.entity))}
    if names:
        well_until = row.checked_at or row.created_at
        open_gap(session, row.tenant_id, well_until, at, f"Webhooks were lost: {', '.join(sorted(names))}")
    elif since := look.bare_since or _since_takeover(session, row, look):
        open_gap(session, row.tenant_id, since, at, "Webhooks changed hands")
    if any(old.entity in look.there for old in lost):
        tell_admins(session, row.tenant_id, BACK)


def _since_takeover(session: Session, row: Connection, look: Look) -> datetime | None:
    """Return since when webhooks that a person had made count no more, where ours are the first after them.

    The door refuses them from the consent on; an app does not even see them in its list.
    """
    heard_before = select(Event.id).where(Event.tenant_id == row.tenant_id).limit(1)
    return None if look.old or session.scalar(heard_before) is None else row.refreshed_at


def _is_lost(old: WebhookSubscription, look: Look) -> bool:
    """Tell whether a webhook of ours is gone or switched off; of one that is replaced we do not know."""
    return old.key == look.credential.key and old.pipedrive_id not in look.ids


def _fails(each: Listed, old: WebhookSubscription | None) -> bool:
    """Tell whether a delivery failed since the last look; Pipedrive's clock is compared with itself alone."""
    seen = (each.id, each.last_status, each.last_delivery_at)
    return each.is_failing and (
        old is None or seen != (old.pipedrive_id, old.last_status, old.last_delivery_at)
    )
