"""Sends many dead letters again at a slow pace: looked at first, started, watched and cancelled by people.

A replay is a durable wait that is due again until nothing is left: it goes on wherever a worker was killed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import refusal, require
from models.accounts.rights import Action, Scope
from models.accounts.tokens import actor_of_user
from models.deliveries import store
from models.deliveries.replay import (
    REPLAYED,
    ReplayFilter,
    count_left_out,
    count_replayable,
    find_replayable,
)
from models.errors import InvalidRequest, NotFound
from models.languages.translate import marked, tr
from models.security.audit import record
from models.tables.accounts import Tenant, User
from models.tables.deliveries import DeliveryState
from models.tables.waits import DurableWait, WaitState
from models.waits.store import NewWait, add_wait, end_wait, lock_waiting

REPLAY: Final = "replay"
BATCH: Final = 20
EVERY: Final = timedelta(seconds=10)
PER_MINUTE: Final = BATCH * 6
COUNT_CAP: Final = 100_000  # counting further would read ever more
STATES: Final = (DeliveryState.DEAD, DeliveryState.SKIPPED)
STARTED: Final = "delivery.replay_started"
CANCELLED: Final = "delivery.replay_cancelled"
NOT_ALLOWED: Final = marked("Whoever started it may not send again any more.")


@dataclass(frozen=True, slots=True)
class ReplayPreview:
    """How many deliveries a filter would send again, up to `COUNT_CAP`, and how many it cannot, by reason."""

    count: int
    left_out: Counter[str]


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay as it stands. `done` deliveries went of the `total` that were counted when `by` started it.

    `reason` is an English text of why it ended early, empty otherwise.
    """

    id: int
    state: WaitState
    done: int
    total: int
    by: str
    chosen: ReplayFilter
    reason: str = ""


def preview_replay(session: Session, actor: Actor, chosen: ReplayFilter) -> ReplayPreview:
    """Count what a filter would send again for this actor. Raises NotAllowed."""
    require(session, actor, Action.LOG_RETRY)
    own = replace(chosen, actor=actor)
    count = count_replayable(session, actor.tenant, own, COUNT_CAP)
    return ReplayPreview(count, count_left_out(session, actor.tenant, own))


def start_replay(session: Session, actor: Actor, chosen: ReplayFilter, key: str, at: datetime) -> Replay:
    """Begin to send again what a filter matches now; the same `key` begins it once.

    Raises NotAllowed, and InvalidRequest where nothing matches or another replay of the tenant runs.
    """
    require(session, actor, Action.LOG_RETRY)
    if actor.user_id is None:
        raise refusal(session, actor, Action.LOG_RETRY)
    key = f"{REPLAY}-{key}"[:80]
    # Of two people who begin at once, one waits here, and is told of the other.
    session.get_one(Tenant, actor.tenant, with_for_update={"key_share": True})
    running = _running(session, actor.tenant)
    if running is not None and running.key != key:
        raise InvalidRequest(user_message=tr("Another replay is running. Wait for its end, or cancel it."))
    until = at if chosen.until is None else min(at, chosen.until)  # what fails later is not meant
    chosen = replace(chosen, until=until, actor=None)
    count = preview_replay(session, actor, chosen).count
    if not count and running is None:
        raise InvalidRequest(user_message=tr("There is nothing to send again."))
    details = _as_details(chosen) | {"total": count, "done": 0, "last": 0}
    wait, is_new = add_wait(
        session, actor.tenant, NewWait(actor.user_id, REPLAY, key, at, details=details), at
    )
    if is_new:
        record(session, actor, STARTED, f"replay {wait.id}", count=count, **_as_details(chosen))
    return _read(session, wait)


