"""The scopes of tokens: `read:rules` and so on. A scope allows no more than the role of the token's user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from models.accounts.actor import Actor
from models.accounts.rights import Action
from models.errors import InvalidRequest

ADMIN: Final = "admin:tenant"
# Each scope, and the actions of which a role must allow at least one for the scope to be of any use to it.
_ACTIONS: Final[Mapping[str, tuple[Action, ...]]] = {
    "read:rules": (Action.RULE_READ,),
    "write:rules": (Action.RULE_MAKE, Action.RULE_CHANGE),
    "read:webhooks": (Action.SPACE_READ,),
    "write:webhooks": (Action.SPACE_LINK, Action.SPACE_CHANGE, Action.WEBHOOK_ADD),
    "read:templates": (Action.TEMPLATE_READ,),
    "write:templates": (Action.TEMPLATE_CHANGE,),
    "read:logs": (Action.LOG_READ,),
    "write:logs": (Action.LOG_RETRY,),
    "read:events": (Action.LOG_READ,),
    "write:events": (Action.LOG_RETRY,),
    "read:users": (Action.PEOPLE_READ,),
    "write:users": (Action.PEOPLE_CHANGE,),
    "read:settings": (Action.OVERVIEW_READ,),
    "write:settings": (Action.ATTENTION_SELF, Action.ATTENTION_CHANGE, Action.SPACE_CHANGE),
    "read:analytics": (Action.LOG_READ,),
    "write:analytics": (Action.TENANT_ERASE,),
    "read:audit": (Action.AUDIT_READ,),
    "write:audit": (Action.TENANT_ERASE,),
    "read:notifications": (Action.ATTENTION_SELF,),
    "write:notifications": (Action.ATTENTION_SELF,),
    "read:leads": (Action.DEAL_READ,),
    "write:leads": (Action.CARD_PRESS,),
    ADMIN: (Action.TENANT_ERASE,),
}
SCOPES: Final = tuple(_ACTIONS)


def scopes_of(actor: Actor) -> list[str]:
    """Return the scopes that are of any use to somebody of this role."""
    return [scope for scope, actions in _ACTIONS.items() if any(actor.may(each) for each in actions)]


def check_scopes(wanted: Iterable[str]) -> list[str]:
    """Return scopes, each once, in their order; `rules:read` is taken for `read:rules`.

    Raises InvalidRequest for one that does not exist.
    """
    names = [_in_order(name.strip()) for name in wanted if name.strip()]
    for name in names:
        if name not in _ACTIONS:
            words = f"There is no scope “{name[:60]}”. There are {', '.join(SCOPES)}."
            raise InvalidRequest(user_message=words)
    if not names:
        raise InvalidRequest(user_message=f"Name at least one scope of {', '.join(SCOPES)}.")
    return [scope for scope in SCOPES if scope in names]


def _in_order(name: str) -> str:
    noun, _, verb = name.partition(":")
    turned = f"{verb}:{noun}"
    return turned if turned in _ACTIONS else name


def narrow_scopes(actor: Actor, wanted: Sequence[str]) -> list[str]:
    """Return those of the scopes that the actor's role allows."""
    allowed = scopes_of(actor)
    return [scope for scope in wanted if scope in allowed]
