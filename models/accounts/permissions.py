"""Checks rights: of an action, and of the rule or the destination that it is about. Raises NotAllowed.

Every use case (`models/<noun>/actions.py`) asks here, whatever door the request came through.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.features import OF_ACTION, Feature, has_feature, require_feature
from models.accounts.rights import Action, Scope, role_text
from models.errors import NotAllowed
from models.languages.translate import marked, tr
from models.tables.accounts import Role, User
from models.tables.destinations import Destination
from models.tables.rules import Rule, RuleDestination

NOBODY: Final = marked("whoever runs Pipenotify for your team")
_MAY_NOT: Final[dict[str, str]] = {
    Role.ADMIN: marked("An admin may not do this."),
    Role.MANAGER: marked("A manager may not do this."),
    Role.SALES_REP: marked("A sales rep may not do this."),
    Role.ANALYST: marked("An analyst may not do this."),
    Role.VIEWER: marked("A viewer may not do this."),
}


def require(session: Session, actor: Actor, action: Action, feature: Feature | None = None) -> Scope:
    """Return on which objects the actor may do something.

    Raises NotAllowed where it is none, and FeatureDisabled where the tenant's plan has no such thing: a right
    may be the whole of a feature, and `feature` may be needed besides.
    """
    if not actor.may(action):
        raise refusal(session, actor, action)
    for needed in dict.fromkeys((OF_ACTION.get(action), feature)):
        require_feature(session, actor.tenant, needed)
    return actor.scope(action)


def is_offered(session: Session, actor: Actor, action: Action, feature: Feature | None = None) -> bool:
    """Return whether `require` would let the actor do something, so that a button may offer it."""
    if not actor.may(action):
        return False
    needed = dict.fromkeys((OF_ACTION.get(action), feature))
    return all(has_feature(session, actor.tenant, each) for each in needed)


def require_rule(session: Session, actor: Actor, action: Action, rule: Rule) -> None:
    """Check that an actor may do something with a rule of their tenant. Raises NotAllowed."""
    require(session, actor, action)
    if not may_with_rule(session, actor, action, rule):
        words = tr("The rule “{name}” is somebody else's, and you may change only your own.", name=rule.name)
        raise _refuse(session, actor, action, words)


def may_with_rule(session: Session, actor: Actor, action: Action, rule: Rule) -> bool:
    """Tell whether an actor may do something with a rule of their tenant."""
    scope = actor.scope(action)
    if scope is Scope.OWN:
        return is_own(actor, rule.made_by)
    if scope is Scope.SPACE:
        return posts_to(session, rule, actor.space)
    return scope is Scope.TENANT


def only_space(actor: Actor, action: Action) -> str | None:
    """Return the only space (`spaces/AAAA`) whose objects the actor may read; None where all may be read.

    The empty text, which names no space, where nothing may be read.
    """
    return None if actor.scope(action) is Scope.TENANT else actor.space or ""


def is_own(actor: Actor, made_by: str) -> bool:
    """Tell whether the actor made something; nobody is the author of what has no author."""
    return bool(made_by) and made_by.casefold() == actor.name.casefold()


def may_restore(actor: Actor, made_by: str, deleted_by: str) -> bool:
    """Tell whether an actor may restore a deleted rule of their tenant.

    Those who change only their own rules restore only what they deleted themselves.
    """
    scope = actor.scope(Action.RULE_CHANGE)
    if scope is Scope.OWN:
        return is_own(actor, made_by) and is_own(actor, deleted_by)
    return scope is Scope.TENANT


def posts_to(session: Session, rule: Rule, space: str | None) -> bool:
    """Tell whether a rule posts to a space (`spaces/AAAA`)."""
    query = select(RuleDestination.rule_id).join(RuleDestination.destination)
    here = (RuleDestination.tenant_id == rule.tenant_id, RuleDestination.rule_id == rule.id)
    return space is not None and session.scalar(query.where(*here, Destination.name == space)) is not None


def may_post_to(actor: Actor, destination: str, kept: Iterable[str] = ()) -> bool:
    """Tell whether a rule of the actor may post to a destination; `kept` are those it has already."""
    scope = actor.scope(Action.RULE_MAKE)
    if scope is Scope.OWN:
        is_me = destination.casefold() == actor.name.casefold()
        return is_me or destination == actor.space or destination in kept
    return scope is Scope.TENANT


def require_targets(
    session: Session, actor: Actor, destinations: Iterable[str], kept: Iterable[str] = ()
) -> None:
    """Check that a rule of the actor may post to all these. Raises NotAllowed."""
    kept = set(kept)
    if all(may_post_to(actor, name, kept) for name in destinations):
        return
    words = tr("Your rules may post to the space in which you make them, and to you in a direct message.")
    raise _refuse(session, actor, Action.RULE_MAKE, words)


def refusal(session: Session, actor: Actor, action: Action) -> NotAllowed:
    """Return the error for an action that the actor's role may not do; it names somebody who may."""
    if actor.role is None:
        team = actor.tenant_name or tr("this team")
        return _refuse(session, actor, action, tr("You are a guest of {team} here.", team=team))
    words = _MAY_NOT.get(actor.role, marked("You may not do this."))
    return _refuse(session, actor, action, tr(words))


def refusal_of_others() -> NotAllowed:
    """Return the error for what everybody chooses for themselves: not even an admin does it for somebody."""
    return NotAllowed("of somebody else", user_message=tr("Only they themselves can choose this."))


def _refuse(session: Session, actor: Actor, action: Action, words: str) -> NotAllowed:
    helper = somebody_who_may(session, actor)
    return NotAllowed(
        f"{role_text(actor.role)} may not {action.name}",
        user_message=f"{words} {tr('Please ask {helper}.', helper=helper)}",
    )


def somebody_who_may(session: Session, actor: Actor) -> str:
    """Return the name, else the e-mail, of the tenant's first admin, who may do everything."""
    admins = (User.tenant_id == actor.tenant, User.role == Role.ADMIN)
    query = select(User.display_name, User.email).where(*admins).order_by(User.id).limit(1)
    found = session.execute(query).first()
    return (found.display_name or found.email) if found else tr(NOBODY)
