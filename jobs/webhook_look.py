"""One look at a tenant's webhooks: what was found, what became of it, and what was lost meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.care_store import Care
from models.care_words import BACK, FAILING
from models.connections import Connection
from models.events import Event
from models.gaps import open_gap
from models.notices import tell_admins
from models.pipedrive.webhooks import WANTED, Listed
from models.webhook_store import OpenCredential
from models.webhook_subscriptions import WebhookSubscription


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
