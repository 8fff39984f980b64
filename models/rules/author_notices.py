"""What the author of a rule is told when somebody else changes it: who, what, and how to undo it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import may_post_to, may_restore
from models.accounts.rights import Action
from models.deliveries.notices import Notice, notify_author, press_url
from models.rules.drafts import RuleDraft
from models.tables.accounts import User
from models.tables.rules import Rule

PARTS: Final = {
    "name": "its name",
    "on": "what it listens to",
    "when": "its conditions",
    "to": "where it posts",
    "template": "how its cards look",
    "urgent": "whether it is urgent",
    "enabled": "whether it is on",
    "show_restricted": "what its cards show",
    "update": "whether it changes earlier cards",
    "mention": "whom it mentions",
}
OTHER_PARTS: Final = "how it posts"


def tell_of_edit(
    session: Session, actor: Actor, rule: Rule, drafts: tuple[RuleDraft, RuleDraft], entry: int
) -> None:
    """Tell that a rule was edited; `drafts` are as it was and as it is, `entry` is the audit entry."""
    before, present = drafts
    parts = changed_parts(before, present)
    author = _actor_of(session, rule.tenant_id, rule.made_by)
    undone = author is not None and author.may(Action.RULE_CHANGE)
    if author is None or not all(may_post_to(author, name, present.to) for name in before.to):
        undone = False
    words = f"Changed: {', '.join(parts)}. {_undo_text('Undo brings back what it was.', may=undone)}"
    undo = [("Undo", press_url("rule.undo", entry=entry))] if undone else []
    _tell(
        session,
        actor,
        rule.made_by,
        f"Your rule “{before.name[:80]}” was changed",
        words,
        [*undo, _open(rule)],
    )


def changed_parts(before: RuleDraft, present: RuleDraft) -> list[str]:
    """Return which parts of a rule differ, in plain words."""
    differing = [
        part for part in RuleDraft.__dataclass_fields__ if getattr(before, part) != getattr(present, part)
    ]
    return list(dict.fromkeys(PARTS.get(part, OTHER_PARTS) for part in differing))


def tell_of_switch(session: Session, actor: Actor, rule: Rule) -> None:
    """Tell that a rule was switched on or off."""
    state, other = ("on", "off") if rule.is_enabled else ("off", "on")
    effect = "It posts again." if rule.is_enabled else "It posts nothing until somebody switches it on."
    back = (f"Switch {other}", press_url("rule.toggle", rule=rule.id, to=other))
    title = f"Your rule “{rule.name[:80]}” was switched {state}"
    _tell(session, actor, rule.made_by, title, effect, [back, _open(rule)])


def tell_of_reveal(session: Session, actor: Actor, rule: Rule) -> None:
    """Tell that a rule's cards show what not everybody may see in Pipedrive, or no longer do."""
    effect = (
        "Its cards show now what not everybody may see in Pipedrive."
        if rule.shows_restricted
        else "Its cards no longer show what not everybody may see in Pipedrive."
    )
    title = f"Your rule “{rule.name[:80]}” was changed"
    _tell(session, actor, rule.made_by, title, f"{effect} Only an admin can change that.", [_open(rule)])


def tell_of_deletion(session: Session, actor: Actor, name: str, made_by: str, entry: int) -> None:
    """Tell that a rule was deleted; `entry` is the audit entry by which it can be restored."""
    author = _actor_of(session, actor.tenant, made_by)
    undone = author is not None and may_restore(author, made_by, actor.name)
    words = _undo_text("Undo brings it back.", may=undone)
    undo = [("Undo", press_url("rule.undo", entry=entry))] if undone else []
    _tell(session, actor, made_by, f"Your rule “{name[:80]}” was deleted", words, undo)


def tell_of_return(session: Session, actor: Actor, rule: Rule) -> None:
    """Tell that a deleted rule was restored."""
    words = "It was deleted before, and is as it was then."
    _tell(session, actor, rule.made_by, f"Your rule “{rule.name[:80]}” is back", words, [_open(rule)])


def _undo_text(words: str, *, may: bool) -> str:
    return words if may else "Ask them if you want it back as it was."


def _open(rule: Rule) -> tuple[str, str]:
    return "Open the rule", press_url("rule.show", rule=rule.id)


def _tell(
    session: Session, actor: Actor, author: str, title: str, words: str, buttons: list[tuple[str, str]]
) -> None:
    labels, urls = "\n".join(label for label, _ in buttons), "\n".join(url for _, url in buttons)
    notify_author(session, actor, author, Notice(title, words, labels, urls))


def _actor_of(session: Session, tenant_id: int, email: str) -> Actor | None:
    """Return an author as they act in a direct message; None if they are no user of the tenant."""
    mine = (User.tenant_id == tenant_id, User.email == email.casefold())
    user = session.scalar(select(User).where(*mine))
    return Actor(user.email, tenant_id, user_id=user.id, role=user.role) if user is not None else None
