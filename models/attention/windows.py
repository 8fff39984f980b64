"""Single windows of quiet hours, as programs read and write them; Chat replaces all of a place at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.features import Feature, require_feature
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.attention.mutes import MuteTarget
from models.attention.quiet import require_change
from models.destinations.quiet_hours import end_stored
from models.errors import NotFound
from models.security.audit import record
from models.tables.accounts import User
from models.tables.attention import MuteScope
from models.tables.destinations import QuietHours, Space


@dataclass(frozen=True, slots=True)
class WindowDraft:
    """A window as it is written: local wall times, of which the end may be `24:00`."""

    starts: str
    ends: str
    days: Sequence[str]
    timezone: str
    let_urgent_through: bool = False
    enabled: bool = True


def place_target(
    session: Session, actor: Actor, scope: str, *, space: str = "", email: str = ""
) -> MuteTarget:
    """Return the place of this scope: the tenant, a space (`spaces/AAAA`) or a person. Raises NotFound."""
    mine = actor.tenant
    if scope == MuteScope.SPACE:
        found = session.scalar(select(Space.id).where(Space.tenant_id == mine, Space.name == space))
    elif scope == MuteScope.USER:
        wanted = (email or actor.name).lower()
        found = session.scalar(select(User.id).where(User.tenant_id == mine, User.email == wanted))
    else:
        return MuteTarget(MuteScope.TENANT)
    if found is None:
        raise NotFound(f"no {scope} {space or email!r}")
    is_space = scope == MuteScope.SPACE
    return MuteTarget(MuteScope(scope), found if is_space else None, None if is_space else found)


def list_windows(session: Session, actor: Actor) -> list[QuietHours]:
    """Return the windows of the team, its spaces and oneself; for those who may change them, of everybody.

    Raises NotAllowed.
    """
    require(session, actor, Action.OVERVIEW_READ)
    query = select(QuietHours).where(QuietHours.tenant_id == actor.tenant).order_by(QuietHours.id)
    return [each for each in session.scalars(query) if _may_read(actor, each)]


def _may_read(actor: Actor, window: QuietHours) -> bool:
    return window.user_id in (None, actor.user_id) or actor.may(Action.ATTENTION_CHANGE)


def get_window(session: Session, actor: Actor, window_id: int) -> QuietHours:
    """Return one of them. Raises NotAllowed, NotFound."""
    for window in list_windows(session, actor):
        if window.id == window_id:
            return window
    raise NotFound


def add_window(session: Session, actor: Actor, target: MuteTarget, draft: WindowDraft) -> QuietHours:
    """Add a window to those of a place. Raises NotAllowed."""
    require_change(session, actor, target)
    require_feature(session, actor.tenant, Feature.QUIET_HOURS)
    made = QuietHours(tenant_id=actor.tenant, scope=target.scope)
    made.space_id, made.user_id = target.space_id, target.user_id
    _write(made, draft)
    session.add(made)
    session.flush()
    record(session, actor, "quiet.set", _name(made), windows=[_words(made)], timezone=made.timezone)
    return made


def change_window(session: Session, actor: Actor, window: QuietHours, draft: WindowDraft) -> QuietHours:
    """Replace a window; its place stays. Raises NotAllowed."""
    require_change(session, actor, target_of_window(window))
    require_feature(session, actor.tenant, Feature.QUIET_HOURS)
    _write(window, draft)
    session.flush()
    record(session, actor, "quiet.set", _name(window), windows=[_words(window)], timezone=window.timezone)
    return window


def remove_window(session: Session, actor: Actor, window: QuietHours) -> None:
    """Remove a window; what it held leaves at once. Raises NotAllowed."""
    require_change(session, actor, target_of_window(window))
    session.delete(window)
    session.flush()
    record(session, actor, "quiet.removed", _name(window), count=1)


def target_of_window(window: QuietHours) -> MuteTarget:
    return MuteTarget(MuteScope(window.scope), window.space_id, window.user_id)


def place_names(session: Session, tenant_id: int) -> tuple[dict[int, str], dict[int, str]]:
    """Return the names of spaces (`spaces/AAAA`) and the e-mails of users, by their ids."""
    spaces = session.execute(select(Space.id, Space.name).where(Space.tenant_id == tenant_id))
    users = session.execute(select(User.id, User.email).where(User.tenant_id == tenant_id))
    return dict(spaces.all()), dict(users.all())


def _write(window: QuietHours, draft: WindowDraft) -> None:
    window.starts, window.ends = draft.starts, end_stored(draft.ends)
    window.days, window.timezone = list(draft.days), draft.timezone
    window.lets_urgent_through, window.is_enabled = draft.let_urgent_through, draft.enabled


def _name(window: QuietHours) -> str:
    own = window.space_id if window.space_id is not None else window.user_id
    return f"{window.scope} {own}" if own is not None else window.scope


def _words(window: QuietHours) -> str:
    return f"{window.starts}-{window.ends} {','.join(window.days)}"