def continue_replay(session: Session, wait: DurableWait, at: datetime) -> str | None:
    """Send the next batch again; return None while there is more, else the reason of the end."""
    actor = _owner(session, wait)
    if actor is None or not actor.may(Action.LOG_RETRY):
        return NOT_ALLOWED
    chosen, details = replace(_as_filter(wait.details), actor=actor), wait.details
    ids = find_replayable(session, wait.tenant_id, chosen, after=int(details["last"]), limit=BATCH)
    if ids:
        count = len(store.replay(session, wait.tenant_id, ids, at))
        wait.details = details = {**details, "last": ids[-1], "done": int(details["done"]) + count}
    if len(ids) == BATCH:
        wait.due_at = at + EVERY
        session.flush()
        return None
    record(session, actor, REPLAYED, f"replay {wait.id}", count=details["done"])
    return ""


def cancel_replay(session: Session, actor: Actor, wait_id: int, at: datetime) -> Replay:
    """End a replay after the batch that went last; one that has ended stays as it is.

    Raises NotAllowed, NotFound.
    """
    found = _find(session, actor, wait_id)
    wait = lock_waiting(session, actor.tenant, found.id)
    if wait is None:
        return _read(session, found)
    end_wait(session, wait, WaitState.CANCELLED, at)
    record(session, actor, CANCELLED, f"replay {wait.id}", count=wait.details["done"])
    return _read(session, wait)


def get_replay(session: Session, actor: Actor, wait_id: int) -> Replay:
    """Return a replay of the tenant; whoever may send only their own again sees only theirs.

    Raises NotAllowed, NotFound.
    """
    return _read(session, _find(session, actor, wait_id))


def running_replay(session: Session, actor: Actor) -> Replay | None:
    """Return the replay of the tenant that runs, None where there is none that the actor may see."""
    require(session, actor, Action.LOG_RETRY)
    wait = _running(session, actor.tenant)
    return _read(session, wait) if wait is not None and _may_see(actor, wait) else None


def _running(session: Session, tenant_id: int) -> DurableWait | None:
    waiting = (DurableWait.action == REPLAY, DurableWait.state == WaitState.WAITING)
    query = select(DurableWait).where(DurableWait.tenant_id == tenant_id, *waiting)
    return session.scalars(query.order_by(DurableWait.id).limit(1)).first()


def _find(session: Session, actor: Actor, wait_id: int) -> DurableWait:
    require(session, actor, Action.LOG_RETRY)
    mine = (DurableWait.tenant_id == actor.tenant, DurableWait.id == wait_id, DurableWait.action == REPLAY)
    found = session.scalars(select(DurableWait).where(*mine)).one_or_none()
    if found is None or not _may_see(actor, found):
        raise NotFound(user_message=tr("This replay is not kept any more."))
    return found


def _may_see(actor: Actor, wait: DurableWait) -> bool:
    return actor.scope(Action.LOG_RETRY) is Scope.TENANT or wait.user_id == actor.user_id


def _owner(session: Session, wait: DurableWait) -> Actor | None:
    mine = (User.tenant_id == wait.tenant_id, User.id == wait.user_id)
    user = session.scalars(select(User).where(*mine)).one_or_none()
    return actor_of_user(session, user) if user is not None else None


def _read(session: Session, wait: DurableWait) -> Replay:
    mine = (User.tenant_id == wait.tenant_id, User.id == wait.user_id)
    by = session.scalar(select(func.max(User.email)).where(*mine)) or ""
    details = wait.details
    done, total = int(details["done"]), int(details["total"])
    return Replay(wait.id, WaitState(wait.state), done, total, by, _as_filter(details), wait.reason)


def _as_details(chosen: ReplayFilter) -> dict[str, Any]:
    return {
        "states": list(chosen.states),
        "rule": chosen.rule,
        "destination": chosen.destination,
        "since": chosen.since.isoformat() if chosen.since else None,
        "until": chosen.until.isoformat() if chosen.until else None,
    }


def _as_filter(details: Mapping[str, Any]) -> ReplayFilter:
    since, until = details["since"], details["until"]
    return ReplayFilter(
        states=tuple(details["states"]),
        rule=details["rule"],
        destination=details["destination"],
        since=datetime.fromisoformat(since) if since else None,
        until=datetime.fromisoformat(until) if until else None,
    )
