"""The actor: a user of a tenant, a guest in one of its spaces, somebody unknown, or the system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.tables.accounts import Role

READERS: Final = (Role.ANALYST, Role.VIEWER)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `name` stands in the audit trail: a verified e-mail, Chat's name, or a component of ours.

    `tenant_id` is None for somebody who belongs to no tenant. `is_certain`: the tenant is known for sure, by
    a linked space, a direct message or a session; else it is only derived from the e-mail. `role` is None for
    a guest (in a linked space, no user of the tenant) and for the system. `chat_name` is Chat's
    `users/123` of the user, once seen.
    """

    name: str
    tenant_id: int | None = None
    tenant_name: str = ""
    user_id: int | None = None
    role: str | None = None
    chat_name: str | None = None
    is_certain: bool = False

    @property
    def tenant(self) -> int:
        """The id of the actor's tenant. Raises TypeError if they belong to none."""
        if self.tenant_id is None:
            raise TypeError(f"{self.name} acts for no tenant")
        return self.tenant_id

    @property
    def may_change(self) -> bool:
        """Everybody in a linked space may change its rules, except users who only read."""
        return self.role not in READERS

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN


def system(tenant_id: int, name: str) -> Actor:
    """Return the actor for actions without a person: a job, a command line, Pipedrive itself."""
    return Actor(name=name, tenant_id=tenant_id, is_certain=True)
