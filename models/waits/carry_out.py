"""Carries one wait out: what it waits for is done in the transaction that ends it, so each is done once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.languages.translate import marked
from models.tables.waits import DurableWait, WaitCondition, WaitState
from models.waits.store import end_wait, is_met, lock_waiting
from models.waits.working_time import working_time_of

# What a wait does when it is due; the returned English text is the reason of its end, empty for none. One
# that returns None has not ended: it has put itself off.
WaitActions = Mapping[str, Callable[[Session, DurableWait, datetime], str | None]]
MET_TEXTS: Final = {
    WaitCondition.CLOSED: marked("It was closed before."),
    WaitCondition.CHANGED: marked("Somebody changed it before."),
}


def carry_out(session: Session, tenant_id: int, wait_id: int, at: datetime, actions: WaitActions) -> None:
    """End a wait if its condition is met; if it is due, do what `actions` has for it.

    One that its owner wants in working hours is put off until they work.

    What has ended meanwhile is left alone. The session is a writing one of the tenant.
    """
    wait = lock_waiting(session, tenant_id, wait_id)
    if wait is None:
        return
    if wait.ends_if and is_met(session, wait):
        end_wait(session, wait, WaitState.ENDED, at, MET_TEXTS[WaitCondition(wait.ends_if)])
        return
    if wait.due_at > at:
        return
    starts = working_time_of(session, tenant_id, wait.user_id, at).next_moment(at) if wait.in_hours else at
    if starts > at:
        wait.due_at = starts
        session.flush()
        return
    reason = actions[wait.action](session, wait, at)
    if reason is not None:
        end_wait(session, wait, WaitState.DONE, at, reason)
