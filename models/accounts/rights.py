"""The table of rights: what each role may do, and on which objects. Chat, pages and programs all read it.

A new action gets its line here first: what has no line may be done by nobody. docs/roles.md shows the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from models.tables.accounts import Role


class Scope(StrEnum):
    """On which objects a role may do something; the values are the words of docs/roles.md.

    OWN: a rule that the person made, posting to the space where they ask or to their own direct message; the
    deliveries of their rules, to them, and to the space where they ask; notifications to themselves. SPACE:
    what the space where they ask has shown already. TENANT: everything of the tenant.
    """

    NOTHING = "no"
    OWN = "own"
    SPACE = "this space"
    TENANT = "yes"


class Action(StrEnum):
    """Everything that somebody can ask for; the values are the words of docs/roles.md."""

    HELP_READ = "read help"
    OVERVIEW_READ = "read status and home card"
    RULE_READ = "read rules"
    RULE_MAKE = "make rules"
    RULE_CHANGE = "change, switch, test and delete rules"
    RULE_REVEAL = "open a rule for restricted objects"
    RULE_IMPORT = "export and import all rules"
    TEMPLATE_READ = "read templates"
    TEMPLATE_CHANGE = "make, change and delete templates"
    SPACE_READ = "read spaces and incoming webhooks"
    SPACE_LINK = "link spaces"
    SPACE_CHANGE = "test, pause, resume and remove spaces and incoming webhooks"
    WEBHOOK_ADD = "add webhooks and e-mail addresses"
    DEAL_READ = "find deals, see which are stalled"
    ATTENTION_SELF = "mute, be reminded, and set quiet hours, days off and a digest, for oneself"
    NOTIFY_SEND = "send notifications to people"
    NOTIFY_DEFAULTS = "set which notifications reach people, and lock that"
    SPACE_MUTE = "mute a space"
    ATTENTION_CHANGE = "mute the team, and set quiet hours, days off and digests of spaces and the team"
    LOG_READ = "read the log"
    LOG_RETRY = "send deliveries again"
    WHY_READ = "ask why a card came or did not"
    CARD_PRESS = "connect as oneself, to write in Pipedrive"
    PEOPLE_READ = "read people and roles"
    PEOPLE_CHANGE = "invite people, change roles and matches"
    CONNECTION_CHANGE = "connect, check and disconnect Pipedrive"
    RETENTION_CHANGE = "set how long history is kept, and encrypt contact details"
    TENANT_ERASE = "export and erase all data of the team"
    AUDIT_READ = "read the audit trail"
    API_ACCESS = "make, see and revoke tokens for programs"
    OPERATE = "see and mend the service"  # for those whom OPERATORS names, whatever their role


GUEST: Final = None  # the role of somebody in a linked space who is no user of its tenant
COLUMNS: Final = (Role.ADMIN, Role.MANAGER, Role.SALES_REP, Role.ANALYST, Role.VIEWER, GUEST)

_NO, _OWN, _HERE, _ALL = Scope.NOTHING, Scope.OWN, Scope.SPACE, Scope.TENANT
_TABLE: Final[Mapping[Action, tuple[Scope, ...]]] = {
    # in the order of COLUMNS:  admin, manager, sales_rep, analyst, viewer, guest
    Action.HELP_READ: (_ALL, _ALL, _ALL, _ALL, _ALL, _ALL),
    Action.OVERVIEW_READ: (_ALL, _ALL, _ALL, _ALL, _ALL, _NO),
    Action.RULE_READ: (_ALL, _ALL, _ALL, _ALL, _ALL, _HERE),
    Action.RULE_MAKE: (_ALL, _ALL, _OWN, _NO, _NO, _NO),
    Action.RULE_CHANGE: (_ALL, _ALL, _OWN, _NO, _NO, _NO),
    Action.RULE_REVEAL: (_ALL, _NO, _NO, _NO, _NO, _NO),
    Action.RULE_IMPORT: (_ALL, _ALL, _NO, _NO, _NO, _NO),
    Action.TEMPLATE_READ: (_ALL, _ALL, _ALL, _ALL, _ALL, _NO),
    Action.TEMPLATE_CHANGE: (_ALL, _ALL, _NO, _NO, _NO, _NO),
    Action.SPACE_READ: (_ALL, _ALL, _ALL, _ALL, _ALL, _HERE),
    Action.SPACE_LINK: (_ALL, _ALL, _ALL, _NO, _NO, _NO),
    Action.SPACE_CHANGE: (_ALL, _ALL, _NO, _NO, _NO, _NO),
    Action.WEBHOOK_ADD: (_ALL, _ALL, _NO, _NO, _NO, _NO),
    Action.DEAL_READ: (_ALL, _ALL, _ALL, _ALL, _ALL, _NO),
    Action.ATTENTION_SELF: (_ALL, _ALL, _ALL, _ALL, _ALL, _NO),
    Action.NOTIFY_SEND: (_ALL, _ALL, _OWN, _OWN, _OWN, _NO),
    Action.NOTIFY_DEFAULTS: (_ALL, _NO, _NO, _NO, _NO, _NO),
    Action.SPACE_MUTE: (_ALL, _ALL, _HERE, _NO, _NO, _NO),
    Action.ATTENTION_CHANGE: (_ALL, _ALL, _NO, _NO, _NO, _NO),
    Action.LOG_READ: (_ALL, _ALL, _OWN, _ALL, _OWN, _HERE),
    Action.LOG_RETRY: (_ALL, _ALL, _OWN, _NO, _NO, _NO),
    Action.WHY_READ: (_ALL, _ALL, _OWN, _ALL, _HERE, _HERE),
    Action.CARD_PRESS: (_ALL, _ALL, _ALL, _NO, _NO, _NO),
    Action.PEOPLE_READ: (_ALL, _ALL, _NO, _NO, _NO, _NO),
    Action.PEOPLE_CHANGE: (_ALL, _NO, _NO, _NO, _NO, _NO),
    Action.CONNECTION_CHANGE: (_ALL, _NO, _NO, _NO, _NO, _NO),
    Action.RETENTION_CHANGE: (_ALL, _NO, _NO, _NO, _NO, _NO),
    Action.TENANT_ERASE: (_ALL, _NO, _NO, _NO, _NO, _NO),
    Action.AUDIT_READ: (_ALL, _NO, _NO, _NO, _NO, _NO),
    Action.API_ACCESS: (_ALL, _OWN, _OWN, _OWN, _OWN, _NO),
    Action.OPERATE: (_NO, _NO, _NO, _NO, _NO, _NO),
}


def scope_of(role: str | None, action: str) -> Scope:
    """Return on which objects a role may do something; NOTHING for an unknown role or action."""
    row = next((scopes for known, scopes in _TABLE.items() if known == action), None)
    column = next((place for place, known in enumerate(COLUMNS) if known == role), None)
    return row[column] if row is not None and column is not None else Scope.NOTHING


def role_text(role: str | None) -> str:
    """Return a role as people read it: `sales rep`, `guest`."""
    return (role or "guest").replace("_", " ")


def markdown_table() -> str:
    """Return the table as docs/roles.md shows it."""
    head = ["", *(role_text(role) for role in COLUMNS)]
    rows = [[action.value, *(scope.value for scope in scopes)] for action, scopes in _TABLE.items()]
    lines = [" | ".join(cells) for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(f"| {line} |" for line in lines)
