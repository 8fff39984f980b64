"""What was put off: nobody is asked for it until a day, with a reason that the team can read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import refusal, require
from models.accounts.rights import Action
from models.card_actions.nudged import mark_cards
from models.database.upsert import insert_into
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.nudges.checks import CHECKS
from models.security.audit import record
from models.stalled.queries import seen_by_person
from models.stalled.track import DEAL, unpacked
from models.tables.nudges import NudgeLine, NudgeSnooze
from models.tables.stalled import TrackedObject

MOST_SNOOZED: Final = timedelta(days=366)
REASON_LETTERS: Final = 300
SNOOZED: Final = "snoozed"


def snoozed_pairs(session: Session, tenant_id: int, at: datetime) -> set[tuple[str, str]]:
    """Return the pairs of deal and check that nobody is asked for now."""
    mine = (NudgeSnooze.tenant_id == tenant_id, NudgeSnooze.until > at)
    rows = session.execute(select(NudgeSnooze.deal_id, NudgeSnooze.check_name).where(*mine))
    return {(deal_id, name) for deal_id, name in rows}


def snooze_line(
    session: Session, actor: Actor, line_id: int, until: datetime, reason: str, at: datetime
) -> str:
    """Ask nobody for what a line asks until then; return the title of its deal.

    Raises NotAllowed, NotFound for a line of somebody else, and InvalidRequest without a reason.
    """
    line, title = own_line(session, actor, line_id)
    reason = reason.strip()[:REASON_LETTERS]
    if not reason:
        raise InvalidRequest.of_field("reason", tr("Why? Give it a few words, so that the team can read it."))
    if not at < until <= at + MOST_SNOOZED:
        raise InvalidRequest.of_field("until", tr("Snooze until a day in the coming year."))
    row = {
        "tenant_id": actor.tenant,
        "deal_id": line.deal_id,
        "check_name": line.check_name,
        "user_id": line.user_id,
        "until": until,
        "reason": reason,
    }
    key = ["tenant_id", "deal_id", "check_name"]
    insert = insert_into(session, NudgeSnooze).values(row)
    changed = {name: insert.excluded[name] for name in ("user_id", "until", "reason")}
    session.execute(insert.on_conflict_do_update(index_elements=key, set_=changed))
    line.gone_at, line.gone_because = line.gone_at or at, line.gone_because or SNOOZED
    mark_cards(session, actor.tenant, [line.card_id], at)
    record(session, actor, "nudge.snoozed", f"deal {line.deal_id}", check=line.check_name, until=str(until))
    return title


def own_line(session: Session, actor: Actor, line_id: int) -> tuple[NudgeLine, str]:
    """Return a line that the actor was asked for, with the title of its deal. Raises NotAllowed, NotFound."""
    require(session, actor, Action.CARD_PRESS)
    if actor.user_id is None:
        raise refusal(session, actor, Action.CARD_PRESS)
    line = session.get(NudgeLine, (actor.tenant, line_id))
    deal = session.get(TrackedObject, (actor.tenant, DEAL, line.deal_id)) if line is not None else None
    sees = seen_by_person(session, actor.tenant, actor.user_id)
    if line is None or line.user_id != actor.user_id or deal is None or line.check_name not in CHECKS:
        raise NotFound(user_message=tr("This is not asked for any more."))
    state, permitted = unpacked(deal.state)
    if not sees(permitted):
        raise NotFound(user_message=tr("This is not asked for any more."))
    return line, str(state.get("title") or f"Deal {line.deal_id}")
