"""Undoes what was done with a rule, from the audit trail: a deletion, or the last edit."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.errors import Conflict, NotFound
from models.languages.translate import marked, tr
from models.rules.actions import edit_rule, lock_rule, restore_rule
from models.rules.drafts import RuleDraft
from models.rules.history import EDITED
from models.rules.queries import get_rule
from models.tables.audit import AuditEntry
from models.tables.rules import Rule

SINCE: Final = marked(
    "The rule “{name}” was changed again since, so nothing was undone. Open it to change it."
)


def undo(session: Session, actor: Actor, entry_id: int) -> Rule:
    """Undo the edit or the deletion of an audit entry; return the rule as it is then.

    Raises NotAllowed, NotFound, and Conflict if the rule was changed again since (see `restore_rule`, too).
    """
    require(session, actor, Action.RULE_CHANGE)
    mine = (AuditEntry.tenant_id == actor.tenant, AuditEntry.id == entry_id)
    entry = session.scalar(select(AuditEntry).where(*mine, AuditEntry.action == EDITED))
    return restore_rule(session, actor, entry_id) if entry is None else _undo_edit(session, actor, entry)


def _undo_edit(session: Session, actor: Actor, entry: AuditEntry) -> Rule:
    found = get_rule(session, actor.tenant, int(entry.details.get("rule", 0)))
    rule = lock_rule(session, found) if found is not None else None
    if rule is None:
        raise NotFound(user_message=tr("This rule was deleted meanwhile."))
    if rule.version != entry.details.get("version"):
        raise Conflict(user_message=tr(SINCE, name=rule.name))
    return edit_rule(session, actor, rule, RuleDraft(**entry.details["draft"]))
