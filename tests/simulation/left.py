"""What a world has still to do."""

from __future__ import annotations

from sqlalchemy import func, select

from models.tables import CardAction, CardCopy, Delivery, Digest, Event, Mute
from models.tables.card_actions import OPEN_ACTIONS
from models.tables.deliveries import OPEN_STATES
from models.tables.events import EventState
from tests.simulation.accounts import Evidence, read_accounts
from tests.simulation.outside.judged import owed_to_fallbacks


def what_is_left(evidence: Evidence) -> list[str]:
    """Return what is left to do, in words."""
    with evidence.database.reading_all() as session:
        new = session.scalar(select(func.count()).where(Event.state == EventState.NEW))
        states = select(Delivery.state, func.count()).where(Delivery.state.in_(OPEN_STATES))
        rows = session.execute(states.group_by(Delivery.state)).all()
        mutes = session.scalar(select(func.count()).where(Mute.ended_at.is_(None)))
        presses = session.scalar(select(func.count()).where(CardAction.state.in_(OPEN_ACTIONS)))
        copies = session.scalar(select(func.count()).where(CardCopy.update_due_at.is_not(None)))
        issues = session.scalar(
            select(func.count()).where(Digest.ended_at.is_(None), Digest.closed_at.is_not(None))
        )
    fallbacks = evidence.plan.outside.fallbacks
    owed = owed_to_fallbacks(evidence, list(read_accounts(evidence))) if fallbacks else 0
    left = [f"{count} {state}" for state, count in rows]
    left += [
        f"{count} {what}"
        for count, what in (
            (new, "new"),
            (mutes, "mutes"),
            (issues, "digests"),
            (presses, "presses"),
            (copies, "cards to draw again"),
            (owed, "for fallbacks"),
        )
        if count
    ]
    digests = [each for each in evidence.decisions.digests if each.ends == float("inf")]
    return left + [f"the digest of {each.space}" for each in digests]
