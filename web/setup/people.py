"""A tenant's people on the setup page: their Pipedrive users, and their personal connections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.text.format import clean
from models.connections.people import active_pipedrive_users, users_with_connections
from models.connections.queries import count_matched_users
from models.database.engine import Session

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of the tenant.

    `pipedrive_id` is their Pipedrive user, empty if unmatched; `is_by_hand`: not matched by e-mail.
    `is_known`: Chat has met them. `personal` is the state of their own connection, empty if they have none.
    """

    id: int
    email: str
    name: str
    role: str
    is_known: bool
    pipedrive_id: str
    is_by_hand: bool
    personal: str


@dataclass(frozen=True, slots=True)
class PipedriveName:
    """A Pipedrive user who may be matched with somebody."""

    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class People:
    """The first people of a tenant, all of Pipedrive's active users, and how many more people there are."""

    rows: tuple[PersonRow, ...] = ()
    pipedrive: tuple[PipedriveName, ...] = ()
    more: int = 0

    @property
    def matched(self) -> int:
        return sum(bool(row.pipedrive_id) for row in self.rows)

    def knows(self, pipedrive_id: str) -> bool:
        return any(each.id == pipedrive_id for each in self.pipedrive)

    def named(self, pipedrive_id: str) -> str:
        """Return the name of a Pipedrive user, or its number if it is not in the list."""
        names = {each.id: each.name or each.email for each in self.pipedrive}
        return names.get(pipedrive_id) or f"user {pipedrive_id}"


def people_of(session: Session, tenant_id: int) -> People:
    total, _ = count_matched_users(session, tenant_id)
    rows = _people(session, tenant_id)
    users = active_pipedrive_users(session, tenant_id, MOST * 5)
    names = tuple(PipedriveName(user.pipedrive_id, clean(user.name), clean(user.email)) for user in users)
    return People(rows, names, max(0, total - len(rows)))


def _people(session: Session, tenant_id: int) -> tuple[PersonRow, ...]:
    return tuple(
        PersonRow(
            user.id,
            user.email,
            clean(user.display_name) or user.email,
            user.role,
            user.chat_name is not None,
            user.pipedrive_user_id or "",
            user.is_matched_by_hand,
            personal or "",
        )
        for user, personal in users_with_connections(session, tenant_id, MOST)
    )
