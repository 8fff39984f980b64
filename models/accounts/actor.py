"""The actor: a user of a tenant, a guest in one of its spaces, somebody unknown, or the system."""

from __future__ import annotations

from dataclasses import dataclass

from models.accounts.rights import Action, Scope, scope_of


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `name` stands in the audit trail: a verified e-mail, Chat's name, or a component of ours.

    `tenant_id` is None for somebody who belongs to no tenant. `is_certain`: the tenant is known for sure, by
    a linked space, a direct message or a session; else it is only derived from the e-mail. `role` is None for
    a guest (in a linked space, no user of the tenant). `chat_name` is Chat's `users/123` of the user, once
    seen. `space` is the linked space (`spaces/AAAA`) they act in, None elsewhere. `is_system`: no person but
    a job, a command line or Pipedrive itself; no right is asked of it.
    `language` is the one that the user chose, empty for that of their Chat, `chat_locale` what Chat said last
    of them, and `tenant_language` that of the tenant's cards. `is_operator`: they run this service, too.
    """

    name: str
    tenant_id: int | None = None
    tenant_name: str = ""
    user_id: int | None = None
    role: str | None = None
    chat_name: str | None = None
    is_certain: bool = False
    space: str | None = None
    is_system: bool = False
    is_operator: bool = False
    language: str = ""
    chat_locale: str = ""
    tenant_language: str = ""

    @property
    def tenant(self) -> int:
        """The id of the actor's tenant. Raises TypeError if they belong to none."""
        if self.tenant_id is None:
            raise TypeError(f"{self.name} acts for no tenant")
        return self.tenant_id

    def scope(self, action: Action) -> Scope:
        """Return on which objects the actor may do something."""
        if self.is_system or (self.is_operator and action is Action.OPERATE):
            return Scope.TENANT
        return scope_of(self.role, action)

    def may(self, action: Action) -> bool:
        """Tell whether the actor may do something at all; on which objects is for the use case to check."""
        return self.scope(action) is not Scope.NOTHING


def system(tenant_id: int, name: str) -> Actor:
    """Return the actor for actions without a person: a job, a command line, Pipedrive itself."""
    return Actor(name=name, tenant_id=tenant_id, is_certain=True, is_system=True)
