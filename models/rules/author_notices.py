"""What the author of a rule is told when somebody else changes it: who, what, and how to undo it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import may_post_to, may_restore
from models.accounts.rights import Action
from models.deliveries.notices import Notice, notify_author, press_url
from models.languages.translate import for_later
from models.rules.drafts import RuleDraft
from models.tables.accounts import User
from models.tables.rules import Rule

PARTS: Final = {
    "name": for_later("its name"),
    "on": for_later("what it listens to"),
    "when": for_later("its conditions"),
    "to": for_later("where it posts"),
    "template": for_later("how its cards look"),
    "urgent": for_later("whether it is urgent"),
    "enabled": for_later("whether it is on"),
    "show_restricted": for_later("what its cards show"),
    "update": for_later("whether it changes earlier cards"),
    "mention": for_later("whom it mentions"),
}
OTHER_PARTS: Final = for_later("how it posts")


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
    back = _undo_text(for_later("Undo brings back what it was."), may=undone)
    words = f"{for_later('Changed: {parts}.', parts=', '.join(parts))} {back}"
    undo = [(for_later("Undo"), press_url("rule.undo", entry=entry))] if undone else []
    _tell(
        session,
        actor,
        rule.made_by,
        for_later("Your rule “{name}” was changed", name=before.name[:80]),
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
    effect = (
        for_later("It posts again.")
        if rule.is_enabled
        else for_later("It posts nothing until somebody switches it on.")
    )
    name = rule.name[:80]
    if rule.is_enabled:
        title, back = for_later("Your rule “{name}” was switched on", name=name), for_later("Switch off")
    else:
        title, back = for_later("Your rule “{name}” was switched off", name=name), for_later("Switch on")
    other = press_url("rule.toggle", rule=rule.id, to="off" if rule.is_enabled else "on")
    _tell(session, actor, rule.made_by, title, effect, [(back, other), _open(rule)])


def tell_of_reveal(session: Session, actor: Actor, rule: Rule) -> None:
    """Tell that a rule's cards show what not everybody may see in Pipedrive, or no longer do."""
    effect = (
        for_later("Its cards show now what not everybody may see in Pipedrive.")
        if rule.shows_restricted
        else for_later("Its cards no longer show what not everybody may see in Pipedrive.")
    )
    title = for_later("Your rule “{name}” was changed", name=rule.name[:80])
    _tell(
        session,
        actor,
        rule.made_by,
        title,
        f"{effect} {for_later('Only an admin can change that.')}",
        [_open(rule)],
    )


def tell_of_deletion(session: Session, actor: Actor, name: str, made_by: str, entry: int) -> None:
    """Tell that a rule was deleted; `entry` is the audit entry by which it can be restored."""
    author = _actor_of(session, actor.tenant, made_by)
    undone = author is not None and may_restore(author, made_by, actor.name)
    words = _undo_text(for_later("Undo brings it back."), may=undone)
    undo = [(for_later("Undo"), press_url("rule.undo", entry=entry))] if undone else []
    _tell(session, actor, made_by, for_later("Your rule “{name}” was deleted", name=name[:80]), words, undo)


def tell_of_return(session: Session, actor: Actor, rule: Rule) -> None:
    """Tell that a deleted rule was restored."""
    words = for_later("It was deleted before, and is as it was then.")
    _tell(
        session,
        actor,
        rule.made_by,
        for_later("Your rule “{name}” is back", name=rule.name[:80]),
        words,
        [_open(rule)],
    )


def _undo_text(words: str, *, may: bool) -> str:
    return words if may else for_later("Ask them if you want it back as it was.")


def _open(rule: Rule) -> tuple[str, str]:
    return for_later("Open the rule"), press_url("rule.show", rule=rule.id)


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
