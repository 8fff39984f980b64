"""Actions on mutes, with their audit entries; the same for Chat, pages and programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import refusal, refusal_of_others, require, require_rule
from models.accounts.rights import Action, Scope
from models.attention.gathered import still_open
from models.attention.mutes import MuteTarget, find_open_mutes, skip_waiting
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.languages.translate import marked, tr
from models.security.audit import record
from models.tables.accounts import User
from models.tables.attention import Mute, MuteScope
from models.tables.destinations import Space
from models.tables.rules import Rule

MOST_BY_SALES_REP: Final = timedelta(hours=4)
EVERYTHING: Final = marked("the whole team")


def mute(session: Session, actor: Actor, target: MuteTarget, until: datetime, at: datetime) -> Mute:
    """Send no cards of this target until then. A newer mute of the same target replaces the older one.

    The first cards that wait are skipped at once, more of them by workers. Raises NotAllowed, NotFound, and
    InvalidRequest for an end that is not to come.
    """
    name = _require_mute(session, actor, target, until - at)
    if until <= at:
        raise InvalidRequest.of_field("until", tr("That is over already."))
    open_ones = still_open(session, find_open_mutes(session, actor.tenant, target)[:1])
    found = next(iter(open_ones), None) or Mute(
        tenant_id=actor.tenant,
        scope=target.scope,
        space_id=target.space_id,
        user_id=target.user_id,
        rule_id=target.rule_id,
    )
    found.until, found.muted_by = until, actor.name
    session.add(found)
    session.flush()
    skip_waiting(session, found, at)
    record(session, actor, "mute.set", name, scope=target.scope, until=until.isoformat())
    return found


def unmute(session: Session, actor: Actor, target: MuteTarget, at: datetime) -> bool:
    """End the mute of this target now; return whether there was one. Its summary card follows soon after.

    Raises NotAllowed, NotFound.
    """
    name = _require_mute(session, actor, target)
    holding = [each for each in find_open_mutes(session, actor.tenant, target) if each.until > at]
    for each in holding:
        each.until = at
    session.flush()
    if holding:
        record(session, actor, "mute.removed", name, scope=target.scope)
    return bool(holding)


def may_mute(session: Session, actor: Actor, target: MuteTarget) -> bool:
    """Tell whether the actor may mute a target, if only for a short while, and end its mute."""
    try:
        _require_mute(session, actor, target)
    except (NotAllowed, NotFound):
        return False
    return True


def _require_mute(session: Session, actor: Actor, target: MuteTarget, span: timedelta = timedelta()) -> str:
    """Check that the actor may mute a target for so long; return what the audit trail calls it."""
    if target.scope is MuteScope.TENANT:
        require(session, actor, Action.ATTENTION_CHANGE)
        return EVERYTHING
    name = _rule_name(session, actor, target) if target.scope is MuteScope.RULE else ""
    place = ""
    if target.space_id is not None:
        place = _require_space(session, actor, target.space_id, span)
    elif target.user_id is not None:
        place = _require_self(session, actor, target.user_id)
    return " in ".join(filter(None, (name, place)))


def _rule_name(session: Session, actor: Actor, target: MuteTarget) -> str:
    """Return a rule's name. To mute it everywhere one has to be allowed to change it."""
    mine = (Rule.tenant_id == actor.tenant, Rule.id == target.rule_id)
    rule = session.scalars(select(Rule).where(*mine)).first()
    if rule is None:
        raise NotFound(user_message=tr("This rule was deleted."))
    if target.space_id is None and target.user_id is None:
        require_rule(session, actor, Action.RULE_CHANGE, rule)
    return rule.name


def _require_space(session: Session, actor: Actor, space_id: int, span: timedelta) -> str:
    """Return a space's name. A sales rep mutes the space where they ask, and not for long."""
    scope = require(session, actor, Action.SPACE_MUTE)
    name = session.scalar(select(Space.name).where(Space.tenant_id == actor.tenant, Space.id == space_id))
    if name is None:
        raise NotFound(user_message=tr("This space is not linked any more."))
    if scope is Scope.SPACE and name != actor.space:
        raise refusal(session, actor, Action.SPACE_MUTE)
    if scope is Scope.SPACE and span > MOST_BY_SALES_REP:
        words = tr("A sales rep mutes a space for up to 4 hours. For longer, ask an admin or a manager.")
        raise NotAllowed("over four hours", user_message=words)
    return name


def _require_self(session: Session, actor: Actor, user_id: int) -> str:
    require(session, actor, Action.ATTENTION_SELF)
    if user_id != actor.user_id:
        raise refusal_of_others()
    mine = (User.tenant_id == actor.tenant, User.id == user_id)
    return session.scalar(select(User.email).where(*mine)) or actor.name
