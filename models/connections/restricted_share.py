"""How many of a tenant's deals only some may see, and the notices that tell its admins once.

Such deals are not shown in spaces unless a rule is opened for them (`models.connections.visibility`). Whoever
meets a space full of cards without content has to know why, and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.connections.visibility import restriction
from models.deliveries.notices import Notice, notify_admins, press_url
from models.languages.translate import for_later
from models.pipedrive.change import Unreadable, read
from models.pipedrive.webhook.json import parse_json
from models.tables.connections import Connection
from models.tables.events import Event
from models.tables.rules import Rule

CONNECTED: Final = "connected"  # told when Pipedrive was connected
REDACTED: Final = "redacted"  # told at the first card without content
NEWEST_EVENTS: Final = 500  # events; the share is of the deals among them
MOST_DEALS: Final = 100
WHY: Final = for_later(
    "In a space a card then says only that something happened, not to which deal: nobody shall read here what"
    " they may not see there. If all who are in a space may know, let its rules show it."
)


@dataclass(frozen=True, slots=True)
class Share:
    """Of `counted` deals, `restricted` may not be seen by every active user of the company."""

    restricted: int = 0
    counted: int = 0

    @property
    def is_most(self) -> bool:
        return self.restricted * 2 > self.counted

    def __str__(self) -> str:
        """Return the share as people read it: `83 of the last 100 deals`."""
        if self.counted == 1:
            return for_later("the last deal")
        return for_later(
            "{restricted} of the last {counted} deals",
            restricted=f"{self.restricted:,}",
            counted=f"{self.counted:,}",
        )

    @property
    def sentence(self) -> str:
        """What it means, as a text of its own."""
        counted = for_later("The last deal") if self.counted == 1 else str(self)
        restricted = for_later("{share} may not be seen by everybody in your Pipedrive.", share=counted)
        return f"{restricted} {WHY}"


@dataclass(frozen=True, slots=True)
class FirstRedacted:
    """The first delivery without content: its rule, and where it went."""

    rule_id: int
    rule: str
    place: str


def stored_share(session: Session, tenant_id: int, users: frozenset[str]) -> Share:
    """Return the share among the newest stored events of deals, each deal once; `users` are the active ones.

    A body that does not say who may see its deal is not counted.
    """
    newest = select(Event.id, Event.object_key, Event.raw).where(Event.tenant_id == tenant_id)
    rows = session.execute(newest.order_by(Event.id.desc()).limit(NEWEST_EVENTS))
    seen: dict[str, bool] = {}
    for _, key, raw in rows:
        if key is None or key in seen or not key.startswith("deal:"):
            continue
        permitted = _permitted(raw)
        if permitted is not None:
            seen[key] = bool(restriction(permitted, users))
        if len(seen) == MOST_DEALS:
            break
    return Share(sum(seen.values()), len(seen))


def _permitted(raw: bytes) -> frozenset[str] | None:
    try:
        change = read(parse_json(raw))
    except Unreadable:
        return None
    return change.permitted_user_ids if change is not None else None


def is_due(session: Session, tenant_id: int, when: str) -> bool:
    """Tell whether admins have not been told on this occasion yet (CONNECTED or REDACTED)."""
    row = session.scalar(select(Connection).where(Connection.tenant_id == tenant_id))
    return row is not None and when not in row.restricted_notices


def tell_at_connecting(session: Session, tenant_id: int, share: Share) -> bool:
    """Tell the admins once, if most deals are restricted; return whether there is nothing left to tell.

    Nobody is told while Chat knows no admin. The session is a writing one.
    """
    mine = (Rule.tenant_id == tenant_id, Rule.shows_restricted.is_(False))
    has_rules = session.scalar(select(Rule.id).where(*mine).limit(1)) is not None
    buttons = [ALL_RULES, CHOOSE] if has_rules else []
    then = [] if has_rules else [for_later("The card of a rule has a switch for it.")]
    title = for_later("Most of your deals are visible to some only")
    return _tell(session, tenant_id, CONNECTED, share, (title, " ".join([share.sentence, *then])), buttons)


def tell_at_first_card(session: Session, tenant_id: int, share: Share, first: FirstRedacted) -> bool:
    """Tell the admins once of a card without content (see `tell_at_connecting`)."""
    name = first.rule[:60]
    title = for_later("A card of “{name}” came without its content", name=name)
    words = f"{for_later('It went to {place}.', place=first.place[:100])} {share.sentence}"
    one = (for_later("Show in “{name}”", name=name[:30]), press_url("restricted.ask", rule=first.rule_id))
    return _tell(session, tenant_id, REDACTED, share, (title, words), [one, ALL_RULES, CHOOSE])


ALL_RULES: Final = (for_later("Show in all rules"), press_url("restricted.ask"))
CHOOSE: Final = (for_later("Choose rules"), press_url("restricted.rules"))


def _tell(
    session: Session,
    tenant_id: int,
    when: str,
    share: Share,
    text: tuple[str, str],
    buttons: list[tuple[str, str]],
) -> bool:
    query = select(Connection).where(Connection.tenant_id == tenant_id).with_for_update()
    row = session.scalar(query)
    if row is None or when in row.restricted_notices:
        return True
    if not share.is_most:
        return False
    labels, urls = "\n".join(label for label, _ in buttons), "\n".join(url for _, url in buttons)
    if not notify_admins(session, tenant_id, Notice(*text, labels, urls), or_space=False):
        return False
    row.restricted_notices = [*row.restricted_notices, when]
    return True
